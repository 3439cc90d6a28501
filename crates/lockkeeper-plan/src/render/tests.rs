//! One plan with everything that can be hard to show, in every format.

use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue, Category, Effect};
use lockkeeper_domain::risk::{Reason, RiskClass};
use serde_json::{Value, json};

use super::{MarkdownOptions, PlanView, RenderOptions, html, markdown, terminal};
use crate::classify::assess;
use crate::reader::OutputChange;

fn known(value: Value) -> AttributeValue {
    AttributeValue::Known(value)
}

fn sensitive() -> AttributeValue {
    AttributeValue::Sensitive { fingerprint: None }
}

fn database() -> Effect {
    let mut effect = Effect::new(
        "module.shop.aws_db_instance.main",
        "aws_db_instance",
        "aws",
        Action::DeleteThenCreate,
    );
    effect.category = Some(Category::Database);
    effect.action_reason = Some("replace_because_cannot_update".to_owned());
    let mut engine = AttributeChange::new("engine", known(json!("mysql")), known(json!("postgres")));
    engine.forces_replacement = true;
    let mut address = AttributeChange::new("address", known(json!("db.internal")), AttributeValue::Unknown);
    address.computed = true;
    effect.attributes = vec![
        engine,
        AttributeChange::new("password", sensitive(), sensitive()),
        address,
    ];
    effect
}

fn policy() -> Effect {
    let mut effect = Effect::new("aws_iam_policy.deploy", "aws_iam_policy", "aws", Action::Update);
    effect.category = Some(Category::IdentityAndAccess);
    let document = |action: &str| {
        known(json!(
            json!({"Statement": [{"Action": action, "Effect": "Allow"}]}).to_string()
        ))
    };
    effect.attributes = vec![AttributeChange::new(
        "policy",
        document("s3:Get*"),
        document("s3:*"),
    )];
    effect
}

fn hostile() -> Effect {
    let mut effect = Effect::new(
        "null_resource.x[\"`</details>\u{1b}[2J@all\"]",
        "null_resource",
        "null",
        Action::Create,
    );
    effect.attributes = vec![AttributeChange::new(
        "triggers",
        AttributeValue::Absent,
        known(json!("```\n# <script>\u{202e}\n```")),
    )];
    effect
}

/// Lines that stay as they are, but look as if they were taken away.
fn manifest() -> Effect {
    let mut effect = Effect::new("helm_release.web", "helm_release", "helm", Action::Update);
    let document = |image: &str| known(json!(format!("list:\n- one\n- two\nimage: {image}\n")));
    effect.attributes = vec![AttributeChange::new(
        "values[0]",
        document("a:1"),
        document("a:2"),
    )];
    effect
}

fn effects() -> Vec<Effect> {
    vec![hostile(), manifest(), policy(), database()]
}

#[test]
fn in_a_terminal() {
    let (effects, width) = (effects(), 80);
    let assessment = assess(&effects);
    let view = PlanView::new(&effects, &assessment);
    insta::assert_snapshot!(
        "terminal",
        terminal(
            &view,
            RenderOptions {
                width,
                colour: false,
                full: false
            }
        )
    );
    insta::assert_snapshot!(
        "terminal_full",
        terminal(
            &view,
            RenderOptions {
                width,
                colour: false,
                full: true
            }
        )
    );
}

#[test]
fn what_is_left_over_has_a_reason_of_its_own() {
    let mut live = Effect::new("aws_instance.web", "aws_instance", "aws", Action::Update);
    live.category = Some(Category::Compute);
    live.attributes = vec![AttributeChange::new(
        "tags.a",
        known(json!("1")),
        known(json!("2")),
    )];
    let mut left_over = Effect::new("aws_instance.web", "aws_instance", "aws", Action::Delete);
    left_over.deposed = Some("a1b2c3d4".to_owned());
    let effects = vec![live, left_over];
    let assessment = assess(&effects);
    let view = PlanView::new(&effects, &assessment);
    let text = terminal(&view, RenderOptions::default());
    let (high, low) = text.split_once("\nlow (1)").unwrap();
    assert!(high.contains("(deposed a1b2c3d4)  destructive"), "{text}");
    assert!(low.contains("only tags"), "{text}");
}

#[test]
fn what_a_policy_says_of_an_object_stands_beside_it() {
    let effects = [policy()];
    let mut assessment = assess(&effects);
    let raised = Reason {
        class: RiskClass::High,
        rule: "policy:main.class".to_owned(),
        text: "no access changes on a Friday".to_owned(),
        ..assessment.reasons[0].clone()
    };
    assessment.reasons.insert(0, raised);
    let text = terminal(&PlanView::new(&effects, &assessment), RenderOptions::default());
    assert!(
        text.contains(
            "high (1)\n  ~   aws_iam_policy.deploy  no access changes on a Friday; identity and access\n"
        ),
        "{text}"
    );
}

#[test]
fn in_a_pull_request() {
    let effects = effects();
    let assessment = assess(&effects);
    let options = MarkdownOptions {
        link: Some("https://lockkeeper.example/plans/1".to_owned()),
        ..MarkdownOptions::default()
    };
    insta::assert_snapshot!(
        "markdown",
        markdown(&PlanView::new(&effects, &assessment), &options)
    );
}

#[test]
fn on_a_page() {
    let effects = effects();
    let assessment = assess(&effects);
    insta::assert_snapshot!("html", html(&PlanView::new(&effects, &assessment)));
}

#[test]
fn a_large_plan_is_folded_into_counts_by_whole_lines() {
    let name = |number: usize| format!("module.cluster_{number}.aws_instance.node[{number}]");
    let effects: Vec<Effect> = (0..5_000)
        .map(|number| Effect::new(&name(number), "aws_instance", "aws", Action::Delete))
        .collect();
    let assessment = assess(&effects);
    let view = PlanView::new(&effects, &assessment);
    let comment = markdown(&view, &MarkdownOptions::default());
    assert!(
        comment.len() <= 65_535 && comment.len() > 40_000,
        "{} bytes",
        comment.len()
    );
    let listed = comment.lines().filter(|line| line.starts_with("- ")).count();
    assert!(
        comment
            .lines()
            .filter(|line| line.starts_with("- "))
            .all(|line| line.ends_with("  # destructive"))
    );
    assert!(comment.contains(&format!(
        "and {} more: destroys {} aws_instance",
        5_000 - listed,
        5_000 - listed
    )));
    let text = terminal(&view, RenderOptions::default());
    assert!(
        text.contains("and 4940 more: destroys 4940 aws_instance"),
        "{text}"
    );
}

#[test]
fn colour_says_nothing_that_the_text_does_not() {
    let effects = effects();
    let assessment = assess(&effects);
    let view = PlanView::new(&effects, &assessment);
    let plain = terminal(
        &view,
        RenderOptions {
            colour: false,
            ..RenderOptions::default()
        },
    );
    let coloured = terminal(
        &view,
        RenderOptions {
            colour: true,
            ..RenderOptions::default()
        },
    );
    let mut stripped = String::new();
    let mut parts = coloured.split('\u{1b}');
    stripped.push_str(parts.next().unwrap());
    parts.for_each(|part| stripped.push_str(part.split_once('m').unwrap().1));
    assert_eq!(plain, stripped);
}

/// So many objects that change alike, and one among them that changes something else as well.
fn fleet() -> Vec<Effect> {
    let queue = |at: usize| {
        let address = format!("module.s[\"{at}\"].aws_sqs_queue.work[0]");
        let mut effect = Effect::new(&address, "aws_sqs_queue", "aws", Action::Update);
        let delay = |seconds: usize| known(json!(seconds));
        effect.attributes = vec![
            AttributeChange::new("delay_seconds", delay(0), delay(30)),
            AttributeChange::new(
                "name",
                known(json!(format!("old-{at}"))),
                known(json!(format!("new-{at}"))),
            ),
        ];
        effect
    };
    let mut effects: Vec<Effect> = (0..20).map(queue).collect();
    effects[7].attributes.push(AttributeChange::new(
        "policy",
        AttributeValue::Absent,
        known(json!("all")),
    ));
    effects
}

#[test]
fn what_changes_alike_is_told_in_one_line_and_what_differs_stands_apart() {
    let effects = fleet();
    let assessment = assess(&effects);
    let view = PlanView::new(&effects, &assessment);
    let options = |full| RenderOptions {
        full,
        ..RenderOptions::default()
    };
    let brief = terminal(&view, options(false));
    assert!(
        brief.contains("~   module.s[*].aws_sqs_queue.work[*] × 19"),
        "{brief}"
    );
    assert!(brief.contains("delay_seconds 0 -> 30, name (differs)"), "{brief}");
    assert!(
        brief.contains("module.s[\"7\"].aws_sqs_queue.work[0] "),
        "{brief}"
    );
    assert!(brief.contains("policy = \"all\""), "{brief}");
    let full = terminal(&view, options(true));
    for at in 0..20 {
        assert!(full.contains(&format!("\"new-{at}\"")), "{full}");
    }
    assert!(html(&view).contains("module.s[*].aws_sqs_queue.work[*] × 19"));
    assert!(html(&view).contains("module.s[&quot;3&quot;].aws_sqs_queue.work[0]"));
    assert!(markdown(&view, &MarkdownOptions::default()).contains("work[*] × 19"));
}

#[test]
fn attributes_stand_below_each_other_and_long_values_on_lines_of_their_own() {
    let long = |end: &str| known(json!(format!("arn:aws:kms:eu-west-1:123456789012:key/{end}")));
    let mut effect = Effect::new("aws_x.y", "aws_x", "aws", Action::Update);
    effect.attributes = vec![
        AttributeChange::new("size", known(json!(1)), known(json!(2))),
        AttributeChange::new("kms_key_id", long("0b9e7a51-9999"), long("5d1c0f0e-1111")),
        AttributeChange::new(
            "rules",
            AttributeValue::Absent,
            known(json!([{"ports": [1, 2], "text": "t".repeat(60)}])),
        ),
        AttributeChange::new("tags.team", known(json!("a")), known(json!("b"))),
        AttributeChange::new("tags_all.team", known(json!("a")), known(json!("b"))),
    ];
    let effects = [effect];
    let assessment = assess(&effects);
    let options = RenderOptions {
        width: 80,
        full: true,
        ..RenderOptions::default()
    };
    insta::assert_snapshot!(
        "terminal_aligned",
        terminal(&PlanView::new(&effects, &assessment), options)
    );
}

#[test]
fn a_plan_that_only_forgets_adds_and_destroys_nothing() {
    let mut queue = Effect::new("aws_sqs_queue.q", "aws_sqs_queue", "aws", Action::Forget);
    queue.attributes = vec![AttributeChange::new(
        "name",
        known(json!("q")),
        AttributeValue::Absent,
    )];
    let effects = [queue];
    let assessment = assess(&effects);
    let options = RenderOptions {
        full: true,
        ..RenderOptions::default()
    };
    let shown = terminal(&PlanView::new(&effects, &assessment), options);
    assert!(shown.contains("no existing resource is altered"), "{shown}");
    assert!(
        !shown.contains("new resources only") && !shown.contains("- name"),
        "{shown}"
    );
}

#[test]
fn a_plan_of_outputs_alone_does_not_say_that_nothing_changes() {
    let assessment = assess(&[]);
    let outputs = [OutputChange {
        name: "url".to_owned(),
        before: known(json!("a")),
        after: known(json!("b")),
    }];
    let mut view = PlanView::new(&[], &assessment);
    view.outputs = &outputs;
    let shown = terminal(&view, RenderOptions::default());
    assert!(
        shown.contains("No resource changes.\n1 output changes.\n"),
        "{shown}"
    );
}

/// A task definition whose document is JSON in a text.
fn task(document: &Value, other: &str) -> Effect {
    let mut effect = Effect::new("aws_x.task", "aws_x", "aws", Action::Update);
    effect.attributes = vec![AttributeChange::new(
        "containers",
        known(json!(document.to_string())),
        known(json!(other)),
    )];
    effect
}

fn shown(effect: Effect, full: bool, width: usize) -> String {
    let effects = [effect];
    let assessment = assess(&effects);
    let options = RenderOptions {
        width,
        colour: false,
        full,
    };
    terminal(&PlanView::new(&effects, &assessment), options)
}

#[test]
fn json_inside_of_a_text_is_compared_part_by_part() {
    let before = json!([{"image": "shop:1.1.0", "env": [{"name": "A"}], "password": "one-secret"}]);
    let after =
        json!([{"image": "shop:1.2.0", "env": [{"name": "A"}, {"name": "B"}], "password": "other-secret"}]);
    let brief = shown(task(&before, &after.to_string()), false, 100);
    assert!(
        brief.contains(
            "containers[0].env[1] = { name = \"B\" }, containers[0].image \"shop:1.1.0\" -> \"shop:1.2.0\","
        ),
        "{brief}"
    );
    let full = shown(task(&before, &after.to_string()), true, 100);
    assert!(
        full.contains("~ [0].image    = \"shop:1.1.0\" -> \"shop:1.2.0\"\n"),
        "{full}"
    );
    // What is called a password is none of the parts that are shown.
    assert!(
        full.contains("[0].password = (sensitive)") && !full.contains("-secret"),
        "{full}"
    );
}

#[test]
fn json_that_is_only_written_in_another_way_is_said_to_be_the_same() {
    let document = json!({"a": 1, "b": [2]});
    for full in [false, true] {
        let text = shown(task(&document, "{ \"b\": [2], \"a\": 1 }"), full, 100);
        assert!(
            text.contains("containers (the same JSON, written in another way)"),
            "{text}"
        );
    }
}

#[test]
fn what_is_told_in_brief_fits_the_width() {
    let long =
        |end: &str| json!([{"image": format!("{}{end}", "registry.example.com/".repeat(3)), "x": end}]);
    for width in [60, 80, 100, 200] {
        let text = shown(task(&long("one"), &long("two").to_string()), false, width);
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        assert!(text.contains("one") && text.contains("two"), "{text}");
    }
}
