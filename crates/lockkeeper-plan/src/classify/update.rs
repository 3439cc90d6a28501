//! Changes of existing objects: what the object is decides, unless only tags or capacity change.

use lockkeeper_domain::effect::{AttributeChange, AttributeValue, Category, Effect, NamedEnvironment};
use lockkeeper_domain::risk::RiskClass;
use serde_json::Value;

use super::reason::Finding;
use crate::catalogue::{Direction, adds_monitoring, capacity_direction, is_part_of_monitoring, is_tag};
use crate::text::json_in;

/// What an update in place alters.
pub(super) fn findings(effect: &Effect) -> Vec<Finding> {
    let set: Vec<&AttributeChange> = effect
        .attributes
        .iter()
        .filter(|attribute| !attribute.computed && !attribute.is_empty())
        .collect();
    if set.is_empty() {
        return touched(effect, "says that it changes, but shows no difference");
    }
    let (tags, rest): (Vec<_>, Vec<_>) = set
        .into_iter()
        .partition(|attribute| is_tag(&effect.resource_type, &attribute.path));
    if rest.is_empty() && !tags.is_empty() {
        return vec![Finding::new(RiskClass::Low, "tags", "only tags")];
    }
    let touched = touched(effect, "configuration");
    // What a number means is not known of a type that is not known.
    let by_category = touched.iter().any(|finding| finding.class == RiskClass::High)
        || matches!(effect.category, None | Some(Category::Scaling));
    match capacity_and_monitoring(effect, &rest) {
        Some(finding) if !by_category => vec![finding],
        _ if rest.iter().all(|attribute| is_written_otherwise(attribute)) => {
            let told = touched.into_iter().map(|finding| Finding {
                phrase: format!("{}, the same content, written in another way", finding.phrase).into(),
                ..finding
            });
            told.collect()
        }
        _ => touched,
    }
}

/// Whether the value says the same in another way: JSON in another order, an identifier of Azure in other capitals. To the
/// provider it is a change all the same.
fn is_written_otherwise(attribute: &AttributeChange) -> bool {
    let (AttributeValue::Known(Value::String(before)), AttributeValue::Known(Value::String(after))) =
        (&attribute.before, &attribute.after)
    else {
        return false;
    };
    let same_document = || json_in(before).is_some_and(|before| Some(before) == json_in(after));
    let same_identifier = || before.starts_with('/') && before.eq_ignore_ascii_case(after);
    same_identifier() || same_document()
}

/// What altering the object means by what it is. `otherwise` is said of what is nothing special.
pub(super) fn touched(effect: &Effect, otherwise: &'static str) -> Vec<Finding> {
    let mut findings = category_findings(effect);
    if findings.is_empty() {
        let unknown = effect.category.is_none();
        let phrase = if unknown && otherwise == "configuration" {
            "of a type that is not known"
        } else {
            otherwise
        };
        findings.push(Finding::new(
            RiskClass::Medium,
            if unknown { "unknown-type" } else { "configuration" },
            phrase,
        ));
    }
    findings
}

/// Kinds of things that are never just configuration.
pub(super) fn category_findings(effect: &Effect) -> Vec<Finding> {
    use RiskClass::{High, Medium};
    let finding = match effect.category {
        Some(Category::Database) => Finding::new(High, "database", "database"),
        Some(Category::Network) => Finding::new(High, "network", "network"),
        Some(Category::NetworkRule) => Finding::new(High, "network", "network rule"),
        Some(Category::Secret) => secret(effect),
        Some(Category::SecurityGroup) => Finding::new(Medium, "security-group", "security group"),
        Some(Category::AccessRule) => Finding::new(Medium, "identity-and-access", "access rule"),
        Some(Category::IdentityAndAccess) => {
            Finding::new(Medium, "identity-and-access", "identity and access")
        }
        Some(Category::Scaling) => Finding::new(Medium, "scaling", "scaling policy"),
        _ => return Vec::new(),
    };
    vec![finding]
}

/// A secret is held to serve production unless its names say otherwise.
fn secret(effect: &Effect) -> Finding {
    match effect.named_environment {
        Some(NamedEnvironment::Other) => {
            Finding::new(RiskClass::Medium, "secret", "secret, not of production")
        }
        Some(NamedEnvironment::Production) => Finding::new(RiskClass::High, "secret", "a production secret"),
        None => Finding::new(RiskClass::High, "secret", "secret, possibly of production"),
    }
}

/// What an attribute says when it says no more than that there is more or less of something.
enum Amount {
    Monitoring,
    Capacity(Direction),
}

/// Says so when nothing happens but that more is monitored, and which way capacity goes when nothing else changes.
fn capacity_and_monitoring(effect: &Effect, attributes: &[&AttributeChange]) -> Option<Finding> {
    let (mut up, mut monitored, mut down) = (false, false, Vec::new());
    for attribute in attributes {
        match amount(effect, attribute)? {
            Amount::Monitoring => monitored = true,
            Amount::Capacity(Direction::Up) => up = true,
            Amount::Capacity(Direction::Down) => down.push(attribute.path.as_str()),
        }
    }
    let low = |rule, phrase| Some(Finding::new(RiskClass::Low, rule, phrase));
    match (down.as_slice(), up, monitored) {
        ([], true, false) => low("capacity", "more capacity"),
        ([], true, true) => low("capacity", "more capacity and monitoring"),
        ([], false, true) => low("monitoring", "more monitoring"),
        ([], false, false) => None,
        (paths, ..) => Some(Finding::new(
            RiskClass::Medium,
            "capacity",
            format!("less capacity ({})", paths.join(", ")),
        )),
    }
}

fn amount(effect: &Effect, attribute: &AttributeChange) -> Option<Amount> {
    let AttributeChange {
        path, before, after, ..
    } = attribute;
    // Parts of a new block count with it, also those that the provider works out.
    let is_new = before.is_empty() && matches!(after, AttributeValue::Known(_) | AttributeValue::Unknown);
    if is_new && is_part_of_monitoring(path) {
        return Some(Amount::Monitoring);
    }
    let (before, after) = (shown(before)?, shown(after)?);
    if adds_monitoring(&effect.resource_type, path, before, after) {
        return Some(Amount::Monitoring);
    }
    capacity_direction(&effect.resource_type, path, before?, after?).map(Amount::Capacity)
}

/// The value, nothing where the attribute is not there; nothing at all of a value that cannot be seen.
fn shown(value: &AttributeValue) -> Option<Option<&Value>> {
    match value {
        AttributeValue::Absent => Some(None),
        AttributeValue::Known(value) => Some(Some(value)),
        AttributeValue::Unknown | AttributeValue::Sensitive { .. } => None,
    }
}
