//! Each gate open and shut, and what must hold for all of them.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::approval::{Approval, Voided};
use crate::check::CheckResult;
use crate::id::{ApprovalId, UserId};
use crate::name::{ChangeKey, Name};
use crate::policy::{Direction, Policy, Tier};
use crate::risk::{Assessment, Reason, RiskClass};
use crate::role::Function;
use crate::window::{Calendar, Day, Freeze, Window};

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn user(number: u128) -> UserId {
    UserId::new(Uuid::from_u128(number))
}

fn approval(number: u128, user_name: &str, function: Option<Function>) -> Approval {
    Approval {
        id: ApprovalId::new(Uuid::from_u128(number)),
        user: user(number),
        user_name: name(user_name),
        function,
        environment: name("production"),
        plan_digest: "plan-1".to_owned(),
        effects_digest: "effects-1".to_owned(),
        at: instant("2026-11-27T10:00:00Z"),
        comment: String::new(),
        voided: None,
    }
}

fn made() -> CurrentPlan {
    let state = StateRevision {
        lineage: "lineage-1".to_owned(),
        serial: 7,
    };
    CurrentPlan {
        digest: "plan-1".to_owned(),
        effects_digest: "effects-1".to_owned(),
        made_at: instant("2026-11-27T09:00:00Z"),
        expiry: Policy::DEFAULT_PLAN_EXPIRY,
        commit: "0123456789abcdef".to_owned(),
        current_commit: "0123456789abcdef".to_owned(),
        state: Some(state.clone()),
        current_state: Some(state),
    }
}

fn assessment(class: RiskClass) -> Assessment {
    let text = "replaces aws_db_instance.main: database, and destructive";
    Assessment::from_reasons(vec![Reason {
        class,
        rule: "database".to_owned(),
        address: "aws_db_instance.main".to_owned(),
        deposed: None,
        text: text.to_owned(),
        functions: BTreeSet::from([Function::devops_lead(), Function::database()]),
    }])
}

fn weekend() -> Window {
    Window {
        name: name("weekend"),
        days: BTreeSet::from([Day::Saturday]),
        start: "02:00".parse().unwrap(),
        end: "06:00".parse().unwrap(),
        time_zone: TimeZone::get("Europe/Paris").unwrap(),
    }
}

fn year_end() -> Freeze {
    Freeze {
        name: name("year-end"),
        from: "2026-11-20T00:00".parse().unwrap(),
        to: "2027-01-03T00:00".parse().unwrap(),
        time_zone: TimeZone::get("Europe/Paris").unwrap(),
        reason: "Retail peak".to_owned(),
    }
}

/// A change of that class in production for which nobody has done anything yet but planning it, on a
/// Friday.
fn fresh(class: RiskClass) -> GateInput {
    GateInput {
        change: ChangeKey::terraform(1),
        stack: "network".parse().unwrap(),
        environment: name("production"),
        tier: Tier::Production,
        class,
        direction: Direction::Forward,
        requirements: Policy::default().requirements(Tier::Production, class, Direction::Forward),
        assessment: assessment(class),
        requester: user(1),
        plan: PlanStanding::Made(made()),
        approvals: vec![],
        checks: vec![],
        ticks: vec![],
        rollback: None,
        promotion: Promotion::From {
            parent: name("staging"),
            progress: ParentProgress::NotApplied,
        },
        calendar: Calendar {
            windows: vec![weekend()],
            freezes: vec![],
        },
        now: instant("2026-11-27T12:00:00Z"),
        expected_duration: Some(Duration::from_secs(600)),
        lock: None,
    }
}

/// A high change in production for which all is done, inside of its window.
fn ready() -> GateInput {
    let passed = |name| CheckResult {
        name,
        passed: true,
        findings: vec![],
    };
    let ticked = |check| Tick {
        check,
        user_name: name("carol"),
        at: instant("2026-11-27T11:00:00Z"),
    };
    GateInput {
        approvals: vec![
            approval(2, "alice", Some(Function::devops_lead())),
            approval(3, "bob", Some(Function::database())),
            approval(4, "dora", Some(Function::change_advisory_board())),
        ],
        checks: vec![
            passed(CheckName::Fmt),
            passed(CheckName::Validate),
            passed(CheckName::Secrets),
            passed(CheckName::StaticAnalysis),
            passed(CheckName::Policies),
            passed(CheckName::Budget),
        ],
        ticks: vec![
            ticked(CheckName::OnCallNotified),
            ticked(CheckName::CommunicationSent),
        ],
        rollback: Some("Apply the previous revision.".to_owned()),
        promotion: Promotion::From {
            parent: name("staging"),
            progress: ParentProgress::Verified,
        },
        now: instant("2026-11-28T01:30:00Z"),
        ..fresh(RiskClass::High)
    }
}

/// The gates as text, one line each, with what opens it on a line of its own.
fn listed(input: &GateInput) -> String {
    let mut text = String::new();
    for gate in evaluate(input) {
        let standing = if gate.open { "open" } else { "shut" };
        text.push_str(&format!("{standing} {}: {}\n", gate.kind, gate.reason));
        text.extend(gate.to_open.map(|to_open| format!("  -> {to_open}\n")));
    }
    text
}

fn gate(input: &GateInput, kind: GateKind) -> Gate {
    evaluate(input)
        .into_iter()
        .find(|gate| gate.kind == kind)
        .unwrap()
}

/// Asserts that the gate alone is shut, and answers its reason.
fn only_shut(input: &GateInput, kind: GateKind) -> String {
    let shut: Vec<Gate> = evaluate(input).into_iter().filter(|gate| !gate.open).collect();
    assert_eq!(shut.iter().map(|gate| gate.kind).collect::<Vec<_>>(), [kind]);
    shut[0].reason.clone()
}

#[test]
fn a_fresh_high_change_in_production() {
    let expected = r#"
open plan: The plan for production is up to date with the commit and the state.
shut check-fmt: The check fmt has not run.
  -> ask for a plan, which runs it, with `lockkeeper change plan INFRA-1`
shut check-validate: The check validate has not run.
  -> ask for a plan, which runs it, with `lockkeeper change plan INFRA-1`
shut check-secrets: The check secrets has not run.
  -> ask for a plan, which runs it, with `lockkeeper change plan INFRA-1`
shut check-static-analysis: The check static-analysis has not run.
  -> ask for a plan, which runs it, with `lockkeeper change plan INFRA-1`
shut check-policies: The check policies has not run.
  -> ask for a plan, which runs it, with `lockkeeper change plan INFRA-1`
shut check-budget: The check budget has not run.
  -> ask for a plan, which runs it, with `lockkeeper change plan INFRA-1`
shut check-on-call-notified: Nobody has ticked that the people on call know of the change.
  -> see to it, then tick it with `lockkeeper change tick INFRA-1 on-call-notified`
shut check-communication-sent: Nobody has ticked that those concerned were told of the change.
  -> see to it, then tick it with `lockkeeper change tick INFRA-1 communication-sent`
shut approvals: A high change in production needs 2 approvals by different people other than its requester, and has 0; missing: database and devops-lead.
  -> database: `lockkeeper change approve INFRA-1 --role database`; devops-lead: `lockkeeper change approve INFRA-1 --role devops-lead`
shut board: A high change in production needs a decision of the change advisory board, and there is none for this plan.
  -> bring it before the board; its member: `lockkeeper change approve INFRA-1 --role change-advisory-board`
shut rollback: A high change in production needs a written rollback.
  -> write it with `lockkeeper change edit INFRA-1 --rollback "..."`, or for every change of the stack as `rollback` in `.lockkeeper/project.toml`
shut promotion: production promotes from staging, where this commit has not been applied.
  -> apply it there first, with `lockkeeper change apply INFRA-1 --environment staging`
shut window: A high change needs a window, and none of production is open now.
  -> wait until Saturday 2026-11-28 02:00 Europe/Paris, or schedule it with `lockkeeper change apply INFRA-1 --environment production --at "next window"`
open state-lock: Nobody holds the lock of the state.
"#;
    assert_eq!(listed(&fresh(RiskClass::High)), expected.trim_start());
}

#[test]
fn a_ready_high_change_in_production() {
    assert!(all_open(&evaluate(&ready())));
    let expected = "
open plan: The plan for production is up to date with the commit and the state.
open check-fmt: It was checked that the configuration is formatted.
open check-validate: It was checked that the configuration is valid.
open check-secrets: It was checked that no secret stands in the commit.
open check-static-analysis: It was checked that nothing in the plan is set dangerously.
open check-policies: It was checked that no policy denies the plan.
open check-budget: It was checked that the budget bears the plan.
open check-on-call-notified: carol ticked on Friday 2026-11-27 11:00 UTC that the people on call know of the change.
open check-communication-sent: carol ticked on Friday 2026-11-27 11:00 UTC that those concerned were told of the change.
open approvals: Approved by alice (devops-lead) and bob (database).
open board: dora approved it for the change advisory board.
open rollback: The rollback is written down.
open promotion: The same commit was applied and verified in staging.
open window: The window weekend is open until Saturday 2026-11-28 06:00 Europe/Paris.
open state-lock: Nobody holds the lock of the state.
";
    assert_eq!(listed(&ready()), expected.trim_start());
}

#[test]
fn a_fresh_low_change_needs_its_author_staging_and_the_checks() {
    let input = fresh(RiskClass::Low);
    let shut: Vec<String> = evaluate(&input)
        .iter()
        .filter(|g| !g.open)
        .map(|g| g.kind.to_string())
        .collect();
    assert_eq!(
        shut,
        [
            "check-fmt",
            "check-validate",
            "check-secrets",
            "check-static-analysis",
            "check-policies",
            "check-budget",
            "approvals",
            "promotion"
        ]
    );
    let approved = GateInput {
        approvals: vec![approval(1, "author", None)],
        ..input
    };
    assert!(gate(&approved, GateKind::Approvals).open);
}

#[test]
fn a_plan_is_needed() {
    for plan in [
        PlanStanding::Absent,
        PlanStanding::Running,
        PlanStanding::Failed { why: "no".to_owned() },
    ] {
        assert!(!gate(&GateInput { plan, ..ready() }, GateKind::Plan).open);
    }
}

#[test]
fn stale_plans_never_run() {
    let stale = |plan: CurrentPlan| {
        only_shut(
            &GateInput {
                plan: PlanStanding::Made(plan),
                ..ready()
            },
            GateKind::Plan,
        )
    };
    let state = |lineage: &str, serial| {
        Some(StateRevision {
            lineage: lineage.to_owned(),
            serial,
        })
    };
    assert_eq!(
        stale(CurrentPlan {
            current_commit: "fedcba9876543210".to_owned(),
            ..made()
        }),
        "The plan for production is stale: it was made from commit 01234567, and the change now stands for fedcba98."
    );
    assert_eq!(
        stale(CurrentPlan {
            current_state: state("lineage-1", 8),
            ..made()
        }),
        "The plan for production is stale: it was made from serial 7 of the state, which is now at serial 8."
    );
    assert!(
        stale(CurrentPlan {
            current_state: state("lineage-2", 7),
            ..made()
        })
        .contains("another lineage")
    );
    assert!(
        stale(CurrentPlan {
            current_state: None,
            ..made()
        })
        .contains("is gone")
    );
    assert!(
        stale(CurrentPlan {
            state: None,
            ..made()
        })
        .contains("there is one now")
    );
    assert_eq!(
        stale(CurrentPlan {
            expiry: Duration::from_secs(3600),
            ..made()
        }),
        "The plan for production is stale: it could be applied until Friday 2026-11-27 10:00 UTC."
    );
}

#[test]
fn checks_that_failed_say_what_was_found() {
    let mut input = ready();
    input.checks[0].passed = false;
    input.checks[0].findings = ["a.tf", "b.tf", "c.tf", "d.tf"].map(str::to_owned).to_vec();
    assert_eq!(
        only_shut(&input, GateKind::Check(CheckName::Fmt)),
        "The check fmt failed: a.tf; b.tf; c.tf; and 1 more."
    );
}

#[test]
fn a_ticked_check_cannot_be_computed_nor_the_other_way_round() {
    let mut input = ready();
    input.ticks.clear();
    input.checks.push(CheckResult {
        name: CheckName::OnCallNotified,
        passed: true,
        findings: vec![],
    });
    input.checks.push(CheckResult {
        name: CheckName::CommunicationSent,
        passed: true,
        findings: vec![],
    });
    assert!(!gate(&input, GateKind::Check(CheckName::OnCallNotified)).open);
    let mut input = ready();
    input.checks.clear();
    input.ticks.push(Tick {
        check: CheckName::Fmt,
        user_name: name("carol"),
        at: input.now,
    });
    assert!(!gate(&input, GateKind::Check(CheckName::Fmt)).open);
}

#[test]
fn two_functions_by_one_person_are_one_person() {
    let mut input = ready();
    input.approvals[1] = Approval {
        user: user(2),
        user_name: name("alice"),
        ..input.approvals[1].clone()
    };
    assert_eq!(
        only_shut(&input, GateKind::Approvals),
        "A high change in production needs 2 approvals by different people other than its requester, and has 1."
    );
}

#[test]
fn two_people_of_one_function_leave_the_other_missing() {
    let mut input = ready();
    input.approvals[1].function = Some(Function::devops_lead());
    assert!(only_shut(&input, GateKind::Approvals).ends_with("and has 2; missing: database."));
    let to_open = gate(&input, GateKind::Approvals).to_open.unwrap();
    assert_eq!(
        to_open,
        "database: `lockkeeper change approve INFRA-1 --role database`"
    );
}

#[test]
fn the_requester_does_not_count_above_low() {
    let mut input = ready();
    input.approvals[0].user = input.requester;
    assert!(!gate(&input, GateKind::Approvals).open);
}

#[test]
fn approvals_of_another_plan_or_environment_do_not_count() {
    let mut input = ready();
    input.approvals[0].plan_digest = "plan-0".to_owned();
    assert!(gate(&input, GateKind::Approvals).open, "the effects are the same");
    input.approvals[0].effects_digest = "effects-0".to_owned();
    assert!(!gate(&input, GateKind::Approvals).open);
    let mut input = ready();
    input.approvals[0].environment = name("staging");
    assert!(!gate(&input, GateKind::Approvals).open);
}

#[test]
fn a_voided_approval_says_why_it_no_longer_counts() {
    let mut input = ready();
    let why = "The new plan also destroys aws_vpc.main.".to_owned();
    input.approvals[0].voided = Some(Voided {
        at: Some(input.now),
        why,
    });
    assert!(only_shut(&input, GateKind::Approvals).ends_with(
        "missing: devops-lead; the approval by alice no longer counts (The new plan also destroys aws_vpc.main)."
    ));
}

#[test]
fn every_approval_of_this_plan_that_was_lost_is_named() {
    let mut input = ready();
    for approval in &mut input.approvals {
        let why = format!("{} left", approval.user_name);
        approval.voided = Some(Voided { at: None, why });
    }
    let gates = [GateKind::Approvals, GateKind::Board].map(|kind| gate(&input, kind));
    assert!(gates.iter().all(|gate| !gate.open));
    for approval in &input.approvals {
        let of_whom = usize::from(approval.is_of_the_board());
        let words = format!(
            "the approval by {who} no longer counts ({who} left)",
            who = approval.user_name
        );
        assert!(
            gates[of_whom].reason.contains(&words),
            "{}",
            gates[of_whom].reason
        );
        assert!(
            !gates[1 - of_whom].reason.contains(&words),
            "{}",
            gates[1 - of_whom].reason
        );
    }
}

#[test]
fn the_board_is_not_one_of_the_two() {
    let mut input = ready();
    input.approvals.remove(1);
    assert!(!gate(&input, GateKind::Approvals).open);
    assert!(gate(&input, GateKind::Board).open);
    let mut input = ready();
    input.approvals.remove(2);
    only_shut(&input, GateKind::Board);
}

#[test]
fn a_declared_high_change_needs_the_devops_lead() {
    let mut input = ready();
    input.assessment = Assessment::from_reasons(vec![]);
    input.approvals.remove(0);
    input.approvals.push(approval(5, "erin", None));
    assert!(only_shut(&input, GateKind::Approvals).contains("missing: devops-lead"));
}

#[test]
fn the_way_back_must_be_written() {
    for rollback in [None, Some("  ".to_owned())] {
        only_shut(&GateInput { rollback, ..ready() }, GateKind::Rollback);
    }
}

#[test]
fn staging_before_production() {
    for progress in [
        ParentProgress::NotApplied,
        ParentProgress::NotVerified,
        ParentProgress::VerificationFailed,
    ] {
        let promotion = Promotion::From {
            parent: name("staging"),
            progress,
        };
        only_shut(&GateInput { promotion, ..ready() }, GateKind::Promotion);
    }
    let parentless = Promotion::StackNotInParent {
        parent: name("staging"),
    };
    assert!(
        gate(
            &GateInput {
                promotion: parentless,
                ..ready()
            },
            GateKind::Promotion
        )
        .open
    );
    assert!(all_open(&evaluate(&GateInput {
        promotion: Promotion::NoParent,
        ..ready()
    })));
}

#[test]
fn a_run_must_fit_into_the_window() {
    let input = GateInput {
        expected_duration: Some(Duration::from_secs(4 * 3600)),
        ..ready()
    };
    assert_eq!(
        only_shut(&input, GateKind::Window),
        "The run is expected to take 4h, which does not fit: the window weekend closes on Saturday 2026-11-28 06:00 Europe/Paris."
    );
    assert_eq!(
        gate(&input, GateKind::Window).to_open.unwrap(),
        "wait until Saturday 2026-12-05 02:00 Europe/Paris, or schedule it with `lockkeeper change apply INFRA-1 --environment production --at \"next window\"`"
    );
    let endless = GateInput {
        expected_duration: Some(Duration::from_secs(5 * 3600)),
        ..ready()
    };
    assert!(
        gate(&endless, GateKind::Window)
            .to_open
            .unwrap()
            .starts_with("name a window of at least 5h")
    );
}

#[test]
fn a_freeze_holds_even_a_low_change() {
    let mut input = fresh(RiskClass::Low);
    input.calendar.freezes.push(year_end());
    let window = gate(&input, GateKind::Window);
    assert!(!window.open);
    assert_eq!(
        window.reason,
        "The freeze year-end holds every change until Sunday 2027-01-03 00:00 Europe/Paris: Retail peak."
    );
}

#[test]
fn without_windows_production_is_shut_for_high_and_staging_open() {
    let mut input = GateInput {
        calendar: Calendar::default(),
        ..ready()
    };
    assert!(
        gate(&input, GateKind::Window)
            .reason
            .contains("production has none")
    );
    input.tier = Tier::Staging;
    assert!(gate(&input, GateKind::Window).open);
    let named = GateInput {
        tier: Tier::Staging,
        now: instant("2026-11-27T12:00:00Z"),
        ..ready()
    };
    assert!(
        !gate(&named, GateKind::Window).open,
        "an environment that names windows keeps to them"
    );
}

#[test]
fn a_held_lock_names_its_holder() {
    let lock = HeldLock {
        id: "42".to_owned(),
        who: "erin@laptop".to_owned(),
        since: instant("2026-11-28T01:00:00Z"),
    };
    let reason = only_shut(
        &GateInput {
            lock: Some(lock),
            ..ready()
        },
        GateKind::StateLock,
    );
    assert_eq!(
        reason,
        "erin@laptop has held the lock 42 of the state since Saturday 2026-11-28 01:00 UTC."
    );
}

#[test]
fn what_ends_first_is_named() {
    let mut input = fresh(RiskClass::High);
    input.now = "2026-11-28T01:30:00Z".parse().unwrap();
    assert_eq!(
        runs_until(&input).unwrap().what,
        "the window weekend closed on Saturday 2026-11-28 06:00 Europe/Paris"
    );
    let from = "2026-11-28T04:00".parse().unwrap();
    input.calendar.freezes = vec![Freeze { from, ..year_end() }];
    assert_eq!(
        runs_until(&input).unwrap().what,
        "the freeze year-end began on Saturday 2026-11-28 04:00 Europe/Paris"
    );
}

#[test]
fn a_rollback_has_a_shorter_gate() {
    let mut input = fresh(RiskClass::High);
    input.direction = Direction::Back;
    input.requirements = Policy::default().requirements(Tier::Production, RiskClass::High, Direction::Back);
    input.calendar.freezes.push(year_end());
    only_shut(&input, GateKind::Approvals);
    input.approvals = vec![approval(1, "author", None)];
    assert!(all_open(&evaluate(&input)));
    input.approvals.clear();
    input.direction = Direction::BackByItself;
    input.requirements = Policy::default().requirements(Tier::Production, RiskClass::High, input.direction);
    assert!(all_open(&evaluate(&input)));
}

#[test]
fn kinds_as_text_and_back() {
    for gate in evaluate(&ready()) {
        assert_eq!(gate.kind.to_string().parse(), Ok(gate.kind));
        assert_eq!(serde_json::to_value(gate.kind).unwrap(), gate.kind.to_string());
    }
}

fn any_function() -> impl Strategy<Value = Option<Function>> {
    proptest::sample::select(vec![
        None,
        Some(Function::devops_lead()),
        Some(Function::database()),
        Some(Function::security()),
        Some(Function::change_advisory_board()),
    ])
}

fn any_approval() -> impl Strategy<Value = Approval> {
    (1u128..6, any_function(), any::<bool>(), 0u8..4).prop_map(|(number, function, voided, binding)| {
        Approval {
            voided: voided.then(|| Voided {
                at: Some(Timestamp::UNIX_EPOCH),
                why: "w".to_owned(),
            }),
            plan_digest: format!("plan-{}", binding & 1),
            effects_digest: format!("effects-{}", binding >> 1),
            ..approval(number, "somebody", function)
        }
    })
}

fn any_plan() -> impl Strategy<Value = PlanStanding> {
    let serials = (0u64..3, 0u64..3, 0i64..30);
    prop_oneof![
        Just(PlanStanding::Absent),
        Just(PlanStanding::Running),
        Just(PlanStanding::Failed { why: "w".to_owned() }),
        serials.prop_map(|(before, now, days)| {
            let state = |serial: u64| {
                serial.checked_sub(1).map(|serial| StateRevision {
                    lineage: "l".to_owned(),
                    serial,
                })
            };
            PlanStanding::Made(CurrentPlan {
                state: state(before),
                current_state: state(now),
                expiry: Duration::from_secs(u64::MAX >> (days * 2)),
                ..made()
            })
        }),
    ]
}

prop_compose! {
    fn any_input()(
        (class, computed) in (0usize..3, 0usize..3),
        tier in proptest::sample::select(Tier::ALL.to_vec()),
        direction in proptest::sample::select(vec![Direction::Forward, Direction::Back, Direction::BackByItself]),
        plan in any_plan(),
        approvals in proptest::collection::vec(any_approval(), 0..5),
        second in -377_705_023_201i64..=253_402_207_200,
        seconds in proptest::option::of(any::<u64>()),
        (has_windows, is_frozen, is_done) in any::<(bool, bool, bool)>(),
    ) -> GateInput {
        let classes = [RiskClass::Low, RiskClass::Medium, RiskClass::High];
        let class = classes[class.max(computed)];
        let base = if is_done { ready() } else { fresh(class) };
        GateInput {
            class,
            assessment: assessment(classes[computed]),
            tier,
            direction,
            requirements: Policy::default().requirements(tier, class, direction),
            plan,
            approvals,
            now: Timestamp::from_second(second).unwrap(),
            expected_duration: seconds.map(Duration::from_secs),
            calendar: Calendar {
                windows: if has_windows { vec![weekend()] } else { vec![] },
                freezes: if is_frozen { vec![year_end()] } else { vec![] },
            },
            ..base
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn shut_gates_say_how_to_open_them(input in any_input()) {
        for gate in evaluate(&input) {
            prop_assert_eq!(gate.open, gate.to_open.is_none());
            prop_assert!(gate.reason.ends_with('.') && gate.reason.len() > 10, "{}", gate.reason);
            prop_assert!(gate.to_open.is_none_or(|to_open| to_open.len() > 10));
        }
    }

    #[test]
    fn without_a_plan_nothing_runs(input in any_input()) {
        if !matches!(input.plan, PlanStanding::Made(_)) {
            prop_assert!(!all_open(&evaluate(&input)));
        }
    }

    #[test]
    fn one_more_approval_never_shuts_a_gate(input in any_input(), more in any_approval()) {
        let before = evaluate(&input);
        let mut approved = input;
        approved.approvals.push(more);
        let after = evaluate(&approved);
        prop_assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(!before.open || after.open, "{:?} was shut by an approval", before.kind);
        }
    }

    /// Whatever else is done, a medium or high change needs a person other than its requester.
    #[test]
    fn nobody_opens_the_gates_alone(mut input in any_input()) {
        for approval in &mut input.approvals {
            approval.user = input.requester;
        }
        if input.class > RiskClass::Low && input.direction == Direction::Forward {
            prop_assert!(!gate(&input, GateKind::Approvals).open);
        }
    }
}
