//! Tables of prices.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Provider;
use crate::decimal::Decimal;

/// What a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Unit {
    /// One hour; a month has 730.
    Hour,
    /// One month.
    Month,
}

impl Unit {
    /// How many of them a month has.
    pub(crate) fn in_a_month(self) -> Decimal {
        match self {
            Unit::Hour => Decimal::whole(730),
            Unit::Month => Decimal::ONE,
        }
    }
}

/// Prices of one kind of thing, by what it is called and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// The provider.
    pub(crate) provider: String,
    /// What the prices are for.
    pub(crate) unit: Unit,
    /// Whether regions without a price get that of the base region times their factor.
    pub(crate) scaled: bool,
    /// The prices, by key in small letters.
    pub(crate) prices: BTreeMap<String, Prices>,
}

/// The prices of one thing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prices {
    /// The source of all of them.
    pub(crate) source: String,
    /// By region; under the empty name the one that counts everywhere.
    pub(crate) by_region: BTreeMap<String, Decimal>,
}

/// A price that was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found<'b> {
    /// The price for one unit.
    pub(crate) price: Decimal,
    /// Where it is from.
    pub(crate) source: &'b str,
    /// The region whose price it is, when it was scaled to another.
    pub(crate) scaled_from: Option<&'b str>,
}

impl Table {
    /// The price of a key in a region; nothing when the book has none.
    pub(crate) fn price<'b>(&'b self, key: &str, region: &str, provider: &'b Provider) -> Option<Found<'b>> {
        let prices = self.prices.get(&key.to_ascii_lowercase())?;
        let found = |price: Decimal, scaled_from| Found {
            price,
            source: &prices.source,
            scaled_from,
        };
        if let Some(price) = prices.by_region.get("").or_else(|| prices.by_region.get(region)) {
            return Some(found(*price, None));
        }
        if !self.scaled {
            return None;
        }
        let base = prices.by_region.get(&provider.base_region)?;
        let price = base.times(*provider.factors.get(region)?)?;
        Some(found(price, Some(provider.base_region.as_str())))
    }

    /// Whether the table has the key at all.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.prices.contains_key(&key.to_ascii_lowercase())
    }
}
