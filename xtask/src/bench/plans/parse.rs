//! The bare parsers: a plan is read into a type, and that is all.
#![allow(clippy::print_stdout, reason = "so that the work cannot be left out")]

use std::borrow::Cow;
use std::path::Path;

use serde::Deserialize;

use super::super::BenchError;

/// A plan, as far as one must know what changes: everything else is skipped by the parser.
#[derive(Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de>"))]
struct Plan<'a, V> {
    #[serde(borrow, default = "Vec::new")]
    resource_changes: Vec<Entry<'a, V>>,
}

#[derive(Deserialize)]
struct Entry<'a, V> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    change: Change<V>,
}

/// `V` is what becomes of a value: kept, or nothing.
#[derive(Deserialize)]
struct Change<V> {
    actions: Vec<String>,
    before: Option<V>,
    after: Option<V>,
}

impl<V> Plan<'_, V> {
    /// Something about everything, so that nothing can be left out.
    fn weight(&self) -> usize {
        let weigh = |entry: &Entry<'_, V>| {
            let values =
                usize::from(entry.change.before.is_some()) + usize::from(entry.change.after.is_some());
            entry.address.len() + entry.change.actions.len() + values
        };
        self.resource_changes.iter().map(weigh).sum()
    }
}

/// The task `parse KIND FILE`: reads a plan with one of the parsers.
///
/// # Errors
/// [`BenchError`] when the file is no plan, or there is no such parser.
pub fn parse(kind: &str, file: &Path) -> Result<(), BenchError> {
    use serde::de::IgnoredAny;
    let bytes = std::fs::read(file)?;
    let weight = match kind {
        "serde-json" => serde_json::from_slice::<Plan<'_, IgnoredAny>>(&bytes)
            .map(|plan| plan.weight())
            .map_err(|error| error.to_string()),
        "serde-json-values" => serde_json::from_slice::<Plan<'_, serde_json::Value>>(&bytes)
            .map(|plan| plan.weight())
            .map_err(|error| error.to_string()),
        "sonic-rs" => sonic_rs::from_slice::<Plan<'_, IgnoredAny>>(&bytes)
            .map(|plan| plan.weight())
            .map_err(|error| error.to_string()),
        "sonic-rs-values" => sonic_rs::from_slice::<Plan<'_, sonic_rs::Value>>(&bytes)
            .map(|plan| plan.weight())
            .map_err(|error| error.to_string()),
        _ => Err(format!("there is no parser `{kind}`")),
    };
    println!("{}", weight.map_err(BenchError::Unexpected)?);
    Ok(())
}
