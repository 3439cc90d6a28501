//! One plan with everything that can be hard to show, in every format.

use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue, Category, Effect};
use serde_json::{Value, json};

use super::{MarkdownOptions, PlanView, RenderOptions, html, markdown, terminal};
use crate::classify::assess;

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
            .all(|line| line.ends_with("# destructive"))
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
