//! Puts a book together from its parts. What comes later goes before what is there.

use super::file::{
    BookFile, Cells, ComponentFile, NotPricedFile, ProviderFile, ResourceFile, TableFile, TermFile,
};
use super::table::Prices;
use super::{
    BookError, ComponentRule, Mapping, Pattern, PriceBook, Provider, Requirement, ResourceRule, Table,
    Template, Term, TermValue, Verdict,
};
use crate::decimal::Decimal;
use crate::money::Currency;
use crate::rates::{Conversion, Rates};

impl PriceBook {
    /// Merges the files, and checks that whatever they name is there.
    pub(super) fn assemble(files: Vec<(&str, BookFile)>) -> Result<Self, BookError> {
        let mut book = PriceBook {
            currency: Currency::usd(),
            sources: Default::default(),
            providers: Default::default(),
            tables: Default::default(),
            mappings: Default::default(),
            rules: Default::default(),
            verdicts: Vec::new(),
            without_cost: Vec::new(),
            rates: Rates::default(),
            notes: Vec::new(),
        };
        for (file, part) in files {
            Part {
                file,
                book: &mut book,
            }
            .add(part)?;
        }
        Ok(book)
    }
}

struct Part<'p> {
    file: &'p str,
    book: &'p mut PriceBook,
}

impl Part<'_> {
    fn add(&mut self, part: BookFile) -> Result<(), BookError> {
        self.book.rates.extend(part.rates);
        if let Some(currency) = part.currency {
            self.set_currency(currency)?;
        }
        self.book.sources.extend(part.sources);
        for (name, provider) in part.providers {
            let provider = self.provider(&name, provider)?;
            self.book.providers.insert(name, provider);
        }
        for (name, table) in part.tables {
            self.add_table(&name, table)?;
        }
        for (name, written) in part.maps {
            self.book.mappings.insert(name, Mapping::names(written));
        }
        for (name, written) in part.steps {
            let steps = Mapping::steps(&written).ok_or_else(|| {
                self.wrong(
                    &format!("steps.{name}"),
                    "the keys must be numbers, such as \"32\"",
                )
            })?;
            self.book.mappings.insert(name, steps);
        }
        self.add_verdicts(part.free, part.not_priced);
        for resource in part.resources {
            self.add_resource(resource)?;
        }
        self.book.without_cost.extend(part.without_cost);
        Ok(())
    }

    /// What is said without a rule goes before rules that are there, and before what was said.
    fn add_verdicts(&mut self, free: Vec<String>, not_priced: Vec<NotPricedFile>) {
        let reasons = not_priced.into_iter().flat_map(|one| {
            let verdict = Verdict::NotPriced(one.why);
            one.types
                .into_iter()
                .map(move |name| (Pattern(name), verdict.clone()))
        });
        let free = free.into_iter().map(|name| (Pattern(name), Verdict::Free));
        let verdicts: Vec<(Pattern, Verdict)> = reasons.chain(free).collect();
        let rules = &mut self.book.rules;
        rules.retain(|name, _| !verdicts.iter().any(|(pattern, _)| pattern.matches(name)));
        self.book.verdicts.splice(0..0, verdicts);
    }

    fn wrong(&self, place: &str, why: impl Into<String>) -> BookError {
        BookError::wrong(self.file, place, why)
    }

    /// Converts what is there when the currency changes. A rate of the user is needed for that.
    fn set_currency(&mut self, currency: Currency) -> Result<(), BookError> {
        if currency == self.book.currency {
            return Ok(());
        }
        let rates = self.book.rates.clone();
        let conversion = Conversion::find(&rates, &self.book.currency, &currency)?;
        let tables = self
            .book
            .tables
            .values_mut()
            .flat_map(|table| table.prices.values_mut());
        for price in tables.flat_map(|prices| prices.by_region.values_mut()) {
            *price = conversion.price(*price)?;
        }
        self.book.notes.push(conversion.note());
        self.book.currency = currency;
        Ok(())
    }

    fn number(&self, place: &str, text: &str) -> Result<Decimal, BookError> {
        Decimal::parse(text)
            .filter(|number| !number.is_negative())
            .ok_or_else(|| self.wrong(place, format!("`{text}` is no amount: write it as \"0.0104\"")))
    }

    fn provider(&self, name: &str, written: ProviderFile) -> Result<Provider, BookError> {
        let place = format!("providers.{name}");
        let factor = |(region, factor): (String, String)| Ok((region, self.number(&place, &factor)?));
        let factors = written
            .factors
            .into_iter()
            .map(factor)
            .collect::<Result<_, BookError>>()?;
        let provider = Provider {
            types: written.types,
            base_region: written.base_region,
            region_attributes: written.region_attributes,
            configured_by: written.configured_by,
            factors,
        };
        match provider.factors.contains_key(&provider.base_region) {
            true => Ok(provider),
            false => Err(self.wrong(&place, "the base region needs a factor as well: \"1\"")),
        }
    }

    fn add_table(&mut self, name: &str, written: TableFile) -> Result<(), BookError> {
        let place = format!("tables.{name}");
        if !self.book.sources.contains_key(&written.source) {
            let why = format!(
                "there is no [sources.{}] with title, address and as_of",
                written.source
            );
            return Err(self.wrong(&place, why));
        }
        let Some(provider) = self.book.providers.get(&written.provider) else {
            return Err(self.wrong(&place, format!("there is no [providers.{}]", written.provider)));
        };
        let alone = if written.everywhere {
            ""
        } else {
            provider.base_region.as_str()
        };
        let mut prices = Vec::new();
        for (key, cells) in &written.prices {
            prices.push((
                key.to_ascii_lowercase(),
                self.prices(&place, alone, &written, cells)?,
            ));
        }
        let table = self.book.tables.entry(name.to_owned()).or_insert_with(|| Table {
            provider: written.provider.clone(),
            unit: written.unit,
            scaled: written.scaled,
            prices: Default::default(),
        });
        if table.unit != written.unit || table.provider != written.provider {
            return Err(self.wrong(
                &place,
                "the table is there already, with another unit or provider",
            ));
        }
        table.prices.extend(prices);
        Ok(())
    }

    fn prices(
        &self,
        place: &str,
        alone: &str,
        table: &TableFile,
        cells: &Cells,
    ) -> Result<Prices, BookError> {
        let mut prices = Prices {
            source: table.source.clone(),
            by_region: Default::default(),
        };
        match cells {
            Cells::One(price) => {
                prices
                    .by_region
                    .insert(alone.to_owned(), self.number(place, price)?);
            }
            Cells::Each(each) if each.len() == table.regions.len() => {
                for (region, price) in table
                    .regions
                    .iter()
                    .zip(each)
                    .filter(|(_, price)| !price.is_empty())
                {
                    prices
                        .by_region
                        .insert(region.clone(), self.number(place, price)?);
                }
            }
            Cells::Each(each) => {
                let why = format!(
                    "a row has {} prices for {} regions",
                    each.len(),
                    table.regions.len()
                );
                return Err(self.wrong(place, why));
            }
        }
        Ok(prices)
    }

    fn add_resource(&mut self, written: ResourceFile) -> Result<(), BookError> {
        let place = format!("resources: {}", written.types.join(", "));
        if !self.book.providers.contains_key(&written.provider) {
            return Err(self.wrong(&place, format!("there is no [providers.{}]", written.provider)));
        }
        let components = written
            .components
            .into_iter()
            .map(|one| self.component(&place, one));
        let requires = written.requires.into_iter().map(|one| Requirement {
            attribute: one.attribute,
            values: one.values,
            why: one.why,
        });
        let rule = ResourceRule {
            provider: written.provider,
            defaults: written.defaults,
            requires: requires.collect(),
            assumes: written.assumes,
            usage: written.usage,
            otherwise: written.otherwise,
            components: components.collect::<Result<_, _>>()?,
        };
        for name in written.types {
            self.book.rules.insert(name, rule.clone());
        }
        Ok(())
    }

    fn component(&self, place: &str, written: ComponentFile) -> Result<ComponentRule, BookError> {
        let key = Template::parse(&written.key).ok_or_else(|| {
            self.wrong(
                place,
                format!("the braces of the key `{}` do not match", written.key),
            )
        })?;
        let quantity = written.quantity.into_iter().map(|term| self.term(place, term));
        let component = ComponentRule {
            name: written.name,
            table: written.table,
            key,
            quantity: quantity.collect::<Result<_, _>>()?,
            each: written.each,
            when: written.when,
            missing: written.missing,
        };
        if !self.book.tables.contains_key(&component.table) {
            return Err(self.wrong(place, format!("there is no [tables.{}]", component.table)));
        }
        if let Some(name) = component
            .mappings()
            .find(|name| !self.book.mappings.contains_key(*name))
        {
            return Err(self.wrong(place, format!("there is no [maps.{name}] or [steps.{name}]")));
        }
        Ok(component)
    }

    fn term(&self, place: &str, written: TermFile) -> Result<Term, BookError> {
        let number = written.number.map(|text| self.number(place, &text)).transpose()?;
        let values = [
            number.map(TermValue::Number),
            written.attribute.map(TermValue::Attribute),
            written.count_of.map(TermValue::CountOf),
            written.zones_of.map(TermValue::ZonesOf),
        ];
        let mut values = values.into_iter().flatten();
        let (Some(value), None) = (values.next(), values.next()) else {
            let why = "a quantity has exactly one of number, attribute, count_of and zones_of";
            return Err(self.wrong(place, why));
        };
        let or_zero = |text: Option<String>| text.map_or(Ok(Decimal::ZERO), |text| self.number(place, &text));
        Ok(Term {
            value,
            mapping: written.map,
            plus: or_zero(written.plus)?,
            beyond: or_zero(written.beyond)?,
        })
    }
}
