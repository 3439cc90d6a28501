//! One part of a resource on one side: its quantity times its price.

use std::collections::BTreeMap;

use super::attributes::{Attributes, Found, Side};
use super::region::Region;
use crate::book::{ComponentRule, Part, PriceBook, Term, TermValue};
use crate::decimal::Decimal;
use crate::money::Money;

/// What a component costs on one side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SidePrice {
    pub(super) money: Money,
    pub(super) detail: String,
    pub(super) source: String,
    /// What the reader should know of the price.
    pub(super) note: Option<String>,
}

/// What is needed to price components of one resource on one side.
pub(super) struct Pricing<'a> {
    pub(super) book: &'a PriceBook,
    pub(super) attributes: &'a Attributes<'a>,
    pub(super) defaults: &'a BTreeMap<String, String>,
    pub(super) side: Side,
    pub(super) region: &'a Region,
}

/// The value of an attribute, and whether messages may show it.
struct Text {
    text: String,
    may_be_shown: bool,
}

impl Pricing<'_> {
    /// The price of a component; nothing when it does not apply. The error is why there is no price.
    /// `prefix` is the block that the component stands in, with its dot.
    pub(super) fn component(&self, rule: &ComponentRule, prefix: &str) -> Result<Option<SidePrice>, String> {
        for (path, values) in &rule.when {
            if !self.is_one_of(&format!("{prefix}{path}"), path, values)? {
                return Ok(None);
            }
        }
        self.check_missing(rule, prefix)?;
        let (key, may_be_shown) = self.key(rule, prefix)?;
        let mut quantity = Decimal::ONE;
        for term in &rule.quantity {
            let factor = self.term(term, prefix)?;
            quantity = quantity.times(factor).ok_or_else(too_large)?;
        }
        self.price(rule, &key, may_be_shown, quantity).map(Some)
    }

    /// Says in the rule's own words that an attribute which the price needs is not set.
    fn check_missing(&self, rule: &ComponentRule, prefix: &str) -> Result<(), String> {
        let Some(missing) = &rule.missing else {
            return Ok(());
        };
        let is_missing = |path: &str| {
            !self.defaults.contains_key(path)
                && self.attributes.get(&format!("{prefix}{path}"), self.side) == Found::Unset
        };
        if rule.attributes().any(is_missing) {
            return Err(missing.clone());
        }
        Ok(())
    }

    /// Whether an attribute has one of the values; `*` is any, and an empty text is none.
    pub(super) fn is_one_of(&self, path: &str, default_of: &str, values: &[String]) -> Result<bool, String> {
        let text = match self.attributes.get(path, self.side) {
            Found::Unset => self.defaults.get(default_of).cloned().unwrap_or_default(),
            _ => self.text(path, default_of)?.text,
        };
        let fits = |value: &String| match value.as_str() {
            "*" => !text.is_empty(),
            value => value.eq_ignore_ascii_case(&text),
        };
        Ok(values.iter().any(fits))
    }

    fn key(&self, rule: &ComponentRule, prefix: &str) -> Result<(String, bool), String> {
        let mut key = String::new();
        let mut all_shown = true;
        for part in &rule.key.0 {
            match part {
                Part::Literal(text) => key.push_str(text),
                Part::Attribute { path, mapping } => {
                    let found = self.mapped(&format!("{prefix}{path}"), path, mapping.as_deref())?;
                    all_shown &= found.may_be_shown;
                    key.push_str(&found.text);
                }
            }
        }
        Ok((key, all_shown))
    }

    fn mapped(&self, path: &str, default_of: &str, mapping: Option<&str>) -> Result<Text, String> {
        let found = self.text(path, default_of)?;
        let Some(mapping) = mapping else {
            return Ok(found);
        };
        match self
            .book
            .mappings
            .get(mapping)
            .and_then(|mapping| mapping.get(&found.text))
        {
            Some(text) => Ok(Text {
                text: text.to_owned(),
                may_be_shown: true,
            }),
            None if found.may_be_shown => Err(format!(
                "the price book has no price for a {default_of} of `{}`",
                shortened(&found.text)
            )),
            None => Err(format!("the price book has no price for its {default_of}")),
        }
    }

    fn text(&self, path: &str, default_of: &str) -> Result<Text, String> {
        match self.attributes.get(path, self.side) {
            Found::Value { text, may_be_shown } => Ok(Text { text, may_be_shown }),
            Found::Unset => match self.defaults.get(default_of) {
                Some(text) => Ok(Text {
                    text: text.clone(),
                    may_be_shown: true,
                }),
                None => Err(format!("`{path}` is not set")),
            },
            Found::Unknown => Err(format!("`{path}` is known only after the apply")),
            Found::Sensitive => Err(format!("`{path}` is sensitive")),
            Found::NotPlain => Err(format!("`{path}` is not a plain value")),
            Found::Unlisted => Err(format!("`{path}` stays as it is, and what it is was not read")),
        }
    }

    fn term(&self, term: &Term, prefix: &str) -> Result<Decimal, String> {
        let value = match &term.value {
            TermValue::Number(number) => *number,
            TermValue::CountOf(path) => {
                let count = self.attributes.count(&format!("{prefix}{path}"), self.side);
                let count = count.ok_or_else(|| format!("how many `{path}` there are is not known"))?;
                Decimal::whole(u32::try_from(count).map_err(|_| too_large())?)
            }
            TermValue::ZonesOf(path) => {
                let place = self.text(&format!("{prefix}{path}"), path)?.text;
                let is_zone = place.rsplit('-').next().is_some_and(|last| last.len() == 1);
                Decimal::whole(if is_zone { 1 } else { 3 })
            }
            TermValue::Attribute(path) => {
                let text = self
                    .mapped(&format!("{prefix}{path}"), path, term.mapping.as_deref())?
                    .text;
                let number = Decimal::parse(&text).filter(|number| !number.is_negative());
                number.ok_or_else(|| format!("`{prefix}{path}` is no number that can be counted with"))?
            }
        };
        let value = value.beyond(term.beyond);
        value.plus(term.plus).ok_or_else(too_large)
    }

    fn price(
        &self,
        rule: &ComponentRule,
        key: &str,
        shown: bool,
        quantity: Decimal,
    ) -> Result<SidePrice, String> {
        let table = self.book.tables.get(&rule.table);
        let table = table.ok_or_else(|| format!("the price book has no table {}", rule.table))?;
        let provider = self.book.providers.get(&table.provider);
        let provider =
            provider.ok_or_else(|| format!("the price book has no provider {}", table.provider))?;
        let thing = if shown {
            format!("`{}`", shortened(key))
        } else {
            "it".to_owned()
        };
        if !table.has(key) {
            return Err(format!("the price book has no price for {thing}"));
        }
        let (region, note) = match self.region {
            Region::Named(region) => (region.as_str(), None),
            Region::Assumed(region, note) => (region.as_str(), Some(note.clone())),
            Region::Strange(_) | Region::Hidden => ("", None),
        };
        let found = table
            .price(key, region, provider)
            .ok_or_else(|| match self.region {
                Region::Strange(region) => {
                    format!(
                        "the price book has no prices for the region `{}`",
                        shortened(region)
                    )
                }
                Region::Hidden => "its region is not known".to_owned(),
                Region::Named(region) | Region::Assumed(region, _) => {
                    format!("the price book has no price for {thing} in {region}")
                }
            })?;
        let in_a_month = found
            .price
            .times(table.unit.in_a_month())
            .and_then(|price| price.times(quantity));
        let money = in_a_month.and_then(Money::from_decimal).ok_or_else(too_large)?;
        let scaled = found.scaled_from.map(|base| {
            format!(
                "{}: prices that are not known for {region} are those of {base}, scaled",
                table.provider
            )
        });
        let notes: Vec<String> = note.into_iter().chain(scaled).collect();
        Ok(SidePrice {
            money,
            detail: detail(key, quantity, rule),
            source: found.source.to_owned(),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        })
    }
}

/// What people read of a price: `t3.micro`, `gp3 x 100`.
fn detail(key: &str, quantity: Decimal, rule: &ComponentRule) -> String {
    let has_attributes = rule.key.attributes().next().is_some();
    match (has_attributes, rule.quantity.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{key} x {quantity}"),
        (false, true) => String::new(),
        (false, false) => format!("x {quantity}"),
    }
}

fn too_large() -> String {
    "the amount is too large to be counted".to_owned()
}

fn shortened(text: &str) -> String {
    const MOST: usize = 80;
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = plain.take(MOST).collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}
