//! The audit log. Entries are appended in the transaction of what they record, and never altered.
//!
//! A log has a root chain, which bears the log's identifier, and one chain for each state of the project.
//! Operations on different states then do not wait for each other's place in a chain. The root chain says
//! when another chain began, so that one that was removed is missed.

mod verification;

use jiff::Timestamp;
use lockkeeper_domain::audit::{Entry, EntryHash};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::batch::Batch;
use crate::key::{Purpose, ServerKey};
use crate::sealed::{IdentityKind, SealedTable, sealed_row};
use crate::statement::{batched, statements};
use crate::stored::{Stored, json_text};
use crate::{StoreError, Transaction};

pub use verification::{LogBroken, Verification, verify};

/// The action of the entry in a root chain that says that another chain begins.
const BEGIN: &str = "audit.begin";

/// A chain of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// The log: a project's identifier, or [`Uuid::nil`] for the server's own.
    pub log: Uuid,
    /// The chain: the log's identifier for its root, or a state's.
    pub id: Uuid,
}

impl Chain {
    /// The root chain of a log.
    pub fn root(log: Uuid) -> Self {
        Self { log, id: log }
    }
}

/// Where an entry stands in a log, which is ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryPlace {
    /// When it was written.
    pub at: Timestamp,
    /// The chain that it is in.
    pub chain: Uuid,
    /// Its place in the chain.
    pub sequence: i64,
}

/// What is sealed.
pub(crate) const SEALED: SealedTable = SealedTable {
    name: "audit_entries",
    identity: &[("chain", IdentityKind::Id), ("sequence", IdentityKind::Number)],
    sealed: &["actor", "subject", "details"],
    names: &[],
};

sealed_row! {
    /// An entry as it is stored.
    pub struct EntryRow {
        /// The log.
        pub log: Uuid,
        /// The chain.
        pub chain: Uuid,
        /// The place in the chain, counted from 1.
        pub sequence: i64,
        /// When.
        pub created_at: Stored<Timestamp>,
        /// What was done.
        pub action: String,
        /// The hash of the entry before.
        pub previous_hash: Vec<u8>,
        /// The hash of this entry.
        pub hash: Vec<u8>,
    }
    sealed in SEALED, by (chain, sequence) {
        /// Who.
        pub actor: String,
        /// To what.
        pub subject: String,
        /// The rest, as JSON text.
        pub details: String,
    }
}

/// The head of a chain, sealed with the server's key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HeadRow {
    /// The chain.
    pub chain: Uuid,
    /// How many entries the chain has.
    pub sequence: i64,
    /// The hash of the last one.
    pub hash: Vec<u8>,
    /// The seal over both.
    pub seal: Vec<u8>,
}

impl HeadRow {
    /// Whether the seal was made with that key.
    pub(crate) fn is_sealed_by(&self, key: &ServerKey, chain: Uuid) -> bool {
        EntryHash::from_slice(&self.hash).is_some_and(|hash| {
            seal(key, chain, self.sequence, hash)
                .as_slice()
                .ct_eq(&self.seal)
                .into()
        })
    }
}

/// The end of a chain: its last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainEnd {
    /// Its place.
    pub sequence: i64,
    /// Its hash.
    pub hash: EntryHash,
}

/// A log.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct LogRow {
    /// Its identifier, which is that of its root chain.
    pub log: Uuid,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Count {
    /// The number.
    pub count: i64,
}

impl EntryRow {
    /// Where the entry stands in the log.
    pub fn place(&self) -> EntryPlace {
        EntryPlace {
            at: *self.created_at,
            chain: self.chain,
            sequence: self.sequence,
        }
    }
}

statements! {
    /// Every log, in the order of their identifiers, behind the one given or from it on.
    all fn logs(from: Uuid, including: bool, limit: i64) -> LogRow =
        "SELECT log FROM audit_heads WHERE chain = log AND (chain > $1 OR ($2 AND chain = $1)) ORDER BY chain LIMIT $3";
    /// Begins a chain unless it has begun.
    execute fn insert_head(chain: Uuid, log: Uuid, hash: &[u8], seal: &[u8]) =
        "INSERT INTO audit_heads (chain, log, sequence, hash, seal) VALUES ($1, $2, 0, $3, $4) ON CONFLICT DO NOTHING";
    /// Takes the next place. Transactions that write to the same chain wait for each other.
    optional fn advance_head(chain: Uuid) -> HeadRow =
        "UPDATE audit_heads SET sequence = sequence + 1 WHERE chain = $1 RETURNING chain, sequence, hash, seal";
    /// The head of a chain.
    optional fn head(chain: Uuid) -> HeadRow = "SELECT chain, sequence, hash, seal FROM audit_heads WHERE chain = $1";
    /// The heads of the chains of a log, by chain, behind the one given.
    all fn heads_of_log(log: Uuid, after: Uuid, limit: i64) -> HeadRow =
        "SELECT chain, sequence, hash, seal FROM audit_heads WHERE log = $1 AND chain > $2 ORDER BY chain LIMIT $3";
    /// Entries of one chain, oldest first, behind the place given.
    all fn of_chain(chain: Uuid, sequence: i64, limit: i64) -> EntryRow =
        "SELECT log, chain, sequence, created_at, actor, action, subject, details, previous_hash, hash FROM audit_entries \
         WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
    /// Entries of a log, oldest first, behind the place given.
    all fn after(log: Uuid, at: Timestamp, chain: Uuid, sequence: i64, limit: i64) -> EntryRow =
        "SELECT log, chain, sequence, created_at, actor, action, subject, details, previous_hash, hash FROM audit_entries \
         WHERE log = $1 AND (created_at, chain, sequence) > ($2, $3, $4) ORDER BY created_at, chain, sequence LIMIT $5";
    /// Entries of a log, newest first, before the place given.
    all fn before(log: Uuid, at: Timestamp, chain: Uuid, sequence: i64, limit: i64) -> EntryRow =
        "SELECT log, chain, sequence, created_at, actor, action, subject, details, previous_hash, hash FROM audit_entries \
         WHERE log = $1 AND (created_at, chain, sequence) < ($2, $3, $4) \
         ORDER BY created_at DESC, chain DESC, sequence DESC LIMIT $5";
    /// How many entries a log has.
    optional fn count_of_log(log: Uuid) -> Count = "SELECT COUNT(*) AS count FROM audit_entries WHERE log = $1";
}

batched! {
    /// Sets the head.
    fn set_head(chain: Uuid, hash: &[u8], seal: &[u8]) = "UPDATE audit_heads SET hash = $2, seal = $3 WHERE chain = $1";
    /// Moves the head on by one entry, unless somebody else did so first.
    fn move_head(chain: Uuid, sequence: i64, hash: &[u8], seal: &[u8]) =
        "UPDATE audit_heads SET sequence = $2, hash = $3, seal = $4 WHERE chain = $1 AND sequence = $2 - 1";
    /// Appends an entry.
    fn insert_entry(
        log: Uuid, chain: Uuid, sequence: i64, created_at: Timestamp, actor: &str, action: &str, subject: &str, details: &str,
        previous_hash: &[u8], hash: &[u8],
    ) seals SEALED (chain, sequence) [actor, subject, details] =
        "INSERT INTO audit_entries (log, chain, sequence, created_at, actor, action, subject, details, previous_hash, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
}

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// The chain.
    pub chain: Chain,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: &'a str,
    /// What was done: `change.approve`.
    pub action: &'a str,
    /// To what: `INFRA-1`.
    pub subject: &'a str,
    /// The rest. Never a secret.
    pub details: Value,
}

/// Appends an entry to its chain, which begins if it has not.
///
/// # Errors
/// When the database fails.
pub async fn append(
    transaction: &mut Transaction,
    key: &ServerKey,
    entry: NewEntry<'_>,
) -> Result<(), StoreError> {
    let head = match advance_head(transaction, entry.chain.id).await? {
        Some(head) => head,
        None => begin(transaction, key, &entry).await?,
    };
    link(transaction, key, entry, head).await
}

/// As [`append`], behind an end that was read before. The batch fails when the chain has another end by then.
///
/// # Errors
/// When a value cannot be sealed.
pub fn append_behind(
    batch: &mut Batch,
    key: &ServerKey,
    entry: NewEntry<'_>,
    end: ChainEnd,
) -> Result<(), StoreError> {
    let (chain, sequence) = (entry.chain.id, end.sequence.saturating_add(1));
    let hash = write_entry(batch, entry, sequence, end.hash)?;
    let seal = seal(key, chain, sequence, hash);
    move_head(batch, chain, sequence, &hash.0, &seal)
}

/// Begins the chain of the entry, says so in the root chain, and takes its first place.
async fn begin(
    transaction: &mut Transaction,
    key: &ServerKey,
    entry: &NewEntry<'_>,
) -> Result<HeadRow, StoreError> {
    let (chain, root) = (entry.chain, Chain::root(entry.chain.log));
    // Whoever comes second waits here for the first, and finds the chain begun.
    let begun = insert_empty(transaction, key, chain).await?;
    if begun && chain != root {
        insert_empty(transaction, key, root).await?;
        let said = NewEntry {
            chain: root,
            action: BEGIN,
            details: json!({"chain": chain.id}),
            ..entry.clone()
        };
        let head = next_place(transaction, root).await?;
        link(transaction, key, said, head).await?;
    }
    next_place(transaction, chain).await
}

async fn insert_empty(
    transaction: &mut Transaction,
    key: &ServerKey,
    chain: Chain,
) -> Result<bool, StoreError> {
    let genesis = EntryHash::GENESIS;
    let seal = seal(key, chain.id, 0, genesis);
    Ok(insert_head(transaction, chain.id, chain.log, &genesis.0, &seal).await? == 1)
}

async fn next_place(transaction: &mut Transaction, chain: Chain) -> Result<HeadRow, StoreError> {
    let head = advance_head(transaction, chain.id).await?;
    Ok(head.ok_or(sqlx::Error::RowNotFound)?)
}

/// Writes the entry at the place that was taken, behind the hash that the head held until now.
async fn link(
    transaction: &mut Transaction,
    key: &ServerKey,
    entry: NewEntry<'_>,
    head: HeadRow,
) -> Result<(), StoreError> {
    let previous = EntryHash::from_slice(&head.hash).ok_or_else(|| damaged("the head of an audit chain"))?;
    let (chain, sequence) = (entry.chain.id, head.sequence);
    let mut batch = Batch::new(transaction);
    let hash = write_entry(&mut batch, entry, sequence, previous)?;
    let seal = seal(key, chain, sequence, hash);
    set_head(&mut batch, chain, &hash.0, &seal)?;
    batch.run(transaction).await
}

/// Writes the entry at that place, behind that hash. Answers its own.
fn write_entry(
    batch: &mut Batch,
    entry: NewEntry<'_>,
    sequence: i64,
    previous: EntryHash,
) -> Result<EntryHash, StoreError> {
    let (chain, details) = (entry.chain, json_text(&entry.details)?);
    let hash = Entry {
        chain: chain.id.as_bytes(),
        sequence,
        at_microseconds: entry.at.as_microsecond(),
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        details: &details,
    }
    .hash(previous);
    insert_entry(
        batch,
        chain.log,
        chain.id,
        sequence,
        entry.at,
        entry.actor,
        entry.action,
        entry.subject,
        &details,
        &previous.0,
        &hash.0,
    )?;
    Ok(hash)
}

fn seal(key: &ServerKey, chain: Uuid, sequence: i64, hash: EntryHash) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_keyed(&key.derive(Purpose::AuditSeal));
    hasher
        .update(chain.as_bytes())
        .update(&sequence.to_be_bytes())
        .update(&hash.0);
    *hasher.finalize().as_bytes()
}

fn damaged(what: &str) -> StoreError {
    StoreError::Database(sqlx::Error::Decode(format!("{what} is damaged").into()))
}
