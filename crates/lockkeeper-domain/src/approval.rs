//! Approvals, bound to the digest of the plan that was seen.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ApprovalId, UserId};
use crate::name::Name;
use crate::policy::Requirements;
use crate::risk::RiskClass;
use crate::role::{Function, Grants, Permission};

/// One person's word that one plan may be applied in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The identifier.
    pub id: ApprovalId,
    /// Who approved.
    pub user: UserId,
    /// Their name at the time.
    pub user_name: Name,
    /// In which function; absent for a peer's or the author's own approval.
    pub function: Option<Function>,
    /// The environment whose plan was seen.
    pub environment: Name,
    /// The digest of the plan that was seen.
    pub plan_digest: String,
    /// The digest of its effects: a new plan with the same effects keeps the approval.
    pub effects_digest: String,
    /// When.
    pub at: Timestamp,
    /// What they said.
    pub comment: String,
    /// Set once the approval no longer counts.
    pub voided: Option<Voided>,
}

impl Approval {
    /// Whether the approval is given, not voided, for the plan in the environment: for this very plan,
    /// or for one with the same effects.
    pub fn stands_for(&self, environment: &Name, plan_digest: &str, effects_digest: &str) -> bool {
        self.voided.is_none() && self.was_given_for(environment, plan_digest, effects_digest)
    }

    /// The same, of one that may have been voided since.
    pub fn was_given_for(&self, environment: &Name, plan_digest: &str, effects_digest: &str) -> bool {
        self.environment == *environment
            && (self.plan_digest == plan_digest || self.effects_digest == effects_digest)
    }

    /// Why whoever gave it could not give it now, with what they hold now in the project; none when they could.
    /// `class` is that of the change in the approval's environment.
    pub fn lost_right(&self, held: &Grants, requester: UserId, class: RiskClass) -> Option<String> {
        let (who, environment) = (&self.user_name, &self.environment);
        if held.is_empty() {
            return Some(format!("{who} no longer holds a role in the project"));
        }
        let is_own = self.user == requester;
        match may_speak(held, self.function.as_ref(), environment, is_own, class) {
            Ok(()) => None,
            Err(ApprovalRefused::FunctionNotHeld { function, .. }) => Some(format!(
                "{who} no longer holds the function {function} in {environment}"
            )),
            Err(_) => Some(format!("{who} is no longer a reviewer in {environment}")),
        }
    }

    /// Whether it is the board's decision and not one of the approvals.
    pub fn is_of_the_board(&self) -> bool {
        self.function.as_ref() == Some(&Function::change_advisory_board())
    }
}

/// When and why an approval stopped counting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    /// When; absent where it does not count for what its giver holds now, which may change again.
    pub at: Option<Timestamp>,
    /// Why, in one sentence that says what differs: `The new plan also destroys aws_vpc.main.`
    pub why: String,
}

/// An approval that somebody asks to give, and what is needed to judge it.
#[derive(Debug, Clone)]
pub struct ApprovalRequest<'a> {
    /// Who asks.
    pub user: UserId,
    /// What they hold in the project.
    pub grants: &'a Grants,
    /// The function in which they would approve.
    pub function: Option<&'a Function>,
    /// The environment whose plan they saw.
    pub environment: &'a Name,
    /// The digest of the plan that they saw, if they say so.
    pub seen_plan_digest: Option<&'a str>,
    /// The digest of the current plan and that of its effects; `None` when there is no plan.
    pub current_plan: Option<(&'a str, &'a str)>,
    /// Who asked for the change.
    pub requester: UserId,
    /// The class of the change in the environment, the declared one included.
    pub class: RiskClass,
    /// What the change needs there.
    pub requirements: &'a Requirements,
    /// The approvals that the change already has.
    pub approvals: &'a [Approval],
}

/// Why an approval is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalRefused {
    /// There is nothing to approve.
    #[error(
        "The change has no plan for {environment} to approve. Wait for its plan, or ask for one with `lockkeeper change plan`."
    )]
    NoPlan {
        /// The environment.
        environment: Name,
    },
    /// The plan was replaced after it was seen.
    #[error(
        "The plan that you saw for {environment} is not the current one. Look at the new plan, and approve that."
    )]
    PlanReplaced {
        /// The environment.
        environment: Name,
    },
    /// Nobody says which plan was seen.
    #[error("An approval is for one plan: name the digest of the plan for {environment} that you saw.")]
    PlanNotNamed {
        /// The environment.
        environment: Name,
    },
    /// The requester approves their own change above what the policy lets them.
    #[error(
        "This is your own change, and it is {class}: somebody else must approve it. Ask a reviewer of {environment}."
    )]
    OwnChange {
        /// The class.
        class: RiskClass,
        /// The environment.
        environment: Name,
    },
    /// The caller does not hold the function in the environment.
    #[error(
        "You do not hold the function {function} in {environment}{}. Ask an administrator of the project for the role, or somebody who holds it to approve.",
        held_functions(.held)
    )]
    FunctionNotHeld {
        /// The function.
        function: Function,
        /// The environment.
        environment: Name,
        /// What the caller does hold there.
        held: Vec<Function>,
    },
    /// The caller may not approve at all in the environment.
    #[error(
        "You may not approve changes in {environment}. Ask an administrator of the project for a reviewer's role there."
    )]
    NotAReviewer {
        /// The environment.
        environment: Name,
    },
    /// The caller has approved this plan in this function.
    #[error(
        "You have approved this plan for {environment}{} already. An approval counts once.",
        in_function(.function)
    )]
    AlreadyApproved {
        /// The environment.
        environment: Name,
        /// The function of the earlier approval.
        function: Option<Function>,
    },
}

fn held_functions(functions: &[Function]) -> String {
    if functions.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = functions.iter().map(Function::as_str).collect();
    format!(" (you hold {})", names.join(", "))
}

fn in_function(function: &Option<Function>) -> String {
    function
        .as_ref()
        .map(|function| format!(" as {function}"))
        .unwrap_or_default()
}

/// Whether the approval may be given.
///
/// # Errors
/// [`ApprovalRefused`] says what stands against it; the first of its cases that holds, in the order
/// plan, own change, function, repetition, plan not named.
pub fn decide_approval(request: &ApprovalRequest<'_>) -> Result<(), ApprovalRefused> {
    let environment = request.environment;
    let Some((plan_digest, effects_digest)) = request.current_plan else {
        return Err(ApprovalRefused::NoPlan {
            environment: environment.clone(),
        });
    };
    if request.seen_plan_digest.is_some_and(|seen| seen != plan_digest) {
        return Err(ApprovalRefused::PlanReplaced {
            environment: environment.clone(),
        });
    }
    let is_own = request.user == request.requester;
    if is_own && !request.requirements.self_approval {
        return Err(ApprovalRefused::OwnChange {
            class: request.class,
            environment: environment.clone(),
        });
    }
    may_speak(
        request.grants,
        request.function,
        environment,
        is_own,
        request.class,
    )?;
    let repeated = request.approvals.iter().any(|approval| {
        approval.user == request.user
            && approval.function.as_ref() == request.function
            && approval.stands_for(environment, plan_digest, effects_digest)
    });
    if repeated {
        return Err(ApprovalRefused::AlreadyApproved {
            environment: environment.clone(),
            function: request.function.cloned(),
        });
    }
    if request.seen_plan_digest.is_none() {
        return Err(ApprovalRefused::PlanNotNamed {
            environment: environment.clone(),
        });
    }
    Ok(())
}

/// A function needs its role. Without one, any reviewer of the environment is a peer, and the author
/// of a low change needs no role to approve it.
fn may_speak(
    grants: &Grants,
    function: Option<&Function>,
    environment: &Name,
    is_own: bool,
    class: RiskClass,
) -> Result<(), ApprovalRefused> {
    match function {
        Some(function) => {
            let held = grants.functions_in(environment);
            if held.contains(function) {
                return Ok(());
            }
            Err(ApprovalRefused::FunctionNotHeld {
                function: function.clone(),
                environment: environment.clone(),
                held: held.into_iter().collect(),
            })
        }
        None if is_own && class == RiskClass::Low => Ok(()),
        None if grants.allow_in(Permission::Approve, environment) => Ok(()),
        None => Err(ApprovalRefused::NotAReviewer {
            environment: environment.clone(),
        }),
    }
}

#[cfg(test)]
mod tests;
