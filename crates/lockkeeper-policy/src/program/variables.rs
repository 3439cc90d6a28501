//! Variables that nothing gives a value: mostly names that are misspelt.
//!
//! The interpreter tells some of them when it reads a rule, some when it comes to them, and takes a
//! variable of `some` that nothing binds for false, so that a rule never denies. OPA refuses all of them.

use std::collections::BTreeSet;

use regorus::unstable::{AssignOp, BUILTINS, Expr};

use super::Definition;
use super::walk::Shown;
use crate::problem::PolicyProblem;

/// The variables of a definition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Variables {
    /// Names that are used, with line and column of each use.
    used: Vec<(String, u32, u32)>,
    bound: BTreeSet<String>,
}

impl Variables {
    /// Notes what is shown of a definition. `base`: the name at the start of a reference.
    pub(super) fn note(&mut self, shown: Shown<'_>) {
        match shown {
            Shown::Stead(_) => {}
            Shown::Name(name) => _ = self.bound.insert(name.to_owned()),
            Shown::Pattern(pattern) => self.bind(pattern),
            Shown::Value(expression) => self.note_value(expression),
        }
    }

    fn note_value(&mut self, expression: &Expr) {
        match expression {
            Expr::AssignExpr { op, lhs, rhs, .. } => {
                self.bind(lhs);
                if *op == AssignOp::Eq {
                    self.bind(rhs);
                }
            }
            Expr::Call { fcn, params, .. } if takes_value(fcn, params.len()) => {
                params.iter().last().into_iter().for_each(|last| self.bind(last));
            }
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => self.use_base(expression),
            _ => {}
        }
    }

    fn use_base(&mut self, reference: &Expr) {
        match reference {
            Expr::Var { span, .. } => self.used.push((span.text().to_owned(), span.line, span.col)),
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => self.use_base(refr),
            _ => {}
        }
    }

    /// Every variable of a pattern is given a value.
    fn bind(&mut self, pattern: &Expr) {
        match pattern {
            Expr::Var { span, .. } => _ = self.bound.insert(span.text().to_owned()),
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                items.iter().for_each(|item| self.bind(item))
            }
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| self.bind(value)),
            _ => {}
        }
    }
}

/// Whether the last argument takes the value of the function: `walk(x, [path, value])`. Of functions of
/// policies it may be so.
fn takes_value(function: &Expr, arguments: usize) -> bool {
    match BUILTINS.get(function.span().text()) {
        Some((_, expected)) => arguments > usize::from(*expected),
        None => arguments > 1,
    }
}

/// One problem for each variable without a value.
pub(super) fn problems(definitions: &[Definition]) -> Vec<PolicyProblem> {
    let rules: BTreeSet<(&[String], &str)> = definitions
        .iter()
        .map(|definition| (definition.package.as_slice(), definition.name()))
        .collect();
    let mut problems = Vec::new();
    for definition in definitions {
        let variables = &definition.variables;
        let is_known = |name: &str| {
            matches!(name, "_" | "input" | "data")
                || variables.bound.contains(name)
                || definition.imports.contains(name)
                || rules.contains(&(definition.package.as_slice(), name))
        };
        let unknown = variables.used.iter().filter(|(name, ..)| !is_known(name));
        problems.extend(unknown.map(|(name, line, column)| {
            let message = format!(
                "nothing gives `{name}` a value: it is no rule of the package, no import and no variable"
            );
            PolicyProblem::at(&definition.file, *line, *column, message)
        }));
    }
    problems
}
