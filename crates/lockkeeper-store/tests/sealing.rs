//! What is sealed, on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]
#![expect(
    clippy::disallowed_methods,
    reason = "identifiers made in tests need not be fixed"
)]

use jiff::Timestamp;
use lockkeeper_domain::id::{ProjectId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_store::database::Connection;
use lockkeeper_store::keyring::{self, RootKey};
use lockkeeper_store::sealing::Pass;
use lockkeeper_store::tables::{self, projects, schedules, servers, users};
use lockkeeper_store::{Database, PostgresSettings, StoreError, Transaction, sealing};
use lockkeeper_testkit::postgres::Postgres;
use sqlx::Row;
use uuid::Uuid;

const ADDRESS: &str = "https://bot:canary@git.example.com/infra.git";

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// When every server knows a key that was made now.
fn later() -> Timestamp {
    "2026-11-21T10:10:00Z".parse().unwrap()
}

struct Fixture {
    database: Database,
    /// The same database, as another server sees it.
    other: Database,
    _folder: tempfile::TempDir,
    _server: Option<Postgres>,
}

async fn fixtures() -> Vec<Fixture> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lockkeeper.db");
    let server = Postgres::start();
    let address = PostgresSettings::new(server.url());
    let fixtures = vec![
        Fixture {
            database: Database::open_sqlite(&file).await.unwrap(),
            other: Database::open_sqlite(&file).await.unwrap(),
            _folder: folder,
            _server: None,
        },
        Fixture {
            database: Database::connect_postgres(&address).await.unwrap(),
            other: Database::connect_postgres(&address).await.unwrap(),
            _folder: tempfile::tempdir().unwrap(),
            _server: Some(server),
        },
    ];
    for fixture in &fixtures {
        for database in [&fixture.database, &fixture.other] {
            database.unlock(&RootKey::new([1; 32]), now()).await.unwrap();
        }
    }
    fixtures
}

async fn execute(transaction: &mut Transaction, sql: &'static str) {
    match &mut transaction.connection {
        Connection::Sqlite(inner) => sqlx::query(sql).execute(&mut **inner).await.map(drop),
        Connection::Postgres(inner) => sqlx::query(sql).execute(&mut **inner).await.map(drop),
    }
    .unwrap();
}

async fn with_projects(database: &Database) -> [ProjectId; 2] {
    let ids = [ProjectId::new(Uuid::now_v7()), ProjectId::new(Uuid::now_v7())];
    let mut transaction = database.write().await.unwrap();
    for (id, project) in ids.into_iter().zip(["shop", "bank"]) {
        projects::insert(&mut transaction, id, &name(project), ADDRESS, Some("main"), now())
            .await
            .unwrap();
    }
    transaction.commit().await.unwrap();
    ids
}

/// A stolen dump tells nothing only if nothing is forgotten: every column of text or bytes is sealed, or is on the
/// list of those that are in clear for a reason.
#[tokio::test]
async fn every_column_is_sealed_or_in_clear_for_a_reason() {
    let fixture = &fixtures().await[0];
    let mut transaction = fixture.database.read().await.unwrap();
    let Connection::Sqlite(inner) = &mut transaction.connection else {
        unreachable!("the first fixture is SQLite")
    };
    let sql = "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' \
        AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE '_sqlx%' AND c.type IN ('TEXT', 'BLOB')";
    let mut seen = 0;
    for row in sqlx::query(sql).fetch_all(&mut **inner).await.unwrap() {
        let (table, column, kind): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let identifier = kind == "BLOB"
            && (["id", "chain", "log", "promotes_from", "rolls_back"].contains(&column.as_str())
                || column.ends_with("_id"));
        let sealed = tables::SEALED.iter().any(|sealed| {
            sealed.name == table
                && (sealed.sealed.contains(&column.as_str()) || sealed.names.contains(&column.as_str()))
        });
        let clear = tables::CLEAR.iter().any(|(t, c, _)| *t == table && *c == column);
        let check = table == "ticks" && column == "check_name";
        seen += 1;
        assert!(
            identifier || check || sealed != clear,
            "{table}.{column} is to be sealed (see `sealed_row!`), or added to `tables::CLEAR` with the reason"
        );
    }
    assert!(seen > 80, "{seen}");
}

#[tokio::test]
async fn what_is_sealed_is_unreadable_in_the_database_and_opens_in_its_row_only() {
    for Fixture { database, .. } in &fixtures().await {
        let [shop, bank] = with_projects(database).await;
        let mut transaction = database.write().await.unwrap();
        let row = projects::by_id(&mut transaction, shop).await.unwrap().unwrap();
        assert_eq!((row.name.as_str(), row.repository.as_str()), ("shop", ADDRESS));
        let found = projects::by_name(&mut transaction, &name("bank")).await.unwrap();
        assert_eq!(*found.unwrap().id, bank);
        let counted = sealing::count(database).await.unwrap();
        let projects_sealing = counted
            .iter()
            .find(|sealing| sealing.table == "projects")
            .unwrap();
        assert_eq!(projects_sealing.by_key.get(&1), Some(&4));
        assert_eq!((projects_sealing.names, projects_sealing.clear), (2, 0));
        execute(
            &mut transaction,
            "UPDATE projects SET repository = (SELECT repository FROM projects ORDER BY id LIMIT 1)",
        )
        .await;
        let mut refused = 0;
        for id in [shop, bank] {
            refused += usize::from(matches!(
                projects::by_id(&mut transaction, id).await,
                Err(StoreError::Unreadable(_))
            ));
        }
        assert_eq!(refused, 1, "a value that was moved to another row is refused");
        drop(transaction);
        for garbage in [
            "UPDATE projects SET repository = substr(repository, 1, 20)",
            "UPDATE projects SET repository = substr(repository, 1, 4)",
            "UPDATE projects SET repository = default_branch",
            "UPDATE projects SET name = substr(name, 1, 20)",
        ] {
            let mut transaction = database.write().await.unwrap();
            if garbage.contains("name") {
                execute(
                    &mut transaction,
                    "DELETE FROM projects WHERE id <> (SELECT id FROM projects ORDER BY id LIMIT 1)",
                )
                .await;
            }
            execute(&mut transaction, garbage).await;
            let read = projects::by_id(&mut transaction, shop).await;
            assert!(matches!(read, Err(StoreError::Unreadable(_))), "{garbage}");
        }
    }
}

#[tokio::test]
async fn text_in_clear_is_sealed_once_and_not_believed_afterwards() {
    for Fixture { database, .. } in &fixtures().await {
        let [shop, _] = with_projects(database).await;
        let mut transaction = database.write().await.unwrap();
        let clear = "UPDATE projects SET repository = 'in clear', name = 'store' WHERE id = (SELECT id FROM projects ORDER BY id LIMIT 1)";
        let clear_postgres = "UPDATE projects SET repository = convert_to('in clear', 'UTF8'), name = convert_to('store', 'UTF8') \
            WHERE id = (SELECT id FROM projects ORDER BY id LIMIT 1)";
        let sql = match &transaction.connection {
            Connection::Sqlite(_) => clear,
            Connection::Postgres(_) => clear_postgres,
        };
        execute(&mut transaction, sql).await;
        let read = projects::by_id(&mut transaction, shop).await;
        assert!(matches!(read, Err(StoreError::Unreadable(_))));
        transaction.commit().await.unwrap();
        assert_eq!(sealing::seal_clear(database, now()).await.unwrap(), 2);
        assert_eq!(sealing::seal_clear(database, now()).await.unwrap(), 0);
        assert!(sealing::pending(database, now()).await.unwrap().is_empty());
        let mut transaction = database.read().await.unwrap();
        let found = projects::by_name(&mut transaction, &name("store"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((*found.id, found.repository.as_str()), (shop, "in clear"));
    }
}

#[tokio::test]
async fn after_a_rotation_every_value_is_sealed_anew_in_batches() {
    for Fixture { database, .. } in &fixtures().await {
        sealing::seal_clear(database, now()).await.unwrap();
        let mut transaction = database.write().await.unwrap();
        for number in 0..450 {
            projects::insert(
                &mut transaction,
                ProjectId::new(Uuid::now_v7()),
                &name(&format!("p{number}")),
                ADDRESS,
                None,
                now(),
            )
            .await
            .unwrap();
        }
        users::insert(
            &mut transaction,
            UserId::new(Uuid::now_v7()),
            &name("alice"),
            true,
            now(),
        )
        .await
        .unwrap();
        keyring::add_data_key(&mut transaction, now()).await.unwrap();
        transaction.commit().await.unwrap();
        database.refresh_keys().await.unwrap();
        let none = sealing::seal_anew(database, now()).await.unwrap();
        assert_eq!(
            none,
            Pass::default(),
            "other servers may not know the new key yet"
        );
        let pass = sealing::seal_anew(database, later()).await.unwrap();
        assert_eq!((pass.sealed, pass.left), (450, 0));
        assert!(sealing::pending(database, later()).await.unwrap().is_empty());
        let counted = sealing::count(database).await.unwrap();
        for sealing in counted {
            assert!(sealing.by_key.keys().all(|number| *number == 2), "{sealing:?}");
        }
        let mut transaction = database.read().await.unwrap();
        let found = projects::by_name(&mut transaction, &name("p449"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.repository, ADDRESS);
        let page = projects::page(&mut transaction, "p447", 10).await.unwrap();
        assert_eq!(page.len(), 2);
    }
}

async fn rotate(database: &Database) {
    let mut transaction = database.write().await.unwrap();
    keyring::add_data_key(&mut transaction, now()).await.unwrap();
    transaction.commit().await.unwrap();
    database.refresh_keys().await.unwrap();
}

async fn insert_projects(database: &Database, prefix: &str, count: usize) -> Vec<ProjectId> {
    let mut ids = Vec::new();
    for number in 0..count {
        let id = ProjectId::new(Uuid::now_v7());
        let mut transaction = database.write().await.unwrap();
        let name = name(&format!("{prefix}{number}"));
        projects::insert(&mut transaction, id, &name, ADDRESS, None, now())
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        ids.push(id);
    }
    ids
}

async fn settle_branches(database: &Database, ids: &[ProjectId]) {
    for id in ids {
        let mut transaction = database.write().await.unwrap();
        let settled = projects::settle_default_branch(&mut transaction, *id, "trunk").await;
        assert_eq!(settled.unwrap(), 1);
        transaction.commit().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rotation_in_the_middle_of_writes_loses_none() {
    for Fixture { database, other, .. } in &fixtures().await {
        sealing::seal_clear(database, now()).await.unwrap();
        let ids = insert_projects(database, "before", 300).await;
        let resealing = async {
            rotate(database).await;
            for _ in 0..20 {
                sealing::seal_anew(database, later()).await.unwrap();
            }
        };
        // This server writes with the former key: nobody has told it of the new one.
        let (late, (), ()) = tokio::join!(
            insert_projects(other, "during", 100),
            settle_branches(other, &ids),
            resealing
        );
        while sealing::seal_anew(database, later()).await.unwrap() != Pass::default() {}
        // As a later rotation finds them: what came behind the pass is sealed with the rest.
        rotate(database).await;
        while sealing::seal_anew(database, later()).await.unwrap() != Pass::default() {}
        for sealing in sealing::count(database).await.unwrap() {
            assert!(sealing.by_key.keys().all(|number| *number == 3), "{sealing:?}");
        }
        let mut transaction = other.read().await.unwrap();
        for id in &ids {
            let row = projects::by_id(&mut transaction, *id).await.unwrap().unwrap();
            assert_eq!(
                (row.repository.as_str(), row.default_branch.as_deref()),
                (ADDRESS, Some("trunk"))
            );
        }
        for id in &late {
            let row = projects::by_id(&mut transaction, *id).await.unwrap().unwrap();
            assert_eq!(row.repository, ADDRESS);
        }
    }
}

#[tokio::test]
async fn a_row_that_somebody_else_writes_is_left_and_not_waited_for() {
    let fixture = &fixtures().await[1];
    let (database, other) = (&fixture.database, &fixture.other);
    sealing::seal_clear(database, now()).await.unwrap();
    let ids = insert_projects(database, "p", 3).await;
    rotate(database).await;
    let mut writing = other.write().await.unwrap();
    let settled = projects::settle_default_branch(&mut writing, ids[1], "trunk").await;
    assert_eq!(settled.unwrap(), 1);
    let pass = sealing::seal_anew(database, later()).await.unwrap();
    assert_eq!((pass.sealed, pass.left), (2, 1));
    assert!(!sealing::pending(database, later()).await.unwrap().is_empty());
    writing.commit().await.unwrap();
    // The branch was written with the former key, and is sealed anew with the rest of its row.
    let pass = sealing::seal_anew(database, later()).await.unwrap();
    assert_eq!((pass.sealed, pass.left), (2, 0));
    let mut transaction = database.read().await.unwrap();
    let row = projects::by_id(&mut transaction, ids[1]).await.unwrap().unwrap();
    assert_eq!(row.default_branch.as_deref(), Some("trunk"));
}

/// What the version before kept in clear of what is sealed since.
#[tokio::test]
async fn what_was_in_clear_until_a_migration_is_sealed_after_it_and_gone() {
    let (folder, server) = (tempfile::tempdir().unwrap(), Postgres::start());
    let (file, address) = (
        folder.path().join("lockkeeper.db"),
        PostgresSettings::new(server.url()),
    );
    let before = [
        Database::open_sqlite_bare(&file).await.unwrap(),
        Database::connect_postgres_bare(&address).await.unwrap(),
    ];
    for database in before {
        database.migrate_to(Some(12)).await.unwrap();
        database.unlock(&RootKey::new([1; 32]), now()).await.unwrap();
        let mut transaction = database.write().await.unwrap();
        let schedule = "INSERT INTO schedules (name, next_at, message) VALUES ('backup', 1, 'in clear')";
        execute(&mut transaction, schedule).await;
        let server = match &transaction.connection {
            Connection::Sqlite(_) => {
                "INSERT INTO servers (id, machine, host, beats, started_at) VALUES (x'00000000000000000000000000000001', 'a/b', 'a', 1, 1)"
            }
            Connection::Postgres(_) => {
                "INSERT INTO servers (id, machine, host, beats, started_at) VALUES ('00000000-0000-0000-0000-000000000001', 'a/b', 'a', 1, 1)"
            }
        };
        execute(&mut transaction, server).await;
        execute(
            &mut transaction,
            "INSERT INTO sealed_tables (table_name, key_number, sealed_at) VALUES ('schedules', 1, 1)",
        )
        .await;
        transaction.commit().await.unwrap();
        database.close().await;
    }
    let tells = |file: &std::path::Path| {
        let bytes = std::fs::read(file).unwrap_or_default();
        bytes.windows(8).any(|window| window == b"in clear")
    };
    assert!(tells(&file));
    let after = [
        Database::open_sqlite(&file).await.unwrap(),
        Database::connect_postgres(&address).await.unwrap(),
    ];
    for database in after {
        database.unlock(&RootKey::new([1; 32]), now()).await.unwrap();
        assert_eq!(sealing::seal_clear(&database, now()).await.unwrap(), 3);
        assert!(sealing::pending(&database, now()).await.unwrap().is_empty());
        let counted = sealing::count(&database).await.unwrap();
        assert_eq!(counted.iter().map(|table| table.clear).sum::<u64>(), 0);
        let mut transaction = database.write().await.unwrap();
        let schedule = schedules::find(&mut transaction, "backup").await.unwrap();
        assert_eq!(schedule.unwrap().message.as_deref(), Some("in clear"));
        assert_eq!(servers::at_work(&mut transaction).await.unwrap()[0].host, "a");
        let ended = servers::end_earlier(&mut transaction, "a/b", now()).await;
        assert_eq!(ended.unwrap(), 1);
        transaction.commit().await.unwrap();
        // Also while the database is open, as after a crash.
        assert!(!tells(&file) && !tells(&file.with_extension("db-wal")));
        database.close().await;
    }
}
