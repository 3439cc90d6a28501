//! Versions of a Terraform state, and which writes are taken.

use serde::Deserialize;

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
        let facts: Self = serde_json::from_slice(body).map_err(|error| InvalidState(error.to_string()))?;
        if facts.serial < 0 || facts.lineage.is_empty() {
            return Err(InvalidState(
                "serial must not be negative, and lineage must not be empty".to_owned(),
            ));
        }
        Ok(facts)
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
    /// The newest version is this very body: the request was repeated.
    AlreadyStored,
    /// Refused.
    Refuse(WriteRefused),
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
) -> WriteDecision {
    match lock {
        None => return WriteDecision::Refuse(WriteRefused::NotLocked),
        Some(held) if lock_id != Some(&held.description.id) || held.holder != by => {
            return WriteDecision::Refuse(WriteRefused::LockedByOther);
        }
        Some(_) => {}
    }
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
        let decide = |lock, id, by| decide_write(lock, id, by, None, &newer);
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
        ] {
            assert!(StateFacts::parse(body).is_err());
        }
    }
}
