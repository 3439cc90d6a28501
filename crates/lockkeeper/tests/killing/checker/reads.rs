//! A read answers a version that was written, and none that is older than what was known before it.

use std::collections::BTreeMap;

use super::History;
use crate::history::{Call, Moment, Outcome, Request};

pub(super) fn judge(history: &History) -> Vec<String> {
    let serials = serials(history);
    let mut wrong = Vec::new();
    for request in history
        .requests
        .iter()
        .filter(|request| request.call == Call::Read)
    {
        let Outcome::Found { digest } = &request.outcome else {
            continue;
        };
        let written = serials.get(&(request.state.as_str(), digest.as_str()));
        if written.is_none_or(|(_, began)| *began >= request.ended) {
            wrong.push(format!(
                "a made-up read: {} of {} at {} found the bytes {digest}, which nobody had written",
                request.user, request.state, request.began
            ));
        }
        let kept = history.kept(&request.state);
        if !kept.iter().any(|version| version.digest == *digest) {
            wrong.push(format!(
                "a lost write: {} read the bytes {digest} of {} at {}, and they are not kept",
                request.user, request.state, request.began
            ));
        }
    }
    for state in history.states() {
        wrong.extend(stale(history, state, &serials));
    }
    wrong
}

type Serials<'a> = BTreeMap<(&'a str, &'a str), (i64, Moment)>;

/// The serial of each body that may have been written, and when it was first sent.
fn serials(history: &History) -> Serials<'_> {
    history
        .writes_by_digest()
        .into_iter()
        .map(|(key, writes)| (key, (writes[0].1.serial, writes[0].0.began)))
        .collect()
}

/// Goes through the beginnings and ends in the order of time: what a request was told when it ended binds
/// every read that begins afterwards.
fn stale(history: &History, state: &str, serials: &Serials<'_>) -> Vec<String> {
    let told = |request: &Request| match (&request.call, &request.outcome) {
        (Call::Write { version, .. }, Outcome::Accepted) => Some(version.serial),
        (Call::Read, Outcome::Found { digest }) => {
            serials.get(&(state, digest.as_str())).map(|known| known.0)
        }
        (Call::Read, Outcome::Nothing) => Some(0),
        _ => None,
    };
    let of_state = || history.requests.iter().filter(|request| request.state == state);
    let mut ends: Vec<(Moment, i64)> = of_state()
        .filter_map(|request| Some((request.ended, told(request)?)))
        .collect();
    ends.sort_unstable();
    let (mut known, mut next, mut wrong) = (0, 0, Vec::new());
    for read in of_state().filter(|request| request.call == Call::Read) {
        while next < ends.len() && ends[next].0 < read.began {
            known = known.max(ends[next].1);
            next += 1;
        }
        if let Some(serial) = told(read).filter(|serial| *serial < known) {
            wrong.push(format!(
                "a stale read: {} read serial {serial} of {state} at {}, when serial {known} was known",
                read.user, read.began
            ));
        }
    }
    wrong
}
