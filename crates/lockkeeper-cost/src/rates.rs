//! Rates between currencies. Lockkeeper knows none: the user gives them.

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::money::{Currency, Money};

/// What one unit of a currency is worth in another, as the user says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The currency of the prices.
    pub from: Currency,
    /// The currency that is wanted.
    pub to: Currency,
    /// Units of `to` for one unit of `from`.
    pub rate: Decimal,
    /// When the rate was so, `2026-11-20`.
    pub as_of: String,
    /// Who says so.
    pub source: String,
}

/// The rates that the user gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rates(Vec<Rate>);

/// An amount cannot be had in another currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    /// The user gave no rate.
    #[error(
        "the prices are in {from} and the project's currency is {to}, and no rate is given: add a [[rates]] \
         section from {from} to {to} to your price book"
    )]
    NoRate {
        /// The currency of the prices.
        from: Currency,
        /// The currency that is wanted.
        to: Currency,
    },
    /// The amount does not fit.
    #[error("the amounts are too large in {to}: look at the rate from {from} to {to} in your price book")]
    TooLarge {
        /// The currency of the prices.
        from: Currency,
        /// The currency that is wanted.
        to: Currency,
    },
}

impl Rates {
    /// These rates; where there are two for the same currencies, the last one counts.
    pub fn new(rates: Vec<Rate>) -> Self {
        Self(rates)
    }

    /// The rate between two currencies, as it was given. Nothing is inverted or chained.
    pub fn between(&self, from: &Currency, to: &Currency) -> Option<&Rate> {
        self.0
            .iter()
            .rev()
            .find(|rate| rate.from == *from && rate.to == *to)
    }

    /// Adds rates, which count before those that are there.
    pub(crate) fn extend(&mut self, rates: Vec<Rate>) {
        self.0.extend(rates);
    }
}

/// Turns amounts of one currency into another.
pub(crate) struct Conversion<'r> {
    rate: &'r Rate,
}

impl<'r> Conversion<'r> {
    /// Finds the rate.
    pub(crate) fn find(rates: &'r Rates, from: &Currency, to: &Currency) -> Result<Self, ConversionError> {
        let rate = rates.between(from, to).ok_or_else(|| ConversionError::NoRate {
            from: from.clone(),
            to: to.clone(),
        })?;
        Ok(Self { rate })
    }

    pub(crate) fn too_large(&self) -> ConversionError {
        ConversionError::TooLarge {
            from: self.rate.from.clone(),
            to: self.rate.to.clone(),
        }
    }

    pub(crate) fn price(&self, price: Decimal) -> Result<Decimal, ConversionError> {
        price.times(self.rate.rate).ok_or_else(|| self.too_large())
    }

    pub(crate) fn money(&self, money: Money) -> Result<Money, ConversionError> {
        let converted = self.price(money.to_decimal())?;
        Money::from_decimal(converted).ok_or_else(|| self.too_large())
    }

    /// What a reader of the converted amounts should know.
    pub(crate) fn note(&self) -> String {
        let Rate {
            from,
            to,
            rate,
            as_of,
            source,
        } = self.rate;
        format!("1 {from} is {rate} {to}, as of {as_of} ({source})")
    }
}
