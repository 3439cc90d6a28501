//! Regions of a provider, and what they cost compared with its base region.

use std::collections::BTreeMap;

use crate::decimal::Decimal;

/// What the book knows of a provider.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Provider {
    /// How the provider's types begin: `aws_`.
    pub(crate) types: String,
    /// The region whose prices stand without a column.
    pub(crate) base_region: String,
    /// Attributes of resources that name the region, or a zone in it.
    pub(crate) region_attributes: Vec<String>,
    /// The setting of the provider's configuration that names the region.
    pub(crate) configured_by: Option<String>,
    /// What the base region's prices are multiplied by where a region has none of its own.
    pub(crate) factors: BTreeMap<String, Decimal>,
}

impl Provider {
    /// The region that a text names: `eu-west-1`, its zone `eu-west-1a`, `West Europe`, `europe-west1-b`, and
    /// the region inside of an ARN.
    pub(crate) fn region_in(&self, text: &str) -> Option<&str> {
        let text = text
            .strip_prefix("arn:")
            .and_then(|arn| arn.split(':').nth(2))
            .unwrap_or(text);
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
            .to_ascii_lowercase();
        let is_it = |region: &&String| {
            plain.strip_prefix(region.as_str()).is_some_and(|zone| {
                let zone = zone.strip_prefix('-').unwrap_or(zone);
                zone.is_empty() || (zone.len() == 1 && zone.bytes().all(|byte| byte.is_ascii_lowercase()))
            })
        };
        self.factors
            .keys()
            .filter(is_it)
            .max_by_key(|region| region.len())
            .map(String::as_str)
    }
}
