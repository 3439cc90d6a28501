//! What stays as it is, and says what the changes beside it mean: the ports of a rule whose sources change, the role of a
//! binding that gets another member.

use std::collections::{BTreeMap, BTreeSet};

use lockkeeper_domain::effect::{AttributeChange, AttributeValue};
use serde_json::Value;

use super::attributes::Redaction;
use super::mask::Mask;
use super::path::Path;

/// The attributes of rules and grants that explain each other; sorted, because every attribute is asked about.
const EXPLAINING: [&str; 30] = [
    "access",
    "action",
    "allow",
    "cidr_blocks",
    "cidr_ipv4",
    "cidr_ipv6",
    "destination_port_range",
    "destination_port_ranges",
    "direction",
    "end_ip",
    "end_ip_address",
    "from_port",
    "ip_protocol",
    "ipv6_cidr_blocks",
    "layer4_configs",
    "member",
    "members",
    "ports",
    "protocol",
    "role",
    "role_definition_name",
    "scope",
    "source_address_prefix",
    "source_address_prefixes",
    "source_ranges",
    "src_ip_ranges",
    "start_ip",
    "start_ip_address",
    "to_port",
    "type",
];

/// Whether the attribute may explain others, or be explained by them.
pub(super) fn explains(attribute: &str) -> bool {
    EXPLAINING.binary_search(&attribute).is_ok()
}

/// What explains the changes, by its path. Of a block in which nothing of the kind is added or altered, nothing.
pub(super) fn of(
    changes: &[AttributeChange],
    after: &Value,
    unknown: &Mask,
    sensitive: &Mask,
    redaction: &Redaction<'_>,
) -> BTreeMap<String, Value> {
    let mut walk = Walk {
        redaction,
        changed: changes
            .iter()
            .filter(|change| is_explained(change))
            .flat_map(|change| prefixes(&change.path))
            .collect(),
        found: BTreeMap::new(),
    };
    if !walk.changed.is_empty() {
        walk.part(&mut Path::default(), after, unknown, sensitive);
    }
    walk.found
}

/// What goes away needs no explanation.
fn is_explained(change: &AttributeChange) -> bool {
    change.after != AttributeValue::Absent && change.path.split(['.', '[']).any(explains)
}

/// `a`, `a[0]` and `a[0].b` of `a[0].b`.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices(['.', '[']).map(|(at, _)| at);
    ends.chain([path.len()]).filter_map(|end| path.get(..end))
}

struct Walk<'a> {
    redaction: &'a Redaction<'a>,
    /// The paths in which something changes.
    changed: BTreeSet<&'a str>,
    found: BTreeMap<String, Value>,
}

impl Walk<'_> {
    fn part(&mut self, path: &mut Path, value: &Value, unknown: &Mask, sensitive: &Mask) {
        match value {
            Value::Object(parts) => {
                for (key, part) in parts {
                    let (unknown, sensitive) = (unknown.key(key), sensitive.key(key));
                    path.at_key(key, |path| match self.changed.contains(path.as_str()) {
                        true => self.part(path, part, unknown, sensitive),
                        false if explains(key) => self.keep(path, part, unknown, sensitive),
                        false => {}
                    });
                }
            }
            Value::Array(parts) => {
                for (position, part) in parts.iter().enumerate() {
                    let at = Some(position);
                    let (unknown, sensitive) = (unknown.position(at), sensitive.position(at));
                    path.at_position(position, |path| {
                        if self.changed.contains(path.as_str()) {
                            self.part(path, part, unknown, sensitive);
                        }
                    });
                }
            }
            _ => {}
        }
    }

    fn keep(&mut self, path: &Path, value: &Value, unknown: &Mask, sensitive: &Mask) {
        if unknown.marks_anything() {
            return;
        }
        if let AttributeValue::Known(value) = self.redaction.of(value, sensitive) {
            self.found.insert(path.as_str().to_owned(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::sensitive::SensitiveValues;
    use serde_json::json;
    use serde_json::value::to_raw_value;

    fn context(changed: &[(&str, AttributeValue)], after: Value, sensitive: Value) -> Vec<(String, Value)> {
        let changes: Vec<_> = changed
            .iter()
            .map(|(path, after)| AttributeChange::new(path, AttributeValue::Absent, after.clone()))
            .collect();
        let redaction = Redaction {
            sensitive: &SensitiveValues::default(),
            key: None,
        };
        let mask = Mask::of(Some(&to_raw_value(&sensitive).unwrap()));
        of(&changes, &after, &Mask::No, &mask, &redaction)
            .into_iter()
            .collect()
    }

    #[test]
    fn the_ports_of_a_rule_explain_who_is_let_in() {
        assert!(EXPLAINING.is_sorted());
        let rules = json!({"tags": {}, "name": "g", "ingress": [
            {"from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8"]},
            {"from_port": 22, "to_port": 22, "cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"], "description": "d"}]});
        let opened = (
            "ingress[1].cidr_blocks[1]",
            AttributeValue::Known(json!("0.0.0.0/0")),
        );
        assert_eq!(
            context(std::slice::from_ref(&opened), rules.clone(), json!({})),
            [
                ("ingress[1].from_port".to_owned(), json!(22)),
                ("ingress[1].to_port".to_owned(), json!(22))
            ]
        );
        let marked = json!({"ingress": [{}, {"from_port": true}]});
        assert_eq!(context(&[opened], rules.clone(), marked).len(), 1, "sensitive");
        let closed = ("ingress[1].cidr_blocks[1]", AttributeValue::Absent);
        assert!(context(&[closed], rules.clone(), json!({})).is_empty());
        let other = ("tags.a", AttributeValue::Known(json!("b")));
        assert!(context(&[other], rules, json!({})).is_empty());
    }
}
