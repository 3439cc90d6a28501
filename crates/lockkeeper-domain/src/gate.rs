//! Gates: what stands between a plan and its run, each with a reason and a way to open it.

mod approvals;
mod calendar;
mod checks;
mod commands;
mod input;
mod plan;
mod promotion;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use approvals::ApprovalTally;
pub use calendar::{RunsUntil, runs_until};
pub use input::{
    CurrentPlan, GateInput, HeldLock, ParentProgress, PlanStanding, Promotion, StateRevision, Tick,
};

use crate::check::CheckName;

/// Which gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum GateKind {
    /// There is a plan, and it is still what applying it would do.
    Plan,
    /// A check passed, or was ticked.
    Check(CheckName),
    /// Enough people of the right functions approved.
    Approvals,
    /// The change advisory board approved.
    Board,
    /// The way back is written down.
    Rollback,
    /// The same commit works in the environment that this one promotes from.
    Promotion,
    /// A window is open, no freeze is on, and the run fits.
    Window,
    /// Nobody else holds the lock of the state.
    StateLock,
}

impl fmt::Display for GateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GateKind::Plan => f.pad("plan"),
            GateKind::Check(name) => f.pad(&format!("check-{name}")),
            GateKind::Approvals => f.pad("approvals"),
            GateKind::Board => f.pad("board"),
            GateKind::Rollback => f.pad("rollback"),
            GateKind::Promotion => f.pad("promotion"),
            GateKind::Window => f.pad("window"),
            GateKind::StateLock => f.pad("state-lock"),
        }
    }
}

impl From<GateKind> for String {
    fn from(kind: GateKind) -> String {
        kind.to_string()
    }
}

/// No gate has the name given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a gate")]
pub struct InvalidGateKind(String);

impl FromStr for GateKind {
    type Err = InvalidGateKind;

    fn from_str(text: &str) -> Result<Self, InvalidGateKind> {
        use GateKind as K;
        [
            K::Plan,
            K::Approvals,
            K::Board,
            K::Rollback,
            K::Promotion,
            K::Window,
            K::StateLock,
        ]
        .into_iter()
        .chain(CheckName::ALL.map(K::Check))
        .find(|kind| kind.to_string() == text)
        .ok_or_else(|| InvalidGateKind(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for GateKind {
    type Error = InvalidGateKind;

    fn try_from(text: String) -> Result<Self, InvalidGateKind> {
        text.parse()
    }
}

/// One gate: open or shut, why, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// Which gate.
    pub kind: GateKind,
    /// Whether it is open.
    pub open: bool,
    /// Why, in one sentence.
    pub reason: String,
    /// What opens it, as something to do; absent when it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_open: Option<String>,
}

impl Gate {
    fn open(kind: GateKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            open: true,
            reason: reason.into(),
            to_open: None,
        }
    }

    fn shut(kind: GateKind, reason: impl Into<String>, to_open: impl Into<String>) -> Self {
        Self {
            kind,
            open: false,
            reason: reason.into(),
            to_open: Some(to_open.into()),
        }
    }
}

/// All gates of a change in an environment, in the order in which people open them. A gate that the
/// policy does not ask for is left out.
pub fn evaluate(input: &GateInput) -> Vec<Gate> {
    let mut gates = vec![plan::gate(input)];
    gates.extend(checks::gates(input));
    gates.push(approvals::gate(input));
    gates.extend(approvals::board_gate(input));
    gates.extend(checks::rollback_gate(input));
    gates.extend(promotion::gate(input));
    gates.push(calendar::gate(input));
    gates.push(lock_gate(input));
    gates
}

/// Whether the run may start: every gate is open.
pub fn all_open(gates: &[Gate]) -> bool {
    gates.iter().all(|gate| gate.open)
}

fn lock_gate(input: &GateInput) -> Gate {
    let Some(lock) = &input.lock else {
        return Gate::open(GateKind::StateLock, "Nobody holds the lock of the state.");
    };
    let since = crate::window::spoken(lock.since, &jiff::tz::TimeZone::UTC);
    Gate::shut(
        GateKind::StateLock,
        format!(
            "{} has held the lock {} of the state since {since}.",
            lock.who, lock.id
        ),
        format!(
            "wait until it is released; if its holder is gone for good, break it with {}",
            commands::unlock(input)
        ),
    )
}

#[cfg(test)]
mod tests;
