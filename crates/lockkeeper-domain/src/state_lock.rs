//! The lock of a Terraform state, as the `http` backend knows it.
//!
//! The rules follow from what the client does: it repeats LOCK and POST when an answer is lost, sends
//! an empty UNLOCK for `force-unlock`, and waits for a lock only if the conflict carries the holder's
//! description with its identifier.

use serde::{Deserialize, Serialize};

use crate::id::{RunId, UserId};

/// What Terraform says about a lock that it takes. Kept as it came, and shown to others on conflict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LockDescription {
    /// The identifier that the client made.
    #[serde(rename = "ID")]
    pub id: String,
    /// For which operation: `OperationTypeApply`.
    #[serde(default)]
    pub operation: String,
    /// Anything else that the client says.
    #[serde(default)]
    pub info: String,
    /// Who holds it: `user@host`.
    #[serde(default)]
    pub who: String,
    /// The version of the client.
    #[serde(default)]
    pub version: String,
    /// When the client made it, in its own clock. Left out when it said nothing: Terraform cannot read an
    /// empty time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub created: String,
    /// Where, for back ends that have paths.
    #[serde(default)]
    pub path: String,
}

/// The longest description taken, in bytes.
pub const MAX_DESCRIPTION_LENGTH: usize = 16 * 1024;

/// Whose credentials took a lock or come with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user; for a run, the one who asked for it.
    pub user: UserId,
    /// The run, when it was its token.
    pub run: Option<RunId>,
}

/// A lock that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLock {
    /// The client's description.
    pub description: LockDescription,
    /// Whose credentials took it.
    pub holder: Holder,
}

/// The body of a LOCK is not a description of a lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not a lock as Terraform sends it: {0}")]
pub struct InvalidLockDescription(String);

impl LockDescription {
    /// Reads the body of a LOCK or UNLOCK.
    ///
    /// # Errors
    /// When the body is too long, is not JSON, or names no identifier.
    pub fn parse(body: &[u8]) -> Result<Self, InvalidLockDescription> {
        if body.len() > MAX_DESCRIPTION_LENGTH {
            return Err(InvalidLockDescription(format!(
                "it is longer than {MAX_DESCRIPTION_LENGTH} bytes"
            )));
        }
        let description: Self =
            serde_json::from_slice(body).map_err(|error| InvalidLockDescription(error.to_string()))?;
        if description.id.is_empty() {
            return Err(InvalidLockDescription("its ID is empty".to_owned()));
        }
        Ok(description)
    }
}

/// What a LOCK leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockDecision {
    /// The lock is free: take it.
    Take,
    /// The same holder has it under the same identifier: the request was repeated.
    AlreadyHeld,
    /// Somebody else has it.
    Conflict,
}

/// Decides a LOCK.
pub fn decide_lock(current: Option<&HeldLock>, requested: &LockDescription, by: Holder) -> LockDecision {
    match current {
        None => LockDecision::Take,
        Some(held) if held.description.id == requested.id && held.holder == by => LockDecision::AlreadyHeld,
        Some(_) => LockDecision::Conflict,
    }
}

/// What an UNLOCK leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnlockDecision {
    /// The holder gives the lock back.
    Release,
    /// Nothing is held: the request was repeated, or there was nothing to break.
    AlreadyFree,
    /// A force-unlock by somebody who may.
    Break,
    /// The lock is another one.
    OtherLock,
    /// A force-unlock by somebody who may not.
    MayNotBreak,
}

/// Decides an UNLOCK. Without an identifier it is a force-unlock: Terraform sends an empty body then.
pub fn decide_unlock(
    current: Option<&HeldLock>,
    requested_id: Option<&str>,
    by: Holder,
    may_force: bool,
) -> UnlockDecision {
    let Some(held) = current else {
        return UnlockDecision::AlreadyFree;
    };
    match requested_id {
        Some(id) if id != held.description.id => UnlockDecision::OtherLock,
        Some(_) if held.holder == by => UnlockDecision::Release,
        _ if may_force => UnlockDecision::Break,
        _ => UnlockDecision::MayNotBreak,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn holder(number: u128) -> Holder {
        Holder {
            user: UserId::new(Uuid::from_u128(number)),
            run: None,
        }
    }

    fn description(id: &str) -> LockDescription {
        LockDescription::parse(format!(r#"{{"ID":"{id}","Who":"a@b"}}"#).as_bytes()).unwrap()
    }

    fn held(id: &str) -> HeldLock {
        HeldLock {
            description: description(id),
            holder: holder(1),
        }
    }

    #[test]
    fn a_lock_is_held_by_one() {
        assert_eq!(
            decide_lock(None, &description("a"), holder(1)),
            LockDecision::Take
        );
        assert_eq!(
            decide_lock(Some(&held("a")), &description("a"), holder(1)),
            LockDecision::AlreadyHeld
        );
        assert_eq!(
            decide_lock(Some(&held("a")), &description("b"), holder(1)),
            LockDecision::Conflict
        );
        assert_eq!(
            decide_lock(Some(&held("a")), &description("a"), holder(2)),
            LockDecision::Conflict
        );
    }

    #[test]
    fn an_empty_unlock_needs_the_right_to_force() {
        let lock = held("a");
        assert_eq!(
            decide_unlock(Some(&lock), Some("a"), holder(1), false),
            UnlockDecision::Release
        );
        assert_eq!(
            decide_unlock(Some(&lock), None, holder(1), false),
            UnlockDecision::MayNotBreak
        );
        assert_eq!(
            decide_unlock(Some(&lock), None, holder(2), true),
            UnlockDecision::Break
        );
        assert_eq!(
            decide_unlock(Some(&lock), Some("b"), holder(1), true),
            UnlockDecision::OtherLock
        );
        assert_eq!(
            decide_unlock(None, Some("a"), holder(1), false),
            UnlockDecision::AlreadyFree
        );
    }

    #[test]
    fn bodies_that_are_no_lock() {
        for body in [
            &b""[..],
            b"{}",
            b"[]",
            b"\xff",
            br#"{"ID":""}"#,
            br#"{"ID":1}"#,
            &[b' '; 20_000],
        ] {
            assert!(LockDescription::parse(body).is_err());
        }
    }
}
