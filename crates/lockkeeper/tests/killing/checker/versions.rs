//! Every acknowledged version is there, byte for byte; serials have neither gap nor fork.

use std::collections::BTreeSet;

use super::History;

pub(super) fn judge(history: &History) -> Vec<String> {
    let mut wrong = Vec::new();
    for state in history.states() {
        wrong.extend(serials(history, state));
    }
    wrong.extend(lost(history));
    wrong.extend(made_up(history));
    wrong
}

fn serials(history: &History, state: &str) -> Vec<String> {
    let kept = history.kept(state);
    let mut wrong = Vec::new();
    for (position, version) in kept.iter().enumerate() {
        let before = position.checked_sub(1).map(|before| &kept[before]);
        let expected = before.map_or(1, |before| before.serial + 1);
        if version.serial < expected {
            wrong.push(format!(
                "a fork: {state} keeps serial {} after serial {}",
                version.serial,
                expected - 1
            ));
        }
        if version.serial > expected {
            wrong.push(format!(
                "a gap: {state} keeps serial {} after serial {}",
                version.serial,
                expected - 1
            ));
        }
        if before.is_some_and(|before| before.lineage != version.lineage) {
            wrong.push(format!(
                "a fork: serial {} of {state} is of another lineage than the one before",
                version.serial
            ));
        }
    }
    wrong
}

fn lost(history: &History) -> Vec<String> {
    let kept: BTreeSet<(&str, i64, &str)> = history
        .kept
        .iter()
        .flat_map(|(state, versions)| {
            versions
                .iter()
                .map(|version| (state.as_str(), version.serial, version.digest.as_str()))
        })
        .collect();
    let acknowledged = history.writes().filter(|(request, ..)| request.is_accepted());
    acknowledged
        .filter(|(request, _, version)| {
            !kept.contains(&(request.state.as_str(), version.serial, version.digest.as_str()))
        })
        .map(|(request, _, version)| {
            let same_serial = history
                .kept(&request.state)
                .iter()
                .find(|kept| kept.serial == version.serial);
            let instead = same_serial.map_or("nothing".to_owned(), |kept| format!("the bytes {}", kept.digest));
            format!(
                "a lost write: serial {} of {} was acknowledged to {} at {} with the bytes {}, and {instead} is kept",
                version.serial, request.state, request.user, request.ended, version.digest
            )
        })
        .collect()
}

/// What is kept was sent by somebody, and not refused.
fn made_up(history: &History) -> Vec<String> {
    let sent = history.writes_by_digest();
    let mut wrong = Vec::new();
    for (state, versions) in &history.kept {
        for version in versions {
            let written = sent
                .get(&(state.as_str(), version.digest.as_str()))
                .is_some_and(|writes| writes.iter().any(|(_, sent)| *sent == version));
            if !written {
                wrong.push(format!(
                    "made up: serial {} of {state} is kept with the bytes {}, which nobody wrote, or whose every write was refused",
                    version.serial, version.digest
                ));
            }
        }
    }
    wrong
}
