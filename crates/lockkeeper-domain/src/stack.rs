//! A stack: a Terraform root module bound to environments (spec, words).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::verification::Verification;

/// A stack as the repository's `.lockkeeper/project.toml` declares it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stack {
    /// The name, unique in the project.
    pub name: Name,
    /// The folder from the repository's root, with `{environment}` where the environment's name
    /// stands: `environments/{environment}/network`.
    pub folder: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Terraform variables for every environment, then for each; values are given as JSON.
    pub variables: BTreeMap<String, serde_json::Value>,
    /// Terraform variables of one environment, which win over `variables`.
    pub environment_variables: BTreeMap<Name, BTreeMap<String, serde_json::Value>>,
    /// How to go back, in words.
    pub rollback: Option<String>,
    /// Whether a failed verification rolls back by itself.
    pub automatic_rollback: bool,
    /// What is looked at after an apply.
    pub verification: Option<Verification>,
}

impl Stack {
    /// The folder of the stack in the environment.
    pub fn folder_in(&self, environment: &Name) -> String {
        self.folder.replace("{environment}", environment.as_str())
    }

    /// The variables of the stack in the environment.
    pub fn variables_in(&self, environment: &Name) -> BTreeMap<String, serde_json::Value> {
        let mut variables = self.variables.clone();
        variables.extend(
            self.environment_variables
                .get(environment)
                .cloned()
                .unwrap_or_default(),
        );
        variables
    }
}
