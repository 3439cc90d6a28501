//! What policies answer.

use lockkeeper_domain::risk::{Reason, RiskClass};
use serde::Serialize;
use serde_json::{Map, Value};

/// One thing that a policy has to say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The package of the rule, without `data`: `main`.
    pub namespace: String,
    /// The name of the rule: `deny_open_ports`.
    pub rule: String,
    /// What it says.
    pub message: String,
    /// What else the rule gave with the message.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// The file in which the rule stands first.
    pub file: String,
    /// Its line.
    pub line: u32,
}

/// A rule that did not count, because an exception names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excepted {
    /// The package of the rule.
    pub namespace: String,
    /// The name of the rule.
    pub rule: String,
}

/// The class that policies ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyClass {
    /// The highest that any rule asks for.
    pub class: RiskClass,
    /// Why, the most severe first. The rule of each is `policy:NAMESPACE.RULE`. Added to the reasons of
    /// an assessment they can only raise its class.
    pub reasons: Vec<Reason>,
}

/// The answer of a set of policies about one plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PolicyOutcome {
    /// What forbids the plan. The gate is open when this is empty.
    pub denied: Vec<Finding>,
    /// What should be known.
    pub warnings: Vec<Finding>,
    /// The class that the policies ask for, if they ask for one.
    pub class: Option<PolicyClass>,
    /// Rules that did not count, because an exception names them.
    pub excepted: Vec<Excepted>,
    /// How many rules were asked. None at all is worth a word: the namespace may be misspelt.
    pub rules: usize,
    /// How many findings there were beyond those that are kept; they count as denied or warned all the
    /// same, since some of each are always kept.
    pub omitted: usize,
    /// What the policies printed, each with file and line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prints: Vec<String>,
}

impl PolicyOutcome {
    /// Whether the plan may go on.
    pub fn is_open(&self) -> bool {
        self.denied.is_empty()
    }
}
