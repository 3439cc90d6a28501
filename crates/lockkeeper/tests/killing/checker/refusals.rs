//! A refusal is true: whoever holds the lock may write the next serial and give the lock back, a lock that
//! is said to be held may be held, and nobody is sent away for a right that they have.

use super::History;
use crate::history::{Call, Outcome, Request, Version};

const FORBIDDEN: u16 = 403;
const LOCKED: u16 = 423;

pub(super) fn judge(history: &History) -> Vec<String> {
    history
        .requests
        .iter()
        .filter_map(|request| {
            let why = if history.readers.contains(&request.user) {
                of_reader(request)
            } else {
                of_writer(history, request)
            };
            why.map(|why| {
                format!(
                    "{why}: {} at {} was answered {:?} to {:?} of {}",
                    request.user, request.began, request.outcome, request.call, request.state
                )
            })
        })
        .collect()
}

fn of_reader(request: &Request) -> Option<&'static str> {
    match (&request.call, &request.outcome) {
        (Call::Read, Outcome::Refused { .. }) => Some("a reader may read"),
        (Call::Read, _) | (_, Outcome::Unknown { .. }) => None,
        (
            _,
            Outcome::Refused {
                status: FORBIDDEN, ..
            },
        ) => None,
        _ => Some("a reader may only read, and is told so by 403"),
    }
}

fn of_writer(history: &History, request: &Request) -> Option<&'static str> {
    let Outcome::Refused { status, holder } = &request.outcome else {
        return None;
    };
    match &request.call {
        Call::Read => Some("a read is not refused"),
        Call::Lock { .. } if *status != LOCKED => Some("a lock is refused only because it is held"),
        Call::Lock { .. } => false_holder(history, request, holder.as_deref()),
        Call::Unlock { id } => {
            let life = id.as_ref().and_then(|id| history.lock(&request.state, id));
            let held = id.is_none()
                || life.is_some_and(|life| life.surely_held_throughout(request.began, request.ended));
            held.then_some("whoever holds the lock may give it back, and an operator may break it")
        }
        Call::Write { lock, version } => {
            let lock = lock.as_deref()?;
            is_next(history, request, lock, version)
                .then_some("the holder of the lock writes the next serial")
        }
    }
}

/// Whether somebody asked for the lock before and did not get it yet: a free lock is kept for them for a while.
fn waits_before(history: &History, request: &Request, waiter: &str) -> bool {
    let asked = history.requests.iter().filter(|asked| {
        asked.state == request.state
            && asked.began <= request.ended
            && matches!(&asked.call, Call::Lock { id } if id == waiter)
    });
    let (mut waits, mut got_it) = (false, false);
    for asked in asked {
        waits |= asked.outcome != Outcome::Accepted;
        got_it |= asked.outcome == Outcome::Accepted && asked.ended < request.began;
    }
    waits && !got_it
}

fn false_holder(history: &History, request: &Request, holder: Option<&str>) -> Option<&'static str> {
    let Some(holder) = holder else {
        return Some("the holder is not named, so that the client cannot wait");
    };
    let may_hold = history
        .lock(&request.state, holder)
        .is_some_and(|life| life.may_be_held_within(request.began, request.ended));
    (!may_hold && !waits_before(history, request, holder))
        .then_some("the lock is not held by whom the answer names")
}

/// Whether the write is under a lock that is held for certain, and goes one above what its holder knows to
/// be the newest.
fn is_next(history: &History, request: &Request, lock: &str, version: &Version) -> bool {
    let Some(life) = history.lock(&request.state, lock) else {
        return false;
    };
    if !life.surely_held_throughout(request.began, request.ended) {
        return false;
    }
    let since = life.acknowledged.unwrap_or(request.began);
    let under_lock = || {
        history.requests.iter().filter(|other| {
            other.state == request.state && since <= other.began && other.ended <= request.began
        })
    };
    // A write of the same holder whose answer was lost may have taken the serial.
    let uncertain = under_lock().any(|other| {
        matches!(&other.call, Call::Write { lock: Some(of), version: sent } if of == lock && sent.digest != version.digest)
            && matches!(other.outcome, Outcome::Unknown { .. })
    });
    let known = under_lock()
        .filter(|other| other.user == request.user)
        .filter_map(|other| {
            let digest = match (&other.call, &other.outcome) {
                (Call::Write { version, .. }, Outcome::Accepted) => &version.digest,
                (Call::Read, Outcome::Found { digest }) => digest,
                _ => return None,
            };
            history
                .kept(&request.state)
                .iter()
                .find(|kept| kept.digest == *digest)
        });
    let newest = known.max_by_key(|known| known.serial);
    !uncertain
        && newest
            .is_some_and(|newest| newest.serial + 1 == version.serial && newest.lineage == version.lineage)
}
