//! Rules that are a matter of one attribute and its value.

use serde_json::Value;

use super::Detail;
use super::rule::{Also, Condition, Only, Rules, Setting, Verdict};
use crate::resource::{Node, Resource, number};

/// What the rules with conditions find.
pub(super) fn details(rules: &'static Rules, resource: &Resource<'_>, production: bool) -> Vec<Detail> {
    let mut found = Vec::new();
    for (rule, condition) in rules.of_type(&resource.effect.resource_type) {
        if (rule.production && !production) || !applies(condition, resource) {
            continue;
        }
        for (attribute, node) in resource.at(condition.attribute) {
            if let Some(text) = judge(condition, &attribute, node) {
                found.push(Detail {
                    rule: rule.id,
                    attribute,
                    text,
                });
            }
        }
    }
    found
}

fn applies(condition: &Condition, resource: &Resource<'_>) -> bool {
    let set = |path: &&str| resource.at(path).iter().any(|(_, node)| is_set(node));
    !condition.unless.iter().any(set)
        && condition.also.as_ref().is_none_or(|also| holds(also, resource))
        && condition.only.as_ref().is_none_or(|only| within(only, resource))
}

/// An unknown value is set too: a replica of a database that this plan makes.
fn is_set(node: &Node<'_>) -> bool {
    match node {
        Node::Plain(Value::Bool(value)) => *value,
        Node::Plain(Value::String(text)) => !text.is_empty(),
        Node::Plain(_) | Node::Hidden | Node::Object { .. } | Node::List(_) => true,
        Node::Unchanged | Node::NotSet => false,
    }
}

fn holds(also: &Also, resource: &Resource<'_>) -> bool {
    resource
        .at(also.attribute)
        .iter()
        .any(|(_, node)| match (node, also.ends) {
            (node, None) if also.bad.is_empty() => is_set(node),
            (Node::Plain(Value::String(text)), Some(end)) => text.ends_with(end),
            (Node::Plain(value), None) => contain(also.bad, value),
            _ => false,
        })
}

fn within(only: &Only, resource: &Resource<'_>) -> bool {
    resource.at(only.attribute).iter().all(|(_, node)| match node {
        Node::Plain(Value::String(text)) if text.is_empty() => true,
        Node::Plain(value) => contain(only.good, value),
        _ => true,
    })
}

fn judge(condition: &Condition, attribute: &str, node: &Node<'_>) -> Option<String> {
    if condition.present == Verdict::Bad && is_set(node) {
        return Some(format!("`{attribute}` is set"));
    }
    let value = match node {
        Node::NotSet => {
            return (condition.missing == Verdict::Bad).then(|| format!("`{attribute}` is not set"));
        }
        Node::Plain(Value::String(text)) if text.is_empty() && condition.missing == Verdict::Bad => {
            return Some(format!("`{attribute}` is empty"));
        }
        Node::Plain(value) => value,
        Node::Unchanged | Node::Hidden | Node::Object { .. } | Node::List(_) => return None,
    };
    if contain(condition.bad, value) {
        return Some(format!("`{attribute}` is {value}"));
    }
    if let Some(text) = value.as_str()
        && condition
            .begins
            .iter()
            .any(|beginning| text.starts_with(beginning))
    {
        return Some(format!("`{attribute}` is {text}"));
    }
    if !condition.good.is_empty() && !condition.good.iter().any(|good| same(good, value)) {
        return Some(match value {
            Value::Bool(value) => format!("`{attribute}` is {value}"),
            _ => format!(
                "`{attribute}` is not {}",
                condition.good.first().map(Setting::value).unwrap_or_default()
            ),
        });
    }
    let least = condition.least?;
    let number = number(value)?;
    (number < least).then(|| format!("`{attribute}` is {number}, less than {least}"))
}

/// Some providers write truth values as texts.
fn same(wanted: &Setting, value: &Value) -> bool {
    let written = || match wanted {
        Setting::Flag(flag) => value.as_str().is_some_and(|text| text == flag.to_string()),
        _ => false,
    };
    wanted == value || written()
}

fn contain(settings: &[Setting], value: &Value) -> bool {
    settings.iter().any(|setting| setting == value)
}
