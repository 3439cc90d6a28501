//! What attributes mean: tags, bookkeeping of the provider, capacity.

use std::cmp::Ordering;

use serde_json::Value;

use super::pattern::Pattern;
use super::size::{compare_machines, compare_plans};

// `RULES`, made by `build.rs`.
include!(concat!(env!("OUT_DIR"), "/attributes.rs"));

struct Rules {
    tags: TagRules,
    bookkeeping: Names,
    monitoring: MonitoringRules,
    zero_is_no_number: &'static [ZeroRule],
    capacity: &'static [CapacityRule],
}

/// Where zero stands for "no limit", or for what the provider holds right.
struct ZeroRule {
    types: &'static [Pattern],
    names: &'static [&'static str],
}

struct TagRules {
    types: &'static [Pattern],
    names: &'static [&'static str],
    nested: &'static [&'static str],
    steering: &'static [&'static str],
    except: &'static [TagException],
}

/// Where what is called a tag is none.
struct TagException {
    types: &'static [Pattern],
    names: &'static [&'static str],
}

struct MonitoringRules {
    names: &'static [&'static str],
    lists: &'static [&'static str],
    modes: &'static [MonitoringMode],
}

/// Values in ascending order of what is watched.
struct MonitoringMode {
    types: &'static [Pattern],
    names: &'static [&'static str],
    values: &'static [&'static str],
}

struct Names {
    names: &'static [&'static str],
}

struct CapacityRule {
    types: &'static [Pattern],
    numbers: &'static [&'static str],
    sizes: &'static [&'static str],
    plans: &'static [&'static str],
}

/// Which way capacity goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More than before.
    Up,
    /// Less than before.
    Down,
}

/// Whether the attribute is a tag or label, which nothing hangs on.
pub fn is_tag(resource_type: &str, path: &str) -> bool {
    let plain = without_positions(path);
    let top = top(&plain);
    let rules = &RULES.tags;
    let excepted = rules
        .except
        .iter()
        .any(|exception| exception.names.contains(&top) && any_matches(exception.types, resource_type));
    let named = rules.names.contains(&top);
    let nested = rules.nested.iter().any(|nested| {
        plain
            .strip_prefix(nested)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    let steers = rules.steering.iter().any(|label| path.contains(label));
    (named || nested) && !excepted && !steers || any_matches(rules.types, resource_type)
}

/// Whether the attribute is one that a provider keeps up by itself.
pub fn is_bookkeeping(path: &str) -> bool {
    RULES.bookkeeping.names.contains(&path)
}

/// Whether nothing happens to the attribute but that more is monitored than before. Nothing stands for an attribute
/// that is not there.
pub fn adds_monitoring(
    resource_type: &str,
    path: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> bool {
    let plain = without_positions(path);
    let rules = &RULES.monitoring;
    match (before, after) {
        (None, Some(_)) if rules.lists.contains(&plain.as_str()) => true,
        (_, Some(Value::Bool(true))) => rules.names.contains(&plain.as_str()),
        (Some(Value::String(before)), Some(Value::String(after))) => rules
            .modes
            .iter()
            .filter(|mode| mode.names.contains(&plain.as_str()) && any_matches(mode.types, resource_type))
            .any(|mode| mode.ascends(before, after)),
        _ => false,
    }
}

/// Whether the attribute stands in a block that is there to monitor.
pub fn is_part_of_monitoring(path: &str) -> bool {
    let plain = without_positions(path);
    RULES.monitoring.lists.iter().any(|block| {
        plain
            .strip_prefix(block)
            .is_some_and(|rest| rest.starts_with('.'))
    })
}

impl MonitoringMode {
    fn ascends(&self, before: &str, after: &str) -> bool {
        let level = |value| self.values.iter().position(|known| *known == value);
        level(before)
            .zip(level(after))
            .is_some_and(|(before, after)| before < after)
    }
}

/// Which way capacity goes when the attribute changes; nothing when the attribute does not mean
/// capacity, or the values cannot be compared.
pub fn capacity_direction(
    resource_type: &str,
    path: &str,
    before: &Value,
    after: &Value,
) -> Option<Direction> {
    let plain = without_positions(path);
    let rules = RULES
        .capacity
        .iter()
        .filter(|rule| any_matches(rule.types, resource_type));
    let means_nothing = |rule: &ZeroRule| names(rule.names, &plain) && any_matches(rule.types, resource_type);
    let is_zero = |value: &Value| number(value) == Some(0.0);
    if (is_zero(before) || is_zero(after)) && RULES.zero_is_no_number.iter().any(means_nothing) {
        return None;
    }
    for rule in rules {
        let order = if names(rule.numbers, &plain) {
            number(before)?.partial_cmp(&number(after)?)
        } else if names(rule.sizes, &plain) {
            compare_machines(before.as_str()?, after.as_str()?)
        } else if names(rule.plans, &plain) {
            compare_plans(before.as_str()?, after.as_str()?)
        } else {
            continue;
        };
        return match order? {
            Ordering::Less => Some(Direction::Up),
            Ordering::Greater => Some(Direction::Down),
            Ordering::Equal => None,
        };
    }
    None
}

/// Whether a path, or its last part where the rule names only that, is listed.
fn names(listed: &[&str], path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    listed
        .iter()
        .any(|&name| name == path || (name == last && !name.contains('.')))
}

fn any_matches(patterns: &[Pattern], resource_type: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(resource_type))
}

/// Numbers are sometimes written as text, and with a unit. Below zero are no amounts: `-1` is said for "no limit".
fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| quantity(value.as_str()?));
    number.filter(|number| *number >= 0.0)
}

/// `2`, `500m`, `256M`, `10Gi`.
fn quantity(text: &str) -> Option<f64> {
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    let factor = match unit {
        "" => 1.0,
        "m" => 0.001,
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let amount: f64 = text.strip_suffix(unit)?.parse().ok()?;
    Some(amount * factor)
}

fn top(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// `tag[0].value` is `tag.value`, and `tags["a.b"]` is `tags`.
fn without_positions(path: &str) -> String {
    crate::address::without_indices(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tags_are_told_from_what_only_looks_like_them() {
        assert!(is_tag("aws_instance", "tags[\"a.b\"]") && is_tag("aws_autoscaling_group", "tag[0].value"));
        assert!(
            is_tag("google_compute_instance", "labels.team")
                && is_tag("kubernetes_deployment", "metadata[0].labels.a")
        );
        assert!(is_tag("aws_instance", "root_block_device[0].tags.x"));
        assert!(!is_tag("google_compute_instance", "tags[0]"), "network tags");
        assert!(
            !is_tag("aws_eks_node_group", "labels.pool"),
            "they decide where pods run"
        );
        assert!(!is_tag("rabbitmq_user", "tags[0]"), "rights");
        assert!(is_tag("aws_ec2_tag", "value"));
        assert!(!is_tag(
            "kubernetes_namespace",
            "metadata[0].labels[\"pod-security.kubernetes.io/enforce\"]"
        ));
        assert!(!is_tag("aws_instance", "tagsx") && !is_tag("x", "template[0].labels.app"));
    }

    #[test]
    fn monitoring_is_added_or_not() {
        let adds = |resource_type, path, before: Value, after: Value| {
            let there = |value: &Value| (!value.is_null()).then(|| value.clone());
            adds_monitoring(
                resource_type,
                path,
                there(&before).as_ref(),
                there(&after).as_ref(),
            )
        };
        assert!(adds("aws_instance", "monitoring", json!(false), json!(true)));
        assert!(!adds("aws_instance", "monitoring", json!(true), json!(false)));
        assert!(adds(
            "aws_eks_cluster",
            "enabled_cluster_log_types[2]",
            json!(null),
            json!("audit")
        ));
        assert!(!adds(
            "aws_eks_cluster",
            "enabled_cluster_log_types[0]",
            json!("api"),
            json!("audit")
        ));
        assert!(adds(
            "aws_ecs_cluster",
            "setting[0].value",
            json!("disabled"),
            json!("enhanced")
        ));
        assert!(!adds(
            "aws_ecs_cluster",
            "setting[0].value",
            json!("enabled"),
            json!("disabled")
        ));
        assert!(!adds(
            "aws_eks_cluster",
            "setting[0].value",
            json!("disabled"),
            json!("enabled")
        ));
        assert!(adds(
            "azurerm_kubernetes_cluster",
            "oms_agent[0]",
            json!(null),
            json!({"id": "w"})
        ));
    }

    #[test]
    fn capacity_has_a_direction() {
        let direction =
            |resource_type, path, before, after| capacity_direction(resource_type, path, &before, &after);
        assert_eq!(
            direction(
                "aws_instance",
                "instance_type",
                json!("t2.micro"),
                json!("t2.large")
            ),
            Some(Direction::Up)
        );
        assert_eq!(
            direction("aws_autoscaling_group", "max_size", json!(4), json!(2)),
            Some(Direction::Down)
        );
        assert_eq!(
            direction(
                "aws_eks_node_group",
                "scaling_config[0].max_size",
                json!(4),
                json!(9)
            ),
            Some(Direction::Up)
        );
        assert_eq!(
            direction("azurerm_service_plan", "sku_name", json!("B1"), json!("S1")),
            Some(Direction::Up)
        );
        assert_eq!(
            direction(
                "azurerm_key_vault",
                "sku_name",
                json!("standard"),
                json!("premium")
            ),
            None
        );
        assert_eq!(direction("aws_instance", "ami", json!("a"), json!("b")), None);
        assert_eq!(
            direction("aws_ebs_volume", "size", json!(10), json!(20)),
            Some(Direction::Up)
        );
        assert_eq!(direction("aws_foo", "size", json!(10), json!(20)), None);
        let memory = |before: &str, after: &str| {
            direction(
                "google_cloudfunctions2_function",
                "service_config[0].available_memory",
                json!(before),
                json!(after),
            )
        };
        assert_eq!(memory("256M", "1Gi"), Some(Direction::Up));
        assert_eq!(memory("1Gi", "512Mi"), Some(Direction::Down));
        assert_eq!(memory("1Gi", "lots"), None);
        assert_eq!(
            direction(
                "aws_lambda_function",
                "reserved_concurrent_executions",
                json!(-1),
                json!(10)
            ),
            None,
            "no limit is not less than a limit"
        );
        let most = |resource_type| {
            direction(
                resource_type,
                "template[0].scaling[0].max_instance_count",
                json!(0),
                json!(5),
            )
        };
        assert_eq!(most("google_cloud_run_v2_service"), None, "zero is no limit");
        assert_eq!(most("example_service"), Some(Direction::Up));
    }
}
