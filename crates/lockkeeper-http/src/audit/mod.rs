//! The audit log.

pub(crate) mod export;
pub(crate) mod list;
pub(crate) mod verify;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use lockkeeper_store::tables::audit::EntryPlace;
use uuid::Uuid;

/// A place in a log as a cursor says it: `microseconds:chain:sequence`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) EntryPlace);

impl Cursor {
    /// Before every entry.
    pub(crate) const FIRST: Cursor = Cursor(EntryPlace {
        at: Timestamp::MIN,
        chain: Uuid::nil(),
        sequence: 0,
    });
    /// Behind every entry.
    pub(crate) const LAST: Cursor = Cursor(EntryPlace {
        at: Timestamp::MAX,
        chain: Uuid::max(),
        sequence: i64::MAX,
    });
}

impl fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EntryPlace { at, chain, sequence } = self.0;
        write!(formatter, "{}:{chain}:{sequence}", at.as_microsecond())
    }
}

impl FromStr for Cursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, ':');
        let mut part = || parts.next().ok_or(());
        let at = part()?.parse().map_err(drop)?;
        Ok(Cursor(EntryPlace {
            at: Timestamp::from_microsecond(at).map_err(drop)?,
            chain: part()?.parse().map_err(drop)?,
            sequence: part()?.parse().map_err(drop)?,
        }))
    }
}
