//! What gates look at: everything as plain facts, gathered by the caller.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::approval::Approval;
use crate::check::{CheckName, CheckResult};
use crate::id::UserId;
use crate::name::{ChangeKey, Name};
use crate::policy::{Direction, Requirements, Tier};
use crate::risk::{Assessment, RiskClass};
use crate::window::Calendar;

/// All that the gates of one change in one environment depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct GateInput {
    /// The change, for the commands that open gates.
    pub change: ChangeKey,
    /// The stack that it alters.
    pub stack: Name,
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
    /// The stack has no configuration in the environment that this one promotes from, and no state
    /// there. A change that merely leaves that environment out is [`Promotion::From`] with
    /// [`ParentProgress::NotApplied`].
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
    /// The lock's identifier.
    pub id: String,
    /// Who holds it: a user, or a run.
    pub who: String,
    /// Since when.
    pub since: Timestamp,
}
