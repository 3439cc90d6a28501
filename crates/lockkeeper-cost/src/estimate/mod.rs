//! The estimate: what each effect adds and removes, what has no price, and what is free.

mod attributes;
mod component;
mod convert;
mod region;
mod resource;
mod result;

use std::collections::{BTreeMap, BTreeSet};

use lockkeeper_domain::effect::{Action, Effect};

pub use result::{Component, CostEstimate, FreeResource, ResourceCost, Scope, UnpricedResource};

use crate::book::{PriceBook, Verdict};
use crate::context::PlanContext;
use attributes::Attributes;
use region::Regions;
use resource::{Priced, price_resource};

/// What an estimate may know besides the effects.
#[derive(Debug, Clone, Default)]
pub struct EstimateOptions {
    /// What was read from the plan past its effects.
    pub context: PlanContext,
    /// The region of each provider by its name (`aws`, `azurerm`, `google`), where the user says it. It
    /// counts where neither the resource nor the provider's configuration names one.
    pub regions: BTreeMap<String, String>,
}

/// Estimates what a plan adds to and takes from the monthly bill.
///
/// The totals are those of the parts of resources that the plan alters; what it leaves alone is in neither
/// of them. Deterministic: the same effects and the same book give the same estimate.
pub fn estimate(effects: &[Effect], book: &PriceBook, options: &EstimateOptions) -> CostEstimate {
    let regions = Regions::of(effects, book, options);
    let mut estimate = CostEstimate::empty(book.currency(), Scope::Altered);
    let mut notes: BTreeSet<String> = book.notes.iter().cloned().collect();
    for effect in effects {
        match judge(effect, book, options, &regions) {
            Judgement::Nothing => {}
            Judgement::Unchanged => estimate.unchanged += 1,
            Judgement::Free => estimate.free.push(FreeResource::of(effect)),
            Judgement::Unpriced(why) => estimate.unpriced.push(UnpricedResource::of(effect, None, why)),
            Judgement::Priced(priced) => add(&mut estimate, &mut notes, effect, priced, book),
        }
    }
    estimate.assumptions = notes.into_iter().collect();
    estimate
}

/// What is said of one effect.
enum Judgement {
    /// It alters nothing that costs.
    Nothing,
    /// It alters something that may cost, and not its price.
    Unchanged,
    Free,
    Unpriced(String),
    Priced(Priced),
}

fn judge(effect: &Effect, book: &PriceBook, options: &EstimateOptions, regions: &Regions<'_>) -> Judgement {
    match &effect.action {
        // What is only read, kept or forgotten costs what it cost.
        Action::NoOp | Action::Read | Action::Forget => return Judgement::Nothing,
        Action::Invoke => {
            return Judgement::Unpriced(
                "what an operation of the provider costs is not in the plan".to_owned(),
            );
        }
        Action::Unknown(_) => return Judgement::Unpriced("it is not known what is done to it".to_owned()),
        _ => {}
    }
    if only_alters_what_is_free(effect, book) {
        return Judgement::Unchanged;
    }
    if let Some(rule) = book.rules.get(&effect.resource_type) {
        let attributes = Attributes::of(effect, options.context.unchanged(effect));
        let priced = price_resource(effect, rule, &attributes, book, regions);
        return match priced.says_nothing() {
            true => Judgement::Unchanged,
            false => Judgement::Priced(priced),
        };
    }
    match book.verdict(&effect.resource_type) {
        Some(Verdict::Free) => Judgement::Free,
        Some(Verdict::NotPriced(why)) => Judgement::Unpriced(why.clone()),
        None => Judgement::Unpriced("the price book does not know this type".to_owned()),
    }
}

/// Whether an update alters nothing but attributes such as tags.
fn only_alters_what_is_free(effect: &Effect, book: &PriceBook) -> bool {
    let is_free = |path: &str| {
        let top = path.split(['.', '[']).next().unwrap_or(path);
        book.without_cost.iter().any(|name| name == top)
    };
    effect.action == Action::Update && effect.attributes.iter().all(|attribute| is_free(&attribute.path))
}

/// Adds what was found of one resource. A part that would not fit the totals is not counted, and is listed.
fn add(
    estimate: &mut CostEstimate,
    notes: &mut BTreeSet<String>,
    effect: &Effect,
    priced: Priced,
    book: &PriceBook,
) {
    for (component, why) in priced.unpriced {
        estimate
            .unpriced
            .push(UnpricedResource::of(effect, component, why));
    }
    let mut cost = ResourceCost::of(effect, priced.usage);
    for component in priced.components {
        if cost.fits(&component) && estimate.count(&component) {
            cost.add(component);
        } else {
            let why = "the amount is too large to be counted".to_owned();
            estimate
                .unpriced
                .push(UnpricedResource::of(effect, Some(component.name), why));
        }
    }
    if cost.components.is_empty() {
        return;
    }
    estimate.by_resource.push(cost);
    notes.extend(priced.notes);
    let sources = priced.sources.iter().filter_map(|name| book.sources.get(name));
    for source in sources {
        if !estimate.sources.contains(source) {
            estimate.sources.push(source.clone());
            estimate.sources.sort();
        }
    }
}

#[cfg(test)]
mod tests;
