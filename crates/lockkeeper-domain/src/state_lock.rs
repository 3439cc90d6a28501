//! The lock of a Terraform state, as the `http` backend knows it.
//!
//! The rules follow from what the client does: it repeats LOCK and POST when an answer is lost, sends
//! an empty UNLOCK for `force-unlock`, and waits for a lock only if the conflict carries the holder's
//! description with its identifier.

use jiff::{SignedDuration, Timestamp};
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

/// Somebody who asked for a lock that was held. Terraform with `-lock-timeout` asks again under the same
/// identifier, at most 16 seconds later; who does so keeps their place, and who does not loses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiter {
    /// The client's description of the lock that it wants.
    pub description: LockDescription,
    /// Whose credentials it asked with.
    pub holder: Holder,
    /// When it asked first, which is its place in the queue.
    pub first_at: Timestamp,
    /// When it asked last.
    pub seen_at: Timestamp,
    /// When its place is lost unless it asks again.
    pub expires_at: Timestamp,
    /// Whether it waits at all: who asks once and goes away must not stand in anybody's way.
    pub waits: bool,
}

/// How long somebody who asked for the first time is remembered. They do not wait yet, and stand in nobody's way.
const FIRST_PLACE: SignedDuration = SignedDuration::from_secs(4);
/// How much longer than its next pause may be a place is kept. While it is kept for somebody who has gone away, a free
/// lock is of no use to anybody: of clients that ask often and give up soon there may always be one in front.
const GRACE: SignedDuration = SignedDuration::from_millis(500);
/// The longest: Terraform asks every 16 seconds at its slowest.
const LONGEST_PLACE: SignedDuration = SignedDuration::from_secs(20);

impl Waiter {
    /// The place in the queue of who asks now, and asked before as `previous` says. `stays` is said by a
    /// client that waits on an open request.
    pub fn asks(
        previous: Option<&Waiter>,
        description: &LockDescription,
        holder: Holder,
        stays: bool,
        now: Timestamp,
    ) -> Self {
        let previous = previous.filter(|waiter| waiter.holder == holder && now < waiter.expires_at);
        // The next pause is at most twice the last one.
        let patience = previous.map_or(FIRST_PLACE, |waiter| {
            let pause = now.duration_since(waiter.seen_at).max(SignedDuration::ZERO);
            let next = pause.saturating_mul(2).saturating_add(GRACE);
            next.min(LONGEST_PLACE)
        });
        Self {
            description: description.clone(),
            holder,
            first_at: previous.map_or(now, |waiter| waiter.first_at),
            seen_at: now,
            expires_at: now.saturating_add(patience).unwrap_or(now),
            waits: stays || previous.is_some(),
        }
    }
}

/// What a LOCK leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockDecision {
    /// The lock is free: take it.
    Take,
    /// The same holder has it under the same identifier: the request was repeated.
    AlreadyHeld,
    /// Somebody else has it, or it is free and somebody else waited longer: their description.
    Conflict(Box<LockDescription>),
}

/// Decides a LOCK. `first` is whoever waits longest and has not lost their place.
pub fn decide_lock(
    current: Option<&HeldLock>,
    first: Option<&Waiter>,
    requested: &LockDescription,
    by: Holder,
) -> LockDecision {
    let same = |description: &LockDescription, holder: Holder| description.id == requested.id && holder == by;
    match (current, first) {
        (Some(held), _) if same(&held.description, held.holder) => LockDecision::AlreadyHeld,
        (Some(held), _) => LockDecision::Conflict(Box::new(held.description.clone())),
        (None, Some(waiter)) if !same(&waiter.description, waiter.holder) => {
            LockDecision::Conflict(Box::new(waiter.description.clone()))
        }
        (None, _) => LockDecision::Take,
    }
}

/// Whether a client that locks for this operation will write nothing. A person may do that on a protected
/// state; whoever applies is refused before anything is altered, not when the state is to be stored.
pub fn only_looks(operation: &str) -> bool {
    matches!(operation, "OperationTypePlan" | "migration source state")
}

/// Whether a client that locks for this operation brings in a state that was kept elsewhere.
pub fn brings_in(operation: &str) -> bool {
    operation == "migration destination state"
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

/// How long something took or lasts, in its two largest units: `3 h 12 min`, `2 d 5 h`, `40 s`. Less than nothing, by
/// clocks that differ, is nothing.
pub fn duration_in_words(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match (days, hours, minutes) {
        (1.., _, _) => format!("{days} d {} h", hours % 24),
        (_, 1.., _) => format!("{hours} h {} min", minutes % 60),
        (_, _, 1..) => format!("{minutes} min"),
        _ => format!("{seconds} s"),
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

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_lock_is_held_by_one() {
        let decide = |current, id, by| decide_lock(current, None, &description(id), holder(by));
        let conflict = || LockDecision::Conflict(Box::new(description("a")));
        let held = held("a");
        assert_eq!(decide(None, "a", 1), LockDecision::Take);
        assert_eq!(decide(Some(&held), "a", 1), LockDecision::AlreadyHeld);
        assert_eq!(decide(Some(&held), "b", 1), conflict());
        assert_eq!(decide(Some(&held), "a", 2), conflict());
    }

    #[test]
    fn a_free_lock_is_for_whoever_waited_longest() {
        let first = Waiter::asks(None, &description("a"), holder(1), true, at(0));
        let decide = |id, by| decide_lock(None, Some(&first), &description(id), holder(by));
        assert_eq!(decide("a", 1), LockDecision::Take);
        assert!(matches!(decide("b", 2), LockDecision::Conflict(_)));
        assert!(matches!(decide("a", 2), LockDecision::Conflict(_)));
    }

    #[test]
    fn who_asks_once_does_not_wait() {
        let once = Waiter::asks(None, &description("a"), holder(1), false, at(0));
        assert!(!once.waits);
        let twice = Waiter::asks(Some(&once), &description("a"), holder(1), false, at(1));
        assert!(twice.waits);
        assert_eq!(twice.first_at, at(0));
        let late = Waiter::asks(Some(&twice), &description("a"), holder(1), false, at(60));
        assert!(!late.waits && late.first_at == at(60), "the place was lost");
    }

    #[test]
    fn durations_read_in_their_two_largest_units() {
        let words = |seconds| duration_in_words(SignedDuration::from_secs(seconds));
        assert_eq!(words(-5), "0 s");
        assert_eq!(words(59), "59 s");
        assert_eq!(words(60), "1 min");
        assert_eq!(words(3 * 3600 + 12 * 60 + 59), "3 h 12 min");
        assert_eq!(words(86400 - 1), "23 h 59 min");
        assert_eq!(words(2 * 86400 + 5 * 3600), "2 d 5 h");
    }

    /// Terraform's pauses are 1, 2, 4, 8, 16, 16 ... seconds; the place outlives each of them.
    #[test]
    fn terraforms_pauses_keep_the_place() {
        let (mut now, mut pause) = (0, 1);
        let mut waiter = Waiter::asks(None, &description("a"), holder(1), false, at(now));
        for _ in 0..8 {
            now += pause;
            assert!(at(now) < waiter.expires_at, "lost after {pause} s");
            waiter = Waiter::asks(Some(&waiter), &description("a"), holder(1), false, at(now));
            pause = (pause * 2).min(16);
        }
        assert_eq!(waiter.first_at, at(0));
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
