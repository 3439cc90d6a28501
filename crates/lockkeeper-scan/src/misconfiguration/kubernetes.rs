//! Workloads, roles and services of Kubernetes: as resources of their own, and as manifests.

use serde_json::Value;

use super::Detail;
use super::address_range::is_world;
use super::ports::{Opening, Ports};
use crate::resource::{Block, Node, Resource};

/// Capabilities that are as good as being root on the node.
const CAPABILITIES: [&str; 7] = [
    "ALL",
    "BPF",
    "DAC_READ_SEARCH",
    "SYS_ADMIN",
    "SYS_MODULE",
    "SYS_PTRACE",
    "SYS_RAWIO",
];

/// Folders of the node that give the node to whoever may write there, with what is below them.
const FOLDERS: [&str; 9] = [
    "/boot",
    "/dev",
    "/etc",
    "/proc",
    "/root",
    "/run/containerd",
    "/sys",
    "/var/lib/kubelet",
    "/var/run",
];

/// Who everybody is, with or without an account of the cluster.
const EVERYBODY: [&str; 3] = [
    "system:anonymous",
    "system:authenticated",
    "system:unauthenticated",
];

/// A part of an object, and how its keys are spelt.
struct Part<'r> {
    block: Block<'r>,
    manifest: bool,
}

impl<'r> Part<'r> {
    /// Keys as the provider spells them (`security_context.run_as_user`), as this part does.
    fn spelt(&self, path: &str) -> String {
        let key = |key: &str| match key {
            _ if !self.manifest => key.to_owned(),
            "container" | "port" | "rule" | "subject" | "volume" => format!("{key}s"),
            "init_container" => "initContainers".to_owned(),
            key => camel_case(key),
        };
        path.split('.').map(key).collect::<Vec<_>>().join(".")
    }

    fn at(&self, path: &str) -> Vec<(String, &'r Node<'r>)> {
        self.block.at(&self.spelt(path))
    }

    fn blocks(&self, path: &str) -> Vec<Part<'r>> {
        let found = self.block.blocks(&self.spelt(path)).into_iter();
        found
            .map(|block| Part {
                block,
                manifest: self.manifest,
            })
            .collect()
    }

    fn texts(&self, path: &str) -> Vec<(String, &'r str)> {
        self.block.texts(&self.spelt(path))
    }

    fn text(&self, path: &str) -> Option<&'r str> {
        self.block.text(&self.spelt(path))
    }

    /// Where a flag is true.
    fn flag(&self, path: &str) -> Option<String> {
        let is_true = |node: &Node<'_>| matches!(node, Node::Plain(Value::Bool(true)));
        let found = self.at(path).into_iter().find(|(_, node)| is_true(node));
        found.map(|(path, _)| path)
    }
}

fn camel_case(key: &str) -> String {
    let mut words = key.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    first + &words.map(capitalised).collect::<String>()
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    match characters.next() {
        _ if ["pid", "ipc"].contains(&word) => word.to_ascii_uppercase(),
        Some(initial) => initial.to_ascii_uppercase().to_string() + characters.as_str(),
        None => String::new(),
    }
}

/// What is dangerous in the resource.
pub(super) fn details(resource: &Resource<'_>) -> Vec<Detail> {
    let kind = resource.effect.resource_type.as_str();
    if !kind.starts_with("kubernetes_") {
        return Vec::new();
    }
    let Some((kind, object)) = object(resource, kind) else {
        return Vec::new();
    };
    match kind.as_str() {
        "Service" => service(&object),
        "Role" | "ClusterRole" => role(&object, kind == "ClusterRole"),
        "RoleBinding" | "ClusterRoleBinding" => binding(&object),
        _ => {
            let pods = pods(&kind).map(|path| object.blocks(path));
            pods.into_iter()
                .flatten()
                .flat_map(|pod| self::pod(&pod))
                .collect()
        }
    }
}

/// The object, and its kind as Kubernetes calls it: `Deployment` for `kubernetes_deployment_v1`.
fn object<'r>(resource: &'r Resource<'_>, resource_type: &str) -> Option<(String, Part<'r>)> {
    if resource_type == "kubernetes_manifest" {
        let block = resource.blocks("manifest").into_iter().next()?;
        // An update does not show its kind; most that have a `template` are of this form.
        let kind = block.text("kind").unwrap_or("Deployment").to_owned();
        let manifest = true;
        return Some((kind, Part { block, manifest }));
    }
    let name = resource_type.strip_prefix("kubernetes_")?;
    let name = match name.rsplit_once("_v") {
        Some((name, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => name,
        _ => name,
    };
    let kind = match name {
        "daemonset" => "DaemonSet".to_owned(),
        name => name.split('_').map(capitalised).collect(),
    };
    let block = resource.blocks("").into_iter().next()?;
    let manifest = false;
    Some((kind, Part { block, manifest }))
}

/// Where the pods of a kind are described.
fn pods(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some("spec"),
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            Some("spec.template.spec")
        }
        "CronJob" => Some("spec.job_template.spec.template.spec"),
        _ => None,
    }
}

fn detail(rule: &'static str, attribute: String, text: String) -> Detail {
    Detail {
        rule,
        attribute,
        text,
    }
}

fn pod(pod: &Part<'_>) -> Vec<Detail> {
    let mut found = Vec::new();
    for key in ["host_network", "host_pid", "host_ipc"] {
        if let Some(path) = pod.flag(key) {
            let text = format!("`{path}` is true");
            found.push(detail("kubernetes-host-namespace", path, text));
        }
    }
    for (path, folder) in pod.texts("volume.host_path.path") {
        let rule = match is_of_the_system(folder) {
            true => "kubernetes-host-system-folder",
            false => "kubernetes-host-folder",
        };
        let text = format!("`{path}` is {folder}");
        found.push(detail(rule, path, text));
    }
    let containers = pod.blocks("container");
    for container in containers.iter().chain(&pod.blocks("init_container")) {
        found.extend(any_container(pod, container));
    }
    // A container that only prepares the others ends soon.
    for container in &containers {
        found.extend(no_memory_limit(container));
    }
    found
}

/// The provider fills in `resources` when nobody writes it: a block that is unknown as a whole is not set.
fn no_memory_limit(container: &Part<'_>) -> Option<Detail> {
    let filled_in = |(_, node): &(String, &Node<'_>)| **node == Node::Hidden && !container.manifest;
    let absent = container.at("resources").iter().any(filled_in);
    let limits = container.at("resources.limits.memory").into_iter();
    let mut unset = limits.filter(|(_, node)| absent || **node == Node::NotSet);
    let (path, _) = unset.next()?;
    let text = format!("`{path}` is not set");
    Some(detail("kubernetes-no-memory-limit", path, text))
}

fn is_of_the_system(folder: &str) -> bool {
    let folder = folder.trim_end_matches('/');
    let is_below = |top: &str| {
        folder
            .strip_prefix(top)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // The whole of `/var` holds what is below it; that of `/var/log` does not.
    folder.is_empty() || folder == "/var" || folder == "/run" || FOLDERS.iter().any(|top| is_below(top))
}

fn any_container(pod: &Part<'_>, container: &Part<'_>) -> Vec<Detail> {
    let mut found = Vec::new();
    if let Some(path) = container.flag("security_context.privileged") {
        let text = format!("`{path}` is true");
        found.push(detail("kubernetes-privileged-container", path, text));
    }
    for (path, name) in container.texts("security_context.capabilities.add") {
        let plain = name.to_ascii_uppercase();
        if CAPABILITIES.contains(&plain.trim_start_matches("CAP_")) {
            let text = format!("`{path}` is {name}");
            found.push(detail("kubernetes-dangerous-capability", path, text));
        }
    }
    found.extend(root_user(pod, container));
    for (path, image) in container.texts("image") {
        if !is_fixed(image) {
            let text = format!("`{path}` is {image}");
            found.push(detail("kubernetes-latest-image", path, text));
        }
    }
    found
}

/// What the container says of its user wins over what the pod says.
fn root_user(pod: &Part<'_>, container: &Part<'_>) -> Option<Detail> {
    let key = "security_context.run_as_user";
    let user = |part: &Part<'_>| part.block.number(&part.spelt(key));
    let (part, user) = match user(container) {
        Some(user) => (container, user),
        None => (pod, user(pod)?),
    };
    let path = part.at(key).into_iter().next()?.0;
    let text = format!("`{path}` is 0");
    (user == 0).then(|| detail("kubernetes-root-user", path, text))
}

/// Whether an image has a version: a digest, or a tag that is not `latest`.
fn is_fixed(image: &str) -> bool {
    let name = image.rsplit('/').next().unwrap_or(image);
    let tagged = name.split_once(':').is_some_and(|(_, tag)| tag != "latest");
    image.contains('@') || tagged || image.is_empty()
}

fn role(role: &Part<'_>, whole_cluster: bool) -> Vec<Detail> {
    let mut found = Vec::new();
    for rule in role.blocks("rule") {
        let all = |key: &str| rule.texts(key).into_iter().find(|(_, text)| *text == "*");
        let Some((path, _)) = all("verbs") else { continue };
        let everything = all("resources").is_some() && all("api_groups").is_some();
        found.push(if everything && whole_cluster {
            let text = format!("`{path}` is every verb, on every resource of the cluster");
            detail("wildcard-permissions", path, text)
        } else {
            let text = format!("`{path}` is every verb");
            detail("kubernetes-wildcard-verbs", path, text)
        });
    }
    found
}

fn binding(binding: &Part<'_>) -> Vec<Detail> {
    let mut found = Vec::new();
    let role = binding.text("role_ref.name").unwrap_or_default();
    if role == "cluster-admin" {
        let path = binding.spelt("role_ref.name");
        let text = format!("`{path}` is {role}");
        found.push(detail("administrator-role", path, text));
    }
    for (path, subject) in binding.texts("subject.name") {
        if EVERYBODY.contains(&subject) {
            let role = if role.is_empty() { "the role" } else { role };
            found.push(detail("public-member", path, format!("{subject} gets {role}")));
        }
    }
    found
}

/// A service that a load balancer puts on the internet. Ports for the web may be open.
fn service(service: &Part<'_>) -> Vec<Detail> {
    if service.text("spec.type") != Some("LoadBalancer") || is_internal(service) {
        return Vec::new();
    }
    let ranges = service.at("spec.load_balancer_source_ranges");
    let world = ranges.into_iter().find(|(_, node)| match node {
        Node::NotSet => true,
        Node::Plain(Value::String(range)) => is_world(range),
        _ => false,
    });
    let Some((attribute, _)) = world else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for port in service.blocks("spec.port") {
        let Some(number) = port.block.number("port") else {
            continue;
        };
        let opening = Opening {
            attribute: attribute.clone(),
            who: "the world".to_owned(),
            ports: Ports::between(number, number),
        };
        let known = opening.details();
        if known.is_empty() && ![80, 443].contains(&number) {
            let text = format!("the world reaches port {number}");
            found.push(detail("kubernetes-open-load-balancer", attribute.clone(), text));
        }
        found.extend(known);
    }
    found
}

/// Whether an annotation keeps the load balancer in the network, or might: one that is not known yet.
fn is_internal(service: &Part<'_>) -> bool {
    service
        .at("metadata.annotations")
        .iter()
        .any(|(_, node)| match node {
            Node::Object { parts, .. } => parts.iter().any(|(key, value)| {
                let internal = match value {
                    Node::Plain(Value::Bool(internal)) => *internal,
                    Node::Plain(Value::String(text)) if key.ends_with("internal") => text != "false",
                    Node::Plain(Value::String(text)) => text.eq_ignore_ascii_case("internal"),
                    _ => false,
                };
                key.contains("load-balancer") && internal
            }),
            Node::Hidden => true,
            _ => false,
        })
}
