//! Judges a history. Knows nothing of the server but what it promises to its clients: a lock is held by one,
//! a write that was acknowledged is kept byte for byte, serials have neither gap nor fork, a read is never
//! older than what was known before it began, and the audit log tells all of that in an order that could
//! have happened.
//!
//! What a request did is known only from its answer. One that was acknowledged was done between its
//! beginning and its end; one whose answer was lost was done at any time since its beginning, or never.

mod audit;
mod locks;
mod reads;
mod refusals;
mod versions;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{AuditEntry, Call, Line, Moment, Request, Version};

/// A history, sorted for the judges.
#[derive(Debug, Default)]
pub struct History {
    requests: Vec<Request>,
    readers: BTreeSet<String>,
    kept: BTreeMap<String, Vec<Version>>,
    /// The chains of the audit log, each in its order.
    audit: BTreeMap<String, Vec<AuditEntry>>,
    locks: BTreeMap<(String, String), LockLife>,
}

/// What is known of one lock: one identifier on one state.
#[derive(Debug, Clone)]
struct LockLife {
    /// It was not held before.
    asked: Moment,
    /// It was held from here on at the latest, if it was acknowledged.
    acknowledged: Option<Moment>,
    /// It was held up to here at least: nobody had asked for its end before.
    may_end: Moment,
    /// It was not held any more afterwards.
    surely_ended: Moment,
    /// The audit log says that it was broken.
    broken: bool,
}

impl LockLife {
    /// The time for which it was held for certain; none when it is empty.
    fn surely_held(&self) -> Option<(Moment, Moment)> {
        let from = self.acknowledged?;
        (from < self.may_end).then_some((from, self.may_end))
    }

    fn surely_held_throughout(&self, from: Moment, to: Moment) -> bool {
        self.surely_held()
            .is_some_and(|(start, end)| start <= from && to < end)
    }

    fn may_be_held_within(&self, from: Moment, to: Moment) -> bool {
        self.asked <= to && from <= self.surely_ended
    }
}

impl History {
    /// Sorts the lines of a history.
    pub fn new(lines: &[Line]) -> Self {
        let mut history = Self::default();
        for line in lines {
            match line.clone() {
                Line::User { name, may_write } => {
                    if !may_write {
                        history.readers.insert(name);
                    }
                }
                Line::Request(request) => history.requests.push(request),
                Line::Fault { .. } => {}
                Line::Kept { state, version } => history.kept.entry(state).or_default().push(version),
                Line::Audit(entry) => history.audit.entry(entry.chain.clone()).or_default().push(entry),
            }
        }
        history.requests.sort_by_key(|request| request.began);
        for chain in history.audit.values_mut() {
            chain.sort_by_key(|entry| entry.sequence);
        }
        history.locks = locks::lives(&history);
        history
    }

    /// Everything that is wrong with the history, each in a sentence. None: it keeps every promise.
    pub fn judge(&self) -> Vec<String> {
        [
            versions::judge(self),
            locks::judge(self),
            reads::judge(self),
            refusals::judge(self),
            audit::judge(self),
        ]
        .concat()
    }

    fn lock(&self, state: &str, id: &str) -> Option<&LockLife> {
        self.locks.get(&(state.to_owned(), id.to_owned()))
    }

    fn kept(&self, state: &str) -> &[Version] {
        self.kept.get(state).map_or(&[], Vec::as_slice)
    }

    /// The writes that were sent, whatever became of them.
    fn writes(&self) -> impl Iterator<Item = (&Request, Option<&str>, &Version)> {
        self.requests.iter().filter_map(|request| match &request.call {
            Call::Write { lock, version } => Some((request, lock.as_deref(), version)),
            _ => None,
        })
    }

    /// The writes that may have been done, by state and digest, in the order of their beginning.
    fn writes_by_digest(&self) -> BTreeMap<(&str, &str), Vec<(&Request, &Version)>> {
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (request, _, version) in self.writes().filter(|(request, ..)| request.may_be_done()) {
            let key = (request.state.as_str(), version.digest.as_str());
            found.entry(key).or_default().push((request, version));
        }
        found
    }

    fn states(&self) -> BTreeSet<&str> {
        self.requests
            .iter()
            .map(|request| request.state.as_str())
            .collect()
    }
}
