//! One definition of a rule or function.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use regorus::unstable::{Expr, Import, Module, Rule, RuleHead};

use super::variables::Variables;
use super::walk::{self, Shown};

/// A call of a function, where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// What is called, as it is written; nothing when it only stands in for another function.
    pub(crate) written: String,
    /// The place of the function among the packages.
    pub(crate) path: Vec<String>,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A definition of a rule or a function.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    /// The names from `data` to the package.
    pub(crate) package: Vec<String>,
    /// The names from the package to the rule; more than one in `a.b := 1`.
    pub(crate) names: Vec<String>,
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) is_function: bool,
    /// Whether it is an object with a key for each answer, as `deny[msg] if` is.
    pub(crate) is_keyed: bool,
    pub(crate) calls: Vec<Call>,
    /// Paths among the packages that it may refer to; a name may be a variable of its own, too.
    pub(crate) references: Vec<Vec<String>>,
    pub(super) variables: Variables,
    /// The names that the file imports.
    pub(super) imports: Arc<BTreeSet<String>>,
}

impl Definition {
    /// The first of its names.
    pub(crate) fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// The path of the rule among the packages.
    pub(crate) fn path(&self) -> Vec<String> {
        self.package.iter().chain(&self.names).cloned().collect()
    }
}

/// All definitions of a file.
pub(super) fn of_module(module: &Module) -> Vec<Definition> {
    let names = Names::of(module);
    module.policy.iter().map(|rule| of_rule(rule, &names)).collect()
}

fn of_rule(rule: &Rule, names: &Names) -> Definition {
    let (head, is_function, is_keyed) = match rule {
        Rule::Default { refr, args, .. } => (refr, !args.is_empty(), false),
        Rule::Spec { head, .. } => match head {
            RuleHead::Func { refr, .. } => (refr, true, false),
            RuleHead::Set { refr, .. } => (refr, false, false),
            RuleHead::Compr { refr, assign, .. } => {
                let keyed = matches!(refr.as_ref(), Expr::RefBrack { .. }) && assign.is_none();
                (refr, false, keyed)
            }
        },
    };
    let span = rule.span();
    let mut definition = Definition {
        package: names.package.clone(),
        names: static_path(head),
        file: span.source.get_path().clone(),
        line: span.line,
        column: span.col,
        is_function,
        is_keyed,
        calls: Vec::new(),
        references: Vec::new(),
        variables: Variables::default(),
        imports: Arc::clone(&names.imported),
    };
    walk::rule(rule, &mut |shown| {
        definition.variables.note(shown);
        match shown {
            Shown::Value(expression) => note(expression, names, &mut definition),
            Shown::Stead(expression) => note_stead(expression, names, &mut definition),
            Shown::Pattern(_) | Shown::Name(_) => {}
        }
    });
    definition
}

/// Notes what an expression calls or refers to.
fn note(expression: &Expr, names: &Names, definition: &mut Definition) {
    match expression {
        Expr::Call { span, fcn, .. } => {
            let written = static_path(fcn);
            definition.calls.push(Call {
                path: names.resolve(&written),
                written: written.join("."),
                line: span.line,
                column: span.col,
            });
        }
        Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => {
            let written = static_path(expression);
            if !matches!(written.first().map(String::as_str), None | Some("input")) {
                definition.references.push(names.resolve(&written));
            }
        }
        _ => {}
    }
}

/// Notes a function that stands in for another: it is called where the other is.
fn note_stead(expression: &Expr, names: &Names, definition: &mut Definition) {
    let path = static_path(expression);
    if !path.is_empty() {
        let span = expression.span();
        definition.calls.push(Call {
            path: names.resolve(&path),
            written: String::new(),
            line: span.line,
            column: span.col,
        });
    }
}

/// The names at the start of a reference, as far as they do not depend on values: `a.b` of `a.b[x].c`.
fn static_path(expression: &Expr) -> Vec<String> {
    match expression {
        Expr::Var { span, .. } => vec![span.text().to_owned()],
        Expr::RefDot { refr, field, .. } => {
            let (before, complete) = before(refr);
            before
                .into_iter()
                .chain(complete.then(|| field.0.text().to_owned()))
                .collect()
        }
        Expr::RefBrack { refr, index, .. } => {
            let (before, complete) = before(refr);
            before
                .into_iter()
                .chain(constant(index).filter(|_| complete))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The path of the part before, and whether nothing in it depends on values.
fn before(reference: &Expr) -> (Vec<String>, bool) {
    let complete = match reference {
        Expr::Var { .. } => true,
        Expr::RefDot { refr, .. } => before(refr).1,
        Expr::RefBrack { refr, index, .. } => constant(index).is_some() && before(refr).1,
        _ => false,
    };
    (static_path(reference), complete)
}

fn constant(index: &Expr) -> Option<String> {
    match index {
        Expr::String { value, .. } | Expr::RawString { value, .. } => {
            value.as_string().ok().map(|text| text.to_string())
        }
        _ => None,
    }
}

/// What names mean in one file.
struct Names {
    package: Vec<String>,
    /// Paths among the packages by the name that an import gives them.
    imports: BTreeMap<String, Vec<String>>,
    /// All names of imports.
    imported: Arc<BTreeSet<String>>,
}

impl Names {
    fn of(module: &Module) -> Self {
        let imports = module.imports.iter();
        Self {
            package: static_path(&module.package.refr),
            imports: imports.clone().filter_map(package_of).collect(),
            imported: Arc::new(imports.filter_map(name_of).collect()),
        }
    }

    /// The path among the packages that a reference means when it means any.
    fn resolve(&self, written: &[String]) -> Vec<String> {
        let Some((first, rest)) = written.split_first() else {
            return Vec::new();
        };
        let start = match self.imports.get(first) {
            Some(path) => path.as_slice(),
            None if first == "data" => &[],
            None => return self.package.iter().chain(written).cloned().collect(),
        };
        start.iter().chain(rest).cloned().collect()
    }
}

/// The name that an import gives to something.
fn name_of(import: &Import) -> Option<String> {
    let name = import.r#as.as_ref().map(|name| name.text().to_owned());
    name.or_else(|| static_path(&import.refr).pop())
}

/// The name that an import gives to a path among the packages.
fn package_of(import: &Import) -> Option<(String, Vec<String>)> {
    let path = static_path(&import.refr);
    let (first, rest) = path.split_first()?;
    (first == "data" && !rest.is_empty()).then(|| Some((name_of(import)?, rest.to_vec())))?
}
