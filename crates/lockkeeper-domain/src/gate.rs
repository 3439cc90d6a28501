//! Gates: what stands between a plan and its run, each with a reason and a way to open it (spec 1.3).

mod approvals;
mod calendar;
mod checks;
mod commands;
mod plan;
mod promotion;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use approvals::ApprovalTally;

use crate::approval::Approval;
use crate::check::{CheckName, CheckResult};
use crate::id::UserId;
use crate::name::{ChangeKey, Name};
use crate::policy::{Direction, Requirements, Tier};
use crate::risk::{Assessment, RiskClass};
use crate::window::Calendar;

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

/// All that the gates of one change in one environment depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct GateInput {
    /// The change, for the commands that open gates.
    pub change: ChangeKey,
    /// The environment.
    pub environment: Name,
    /// Its tier.
    pub tier: Tier,
    /// The higher of the computed and the declared class.
    pub class: RiskClass,
    /// Forward, or back to a revision that was applied and verified here before.
    pub direction: Direction,
    /// What the policy asks for: [`crate::policy::Policy::requirements`].
    pub requirements: Requirements,
    /// The reasons for the computed class; no reason when there is no plan.
    pub assessment: Assessment,
    /// Who asked for the change.
    pub requester: UserId,
    /// The current plan.
    pub plan: PlanStanding,
    /// All approvals of the change; those of other environments or plans are not counted.
    pub approvals: Vec<Approval>,
    /// What the computed checks found, at most one for each.
    pub checks: Vec<CheckResult>,
    /// The checks that people ticked.
    pub ticks: Vec<Tick>,
    /// How to go back, in words: the change's own, or else the stack's.
    pub rollback: Option<String>,
    /// How far the same commit is in the environment that this one promotes from.
    pub promotion: Promotion,
    /// The windows of the environment, and the freezes.
    pub calendar: Calendar,
    /// When the run would start.
    pub now: Timestamp,
    /// How long the run takes, from past runs; `None` when there were none.
    pub expected_duration: Option<Duration>,
    /// Who holds the lock of the state, if anybody but this change's own run.
    pub lock: Option<HeldLock>,
}

/// Whether there is a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanStanding {
    /// None was made, or the last one was discarded.
    Absent,
    /// It is being made.
    Running,
    /// It could not be made.
    Failed {
        /// Why, in one sentence.
        why: String,
    },
    /// It is there.
    Made(CurrentPlan),
}

/// The current plan, and what it must be compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentPlan {
    /// Its digest.
    pub digest: String,
    /// The digest of its effects.
    pub effects_digest: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// How long after that it may be applied: [`crate::policy::Policy::plan_expiry`].
    pub expiry: Duration,
    /// The commit that it was made from.
    pub commit: String,
    /// The commit that the change stands for now.
    pub current_commit: String,
    /// The state that it was made from; `None` when there was none yet.
    pub state: Option<StateRevision>,
    /// The state as it is now.
    pub current_state: Option<StateRevision>,
}

/// One revision of a Terraform state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRevision {
    /// The lineage: one for the whole life of a state.
    pub lineage: String,
    /// The serial: grows with every write.
    pub serial: u64,
}

/// A check that a person ticked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The check.
    pub check: CheckName,
    /// Who ticked it.
    pub user_name: Name,
    /// When.
    pub at: Timestamp,
}

/// How far the same commit is in the environment that this one promotes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Promotion {
    /// The environment promotes from none.
    NoParent,
    /// The stack does not exist in the environment that this one promotes from.
    StackNotInParent {
        /// The environment.
        parent: Name,
    },
    /// The stack exists there.
    From {
        /// The environment.
        parent: Name,
        /// How far the commit is there.
        progress: ParentProgress,
    },
}

/// How far a commit is in an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParentProgress {
    /// It was not applied, or its apply failed.
    NotApplied,
    /// It was applied, and its verification is not over.
    NotVerified,
    /// It was applied, and its verification failed, or it was rolled back.
    VerificationFailed,
    /// It was applied, and it works.
    Verified,
}

/// The lock of a state, held by somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLock {
    /// The lock's identifier, which breaking it needs.
    pub id: String,
    /// Who holds it: a user, or a run.
    pub who: String,
    /// Since when.
    pub since: Timestamp,
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
        format!("{} has held the lock of the state since {since}.", lock.who),
        format!(
            "wait until it is released; if its holder is gone for good, break it with {}",
            commands::force_unlock(&lock.id)
        ),
    )
}

#[cfg(test)]
mod tests;
