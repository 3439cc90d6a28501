//! A price book as it is written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Source;
use super::table::Unit;
use crate::money::Currency;
use crate::rates::Rate;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BookFile {
    pub(super) currency: Option<Currency>,
    #[serde(default)]
    pub(super) rates: Vec<Rate>,
    #[serde(default)]
    pub(super) sources: BTreeMap<String, Source>,
    #[serde(default)]
    pub(super) providers: BTreeMap<String, ProviderFile>,
    #[serde(default)]
    pub(super) tables: BTreeMap<String, TableFile>,
    #[serde(default)]
    pub(super) maps: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    pub(super) steps: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    pub(super) resources: Vec<ResourceFile>,
    #[serde(default)]
    pub(super) free: Vec<String>,
    #[serde(default)]
    pub(super) not_priced: Vec<NotPricedFile>,
    #[serde(default)]
    pub(super) without_cost: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderFile {
    pub(super) types: String,
    pub(super) base_region: String,
    pub(super) region_attributes: Vec<String>,
    /// The region of the provider's configuration: `region`, or nothing.
    pub(super) configured_by: Option<String>,
    pub(super) factors: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableFile {
    pub(super) provider: String,
    pub(super) unit: Unit,
    pub(super) source: String,
    /// Columns of the prices; without them a price is that of the provider's base region.
    #[serde(default)]
    pub(super) regions: Vec<String>,
    /// Whether a region without a price of its own gets that of the base region times its factor.
    #[serde(default)]
    pub(super) scaled: bool,
    /// Whether the prices are the same everywhere.
    #[serde(default)]
    pub(super) everywhere: bool,
    pub(super) prices: BTreeMap<String, Cells>,
}

/// One price, or one for each region of the table, with an empty text where there is none.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a price as a text, such as \"0.0104\", or a list of them"
)]
pub(super) enum Cells {
    One(String),
    Each(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceFile {
    pub(super) types: Vec<String>,
    pub(super) provider: String,
    #[serde(default)]
    pub(super) defaults: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) requires: Vec<RequirementFile>,
    pub(super) assumes: Option<String>,
    pub(super) usage: Option<String>,
    pub(super) otherwise: Option<String>,
    pub(super) components: Vec<ComponentFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequirementFile {
    pub(super) attribute: String,
    pub(super) values: Vec<String>,
    pub(super) why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ComponentFile {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) key: String,
    #[serde(default)]
    pub(super) quantity: Vec<TermFile>,
    pub(super) each: Option<String>,
    #[serde(default)]
    pub(super) when: BTreeMap<String, Vec<String>>,
    pub(super) missing: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TermFile {
    pub(super) number: Option<String>,
    pub(super) attribute: Option<String>,
    pub(super) count_of: Option<String>,
    pub(super) zones_of: Option<String>,
    pub(super) map: Option<String>,
    pub(super) plus: Option<String>,
    pub(super) beyond: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotPricedFile {
    pub(super) types: Vec<String>,
    pub(super) why: String,
}
