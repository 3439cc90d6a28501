//! An estimate in another currency.

use super::result::{Component, CostEstimate, ResourceCost};
use crate::money::{Currency, Money};
use crate::rates::{Conversion, ConversionError, Rates};

impl CostEstimate {
    /// The same estimate in another currency, by a rate that the user gave. The parts still add up to the
    /// totals where they did.
    ///
    /// # Errors
    /// When there is no rate, or an amount gets too large.
    pub fn convert(&self, to: &Currency, rates: &Rates) -> Result<Self, ConversionError> {
        if self.currency == *to {
            return Ok(self.clone());
        }
        let conversion = Conversion::find(rates, &self.currency, to)?;
        let resources = self.by_resource.iter().map(|cost| resource(cost, &conversion));
        let by_resource = resources.collect::<Result<Vec<_>, _>>()?;
        let sum = |amount: fn(&ResourceCost) -> Money, given: &[ResourceCost]| {
            given.iter().map(amount).try_fold(Money::ZERO, Money::plus)
        };
        // Where the parts make up a total, the converted parts make up the converted total.
        let total = |amount: fn(&ResourceCost) -> Money, given: Money| match sum(amount, &self.by_resource) {
            Some(parts) if parts == given => sum(amount, &by_resource).ok_or_else(|| conversion.too_large()),
            _ => conversion.money(given),
        };
        let before = total(|cost| cost.before, self.monthly_before)?;
        let after = total(|cost| cost.after, self.monthly_after)?;
        let mut converted = self.clone();
        converted.monthly_delta = after.minus(before).ok_or_else(|| conversion.too_large())?;
        (converted.monthly_before, converted.monthly_after) = (before, after);
        converted.by_resource = by_resource;
        converted.currency = to.clone();
        converted.assumptions.push(conversion.note());
        Ok(converted)
    }
}

fn resource(cost: &ResourceCost, conversion: &Conversion<'_>) -> Result<ResourceCost, ConversionError> {
    let component = |part: &Component| {
        Ok(Component {
            before: conversion.money(part.before)?,
            after: conversion.money(part.after)?,
            ..part.clone()
        })
    };
    let components = cost
        .components
        .iter()
        .map(component)
        .collect::<Result<Vec<Component>, _>>()?;
    let sum = |amount: fn(&Component) -> Money| {
        let amounts = components.iter().map(amount);
        amounts
            .clone()
            .try_fold(Money::ZERO, Money::plus)
            .ok_or_else(|| conversion.too_large())
    };
    let (before, after) = (sum(|part| part.before)?, sum(|part| part.after)?);
    Ok(ResourceCost {
        before,
        after,
        delta: after.minus(before).ok_or_else(|| conversion.too_large())?,
        components,
        ..cost.clone()
    })
}
