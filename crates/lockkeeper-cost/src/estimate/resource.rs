//! One resource, before and after.

use std::collections::BTreeSet;

use lockkeeper_domain::effect::{Action, Effect};

use super::attributes::{Attributes, Found, Side};
use super::component::{Pricing, SidePrice};
use super::region::{Region, Regions};
use super::result::Component;
use crate::book::{ComponentRule, PriceBook, Provider, Requirement, ResourceRule};
use crate::money::Money;

/// What was found of one resource.
#[derive(Default)]
pub(super) struct Priced {
    pub(super) components: Vec<Component>,
    /// Parts without a price, and why; without a name when it is the whole resource.
    pub(super) unpriced: Vec<(Option<String>, String)>,
    pub(super) usage: Option<String>,
    pub(super) notes: BTreeSet<String>,
    pub(super) sources: BTreeSet<String>,
}

impl Priced {
    /// Whether no price is altered and none is missing.
    pub(super) fn says_nothing(&self) -> bool {
        self.components.is_empty() && self.unpriced.is_empty()
    }
}

/// Prices the parts of a resource that an effect alters.
pub(super) fn price_resource(
    effect: &Effect,
    rule: &ResourceRule,
    attributes: &Attributes<'_>,
    book: &PriceBook,
    regions: &Regions<'_>,
) -> Priced {
    let Some(provider) = book.providers.get(&rule.provider) else {
        return Priced::default();
    };
    let region = |side| regions.find(&rule.provider, provider, attributes, side);
    let mut resource = Resource {
        resource_type: &effect.resource_type,
        rule,
        attributes,
        book,
        provider,
        sides: sides(&effect.action),
        regions: [region(Side::Before), region(Side::After)],
        priced: Priced::default(),
        applies: false,
    };
    resource.price();
    resource.finish(&effect.action)
}

/// On which sides of an effect the resource costs something: before, and after.
fn sides(action: &Action) -> [bool; 2] {
    match action {
        Action::Create => [false, true],
        Action::Delete => [true, false],
        // The old object is forgotten and goes on costing: the new one comes on top.
        Action::CreateThenForget => [false, true],
        Action::Update | Action::DeleteThenCreate | Action::CreateThenDelete => [true, true],
        Action::NoOp | Action::Read | Action::Forget | Action::Invoke | Action::Unknown(_) => [false, false],
    }
}

struct Resource<'a> {
    resource_type: &'a str,
    rule: &'a ResourceRule,
    attributes: &'a Attributes<'a>,
    book: &'a PriceBook,
    provider: &'a Provider,
    sides: [bool; 2],
    regions: [Region; 2],
    priced: Priced,
    /// Whether a component applied, had no price, or was left alone.
    applies: bool,
}

impl Resource<'_> {
    fn price(&mut self) {
        let stays = self.sides == [true, true];
        let moves = self.regions[0] != self.regions[1];
        let required = self
            .rule
            .requires
            .iter()
            .any(|one| self.attributes.touches(&one.attribute));
        let touched = |component: &ComponentRule| match &component.each {
            Some(block) => self.attributes.touches(block),
            None => component.attributes().any(|path| self.attributes.touches(path)),
        };
        let altered: Vec<&ComponentRule> = self
            .rule
            .components
            .iter()
            .filter(|one| !stays || moves || required || touched(one))
            .collect();
        if altered.len() < self.rule.components.len() {
            self.applies = true;
        }
        if altered.is_empty() {
            return;
        }
        if let Err(why) = self.check_requirements() {
            self.applies = true;
            self.priced.unpriced.push((None, why));
            return;
        }
        for component in altered {
            self.component(component);
        }
    }

    fn pricing(&self, side: Side) -> Pricing<'_> {
        let [before, after] = &self.regions;
        Pricing {
            book: self.book,
            attributes: self.attributes,
            defaults: &self.rule.defaults,
            side,
            region: if side == Side::Before { before } else { after },
        }
    }

    fn sides(&self) -> impl Iterator<Item = Side> + use<> {
        [Side::Before, Side::After]
            .into_iter()
            .zip(self.sides)
            .filter_map(|(side, there)| there.then_some(side))
    }

    /// Whether the resource is of the kind that the prices are for. What an update leaves alone, and nobody
    /// read, is taken to be so, and the reader is told.
    fn check_requirements(&mut self) -> Result<(), String> {
        let mut notes = Vec::new();
        for side in self.sides() {
            for one in &self.rule.requires {
                if self.attributes.get(&one.attribute, side) == Found::Unlisted {
                    notes.push(format!(
                        "{}: `{}` was not read, and {}",
                        self.resource_type,
                        one.attribute,
                        taken(one)
                    ));
                } else if !self
                    .pricing(side)
                    .is_one_of(&one.attribute, &one.attribute, &one.values)?
                {
                    return Err(one.why.clone());
                }
            }
        }
        self.priced.notes.extend(notes);
        Ok(())
    }

    fn component(&mut self, rule: &ComponentRule) {
        let Some(block) = &rule.each else {
            return self.one(rule, rule.name.clone(), "");
        };
        let Some(positions) = self.attributes.positions(block) else {
            self.applies = true;
            self.priced.unpriced.push((
                Some(rule.name.clone()),
                format!("`{block}` is not known before the apply"),
            ));
            return;
        };
        for position in positions {
            let name = format!("{} {position}", rule.name);
            self.one(rule, name, &format!("{block}[{position}]."));
        }
    }

    /// Prices one component on the sides on which the resource is there.
    fn one(&mut self, rule: &ComponentRule, name: String, prefix: &str) {
        let mut prices: [Option<SidePrice>; 2] = [None, None];
        for side in self.sides() {
            let there = prefix.is_empty() || self.is_there(prefix, side);
            let found = if there {
                self.pricing(side).component(rule, prefix)
            } else {
                Ok(None)
            };
            match found {
                Ok(price) => prices[usize::from(side == Side::After)] = price,
                Err(why) => {
                    self.applies = true;
                    self.priced.unpriced.push((Some(name), why));
                    return;
                }
            }
        }
        if prices == [None, None] {
            return;
        }
        self.applies = true;
        for price in prices.iter().flatten() {
            self.priced.sources.insert(price.source.clone());
            self.priced.notes.extend(price.note.clone());
        }
        let money = |price: &Option<SidePrice>| price.as_ref().map_or(Money::ZERO, |price| price.money);
        self.priced.components.push(Component {
            name,
            detail: detail(&prices),
            before: money(&prices[0]),
            after: money(&prices[1]),
        });
    }

    /// Whether a block is there on one side.
    fn is_there(&self, prefix: &str, side: Side) -> bool {
        self.attributes.holds(prefix.trim_end_matches('.'), side)
    }

    fn finish(mut self, action: &Action) -> Priced {
        if !self.applies {
            let why = self.rule.otherwise.as_deref();
            let why = why.unwrap_or("nothing in the plan says how large it is");
            self.priced.unpriced.push((None, why.to_owned()));
        }
        if self.priced.components.is_empty() {
            return self.priced;
        }
        self.priced.usage = self.rule.usage.clone();
        self.priced.notes.extend(
            self.rule
                .assumes
                .clone()
                .map(|text| format!("{}: {text}", self.provider_name())),
        );
        if *action == Action::CreateThenForget {
            self.priced
                .notes
                .insert("what is forgotten goes on costing what it cost".to_owned());
        }
        self.priced
    }

    fn provider_name(&self) -> &str {
        self.provider.types.trim_end_matches('_')
    }
}

/// What is taken for granted of a requirement.
fn taken(requirement: &Requirement) -> String {
    match requirement.values.iter().find(|value| !value.is_empty()) {
        Some(value) => format!("is taken to be `{value}`"),
        None => "is taken not to be set".to_owned(),
    }
}

fn detail(prices: &[Option<SidePrice>; 2]) -> String {
    let [before, after] = prices
        .each_ref()
        .map(|price| price.as_ref().map(|price| price.detail.as_str()));
    match (before, after) {
        (Some(before), Some(after)) if before != after => format!("{before} -> {after}"),
        (Some(text), _) | (None, Some(text)) => text.to_owned(),
        (None, None) => String::new(),
    }
}
