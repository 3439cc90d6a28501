//! What holds for every plan that can be made up.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use lockkeeper_domain::effect::{
    Action, Attachment, AttributeChange, AttributeValue, Category, Effect, NamedEnvironment,
};
use lockkeeper_plan::classify::assess;
use lockkeeper_plan::equality::{compare, effects_digest};
use lockkeeper_plan::inspect::Inspection;
use lockkeeper_plan::reader::{ReadOptions, read};
use lockkeeper_plan::render::{MarkdownOptions, PlanView, RenderOptions, html, markdown, terminal};
use proptest::prelude::*;
use serde_json::{Value, json};

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "(?s)[a-z\n\u{1b}`<&|]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..4)
                .prop_map(|parts| Value::Object(parts.into_iter().collect())),
        ]
    })
}

fn any_action() -> impl Strategy<Value = Action> {
    prop::sample::select(vec![
        Action::NoOp,
        Action::Read,
        Action::Create,
        Action::Update,
        Action::Delete,
        Action::DeleteThenCreate,
        Action::CreateThenDelete,
        Action::Forget,
        Action::CreateThenForget,
        Action::Invoke,
        Action::Unknown("trans\u{1b}[31mmogrify".to_owned()),
    ])
}

fn any_attribute_value() -> impl Strategy<Value = AttributeValue> {
    prop_oneof![
        Just(AttributeValue::Absent),
        Just(AttributeValue::Unknown),
        "[0-9a-f]{4}".prop_map(|fingerprint| AttributeValue::Sensitive {
            fingerprint: Some(fingerprint)
        }),
        any_value().prop_map(AttributeValue::Known),
    ]
}

fn any_attribute() -> impl Strategy<Value = AttributeChange> {
    (
        ".{0,8}",
        any_attribute_value(),
        any_attribute_value(),
        any::<bool>(),
    )
        .prop_map(|(path, before, after, forces)| {
            let mut change = AttributeChange::new(&path, before, after);
            change.forces_replacement = forces;
            change
        })
}

fn any_effect() -> impl Strategy<Value = Effect> {
    let category = prop::option::of(prop::sample::select(vec![
        Category::Database,
        Category::Network,
        Category::Secret,
        Category::AccessRule,
        Category::Scaling,
        Category::Storage,
    ]));
    let environment = prop::option::of(prop::sample::select(vec![
        NamedEnvironment::Production,
        NamedEnvironment::Other,
    ]));
    let attached = prop::option::of((".{0,8}", ".{0,8}", any::<bool>()).prop_map(
        |(attribute, target, existing)| Attachment {
            attribute,
            target,
            existing,
        },
    ));
    let attributes = prop::collection::vec(any_attribute(), 0..4);
    (
        ".{1,12}",
        any_action(),
        category,
        environment,
        attached,
        attributes,
    )
        .prop_map(|(address, action, category, environment, attached, attributes)| {
            let mut effect = Effect::new(&address, "aws_instance", "aws", action);
            effect.category = category;
            effect.named_environment = environment;
            effect.attached_to = attached;
            effect.attributes = attributes;
            effect
        })
}

fn effects() -> impl Strategy<Value = Vec<Effect>> {
    prop::collection::vec(any_effect(), 0..8)
}

/// The mirror that marks every leaf whose text is the secret.
fn mirror(value: &Value, secret: &str) -> Value {
    match value {
        Value::String(text) => Value::Bool(text == secret),
        Value::Array(parts) => parts.iter().map(|part| mirror(part, secret)).collect(),
        Value::Object(parts) => parts
            .iter()
            .map(|(key, part)| (key.clone(), mirror(part, secret)))
            .collect(),
        _ => Value::Bool(false),
    }
}

/// Puts the secret where the value has a text that begins with a letter.
fn with_secret(value: Value, secret: &str) -> Value {
    match value {
        Value::String(text) if text.starts_with(|first: char| first.is_alphanumeric()) => Value::from(secret),
        Value::Array(parts) => parts.into_iter().map(|part| with_secret(part, secret)).collect(),
        Value::Object(parts) => parts
            .into_iter()
            .map(|(key, part)| (key, with_secret(part, secret)))
            .collect(),
        other => other,
    }
}

fn all_renderings(inspection: &Inspection) -> String {
    let view = PlanView::of(inspection);
    [
        terminal(
            &view,
            RenderOptions {
                width: 100,
                colour: false,
                full: true,
            },
        ),
        markdown(&view, &MarkdownOptions::default()),
        html(&view),
        serde_json::to_string(inspection).unwrap(),
    ]
    .concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// A value that is marked anywhere leaves by no way, not even where it stands unmarked.
    #[test]
    fn redaction_never_leaks(before in any_value(), after in any_value(), unmarked in any_value(), verb in 0..4_usize) {
        let secret = "hunter2-correct-horse";
        let (before, after) = (json!({"v": with_secret(before, secret), "w": secret}), json!({"v": with_secret(after, secret), "w": 1}));
        let unmarked = json!({"copy": with_secret(unmarked, secret), "url": format!("https://u:{secret}@host"), "json": json!({"p": secret}).to_string()});
        let actions = [json!(["create"]), json!(["update"]), json!(["delete"]), json!(["delete", "create"])];
        let plan = json!({"format_version": "1.2", "resource_changes": [
            {"address": "a.b", "type": "a", "name": "b", "change": {"actions": actions[verb],
                "before": before, "after": after,
                "before_sensitive": mirror(&before, secret), "after_sensitive": mirror(&after, secret)}},
            {"address": "a.c", "type": "a", "name": "c", "change": {"actions": ["update"], "before": {}, "after": unmarked}},
        ], "output_changes": {"o": {"actions": ["create"], "before": null, "after": unmarked}}});
        let document = read(plan.to_string().as_bytes(), &ReadOptions { fingerprint_key: Some([1; 32]) }).unwrap();
        prop_assert!(!all_renderings(&Inspection::of(document)).contains(secret));
    }

    /// Adding an effect never lowers the class.
    #[test]
    fn the_class_is_monotone(effects in effects(), more in any_effect()) {
        let before = assess(&effects).class;
        let after = assess(&[effects, vec![more]].concat()).class;
        prop_assert!(after >= before);
    }

    /// Rendering neither panics nor lets control characters through, and a comment fits.
    #[test]
    fn rendering_is_safe(effects in effects(), width in 0..200_usize, limit in 5_000..70_000_usize) {
        let assessment = assess(&effects);
        let view = PlanView::new(&effects, &assessment);
        let comment = markdown(&view, &MarkdownOptions { limit, ..MarkdownOptions::default() });
        prop_assert!(comment.len() <= limit);
        for text in [terminal(&view, RenderOptions { width, colour: false, full: true }), comment, html(&view)] {
            prop_assert!(!text.contains(|character: char| character.is_control() && character != '\n'));
        }
    }

    /// Equality of effects: reflexive, symmetric, transitive, and one with the digest.
    #[test]
    fn equality_is_an_equivalence(one in effects(), other in effects(), at in 0..8_usize) {
        let mut shuffled = one.clone();
        shuffled.reverse();
        prop_assert!(compare(&one, &shuffled).is_empty());
        let mut third = shuffled.clone();
        if let Some(effect) = third.get_mut(at) { effect.action_reason = Some("reworded".to_owned()); }
        prop_assert!(compare(&one, &third).is_empty());
        prop_assert_eq!(compare(&one, &other).is_empty(), compare(&other, &one).is_empty());
        prop_assert_eq!(compare(&one, &other).is_empty(), effects_digest(&one) == effects_digest(&other));
    }

    /// No bytes make the reader panic.
    #[test]
    fn reading_never_panics(mut bytes in prop::collection::vec(any::<u8>(), 0..64), value in any_value()) {
        _ = read(&bytes, &ReadOptions::default());
        let plan = json!({"resource_changes": [{"change": {"actions": ["update"], "before": value, "after": value, "after_unknown": value, "before_sensitive": value, "replace_paths": value}}], "configuration": value});
        _ = read(plan.to_string().as_bytes(), &ReadOptions::default());
        bytes.splice(0..0, plan.to_string().into_bytes());
        _ = read(&bytes, &ReadOptions::default());
    }
}
