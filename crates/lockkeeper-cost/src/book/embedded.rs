//! The book that comes with Lockkeeper. It is part of the program in pieces of JSON (`build.rs`), of which only
//! those are read that are needed: a plan names few types, and the command line has to answer at once.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::BookError;
use super::file::{BookFile, NotPricedFile, ResourceFile};

// `EMBEDDED`, the first part first.
include!(concat!(env!("OUT_DIR"), "/book.rs"));

/// A file of the book, in pieces.
struct EmbeddedPart {
    name: &'static str,
    sources: Pieces,
    tables: Pieces,
    maps: Pieces,
    steps: Pieces,
    free: &'static [&'static str],
    /// Types, and why they have no price.
    not_priced: &'static [(&'static [&'static str], &'static str)],
    /// Types, and their rule.
    resources: &'static [(&'static [&'static str], &'static str)],
    /// Everything else.
    rest: &'static str,
}

/// Entries by name.
type Pieces = &'static [(&'static str, &'static str)];

/// The files of the book with what is needed to price these types; with everything when none are given.
///
/// # Errors
/// Never in a released program: a test reads all of it.
pub(super) fn files(types: Option<&BTreeSet<&str>>) -> Result<Vec<(&'static str, BookFile)>, BookError> {
    let mut files = Vec::with_capacity(EMBEDDED.len());
    let mut needed = Names::default();
    for part in EMBEDDED {
        let mut file: BookFile = part.read(part.rest)?;
        for (names, text) in part.resources {
            if types.is_none_or(|types| names.iter().any(|name| types.contains(name))) {
                let resource: ResourceFile = part.read(text)?;
                needed.add(&resource);
                file.resources.push(resource);
            }
        }
        files.push((part, file));
    }
    let everything = types.is_none();
    for (part, file) in &mut files {
        for (name, text) in part.tables {
            if everything || needed.tables.contains(*name) {
                file.tables.insert((*name).to_owned(), part.read(text)?);
            }
        }
        for (pieces, into) in [(part.maps, &mut file.maps), (part.steps, &mut file.steps)] {
            for (name, text) in pieces {
                if everything || needed.mappings.contains(*name) {
                    into.insert((*name).to_owned(), part.read(text)?);
                }
            }
        }
        needed
            .sources
            .extend(file.tables.values().map(|table| table.source.clone()));
    }
    for (part, file) in &mut files {
        for (name, text) in part.sources {
            if everything || needed.sources.contains(*name) {
                file.sources.insert((*name).to_owned(), part.read(text)?);
            }
        }
        part.add_verdicts(file);
    }
    Ok(files.into_iter().map(|(part, file)| (part.name, file)).collect())
}

/// What the rules that are needed name.
#[derive(Default)]
struct Names {
    tables: BTreeSet<String>,
    mappings: BTreeSet<String>,
    sources: BTreeSet<String>,
}

impl Names {
    fn add(&mut self, resource: &ResourceFile) {
        for component in &resource.components {
            self.tables.insert(component.table.clone());
            // `{engine|rds-engine}`
            let in_key = component.key.split('{').filter_map(|part| {
                let (_, mapping) = part.split_once('}')?.0.split_once('|')?;
                Some(mapping.to_owned())
            });
            self.mappings.extend(in_key);
            let in_quantity = component.quantity.iter().filter_map(|term| term.map.clone());
            self.mappings.extend(in_quantity);
        }
    }
}

impl EmbeddedPart {
    fn read<T: DeserializeOwned>(&self, text: &str) -> Result<T, BookError> {
        serde_json::from_str(text).map_err(|error| BookError::Unreadable {
            file: self.name.to_owned(),
            why: error.to_string(),
        })
    }

    fn add_verdicts(&self, file: &mut BookFile) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        file.free = owned(self.free);
        let reasons = self.not_priced.iter().map(|(types, why)| NotPricedFile {
            types: owned(types),
            why: (*why).to_owned(),
        });
        file.not_priced = reasons.collect();
    }
}
