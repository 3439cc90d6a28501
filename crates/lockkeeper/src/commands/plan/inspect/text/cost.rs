//! What a plan adds to and takes from the monthly bill.

use std::cmp::Reverse;
use std::fmt::Write;

use lockkeeper_cost::{CostEstimate, Money, ResourceCost, Scope, UnpricedResource};
use lockkeeper_domain::effect::Category;
use lockkeeper_plan::catalogue;

use super::Look;
use super::alike::{Alike, alike, each};
use crate::output::escape;
use crate::output::style::{BOLD, DIM};
use crate::output::text::width;

/// `Cost: +12.40 USD / month`.
pub(super) fn heading(cost: &CostEstimate) -> String {
    format!("Cost: {}", cost.delta())
}

/// Writes what each resource adds or takes, the most first, and what has no price.
pub(super) fn write(text: &mut String, cost: &CostEstimate, look: Look) -> std::fmt::Result {
    let may_cost = |resource: &&UnpricedResource| !is_rule(&resource.resource_type);
    let unpriced: Vec<&UnpricedResource> = cost.unpriced.iter().filter(may_cost).collect();
    if cost.by_resource.is_empty() && unpriced.is_empty() {
        return Ok(());
    }
    let note = match (cost.by_resource.is_empty(), cost.scope) {
        (true, _) => "nothing in it has a price",
        (false, Scope::Altered) => "an estimate from list prices",
        (false, Scope::Everything) => "as Infracost estimates it",
    };
    let (heading, note) = (heading(cost), format!("({note})"));
    writeln!(
        text,
        "\n{} {}",
        look.paint(BOLD, &heading),
        look.paint(DIM, &note)
    )?;
    priced(text, cost, look)?;
    list_unpriced(text, &unpriced, look)
}

/// Whether things of the type say what others may do, which nobody pays for.
fn is_rule(resource_type: &str) -> bool {
    matches!(
        catalogue::category(resource_type),
        Some(Category::AccessRule | Category::SecurityGroup)
    )
}

fn priced(text: &mut String, cost: &CostEstimate, look: Look) -> std::fmt::Result {
    let mut lines = sums(&cost.by_resource, look);
    lines.sort_by_key(|(sum, _)| Reverse((*sum).max(Money::ZERO.minus(*sum).unwrap_or(*sum))));
    let shown = lines.get(..look.shown).unwrap_or(&lines);
    let number = |sum: &Money| cost.change(*sum).number();
    let widest = shown
        .iter()
        .map(|(sum, _)| width(&number(sum)))
        .max()
        .unwrap_or_default();
    for (sum, resources) in shown {
        writeln!(text, "  {:>widest$}  {}", number(sum), resources.title)?;
        if let Some(usage) = resources.all.first().and_then(|one| one.usage.as_ref()) {
            look.below(text, widest + 4, DIM, &format!("and by usage: {usage}"))?;
        }
    }
    look.rest(text, lines.len())
}

/// What resources that are alike add or take together.
fn sums<'c>(resources: &'c [ResourceCost], look: Look) -> Vec<(Money, Alike<'c, ResourceCost>)> {
    let address = |resource: &ResourceCost| resource.address.clone();
    if look.full {
        return each(resources, address)
            .into_iter()
            .map(|one| (sum(&one).unwrap_or(Money::ZERO), one))
            .collect();
    }
    let groups = alike(resources, address, |resource| {
        (&resource.usage, resource.delta < Money::ZERO)
    });
    let summed = groups.into_iter().flat_map(|group| match sum(&group) {
        Some(sum) => vec![(sum, group)],
        // Too large to be added up.
        None => group
            .all
            .iter()
            .map(|one| (one.delta, Alike::one(*one, &one.address)))
            .collect(),
    });
    summed.collect()
}

fn sum(group: &Alike<'_, ResourceCost>) -> Option<Money> {
    let mut deltas = group.all.iter().map(|resource| resource.delta);
    deltas.try_fold(Money::ZERO, Money::plus)
}

fn list_unpriced(text: &mut String, unpriced: &[&UnpricedResource], look: Look) -> std::fmt::Result {
    if unpriced.is_empty() {
        return Ok(());
    }
    let address = |resource: &&UnpricedResource| resource.address.clone();
    let lines = match look.full {
        true => each(unpriced, address),
        false => alike(unpriced, address, |resource| (&resource.component, &resource.why)),
    };
    writeln!(text, "  Not priced, and not counted as zero:")?;
    let told = lines.iter().take(look.shown);
    let told: Vec<(&str, String)> = told
        .filter_map(|one| Some((one.title.as_str(), why(one.all.first()?))))
        .collect();
    look.entries(text, 4, &told)?;
    look.rest(text, lines.len())
}

fn why(resource: &UnpricedResource) -> String {
    let why = match &resource.component {
        Some(part) => format!("{part}: {}", resource.why),
        None => resource.why.clone(),
    };
    escape::line(&why).into_owned()
}
