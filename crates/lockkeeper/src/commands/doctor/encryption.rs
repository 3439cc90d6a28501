//! What is encrypted with what, and what is in clear and why.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lockkeeper_store::sealing::{self, TableSealing};
use lockkeeper_store::tables::CLEAR;
use lockkeeper_store::tables::blobs::{self, BlobCount};
use lockkeeper_store::{Database, StoreError};
use serde::Serialize;

use super::finding::Finding;

const SEALING: &str = "encryption";

/// What is encrypted with what.
#[derive(Debug, Default, Serialize)]
pub(super) struct Encryption {
    tables: Vec<TableItem>,
    blobs: Vec<BlobItem>,
    in_clear: Vec<ClearItem>,
}

#[derive(Debug, Serialize)]
struct TableItem {
    table: &'static str,
    /// Values by the number of the data key that sealed them.
    by_key: BTreeMap<u32, u64>,
    names: u64,
    clear: u64,
}

#[derive(Debug, Serialize)]
struct BlobItem {
    place: &'static str,
    key: i64,
    blobs: i64,
}

#[derive(Debug, Serialize)]
struct ClearItem {
    table: &'static str,
    column: &'static str,
    reason: &'static str,
}

impl Encryption {
    /// Counts. Reads every sealed value.
    pub(super) async fn count(database: &Database) -> Result<(Self, Vec<Finding>), StoreError> {
        let tables = sealing::count(database).await?;
        let mut transaction = database.read().await?;
        let blobs = blobs::count(&mut transaction).await?;
        let newest = database.keyring().newest()?.number();
        let findings = judge(&tables, &blobs, newest);
        Ok((Self::new(tables, &blobs), findings))
    }

    fn new(tables: Vec<TableSealing>, blobs: &[BlobCount]) -> Self {
        let table = |table: TableSealing| TableItem {
            table: table.table,
            by_key: table.by_key,
            names: table.names,
            clear: table.clear,
        };
        let blob = |count: &BlobCount| BlobItem {
            place: count.place.as_str(),
            key: count.key_number,
            blobs: count.blobs,
        };
        let clear = |&(table, column, reason): &(&'static str, &'static str, &'static str)| ClearItem {
            table,
            column,
            reason,
        };
        Self {
            tables: tables.into_iter().map(table).collect(),
            blobs: blobs.iter().map(blob).collect(),
            in_clear: CLEAR.iter().map(clear).collect(),
        }
    }

    /// The rows of a table for people: what, by which key, how many.
    pub(super) fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut add = |what: &str, by: String, count: String| rows.push(vec![what.to_owned(), by, count]);
        for table in &self.tables {
            for (key, values) in &table.by_key {
                add(table.table, format!("data key {key}"), values.to_string());
            }
            if table.names > 0 {
                add(
                    table.table,
                    "server's secret (names)".to_owned(),
                    table.names.to_string(),
                );
            }
            if table.clear > 0 {
                add(table.table, "nothing".to_owned(), table.clear.to_string());
            }
        }
        for blob in &self.blobs {
            let by = match blob.key {
                0 => "server's secret (first format)".to_owned(),
                key => format!("data key {key}"),
            };
            add(
                &format!("blobs in the {}", blob.place),
                by,
                blob.blobs.to_string(),
            );
        }
        rows
    }

    /// How many columns are in clear for a reason.
    pub(super) fn clear_columns(&self) -> usize {
        self.in_clear.len()
    }
}

/// The latest time at which a key was made.
pub(super) fn newest_key(database: &Database) -> Result<Option<Timestamp>, StoreError> {
    Ok(database
        .keyring()
        .entries()?
        .iter()
        .map(|entry| entry.created_at)
        .max())
}

fn judge(tables: &[TableSealing], blobs: &[BlobCount], newest: u32) -> Vec<Finding> {
    let mut findings = Vec::new();
    for table in tables.iter().filter(|table| table.clear > 0) {
        let detail = format!("{} values of the table {} are in clear", table.clear, table.table);
        let next = "start the server, which seals what an earlier version wrote; if they come back, somebody writes to the database";
        findings.push(Finding::problem(SEALING, detail, next));
    }
    let former = tables
        .iter()
        .flat_map(|table| table.by_key.range(..newest))
        .map(|(_, count)| count);
    let former: u64 = former.sum();
    let former_blobs = blobs.iter().filter(|count| count.key_number < i64::from(newest));
    let former_blobs: i64 = former_blobs.map(|count| count.blobs).sum();
    if former > 0 || former_blobs > 0 {
        let detail = format!("{former} values and {former_blobs} blobs are sealed by former keys");
        let next = "keep a server running, which seals them anew from five minutes after a rotation on; its log names what it cannot";
        findings.push(Finding::warning(SEALING, detail, next));
    }
    if findings.is_empty() {
        let detail = format!("everything with content is sealed, by the data key {newest}");
        findings.push(Finding::good(SEALING, detail));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use lockkeeper_store::Stored;
    use lockkeeper_store::blobs::Place;

    #[test]
    fn clear_values_are_a_problem_and_former_keys_a_warning() {
        let table = |first, second, clear| TableSealing {
            table: "projects",
            by_key: BTreeMap::from([(1, first), (2, second)]),
            names: 3,
            clear,
        };
        let blob = |key_number| BlobCount {
            key_number,
            place: Stored(Place::Folder),
            blobs: 4,
        };
        let grades = |table: TableSealing, key| -> Vec<Grade> {
            let found = judge(&[table], &[blob(key)], 2);
            found.iter().map(|finding| finding.grade).collect()
        };
        assert_eq!(grades(table(0, 5, 0), 2), [Grade::Good]);
        assert_eq!(grades(table(1, 5, 0), 2), [Grade::Warning]);
        assert_eq!(grades(table(0, 5, 0), 0), [Grade::Warning]);
        assert_eq!(grades(table(0, 5, 1), 1), [Grade::Problem, Grade::Warning]);
        let rows = Encryption::new(vec![table(1, 5, 1)], &[blob(0)]).rows();
        assert_eq!(rows.len(), 5);
        assert_eq!(
            rows[4],
            ["blobs in the folder", "server's secret (first format)", "4"]
        );
    }
}
