//! Every statement and every rule of the store, on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]
#![expect(
    clippy::disallowed_methods,
    reason = "identifiers made in tests need not be fixed"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use lockkeeper_domain::audit::ChainBroken;
use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::id::*;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::{Function, Membership, Role};
use lockkeeper_domain::run::RunKind;
use lockkeeper_domain::state_content::StateResource;
use lockkeeper_domain::state_version::VersionOrigin;
use lockkeeper_store::batch::Batch;
use lockkeeper_store::blobs::Place;
use lockkeeper_store::database::Connection;
use lockkeeper_store::inventory::{Inventory, InventoryWriter};
use lockkeeper_store::key::ServerKey;
use lockkeeper_store::keyring::RootKey;
use lockkeeper_store::tables::runs::RunRow;
use lockkeeper_store::tables::state_inventories::Inventories;
use lockkeeper_store::tables::{self, *};
use lockkeeper_store::{Database, PostgresSettings, StoreError, Transaction};
use lockkeeper_testkit::postgres::Postgres;
use sqlx::{Executor, SqlSafeStr};
use uuid::Uuid;

struct Fixture {
    database: Database,
    name: &'static str,
    _folder: tempfile::TempDir,
    _server: Option<Arc<Postgres>>,
}

async fn fixtures() -> Vec<Fixture> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = Database::open_sqlite(&folder.path().join("lockkeeper.db"))
        .await
        .unwrap();
    let server = Arc::new(Postgres::start());
    let postgres = Database::connect_postgres(&PostgresSettings::new(server.url()))
        .await
        .unwrap();
    vec![
        Fixture {
            database: unlocked(sqlite).await,
            name: "SQLite",
            _folder: folder,
            _server: None,
        },
        Fixture {
            database: unlocked(postgres).await,
            name: "PostgreSQL",
            _folder: tempfile::tempdir().unwrap(),
            _server: Some(server),
        },
    ]
}

/// Opens the keys, as a server does before it serves.
async fn unlocked(database: Database) -> Database {
    database.unlock(&RootKey::new([3; 32]), now()).await.unwrap();
    database
}

fn now() -> Timestamp {
    "2026-11-21T10:00:00.123456Z".parse().unwrap()
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn key() -> ServerKey {
    ServerKey::new([3; 32])
}

/// A project, an environment, a user, a change and as many runs and jobs as asked for.
async fn with_jobs(transaction: &mut Transaction, keys: &[&str]) -> ProjectId {
    let (user, project) = (UserId::new(Uuid::now_v7()), ProjectId::new(Uuid::now_v7()));
    let (environment, change) = (EnvironmentId::new(Uuid::now_v7()), ChangeId::new(Uuid::now_v7()));
    let text = project.to_string();
    let unique = name(&format!("p{}", text.replace('-', "")));
    users::insert(transaction, user, &unique, false, now())
        .await
        .unwrap();
    projects::insert(transaction, project, &unique, "/srv/infra", None, now())
        .await
        .unwrap();
    environments::insert(
        transaction,
        environment,
        project,
        &name("staging"),
        "staging",
        None,
        false,
        now(),
    )
    .await
    .unwrap();
    changes::insert(
        transaction,
        change,
        project,
        1,
        &name("network"),
        "main",
        "c0ffee",
        "title",
        "why",
        user,
        None,
        None,
        STACK,
        None,
        false,
        now(),
    )
    .await
    .unwrap();
    for key in keys {
        let run = RunId::new(Uuid::now_v7());
        runs::insert(
            transaction,
            run,
            project,
            change,
            environment,
            RunKind::Plan,
            user,
            None,
            now(),
            None,
            "[]",
        )
        .await
        .unwrap();
        jobs::insert(transaction, JobId::new(Uuid::now_v7()), run, key, now())
            .await
            .unwrap();
    }
    project
}

const STACK: &str = r#"{"name":"network","folder":"x","owner":null,"variables":{},"environment_variables":{},
    "rollback":null,"automatic_rollback":false,"verification":null}"#;

#[tokio::test]
async fn every_statement_is_understood_by_both() {
    for fixture in fixtures().await {
        for (table, statements) in tables::ALL.iter().chain(tables::BATCHED) {
            assert!(!statements.is_empty());
            for (statement, sql) in *statements {
                let sql = sqlx::AssertSqlSafe(*sql).into_sql_str();
                let prepared = match fixture.database.write().await.unwrap().connection {
                    Connection::Sqlite(mut inner) => inner.prepare(sql).await.map(|_| ()),
                    Connection::Postgres(mut inner) => inner.prepare(sql).await.map(|_| ()),
                };
                assert!(
                    prepared.is_ok(),
                    "{}: {table}.{statement}: {:?}",
                    fixture.name,
                    prepared.err()
                );
            }
        }
    }
}

/// The list of changes asks the database, and the rest of the program asks the domain.
#[test]
fn the_database_and_the_domain_agree_on_what_is_in_trouble() {
    let (_, sql) = stages::ALL
        .iter()
        .find(|(name, _)| *name == "in_trouble")
        .unwrap();
    for status in StageStatus::ALL {
        let said = sql.contains(&format!("'{status}'"));
        assert_eq!(said, status.is_in_trouble(), "{status}");
    }
}

#[tokio::test]
async fn a_batch_in_which_one_writes_nothing_fails() {
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        let state = StateId::new(Uuid::now_v7());
        let version = StateVersionId::new(Uuid::now_v7());
        let mut batch = Batch::new(&transaction);
        blobs::insert(&mut batch, "one", Place::Folder, None, 0).unwrap();
        blobs::insert(&mut batch, "two", Place::Folder, None, 0).unwrap();
        batch.run(&mut transaction).await.unwrap();
        let mut batch = Batch::new(&transaction);
        blobs::insert(&mut batch, "three", Place::Folder, None, 0).unwrap();
        states::set_newest(&mut batch, state, version, 1).unwrap();
        let failed = batch.run(&mut transaction).await.unwrap_err();
        assert!(
            matches!(failed, StoreError::Database(sqlx::Error::RowNotFound)),
            "{}: {failed}",
            fixture.name
        );
    }
}

#[tokio::test]
async fn a_batch_alone_happens_as_a_whole_or_not_at_all() {
    for fixture in fixtures().await {
        let database = &fixture.database;
        let commit = async |names: &[&str], others: &[&str]| {
            let reading = database.read_once().await.unwrap();
            let mut batch = Batch::new(&reading);
            for name in names {
                blobs::insert(&mut batch, name, Place::Folder, None, 0).unwrap();
            }
            for name in others {
                // No state has this identifier, so that no row is written.
                let id = StateId::new(Uuid::now_v7());
                blobs::insert(&mut batch, name, Place::Folder, None, 0).unwrap();
                states::set_newest(&mut batch, id, StateVersionId::new(Uuid::nil()), 1).unwrap();
            }
            batch.commit_alone(database, reading).await.unwrap()
        };
        assert!(commit(&["one", "two"], &[]).await, "{}", fixture.name);
        assert!(!commit(&["three"], &["four"]).await, "{}", fixture.name);
        assert!(commit(&["three"], &[]).await, "{}", fixture.name);
        assert!(!commit(&["four", "one"], &[]).await, "{}", fixture.name);
        let mut transaction = database.read().await.unwrap();
        for (name, is_there) in [("one", true), ("two", true), ("three", true), ("four", false)] {
            let row = blobs::by_name(&mut transaction, name).await.unwrap();
            assert_eq!(row.is_some(), is_there, "{} {name}", fixture.name);
        }
    }
}

/// Those that write nothing stand between others of the same group.
#[tokio::test]
async fn batches_that_come_at_once_do_not_harm_each_other() {
    for fixture in fixtures().await {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..200 {
            let database = fixture.database.clone();
            tasks.spawn(async move {
                let reading = database.read_once().await.unwrap();
                let mut batch = Batch::new(&reading);
                // Every fifth has a name that is taken, and every seventh a statement that writes nothing.
                let (is_doubled, is_empty) = (number % 5 == 4, number % 7 == 6);
                let own = format!("own-{number}");
                blobs::insert(&mut batch, &own, Place::Folder, None, 0).unwrap();
                if is_doubled {
                    blobs::insert(&mut batch, "shared", Place::Folder, None, 0).unwrap();
                }
                if is_empty {
                    let (state, version) = (StateId::new(Uuid::nil()), StateVersionId::new(Uuid::nil()));
                    states::set_newest(&mut batch, state, version, 1).unwrap();
                }
                let kept = batch.commit_alone(&database, reading).await.unwrap();
                (own, is_doubled, is_empty, kept)
            });
        }
        let mut doubled = 0;
        let mut reading = fixture.database.read_once().await.unwrap();
        for (own, is_doubled, is_empty, kept) in tasks.join_all().await {
            assert!(!(is_empty && kept), "{} {own}", fixture.name);
            assert!(is_empty || is_doubled || kept, "{} {own}", fixture.name);
            doubled += usize::from(is_doubled && kept);
            let row = blobs::by_name(&mut reading, &own).await.unwrap();
            assert_eq!(row.is_some(), kept, "{} {own}", fixture.name);
        }
        assert_eq!(doubled, 1, "{}", fixture.name);
    }
}

#[tokio::test]
async fn what_was_taken_since_it_was_read_is_not_moved_on() {
    for fixture in fixtures().await {
        let database = &fixture.database;
        let mut transaction = database.write().await.unwrap();
        let project = with_jobs(&mut transaction, &["k"]).await;
        let run = runs::page(&mut transaction, project, RunId::new(Uuid::max()), 1)
            .await
            .unwrap()
            .remove(0);
        let (id, environment) = (StateId::new(Uuid::now_v7()), *run.environment_id);
        let (stack, shared) = (name("network"), states::SHARED);
        states::insert(&mut transaction, id, project, environment, &stack, shared)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let read = async || {
            let mut reading = database.read_once().await.unwrap();
            states::standing(&mut reading, id)
                .await
                .unwrap()
                .unwrap()
                .generation
        };
        let move_on = async |generation: i64| {
            let reading = database.read_once().await.unwrap();
            let mut batch = Batch::new(&reading);
            let version = StateVersionId::new(Uuid::now_v7());
            states::set_newest(&mut batch, id, version, generation).unwrap();
            batch.commit_alone(database, reading).await.unwrap()
        };
        assert!(move_on(read().await).await, "{}", fixture.name);
        for takes_all in [false, true] {
            let before = read().await;
            let mut taking = database.write().await.unwrap();
            match takes_all {
                true => _ = states::take_all(&mut taking, environment, project).await.unwrap(),
                false => _ = states::take(&mut taking, id).await.unwrap(),
            }
            taking.commit().await.unwrap();
            assert!(!move_on(before).await, "{} {takes_all}", fixture.name);
            assert!(move_on(read().await).await, "{} {takes_all}", fixture.name);
        }
    }
}

#[tokio::test]
async fn nothing_lasts_without_commit() {
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        users::insert(
            &mut transaction,
            UserId::new(Uuid::nil()),
            &name("alice"),
            true,
            now(),
        )
        .await
        .unwrap();
        drop(transaction);
        let mut transaction = fixture.database.read().await.unwrap();
        assert!(
            users::by_name(&mut transaction, &name("alice"))
                .await
                .unwrap()
                .is_none(),
            "{}",
            fixture.name
        );
    }
}

#[tokio::test]
async fn rows_come_back_as_they_went_in() {
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        let project = with_jobs(&mut transaction, &["k"]).await;
        let change = changes::by_number(&mut transaction, project, 1)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(*change.created_at, now());
        assert_eq!(change.stack_definition.0.0.folder, "x");
        assert_eq!(change.declared_class, None);
        let membership = Membership {
            role: Role::Reviewer {
                function: Function::security(),
            },
            environment: Some(name("staging")),
        };
        let (role, function, environment) = memberships::columns(&membership);
        for added in [1, 0] {
            let user = *change.requester_id;
            let rows = memberships::insert(
                &mut transaction,
                project,
                user,
                role,
                function,
                environment,
                now(),
            )
            .await;
            assert_eq!(rows.unwrap(), added);
        }
        let held = memberships::of_user_in_project(&mut transaction, project, *change.requester_id)
            .await
            .unwrap();
        assert_eq!(held[0].membership().unwrap(), membership);
        transaction.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_job_is_claimed_once_and_a_key_is_worked_on_once() {
    for fixture in fixtures().await {
        let keys: Vec<String> = (0..20).map(|number| format!("state-{}", number % 10)).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut transaction = fixture.database.write().await.unwrap();
        with_jobs(&mut transaction, &keys).await;
        transaction.commit().await.unwrap();
        let claims = (0..40).map(|worker: u128| {
            let database = fixture.database.clone();
            tokio::spawn(async move {
                let mut transaction = database.write().await.unwrap();
                let server = ServerId::new(Uuid::from_u128(worker));
                let claimed = jobs::claim(&mut transaction, now(), server).await;
                match claimed {
                    Ok(claimed) => {
                        transaction.commit().await.unwrap();
                        claimed.map(|job| *job.id)
                    }
                    Err(error) => {
                        assert!(error.is_unique_violation(), "{error}");
                        None
                    }
                }
            })
        });
        let mut claimed = Vec::new();
        for claim in claims.collect::<Vec<_>>() {
            claimed.extend(claim.await.unwrap());
        }
        let distinct: BTreeSet<_> = claimed.iter().collect();
        assert_eq!(
            distinct.len(),
            claimed.len(),
            "{}: a job was claimed twice",
            fixture.name
        );
        assert!(claimed.len() <= 10, "{}: a key was worked on twice", fixture.name);
        assert!(!claimed.is_empty(), "{}", fixture.name);
    }
}

#[tokio::test]
async fn a_worker_that_lost_its_job_cannot_finish() {
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        with_jobs(&mut transaction, &["k"]).await;
        let (first, second) = (
            ServerId::new(Uuid::from_u128(1)),
            ServerId::new(Uuid::from_u128(2)),
        );
        servers::insert(&mut transaction, first, "one/a", "one", "root", now())
            .await
            .unwrap();
        let job = jobs::claim(&mut transaction, now(), first)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            jobs::beat(&mut transaction, *job.id, job.attempt).await.unwrap(),
            1
        );
        let at_work = jobs::at_work(&mut transaction).await.unwrap();
        assert_eq!((at_work[0].beats, at_work[0].host.as_deref()), (1, Some("one")));

        let taken = jobs::take_over(&mut transaction, *job.id, job.attempt, second)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(taken.attempt, job.attempt + 1);
        let late = jobs::take_over(&mut transaction, *job.id, job.attempt, first)
            .await
            .unwrap();
        assert!(late.is_none(), "{}: it was taken over twice", fixture.name);
        assert_eq!(
            jobs::beat(&mut transaction, *job.id, job.attempt).await.unwrap(),
            0
        );
        for (attempt, ended) in [(job.attempt, 0), (taken.attempt, 1)] {
            let rows = jobs::finish(&mut transaction, *job.id, attempt).await.unwrap();
            assert_eq!(rows, ended, "{}", fixture.name);
        }
        let again = jobs::claim(&mut transaction, now(), first).await.unwrap();
        assert!(again.is_none(), "{}: a run was repeated", fixture.name);
    }
}

const LOG: Uuid = Uuid::from_u128(1);

async fn append(transaction: &mut Transaction, subject: &str) {
    append_to(transaction, audit::Chain::root(LOG), subject).await;
}

async fn append_to(transaction: &mut Transaction, chain: audit::Chain, subject: &str) {
    let entry = audit::NewEntry {
        chain,
        at: now(),
        actor: "alice",
        action: "change.approve",
        subject,
        details: serde_json::json!({"comment": "ok"}),
    };
    audit::append(transaction, &key(), entry).await.unwrap();
}

async fn verify(transaction: &mut Transaction) -> Option<audit::LogBroken> {
    audit::verify(transaction, &key(), LOG, None)
        .await
        .unwrap()
        .broken
}

async fn tamper(transaction: &mut Transaction, sql: &str) {
    let text = sqlx::AssertSqlSafe(sql.to_owned());
    let written = match &mut transaction.connection {
        Connection::Sqlite(inner) => sqlx::query(text)
            .execute(&mut **inner)
            .await
            .map(|done| done.rows_affected()),
        Connection::Postgres(inner) => sqlx::query(text)
            .execute(&mut **inner)
            .await
            .map(|done| done.rows_affected()),
    };
    assert!(written.unwrap() > 0, "{sql}");
}

#[tokio::test]
async fn tampering_with_the_audit_log_is_found() {
    let tamperings = [
        "UPDATE audit_entries SET action = 'change.close' WHERE sequence = 2",
        "UPDATE audit_entries SET hash = previous_hash WHERE sequence = 3",
        "UPDATE audit_entries SET created_at = created_at + 1 WHERE sequence = 1",
        "DELETE FROM audit_entries WHERE sequence = 2",
        "DELETE FROM audit_entries WHERE sequence = 3",
        "UPDATE audit_entries SET sequence = 10 WHERE sequence = 3",
        "UPDATE audit_heads SET sequence = 2",
        "UPDATE audit_heads SET hash = (SELECT hash FROM audit_entries WHERE sequence = 2), sequence = 2",
        "DELETE FROM audit_heads",
    ];
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        for subject in ["INFRA-1", "INFRA-2", "INFRA-3"] {
            append(&mut transaction, subject).await;
        }
        assert_eq!(verify(&mut transaction).await, None, "{}", fixture.name);
        transaction.commit().await.unwrap();
        for sql in tamperings {
            let mut transaction = fixture.database.write().await.unwrap();
            tamper(&mut transaction, sql).await;
            assert!(
                verify(&mut transaction).await.is_some(),
                "{}: not found: {sql}",
                fixture.name
            );
        }
    }
}

#[tokio::test]
async fn a_checkpoint_finds_a_rewritten_chain() {
    let fixture = &fixtures().await[0];
    let mut transaction = fixture.database.write().await.unwrap();
    append(&mut transaction, "INFRA-1").await;
    let noted = audit::verify(&mut transaction, &key(), LOG, None).await.unwrap();
    tamper(&mut transaction, "DELETE FROM audit_entries").await;
    tamper(&mut transaction, "DELETE FROM audit_heads").await;
    append(&mut transaction, "INFRA-9").await;
    let again = audit::verify(&mut transaction, &key(), LOG, Some((noted.sequence, noted.head))).await;
    let expected = audit::LogBroken::Root(ChainBroken::Checkpoint(1));
    assert_eq!(again.unwrap().broken, Some(expected));
}

/// A log with the root chain (1), and chains of two states (2, 3), of two entries each.
async fn with_chains(transaction: &mut Transaction) {
    append(transaction, "INFRA-1").await;
    for subject in ["staging/network", "staging/website"] {
        let id = Uuid::from_u128(if subject.ends_with("network") { 2 } else { 3 });
        for _ in 0..2 {
            append_to(transaction, audit::Chain { log: LOG, id }, subject).await;
        }
    }
}

#[tokio::test]
async fn each_state_has_a_chain_and_the_log_has_them_all() {
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        with_chains(&mut transaction).await;
        let found = audit::verify(&mut transaction, &key(), LOG, None).await.unwrap();
        let counted = (found.entries, found.chains, found.sequence, found.broken);
        assert_eq!(counted, (7, 3, 3, None), "{}", fixture.name);
        let mut seen = Vec::new();
        let mut after = audit::EntryPlace {
            at: Timestamp::MIN,
            chain: Uuid::nil(),
            sequence: 0,
        };
        loop {
            let (at, chain) = (after.at, after.chain);
            let page = audit::after(&mut transaction, LOG, at, chain, after.sequence, 2)
                .await
                .unwrap();
            let Some(last) = page.last() else { break };
            after = last.place();
            seen.extend(
                page.iter()
                    .map(|row| (row.chain.as_u128(), row.sequence, row.action.clone())),
            );
        }
        let places: Vec<_> = seen
            .iter()
            .map(|(chain, sequence, _)| (*chain, *sequence))
            .collect();
        assert_eq!(
            places,
            [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, 1), (3, 2)],
            "{}",
            fixture.name
        );
        assert_eq!(seen[1].2, "audit.begin");
        let place = (Timestamp::MAX, Uuid::max(), i64::MAX);
        let newest = audit::before(&mut transaction, LOG, place.0, place.1, place.2, 100)
            .await
            .unwrap();
        let backwards: Vec<_> = newest
            .iter()
            .rev()
            .map(|row| (row.chain.as_u128(), row.sequence))
            .collect();
        assert_eq!(backwards, places, "{}", fixture.name);
    }
}

#[tokio::test]
async fn tampering_with_the_chain_of_a_state_is_found_and_named() {
    let two = "x'00000000000000000000000000000002'";
    let tamperings: &[(&[&str], &str)] = &[
        (
            &["UPDATE audit_entries SET actor = 'mallory' WHERE chain = TWO AND sequence = 1"],
            "the chain of staging/network: entry 1 was altered",
        ),
        (
            &["DELETE FROM audit_entries WHERE chain = TWO AND sequence = 2"],
            "the chain of staging/network: the chain ends at entry 1",
        ),
        (
            &["DELETE FROM audit_entries WHERE chain = TWO"],
            "the chain of staging/network: the chain ends at entry 0",
        ),
        (
            &[
                "DELETE FROM audit_entries WHERE chain = TWO",
                "DELETE FROM audit_heads WHERE chain = TWO",
            ],
            "the chain of staging/network is gone",
        ),
        (
            &["DELETE FROM audit_heads WHERE chain = TWO"],
            "the chain of staging/network is gone",
        ),
        (
            &["UPDATE audit_heads SET sequence = 1 WHERE chain = TWO"],
            "the chain of staging/network: the head of the chain was altered",
        ),
        (
            &["UPDATE audit_entries SET log = TWO WHERE chain = TWO AND sequence = 2"],
            "the chain of staging/network: entry 2 was altered",
        ),
        (
            &["UPDATE audit_heads SET log = TWO WHERE chain = TWO"],
            "the chain of staging/network is gone",
        ),
        (
            &[
                "INSERT INTO audit_entries (log, chain, sequence, created_at, actor, action, subject, details, previous_hash, hash) \
               SELECT log, hash_of, sequence, created_at, actor, action, subject, details, previous_hash, hash FROM \
               (SELECT e.*, FOUR AS hash_of FROM audit_entries e WHERE chain = TWO) AS copied",
            ],
            "2 entries belong to no chain",
        ),
    ];
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        with_chains(&mut transaction).await;
        transaction.commit().await.unwrap();
        for (statements, expected) in tamperings {
            let mut transaction = fixture.database.write().await.unwrap();
            for sql in *statements {
                let (two, four) = match transaction.connection {
                    Connection::Sqlite(_) => (two.to_owned(), two.replace("2'", "4'")),
                    Connection::Postgres(_) => (
                        "'00000000-0000-0000-0000-000000000002'::uuid".to_owned(),
                        "'00000000-0000-0000-0000-000000000004'::uuid".to_owned(),
                    ),
                };
                tamper(&mut transaction, &sql.replace("TWO", &two).replace("FOUR", &four)).await;
            }
            let found = verify(&mut transaction).await.map(|broken| broken.to_string());
            let found = found.unwrap_or_default();
            assert!(
                found.starts_with(expected),
                "{}: {statements:?}: {found}",
                fixture.name
            );
        }
    }
}

#[tokio::test]
async fn a_chain_that_was_removed_and_begun_anew_is_found() {
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        with_chains(&mut transaction).await;
        tamper(
            &mut transaction,
            "DELETE FROM audit_entries WHERE chain IN (SELECT chain FROM audit_heads WHERE sequence = 2)",
        )
        .await;
        tamper(&mut transaction, "DELETE FROM audit_heads WHERE sequence = 2").await;
        let chain = audit::Chain {
            log: LOG,
            id: Uuid::from_u128(3),
        };
        append_to(&mut transaction, chain, "staging/website").await;
        let found = verify(&mut transaction).await.unwrap().to_string();
        assert!(
            found.contains("staging/website began anew with entry 4"),
            "{}: {found}",
            fixture.name
        );
    }
}

#[tokio::test]
async fn the_files_of_the_database_are_their_owners_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open_sqlite(&folder.path().join("lockkeeper.db"))
        .await
        .unwrap();
    let transaction = database.write().await.unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
    drop(transaction);
}

#[tokio::test]
async fn a_database_that_goes_away_is_told_apart_and_comes_back() {
    let mut server = Postgres::start();
    let settings = PostgresSettings::new(server.database("away"));
    let database = Database::connect_postgres(&settings).await.unwrap();
    let mut begun = database.write().await.unwrap();
    users::any(&mut begun).await.unwrap();
    server.kill();
    let broken = users::any(&mut begun).await.unwrap_err();
    assert!(broken.is_unavailable(), "{broken:?}");
    let unconfirmed = begun.commit().await.unwrap_err();
    assert!(
        matches!(unconfirmed, StoreError::Unconfirmed(_)),
        "{unconfirmed:?}"
    );
    let away = database.write().await.unwrap_err();
    assert!(away.is_unavailable(), "{away:?}");
    server.start_again();
    let mut again = database.write().await.unwrap();
    assert!(users::any(&mut again).await.unwrap().is_none());
}

#[tokio::test]
async fn several_servers_may_migrate_one_database_at_once() {
    let server = Postgres::start();
    let settings = PostgresSettings::new(server.database("together"));
    let mut tasks = tokio::task::JoinSet::new();
    for settings in std::iter::repeat_n(settings.clone(), 4) {
        tasks.spawn(async move { Database::connect_postgres(&settings).await.map(drop) });
    }
    for migrated in tasks.join_all().await {
        migrated.unwrap();
    }
}

/// A state of everybody's, with the run of a project in whose environment it is.
async fn with_state(transaction: &mut Transaction) -> (RunRow, StateId) {
    let project = with_jobs(transaction, &["k"]).await;
    let run = runs::page(transaction, project, RunId::new(Uuid::max()), 1)
        .await
        .unwrap()
        .remove(0);
    let (state, environment) = (StateId::new(Uuid::now_v7()), *run.environment_id);
    let (stack, shared) = (name("network"), states::SHARED);
    states::insert(transaction, state, project, environment, &stack, shared)
        .await
        .unwrap();
    (run, state)
}

/// What a state is kept long for, with ten versions of which the fourth alone has resources.
#[tokio::test]
async fn what_keeps_old_versions_of_a_state_is_found_on_both() {
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        let (run, state) = with_state(&mut transaction).await;
        let none = StateId::new(Uuid::nil());
        let ids: Vec<_> = (1..=10u128)
            .map(|number| StateVersionId::new(Uuid::from_u128(number)))
            .collect();
        for (serial, id) in (1..).zip(&ids) {
            add_version(&mut transaction, state, *id, serial, *run.requester_id).await;
        }
        let found = async |transaction: &mut Transaction, versions, before| {
            let rows = state_retention::long_states(transaction, none, versions, before, 10).await;
            rows.unwrap().iter().map(|row| *row.id).collect::<Vec<_>>()
        };
        let later = now() + jiff::SignedDuration::from_secs(1);
        assert_eq!(
            found(&mut transaction, 9, later).await,
            [state],
            "{}",
            fixture.name
        );
        assert!(found(&mut transaction, 10, later).await.is_empty());
        assert!(found(&mut transaction, 9, now()).await.is_empty());

        let boundary = state_retention::with_newer(&mut transaction, state, 2)
            .await
            .unwrap();
        assert_eq!(*boundary.unwrap().id, ids[7]);
        let page = state_retention::page(&mut transaction, state, ids[0], ids[7], 3).await;
        let serials: Vec<_> = page.unwrap().iter().map(|row| row.serial).collect();
        assert_eq!(serials, [2, 3, 4]);
        let good = state_retention::last_good(&mut transaction, state, ids[9])
            .await
            .unwrap();
        assert_eq!(*good.unwrap().id, ids[3]);

        let in_use = async |transaction: &mut Transaction| {
            let rows = state_retention::serials_in_use(transaction, state).await.unwrap();
            rows.iter().map(|row| row.serial).collect::<Vec<_>>()
        };
        assert!(in_use(&mut transaction).await.is_empty());
        runs::start(&mut transaction, *run.id, now(), Some(6))
            .await
            .unwrap();
        assert_eq!(in_use(&mut transaction).await, [6], "{}", fixture.name);

        state_retention::count_removed(&mut transaction, state, 4)
            .await
            .unwrap();
        let row = states::detail(&mut transaction, state).await.unwrap().unwrap();
        assert_eq!((row.versions, row.versions_removed), (6, 4));
    }
}

/// More resources than are looked at together.
#[tokio::test]
async fn the_words_of_a_very_large_state_follow_it() {
    for fixture in fixtures().await {
        let mut transaction = fixture.database.write().await.unwrap();
        let (run, state) = with_state(&mut transaction).await;
        let project = *run.project_id;
        let version = StateVersionId::new(Uuid::now_v7());
        add_version(&mut transaction, state, version, 1, *run.requester_id).await;
        let inventories = Inventories::new(&key());
        let found = async |transaction: &mut Transaction, text: &str| {
            let none = StateId::new(Uuid::nil());
            let rows = inventories.find(transaction, project, text, none, 10).await;
            rows.unwrap().len()
        };
        let mut digest = None;
        let many = 70_000;
        for (from, to) in [(0, many), (10, many + 10), (5, 6)] {
            let inventory = machines(from..to);
            inventories
                .replace(&mut transaction, project, state, digest.as_deref(), &inventory)
                .await
                .unwrap();
            assert!(!inventories.is_digest(digest.as_deref(), state, &inventory));
            let kept = state_inventories::of_state(&mut transaction, state)
                .await
                .unwrap();
            let mut count = 0;
            inventories
                .open(state, &kept.unwrap().content, |_| count += 1)
                .unwrap();
            assert_eq!(count, to - from);
            for number in [0, 5, 9, 10, many / 2, many - 1, many, many + 9] {
                let expected = usize::from((from..to).contains(&number));
                for text in [format!("machine.m[{number}]"), format!("i-{number}")] {
                    let count = found(&mut transaction, &text).await;
                    assert_eq!(count, expected, "{}: {text} of {from}..{to}", fixture.name);
                }
            }
            assert_eq!(found(&mut transaction, "machine").await, 1);
            digest = Some(
                states::standing(&mut transaction, state)
                    .await
                    .unwrap()
                    .unwrap()
                    .inventory_digest
                    .unwrap(),
            );
        }
    }
}

fn machines(numbers: std::ops::Range<usize>) -> Inventory {
    let mut writer = InventoryWriter::default();
    for number in numbers {
        writer.add(&StateResource {
            address: format!("machine.m[{number}]"),
            kind: "machine".to_owned(),
            id: Some(format!("i-{number}")),
            name: None,
        });
    }
    writer.finish().unwrap()
}

async fn add_version(
    transaction: &mut Transaction,
    state: StateId,
    id: StateVersionId,
    serial: i64,
    user: UserId,
) {
    let resources = Some(i64::from(serial == 4));
    let origin = VersionOrigin::Write;
    let mut batch = Batch::new(transaction);
    states::insert_version(
        &mut batch,
        id,
        state,
        serial,
        "l",
        2,
        &[0; 16],
        "blob",
        user,
        None,
        now(),
        origin,
        None,
        None,
        resources,
    )
    .unwrap();
    states::set_newest(&mut batch, state, id, serial).unwrap();
    batch.run(transaction).await.unwrap();
}

/// Two transactions of PostgreSQL that stand in each other's way: one is ended, has done nothing, and may be tried again.
#[tokio::test]
async fn a_transaction_that_gave_way_may_be_tried_again() {
    let fixture = fixtures().await.pop().unwrap();
    let database = fixture.database;
    let mut transaction = database.write().await.unwrap();
    for name in ["a", "b"] {
        schedules::insert(&mut transaction, name, now()).await.unwrap();
    }
    transaction.commit().await.unwrap();

    let (mut first, mut second) = (database.write().await.unwrap(), database.write().await.unwrap());
    schedules::postpone(&mut first, "a", now()).await.unwrap();
    schedules::postpone(&mut second, "b", now()).await.unwrap();
    let ended = tokio::join!(
        schedules::postpone(&mut first, "b", now()),
        schedules::postpone(&mut second, "a", now())
    );
    drop((first, second));
    let deadlock = ended.0.and(ended.1).unwrap_err();
    assert!(deadlock.is_unavailable(), "{deadlock}");

    // Each reads what the other writes; no order of the two explains that.
    let mut skewed = Vec::new();
    for (read, written) in [("a", "b"), ("b", "a")] {
        let mut transaction = database.write().await.unwrap();
        let Connection::Postgres(inner) = &mut transaction.connection else {
            panic!("the last fixture is PostgreSQL")
        };
        sqlx::query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
            .execute(&mut **inner)
            .await
            .unwrap();
        schedules::find(&mut transaction, read).await.unwrap();
        skewed.push((transaction, written));
    }
    let mut refused = Vec::new();
    for (transaction, written) in &mut skewed {
        let written = schedules::postpone(transaction, written, now()).await;
        refused.extend(written.err());
    }
    for (transaction, _) in skewed {
        refused.extend(transaction.commit().await.err());
    }
    assert!(!refused.is_empty());
    for refused in refused {
        assert!(
            refused.is_unavailable(),
            "it has not happened, and that is known: {refused}"
        );
    }
}

/// Also behind a pooler, which refuses limits as parameters of the start; and after a migration, which has none.
#[tokio::test]
async fn every_connection_to_postgresql_has_its_limits() {
    let fixture = fixtures().await.pop().unwrap();
    let mut transactions = Vec::new();
    for _ in 0..5 {
        transactions.push(fixture.database.write().await.unwrap());
    }
    for mut transaction in transactions {
        let Connection::Postgres(inner) = &mut transaction.connection else {
            panic!("the last fixture is PostgreSQL")
        };
        for (limit, expected) in [
            ("SHOW statement_timeout", "30s"),
            ("SHOW idle_in_transaction_session_timeout", "1min"),
        ] {
            let shown: String = sqlx::query_scalar(limit).fetch_one(&mut **inner).await.unwrap();
            assert_eq!(shown, expected, "{limit}");
        }
    }
}
