//! `lockkeeper key list`.

use std::collections::BTreeMap;

use clap::Args;
use lockkeeper_store::keyring::DataKeyEntry;
use lockkeeper_store::sealing::{self, TableSealing};
use lockkeeper_store::tables::blobs::{self, BlobCount};
use serde::Serialize;

use crate::commands::serve::{ConfigurationArguments, store_failed};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{table, words};
use crate::session::Session;

/// The arguments of `lockkeeper key list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper key list
  lockkeeper key list --config /etc/lockkeeper.toml --json

It reads every sealed value to count it. No key is printed.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: ConfigurationArguments,
}

#[derive(Serialize)]
struct Answer {
    root_key: RootKeyItem,
    keys: Vec<KeyItem>,
    /// Names, which are sealed under the server's secret.
    names: u64,
    /// Values in clear that should be sealed.
    clear: u64,
    /// Blobs from before there were data keys, under the server's secret.
    first_blobs: u64,
}

#[derive(Serialize)]
struct RootKeyItem {
    fingerprint: String,
    source: String,
}

#[derive(Debug, Serialize, PartialEq, Eq)]
struct KeyItem {
    number: u32,
    created_at: String,
    seals: bool,
    values: u64,
    blobs: u64,
}

/// Prints the keys.
///
/// # Errors
/// When the database fails, or the root key cannot be had.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (configuration, database) = super::open(&arguments.configuration).await?;
    let keyring = database.keyring();
    let entries = keyring.entries().map_err(store_failed)?;
    let fingerprint = keyring.root_fingerprint().map_err(store_failed)?;
    let tables = sealing::count(&database).await.map_err(store_failed)?;
    let mut transaction = database.read().await.map_err(store_failed)?;
    let blobs = blobs::count(&mut transaction).await.map_err(store_failed)?;
    let answer = Answer {
        root_key: RootKeyItem {
            fingerprint: fingerprint.to_string(),
            source: configuration.encryption.root_key.to_string(),
        },
        keys: items(&entries, &tables, &blobs),
        names: tables.iter().map(|table| table.names).sum(),
        clear: tables.iter().map(|table| table.clear).sum(),
        first_blobs: by_key(&blobs).get(&0).copied().unwrap_or(0),
    };
    let text = render(&answer, session.console.width());
    session.console.answer(&answer, &text)?;
    if answer
        .keys
        .iter()
        .any(|key| !key.seals && key.values + key.blobs > 0)
    {
        session.console.note(
            "servers at work seal anew what former keys sealed, from five minutes after a rotation on",
        )?;
    }
    Ok(Exit::Success)
}

fn by_key(blobs: &[BlobCount]) -> BTreeMap<i64, u64> {
    let mut counted = BTreeMap::new();
    for count in blobs {
        *counted.entry(count.key_number).or_default() += u64::try_from(count.blobs).unwrap_or(0);
    }
    counted
}

fn items(entries: &[DataKeyEntry], tables: &[TableSealing], blobs: &[BlobCount]) -> Vec<KeyItem> {
    let blobs = by_key(blobs);
    let item = |entry: &DataKeyEntry| {
        let values = tables.iter().filter_map(|table| table.by_key.get(&entry.number));
        KeyItem {
            number: entry.number,
            created_at: entry.created_at.to_string(),
            seals: entry.seals,
            values: values.sum(),
            blobs: blobs.get(&i64::from(entry.number)).copied().unwrap_or(0),
        }
    };
    entries.iter().map(item).collect()
}

fn render(answer: &Answer, width: usize) -> String {
    let rows: Vec<Vec<String>> = answer
        .keys
        .iter()
        .map(|key| {
            vec![
                key.number.to_string(),
                words::exact_time(&key.created_at),
                if key.seals { "seals" } else { "opens" }.to_owned(),
                key.values.to_string(),
                key.blobs.to_string(),
            ]
        })
        .collect();
    let mut text = table::render(&["key", "made", "use", "values", "blobs"], &rows, width);
    let root = &answer.root_key;
    text.push_str(&format!(
        "\nroot key {} from {}\n{} names are sealed under the server's secret, which is never replaced",
        root.fingerprint, root.source, answer.names
    ));
    if answer.first_blobs > 0 {
        text.push_str(&format!(
            "\n{} blobs are from before there were data keys",
            answer.first_blobs
        ));
    }
    if answer.clear > 0 {
        text.push_str(&format!("\n{} values are in clear", answer.clear));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockkeeper_store::Stored;
    use lockkeeper_store::blobs::Place;

    #[test]
    fn values_and_blobs_are_counted_by_key() {
        let entry = |number, seals| DataKeyEntry {
            number,
            created_at: "2026-11-21T10:00:00Z".parse().unwrap(),
            seals,
        };
        let table = |table, first, second| TableSealing {
            table,
            by_key: BTreeMap::from([(1, first), (2, second)]),
            names: 0,
            clear: 0,
        };
        let blob = |key_number, place, blobs| BlobCount {
            key_number,
            place: Stored(place),
            blobs,
        };
        let blobs = [
            blob(0, Place::Folder, 9),
            blob(2, Place::Folder, 3),
            blob(2, Place::Database, 4),
        ];
        let items = items(
            &[entry(1, false), entry(2, true)],
            &[table("a", 5, 6), table("b", 0, 1)],
            &blobs,
        );
        let counted: Vec<(u32, u64, u64)> = items
            .iter()
            .map(|item| (item.number, item.values, item.blobs))
            .collect();
        assert_eq!(counted, [(1, 5, 0), (2, 7, 7)]);
        assert_eq!(by_key(&blobs).get(&0), Some(&9));
    }
}
