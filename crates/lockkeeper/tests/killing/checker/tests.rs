//! Histories that are right, and each kind of history that is wrong.

use serde_json::json;

use super::History;
use crate::history::{AuditEntry, Call, Line, Moment, Outcome, Request, Version};

const STATE: &str = "staging/a";

/// A history, written down by hand.
#[derive(Clone)]
struct Story {
    lines: Vec<Line>,
    kept: Vec<Version>,
    audit: Vec<AuditEntry>,
}

fn version(serial: i64, bytes: &str) -> Version {
    Version {
        serial,
        lineage: "l".to_owned(),
        md5: format!("md5 of {bytes}"),
        digest: format!("digest of {bytes}"),
    }
}

fn lock(id: &str) -> Call {
    Call::Lock { id: id.to_owned() }
}

fn unlock(id: &str) -> Call {
    Call::Unlock {
        id: Some(id.to_owned()),
    }
}

fn write(id: &str, serial: i64, bytes: &str) -> Call {
    Call::Write {
        lock: Some(id.to_owned()),
        version: version(serial, bytes),
    }
}

fn found(bytes: &str) -> Outcome {
    Outcome::Found {
        digest: version(0, bytes).digest,
    }
}

fn refused(status: u16, holder: Option<&str>) -> Outcome {
    Outcome::Refused {
        status,
        holder: holder.map(str::to_owned),
    }
}

fn unknown() -> Outcome {
    Outcome::Unknown {
        why: "cut".to_owned(),
    }
}

impl Story {
    fn empty() -> Self {
        let reader = Line::User {
            name: "reader".to_owned(),
            may_write: false,
        };
        Self {
            lines: vec![reader],
            kept: Vec::new(),
            audit: Vec::new(),
        }
    }

    /// Ann writes two versions, then Bob reads and writes a third.
    fn right() -> Self {
        Self::empty()
            .done("ann", 10, 20, lock("a"))
            .done("ann", 30, 40, write("a", 1, "one"))
            .done("ann", 50, 60, write("a", 2, "two"))
            .asked("bob", 55, 58, lock("b"), refused(423, Some("a")))
            .done("ann", 70, 80, unlock("a"))
            .done("bob", 90, 100, lock("b"))
            .asked("bob", 110, 120, Call::Read, found("two"))
            .done("bob", 130, 140, write("b", 3, "three"))
            .done("bob", 150, 160, unlock("b"))
    }

    fn asked(mut self, user: &str, began: Moment, ended: Moment, call: Call, outcome: Outcome) -> Self {
        self.lines.push(Line::Request(Request {
            user: user.to_owned(),
            state: STATE.to_owned(),
            began,
            ended,
            call,
            outcome,
        }));
        self
    }

    /// A request that was acknowledged, and did what it says.
    fn done(self, user: &str, began: Moment, ended: Moment, call: Call) -> Self {
        self.asked(user, began, ended, call.clone(), Outcome::Accepted)
            .took_effect(user, &call)
    }

    /// What the server keeps of a call.
    fn took_effect(mut self, user: &str, call: &Call) -> Self {
        match call {
            Call::Lock { id } => self.told(user, "state.lock", json!({"lock": id})),
            Call::Unlock { id: Some(id) } => self.told(user, "state.unlock", json!({"lock": id})),
            Call::Unlock { id: None } | Call::Read => self,
            Call::Write { version, .. } => {
                self.kept.push(version.clone());
                self.told(
                    user,
                    "state.write",
                    json!({"serial": version.serial, "md5": version.md5}),
                )
            }
        }
    }

    fn told(mut self, user: &str, action: &str, details: serde_json::Value) -> Self {
        let sequence = i64::try_from(self.audit.len()).unwrap() + 1;
        self.audit.push(AuditEntry {
            chain: "c".to_owned(),
            sequence,
            at: String::new(),
            actor: user.to_owned(),
            action: action.to_owned(),
            subject: STATE.to_owned(),
            details,
        });
        self
    }

    fn judged(&self) -> Vec<String> {
        let kept = self.kept.iter().map(|version| Line::Kept {
            state: STATE.to_owned(),
            version: version.clone(),
        });
        let audit = self.audit.iter().cloned().map(Line::Audit);
        let lines: Vec<Line> = self.lines.iter().cloned().chain(kept).chain(audit).collect();
        History::new(&lines).judge()
    }

    #[track_caller]
    fn is_right(&self) {
        assert_eq!(self.judged(), Vec::<String>::new());
    }

    /// Something is wrong with it, and this is among it.
    #[track_caller]
    fn is_wrong(&self, expected: &str) {
        let wrong = self.judged();
        assert!(wrong.iter().any(|why| why.contains(expected)), "{wrong:#?}");
    }
}

#[test]
fn a_history_in_good_order_is_right() {
    Story::right().is_right();
}

#[test]
fn a_lost_write_is_found() {
    let mut story = Story::right();
    story.kept.pop();
    story.is_wrong("a lost write");
    let entry = story.audit.iter().position(|entry| entry.details["serial"] == 3);
    story.audit.remove(entry.unwrap());
    for (entry, sequence) in story.audit.iter_mut().zip(1..) {
        entry.sequence = sequence;
    }
    story.is_wrong("a lost write");
}

#[test]
fn a_changed_byte_is_found() {
    let mut story = Story::right();
    story.kept[1].digest = "digest of twp".to_owned();
    story.is_wrong("a lost write");
    story.is_wrong("made up");
}

#[test]
fn a_fork_is_found() {
    let story = Story::right();
    let fork = write("c", 3, "three again");
    story
        .clone()
        .done("cid", 170, 180, lock("c"))
        .done("cid", 190, 200, fork)
        .is_wrong("a fork");
    let mut other_lineage = story;
    other_lineage.kept[2].lineage = "m".to_owned();
    other_lineage.is_wrong("a fork");
}

#[test]
fn a_gap_is_found() {
    let mut story = Story::right();
    story.kept.remove(1);
    story.is_wrong("a gap");
}

#[test]
fn two_holders_are_found() {
    Story::right()
        .done("ann", 200, 210, lock("c"))
        .done("bob", 220, 230, lock("d"))
        .done("ann", 240, 250, unlock("c"))
        .is_wrong("two holders");
}

#[test]
fn whoever_asks_for_the_end_of_a_lock_may_be_overtaken() {
    Story::right()
        .done("ann", 200, 210, lock("c"))
        .done("ann", 220, 300, unlock("c"))
        .done("bob", 230, 240, lock("d"))
        .is_right();
}

#[test]
fn a_broken_lock_ends_and_one_that_ended_by_itself_does_not() {
    let held = Story::right().done("ann", 200, 210, lock("c"));
    held.clone()
        .asked("bob", 220, 230, Call::Unlock { id: None }, Outcome::Accepted)
        .told("bob", "state.force-unlock", json!({"lock": "c"}))
        .done("bob", 240, 250, lock("d"))
        .asked("ann", 260, 270, write("c", 4, "four"), refused(423, Some("d")))
        .is_right();
    let unasked = held.told("bob", "state.force-unlock", json!({"lock": "c"}));
    unasked
        .clone()
        .done("bob", 240, 250, lock("d"))
        .is_wrong("nobody asked for");
    unasked.done("bob", 240, 250, lock("d")).is_wrong("two holders");
}

#[test]
fn a_write_whose_answer_was_lost_is_there_or_not() {
    let sent = Story::right().done("ann", 200, 210, lock("c")).asked(
        "ann",
        220,
        230,
        write("c", 4, "four"),
        unknown(),
    );
    sent.is_right();
    sent.took_effect("ann", &write("c", 4, "four")).is_right();
}

#[test]
fn a_refused_write_that_is_kept_is_found() {
    Story::right()
        .done("ann", 200, 210, lock("c"))
        .asked("ann", 220, 230, write("c", 9, "nine"), refused(409, None))
        .took_effect("ann", &write("c", 9, "nine"))
        .is_wrong("made up");
}

#[test]
fn a_write_under_a_lock_that_was_given_back_is_found() {
    let mut story = Story::right().done("ann", 170, 180, write("a", 4, "four"));
    story.is_wrong("written without the lock");
    story.is_wrong("nobody holds the lock");
    story = Story::right().asked("ann", 170, 180, write("a", 2, "two"), Outcome::Accepted);
    story.is_right();
}

#[test]
fn a_stale_read_is_found() {
    Story::right()
        .asked("ann", 200, 210, Call::Read, found("two"))
        .is_wrong("a stale read");
    Story::right()
        .asked("ann", 200, 210, Call::Read, Outcome::Nothing)
        .is_wrong("a stale read");
    Story::right()
        .asked("ann", 200, 210, Call::Read, found("nothing that was written"))
        .is_wrong("a made-up read");
}

#[test]
fn a_false_refusal_is_found() {
    let read =
        Story::right()
            .done("ann", 200, 210, lock("c"))
            .asked("ann", 220, 230, Call::Read, found("three"));
    read.clone()
        .asked("ann", 240, 250, write("c", 4, "four"), refused(409, None))
        .is_wrong("writes the next serial");
    read.asked(
        "ann",
        240,
        250,
        write("c", 3, "another three"),
        refused(409, None),
    )
    .is_right();
    Story::right()
        .asked("ann", 200, 210, lock("c"), refused(423, Some("b")))
        .is_wrong("not held by whom the answer names");
    // A free lock is kept for whoever waits for it.
    Story::right()
        .asked("eve", 140, 145, lock("d"), refused(423, Some("b")))
        .asked("ann", 200, 210, lock("c"), refused(423, Some("d")))
        .is_right();
    Story::right()
        .asked("ann", 200, 210, Call::Read, refused(401, None))
        .is_wrong("a read is not refused");
}

#[test]
fn a_reader_who_writes_is_found() {
    Story::right()
        .asked("reader", 200, 210, lock("c"), refused(403, None))
        .is_right();
    Story::right()
        .done("reader", 200, 210, lock("c"))
        .is_wrong("a reader may only read");
}

#[test]
fn a_hole_in_the_audit_log_is_found() {
    let mut story = Story::right();
    story.audit.retain(|entry| entry.action != "state.unlock");
    story.is_wrong("the audit log has entry");
    story.is_wrong("does not tell what was acknowledged");
}

#[test]
fn an_audit_log_in_another_order_is_found() {
    let mut story = Story::right()
        .done("ann", 200, 210, lock("c"))
        .done("ann", 220, 230, unlock("c"))
        .done("bob", 240, 250, lock("d"))
        .done("bob", 260, 270, unlock("d"));
    story.audit[6..].rotate_left(2);
    for (entry, sequence) in story.audit.iter_mut().zip(1..) {
        entry.sequence = sequence;
    }
    story.is_wrong("an order that cannot have been");
}
