//! What the gates of an environment ask for, by its tier and the class of the change.

mod tier;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use tier::{InvalidTier, Tier};

use crate::check::CheckName;
use crate::risk::RiskClass;

/// Whether a change goes forward, or back to a revision that was applied and verified in the same
/// environment before. The way back has a shorter gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// To a revision that the environment has not seen.
    Forward,
    /// Back, asked for by a person.
    Back,
    /// Back, by itself, after a failed verification of a stack that says so.
    BackByItself,
}

impl Direction {
    /// Whether the change goes back.
    pub fn is_rollback(self) -> bool {
        self != Direction::Forward
    }
}

/// What must be there before a change of one class runs in an environment of one tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// How many different people must approve. The board is not counted among them.
    pub approvals: u8,
    /// Whether an approval by the requester counts.
    pub self_approval: bool,
    /// Whether the approvals must cover the functions that the reasons for the class call for.
    pub functions_from_reasons: bool,
    /// Whether the change advisory board must approve.
    pub board: bool,
    /// Whether the run must stand inside a window. An environment that is not critical and names no
    /// window is open at any time.
    pub window: bool,
    /// Whether the way back must be written down.
    pub rollback: bool,
    /// The checks that must pass.
    pub checks: BTreeSet<CheckName>,
}

/// The requirements of one tier, by class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierPolicy {
    /// What a low change needs.
    pub low: Requirements,
    /// What a medium change needs.
    pub medium: Requirements,
    /// What a high change needs.
    pub high: Requirements,
}

impl TierPolicy {
    /// What a change of the class needs.
    pub fn class(&self, class: RiskClass) -> &Requirements {
        match class {
            RiskClass::Low => &self.low,
            RiskClass::Medium => &self.medium,
            RiskClass::High => &self.high,
        }
    }

    /// What a change of the class needs, to be altered.
    pub fn class_mut(&mut self, class: RiskClass) -> &mut Requirements {
        match class {
            RiskClass::Low => &mut self.low,
            RiskClass::Medium => &mut self.medium,
            RiskClass::High => &mut self.high,
        }
    }

    /// The defaults for a tier, as docs/configuration.md lists them.
    fn default_for(tier: Tier) -> Self {
        let low = Requirements {
            approvals: 1,
            self_approval: true,
            functions_from_reasons: false,
            board: false,
            window: false,
            rollback: false,
            checks: BTreeSet::from([
                CheckName::Fmt,
                CheckName::Validate,
                CheckName::Secrets,
                CheckName::StaticAnalysis,
                CheckName::Policies,
                CheckName::Budget,
            ]),
        };
        let medium = Requirements {
            self_approval: false,
            ..low.clone()
        };
        let mut high = Requirements {
            approvals: 2,
            functions_from_reasons: true,
            board: tier.is_critical(),
            window: true,
            rollback: true,
            ..medium.clone()
        };
        if tier.is_critical() {
            high.checks
                .extend([CheckName::OnCallNotified, CheckName::CommunicationSent]);
        }
        Self { low, medium, high }
    }
}

/// The shorter gate of the way back: no window, no board, no checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollbackPolicy {
    /// How many different people must approve a rollback that a person asks for. One that happens by
    /// itself needs nobody: the stack's definition was approved with it.
    pub approvals: u8,
    /// Whether an approval by the one who asks for the rollback counts.
    pub self_approval: bool,
}

impl Default for RollbackPolicy {
    fn default() -> Self {
        Self {
            approvals: 1,
            self_approval: true,
        }
    }
}

/// The policy of a project. docs/configuration.md lists the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Environments of the tier development.
    pub development: TierPolicy,
    /// Environments of the tier test.
    pub test: TierPolicy,
    /// Environments of the tier staging.
    pub staging: TierPolicy,
    /// Environments of the tier production.
    pub production: TierPolicy,
    /// Environments of the tier technical.
    pub technical: TierPolicy,
    /// The way back, in every tier.
    pub rollback: RollbackPolicy,
    /// How long after it was made a plan may still be applied.
    pub plan_expiry: Duration,
}

impl Policy {
    /// How long a plan may be applied when the project says nothing: seven days.
    pub const DEFAULT_PLAN_EXPIRY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// The policy of a tier.
    pub fn tier(&self, tier: Tier) -> &TierPolicy {
        match tier {
            Tier::Development => &self.development,
            Tier::Test => &self.test,
            Tier::Staging => &self.staging,
            Tier::Production => &self.production,
            Tier::Technical => &self.technical,
        }
    }

    /// The policy of a tier, to be altered.
    pub fn tier_mut(&mut self, tier: Tier) -> &mut TierPolicy {
        match tier {
            Tier::Development => &mut self.development,
            Tier::Test => &mut self.test,
            Tier::Staging => &mut self.staging,
            Tier::Production => &mut self.production,
            Tier::Technical => &mut self.technical,
        }
    }

    /// What a change needs. The class is the higher of the computed and the declared one; it does not
    /// matter on the way back.
    pub fn requirements(&self, tier: Tier, class: RiskClass, direction: Direction) -> Requirements {
        match direction {
            Direction::Forward => self.tier(tier).class(class).clone(),
            Direction::Back => Requirements {
                approvals: self.rollback.approvals,
                self_approval: self.rollback.self_approval,
                ..NOTHING
            },
            Direction::BackByItself => NOTHING,
        }
    }
}

const NOTHING: Requirements = Requirements {
    approvals: 0,
    self_approval: true,
    functions_from_reasons: false,
    board: false,
    window: false,
    rollback: false,
    checks: BTreeSet::new(),
};

impl Default for Policy {
    fn default() -> Self {
        Self {
            development: TierPolicy::default_for(Tier::Development),
            test: TierPolicy::default_for(Tier::Test),
            staging: TierPolicy::default_for(Tier::Staging),
            production: TierPolicy::default_for(Tier::Production),
            technical: TierPolicy::default_for(Tier::Technical),
            rollback: RollbackPolicy::default(),
            plan_expiry: Self::DEFAULT_PLAN_EXPIRY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_approves_their_own_change_above_low() {
        let policy = Policy::default();
        for tier in Tier::ALL {
            assert!(
                policy
                    .requirements(tier, RiskClass::Low, Direction::Forward)
                    .self_approval
            );
            for class in [RiskClass::Medium, RiskClass::High] {
                assert!(
                    !policy.requirements(tier, class, Direction::Forward).self_approval,
                    "{tier} {class}"
                );
            }
        }
    }

    #[test]
    fn high_in_production_needs_everything() {
        let high = Policy::default().requirements(Tier::Production, RiskClass::High, Direction::Forward);
        assert_eq!(high.approvals, 2);
        assert!(high.functions_from_reasons && high.board && high.window && high.rollback);
        let all_but_rollback = CheckName::ALL
            .into_iter()
            .filter(|c| *c != CheckName::Rollback)
            .collect();
        assert_eq!(high.checks, all_but_rollback);
    }

    #[test]
    fn high_in_staging_needs_no_board_and_no_ticks() {
        let high = Policy::default().requirements(Tier::Staging, RiskClass::High, Direction::Forward);
        assert!(!high.board && high.window && high.rollback);
        assert!(high.checks.iter().all(|check| !check.is_ticked_by_people()));
    }

    #[test]
    fn checks_of_the_code_are_required_everywhere() {
        let policy = Policy::default();
        for tier in Tier::ALL {
            for class in [RiskClass::Low, RiskClass::Medium, RiskClass::High] {
                let checks = policy.requirements(tier, class, Direction::Forward).checks;
                assert!(checks.is_superset(&BTreeSet::from([
                    CheckName::Fmt,
                    CheckName::Validate,
                    CheckName::Secrets,
                    CheckName::StaticAnalysis,
                ])));
            }
        }
    }

    #[test]
    fn the_way_back_is_short() {
        let policy = Policy::default();
        let back = policy.requirements(Tier::Production, RiskClass::High, Direction::Back);
        assert_eq!(
            (back.approvals, back.self_approval, back.board, back.window),
            (1, true, false, false)
        );
        let by_itself = policy.requirements(Tier::Production, RiskClass::High, Direction::BackByItself);
        assert_eq!(by_itself.approvals, 0);
    }
}
