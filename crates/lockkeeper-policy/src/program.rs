//! What the policies hold: their rules, and what each refers to.
//!
//! The interpreter neither refuses a function that calls itself, which would break its stack, nor one
//! that is not there before it is called. Both are found here.

mod calls;
mod definition;
mod order;
mod variables;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use regorus::Engine;

pub(crate) use definition::Definition;

use crate::convention::Purpose;
use crate::limits::RULES;
use crate::problem::PolicyProblem;

/// All rules, in the order of files and lines.
pub(crate) struct Program {
    pub(crate) definitions: Vec<Definition>,
}

impl Program {
    /// Reads the rules that the interpreter has parsed.
    pub(crate) fn of(engine: &mut Engine) -> Self {
        let modules = engine.get_modules().iter();
        let definitions = modules.flat_map(|module| definition::of_module(module)).collect();
        Self { definitions }
    }

    /// Every mistake that the interpreter would not tell, or only when it is too late.
    pub(crate) fn problems(&self) -> Vec<PolicyProblem> {
        let mut problems = Vec::new();
        if self.definitions.len() > RULES {
            problems.push(PolicyProblem::of_file(
                "",
                format!("the policies have more than {RULES} rules"),
            ));
            return problems;
        }
        problems.extend(calls::unknown_functions(&self.definitions));
        problems.extend(order::problems(&self.definitions));
        problems.extend(variables::problems(&self.definitions));
        problems.extend(self.tests_of_one_name());
        problems.extend(self.definitions.iter().filter_map(keys_instead_of_messages));
        problems
    }

    /// The names of the rules with a purpose, each once, with the place of its first definition.
    pub(crate) fn purposeful(&self) -> Vec<(&Definition, Purpose)> {
        let mut seen = BTreeSet::new();
        let rules = self
            .definitions
            .iter()
            .filter(|definition| !definition.is_function);
        rules
            .filter_map(|definition| Some((definition, Purpose::of(definition.name())?)))
            .filter(|(definition, _)| seen.insert((&definition.package, definition.name())))
            .collect()
    }

    /// Two tests of one name would be one that passes when either does.
    fn tests_of_one_name(&self) -> Vec<PolicyProblem> {
        let mut first: BTreeMap<(&[String], &str), &Definition> = BTreeMap::new();
        let mut problems = Vec::new();
        let tests = self
            .definitions
            .iter()
            .filter(|definition| Purpose::of(definition.name()) == Some(Purpose::Test));
        for test in tests {
            let known = first.entry((&test.package, test.name())).or_insert(test);
            if !std::ptr::eq(*known, test) {
                let message = format!(
                    "the test `{}` stands in {}:{} too: give each its own name",
                    test.name(),
                    known.file,
                    known.line
                );
                problems.push(PolicyProblem::at(&test.file, test.line, test.column, message));
            }
        }
        problems
    }
}

/// `deny[msg] if` makes an object of Rego 1.0, where a set is meant, and would never deny.
fn keys_instead_of_messages(definition: &Definition) -> Option<PolicyProblem> {
    let asked = Purpose::of(definition.name()).is_some_and(Purpose::is_asked);
    (asked && definition.is_keyed).then(|| {
        let name = definition.name();
        let message =
            format!("`{name}[...] if` gives no messages in Rego 1.0: write `{name} contains msg if`");
        PolicyProblem::at(&definition.file, definition.line, definition.column, message)
    })
}
