//! What an estimate says.

use lockkeeper_domain::effect::Effect;
use serde::{Deserialize, Serialize};

use crate::book::Source;
use crate::money::{Amount, Currency, Money, MonthlyChange};

/// What a plan does to the monthly bill. Amounts are in `currency`, and are estimates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CostEstimate {
    /// The currency of every amount.
    pub currency: Currency,
    /// What the totals are of.
    pub scope: Scope,
    /// What a month costs before.
    pub monthly_before: Money,
    /// What a month costs after.
    pub monthly_after: Money,
    /// The difference.
    pub monthly_delta: Money,
    /// What each resource adds or removes, in the order of the plan.
    pub by_resource: Vec<ResourceCost>,
    /// What has no price. None of it is in the totals, and none of it is held to be free.
    pub unpriced: Vec<UnpricedResource>,
    /// What costs nothing.
    pub free: Vec<FreeResource>,
    /// How many resources are altered without their price.
    pub unchanged: usize,
    /// What was taken for granted, in sentences.
    pub assumptions: Vec<String>,
    /// Where the prices are from, and when they were so.
    pub sources: Vec<Source>,
}

/// What the totals of an estimate are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Of what the plan alters.
    Altered,
    /// Of everything that the configuration holds.
    Everything,
}

/// What one resource adds or removes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceCost {
    /// The address.
    pub address: String,
    /// The key of a deposed object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// The type.
    pub resource_type: String,
    /// What the altered parts cost each month before.
    pub before: Money,
    /// What the altered parts cost each month after.
    pub after: Money,
    /// The difference.
    pub delta: Money,
    /// The parts, which add up to the amounts.
    pub components: Vec<Component>,
    /// What comes on top by usage and is not estimated, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<String>,
}

/// One part of what a resource costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// What it is: `instance`, `storage`.
    pub name: String,
    /// What was looked up, before and after where they differ: `t3.micro -> t3.small`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// What it costs each month before.
    pub before: Money,
    /// What it costs each month after.
    pub after: Money,
}

/// Something without a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnpricedResource {
    /// The address.
    pub address: String,
    /// The key of a deposed object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// The type.
    pub resource_type: String,
    /// The part that has no price, where the others have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Why there is no price.
    pub why: String,
}

/// Something that costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeResource {
    /// The address.
    pub address: String,
    /// The type.
    pub resource_type: String,
}

impl CostEstimate {
    /// An estimate of nothing.
    pub(crate) fn empty(currency: &Currency, scope: Scope) -> Self {
        Self {
            currency: currency.clone(),
            scope,
            monthly_before: Money::ZERO,
            monthly_after: Money::ZERO,
            monthly_delta: Money::ZERO,
            by_resource: Vec::new(),
            unpriced: Vec::new(),
            free: Vec::new(),
            unchanged: 0,
            assumptions: Vec::new(),
            sources: Vec::new(),
        }
    }

    /// The difference as people read it: `+12.40 EUR / month`.
    pub fn delta(&self) -> MonthlyChange {
        self.change(self.monthly_delta)
    }

    /// A difference in the estimate's currency as people read it.
    pub fn change(&self, money: Money) -> MonthlyChange {
        MonthlyChange(self.amount(money))
    }

    /// An amount in the estimate's currency as people read it.
    pub fn amount(&self, money: Money) -> Amount {
        Amount::new(money, &self.currency)
    }

    /// Adds a part to the totals; false, and nothing added, when they would get too large.
    pub(super) fn count(&mut self, component: &Component) -> bool {
        let before = self.monthly_before.plus(component.before);
        let after = self.monthly_after.plus(component.after);
        let totals = before
            .zip(after)
            .and_then(|(before, after)| Some((before, after, after.minus(before)?)));
        let Some((before, after, delta)) = totals else {
            return false;
        };
        (self.monthly_before, self.monthly_after, self.monthly_delta) = (before, after, delta);
        true
    }
}

impl ResourceCost {
    pub(super) fn of(effect: &Effect, usage: Option<String>) -> Self {
        Self {
            address: effect.address.clone(),
            deposed: effect.deposed.clone(),
            resource_type: effect.resource_type.clone(),
            before: Money::ZERO,
            after: Money::ZERO,
            delta: Money::ZERO,
            components: Vec::new(),
            usage,
        }
    }

    fn with(&self, component: &Component) -> Option<(Money, Money, Money)> {
        let before = self.before.plus(component.before)?;
        let after = self.after.plus(component.after)?;
        Some((before, after, after.minus(before)?))
    }

    pub(super) fn fits(&self, component: &Component) -> bool {
        self.with(component).is_some()
    }

    pub(super) fn add(&mut self, component: Component) {
        if let Some(totals) = self.with(&component) {
            (self.before, self.after, self.delta) = totals;
            self.components.push(component);
        }
    }
}

impl UnpricedResource {
    pub(super) fn of(effect: &Effect, component: Option<String>, why: String) -> Self {
        Self {
            address: effect.address.clone(),
            deposed: effect.deposed.clone(),
            resource_type: effect.resource_type.clone(),
            component,
            why,
        }
    }
}

impl FreeResource {
    pub(super) fn of(effect: &Effect) -> Self {
        Self {
            address: effect.address.clone(),
            resource_type: effect.resource_type.clone(),
        }
    }
}
