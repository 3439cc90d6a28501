//! Who may approve what.

use super::*;
use crate::policy::{Direction, Policy, Tier};
use crate::role::{Membership, Role};

const PLAN: Option<(&str, &str)> = Some(("plan-1", "effects-1"));

fn user(number: u128) -> UserId {
    UserId::new(uuid::Uuid::from_u128(number))
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn reviewer(function: Function, environment: Option<&str>) -> Grants {
    Grants::new([Membership {
        role: Role::Reviewer { function },
        environment: environment.map(name),
    }])
}

fn approval(user: UserId, function: Option<Function>) -> Approval {
    Approval {
        id: ApprovalId::new(uuid::Uuid::nil()),
        user,
        user_name: name("alice"),
        function,
        environment: name("production"),
        plan_digest: "plan-1".to_owned(),
        effects_digest: "effects-1".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        comment: String::new(),
        voided: None,
    }
}

/// User 2 asks to approve the change of user 1 in production.
struct Case {
    user: UserId,
    grants: Grants,
    function: Option<Function>,
    seen: Option<&'static str>,
    plan: Option<(&'static str, &'static str)>,
    class: RiskClass,
    approvals: Vec<Approval>,
}

impl Case {
    fn security_of_high() -> Self {
        Self {
            user: user(2),
            grants: reviewer(Function::security(), None),
            function: Some(Function::security()),
            seen: Some("plan-1"),
            plan: PLAN,
            class: RiskClass::High,
            approvals: vec![],
        }
    }

    fn decide(&self) -> Result<(), ApprovalRefused> {
        let requirements = Policy::default().requirements(Tier::Production, self.class, Direction::Forward);
        decide_approval(&ApprovalRequest {
            user: self.user,
            grants: &self.grants,
            function: self.function.as_ref(),
            environment: &name("production"),
            seen_plan_digest: self.seen,
            current_plan: self.plan,
            requester: user(1),
            class: self.class,
            requirements: &requirements,
            approvals: &self.approvals,
        })
    }
}

#[test]
fn a_holder_of_the_function_may() {
    assert_eq!(Case::security_of_high().decide(), Ok(()));
}

#[test]
fn without_a_plan_there_is_nothing_to_approve() {
    let case = Case {
        plan: None,
        ..Case::security_of_high()
    };
    assert!(matches!(case.decide(), Err(ApprovalRefused::NoPlan { .. })));
}

#[test]
fn only_the_current_plan_is_approved() {
    let case = Case {
        seen: Some("plan-0"),
        ..Case::security_of_high()
    };
    assert!(matches!(case.decide(), Err(ApprovalRefused::PlanReplaced { .. })));
    let whatever_is_there = Case {
        seen: None,
        ..Case::security_of_high()
    };
    assert!(matches!(
        whatever_is_there.decide(),
        Err(ApprovalRefused::PlanNotNamed { .. })
    ));
}

#[test]
fn nobody_approves_their_own_change_above_low() {
    for class in [RiskClass::Medium, RiskClass::High] {
        let case = Case {
            user: user(1),
            class,
            ..Case::security_of_high()
        };
        assert!(
            matches!(case.decide(), Err(ApprovalRefused::OwnChange { .. })),
            "{class}"
        );
    }
}

#[test]
fn the_author_approves_a_low_change_without_a_role() {
    let low = Case {
        class: RiskClass::Low,
        function: None,
        grants: Grants::default(),
        ..Case::security_of_high()
    };
    assert_eq!(Case { user: user(1), ..low }.decide(), Ok(()));
}

#[test]
fn another_needs_a_role_even_for_low() {
    let low = Case {
        class: RiskClass::Low,
        function: None,
        grants: Grants::default(),
        ..Case::security_of_high()
    };
    assert!(matches!(low.decide(), Err(ApprovalRefused::NotAReviewer { .. })));
}

#[test]
fn a_peer_without_a_function_is_any_reviewer() {
    let peer = Case {
        class: RiskClass::Medium,
        function: None,
        ..Case::security_of_high()
    };
    assert_eq!(peer.decide(), Ok(()));
}

#[test]
fn the_function_must_be_held_in_that_environment() {
    let database = Case {
        function: Some(Function::database()),
        ..Case::security_of_high()
    };
    let refused = database.decide().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "You do not hold the function database in production (you hold security). Ask an administrator of the project for the role, or somebody who holds it to approve."
    );
    let elsewhere = Case {
        grants: reviewer(Function::security(), Some("staging")),
        ..Case::security_of_high()
    };
    assert!(matches!(
        elsewhere.decide(),
        Err(ApprovalRefused::FunctionNotHeld { .. })
    ));
}

#[test]
fn once_in_each_function() {
    let again = Case {
        approvals: vec![approval(user(2), Some(Function::security()))],
        ..Case::security_of_high()
    };
    assert!(matches!(
        again.decide(),
        Err(ApprovalRefused::AlreadyApproved { .. })
    ));
    let other_function = Case {
        approvals: vec![approval(user(2), Some(Function::database()))],
        ..Case::security_of_high()
    };
    assert_eq!(other_function.decide(), Ok(()));
    let other_person = Case {
        approvals: vec![approval(user(3), Some(Function::security()))],
        ..Case::security_of_high()
    };
    assert_eq!(other_person.decide(), Ok(()));
}

#[test]
fn a_voided_approval_may_be_given_again() {
    let voided = Voided {
        at: Some(Timestamp::UNIX_EPOCH),
        why: "The effects differ.".to_owned(),
    };
    let earlier = Approval {
        voided: Some(voided),
        ..approval(user(2), Some(Function::security()))
    };
    assert_eq!(
        Case {
            approvals: vec![earlier],
            ..Case::security_of_high()
        }
        .decide(),
        Ok(())
    );
}

#[test]
fn an_approval_stands_for_a_new_plan_with_the_same_effects() {
    let given = approval(user(2), None);
    assert!(given.stands_for(&name("production"), "plan-2", "effects-1"));
    assert!(!given.stands_for(&name("production"), "plan-2", "effects-2"));
    assert!(!given.stands_for(&name("staging"), "plan-1", "effects-1"));
}

#[test]
fn an_approval_counts_while_its_giver_could_give_it() {
    let security = || Some(Function::security());
    let lost = |given: &Approval, held: &Grants, class| given.lost_right(held, user(1), class);
    let of_security = approval(user(2), security());
    for held in [
        reviewer(Function::security(), None),
        reviewer(Function::security(), Some("production")),
        // One of several roles is enough.
        Grants::new([
            Membership {
                role: Role::Reviewer {
                    function: Function::security(),
                },
                environment: Some(name("staging")),
            },
            Membership {
                role: Role::Reviewer {
                    function: Function::database(),
                },
                environment: None,
            },
            Membership {
                role: Role::Reviewer {
                    function: Function::security(),
                },
                environment: Some(name("production")),
            },
        ]),
    ] {
        assert_eq!(lost(&of_security, &held, RiskClass::High), None);
    }
    for held in [
        reviewer(Function::security(), Some("staging")),
        reviewer(Function::database(), None),
        Grants::new([Membership {
            role: Role::Admin,
            environment: None,
        }]),
    ] {
        assert_eq!(
            lost(&of_security, &held, RiskClass::High).unwrap(),
            "alice no longer holds the function security in production"
        );
    }
    assert_eq!(
        lost(&of_security, &Grants::default(), RiskClass::High).unwrap(),
        "alice no longer holds a role in the project"
    );
    let of_a_peer = approval(user(2), None);
    assert_eq!(
        lost(
            &of_a_peer,
            &reviewer(Function::database(), None),
            RiskClass::Medium
        ),
        None
    );
    assert_eq!(
        lost(
            &of_a_peer,
            &reviewer(Function::database(), Some("staging")),
            RiskClass::Medium
        )
        .unwrap(),
        "alice is no longer a reviewer in production"
    );
    let own = approval(user(1), None);
    let author = Grants::new([Membership {
        role: Role::Author,
        environment: None,
    }]);
    assert_eq!(lost(&own, &author, RiskClass::Low), None);
    assert!(lost(&own, &author, RiskClass::Medium).is_some());
    assert!(lost(&own, &Grants::default(), RiskClass::Low).is_some());
}
