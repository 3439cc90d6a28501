//! The price book: what things cost each hour or month, and which attributes of a resource say how many
//! of them it is. The format is described in `docs/cost.md`.

mod assemble;
mod embedded;
mod error;
mod file;
mod mapping;
mod region;
mod rule;
mod table;
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use lockkeeper_domain::effect::Effect;
use serde::{Deserialize, Serialize};

pub use error::BookError;
pub(crate) use mapping::Mapping;
pub(crate) use region::Provider;
pub(crate) use rule::{ComponentRule, Pattern, Requirement, ResourceRule, Term, TermValue, Verdict};
pub(crate) use table::Table;
pub(crate) use template::{Part, Template};

use crate::money::Currency;
use crate::rates::Rates;

static BOOK: LazyLock<Result<PriceBook, BookError>> =
    LazyLock::new(|| PriceBook::assemble(embedded::files(None)?));

/// Prices, with where and when they were found, and the rules by which resources are priced.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceBook {
    pub(crate) currency: Currency,
    pub(crate) sources: BTreeMap<String, Source>,
    pub(crate) providers: BTreeMap<String, Provider>,
    pub(crate) tables: BTreeMap<String, Table>,
    pub(crate) mappings: BTreeMap<String, Mapping>,
    /// The rule of each type.
    pub(crate) rules: BTreeMap<String, ResourceRule>,
    /// Types without a rule, and why they have none.
    pub(crate) verdicts: Vec<(Pattern, Verdict)>,
    /// Attributes that no price depends on, whatever the type.
    pub(crate) without_cost: Vec<String>,
    pub(crate) rates: Rates,
    /// What a reader of every estimate should know, such as the rate that prices were converted by.
    pub(crate) notes: Vec<String>,
}

/// Where a price was found, and when.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it is, in words.
    pub title: String,
    /// The vendor's page with the prices, or where the contract is kept.
    pub address: String,
    /// The day on which the prices were so, `2026-11-21`.
    pub as_of: String,
}

impl PriceBook {
    /// The book that comes with Lockkeeper: list prices of AWS, Azure and Google Cloud in US dollars.
    ///
    /// # Errors
    /// Never in a released program: a test reads the book.
    pub fn embedded() -> Result<&'static PriceBook, BookError> {
        BOOK.as_ref().map_err(Clone::clone)
    }

    /// That part of [`PriceBook::embedded`] which can price these effects: the estimate is the same, and a
    /// plan of few types need not wait for all prices to be read.
    ///
    /// # Errors
    /// Never in a released program: a test reads the book.
    pub fn embedded_for(effects: &[Effect]) -> Result<PriceBook, BookError> {
        let types: BTreeSet<&str> = effects
            .iter()
            .filter(|effect| !effect.action.is_idle())
            .map(|effect| effect.resource_type.as_str())
            .collect();
        Self::assemble(embedded::files(Some(&types))?)
    }

    /// The user's own book over the one that comes with Lockkeeper. `name` is what messages call it.
    ///
    /// # Errors
    /// When the text is no price book, or is in another currency and gives no rate for the prices that
    /// come with Lockkeeper.
    pub fn with_own(name: &str, text: &str) -> Result<PriceBook, BookError> {
        let own = toml::from_str(text).map_err(|error| BookError::Unreadable {
            file: name.to_owned(),
            why: error.to_string().trim_end().to_owned(),
        })?;
        let mut files = embedded::files(None)?;
        files.push((name, own));
        Self::assemble(files)
    }

    /// The currency of the prices.
    pub fn currency(&self) -> &Currency {
        &self.currency
    }

    /// The rates that the user gave.
    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    /// What the book says of a type that has no rule.
    pub(crate) fn verdict(&self, resource_type: &str) -> Option<&Verdict> {
        let exact = self
            .verdicts
            .iter()
            .find(|(pattern, _)| pattern.0 == resource_type);
        let found = exact.or_else(|| {
            self.verdicts
                .iter()
                .find(|(pattern, _)| pattern.matches(resource_type))
        });
        found.map(|(_, verdict)| verdict)
    }
}

#[cfg(test)]
mod tests;
