use super::*;
use lockkeeper_domain::effect::AttributeChange;
use serde_json::json;

fn effect(action: Action, attributes: &[(&str, AttributeValue)]) -> Effect {
    let mut effect = Effect::new("a.b", "a", "p", action);
    let change = |(path, after): &(&str, AttributeValue)| {
        AttributeChange::new(path, AttributeValue::Absent, after.clone())
    };
    effect.attributes = attributes.iter().map(change).collect();
    effect
}

fn known(value: Value) -> AttributeValue {
    AttributeValue::Known(value)
}

fn shown(resource: &Resource<'_>, path: &str) -> Vec<String> {
    resource
        .at(path)
        .iter()
        .map(|(path, node)| format!("{path}={node:?}"))
        .collect()
}

#[test]
fn lists_are_gone_through_whole_or_in_parts() {
    let new = effect(
        Action::Create,
        &[
            ("b", known(json!([{"c": ["x", "y"]}, {}]))),
            ("l[1].c", known(json!("z"))),
            ("e", known(json!([]))),
        ],
    );
    let new = Resource::after(&new).unwrap();
    assert_eq!(
        shown(&new, "b.c"),
        [
            "b[0].c[0]=Plain(String(\"x\"))",
            "b[0].c[1]=Plain(String(\"y\"))",
            "b[1].c=NotSet"
        ]
    );
    assert_eq!(
        shown(&new, "l.c"),
        ["l[0].c=Unchanged", "l[1].c=Plain(String(\"z\"))"]
    );
    assert_eq!(shown(&new, "l.d"), ["l[0].d=Unchanged", "l[1].d=NotSet"]);
    assert_eq!(shown(&new, "e.f"), ["e.f=NotSet"]);
}

#[test]
fn an_update_says_nothing_about_what_it_does_not_list() {
    let update = effect(
        Action::Update,
        &[
            ("b[0].c", AttributeValue::Absent),
            ("b[1]", AttributeValue::Absent),
        ],
    );
    let update = Resource::after(&update).unwrap();
    assert_eq!(shown(&update, "b.c"), ["b[0].c=NotSet"]);
    assert_eq!(shown(&update, "b.d"), ["b[0].d=Unchanged"]);
    assert_eq!(shown(&update, "x"), ["x=Unchanged"]);
}

#[test]
fn nothing_is_made_by_a_deletion() {
    assert!(Resource::after(&effect(Action::Delete, &[])).is_none());
}

#[test]
fn odd_paths_are_read() {
    let attributes = [
        ("t[\"a.b\"]", known(json!(1))),
        ("[", known(json!(1))),
        ("x[99999999]", known(json!(1))),
    ];
    let odd = effect(Action::Create, &attributes);
    assert_eq!(Resource::after(&odd).unwrap().at("t").len(), 1);
    let key = Step::Key;
    assert_eq!(
        steps("t[\"a.b\"].c[2]"),
        [key("t"), key("a.b"), key("c"), Step::Position(2)]
    );
}
