//! Keys: made, opened, rotated and wrapped anew, on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]
#![expect(
    clippy::disallowed_methods,
    reason = "identifiers made in tests need not be fixed"
)]

use jiff::Timestamp;
use lockkeeper_domain::id::UserId;
use lockkeeper_store::database::Connection;
use lockkeeper_store::key::{Purpose, ServerKey};
use lockkeeper_store::keyring::{self, KeyNeeded, RootKey};
use lockkeeper_store::tables::{audit, users};
use lockkeeper_store::{Database, PostgresSettings, StoreError};
use lockkeeper_testkit::postgres::Postgres;
use uuid::Uuid;

fn now() -> Timestamp {
    "2026-11-21T10:00:00Z".parse().unwrap()
}

fn root(byte: u8) -> RootKey {
    RootKey::new([byte; 32])
}

fn audit_key(database: &Database) -> [u8; 32] {
    *database
        .keyring()
        .server_key()
        .unwrap()
        .derive(Purpose::AuditSeal)
}

/// A database, and the same one as another server sees it.
struct Fixture {
    first: Database,
    second: Database,
    _folder: tempfile::TempDir,
    _server: Option<Postgres>,
}

async fn fixtures() -> Vec<Fixture> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lockkeeper.db");
    let server = Postgres::start();
    vec![
        Fixture {
            first: Database::open_sqlite(&file).await.unwrap(),
            second: Database::open_sqlite(&file).await.unwrap(),
            _folder: folder,
            _server: None,
        },
        Fixture {
            first: Database::connect_postgres(&PostgresSettings::new(server.url()))
                .await
                .unwrap(),
            second: Database::connect_postgres(&PostgresSettings::new(server.url()))
                .await
                .unwrap(),
            _folder: tempfile::tempdir().unwrap(),
            _server: Some(server),
        },
    ]
}

async fn rotate(database: &Database) -> u32 {
    let mut transaction = database.write().await.unwrap();
    let number = keyring::add_data_key(&mut transaction, now()).await.unwrap();
    transaction.commit().await.unwrap();
    database.refresh_keys().await.unwrap();
    number
}

#[tokio::test]
async fn keys_are_made_once_and_need_the_same_root_key() {
    for Fixture { first, second, .. } in &fixtures().await {
        assert!(matches!(first.keyring().newest(), Err(StoreError::Locked)));
        assert_eq!(first.key_needed().await.unwrap(), KeyNeeded::Any);
        first.unlock(&root(1), now()).await.unwrap();
        let needed = KeyNeeded::Root(root(1).fingerprint());
        assert_eq!(second.key_needed().await.unwrap(), needed);
        let wrong = second.unlock(&root(2), now()).await;
        assert!(
            matches!(wrong, Err(StoreError::WrongRootKey { needed, .. }) if needed == root(1).fingerprint())
        );
        assert!(matches!(second.keyring().server_key(), Err(StoreError::Locked)));
        second.unlock(&root(1), now()).await.unwrap();
        assert_eq!(audit_key(first), audit_key(second));
    }
}

#[tokio::test]
async fn servers_that_start_at_once_have_the_same_keys() {
    for Fixture { first, second, .. } in &fixtures().await {
        let (key, other) = (root(1), root(1));
        let (one, two) = tokio::join!(first.unlock(&key, now()), second.unlock(&other, now()));
        one.and(two).unwrap();
        assert_eq!(audit_key(first), audit_key(second));
    }
}

#[tokio::test]
async fn another_server_learns_of_a_new_data_key() {
    for Fixture { first, second, .. } in &fixtures().await {
        first.unlock(&root(1), now()).await.unwrap();
        second.unlock(&root(1), now()).await.unwrap();
        let secret = audit_key(first);
        assert_eq!(rotate(first).await, 2);
        assert_eq!(first.keyring().newest().unwrap().number(), 2);
        assert_eq!(second.keyring().newest().unwrap().number(), 1);
        assert_eq!(second.data_key(2).await.unwrap().number(), 2);
        assert_eq!(second.keyring().newest().unwrap().number(), 2);
        assert!(matches!(second.data_key(3).await, Err(StoreError::UnknownKey(3))));
        let seals: Vec<(u32, bool)> = second
            .keyring()
            .entries()
            .unwrap()
            .iter()
            .map(|entry| (entry.number, entry.seals))
            .collect();
        assert_eq!(seals, [(1, false), (2, true)]);
        assert_eq!(
            audit_key(second),
            secret,
            "what is derived from the secret outlives rotation"
        );
    }
}

#[tokio::test]
async fn a_changed_root_key_opens_what_the_former_one_did() {
    for Fixture { first, second, .. } in &fixtures().await {
        first.unlock(&root(1), now()).await.unwrap();
        second.unlock(&root(1), now()).await.unwrap();
        rotate(first).await;
        let secret = audit_key(first);
        let mut transaction = first.write().await.unwrap();
        keyring::change_root(&mut transaction, &root(2)).await.unwrap();
        transaction.commit().await.unwrap();
        assert!(matches!(
            first.unlock(&root(1), now()).await,
            Err(StoreError::WrongRootKey { .. })
        ));
        first.unlock(&root(2), now()).await.unwrap();
        assert_eq!(audit_key(first), secret);
        assert_eq!(first.keyring().entries().unwrap().len(), 2);
        // A server that has not heard of it must not wrap a new key with the former one.
        let mut transaction = second.write().await.unwrap();
        let refused = keyring::add_data_key(&mut transaction, now()).await;
        assert!(matches!(refused, Err(StoreError::WrongRootKey { .. })));
    }
}

#[tokio::test]
async fn the_first_key_file_becomes_the_secret_and_no_other_does() {
    for Fixture { first, .. } in &fixtures().await {
        // As a version left it that had one key for everything: data, but no keys in the database.
        let former = ServerKey::new([1; 32]);
        first.unlock(&root(1), now()).await.unwrap();
        let mut transaction = first.write().await.unwrap();
        let user = UserId::new(Uuid::now_v7());
        users::insert(&mut transaction, user, &"alice".parse().unwrap(), true, now())
            .await
            .unwrap();
        let entry = audit::NewEntry {
            chain: audit::Chain::root(Uuid::nil()),
            at: now(),
            actor: "alice",
            action: "user.create",
            subject: "alice",
            details: serde_json::json!({}),
        };
        audit::append(&mut transaction, &former, entry).await.unwrap();
        let sql = "DELETE FROM encryption_keys";
        match &mut transaction.connection {
            Connection::Sqlite(inner) => sqlx::query(sql).execute(&mut **inner).await.map(drop),
            Connection::Postgres(inner) => sqlx::query(sql).execute(&mut **inner).await.map(drop),
        }
        .unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(first.key_needed().await.unwrap(), KeyNeeded::First);
        let refused = first.unlock(&root(2), now()).await;
        assert!(matches!(refused, Err(StoreError::NotTheFirstKey(_))));
        first.unlock(&root(1), now()).await.unwrap();
        assert_eq!(audit_key(first), *former.derive(Purpose::AuditSeal));
    }
}
