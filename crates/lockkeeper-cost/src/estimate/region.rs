//! Where a resource stands.

use std::collections::{BTreeMap, BTreeSet};

use lockkeeper_domain::effect::{AttributeValue, Effect};

use super::EstimateOptions;
use super::attributes::{Attributes, Found, Side};
use crate::book::{PriceBook, Provider};

/// The regions that count where a resource names none.
pub(super) struct Regions<'b> {
    fallbacks: BTreeMap<&'b str, Fallback>,
}

struct Fallback {
    region: String,
    note: String,
}

/// The region of a resource.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Region {
    /// The resource names it, and the book knows it.
    Named(String),
    /// The resource names one that the book does not know.
    Strange(String),
    /// The resource names none; with what to tell the reader.
    Assumed(String, String),
    /// The resource names one that is not known before the apply, or that may not be seen.
    Hidden,
}

impl<'b> Regions<'b> {
    /// Finds out what counts for each provider: what the user says, what the provider is configured with,
    /// the only region that the plan names, the base region of the book.
    pub(super) fn of(effects: &[Effect], book: &'b PriceBook, options: &EstimateOptions) -> Self {
        let fallback = |name: &str, provider: &Provider| {
            let said = options
                .regions
                .get(name)
                .and_then(|text| provider.region_in(text));
            let (region, note) = if let Some(region) = options.context.region(name) {
                (
                    region.to_owned(),
                    format!("{name}: the provider is configured with the region {region}"),
                )
            } else if let Some(region) = said {
                (
                    region.to_owned(),
                    format!("{name}: the region is {region} by your setting"),
                )
            } else if let Some(region) = only_region(effects, provider) {
                let note = format!("{name}: the region is {region}, the only one that the plan names");
                (region, note)
            } else {
                let region = provider.base_region.clone();
                let note = format!("{name}: the plan names no region, and prices are those of {region}");
                (region, note)
            };
            Fallback { region, note }
        };
        let each = book
            .providers
            .iter()
            .map(|(name, provider)| (name.as_str(), fallback(name, provider)));
        Self {
            fallbacks: each.collect(),
        }
    }

    /// The region of a resource on one side.
    pub(super) fn find(
        &self,
        name: &str,
        provider: &Provider,
        attributes: &Attributes<'_>,
        side: Side,
    ) -> Region {
        let other = match side {
            Side::Before => Side::After,
            Side::After => Side::Before,
        };
        let mut hidden = false;
        for side in [side, other] {
            for path in &provider.region_attributes {
                match attributes.get(path, side) {
                    Found::Value { text, may_be_shown } => {
                        return match provider.region_in(&text) {
                            Some(region) => Region::Named(region.to_owned()),
                            None if may_be_shown => Region::Strange(text),
                            None => Region::Hidden,
                        };
                    }
                    // A zone is often left to the provider; a region that is set and unknown is not.
                    Found::Sensitive => hidden = true,
                    _ => {}
                }
            }
        }
        match self.fallbacks.get(name) {
            Some(fallback) if !hidden => Region::Assumed(fallback.region.clone(), fallback.note.clone()),
            _ => Region::Hidden,
        }
    }
}

/// The region that effects name, when all of them name the same.
fn only_region(effects: &[Effect], provider: &Provider) -> Option<String> {
    let own = effects
        .iter()
        .filter(|effect| effect.resource_type.starts_with(&provider.types));
    let attributes = own.flat_map(|effect| &effect.attributes);
    let named = attributes.filter(|attribute| provider.region_attributes.contains(&attribute.path));
    let texts = named
        .flat_map(|attribute| [&attribute.before, &attribute.after])
        .filter_map(|value| match value {
            AttributeValue::Known(value) => value.as_str(),
            _ => None,
        });
    let regions: BTreeSet<&str> = texts.filter_map(|text| provider.region_in(text)).collect();
    let mut regions = regions.into_iter();
    match (regions.next(), regions.next()) {
        (Some(region), None) => Some(region.to_owned()),
        _ => None,
    }
}
