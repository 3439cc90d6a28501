//! The change record, and how it moves from proposal to close.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a change as a whole is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeStatus {
    /// Under way.
    Open,
    /// Applied and verified in all its environments.
    Verified,
    /// Done, and the record is complete.
    Closed,
    /// Given up before it was carried out everywhere.
    Cancelled,
    /// Undone by another change.
    RolledBack,
}

impl ChangeStatus {
    /// Every status, for reading the store.
    pub const ALL: [ChangeStatus; 5] = [
        ChangeStatus::Open,
        ChangeStatus::Verified,
        ChangeStatus::Closed,
        ChangeStatus::Cancelled,
        ChangeStatus::RolledBack,
    ];

    /// The name as it stands in the store and in output.
    pub fn as_str(self) -> &'static str {
        match self {
            ChangeStatus::Open => "open",
            ChangeStatus::Verified => "verified",
            ChangeStatus::Closed => "closed",
            ChangeStatus::Cancelled => "cancelled",
            ChangeStatus::RolledBack => "rolled-back",
        }
    }

    /// The status as the end of a sentence: `INFRA-1 is closed`.
    pub fn in_words(self) -> &'static str {
        match self {
            ChangeStatus::Open => "is open",
            ChangeStatus::Verified => "is verified",
            ChangeStatus::Closed => "is closed",
            ChangeStatus::Cancelled => "is cancelled",
            ChangeStatus::RolledBack => "was rolled back",
        }
    }

    /// Whether nothing more can happen to the change.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            ChangeStatus::Closed | ChangeStatus::Cancelled | ChangeStatus::RolledBack
        )
    }

    /// The status of a change whose stages are these.
    pub fn of_stages(self, stages: &[StageStatus]) -> Self {
        if self.is_final() {
            return self;
        }
        if stages.iter().all(|stage| *stage == StageStatus::Verified) {
            return ChangeStatus::Verified;
        }
        let undone = |stage: &StageStatus| *stage == StageStatus::RolledBack;
        let untouched = |stage: &StageStatus| !stage.has_touched_the_environment();
        if stages.iter().any(undone) && stages.iter().all(|stage| undone(stage) || untouched(stage)) {
            return ChangeStatus::RolledBack;
        }
        ChangeStatus::Open
    }
}

impl fmt::Display for ChangeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How far a change is in one of its environments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageStatus {
    /// A plan is being made.
    Planning,
    /// No plan could be made.
    PlanFailed,
    /// Planned, and waiting for its gates or for somebody to apply it.
    Planned,
    /// An apply is queued, perhaps for a time to come.
    Scheduled,
    /// Being applied.
    Applying,
    /// The apply failed; some effects may have happened.
    ApplyFailed,
    /// The server died in the middle of the apply.
    Interrupted,
    /// Applied, and being looked at.
    Verifying,
    /// Applied, and it does not work.
    VerificationFailed,
    /// Applied, and it works.
    Verified,
    /// Undone by another change.
    RolledBack,
}

/// What happens to a change in one of its environments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageEvent {
    /// Somebody, or a stale plan, asks for a new plan.
    PlanRequested,
    /// The plan is there.
    PlanMade,
    /// The plan could not be made.
    PlanFailed,
    /// An apply is queued.
    ApplyQueued,
    /// A queued apply was withdrawn, or its gates shut again before it began.
    ApplyWithdrawn,
    /// The apply begins.
    ApplyStarted,
    /// The tool failed, was cancelled, or ran out of time.
    ApplyFailed,
    /// The tool is done, and the result is being looked at.
    ApplySucceeded,
    /// The server died during the apply or the verification.
    Interrupted,
    /// Everything that was looked at holds.
    VerificationPassed,
    /// Something that was looked at does not hold.
    VerificationFailed,
    /// Another change has put back what was there before.
    RolledBack,
}

/// A transition that the record does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a change that {} in this environment cannot be {}", .from.in_words(), .event.as_participle())]
pub struct TransitionRefused {
    /// The status that it is in.
    pub from: StageStatus,
    /// What was to happen.
    pub event: StageEvent,
}

impl StageEvent {
    fn as_participle(self) -> &'static str {
        match self {
            StageEvent::PlanRequested | StageEvent::PlanMade | StageEvent::PlanFailed => "planned",
            StageEvent::ApplyQueued
            | StageEvent::ApplyStarted
            | StageEvent::ApplyFailed
            | StageEvent::ApplySucceeded => "applied",
            StageEvent::ApplyWithdrawn => "withdrawn",
            StageEvent::Interrupted => "interrupted",
            StageEvent::VerificationPassed | StageEvent::VerificationFailed => "verified",
            StageEvent::RolledBack => "rolled back",
        }
    }
}

impl StageStatus {
    /// Every status, for tests and for reading the store.
    pub const ALL: [StageStatus; 11] = [
        StageStatus::Planning,
        StageStatus::PlanFailed,
        StageStatus::Planned,
        StageStatus::Scheduled,
        StageStatus::Applying,
        StageStatus::ApplyFailed,
        StageStatus::Interrupted,
        StageStatus::Verifying,
        StageStatus::VerificationFailed,
        StageStatus::Verified,
        StageStatus::RolledBack,
    ];

    /// The name as it stands in the store and in output.
    pub fn as_str(self) -> &'static str {
        match self {
            StageStatus::Planning => "planning",
            StageStatus::PlanFailed => "plan-failed",
            StageStatus::Planned => "planned",
            StageStatus::Scheduled => "scheduled",
            StageStatus::Applying => "applying",
            StageStatus::ApplyFailed => "apply-failed",
            StageStatus::Interrupted => "interrupted",
            StageStatus::Verifying => "verifying",
            StageStatus::VerificationFailed => "verification-failed",
            StageStatus::Verified => "verified",
            StageStatus::RolledBack => "rolled-back",
        }
    }

    /// The status as a part of a sentence about the change: `failed its verification`.
    pub fn in_words(self) -> &'static str {
        match self {
            StageStatus::Planning => "is being planned",
            StageStatus::PlanFailed => "could not be planned",
            StageStatus::Planned => "is planned",
            StageStatus::Scheduled => "is scheduled",
            StageStatus::Applying => "is being applied",
            StageStatus::ApplyFailed => "failed while it was applied",
            StageStatus::Interrupted => "was interrupted while it was applied",
            StageStatus::Verifying => "is being verified",
            StageStatus::VerificationFailed => "failed its verification",
            StageStatus::Verified => "is verified",
            StageStatus::RolledBack => "was rolled back",
        }
    }

    /// Whether something may have been altered in the environment.
    pub fn has_touched_the_environment(self) -> bool {
        use StageStatus as S;
        matches!(
            self,
            S::Applying
                | S::ApplyFailed
                | S::Interrupted
                | S::Verifying
                | S::VerificationFailed
                | S::Verified
        )
    }

    /// Whether something went wrong, so that nothing goes on by itself.
    pub fn is_in_trouble(self) -> bool {
        use StageStatus as S;
        matches!(
            self,
            S::PlanFailed | S::ApplyFailed | S::Interrupted | S::VerificationFailed
        )
    }

    /// Whether a run is queued or at work.
    pub fn is_busy(self) -> bool {
        use StageStatus as S;
        matches!(self, S::Planning | S::Scheduled | S::Applying | S::Verifying)
    }

    /// The status after the event.
    ///
    /// # Errors
    /// [`TransitionRefused`] when the event cannot happen in this status.
    pub fn after(self, event: StageEvent) -> Result<StageStatus, TransitionRefused> {
        use StageEvent as E;
        use StageStatus as S;
        match (self, event) {
            (
                S::PlanFailed | S::Planned | S::ApplyFailed | S::Interrupted | S::VerificationFailed,
                E::PlanRequested,
            ) => Ok(S::Planning),
            (S::Planning, E::PlanMade) => Ok(S::Planned),
            (S::Planning, E::PlanFailed | E::Interrupted) => Ok(S::PlanFailed),
            (S::Planned, E::ApplyQueued) => Ok(S::Scheduled),
            (S::Scheduled, E::ApplyWithdrawn) => Ok(S::Planned),
            (S::Scheduled, E::ApplyStarted) => Ok(S::Applying),
            (S::Applying, E::ApplySucceeded) => Ok(S::Verifying),
            (S::Applying, E::ApplyFailed) => Ok(S::ApplyFailed),
            (S::Applying | S::Verifying, E::Interrupted) => Ok(S::Interrupted),
            (S::Verifying, E::VerificationPassed) => Ok(S::Verified),
            (S::Verifying, E::VerificationFailed | E::ApplyFailed) => Ok(S::VerificationFailed),
            // What failed may have been planned anew before somebody decided to go back instead.
            (
                S::PlanFailed
                | S::Planned
                | S::ApplyFailed
                | S::Interrupted
                | S::VerificationFailed
                | S::Verified,
                E::RolledBack,
            ) => Ok(S::RolledBack),
            (from, event) => Err(TransitionRefused { from, event }),
        }
    }
}

impl fmt::Display for StageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_straight_way() {
        use StageEvent as E;
        let events = [
            E::PlanMade,
            E::ApplyQueued,
            E::ApplyStarted,
            E::ApplySucceeded,
            E::VerificationPassed,
        ];
        let end = events
            .into_iter()
            .try_fold(StageStatus::Planning, StageStatus::after);
        assert_eq!(end, Ok(StageStatus::Verified));
    }

    #[test]
    fn nothing_is_applied_that_is_not_planned() {
        for status in StageStatus::ALL {
            assert_eq!(
                status.after(StageEvent::ApplyQueued).is_ok(),
                status == StageStatus::Planned
            );
            assert_eq!(
                status.after(StageEvent::ApplyStarted).is_ok(),
                status == StageStatus::Scheduled
            );
        }
    }

    #[test]
    fn a_refusal_is_a_sentence() {
        let refused = StageStatus::Verified.after(StageEvent::ApplyQueued).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a change that is verified in this environment cannot be applied"
        );
        let refused = StageStatus::VerificationFailed
            .after(StageEvent::ApplyQueued)
            .unwrap_err();
        assert_eq!(
            refused.to_string(),
            "a change that failed its verification in this environment cannot be applied"
        );
        for status in StageStatus::ALL {
            assert!(!status.in_words().contains('-'), "{status}");
        }
    }

    #[test]
    fn the_change_follows_its_stages() {
        use StageStatus as S;
        let of = |stages: &[S]| ChangeStatus::Open.of_stages(stages);
        assert_eq!(of(&[S::Verified, S::Planned]), ChangeStatus::Open);
        assert_eq!(of(&[S::Verified, S::Verified]), ChangeStatus::Verified);
        assert_eq!(of(&[S::RolledBack, S::Planned]), ChangeStatus::RolledBack);
        assert_eq!(of(&[S::RolledBack, S::Verified]), ChangeStatus::Open);
        assert_eq!(
            ChangeStatus::Closed.of_stages(&[S::RolledBack]),
            ChangeStatus::Closed
        );
    }
}
