//! What is promised of blobs, wherever they stand, on both databases.
#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up fails")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use lockkeeper_store::batch::Batch;
use lockkeeper_store::blobs::{Blobs, BucketSettings, Collector, Leftovers, Place};
use lockkeeper_store::key::Purpose;
use lockkeeper_store::keyring::{self, RootKey};
use lockkeeper_store::tables::blobs::{self, release};
use lockkeeper_store::{Database, PostgresSettings, StoreError};
use lockkeeper_testkit::bucket::{self, Bucket, Weather};
use lockkeeper_testkit::postgres::Postgres;

/// Bytes that do not compress, different for each seed.
fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(bytes).collect()
}

struct Fixture {
    blobs: Blobs,
    database: Database,
    folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lockkeeper.db");
        Self::with(Database::open_sqlite(&file).await.unwrap(), folder).await
    }

    async fn with(database: Database, folder: tempfile::TempDir) -> Self {
        database.unlock(&RootKey::new([7; 32]), at(0)).await.unwrap();
        Self {
            blobs: Blobs::open(&folder.path().join("blobs"), &database).unwrap(),
            database,
            folder,
        }
    }

    /// Big blobs go to the bucket, by a client that has no connection yet.
    fn into_bucket(self, bucket: &Bucket) -> Self {
        self.into_prefix(bucket, "some/where")
    }

    fn into_prefix(self, bucket: &Bucket, prefix: &str) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let settings = BucketSettings {
            bucket: bucket::NAME.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: Some(bucket.endpoint()),
            path_style: true,
            allow_http: true,
            credentials_file: Some(bucket.credentials(self.folder.path())),
            ..BucketSettings::default()
        };
        let blobs = self.blobs.with_bucket(&settings).unwrap();
        Self { blobs, ..self }
    }

    async fn keep(&self, content: &[u8]) -> String {
        let blob = self.blobs.put(content.to_vec()).await.unwrap();
        let mut transaction = self.database.write().await.unwrap();
        let name = blob.keep(&mut transaction).await.unwrap().to_owned();
        transaction.commit().await.unwrap();
        name
    }

    async fn get(&self, name: &str) -> Result<Vec<u8>, StoreError> {
        self.blobs.get(name).await
    }

    async fn release(&self, name: &str, now: Timestamp) {
        let mut transaction = self.database.write().await.unwrap();
        release(&mut transaction, name, now).await.unwrap();
        transaction.commit().await.unwrap();
    }

    fn files(&self) -> Vec<PathBuf> {
        files(&self.folder.path().join("blobs"))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("blobs").join(&name[..2]).join(name)
    }

    /// Whether any file of the database or of the blobs holds the bytes.
    fn holds(&self, bytes: &[u8]) -> bool {
        files(self.folder.path()).iter().any(|file| {
            let content = std::fs::read(file).unwrap();
            content.windows(bytes.len()).any(|window| window == bytes)
        })
    }
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

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// Sizes at and about the bounds: of what the database holds, and of pieces.
const SIZES: [usize; 9] = [
    0,
    1,
    1000,
    60_000,
    70_000,
    (1 << 20) - 1,
    1 << 20,
    (1 << 20) + 1,
    (3 << 20) + 7,
];

async fn every_size_comes_back(fixture: &Fixture) {
    for (seed, size) in (0..).zip(SIZES) {
        for content in [noise(size, seed), vec![b'x'; size]] {
            let name = fixture.keep(&content).await;
            assert!(fixture.get(&name).await.unwrap() == content, "{size}");
        }
    }
}

#[tokio::test]
async fn every_size_comes_back_on_both_databases() {
    every_size_comes_back(&Fixture::new().await).await;
    let server = Postgres::start();
    let settings = PostgresSettings::new(server.url());
    let database = Database::connect_postgres(&settings).await.unwrap();
    let fixture = Fixture::with(database, tempfile::tempdir().unwrap()).await;
    every_size_comes_back(&fixture).await;
    fixture.database.close().await;
}

#[tokio::test]
async fn every_size_comes_back_from_a_bucket_in_which_nothing_can_be_read() {
    let bucket = Bucket::start();
    let fixture = Fixture::new().await.into_bucket(&bucket);
    fixture.blobs.check_bucket().await.unwrap();
    every_size_comes_back(&fixture).await;
    let big = noise(20_000_000, 1);
    let name = fixture.keep(&big).await;
    assert!(fixture.get(&name).await.unwrap() == big);
    assert_eq!(fixture.files(), Vec::<PathBuf>::new());

    fixture.release(&name, at(1)).await;
    fixture.blobs.remove_released(at(2), 10).await.unwrap();
    assert!(matches!(fixture.get(&name).await, Err(StoreError::Blob(_))));
}

#[tokio::test]
async fn a_bucket_that_fails_takes_nothing_and_small_blobs_do_not_need_it() {
    let bucket = Bucket::start();
    let fixture = Fixture::new().await.into_bucket(&bucket);
    let (content, other) = (noise(3_000_000, 1), noise(10_000_000, 2));
    let name = fixture.keep(&content).await;
    bucket.set(Weather::Failing);
    let fixture = fixture.into_bucket(&bucket);
    let before = bucket.connections();
    for big in [&content, &other] {
        let refused = fixture.blobs.put(big.clone()).await;
        assert!(matches!(refused, Err(StoreError::Bucket(_))));
    }
    assert!(bucket.connections() > before + 4, "it was tried again");
    let said = fixture.get(&name).await.unwrap_err();
    assert!(matches!(said, StoreError::Bucket(_)), "{said}");
    assert!(!said.to_string().contains("SKTEST"), "{said}");
    let small = fixture.keep(b"small").await;
    assert_eq!(fixture.get(&small).await.unwrap(), b"small");
    assert_eq!(fixture.files(), Vec::<PathBuf>::new());

    bucket.set(Weather::Cutting);
    let fixture = fixture.into_bucket(&bucket);
    match fixture.get(&name).await {
        Ok(read) => assert!(read == content),
        Err(error) => assert!(matches!(error, StoreError::Bucket(_)), "{error}"),
    }
    bucket.set(Weather::Fair);
    let fixture = fixture.into_bucket(&bucket);
    assert!(fixture.get(&name).await.unwrap() == content);
}

#[tokio::test]
async fn a_prefix_of_a_bucket_belongs_to_one_database() {
    let bucket = Bucket::start();
    let first = Fixture::new().await.into_bucket(&bucket);
    let content = noise(100_000, 1);
    let name = first.keep(&content).await;

    let other = Fixture::new().await.into_bucket(&bucket);
    let foreign = |ended: Result<(), StoreError>| matches!(ended, Err(StoreError::ForeignBucket { .. }));
    assert!(foreign(other.blobs.claim_bucket().await));
    assert!(foreign(other.blobs.put(content.clone()).await.map(drop)));
    let mut collector = Collector::new(Duration::ZERO);
    for _ in 0..2 {
        assert!(foreign(other.blobs.collect(&mut collector).await.map(drop)));
    }
    for _ in 0..2 {
        let begun = other.blobs.begin_restore(Leftovers::Refuse).await;
        assert!(foreign(begun.map(drop)));
        assert_eq!(other.files(), Vec::<PathBuf>::new());
    }
    // A new start of the same server finds its own.
    let first = first.into_bucket(&bucket);
    first.blobs.claim_bucket().await.unwrap();
    assert!(first.get(&name).await.unwrap() == content);

    // A restore into a prefix of its own can be begun again, and the database then bears its name.
    let restored = Fixture::new().await.into_prefix(&bucket, "else/where");
    for again in [false, true] {
        let begun = restored.blobs.begin_restore(Leftovers::Refuse).await;
        assert_eq!(begun.unwrap(), again);
        let mut writer = restored.blobs.writer_named(&name).unwrap();
        writer.write(&content).unwrap();
        let _restored = writer.finish_restored().await.unwrap();
    }
    restored.blobs.end_restore().await.unwrap();
    restored.blobs.claim_bucket().await.unwrap();
    let first = first.into_prefix(&bucket, "else/where");
    assert!(foreign(first.blobs.claim_bucket().await));
}

#[tokio::test]
async fn what_is_in_the_folder_is_read_when_there_is_a_bucket() {
    let bucket = Bucket::start();
    let fixture = Fixture::new().await;
    let content = noise(100_000, 1);
    let name = fixture.keep(&content).await;
    let (folder, fixture) = (fixture.blobs.clone(), fixture.into_bucket(&bucket));
    assert!(fixture.get(&name).await.unwrap() == content);
    let in_bucket = fixture.keep(&content).await;
    assert!(matches!(folder.get(&in_bucket).await, Err(StoreError::Bucket(_))));
}

#[tokio::test]
async fn what_no_row_points_to_is_collected_and_nothing_else() {
    let bucket = Bucket::start();
    for fixture in [Fixture::new().await, Fixture::new().await.into_bucket(&bucket)] {
        let content = noise(100_000, 1);
        let kept = fixture.keep(&content).await;
        let _left = fixture.blobs.put(content.clone()).await.unwrap();
        let _left = fixture.blobs.put(content.clone()).await.unwrap();
        let incoming = fixture.folder.path().join("blobs/incoming/.tmpleft");
        std::fs::write(&incoming, b"left").unwrap();
        std::fs::write(fixture.folder.path().join("blobs/README"), b"of somebody else").unwrap();

        let mut patient = Collector::new(Duration::from_hours(1));
        for _ in 0..2 {
            assert_eq!(fixture.blobs.collect(&mut patient).await.unwrap(), 0);
        }
        assert!(!patient.is_due());

        let mut collector = Collector::new(Duration::ZERO);
        assert_eq!(fixture.blobs.collect(&mut collector).await.unwrap(), 0);
        let late = fixture.blobs.put(content.clone()).await.unwrap();
        assert_eq!(fixture.blobs.collect(&mut collector).await.unwrap(), 3);
        assert!(!incoming.exists());
        assert!(fixture.folder.path().join("blobs/README").exists());
        // What was seen once without a row, and has one now, stays.
        let mut transaction = fixture.database.write().await.unwrap();
        let late = late.keep(&mut transaction).await.unwrap().to_owned();
        transaction.commit().await.unwrap();
        assert_eq!(fixture.blobs.collect(&mut collector).await.unwrap(), 0);
        for name in [kept, late] {
            assert!(fixture.get(&name).await.unwrap() == content);
        }
    }
}

#[tokio::test]
async fn written_piece_by_piece_it_is_the_same() {
    let fixture = Fixture::new().await;
    let content = noise(5_000_000, 1);
    for step in [1_000, 65_536, 1 << 20, 3_000_000] {
        let mut writer = fixture.blobs.writer().unwrap();
        for piece in content.chunks(step) {
            writer.write(piece).unwrap();
        }
        let blob = writer.finish().await.unwrap();
        let mut transaction = fixture.database.write().await.unwrap();
        let name = blob.keep(&mut transaction).await.unwrap().to_owned();
        transaction.commit().await.unwrap();
        assert!(fixture.get(&name).await.unwrap() == content, "{step}");
    }
}

#[tokio::test]
async fn small_blobs_are_in_the_database_and_no_blob_can_be_read_on_disk() {
    let fixture = Fixture::new().await;
    let small = fixture.keep(&b"password = hunter2 ".repeat(100)).await;
    assert_eq!(fixture.files(), Vec::<PathBuf>::new());
    let mut big = noise(200_000, 1);
    big.extend_from_slice(&b"password = hunter2 ".repeat(100));
    let big = fixture.keep(&big).await;
    assert_eq!(fixture.files(), [fixture.file(&big)]);
    assert!(!fixture.holds(b"hunter2"));
    assert!(fixture.holds(small.as_bytes()));
}

#[tokio::test]
async fn a_small_blob_is_gone_with_its_transaction() {
    let fixture = Fixture::new().await;
    let blob = fixture.blobs.put(b"small".to_vec()).await.unwrap();
    let mut transaction = fixture.database.write().await.unwrap();
    let name = blob.keep(&mut transaction).await.unwrap().to_owned();
    drop(transaction);
    assert!(matches!(fixture.get(&name).await, Err(StoreError::Blob(_))));
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_nothing() {
    let fixture = Fixture::new().await;
    let mut writer = fixture.blobs.writer().unwrap();
    writer.write(&noise(5_000_000, 1)).unwrap();
    assert_eq!(fixture.files().len(), 1);
    drop(writer);
    assert_eq!(fixture.files().len(), 0);
}

#[tokio::test]
async fn the_same_content_twice_is_two_blobs() {
    let fixture = Fixture::new().await;
    for content in [noise(100, 1), noise(100_000, 1)] {
        let (one, two) = (fixture.keep(&content).await, fixture.keep(&content).await);
        fixture.release(&one, at(1)).await;
        let removed = fixture.blobs.remove_released(at(2), 10);
        removed.await.unwrap();
        assert!(matches!(fixture.get(&one).await, Err(StoreError::Blob(_))));
        assert!(fixture.get(&two).await.unwrap() == content);
    }
    assert_eq!(fixture.files().len(), 1);
}

#[tokio::test]
async fn what_was_released_just_now_can_still_be_read() {
    let fixture = Fixture::new().await;
    let content = noise(100_000, 1);
    let name = fixture.keep(&content).await;
    let mut transaction = fixture.database.read().await.unwrap();
    let found = fixture.blobs.find(&mut transaction, &name).await.unwrap();
    drop(transaction);
    fixture.release(&name, at(10)).await;
    let removed = fixture.blobs.remove_released(at(10), 10);
    removed.await.unwrap();
    assert!(found.bytes().await.unwrap() == content);
}

#[tokio::test]
async fn a_damaged_blob_is_refused_whatever_was_done_to_it() {
    let fixture = Fixture::new().await;
    let content = noise(3_000_000, 1);
    let name = fixture.keep(&content).await;
    let other = fixture.keep(&noise(3_000_000, 2)).await;
    let file = fixture.file(&name);
    let sealed = std::fs::read(&file).unwrap();
    // The header is 24 bytes; each piece has 4 bytes of length before it.
    let length = u32::from_be_bytes(*sealed[24..].first_chunk().unwrap());
    let second = 24 + 4 + usize::try_from(length).unwrap();
    let piece = |number: usize| &sealed[24 + number * (second - 24)..][..second - 24];
    let last = &sealed[24 + 2 * (second - 24)..];
    let mut flipped = sealed.clone();
    flipped[1_000_000] ^= 1;
    let mut other_version = sealed.clone();
    other_version[0] = 2;
    let mut early_end = sealed[..second].to_vec();
    early_end[24] |= 0x80;
    let mut long_piece = sealed.clone();
    long_piece[24..28].copy_from_slice(&0x7fff_ffff_u32.to_be_bytes());
    let damages: [(&str, Vec<u8>); 11] = [
        ("empty", Vec::new()),
        ("cut in the header", sealed[..20].to_vec()),
        ("cut in a piece", sealed[..sealed.len() - 1].to_vec()),
        ("cut behind a piece", sealed[..second].to_vec()),
        ("ended behind a piece", early_end),
        ("one bit", flipped),
        ("another version", other_version),
        ("a length that cannot be", long_piece),
        (
            "pieces exchanged",
            [&sealed[..24], piece(1), piece(0), last].concat(),
        ),
        ("a piece left out", [&sealed[..24], piece(0), last].concat()),
        ("more behind the end", [&sealed[..], b"more"].concat()),
    ];
    for (what, damaged) in damages {
        std::fs::write(&file, damaged).unwrap();
        assert!(
            matches!(fixture.get(&name).await, Err(StoreError::Blob(_))),
            "{what}"
        );
    }
    std::fs::copy(fixture.file(&other), &file).unwrap();
    let exchanged = fixture.get(&name).await;
    assert!(matches!(exchanged, Err(StoreError::Blob(_))), "another blob");
    std::fs::write(&file, &sealed).unwrap();
    assert!(fixture.get(&name).await.unwrap() == content);
}

#[tokio::test]
async fn a_name_cannot_leave_the_folder() {
    let fixture = Fixture::new().await;
    std::fs::write(fixture.folder.path().join("outside"), b"x").unwrap();
    for name in ["../outside", "", "incoming", "ab", "/etc/passwd"] {
        let mut transaction = fixture.database.write().await.unwrap();
        let mut batch = Batch::new(&transaction);
        blobs::insert(&mut batch, name, Place::Folder, None, 0).unwrap();
        batch.run(&mut transaction).await.unwrap();
        transaction.commit().await.unwrap();
        assert!(matches!(fixture.get(name).await, Err(StoreError::Blob(_))));
    }
}

/// A rotation, and the time when every server knows of it.
async fn rotate(database: &Database) -> Timestamp {
    let mut transaction = database.write().await.unwrap();
    keyring::add_data_key(&mut transaction, at(1000)).await.unwrap();
    transaction.commit().await.unwrap();
    database.refresh_keys().await.unwrap();
    at(2000)
}

async fn numbers(database: &Database) -> Vec<(i64, Place)> {
    let mut transaction = database.read().await.unwrap();
    let counted = blobs::count(&mut transaction).await.unwrap();
    counted
        .iter()
        .map(|count| (count.key_number, *count.place))
        .collect()
}

async fn blobs_are_sealed_anew(fixture: &Fixture, big: Place) {
    let contents: Vec<Vec<u8>> = (0..).zip(SIZES).map(|(seed, size)| noise(size, seed)).collect();
    let mut names = Vec::new();
    for content in &contents {
        names.push(fixture.keep(content).await);
    }
    let mut transaction = fixture.database.read().await.unwrap();
    let last = fixture
        .blobs
        .find(&mut transaction, names.last().unwrap())
        .await
        .unwrap();
    drop(transaction);
    let mut reading = last.open().await.unwrap();
    let mut read = reading.next().await.unwrap().unwrap();

    let settled = rotate(&fixture.database).await;
    assert_eq!(
        fixture.blobs.seal_anew(at(1000)).await.unwrap().sealed,
        0,
        "too early"
    );
    let pass = fixture.blobs.seal_anew(settled).await.unwrap();
    assert_eq!((pass.sealed, pass.failed), (9, 0), "{:?}", pass.reason);
    let mut counted = vec![(2, Place::Database), (2, big)];
    counted.sort_by_key(|(number, place)| (*number, place.as_str()));
    assert_eq!(numbers(&fixture.database).await, counted);
    assert_eq!(fixture.blobs.seal_anew(settled).await.unwrap().sealed, 0);

    while let Some(piece) = reading.next().await.unwrap() {
        read.extend_from_slice(&piece);
    }
    assert!(read == *contents.last().unwrap(), "who was reading reads on");
    for (name, content) in names.iter().zip(&contents) {
        assert!(fixture.get(name).await.unwrap() == *content);
    }

    // As a crash leaves it: the blob is sealed anew, its row does not say so yet.
    let name = names.last().unwrap();
    let mut transaction = fixture.database.write().await.unwrap();
    blobs::replace(&mut transaction, name, big, None, 1, 2)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert!(fixture.get(name).await.unwrap() == *contents.last().unwrap());
    assert_eq!(fixture.blobs.seal_anew(settled).await.unwrap().sealed, 1);
    assert!(fixture.get(name).await.unwrap() == *contents.last().unwrap());
}

#[tokio::test]
async fn after_a_rotation_blobs_are_sealed_anew_on_both_databases() {
    blobs_are_sealed_anew(&Fixture::new().await, Place::Folder).await;
    let server = Postgres::start();
    let settings = PostgresSettings::new(server.url());
    let database = Database::connect_postgres(&settings).await.unwrap();
    let fixture = Fixture::with(database, tempfile::tempdir().unwrap()).await;
    blobs_are_sealed_anew(&fixture, Place::Folder).await;
    fixture.database.close().await;
}

#[tokio::test]
async fn after_a_rotation_blobs_in_a_bucket_are_sealed_anew() {
    let bucket = Bucket::start();
    let fixture = Fixture::new().await.into_bucket(&bucket);
    blobs_are_sealed_anew(&fixture, Place::Bucket).await;
}

#[tokio::test]
async fn a_damaged_blob_does_not_keep_the_others_from_being_sealed_anew() {
    let fixture = Fixture::new().await;
    let damaged = fixture.keep(&noise(100_000, 1)).await;
    let sound = fixture.keep(&noise(100_000, 2)).await;
    std::fs::write(fixture.file(&damaged), b"damaged").unwrap();
    let settled = rotate(&fixture.database).await;
    let pass = fixture.blobs.seal_anew(settled).await.unwrap();
    assert_eq!((pass.sealed, pass.failed), (1, 1));
    assert!(matches!(pass.reason, Some(StoreError::Blob(_))));
    assert_eq!(std::fs::read(fixture.file(&damaged)).unwrap(), b"damaged");
    assert!(fixture.get(&sound).await.unwrap() == noise(100_000, 2));
}

/// As blobs were sealed before there were data keys.
#[tokio::test]
async fn a_blob_of_the_first_format_is_sealed_anew_whatever_its_row_says_meanwhile() {
    use chacha20poly1305::aead::{Aead, Payload};
    use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

    let fixture = Fixture::new().await;
    let name = "ab".repeat(32);
    let key = fixture
        .database
        .keyring()
        .server_key()
        .unwrap()
        .derive(Purpose::BlobContents);
    let packed = zstd::encode_all(&b"a state"[..], 3).unwrap();
    let payload = Payload {
        msg: &packed,
        aad: name.as_bytes(),
    };
    let sealed = XChaCha20Poly1305::new((&*key).into()).encrypt(&XNonce::from([9; 24]), payload);
    let file = fixture.file(&name);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, [&[9; 24][..], &sealed.unwrap()].concat()).unwrap();
    let mut transaction = fixture.database.write().await.unwrap();
    let mut batch = Batch::new(&transaction);
    blobs::insert(&mut batch, &name, Place::Folder, None, 0).unwrap();
    batch.run(&mut transaction).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(fixture.get(&name).await.unwrap(), b"a state");

    assert_eq!(fixture.blobs.seal_anew(at(0)).await.unwrap().sealed, 1);
    assert_eq!(numbers(&fixture.database).await, [(1, Place::Folder)]);
    assert_eq!(fixture.get(&name).await.unwrap(), b"a state");
    let mut transaction = fixture.database.write().await.unwrap();
    blobs::replace(&mut transaction, &name, Place::Folder, None, 0, 1)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(
        fixture.get(&name).await.unwrap(),
        b"a state",
        "after a crash before the row was written"
    );
}
