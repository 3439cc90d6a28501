//! Resolves references of the configuration to the resources that they end at.

use std::collections::{BTreeMap, BTreeSet};

use super::configuration::{Configuration, Module, Resource};
use crate::address::without_indices;

/// Where a reference ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A managed resource, by its address in the configuration (without indices).
    Managed(String),
    /// Something that stands outside of the plan: a data source, or a variable of the root module.
    Outside,
}

/// All references of a configuration, resolved.
#[derive(Default)]
pub(super) struct References {
    /// For each resource and attribute, what the attribute refers to.
    by_attribute: BTreeMap<String, BTreeMap<String, BTreeSet<Target>>>,
    /// For each resource, the resources that refer to it.
    dependents: BTreeMap<String, BTreeSet<String>>,
}

impl References {
    /// Resolves the references of all resources.
    pub(super) fn of(configuration: &Configuration<'_>) -> Self {
        let mut references = Self::default();
        references.add_module(&Scope {
            module: &configuration.root_module,
            address: String::new(),
            parent: None,
        });
        references
    }

    /// Whether the configuration has the resource.
    pub(super) fn knows(&self, resource: &str) -> bool {
        self.by_attribute.contains_key(resource)
    }

    /// Whether the configuration sets the attribute of the resource.
    pub(super) fn sets(&self, resource: &str, attribute: &str) -> bool {
        self.by_attribute
            .get(resource)
            .is_some_and(|attributes| attributes.contains_key(attribute))
    }

    /// What an attribute of a resource refers to.
    pub(super) fn targets(&self, resource: &str, attribute: &str) -> Option<&BTreeSet<Target>> {
        self.by_attribute.get(resource)?.get(attribute)
    }

    /// The resources that refer to a resource.
    pub(super) fn dependents(&self, resource: &str) -> impl Iterator<Item = &String> {
        self.dependents.get(resource).into_iter().flatten()
    }

    fn add_module(&mut self, scope: &Scope<'_, '_>) {
        for resource in &scope.module.resources {
            if resource.mode.as_ref().is_none_or(|mode| mode.0 != "data") {
                self.add_resource(scope, resource);
            }
        }
        for (name, call) in &scope.module.module_calls {
            let address = scope.inside(&format!("module.{}", name.0));
            self.add_module(&Scope {
                module: &call.module,
                address,
                parent: Some((scope, &name.0)),
            });
        }
    }

    fn add_resource(&mut self, scope: &Scope<'_, '_>, resource: &Resource<'_>) {
        let address = scope.inside(&format!("{}.{}", resource.resource_type.0, resource.name.0));
        let iterated = resource
            .for_each_expression
            .0
            .iter()
            .chain(&resource.count_expression.0);
        let iterated = resolve_all(scope, iterated.map(AsRef::as_ref), &BTreeSet::new());
        let mut all = resolve_all(
            scope,
            resource.depends_on.iter().map(|text| text.0.as_ref()),
            &iterated,
        );
        all.extend(iterated.iter().cloned());
        let mut attributes = BTreeMap::new();
        for (attribute, references) in &resource.expressions.0 {
            let targets = resolve_all(scope, references.0.iter().map(AsRef::as_ref), &iterated);
            all.extend(targets.iter().cloned());
            attributes.insert(attribute.clone().into_owned(), targets);
        }
        for target in all {
            match target {
                Target::Managed(target) if target != address => {
                    self.dependents.entry(target).or_default().insert(address.clone());
                }
                _ => {}
            }
        }
        self.by_attribute.insert(address, attributes);
    }
}

/// A module, and the call that it was made by.
struct Scope<'s, 'a> {
    module: &'s Module<'a>,
    address: String,
    parent: Option<(&'s Scope<'s, 'a>, &'s str)>,
}

impl Scope<'_, '_> {
    fn inside(&self, name: &str) -> String {
        if self.address.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.address)
        }
    }
}

/// How many steps one attribute's references may take; hostile configurations refer in circles.
const MOST_STEPS: usize = 500;

fn resolve_all<'r>(
    scope: &Scope<'_, '_>,
    references: impl Iterator<Item = &'r str>,
    iterated: &BTreeSet<Target>,
) -> BTreeSet<Target> {
    let mut found = BTreeSet::new();
    let mut steps = MOST_STEPS;
    for reference in references {
        match reference.starts_with("each.") {
            true => found.extend(iterated.iter().cloned()),
            false => resolve(scope, reference, &mut steps, &mut found),
        }
    }
    found
}

fn resolve(scope: &Scope<'_, '_>, reference: &str, steps: &mut usize, found: &mut BTreeSet<Target>) {
    let Some(left) = steps.checked_sub(1) else { return };
    *steps = left;
    let plain = without_indices(reference);
    let mut parts = plain.split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("var"), Some(name), _) => resolve_variable(scope, name, steps, found),
        (Some("module"), Some(call), Some(output)) => resolve_output(scope, call, output, steps, found),
        (Some("data"), Some(_), Some(_)) => _ = found.insert(Target::Outside),
        (Some("module" | "data" | "local" | "each" | "count" | "path" | "terraform" | "self"), ..) => {}
        (Some(resource_type), Some(name), _) => {
            found.insert(Target::Managed(scope.inside(&format!("{resource_type}.{name}"))));
        }
        _ => {}
    }
}

fn resolve_variable(scope: &Scope<'_, '_>, name: &str, steps: &mut usize, found: &mut BTreeSet<Target>) {
    let Some((parent, call)) = scope.parent else {
        found.insert(Target::Outside);
        return;
    };
    let call = parent
        .module
        .module_calls
        .iter()
        .find(|(candidate, _)| candidate.0 == call)
        .map(|(_, call)| call);
    for reference in call
        .and_then(|call| call.expressions.0.get(name))
        .map_or(&[][..], |found| &found.0)
    {
        resolve(parent, reference, steps, found);
    }
}

fn resolve_output(
    scope: &Scope<'_, '_>,
    call: &str,
    output: &str,
    steps: &mut usize,
    found: &mut BTreeSet<Target>,
) {
    let Some((name, call)) = scope
        .module
        .module_calls
        .iter()
        .find(|(candidate, _)| candidate.0 == call)
    else {
        return;
    };
    let inner = Scope {
        module: &call.module,
        address: scope.inside(&format!("module.{}", name.0)),
        parent: Some((scope, &name.0)),
    };
    let output = call
        .module
        .outputs
        .iter()
        .find(|(candidate, _)| candidate.0 == output);
    for reference in output.map_or(&[][..], |(_, output)| &output.expression.0) {
        resolve(&inner, reference, steps, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(text: &str) -> References {
        References::of(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn references_are_followed_through_modules() {
        let found = references(
            r#"{"root_module":{
                "module_calls":{
                    "network":{"module":{"outputs":{"id":{"expression":{"references":["aws_vpc.main.id","aws_vpc.main"]}}},
                        "resources":[{"mode":"managed","type":"aws_vpc","name":"main"}]}},
                    "rules":{"expressions":{"vpc":{"references":["module.network.id","module.network"]}},
                        "module":{"resources":[{"mode":"managed","type":"aws_route_table","name":"r",
                            "expressions":{"vpc_id":{"references":["var.vpc"]},"tag":{"references":["var.other"]}}}]}}},
                "resources":[{"mode":"managed","type":"x","name":"y","expressions":{
                    "block":[{"inner":{"references":["data.aws_vpc.d.id"]}}],
                    "constant":{"constant_value":{"references":["aws_vpc.no"]}}}}]}}"#,
        );
        let vpc = Target::Managed("module.network.aws_vpc.main".to_owned());
        let targets = found.targets("module.rules.aws_route_table.r", "vpc_id").unwrap();
        assert_eq!(targets.iter().collect::<Vec<_>>(), [&vpc]);
        let dependents: Vec<_> = found.dependents("module.network.aws_vpc.main").collect();
        assert_eq!(dependents, ["module.rules.aws_route_table.r"]);
        assert!(found.targets("x.y", "block").unwrap().contains(&Target::Outside));
        assert!(found.targets("x.y", "constant").unwrap().is_empty());
        assert!(found.sets("x.y", "constant") && !found.sets("x.y", "computed"));
    }

    #[test]
    fn a_circle_of_references_ends() {
        let found = references(
            r#"{"root_module":{"module_calls":{"a":{"expressions":{"v":{"references":["module.a.o"]}},
                "module":{"outputs":{"o":{"expression":{"references":["var.v","var.v","module.a.o"]}}},
                "resources":[{"type":"x","name":"y","expressions":{"p":{"references":["var.v"]}}}]}}}}}"#,
        );
        assert!(found.targets("module.a.x.y", "p").unwrap().is_empty());
    }
}
