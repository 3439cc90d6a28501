//! Versions of a Terraform state, and which writes are taken.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id::StateVersionId;
use crate::state_lock::{HeldLock, Holder};

/// What the service reads of a state's body. An OpenTofu-encrypted body has the same two fields in
/// the clear; the rest passes through unread.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StateFacts {
    /// Goes up with every write of different content.
    pub serial: i64,
    /// The identity of the state through all its versions.
    pub lineage: String,
}

/// The last serial taken: 2^53, above which not every reader of JSON tells two numbers apart.
pub const MAX_SERIAL: i64 = 1 << 53;

/// The body of a POST is not a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a Terraform state: {0}")]
pub struct InvalidState(String);

impl StateFacts {
    /// Reads the serial and lineage of a state, of Terraform or encrypted by OpenTofu.
    ///
    /// # Errors
    /// When the body is not JSON, or one of the two is missing.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidState> {
        let facts: Self =
            serde_json::from_slice(Self::object(body)?).map_err(|error| InvalidState(error.to_string()))?;
        facts.checked()
    }

    /// The start of a body again, if an object begins there: of a structure serde would take an array as well.
    ///
    /// # Errors
    /// When something else does.
    pub fn object(start: &[u8]) -> Result<&[u8], InvalidState> {
        match start.trim_ascii_start().first() {
            Some(b'{') => Ok(start),
            _ => Err(InvalidState("it is no JSON object".to_owned())),
        }
    }

    /// The facts, if they can be those of a state.
    ///
    /// # Errors
    /// When the serial is negative or too large to be counted on from, or the lineage is empty.
    pub fn checked(self) -> Result<Self, InvalidState> {
        if self.serial > MAX_SERIAL {
            return Err(InvalidState(format!(
                "serial {} is above {MAX_SERIAL}, the last one that every tool reads exactly",
                self.serial
            )));
        }
        if self.serial < 0 || self.lineage.is_empty() {
            return Err(InvalidState(
                "serial must not be negative, and lineage must not be empty".to_owned(),
            ));
        }
        Ok(self)
    }
}

/// No serial follows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no serial follows {0}: {MAX_SERIAL} is the last one")]
pub struct NoNextSerial(i64);

/// The serial that follows.
///
/// # Errors
/// When it would be above [`MAX_SERIAL`].
pub fn next_serial(serial: i64) -> Result<i64, NoNextSerial> {
    let next = serial.checked_add(1).filter(|next| *next <= MAX_SERIAL);
    next.ok_or(NoNextSerial(serial))
}

/// The same state under another serial and lineage: a copy, or an older version that is to be the newest. All
/// else stays as it is, digit for digit.
///
/// # Errors
/// When the body is no state, or OpenTofu encrypted it: serial and lineage are sealed in there too, and
/// OpenTofu refuses a state in which they differ.
pub fn renumbered(body: &[u8], facts: &StateFacts) -> Result<Vec<u8>, InvalidState> {
    let invalid = |error: serde_json::Error| InvalidState(error.to_string());
    let mut fields: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(body).map_err(invalid)?;
    if fields.contains_key("encrypted_data") {
        return Err(InvalidState(
            "OpenTofu encrypted it together with its serial and lineage, which cannot be replaced".to_owned(),
        ));
    }
    let serial = serde_json::value::to_raw_value(&facts.serial).map_err(invalid)?;
    let lineage = serde_json::value::to_raw_value(&facts.lineage).map_err(invalid)?;
    fields.extend([("serial".to_owned(), serial), ("lineage".to_owned(), lineage)]);
    serde_json::to_vec(&fields).map_err(invalid)
}

/// A body that was never stored, as the first version of a state of that lineage; none when it has a lineage already.
/// Terraform gives a state its lineage when it stores the first version, and what it leaves in `errored.tfstate` has
/// none where it could not even ask whether there is one.
///
/// # Errors
/// As [`renumbered`].
pub fn as_first_version(body: &[u8], lineage: &str) -> Result<Option<Vec<u8>>, InvalidState> {
    match serde_json::from_slice::<StateFacts>(StateFacts::object(body)?) {
        Ok(StateFacts { serial, lineage: old }) if old.is_empty() => {
            let (serial, lineage) = (serial.max(1), lineage.to_owned());
            renumbered(body, &StateFacts { serial, lineage }).map(Some)
        }
        _ => Ok(None),
    }
}

/// Which version of a state is meant. A serial can stand for several: it begins anew when a state is replaced, and
/// where somebody has leave to overwrite it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum VersionName {
    /// The only one with that serial.
    Serial(i64),
    /// The one with that identifier.
    Id(StateVersionId),
}

/// A text is neither a serial nor an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no version: say its serial, such as 12, or its identifier, as `lockkeeper state versions --json` shows it"
)]
pub struct InvalidVersionName(String);

impl FromStr for VersionName {
    type Err = InvalidVersionName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(serial) = text.parse() {
            return Ok(Self::Serial(serial));
        }
        let id = text
            .parse()
            .map_err(|_| InvalidVersionName(text.chars().take(80).collect()))?;
        Ok(Self::Id(id))
    }
}

impl TryFrom<String> for VersionName {
    type Error = InvalidVersionName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for VersionName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(serial) => serial.fmt(formatter),
            Self::Id(id) => id.fmt(formatter),
        }
    }
}

/// How a version came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionOrigin {
    /// A client wrote it under its lock.
    Write,
    /// A client wrote it, against the rules of serial and lineage, by leave.
    Overwrite,
    /// An older version was made the newest again.
    Rollback,
    /// It was brought in from elsewhere.
    Import,
    /// It is a copy of the shared state.
    Copy,
}

impl VersionOrigin {
    /// Every origin.
    pub const ALL: [Self; 5] = [
        Self::Write,
        Self::Overwrite,
        Self::Rollback,
        Self::Import,
        Self::Copy,
    ];

    /// The name in the store and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Overwrite => "overwrite",
            Self::Rollback => "rollback",
            Self::Import => "import",
            Self::Copy => "copy",
        }
    }
}

/// The newest version of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewestVersion {
    /// Its serial and lineage.
    pub facts: StateFacts,
    /// The MD5 of its body.
    pub md5: [u8; 16],
}

/// What a write leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteDecision {
    /// Keep it as a new version.
    Store,
    /// Keep it although its serial is old or its lineage another: the writer has leave, and uses it up.
    Overwrite,
    /// The newest version is this very body: the request was repeated.
    AlreadyStored,
    /// Refused.
    Refuse(WriteRefused),
}

/// What holds for a state beside its lock and its versions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteRules {
    /// Only runs of approved changes write.
    pub protected: bool,
    /// The writer has leave for one write against the rules of serial and lineage.
    pub leave: bool,
}

/// Why a write is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteRefused {
    /// The writer does not hold the lock.
    #[error(
        "the state is not locked by this client: lock it first (set `lock_address`, or TF_HTTP_LOCK_ADDRESS), and do not use -lock=false"
    )]
    NotLocked,
    /// Somebody else holds the lock.
    #[error("the state is locked by somebody else")]
    LockedByOther,
    /// A person writes, and only runs of approved changes may.
    #[error("the state is protected: only runs of approved changes write it")]
    Protected,
    /// An older serial than the newest one kept.
    #[error(
        "serial {given} is older than serial {newest}, which is kept: somebody has written since this state was read; read it again and repeat"
    )]
    OlderSerial {
        /// The serial of the body.
        given: i64,
        /// The newest serial kept.
        newest: i64,
    },
    /// The newest serial again, with other content.
    #[error(
        "serial {0} is kept already, with other content: two clients wrote from the same version; read it again and repeat"
    )]
    SameSerial(i64),
    /// The body is a version of another state.
    #[error("the body belongs to another state: its lineage is {given}, and the one kept here is {kept}")]
    OtherLineage {
        /// The lineage of the body.
        given: String,
        /// The lineage kept.
        kept: String,
    },
}

/// Decides a write.
pub fn decide_write(
    lock: Option<&HeldLock>,
    lock_id: Option<&str>,
    by: Holder,
    newest: Option<&NewestVersion>,
    incoming: &NewestVersion,
    rules: WriteRules,
) -> WriteDecision {
    if let Err(refused) = may_write(lock, lock_id, by, rules) {
        return WriteDecision::Refuse(refused);
    }
    match succeeds(newest, incoming) {
        WriteDecision::Refuse(_) if rules.leave => WriteDecision::Overwrite,
        decision => decision,
    }
}

/// Whether anything at all may be written now, whatever the body is.
///
/// # Errors
/// Why it may not.
pub fn may_write(
    lock: Option<&HeldLock>,
    lock_id: Option<&str>,
    by: Holder,
    rules: WriteRules,
) -> Result<(), WriteRefused> {
    if rules.protected && by.run.is_none() {
        return Err(WriteRefused::Protected);
    }
    match lock {
        None => Err(WriteRefused::NotLocked),
        Some(held) if lock_id != Some(&held.description.id) || held.holder != by => {
            Err(WriteRefused::LockedByOther)
        }
        Some(_) => Ok(()),
    }
}

/// Decides whether a version may follow the newest one.
pub fn succeeds(newest: Option<&NewestVersion>, incoming: &NewestVersion) -> WriteDecision {
    let Some(newest) = newest else {
        return WriteDecision::Store;
    };
    let (given, kept) = (&incoming.facts, &newest.facts);
    if given.lineage != kept.lineage {
        let (given, kept) = (given.lineage.clone(), kept.lineage.clone());
        return WriteDecision::Refuse(WriteRefused::OtherLineage { given, kept });
    }
    match given.serial.cmp(&kept.serial) {
        std::cmp::Ordering::Greater => WriteDecision::Store,
        std::cmp::Ordering::Equal if incoming.md5 == newest.md5 => WriteDecision::AlreadyStored,
        std::cmp::Ordering::Equal => WriteDecision::Refuse(WriteRefused::SameSerial(given.serial)),
        std::cmp::Ordering::Less => WriteDecision::Refuse(WriteRefused::OlderSerial {
            given: given.serial,
            newest: kept.serial,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::UserId;
    use crate::state_lock::LockDescription;
    use uuid::Uuid;

    fn holder(number: u128) -> Holder {
        Holder {
            user: UserId::new(Uuid::from_u128(number)),
            run: None,
        }
    }

    fn lock() -> HeldLock {
        HeldLock {
            description: LockDescription::parse(br#"{"ID":"l"}"#).unwrap(),
            holder: holder(1),
        }
    }

    fn version(serial: i64, lineage: &str, md5: u8) -> NewestVersion {
        NewestVersion {
            facts: StateFacts {
                serial,
                lineage: lineage.to_owned(),
            },
            md5: [md5; 16],
        }
    }

    fn write(incoming: &NewestVersion) -> WriteDecision {
        decide_write(
            Some(&lock()),
            Some("l"),
            holder(1),
            Some(&version(5, "x", 1)),
            incoming,
            WriteRules::default(),
        )
    }

    #[test]
    fn serial_and_lineage() {
        assert_eq!(write(&version(6, "x", 2)), WriteDecision::Store);
        assert_eq!(write(&version(5, "x", 1)), WriteDecision::AlreadyStored);
        assert_eq!(
            write(&version(5, "x", 2)),
            WriteDecision::Refuse(WriteRefused::SameSerial(5))
        );
        assert!(matches!(
            write(&version(4, "x", 1)),
            WriteDecision::Refuse(WriteRefused::OlderSerial { .. })
        ));
        assert!(matches!(
            write(&version(6, "y", 1)),
            WriteDecision::Refuse(WriteRefused::OtherLineage { .. })
        ));
    }

    #[test]
    fn only_the_holder_writes() {
        let (newer, held) = (version(1, "x", 1), lock());
        let decide = |lock, id, by| decide_write(lock, id, by, None, &newer, WriteRules::default());
        assert_eq!(decide(Some(&held), Some("l"), holder(1)), WriteDecision::Store);
        let refused = |decision, why| assert_eq!(decision, WriteDecision::Refuse(why));
        refused(decide(None, Some("l"), holder(1)), WriteRefused::NotLocked);
        refused(decide(Some(&held), None, holder(1)), WriteRefused::LockedByOther);
        refused(
            decide(Some(&held), Some("m"), holder(1)),
            WriteRefused::LockedByOther,
        );
        refused(
            decide(Some(&held), Some("l"), holder(2)),
            WriteRefused::LockedByOther,
        );
    }

    #[test]
    fn leave_lets_one_write_go_against_the_rules() {
        let rules = WriteRules {
            leave: true,
            protected: false,
        };
        let newest = version(5, "x", 1);
        let write = |incoming: &NewestVersion| {
            decide_write(
                Some(&lock()),
                Some("l"),
                holder(1),
                Some(&newest),
                incoming,
                rules,
            )
        };
        assert_eq!(write(&version(4, "x", 2)), WriteDecision::Overwrite);
        assert_eq!(write(&version(1, "y", 2)), WriteDecision::Overwrite);
        // It is not used up by what needs none, and does not stand for the lock.
        assert_eq!(write(&version(6, "x", 2)), WriteDecision::Store);
        assert_eq!(write(&version(5, "x", 1)), WriteDecision::AlreadyStored);
        let unlocked = decide_write(
            None,
            Some("l"),
            holder(1),
            Some(&newest),
            &version(4, "x", 2),
            rules,
        );
        assert_eq!(unlocked, WriteDecision::Refuse(WriteRefused::NotLocked));
    }

    #[test]
    fn only_runs_write_what_is_protected() {
        let rules = WriteRules {
            leave: true,
            protected: true,
        };
        let run = Holder {
            run: Some(crate::id::RunId::new(Uuid::from_u128(9))),
            ..holder(1)
        };
        let decide = |by| {
            let held = HeldLock { holder: by, ..lock() };
            decide_write(Some(&held), Some("l"), by, None, &version(1, "x", 1), rules)
        };
        assert_eq!(decide(holder(1)), WriteDecision::Refuse(WriteRefused::Protected));
        assert_eq!(decide(run), WriteDecision::Store);
    }

    #[test]
    fn a_copy_differs_in_serial_and_lineage_only() {
        let body = br#"{"version":4,"serial":3,"lineage":"x","outputs":{"n":{"value":1.10000000000000000001,"type":"number"}}}"#;
        let facts = StateFacts {
            serial: 9,
            lineage: "y".to_owned(),
        };
        let copy = renumbered(body, &facts).unwrap();
        assert_eq!(StateFacts::parse(&copy).unwrap(), facts);
        assert!(
            String::from_utf8(copy)
                .unwrap()
                .contains("1.10000000000000000001")
        );
        let encrypted = br#"{"serial":1,"lineage":"x","meta":{},"encrypted_data":"AA=="}"#;
        assert!(renumbered(encrypted, &facts).is_err());
        assert!(renumbered(b"[]", &facts).is_err());
    }

    #[test]
    fn what_was_never_stored_gets_a_lineage() {
        let never = br#"{"version":4,"serial":0,"lineage":"","outputs":{}}"#;
        let first = as_first_version(never, "x").unwrap().unwrap();
        let facts = StateFacts::parse(&first).unwrap();
        assert_eq!((facts.serial, facts.lineage.as_str()), (1, "x"));
        assert_eq!(as_first_version(&first, "y"), Ok(None));
        for no_state in [&b"{}"[..], br#"{"serial":0}"#] {
            assert_eq!(as_first_version(no_state, "x"), Ok(None));
        }
        assert!(as_first_version(b"[0,\"\"]", "x").is_err());
    }

    #[test]
    fn serials_end_before_they_could_repeat() {
        assert_eq!(next_serial(MAX_SERIAL - 1), Ok(MAX_SERIAL));
        for last in [MAX_SERIAL, i64::MAX] {
            assert_eq!(next_serial(last), Err(NoNextSerial(last)));
        }
    }

    #[test]
    fn bodies() {
        assert_eq!(
            StateFacts::parse(br#"{"version":4,"serial":3,"lineage":"x","resources":[]}"#)
                .unwrap()
                .serial,
            3
        );
        let encrypted =
            br#"{"serial":1,"lineage":"x","meta":{},"encrypted_data":"AA==","encryption_version":"v0"}"#;
        assert_eq!(StateFacts::parse(encrypted).unwrap().lineage, "x");
        for body in [
            &b""[..],
            b"{}",
            b"null",
            br#"{"serial":"1","lineage":"x"}"#,
            br#"{"serial":1,"lineage":""}"#,
            br#"{"serial":9007199254740993,"lineage":"x"}"#,
        ] {
            assert!(StateFacts::parse(body).is_err());
        }
    }
}
