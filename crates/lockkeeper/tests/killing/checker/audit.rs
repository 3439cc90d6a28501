//! The audit log is the order in which the server says that everything happened. It is an order that could
//! have been: each entry is legal after the ones before it, stands between the beginning and the end of the
//! request that it tells of, and none is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::History;
use crate::history::{AuditEntry, Call, Moment, Request};

pub(super) fn judge(history: &History) -> Vec<String> {
    let states = history.states();
    let doers = doers(history);
    let (mut wrong, mut told, mut replayed) = (Vec::new(), BTreeSet::new(), BTreeMap::new());
    for chain in history.audit.values() {
        wrong.extend(holes(chain));
        let entries: Vec<&AuditEntry> = chain
            .iter()
            .filter(|entry| states.contains(entry.subject.as_str()))
            .collect();
        wrong.extend(replay(history, &mut replayed, &entries));
        wrong.extend(real_time(&doers, &entries));
        told.extend(
            entries
                .iter()
                .filter_map(|entry| Some((entry.subject.as_str(), Deed::told(entry)?))),
        );
    }
    wrong.extend(untold_versions(history, &replayed));
    wrong.extend(untold_requests(history, &told));
    wrong
}

fn holes(chain: &[AuditEntry]) -> Vec<String> {
    let numbers = chain.iter().map(|entry| entry.sequence);
    numbers
        .zip(1..)
        .find(|(number, expected)| number != expected)
        .map(|(number, expected)| {
            format!("the audit log has entry {number} of a chain in the place of {expected}")
        })
        .into_iter()
        .collect()
}

fn lock_of(entry: &AuditEntry) -> &str {
    entry.details["lock"].as_str().unwrap_or_default()
}

/// What an entry tells of, and what a request asks for: the same deed has the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deed<'a> {
    Lock(&'a str),
    Unlock(&'a str),
    Break,
    Write(&'a str),
}

impl<'a> Deed<'a> {
    fn asked(call: &'a Call) -> Option<Self> {
        match call {
            Call::Lock { id } => Some(Self::Lock(id)),
            Call::Unlock { id: Some(id) } => Some(Self::Unlock(id)),
            Call::Unlock { id: None } => Some(Self::Break),
            Call::Write { version, .. } => Some(Self::Write(&version.md5)),
            Call::Read => None,
        }
    }

    fn told(entry: &'a AuditEntry) -> Option<Self> {
        match entry.action.as_str() {
            "state.lock" => Some(Self::Lock(lock_of(entry))),
            "state.unlock" => Some(Self::Unlock(lock_of(entry))),
            "state.force-unlock" => Some(Self::Break),
            "state.write" => entry.details["md5"].as_str().map(Self::Write),
            _ => None,
        }
    }
}

/// The requests that may have done a deed on a state.
type Doers<'a> = BTreeMap<(&'a str, Deed<'a>), Vec<&'a Request>>;

fn doers(history: &History) -> Doers<'_> {
    let mut doers = Doers::new();
    for request in history.requests.iter().filter(|request| request.may_be_done()) {
        if let Some(deed) = Deed::asked(&request.call) {
            doers.entry((&request.state, deed)).or_default().push(request);
        }
    }
    doers
}

#[derive(Default)]
struct Replayed<'a> {
    holder: Option<&'a str>,
    versions: usize,
    /// Whether the log says that the state's own chain began.
    begun: bool,
}

/// Plays a chain again on states that are free and empty in the beginning.
fn replay<'a>(
    history: &History,
    states: &mut BTreeMap<&'a str, Replayed<'a>>,
    entries: &[&'a AuditEntry],
) -> Vec<String> {
    let mut wrong = Vec::new();
    for entry in entries {
        let state = states.entry(&entry.subject).or_default();
        if let Err(why) = step(history, state, entry) {
            wrong.push(format!(
                "the audit log cannot have happened: {}: {why}",
                name(entry)
            ));
        }
    }
    wrong
}

fn untold_versions(history: &History, replayed: &BTreeMap<&str, Replayed<'_>>) -> Vec<String> {
    let told = |state: &str| replayed.get(state).map_or(0, |state| state.versions);
    let kept = history.kept.iter();
    kept.filter(|(state, kept)| told(state) != kept.len())
        .map(|(state, kept)| {
            let (told, kept) = (told(state), kept.len());
            format!("the audit log tells {told} versions of {state}, and {kept} are kept")
        })
        .collect()
}

fn step<'a>(history: &History, state: &mut Replayed<'a>, entry: &'a AuditEntry) -> Result<(), String> {
    match entry.action.as_str() {
        "state.lock" => match state.holder.replace(lock_of(entry)) {
            None => Ok(()),
            Some(holder) => Err(format!("{holder} holds the lock")),
        },
        "state.unlock" | "state.force-unlock" => match state.holder.take() {
            Some(holder) if holder == lock_of(entry) => Ok(()),
            holder => Err(format!(
                "it ends {}, and {holder:?} holds the lock",
                lock_of(entry)
            )),
        },
        "state.write" => {
            let version = history.kept(&entry.subject).get(state.versions);
            state.versions += 1;
            if state.holder.is_none() {
                return Err("nobody holds the lock".to_owned());
            }
            let told = (entry.details["serial"].as_i64(), entry.details["md5"].as_str());
            if version.is_none_or(|kept| told != (Some(kept.serial), Some(&kept.md5))) {
                return Err(format!("it tells of {told:?}, and {version:?} is kept"));
            }
            Ok(())
        }
        "audit.begin" => match std::mem::replace(&mut state.begun, true) {
            false => Ok(()),
            true => Err("its chain began before".to_owned()),
        },
        _ => Err("no client asked for that".to_owned()),
    }
}

/// Whoever was answered before another asked stands before them in the log.
fn real_time(doers: &Doers<'_>, entries: &[&AuditEntry]) -> Vec<String> {
    let (mut reached, mut wrong) = (0, Vec::new());
    let mut told: BTreeMap<(&str, Deed<'_>), usize> = BTreeMap::new();
    for entry in entries {
        let Some(deed) = Deed::told(entry) else {
            continue;
        };
        let key = (entry.subject.as_str(), deed);
        let times = told.entry(key).or_default();
        *times += 1;
        let by_actor = doers.get(&key).into_iter().flatten();
        let by_actor: Vec<&&Request> = by_actor.filter(|request| request.user == entry.actor).collect();
        let Some(earliest) = by_actor.iter().map(|request| request.began).min() else {
            wrong.push(format!(
                "nobody asked for what the audit log tells: {}",
                name(entry)
            ));
            continue;
        };
        if by_actor.len() < *times && deed != Deed::Break {
            wrong.push(format!(
                "the audit log tells more often than it was asked for: {}",
                name(entry)
            ));
        }
        reached = reached.max(earliest);
        // A lock can be broken by many requests, and one that was given back can be taken again by a request
        // that was long on its way: only the first is bound to the answer.
        if deed == Deed::Break || *times > 1 {
            continue;
        }
        let accepted = by_actor.iter().filter(|request| request.is_accepted());
        let latest = accepted.map(|request| request.ended).min().unwrap_or(Moment::MAX);
        if latest < reached {
            wrong.push(format!(
                "the audit log is in an order that cannot have been: it was acknowledged at {latest}, and an entry before it was asked for at {reached}: {}",
                name(entry)
            ));
        }
    }
    wrong
}

/// What was acknowledged is told.
fn untold_requests(history: &History, told: &BTreeSet<(&str, Deed<'_>)>) -> Vec<String> {
    let acknowledged = history.requests.iter().filter(|request| request.is_accepted());
    acknowledged
        .filter(|request| {
            let state = request.state.as_str();
            match &request.call {
                Call::Read | Call::Unlock { id: None } => false,
                // Giving back what one does not hold does nothing, and what was broken is told as that.
                Call::Unlock { id: Some(id) } => {
                    let life = history.lock(state, id);
                    let held = life.is_some_and(|life| life.acknowledged.is_some() && !life.broken);
                    held && !told.contains(&(state, Deed::Unlock(id)))
                }
                Call::Lock { id } => !told.contains(&(state, Deed::Lock(id))),
                Call::Write { version, .. } => !told.contains(&(state, Deed::Write(&version.md5))),
            }
        })
        .map(|request| {
            format!(
                "the audit log does not tell what was acknowledged to {} at {}: {:?} of {}",
                request.user, request.ended, request.call, request.state
            )
        })
        .collect()
}

fn name(entry: &AuditEntry) -> String {
    format!(
        "entry {} ({} of {} by {})",
        entry.sequence, entry.action, entry.subject, entry.actor
    )
}
