//! Rows go from one database to the other and back, and nothing is lost.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use std::collections::BTreeSet;

use lockkeeper_store::portable::{self, Kind, Row, Table, Value};
use lockkeeper_store::{Database, PostgresSettings, Transaction};
use lockkeeper_testkit::postgres::Postgres;

async fn all_rows(transaction: &mut Transaction, table: &Table) -> Vec<Row> {
    let (mut rows, mut page): (Vec<Row>, _) = (Vec::new(), 3);
    loop {
        let read = portable::page(transaction, table, rows.last(), page)
            .await
            .unwrap();
        if read.is_empty() {
            return rows;
        }
        rows.extend(read);
        page += 1;
    }
}

/// Rows that differ in every column and refer to each other: the first to itself or to nothing.
fn made_up(table: &Table, count: u8) -> Vec<Row> {
    let rows = (1..=count).map(|row| {
        let values = table.columns.iter().map(|column| match column.kind {
            // Rows refer to rows with the same number, which come first.
            Kind::Identifier | Kind::Bytes => Value::Bytes(vec![row; 16]),
            Kind::Truth => Value::Integer(i64::from(row % 2)),
            Kind::Integer => Value::Integer(i64::from(row) << 40),
            Kind::Text => Value::Text(format!("{} \u{1f6a2} '{row}'", column.name)),
        });
        values.collect()
    });
    rows.collect()
}

#[tokio::test]
async fn every_table_is_named_and_every_column_known() {
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start();
    let sqlite = Database::open_sqlite(&folder.path().join("lockkeeper.db"))
        .await
        .unwrap();
    let postgres = Database::connect_postgres(&PostgresSettings::new(server.url()))
        .await
        .unwrap();
    let named: BTreeSet<String> = portable::TABLES
        .iter()
        .chain(portable::TRANSIENT)
        .map(|name| (*name).to_owned())
        .collect();
    for database in [&sqlite, &postgres] {
        let mut transaction = database.read().await.unwrap();
        let there: BTreeSet<String> = portable::tables(&mut transaction)
            .await
            .unwrap()
            .into_iter()
            .collect();
        assert_eq!(there, named, "name the new table in portable/mod.rs");
        for name in portable::TABLES {
            portable::table(&mut transaction, name).await.unwrap();
        }
    }
}

#[tokio::test]
async fn rows_go_to_the_other_database_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start();
    let first = Database::open_sqlite(&folder.path().join("first.db"))
        .await
        .unwrap();
    let postgres = Database::connect_postgres(&PostgresSettings::new(server.url()))
        .await
        .unwrap();
    let last = Database::open_sqlite(&folder.path().join("last.db"))
        .await
        .unwrap();

    // What the database on the right says of types is stricter, so its description makes the rows.
    let mut strict = postgres.read().await.unwrap();
    let mut writer = first.write().await.unwrap();
    for name in portable::TABLES {
        let table = portable::table(&mut strict, name).await.unwrap();
        let own = portable::table(&mut writer, name).await.unwrap();
        portable::insert(&mut writer, &own, &made_up(&table, 20))
            .await
            .unwrap();
    }
    writer.commit().await.unwrap();
    drop(strict);

    for (from, to) in [(&first, &postgres), (&postgres, &last)] {
        let (mut reader, mut writer) = (from.read().await.unwrap(), to.write().await.unwrap());
        for name in portable::TABLES {
            let table = portable::table(&mut reader, name).await.unwrap();
            let rows = all_rows(&mut reader, &table).await;
            let table = portable::table(&mut writer, name).await.unwrap();
            portable::insert(&mut writer, &table, &rows).await.unwrap();
        }
        writer.commit().await.unwrap();
    }
    let (mut one, mut two) = (first.read().await.unwrap(), last.read().await.unwrap());
    for name in portable::TABLES {
        let table = portable::table(&mut one, name).await.unwrap();
        let rows = all_rows(&mut one, &table).await;
        assert_eq!(rows.len(), 20, "{name}");
        assert_eq!(rows, all_rows(&mut two, &table).await, "{name}");
    }
}
