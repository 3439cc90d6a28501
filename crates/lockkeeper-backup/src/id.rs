use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The name of a backup: when it was begun, to the second and then to a 65,536th of it, and two random bytes. Names sort
/// by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackupId {
    text: String,
    begun_at: Timestamp,
}

const FORMAT: &str = "%Y%m%dT%H%M%SZ";

impl BackupId {
    /// Names a backup that begins now.
    pub fn new(now: Timestamp, random: [u8; 2]) -> Self {
        let time = now.to_zoned(TimeZone::UTC).strftime(FORMAT).to_string();
        // Two backups of one second are told apart by it, too: the newest is the one that is restored.
        let fraction = i64::from(now.subsec_nanosecond().max(0)) * 65_536 / 1_000_000_000;
        Self {
            text: format!("{time}-{fraction:04x}{}", hex::encode(random)),
            begun_at: now,
        }
    }

    /// When the backup was begun, in whole seconds.
    pub fn begun_at(&self) -> Timestamp {
        self.begun_at
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for BackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The text is no name of a backup.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a backup is named like 20261121T020000Z-5f3a9c01")]
pub struct NotABackupId;

impl FromStr for BackupId {
    type Err = NotABackupId;

    fn from_str(text: &str) -> Result<Self, NotABackupId> {
        let (time, random) = text.split_once('-').ok_or(NotABackupId)?;
        let lower = random
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let parsed = jiff::civil::DateTime::strptime(FORMAT, time).map_err(|_| NotABackupId)?;
        let begun_at = parsed
            .to_zoned(TimeZone::UTC)
            .map_err(|_| NotABackupId)?
            .timestamp();
        if random.len() != 8 || !lower {
            return Err(NotABackupId);
        }
        Ok(Self {
            text: text.to_owned(),
            begun_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_their_time() {
        let now: Timestamp = "2026-11-21T02:00:00Z".parse().unwrap();
        let id = BackupId::new(now, [0x9c, 1]);
        assert_eq!(id.as_str(), "20261121T020000Z-00009c01");
        assert_eq!(id.as_str().parse::<BackupId>().unwrap(), id);
        let half_a_second = jiff::SignedDuration::from_millis(500);
        let later = BackupId::new(now + half_a_second, [0, 1]);
        assert_eq!(later.as_str(), "20261121T020000Z-80000001");
        assert!(later > id, "names sort by time within a second, too");
        for wrong in [
            "",
            "latest",
            "20261121T020000Z-5F3A9C01",
            "20261341T020000Z-5f3a9c01",
            "../../20261121T020000Z-5f3a9c01",
        ] {
            assert!(wrong.parse::<BackupId>().is_err(), "{wrong}");
        }
    }
}
