//! Calls of functions that are not there.

use std::collections::BTreeSet;

use regorus::unstable::BUILTINS;

use super::Definition;
use crate::problem::PolicyProblem;

/// Functions of OPA and Conftest that policies here do not have, and why.
const ABSENT: [(&str, &str); 8] = [
    ("http.send", "policies have no network"),
    ("net.lookup_ip_addr", "policies have no network"),
    ("opa.runtime", "policies do not see the process that they run in"),
    ("io.jwt.", "tokens are not read by policies"),
    ("crypto.", "digests and certificates are not read by policies"),
    ("rego.", "policies do not look at themselves"),
    (
        "parse_config",
        "there are no files but the plan: write the input into the test with `with input as`",
    ),
    ("parse_combined_config_files", "there are no files but the plan"),
];

/// One problem for each function that is called and is not there.
pub(super) fn unknown_functions(definitions: &[Definition]) -> Vec<PolicyProblem> {
    let functions = definitions.iter().filter(|definition| definition.is_function);
    let known: BTreeSet<Vec<String>> = functions.map(Definition::path).collect();
    let mut problems = Vec::new();
    for definition in definitions {
        for call in &definition.calls {
            let there = call.written == "print"
                || known.contains(&call.path)
                || BUILTINS.contains_key(call.written.as_str());
            if there || call.written.is_empty() {
                continue;
            }
            let because = ABSENT.iter().find(|(name, _)| call.written.starts_with(name));
            let because = because.map_or(String::new(), |(_, because)| format!(": {because}"));
            let message = format!("there is no function `{}`{because}", call.written);
            problems.push(PolicyProblem::at(
                &definition.file,
                call.line,
                call.column,
                message,
            ));
        }
    }
    problems
}
