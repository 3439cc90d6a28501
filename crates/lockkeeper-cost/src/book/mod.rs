//! The price book: what things cost each hour or month, and which attributes of a resource say how many
//! of them it is. The format is described in `docs/cost.md`.

mod assemble;
mod error;
mod file;
mod mapping;
mod region;
mod rule;
mod table;
mod template;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

pub use error::BookError;
pub(crate) use mapping::Mapping;
pub(crate) use region::Provider;
pub(crate) use rule::{ComponentRule, Pattern, Requirement, ResourceRule, Term, TermValue, Verdict};
pub(crate) use table::Table;
pub(crate) use template::{Part, Template};

use crate::money::Currency;
use crate::rates::Rates;

/// The parts of the book that comes with Lockkeeper, the first one first.
const EMBEDDED: [(&str, &str); 12] = [
    ("general.toml", include_str!("data/general.toml")),
    ("providers.toml", include_str!("data/providers.toml")),
    ("aws-free.toml", include_str!("data/aws-free.toml")),
    ("azure-free.toml", include_str!("data/azure-free.toml")),
    ("google-free.toml", include_str!("data/google-free.toml")),
    ("aws-instances.toml", include_str!("data/aws-instances.toml")),
    ("aws.toml", include_str!("data/aws.toml")),
    ("aws-network.toml", include_str!("data/aws-network.toml")),
    ("azure-instances.toml", include_str!("data/azure-instances.toml")),
    ("azure.toml", include_str!("data/azure.toml")),
    (
        "google-instances.toml",
        include_str!("data/google-instances.toml"),
    ),
    ("google.toml", include_str!("data/google.toml")),
];

static BOOK: LazyLock<Result<PriceBook, BookError>> = LazyLock::new(|| PriceBook::assemble(&EMBEDDED));

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

    /// The user's own book over the one that comes with Lockkeeper. `name` is what messages call it.
    ///
    /// # Errors
    /// When the text is no price book, or is in another currency and gives no rate for the prices that
    /// come with Lockkeeper.
    pub fn with_own(name: &str, text: &str) -> Result<PriceBook, BookError> {
        let mut parts = EMBEDDED.to_vec();
        parts.push((name, text));
        Self::assemble(&parts)
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
