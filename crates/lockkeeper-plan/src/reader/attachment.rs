//! Whether a new rule, route or policy is attached to something that exists (docs/risk-rules.md).

use std::collections::BTreeSet;

use lockkeeper_domain::effect::{Attachment, Effect};
use serde_json::Value;

use super::attributes::Redaction;
use super::graph::Graph;
use super::mask::Mask;
use super::references::Target;
use crate::address::without_indices;
use crate::catalogue::Attachments;
use crate::text::excerpt;

/// What the parent attribute says.
#[derive(Clone)]
enum Parent {
    /// Known only after apply.
    Unknown,
    /// Known values: names or identifiers.
    Known(Vec<String>),
}

/// An attachment whose parent may yet turn out to be made by the same plan.
pub(super) struct Candidate {
    attribute: String,
    target: String,
    verdict: Verdict,
}

enum Verdict {
    Existing,
    New,
    /// Existing unless the plan makes an object of one of these names.
    ExistingUnlessNamed(Vec<String>),
}

/// Finds what a new object is attached to. Where it is attached to several things, one that exists
/// counts more than one that does not.
pub(super) fn find(
    graph: &Graph<'_>,
    effect: &Effect,
    rule: &Attachments,
    after: &Value,
    unknown: &Mask,
) -> Option<Candidate> {
    let resource = without_indices(&effect.address);
    let strongest = |patterns: &[&str]| {
        let mut first_new = None;
        for attribute in patterns
            .iter()
            .flat_map(|pattern| attributes(pattern, &effect.resource_type, after, unknown))
        {
            let Some(parent) = parent_at(&attribute, after, unknown) else {
                continue;
            };
            if matches!(parent, Parent::Unknown) && is_worked_out(graph, &resource, &attribute) {
                continue;
            }
            let candidate = candidate(graph, &resource, &attribute, parent);
            match candidate.verdict {
                Verdict::New => _ = first_new.get_or_insert(candidate),
                Verdict::Existing | Verdict::ExistingUnlessNamed(_) => return Some(candidate),
            }
        }
        first_new
    };
    let by_default = || {
        let target = rule.by_default?.to_owned();
        Some(Candidate {
            attribute: String::new(),
            target,
            verdict: Verdict::Existing,
        })
    };
    strongest(rule.parents)
        .or_else(|| strongest(rule.otherwise))
        .or_else(by_default)
}

/// The attributes of the object that a name or pattern means. What the object itself is called points to nothing else.
fn attributes(pattern: &str, resource_type: &str, after: &Value, unknown: &Mask) -> Vec<String> {
    let Some((start, end)) = pattern.split_once('*') else {
        return vec![pattern.to_owned()];
    };
    let set = after.as_object().into_iter().flat_map(|object| object.keys());
    set.chain(unknown.keys())
        .filter(|name| name.starts_with(start) && name.ends_with(end) && !is_own(resource_type, name))
        .cloned()
        .collect()
}

/// Whether an attribute names the object itself: `rule_association_id` of a `..._rule_association`.
fn is_own(resource_type: &str, attribute: &str) -> bool {
    resource_type
        .strip_suffix(kind_in(attribute))
        .is_some_and(|rest| rest.ends_with('_'))
}

/// Whether nobody sets the attribute: what the provider works out by itself (the project of its own settings) is not
/// what the plan makes.
fn is_worked_out(graph: &Graph<'_>, resource: &str, attribute: &str) -> bool {
    graph.references.knows(resource) && !graph.references.sets(resource, attribute)
}

/// What stands at an attribute, or at a path through blocks (`spec.scale_target_ref`).
fn parent_at(path: &str, after: &Value, unknown: &Mask) -> Option<Parent> {
    let Some((block, rest)) = path.split_once('.') else {
        return parent(after.get(path), unknown.key(path));
    };
    let (after, unknown) = (after.get(block), unknown.key(block));
    if unknown.marks_all() {
        return Some(Parent::Unknown);
    }
    let block = after.and_then(|block| block.get(0)).unwrap_or(&Value::Null);
    parent_at(rest, block, unknown.position(Some(0)))
}

fn parent(value: Option<&Value>, unknown: &Mask) -> Option<Parent> {
    match value {
        _ if unknown.marks_anything() => Some(Parent::Unknown),
        Some(Value::String(text)) if !text.is_empty() => Some(Parent::Known(vec![text.clone()])),
        Some(Value::Number(number)) => Some(Parent::Known(vec![number.to_string()])),
        Some(Value::Array(parts)) if !parts.is_empty() => Some(Parent::Known(names_in(parts))),
        Some(Value::Object(_)) => Some(Parent::Known(Vec::new())),
        _ => None,
    }
}

/// The names in a list, and in blocks of a list (`metadata[0].name`, `role_ref[0].name`).
fn names_in(parts: &[Value]) -> Vec<String> {
    let name = |part: &Value| {
        part.as_str()
            .or_else(|| part.get("name")?.as_str())
            .map(str::to_owned)
    };
    let names = parts.iter().filter_map(name);
    names.filter(|name| !name.is_empty()).collect()
}

fn candidate(graph: &Graph<'_>, resource: &str, path: &str, parent: Parent) -> Candidate {
    let (block, attribute) = (
        path.split('.').next().unwrap_or(path),
        path.rsplit('.').next().unwrap_or(path),
    );
    let targets = graph.references.targets(resource, block);
    let managed: Vec<&String> = targets
        .into_iter()
        .flatten()
        .filter_map(|target| match target {
            Target::Managed(address) => Some(address),
            Target::Outside => None,
        })
        .collect();
    let outside = targets.is_some_and(|targets| targets.contains(&Target::Outside));
    let existing = managed.iter().find(|address| graph.exists(address));
    let target = match (existing, &parent) {
        (Some(address), _) => (*address).clone(),
        (None, Parent::Known(names)) if !names.is_empty() && (outside || managed.is_empty()) => {
            names.join(", ")
        }
        (None, _) => managed
            .first()
            .map_or_else(|| attribute.to_owned(), |address| (*address).clone()),
    };
    Candidate {
        attribute: attribute.to_owned(),
        target,
        verdict: verdict(graph, &managed, outside, parent),
    }
}

fn verdict(graph: &Graph<'_>, managed: &[&String], outside: bool, parent: Parent) -> Verdict {
    let any_exists = managed.iter().any(|address| graph.exists(address));
    let any_created = managed.iter().any(|address| graph.creates(address));
    match parent {
        // What is unknown before apply is being made, unless nothing that it refers to is.
        Parent::Unknown if any_created => Verdict::New,
        Parent::Unknown if any_exists || outside => Verdict::Existing,
        Parent::Unknown => Verdict::New,
        // A name can be known before the thing exists; which of several things is meant, only the name tells.
        Parent::Known(_) if any_created && !any_exists && !outside => Verdict::New,
        Parent::Known(names) => Verdict::ExistingUnlessNamed(names),
    }
}

impl Candidate {
    /// Decides, now that all objects that the plan makes are known.
    pub(super) fn judge(self, created: &CreatedNames, redaction: &Redaction<'_>) -> Attachment {
        let existing = match &self.verdict {
            Verdict::Existing => true,
            Verdict::New => false,
            Verdict::ExistingUnlessNamed(names) => {
                names.is_empty() || !names.iter().all(|name| created.has(&self.attribute, name))
            }
        };
        let hidden = redaction.sensitive.in_text(&self.target);
        let target = if hidden {
            "(sensitive)".to_owned()
        } else {
            excerpt(&self.target, 200)
        };
        Attachment {
            attribute: self.attribute,
            target,
            existing,
        }
    }
}

/// The names of the objects that a plan makes, with their types.
#[derive(Default)]
pub(super) struct CreatedNames {
    names: BTreeSet<(String, String)>,
}

/// The attributes by which other objects refer to one.
const IDENTITIES: [&str; 15] = [
    "account_id",
    "arn",
    "bucket",
    "cluster_identifier",
    "dataset_id",
    "email",
    "function_name",
    "group_name",
    "id",
    "identifier",
    "name",
    "project_id",
    "secret_id",
    "self_link",
    "topic",
];

impl CreatedNames {
    /// Notes the names of an object that the plan makes.
    pub(super) fn add(&mut self, resource_type: &str, object: &Value) {
        let names = IDENTITIES
            .iter()
            .filter_map(|attribute| object.get(attribute)?.as_str());
        let in_metadata = object
            .get("metadata")
            .and_then(|block| block.get(0)?.get("name")?.as_str());
        for name in names.chain(in_metadata).filter(|name| !name.is_empty()) {
            self.names.insert((name.to_owned(), resource_type.to_owned()));
        }
    }

    /// Whether an object is made that the attribute can mean: `security_group_id` means a security
    /// group, and a name may be the last part of a path.
    fn has(&self, attribute: &str, name: &str) -> bool {
        let last = name.rsplit(['/', ':']).next().unwrap_or(name);
        let named = |name: &str| {
            let from = (name.to_owned(), String::new());
            self.names
                .range(from..)
                .take_while(|(candidate, _)| candidate == name)
                .any(|(_, made)| means(attribute, made))
        };
        named(name) || (last != name && named(last))
    }
}

/// What attributes call by one name and types by others.
fn also_called(kind: &str) -> &'static [&'static str] {
    match kind {
        "app" | "app_service" => &["web_app", "function_app"],
        _ => &[],
    }
}

/// What kind of thing an attribute names: `security_group` of `security_group_id`.
fn kind_in(attribute: &str) -> &str {
    [
        "_ids",
        "_id",
        "_name",
        "_names",
        "_arn",
        "_url",
        "_self_link",
        "_object_id",
        "_identifier",
    ]
    .iter()
    .find_map(|ending| attribute.strip_suffix(ending))
    .unwrap_or(attribute)
}

fn means(attribute: &str, resource_type: &str) -> bool {
    let kind = kind_in(attribute);
    let kind = kind
        .strip_prefix("remote_")
        .or_else(|| kind.strip_prefix("peer_"))
        .unwrap_or(kind);
    let anything = matches!(
        kind,
        "arn"
            | "metadata"
            | "name"
            | "parent"
            | "resource"
            | "role_ref"
            | "route"
            | "scale_target_ref"
            | "scope"
            | "service"
            | "target"
    );
    let kind = kind.trim_end_matches('s');
    anything
        || resource_type.contains(kind)
        || also_called(kind).iter().any(|name| resource_type.contains(name))
}
