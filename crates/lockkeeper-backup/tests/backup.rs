//! Backups of both databases, restored into the same and into the other.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use lockkeeper_backup::{
    BackupError, Created, Keep, Proof, Repository, RepositoryKeys, Reuse, Source, create, prepare, prune,
    repository_keys, restore, verify,
};
use lockkeeper_domain::id::UserId;
use lockkeeper_store::blobs::{Blobs, Leftovers};
use lockkeeper_store::keyring::RootKey;
use lockkeeper_store::tables::audit::{self, Chain, NewEntry};
use lockkeeper_store::tables::users;
use lockkeeper_store::{Database, PostgresSettings, StoreError};
use lockkeeper_testkit::postgres::Postgres;
use uuid::Uuid;

const ROOT: [u8; 32] = [9; 32];

fn now() -> Timestamp {
    "2026-11-21T02:00:00Z".parse().unwrap()
}

struct Server {
    database: Database,
    blobs: Blobs,
    keys: RepositoryKeys,
}

impl Server {
    /// A server of its own, in that folder.
    async fn on_sqlite(folder: &Path) -> Self {
        let database = Database::open_sqlite(&folder.join("lockkeeper.db")).await;
        Self::new(database.unwrap(), folder).await
    }

    async fn new(database: Database, folder: &Path) -> Self {
        database.unlock(&RootKey::new(ROOT), now()).await.unwrap();
        let blobs = Blobs::open(&folder.join("blobs"), &database).unwrap();
        let keys = repository_keys(&database.keyring().server_key().unwrap());
        Self {
            database,
            blobs,
            keys,
        }
    }

    /// A user, some audit entries, a blob in the database and one outside.
    async fn fill(&self, number: u8) -> (String, String) {
        let small = self.blobs.put(vec![number; 100]).await.unwrap();
        let big = self.blobs.put(noise(number, 5 << 20)).await.unwrap();
        let mut transaction = self.database.write().await.unwrap();
        let id = UserId::new(Uuid::from_bytes([number; 16]));
        users::insert(
            &mut transaction,
            id,
            &format!("user-{number}").parse().unwrap(),
            false,
            now(),
        )
        .await
        .unwrap();
        let key = self.database.keyring().server_key().unwrap();
        for action in ["user.create", "token.create"] {
            let entry = NewEntry {
                chain: Chain::root(Uuid::nil()),
                at: now(),
                actor: "admin",
                action,
                subject: "user",
                details: serde_json::json!({"number": number}),
            };
            audit::append(&mut transaction, &key, entry).await.unwrap();
        }
        let names = (
            small.keep(&mut transaction).await.unwrap().to_owned(),
            big.keep(&mut transaction).await.unwrap().to_owned(),
        );
        transaction.commit().await.unwrap();
        names
    }

    async fn back_up(&self, repository: &Repository, at: Timestamp) -> Created {
        self.back_up_with(repository, Reuse::Pieces, at).await
    }

    async fn back_up_with(&self, repository: &Repository, reuse: Reuse, at: Timestamp) -> Created {
        let source = Source {
            database: &self.database,
            blobs: &self.blobs,
            program: "test",
        };
        create(source, repository, &self.keys, reuse, at).await.unwrap()
    }
}

/// Content that does not compress.
fn noise(seed: u8, length: usize) -> Vec<u8> {
    let mut content = vec![0; length];
    blake3::Hasher::new()
        .update(&[seed])
        .finalize_xof()
        .fill(&mut content);
    content
}

async fn sqlite(folder: &Path) -> Database {
    Database::open_sqlite_bare(&folder.join("lockkeeper.db"))
        .await
        .unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

async fn restored(
    repository: &Repository,
    created: &Created,
    keys: &RepositoryKeys,
    database: Database,
    folder: &Path,
) -> Server {
    let file = repository.read(&created.id).await.unwrap();
    let manifest = file.manifest(keys).unwrap();
    prepare(&file, &manifest, &RootKey::new(ROOT), &database, now())
        .await
        .unwrap();
    let blobs = Blobs::open(&folder.join("blobs"), &database).unwrap();
    restore(&manifest, repository, keys, &database, &blobs, Leftovers::Refuse)
        .await
        .unwrap();
    Server {
        database,
        blobs,
        keys: keys.clone(),
    }
}

#[tokio::test]
async fn a_backup_goes_to_the_other_database_and_back() {
    let (first, second, third, place) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let repository = Repository::folder(place.path()).unwrap();
    let server = Server::on_sqlite(first.path()).await;
    let (small, big) = server.fill(1).await;
    let created = server.back_up(&repository, now()).await;
    assert_eq!(created.manifest.blob_count, 1);

    let postgres = Postgres::start();
    let bare = Database::connect_postgres_bare(&PostgresSettings::new(postgres.url()))
        .await
        .unwrap();
    let other = restored(&repository, &created, &server.keys, bare, second.path()).await;
    let again = other
        .back_up(&repository, now() + SignedDuration::from_secs(1))
        .await;
    // The blob is the same, whatever database speaks of it.
    assert_eq!(again.manifest.blobs, created.manifest.blobs);
    let last = restored(
        &repository,
        &again,
        &server.keys,
        sqlite(third.path()).await,
        third.path(),
    )
    .await;

    for server in [&other, &last] {
        assert_eq!(server.blobs.get(&small).await.unwrap(), vec![1; 100]);
        assert_eq!(server.blobs.get(&big).await.unwrap(), noise(1, 5 << 20));
        let mut transaction = server.database.read().await.unwrap();
        let key = server.database.keyring().server_key().unwrap();
        let verified = audit::verify(&mut transaction, &key, Uuid::nil(), None)
            .await
            .unwrap();
        assert_eq!((verified.entries, verified.broken), (2, None));
    }
}

#[tokio::test]
async fn only_what_is_new_is_written() {
    let (folder, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let repository = Repository::folder(place.path()).unwrap();
    let server = Server::on_sqlite(folder.path()).await;
    server.fill(1).await;
    let first = server.back_up(&repository, now()).await;
    let second = server
        .back_up(&repository, now() + SignedDuration::from_secs(1))
        .await;
    assert!(first.new_pieces > 5);
    assert_eq!(second.new_pieces, 0);
    server.fill(2).await;
    let third = server
        .back_up(&repository, now() + SignedDuration::from_secs(2))
        .await;
    assert!(third.new_pieces < first.new_pieces + 3, "{}", third.new_pieces);

    let keep = Keep {
        newest: 1,
        days: 0,
        weeks: 0,
        months: 0,
    };
    // Pieces that are younger than a day may belong to a backup that is being made.
    let pruned = prune(&repository, &server.keys, keep, Timestamp::MAX)
        .await
        .unwrap();
    assert_eq!(pruned.backups, [first.id, second.id]);
    let file = repository.read(&third.id).await.unwrap();
    assert_eq!(verify(&file, &repository, &server.keys).await.unwrap().blobs, 2);
}

#[tokio::test]
async fn what_is_damaged_foreign_or_in_the_way_is_refused() {
    let (folder, place, target) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let repository = Repository::folder(place.path()).unwrap();
    let server = Server::on_sqlite(folder.path()).await;
    server.fill(1).await;
    let created = server.back_up(&repository, now()).await;
    let file = repository.read(&created.id).await.unwrap();

    let other = RootKey::new([8; 32]);
    assert!(matches!(
        file.envelope.server_key(&other),
        Err(BackupError::Store(_))
    ));
    let stranger = RepositoryKeys::new(&[1; 32]);
    assert!(matches!(file.manifest(&stranger), Err(BackupError::WrongKey(_))));
    // A database with rows is not written over.
    let manifest = file.manifest(&server.keys).unwrap();
    let refused = prepare(&file, &manifest, &RootKey::new(ROOT), &server.database, now()).await;
    assert!(matches!(refused, Err(BackupError::NotEmpty)));

    // Each piece in turn is cut, and each time it is noticed and nothing is restored.
    for piece in files(&place.path().join("pieces")) {
        let whole = std::fs::read(&piece).unwrap();
        std::fs::write(&piece, &whole[..whole.len() - 1]).unwrap();
        assert!(matches!(
            verify(&file, &repository, &server.keys).await,
            Err(BackupError::Damaged { .. })
        ));
        std::fs::write(&piece, whole).unwrap();
    }
    verify(&file, &repository, &server.keys).await.unwrap();
    let piece = &manifest
        .tables
        .iter()
        .find(|table| table.table == "audit_entries")
        .unwrap()
        .pieces[0];
    let path = files(&place.path().join("pieces"))
        .into_iter()
        .find(|path| path.ends_with(piece))
        .unwrap();
    let whole = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let database = sqlite(target.path()).await;
    prepare(&file, &manifest, &RootKey::new(ROOT), &database, now())
        .await
        .unwrap();
    let blobs = Blobs::open(&target.path().join("blobs"), &database).unwrap();
    let restore =
        async |leftovers| restore(&manifest, &repository, &server.keys, &database, &blobs, leftovers).await;
    assert!(matches!(
        restore(Leftovers::Refuse).await,
        Err(BackupError::Damaged { .. })
    ));
    let mut transaction = database.read().await.unwrap();
    assert!(users::any(&mut transaction).await.unwrap().is_none());
    drop(transaction);
    // The blobs are there: the same restore, begun again, replaces them.
    std::fs::write(&path, whole).unwrap();
    assert!(restore(Leftovers::Refuse).await.unwrap().again);
    let mut transaction = database.read().await.unwrap();
    assert!(users::any(&mut transaction).await.unwrap().is_some());
    drop(transaction);
    // Now they are somebody's.
    std::fs::create_dir(folder.path().join("other")).unwrap();
    let other = sqlite(folder.path().join("other").as_path()).await;
    let taken = Blobs::open(&target.path().join("blobs"), &other).unwrap();
    assert!(matches!(
        taken.begin_restore(Leftovers::Refuse).await,
        Err(StoreError::BlobsThere { .. })
    ));
}

#[tokio::test]
async fn the_place_tells_nothing() {
    let (folder, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let repository = Repository::folder(place.path()).unwrap();
    let server = Server::on_sqlite(folder.path()).await;
    server.fill(1).await;
    server.back_up(&repository, now()).await;
    for file in files(place.path()) {
        let content = std::fs::read(&file).unwrap();
        for word in ["user-1", "user.create", "admin"] {
            let found = content
                .windows(word.len())
                .any(|window| window == word.as_bytes());
            assert!(!found, "{word} in {}", file.display());
        }
    }
}

#[tokio::test]
async fn what_is_damaged_in_the_place_does_not_spoil_the_next_backup() {
    let (folder, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let repository = Repository::folder(place.path()).unwrap();
    let server = Server::on_sqlite(folder.path()).await;
    server.fill(1).await;
    server.back_up(&repository, now()).await;
    let pieces = files(&place.path().join("pieces"));
    let mut seconds = 0;
    let mut next = async |reuse: Reuse| {
        seconds += 1;
        let created = server
            .back_up_with(&repository, reuse, now() + SignedDuration::from_secs(seconds))
            .await;
        let file = repository.read(&created.id).await.unwrap();
        verify(&file, &repository, &server.keys).await
    };
    let cut = |piece: &PathBuf| {
        let whole = std::fs::read(piece).unwrap();
        std::fs::write(piece, &whole[1..]).unwrap();
    };
    let biggest = pieces.iter().max_by_key(|piece| piece.metadata().unwrap().len());
    let biggest = biggest.unwrap();
    // The list of the blobs is among them, and is not.
    for damaged in [&pieces[..], std::slice::from_ref(biggest)] {
        damaged.iter().for_each(cut);
        next(Reuse::Pieces).await.unwrap();
        for piece in damaged {
            std::fs::remove_file(piece).unwrap();
        }
        next(Reuse::Pieces).await.unwrap();
    }
    // Of the right size and not what was written: only whoever reads it notices, and a full backup mends it.
    let mut content = std::fs::read(biggest).unwrap();
    content[100] ^= 1;
    std::fs::write(biggest, content).unwrap();
    assert!(matches!(
        next(Reuse::Pieces).await,
        Err(BackupError::Damaged { .. })
    ));
    next(Reuse::Nothing).await.unwrap();
    next(Reuse::Pieces).await.unwrap();
}

#[tokio::test]
async fn a_backup_tells_its_kind_what_it_added_and_what_is_known_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::folder(&folder.path().join("place")).unwrap();
    let server = Server::on_sqlite(folder.path()).await;
    server.fill(1).await;
    let first = server.back_up(&repository, now()).await;
    let second = server
        .back_up(&repository, now() + SignedDuration::from_hours(1))
        .await;
    let at = now() + SignedDuration::from_hours(2);
    let third = server.back_up_with(&repository, Reuse::Nothing, at).await;
    let told = |created: &Created| {
        let manifest = &created.manifest;
        (manifest.full.unwrap(), manifest.added.unwrap())
    };
    let ((first_is_full, first_added), (second_is_full, second_added)) = (told(&first), told(&second));
    assert!(first_is_full && !second_is_full && told(&third).0);
    assert!(first_added > 5 << 20, "{first_added}");
    assert!(second_added < 1 << 20, "{second_added}");
    let stored: u64 = files(&folder.path().join("place/pieces"))
        .iter()
        .map(|file| file.metadata().unwrap().len())
        .sum();
    assert_eq!(
        stored,
        first_added + second_added,
        "what is written anew takes the same place"
    );

    let proof = async |id| repository.proof(id, &server.keys).await.unwrap();
    assert_eq!(proof(&first.id).await, Proof::default());
    let prove = async |add: fn(&mut Proof)| repository.prove(&first.id, &server.keys, add).await.unwrap();
    prove(|proof| proof.verified_at = Some(now())).await;
    prove(|proof| proof.restored_at = Some(now())).await;
    let known = proof(&first.id).await;
    assert_eq!((known.verified_at, known.restored_at), (Some(now()), Some(now())));
    // What is known of one backup says nothing of another, whoever copies the file.
    let proofs = folder.path().join("place/proofs");
    std::fs::copy(proofs.join(first.id.as_str()), proofs.join(second.id.as_str())).unwrap();
    assert_eq!(proof(&second.id).await, Proof::default());
    let keep = Keep {
        newest: 1,
        days: 0,
        weeks: 0,
        months: 0,
    };
    let pruned = prune(&repository, &server.keys, keep, at).await.unwrap();
    assert!(pruned.backups.contains(&first.id), "{pruned:?}");
    assert!(!proofs.join(first.id.as_str()).exists());
}
