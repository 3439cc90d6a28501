//! What a plan will do, whatever engine made it. Risk, gates, rendering and audit are written once,
//! over effects.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that applying a plan does to one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The address of the object: `module.network.aws_vpc.main[0]`.
    pub address: String,
    /// The key of a deposed object, which shares its address with the live one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// Where the object stood before it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_address: Option<String>,
    /// The type of the object: `aws_vpc`, `Deployment`.
    pub resource_type: String,
    /// The short name of the provider: `aws`.
    pub provider: String,
    /// What is done.
    pub action: Action,
    /// Why the engine does it, in its own word: `replace_because_tainted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_reason: Option<String>,
    /// Whether an existing object comes under management with this effect.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub importing: bool,
    /// What kind of thing the object is, where the catalogue knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The attributes that change, in a stable order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<AttributeChange>,
    /// What stays as it is and says what the changes beside it mean, by path: the ports of a rule whose sources change,
    /// the role of a binding that gets another member.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, Value>,
    /// Addresses of existing objects whose configuration refers to this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dependents: Vec<String>,
    /// What the object calls itself outside of the code: its `name`, `bucket`, `identifier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_name: Option<String>,
    /// The thing that the object is a rule, route, policy or attachment of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached_to: Option<Attachment>,
    /// The environment that the object's address, name or tags speak of, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_environment: Option<NamedEnvironment>,
}

impl Effect {
    /// An effect of which no more is known than what is done to which object.
    pub fn new(address: &str, resource_type: &str, provider: &str, action: Action) -> Self {
        Self {
            address: address.to_owned(),
            deposed: None,
            previous_address: None,
            resource_type: resource_type.to_owned(),
            provider: provider.to_owned(),
            action,
            action_reason: None,
            importing: false,
            category: None,
            attributes: Vec::new(),
            context: BTreeMap::new(),
            dependents: Vec::new(),
            object_name: None,
            attached_to: None,
            named_environment: None,
        }
    }
}

/// The thing that an object is attached to: the security group of a rule, the role of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The attribute that points to it: `security_group_id`.
    pub attribute: String,
    /// What it points to: an address where the configuration tells, otherwise the value.
    pub target: String,
    /// Whether the target existed before this plan. An attachment to something that exists counts
    /// as a change of that thing.
    pub existing: bool,
}

/// What the name of an object says about the environment that it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedEnvironment {
    /// It says production: `prod-db-password`, `Environment = live`.
    Production,
    /// It says development, test, staging or the like.
    Other,
}

/// What an effect does to its object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing; the object is listed for completeness, or it only moves or comes under management.
    NoOp,
    /// A data source is read while applying.
    Read,
    /// A new object.
    Create,
    /// An existing object is altered in place.
    Update,
    /// An existing object is destroyed.
    Delete,
    /// An existing object is destroyed first, and made anew.
    DeleteThenCreate,
    /// A new object is made first, and the existing one destroyed.
    CreateThenDelete,
    /// An existing object is no longer managed, and lives on.
    Forget,
    /// A new object is made, and the existing one forgotten.
    CreateThenForget,
    /// A provider's own operation is run while applying, which alters what it pleases.
    Invoke,
    /// A verb that this version does not know. Treated as destructive until it is known.
    Unknown(String),
}

impl Action {
    /// Whether the action may destroy something that exists.
    pub fn is_destructive(&self) -> bool {
        matches!(
            self,
            Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete | Action::Unknown(_)
        )
    }

    /// Whether the action destroys an object and makes another in its place.
    pub fn is_replacement(&self) -> bool {
        matches!(
            self,
            Action::DeleteThenCreate | Action::CreateThenDelete | Action::CreateThenForget
        )
    }

    /// Whether the action alters nothing outside of the state.
    pub fn is_idle(&self) -> bool {
        matches!(self, Action::NoOp | Action::Read)
    }

    /// Whether the object existed before the action.
    pub fn touches_existing(&self) -> bool {
        !matches!(self, Action::Create | Action::Read | Action::NoOp)
    }

    /// The sign that stands before the address in a list of resources.
    pub fn sign(&self) -> &'static str {
        match self {
            Action::NoOp => " ",
            Action::Read => "<=",
            Action::Create => "+",
            Action::Update => "~",
            Action::Delete => "-",
            Action::DeleteThenCreate => "-/+",
            Action::CreateThenDelete | Action::CreateThenForget => "+/-",
            Action::Forget => ".",
            Action::Invoke => "!",
            Action::Unknown(_) => "?",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Action::NoOp => "keeps",
            Action::Read => "reads",
            Action::Create => "creates",
            Action::Update => "updates",
            Action::Delete => "destroys",
            Action::DeleteThenCreate | Action::CreateThenDelete => "replaces",
            Action::Forget => "forgets",
            Action::CreateThenForget => "replaces and forgets",
            Action::Invoke => "invokes",
            Action::Unknown(verb) => verb,
        })
    }
}

/// What kind of thing a resource is. Rules and reviewers think in these, not in resource types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// A rule, attachment, binding or route that changes the thing it is attached to.
    AccessRule,
    /// A certificate.
    Certificate,
    /// Virtual machines, functions, clusters, containers.
    Compute,
    /// Settings of an application or a service.
    Configuration,
    /// A database, cache with persistence, or data warehouse.
    Database,
    /// A DNS zone or record.
    Dns,
    /// A key that other things are encrypted with, its aliases and grants.
    Encryption,
    /// Users, roles, policies, service accounts.
    IdentityAndAccess,
    /// A load balancer, gateway or content delivery network.
    LoadBalancing,
    /// Exists only in the state: `null_resource`, `terraform_data`, `random_*`.
    Logical,
    /// Queues, topics, streams.
    Messaging,
    /// Metrics, alarms, dashboards, logs.
    Monitoring,
    /// Networks, subnets, routes, gateways, peerings.
    Network,
    /// A route in a route table, or another attachment to a network.
    NetworkRule,
    /// A scaling policy or schedule.
    Scaling,
    /// A secret, or its value.
    Secret,
    /// A security group or firewall.
    SecurityGroup,
    /// Buckets, disks, file systems, registries.
    Storage,
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Category::AccessRule => "access rule",
            Category::Certificate => "certificate",
            Category::Compute => "compute",
            Category::Configuration => "configuration",
            Category::Database => "database",
            Category::Dns => "DNS",
            Category::Encryption => "encryption",
            Category::IdentityAndAccess => "identity and access",
            Category::LoadBalancing => "load balancing",
            Category::Logical => "logical",
            Category::Messaging => "messaging",
            Category::Monitoring => "monitoring",
            Category::Network => "network",
            Category::NetworkRule => "network rule",
            Category::Scaling => "scaling",
            Category::Secret => "secret",
            Category::SecurityGroup => "security group",
            Category::Storage => "storage",
        })
    }
}

/// One attribute that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeChange {
    /// The path from the object's root: `ingress[0].cidr_blocks[1]`.
    pub path: String,
    /// The value before.
    pub before: AttributeValue,
    /// The value after.
    pub after: AttributeValue,
    /// Whether this attribute is why the object is replaced.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forces_replacement: bool,
    /// Whether the provider works the value out by itself, or fills a default in: the configuration does not set it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub computed: bool,
}

impl AttributeChange {
    /// A change from one value to another, which forces no replacement.
    pub fn new(path: &str, before: AttributeValue, after: AttributeValue) -> Self {
        Self {
            path: path.to_owned(),
            before,
            after,
            forces_replacement: false,
            computed: false,
        }
    }

    /// Whether nothing stands on either side: to providers an empty text, list or block is no more than none.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// A value before or after, redacted before it reaches anything that stores or shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeValue {
    /// The attribute is not there.
    Absent,
    /// The value, which is not sensitive.
    Known(Value),
    /// Known only after apply.
    Unknown,
    /// Sensitive. The fingerprint is keyed: equal values have equal fingerprints under one key, and
    /// nothing can be learnt from it without the key.
    Sensitive {
        /// Absent when no key was given, in which case no two sensitive values are held equal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<String>,
    },
}

impl AttributeValue {
    /// Whether it is not there, or an empty text, list or block.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Known(Value::String(text)) => text.is_empty(),
            Self::Known(Value::Array(parts)) => parts.is_empty(),
            Self::Known(Value::Object(parts)) => parts.is_empty(),
            Self::Known(_) | Self::Unknown | Self::Sensitive { .. } => false,
        }
    }
}

/// How many objects a plan adds, changes and destroys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// New objects, those of replacements included, as Terraform counts.
    pub add: usize,
    /// Objects altered in place.
    pub change: usize,
    /// Objects destroyed, those of replacements included.
    pub destroy: usize,
    /// Objects replaced; also counted in `add` and `destroy`.
    pub replace: usize,
    /// Objects that come under management.
    pub import: usize,
    /// Objects that move to another address.
    #[serde(rename = "move")]
    pub moved: usize,
    /// Objects that are no longer managed.
    pub forget: usize,
}

impl Summary {
    /// Counts effects.
    pub fn of(effects: &[Effect]) -> Self {
        let mut summary = Self::default();
        for effect in effects {
            summary.count(effect);
        }
        summary
    }

    fn count(&mut self, effect: &Effect) {
        let replaced = effect.action.is_replacement();
        self.add += usize::from(effect.action == Action::Create || replaced);
        self.change += usize::from(effect.action == Action::Update);
        self.destroy += usize::from(effect.action.is_destructive());
        self.replace += usize::from(replaced);
        self.import += usize::from(effect.importing);
        self.moved += usize::from(effect.previous_address.is_some());
        self.forget += usize::from(matches!(effect.action, Action::Forget | Action::CreateThenForget));
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, verb) in [
            (self.import, "import"),
            (self.moved, "move"),
            (self.forget, "forget"),
        ] {
            if count > 0 {
                write!(f, "{count} to {verb}, ")?;
            }
        }
        write!(
            f,
            "{} to add, {} to change, {} to destroy",
            self.add, self.change, self.destroy
        )
    }
}

/// Existing objects that a plan can harm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlastRadius {
    /// Existing objects altered in place.
    pub altered: usize,
    /// Existing objects destroyed or replaced.
    pub destroyed: usize,
    /// Existing objects whose configuration refers to one of those.
    pub dependent: usize,
}

impl BlastRadius {
    /// Whether nothing that exists is touched.
    pub fn is_new_resources_only(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for BlastRadius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_new_resources_only() {
            return f.write_str("new resources only");
        }
        write!(
            f,
            "{} existing altered, {} destroyed, {} depending on those",
            self.altered, self.destroyed, self.dependent
        )
    }
}
