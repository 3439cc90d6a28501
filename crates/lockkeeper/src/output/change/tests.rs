//! How changes read, without colour.

use lockkeeper_api::types::change::{
    ApprovalView, ChangeStatus, ChangeView, GateView, StageStatus, StageView, TickView,
};
use lockkeeper_api::types::plan::{CheckView, PlanView, ReasonView, ResourceLine, RiskClass};
use lockkeeper_api::types::run::ProbeView;

use super::*;

const DIGEST: &str = "8c1f2a3b4d5e6f708192a3b4c5d6e7f8";
const COMMIT: &str = "3f2c1ab0d9e8f7061524334455667788990011aa";

fn plain(styled: &str) -> String {
    anstream::adapter::strip_str(styled).to_string()
}

fn shown(change: &ChangeView, width: usize) -> String {
    plain(&render(change, None, Detail::Short, width))
}

fn change(stages: Vec<StageView>) -> ChangeView {
    ChangeView {
        key: "INFRA-1".to_owned(),
        title: "Add Redis for caching".to_owned(),
        why: "PROJ-456".to_owned(),
        stack: "network".to_owned(),
        reference: "my-branch".to_owned(),
        commit: COMMIT.to_owned(),
        requester: "ada".to_owned(),
        status: ChangeStatus::Open,
        trouble: None,
        class: None,
        declared_class: None,
        rollback: None,
        rolls_back: None,
        rolled_back_by: None,
        stages,
        ticks: Vec::new(),
        created_at: "2026-11-21T14:03:22Z".to_owned(),
        updated_at: "2026-11-21T14:05:00Z".to_owned(),
    }
}

fn stage(environment: &str, status: StageStatus) -> StageView {
    StageView {
        environment: environment.to_owned(),
        status,
        message: None,
        next_step: None,
        plan: None,
        gates: Vec::new(),
        approvals: Vec::new(),
        verification: Vec::new(),
        run: None,
        scheduled_at: None,
        differences_from_previous: Vec::new(),
    }
}

fn gate(name: &str, to_open: Option<&str>, reason: &str) -> GateView {
    GateView {
        gate: name.to_owned(),
        open: to_open.is_none(),
        reason: reason.to_owned(),
        to_open: to_open.map(str::to_owned),
    }
}

fn resource(sign: &str, address: &str, action: &str, reason: Option<&str>) -> ResourceLine {
    ResourceLine {
        sign: sign.to_owned(),
        address: address.to_owned(),
        deposed: None,
        resource_type: "x".to_owned(),
        action: action.to_owned(),
        reason: reason.map(str::to_owned),
    }
}

fn reason(class: RiskClass, text: &str, functions: &[&str]) -> ReasonView {
    let (_, deed) = text.split_once(' ').unwrap();
    let (address, _) = deed.split_once(": ").unwrap();
    ReasonView {
        class,
        rule: "rule".to_owned(),
        address: address.to_owned(),
        deposed: None,
        text: text.to_owned(),
        functions: functions.iter().map(|&function| function.to_owned()).collect(),
    }
}

fn plan() -> PlanView {
    PlanView {
        id: "0192f0c1-2345-7abc-8def-0123456789ab".to_owned(),
        digest: DIGEST.to_owned(),
        class: RiskClass::High,
        reasons: vec![
            reason(
                RiskClass::High,
                "replaces aws_db_instance.main: database, and destructive",
                &["database"],
            ),
            reason(
                RiskClass::Medium,
                "updates aws_security_group.app: security group",
                &[],
            ),
        ],
        summary: "2 to add, 1 to change, 1 to destroy".to_owned(),
        blast_radius: "1 existing altered, 1 destroyed, 2 depending on those".to_owned(),
        cost: None,
        resources: vec![
            resource("+", "aws_elasticache_cluster.redis", "creates", None),
            resource("~", "aws_security_group.app", "updates", None),
            resource(
                "-/+",
                "aws_db_instance.main",
                "replaces",
                Some("replace_because_cannot_update"),
            ),
        ],
        resource_count: 3,
        checks: vec![CheckView {
            name: "fmt".to_owned(),
            passed: false,
            findings: vec!["main.tf would be rewritten".to_owned()],
        }],
        tool: "terraform 1.9.5".to_owned(),
        commit: COMMIT.to_owned(),
        state_serial: Some(12),
        made_at: "2026-11-21T14:04:00Z".to_owned(),
        expires_at: "2026-11-22T14:04:00Z".to_owned(),
    }
}

fn gated() -> ChangeView {
    let mut staging = stage("staging", StageStatus::Planned);
    staging.plan = Some(plan());
    staging.gates = vec![
        gate("check-validate", None, "The configuration is valid."),
        gate(
            "approvals",
            Some("somebody who is not ada: lockkeeper change approve INFRA-1 --role database"),
            "One of two approvals is there; one by database is missing.",
        ),
        gate(
            "check-fmt",
            Some("run terraform fmt, push, and propose again"),
            "One file is not formatted.",
        ),
    ];
    staging.approvals = vec![
        ApprovalView {
            user: "grace".to_owned(),
            function: Some("devops-lead".to_owned()),
            plan_digest: DIGEST.to_owned(),
            at: "2026-11-21T15:00:00Z".to_owned(),
            comment: "looks right".to_owned(),
            void: None,
        },
        ApprovalView {
            user: "linus".to_owned(),
            function: None,
            plan_digest: "other".to_owned(),
            at: "2026-11-21T13:00:00Z".to_owned(),
            comment: String::new(),
            void: Some("The plan has other effects now: it also replaces aws_db_instance.main.".to_owned()),
        },
    ];
    let mut change = change(vec![staging, stage("production", StageStatus::Planning)]);
    change.class = Some(RiskClass::High);
    change.rollback = Some("Revert the commit and apply again.\nThen restore the snapshot.".to_owned());
    change.ticks = vec![TickView {
        check: "on-call-notified".to_owned(),
        user: "grace".to_owned(),
        at: "2026-11-21T15:01:00Z".to_owned(),
        comment: "told Barbara".to_owned(),
    }];
    change
}

#[test]
fn being_planned() {
    insta::assert_snapshot!(shown(&change(vec![stage("staging", StageStatus::Planning)]), 100), @r"
    INFRA-1  open
      title       Add Redis for caching
      why         PROJ-456
      stack       network at 3f2c1ab0d9e8 (my-branch)
      proposed    2026-11-21 14:03 UTC by ada

    staging  planning

      next        wait for the plan, then: lockkeeper change show INFRA-1
    ");
}

#[test]
fn held_at_shut_gates() {
    insta::assert_snapshot!(shown(&gated(), 100), @r"
    INFRA-1  open
      title       Add Redis for caching
      why         PROJ-456
      risk        high
      stack       network at 3f2c1ab0d9e8 (my-branch)
      proposed    2026-11-21 14:03 UTC by ada
      rollback    Revert the commit and apply again.
                  Then restore the snapshot.
      ticked      on-call-notified by grace, 2026-11-21 15:01 UTC: told Barbara

    staging  planned
      plan        2 to add, 1 to change, 1 to destroy
                  digest 8c1f2a3b4d5e, terraform 1.9.5, state serial 12
                  made 2026-11-21 14:04 UTC, good until 2026-11-22 14:04 UTC
      touches     1 existing altered, 1 destroyed, 2 depending on those
      risk        high
      resources   3 resources
                  -/+  aws_db_instance.main           high    database, and destructive (it cannot be
                                                              changed in place); calls for database
                  ~    aws_security_group.app         medium  security group
                  +    aws_elasticache_cluster.redis  -       creates
      checks      fmt failed
                    main.tf would be rewritten
      gates       2 of 3 shut
                  SHUT  approvals  One of two approvals is there; one by database is missing.
                        to open: somebody who is not ada: lockkeeper change approve INFRA-1 --role
                        database
                  SHUT  check-fmt  One file is not formatted.
                        to open: run terraform fmt, push, and propose again
                  open  validate
      approvals   grace as devops-lead, 2026-11-21 15:00 UTC: looks right
                  void: linus, 2026-11-21 13:00 UTC
                    The plan has other effects now: it also replaces aws_db_instance.main.

    production  planning

      next        in staging, somebody who is not ada: lockkeeper change approve INFRA-1 --role database
    ");
}

#[test]
fn held_at_shut_gates_on_a_narrow_terminal() {
    insta::assert_snapshot!(shown(&gated(), 60), @r"
    INFRA-1  open
      title       Add Redis for caching
      why         PROJ-456
      risk        high
      stack       network at 3f2c1ab0d9e8 (my-branch)
      proposed    2026-11-21 14:03 UTC by ada
      rollback    Revert the commit and apply again.
                  Then restore the snapshot.
      ticked      on-call-notified by grace, 2026-11-21 15:01
                  UTC: told Barbara

    staging  planned
      plan        2 to add, 1 to change, 1 to destroy
                  digest 8c1f2a3b4d5e, terraform 1.9.5, state
                  serial 12
                  made 2026-11-21 14:04 UTC, good until
                  2026-11-22 14:04 UTC
      touches     1 existing altered, 1 destroyed, 2 depending
                  on those
      risk        high
      resources   3 resources
                  -/+  aws_db_instance.main           high
                       database, and destructive (it cannot be
                       changed in place); calls for database
                  ~    aws_security_group.app         medium
                       security group
                  +    aws_elasticache_cluster.redis  -
                       creates
      checks      fmt failed
                    main.tf would be rewritten
      gates       2 of 3 shut
                  SHUT  approvals  One of two approvals is
                                   there; one by database is
                                   missing.
                        to open: somebody who is not ada:
                        lockkeeper change approve INFRA-1 --role
                        database
                  SHUT  check-fmt  One file is not formatted.
                        to open: run terraform fmt, push, and
                        propose again
                  open  validate
      approvals   grace as devops-lead, 2026-11-21 15:00 UTC:
                  looks right
                  void: linus, 2026-11-21 13:00 UTC
                    The plan has other effects now: it also
                    replaces aws_db_instance.main.

    production  planning

      next        in staging, somebody who is not ada:
                  lockkeeper change approve INFRA-1 --role
                  database
    ");
}

#[test]
fn a_failed_plan_is_told_once() {
    let mut staging = stage("staging", StageStatus::PlanFailed);
    staging.message = Some("terraform validate says: no such argument".to_owned());
    staging.next_step = Some("mend main.tf, push, and propose again".to_owned());
    staging.gates = vec![
        gate(
            "plan",
            Some("mend what it names"),
            "The plan for staging failed: terraform validate says: no such argument.",
        ),
        gate(
            "approvals",
            Some("a reviewer"),
            "A low change in staging needs 1 approval.",
        ),
        gate("window", None, "A low change may run in staging at any time."),
        gate(
            "state-lock",
            Some("wait for dave"),
            "dave holds the lock of the state.",
        ),
    ];
    insta::assert_snapshot!(shown(&change(vec![staging]), 100), @r"
    INFRA-1  open
      title       Add Redis for caching
      why         PROJ-456
      stack       network at 3f2c1ab0d9e8 (my-branch)
      proposed    2026-11-21 14:03 UTC by ada

    staging  plan failed
      message     terraform validate says: no such argument
      do next     mend main.tf, push, and propose again
      gates       shut, for want of a plan
                  SHUT  state-lock  dave holds the lock of the state.
                        to open: wait for dave
                  later  approvals, window: they follow from the risk of the plan
    ");
}

#[test]
fn a_plan_that_does_nothing_and_differences_without_end() {
    let mut staging = stage("staging", StageStatus::Planned);
    staging.plan = Some(PlanView {
        blast_radius: "new resources only".to_owned(),
        class: RiskClass::Low,
        reasons: Vec::new(),
        resources: Vec::new(),
        resource_count: 0,
        checks: Vec::new(),
        ..plan()
    });
    staging.differences_from_previous = (1..=7).map(|number| format!("difference {number}")).collect();
    insta::assert_snapshot!(shown(&change(vec![staging]), 100), @r"
    INFRA-1  open
      title       Add Redis for caching
      why         PROJ-456
      stack       network at 3f2c1ab0d9e8 (my-branch)
      proposed    2026-11-21 14:03 UTC by ada

    staging  planned
      plan        2 to add, 1 to change, 1 to destroy
                  digest 8c1f2a3b4d5e, terraform 1.9.5, state serial 12
                  made 2026-11-21 14:04 UTC, good until 2026-11-22 14:04 UTC
      touches     nothing
      risk        low
      differs     difference 1
                  difference 2
                  difference 3
                  difference 4
                  difference 5
                  and 2 more differences: see all with --full

      next        lockkeeper change apply INFRA-1 --environment staging --follow
    ");
}

#[test]
fn reasons_stand_beside_their_resource() {
    let mut change = gated();
    let plan = change.stages[0].plan.as_mut().unwrap();
    // The same address twice, a reason whose resource was not sent, and a reason of Terraform's own.
    plan.resources = vec![
        ResourceLine {
            deposed: Some("a1b2c3d4".to_owned()),
            ..resource("-", "aws_instance.web", "destroys", None)
        },
        resource(
            "-/+",
            "aws_instance.web",
            "replaces",
            Some("replace_because_tainted"),
        ),
        resource(".", "aws_instance.old", "forgets", None),
    ];
    plan.reasons = vec![
        reason(RiskClass::High, "replaces aws_instance.web: destructive", &[]),
        ReasonView {
            deposed: Some("a1b2c3d4".to_owned()),
            ..reason(
                RiskClass::High,
                "destroys aws_instance.web: destructive",
                &["a", "b"],
            )
        },
        reason(
            RiskClass::Medium,
            "updates aws_iam_role.far: access",
            &["security"],
        ),
    ];
    plan.resource_count = 300;
    let text = shown(&change, 100);
    let (_, from) = text.split_once("  resources").unwrap();
    let (resources, _) = from.split_once("  checks").unwrap();
    insta::assert_snapshot!(resources, @r"
    300 resources
               -/+  aws_instance.web                     high    destructive (it is marked as damaged
                                                                 (tainted))
               -    aws_instance.web (deposed a1b2c3d4)  high    destructive; calls for a, b
                    aws_iam_role.far                     medium  updates aws_iam_role.far: access;
                                                                 calls for security
               .    aws_instance.old                     -       forgets
               and 296 more: lockkeeper change show INFRA-1 --full
    ");
}

#[test]
fn briefly() {
    insta::assert_snapshot!(plain(&brief::render(&gated(), 100)), @r"
    INFRA-1  open
      title       Add Redis for caching
      risk        high
      stages      staging     planned  2 to add, 1 to change, 1 to destroy
                                       2 of 3 gates shut: approvals, check-fmt
                  production  planning

      next        in staging, somebody who is not ada: lockkeeper change approve INFRA-1 --role database
    ");
}

#[test]
fn briefly_when_something_went_wrong() {
    let mut staging = stage("staging", StageStatus::PlanFailed);
    staging.message = Some("The folder is not there.".to_owned());
    staging.next_step = Some("add it, and propose again".to_owned());
    let change = change(vec![staging, stage("production", StageStatus::Verified)]);
    insta::assert_snapshot!(plain(&brief::render_planned(&change, 100)), @r"
    INFRA-1  open
      title       Add Redis for caching
      stages      staging     plan failed  The folder is not there.
                  production  verified

      next        staging: add it, and propose again
      see all     lockkeeper change show INFRA-1
    ");
}

#[test]
fn scheduled_for_later() {
    let mut staging = stage("staging", StageStatus::Scheduled);
    staging.plan = Some(PlanView {
        reasons: Vec::new(),
        resources: Vec::new(),
        checks: Vec::new(),
        ..plan()
    });
    staging.scheduled_at = Some("2026-11-24T01:00:00Z".to_owned());
    staging.run = Some("run-7".to_owned());
    let change = change(vec![staging]);
    insta::assert_snapshot!(shown(&change, 100), @r"
    INFRA-1  open
      title       Add Redis for caching
      why         PROJ-456
      stack       network at 3f2c1ab0d9e8 (my-branch)
      proposed    2026-11-21 14:03 UTC by ada

    staging  scheduled
      starts      2026-11-24 01:00 UTC
      run         run-7
      plan        2 to add, 1 to change, 1 to destroy
                  digest 8c1f2a3b4d5e, terraform 1.9.5, state serial 12
                  made 2026-11-21 14:04 UTC, good until 2026-11-22 14:04 UTC
      touches     1 existing altered, 1 destroyed, 2 depending on those
      risk        high

      next        wait: it starts by itself in staging at 2026-11-24 01:00 UTC, if its gates are open
                  then; to unschedule it: lockkeeper run cancel run-7
    ");
    insta::assert_snapshot!(plain(&brief::render(&change, 100)), @r"
    INFRA-1  open
      title       Add Redis for caching
      stages      staging  scheduled  2 to add, 1 to change, 1 to destroy

      next        wait: it starts by itself in staging at 2026-11-24 01:00 UTC, if its gates are open
                  then; to unschedule it: lockkeeper run cancel run-7
    ");
}

#[test]
fn one_environment_only() {
    let text = plain(&render(&gated(), Some("production"), Detail::Short, 100));
    assert!(
        text.contains("\nproduction  planning\n") && !text.contains("\nstaging"),
        "{text}"
    );
    // What to do next is that of the change: production waits for staging.
    assert!(text.contains("in staging, somebody"), "{text}");
}

#[test]
fn ready_in_production_after_staging() {
    let mut staging = stage("staging", StageStatus::Verified);
    staging.run = Some("run-1".to_owned());
    staging.verification = vec![
        ProbeView {
            probe: "GET https://staging.example answers 200".to_owned(),
            passed: true,
            tries: 1,
            found: None,
        },
        ProbeView {
            probe: "TCP redis:6379 is open".to_owned(),
            passed: true,
            tries: 3,
            found: None,
        },
    ];
    let mut production = stage("production", StageStatus::Planned);
    production.plan = Some(PlanView {
        checks: Vec::new(),
        state_serial: None,
        reasons: Vec::new(),
        class: RiskClass::Medium,
        ..plan()
    });
    production.gates = vec![gate("approvals", None, "Two of two approvals are there.")];
    production.differences_from_previous =
        vec!["aws_elasticache_cluster.redis has 3 nodes instead of 1".to_owned()];
    let mut change = change(vec![staging, production]);
    change.class = Some(RiskClass::High);
    change.declared_class = Some(RiskClass::High);
    insta::assert_snapshot!(shown(&change, 100), @r"
    INFRA-1  open
      title       Add Redis for caching
      why         PROJ-456
      risk        high (declared by the author)
      stack       network at 3f2c1ab0d9e8 (my-branch)
      proposed    2026-11-21 14:03 UTC by ada

    staging  verified
      run         run-1
      probes      all passed
                  passed  GET https://staging.example answers 200
                  passed  TCP redis:6379 is open (3 tries)

    production  planned
      plan        2 to add, 1 to change, 1 to destroy
                  digest 8c1f2a3b4d5e, terraform 1.9.5, no state yet
                  made 2026-11-21 14:04 UTC, good until 2026-11-22 14:04 UTC
      touches     1 existing altered, 1 destroyed, 2 depending on those
      risk        medium
      resources   3 resources
                  +    aws_elasticache_cluster.redis  -       creates
                  ~    aws_security_group.app         -       updates
                  -/+  aws_db_instance.main           -       replaces (it cannot be changed in place)
      differs     aws_elasticache_cluster.redis has 3 nodes instead of 1
      gates       all open: approvals

      next        lockkeeper change apply INFRA-1 --environment production --follow
    ");
}

#[test]
fn failed_verification() {
    let mut staging = stage("staging", StageStatus::VerificationFailed);
    staging.message = Some("One of 1 probes failed.".to_owned());
    staging.next_step = Some("lockkeeper change rollback INFRA-1 --environment staging".to_owned());
    staging.run = Some("run-1".to_owned());
    staging.verification = vec![ProbeView {
        probe: "GET https://staging.example answers 200".to_owned(),
        passed: false,
        tries: 5,
        found: Some("502 Bad Gateway".to_owned()),
    }];
    insta::assert_snapshot!(shown(&change(vec![staging]), 100), @r"
    INFRA-1  open
      title       Add Redis for caching
      why         PROJ-456
      stack       network at 3f2c1ab0d9e8 (my-branch)
      proposed    2026-11-21 14:03 UTC by ada

    staging  verification failed
      message     One of 1 probes failed.
      do next     lockkeeper change rollback INFRA-1 --environment staging
      run         run-1
      probes      1 of 1 failed
                  FAILED  GET https://staging.example answers 200 (5 tries)
                          502 Bad Gateway
    ");
}

#[test]
fn undone() {
    let mut change = change(vec![stage("staging", StageStatus::RolledBack)]);
    change.status = ChangeStatus::RolledBack;
    change.rolled_back_by = Some("INFRA-2".to_owned());
    change.reference = COMMIT.to_owned();
    insta::assert_snapshot!(shown(&change, 100), @r"
    INFRA-1  rolled back
      title       Add Redis for caching
      why         PROJ-456
      stack       network at 3f2c1ab0d9e8
      proposed    2026-11-21 14:03 UTC by ada
      undone by   INFRA-2

    staging  rolled back
    ");
}

#[test]
fn text_of_others_steers_nothing() {
    let mut change = gated();
    change.title = "\u{1b}[2J\u{202e}Add".to_owned();
    change.stages[0].gates[1].reason = "a\u{9b}31mb".to_owned();
    change.stages[0].environment = "stag\u{7}ing".to_owned();
    let styled = render(&change, None, Detail::Short, 100);
    for harmful in ["\u{1b}[2J", "\u{202e}", "\u{9b}", "\u{7}"] {
        assert!(!styled.contains(harmful), "{harmful:?}");
    }
    assert!(plain(&styled).contains(r"\u{1b}[2J\u{202e}Add"));
}

#[test]
fn long_lists_are_cut() {
    let mut change = gated();
    let plan = change.stages[0].plan.as_mut().unwrap();
    plan.resources = (0..200)
        .map(|n| resource("+", &format!("null_resource.n[{n}]"), "creates", None))
        .collect();
    plan.reasons.clear();
    plan.resource_count = 512;
    let text = shown(&change, 100);
    assert!(text.contains("n[19]") && !text.contains("n[20]"), "{text}");
    assert!(
        text.contains("and 492 more: lockkeeper change show INFRA-1 --full"),
        "{text}"
    );
}
