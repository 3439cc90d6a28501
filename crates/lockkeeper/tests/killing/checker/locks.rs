//! No lock is held by two, and nothing is written without it.

use std::collections::{BTreeMap, BTreeSet};

use super::{History, LockLife};
use crate::history::{Call, Moment, Outcome, Request};

/// What is known of every lock that may have been taken.
pub(super) fn lives(history: &History) -> BTreeMap<(String, String), LockLife> {
    let mut asked: BTreeMap<(String, String), Vec<&Request>> = BTreeMap::new();
    let mut given_back: BTreeMap<(String, String), Vec<&Request>> = BTreeMap::new();
    let mut forced: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for request in history.requests.iter().filter(|request| request.may_be_done()) {
        let key = |id: &String| (request.state.clone(), id.clone());
        match &request.call {
            Call::Lock { id } => asked.entry(key(id)).or_default().push(request),
            Call::Unlock { id: Some(id) } => given_back.entry(key(id)).or_default().push(request),
            Call::Unlock { id: None } => forced.entry(&request.state).or_default().push(request),
            Call::Read | Call::Write { .. } => {}
        }
    }
    let broken: BTreeSet<(String, String)> = history
        .audit
        .values()
        .flatten()
        .filter(|entry| entry.action == "state.force-unlock")
        .filter_map(|entry| Some((entry.subject.clone(), entry.details["lock"].as_str()?.to_owned())))
        .collect();
    let life = |(key, asked): (&(String, String), &Vec<&Request>)| {
        let none = Vec::new();
        let forced = if broken.contains(key) {
            forced.get(key.0.as_str()).unwrap_or(&none)
        } else {
            &none
        };
        let given_back = given_back.get(key).unwrap_or(&none);
        (
            key.clone(),
            one_life(asked, given_back, forced, broken.contains(key)),
        )
    };
    asked.iter().map(life).collect()
}

fn one_life(asked: &[&Request], given_back: &[&Request], forced: &[&Request], broken: bool) -> LockLife {
    let first_asked = asked.iter().map(|request| request.began).min().unwrap_or(0);
    let last_asked = asked.iter().map(|request| request.latest()).max().unwrap_or(0);
    let ends = given_back.iter().map(|request| request.began);
    // Of the requests to break whatever lock there is, any that was under way while this one lived may have
    // broken it.
    let breaks = forced
        .iter()
        .filter(|request| request.latest() >= first_asked)
        .map(|request| request.began);
    let surely_ended = given_back
        .iter()
        // A request for the lock that is still on its way may take it once more.
        .filter(|request| request.is_accepted() && request.began >= last_asked)
        .map(|request| request.ended)
        .min();
    LockLife {
        asked: first_asked,
        acknowledged: asked
            .iter()
            .filter(|request| request.is_accepted())
            .map(|request| request.ended)
            .min(),
        may_end: ends.chain(breaks).min().unwrap_or(Moment::MAX),
        surely_ended: surely_ended.unwrap_or(Moment::MAX),
        broken,
    }
}

pub(super) fn judge(history: &History) -> Vec<String> {
    let mut wrong = two_holders(history);
    wrong.extend(writes_without_lock(history));
    wrong
}

fn two_holders(history: &History) -> Vec<String> {
    let mut wrong = Vec::new();
    for state in history.states() {
        let mut held: Vec<(Moment, Moment, &str)> = history
            .locks
            .iter()
            .filter(|((of, _), _)| of == state)
            .filter_map(|((_, id), life)| life.surely_held().map(|(from, to)| (from, to, id.as_str())))
            .collect();
        held.sort();
        let mut longest: Option<(Moment, &str)> = None;
        for (from, to, id) in held {
            if let Some((until, other)) = longest.filter(|(until, _)| from < *until) {
                wrong.push(format!(
                    "two holders: the lock of {state} was held as {other} up to {until} at least, and as {id} from {from} on"
                ));
            }
            if longest.is_none_or(|(until, _)| until < to) {
                longest = Some((to, id));
            }
        }
    }
    wrong
}

fn writes_without_lock(history: &History) -> Vec<String> {
    let by_digest = history.writes_by_digest();
    let mut wrong = Vec::new();
    for (request, lock, version) in history.writes() {
        if request.outcome != Outcome::Accepted {
            continue;
        }
        // The same body once more alters nothing.
        let first = by_digest[&(request.state.as_str(), version.digest.as_str())][0].0;
        if first.began < request.began {
            continue;
        }
        let held = lock
            .and_then(|id| history.lock(&request.state, id))
            .is_some_and(|life| life.may_be_held_within(request.began, request.ended));
        if !held {
            wrong.push(format!(
                "written without the lock: serial {} of {} by {} at {} under {}",
                version.serial,
                request.state,
                request.user,
                request.began,
                lock.unwrap_or("no lock")
            ));
        }
    }
    wrong
}
