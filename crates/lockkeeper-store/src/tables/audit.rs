//! The audit log. Entries are appended in the transaction of what they record, and never altered.

use jiff::Timestamp;
use lockkeeper_domain::audit::{ChainBroken, ChainVerifier, Entry, EntryHash};
use serde_json::Value;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::key::{Purpose, ServerKey};
use crate::statement::statements;
use crate::stored::{Stored, json_text};
use crate::{StoreError, Transaction};

/// How many entries are looked at in one go while verifying.
const VERIFY_PAGE: i64 = 1000;

/// An entry as it is stored.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EntryRow {
    /// The place in the chain, counted from 1.
    pub sequence: i64,
    /// When.
    pub created_at: Stored<Timestamp>,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// The rest, as JSON text.
    pub details: String,
    /// The hash of the entry before.
    pub previous_hash: Vec<u8>,
    /// The hash of this entry.
    pub hash: Vec<u8>,
}

/// The head of a chain, sealed with the server's key.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HeadRow {
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

statements! {
    /// Begins a chain unless it has begun.
    execute fn insert_head(chain: Uuid, hash: &[u8], seal: &[u8]) =
        "INSERT INTO audit_heads (chain, sequence, hash, seal) VALUES ($1, 0, $2, $3) ON CONFLICT DO NOTHING";
    /// Takes the next place. Transactions that write to the same chain wait for each other.
    optional fn advance_head(chain: Uuid) -> HeadRow =
        "UPDATE audit_heads SET sequence = sequence + 1 WHERE chain = $1 RETURNING sequence, hash, seal";
    /// Sets the head.
    execute fn set_head(chain: Uuid, hash: &[u8], seal: &[u8]) = "UPDATE audit_heads SET hash = $2, seal = $3 WHERE chain = $1";
    /// The head of a chain.
    optional fn head(chain: Uuid) -> HeadRow = "SELECT sequence, hash, seal FROM audit_heads WHERE chain = $1";
    /// Appends an entry.
    execute fn insert_entry(
        chain: Uuid, sequence: i64, created_at: Timestamp, actor: &str, action: &str, subject: &str, details: &str,
        previous_hash: &[u8], hash: &[u8],
    ) =
        "INSERT INTO audit_entries (chain, sequence, created_at, actor, action, subject, details, previous_hash, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    /// Entries, oldest first, behind the place given.
    all fn after(chain: Uuid, sequence: i64, limit: i64) -> EntryRow =
        "SELECT sequence, created_at, actor, action, subject, details, previous_hash, hash FROM audit_entries \
         WHERE chain = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
    /// Entries, newest first, before the place given.
    all fn before(chain: Uuid, sequence: i64, limit: i64) -> EntryRow =
        "SELECT sequence, created_at, actor, action, subject, details, previous_hash, hash FROM audit_entries \
         WHERE chain = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3";
}

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// The chain: a project's identifier, or [`Uuid::nil`] for the server's own.
    pub chain: Uuid,
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

/// Appends an entry to its chain.
///
/// # Errors
/// When the database fails.
pub async fn append(
    transaction: &mut Transaction,
    key: &ServerKey,
    entry: NewEntry<'_>,
) -> Result<(), StoreError> {
    let genesis = EntryHash::GENESIS;
    let head = match advance_head(transaction, entry.chain).await? {
        Some(head) => head,
        None => {
            insert_head(
                transaction,
                entry.chain,
                &genesis.0,
                &seal(key, entry.chain, 0, genesis),
            )
            .await?;
            advance_head(transaction, entry.chain)
                .await?
                .ok_or(sqlx::Error::RowNotFound)?
        }
    };
    let previous = EntryHash::from_slice(&head.hash).ok_or_else(|| damaged("the head of an audit chain"))?;
    let details = json_text(&entry.details)?;
    let at_microseconds = entry.at.as_microsecond();
    let hash = Entry {
        chain: entry.chain.as_bytes(),
        sequence: head.sequence,
        at_microseconds,
        actor: entry.actor,
        action: entry.action,
        subject: entry.subject,
        details: &details,
    }
    .hash(previous);
    let (chain, sequence) = (entry.chain, head.sequence);
    insert_entry(
        transaction,
        chain,
        sequence,
        entry.at,
        entry.actor,
        entry.action,
        entry.subject,
        &details,
        &previous.0,
        &hash.0,
    )
    .await?;
    set_head(transaction, chain, &hash.0, &seal(key, chain, sequence, hash)).await?;
    Ok(())
}

/// What verifying a chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many entries hold.
    pub entries: i64,
    /// The hash of the last entry that holds.
    pub head: EntryHash,
    /// Where the chain breaks.
    pub broken: Option<ChainBroken>,
}

/// Recomputes a chain from its first entry, and compares its end with the sealed head, and one of its
/// entries with the checkpoint if one is given.
///
/// # Errors
/// When the database fails. A broken chain is no error: it is what the answer is about.
pub async fn verify(
    transaction: &mut Transaction,
    key: &ServerKey,
    chain: Uuid,
    checkpoint: Option<(i64, EntryHash)>,
) -> Result<Verification, StoreError> {
    let mut verifier = ChainVerifier::default();
    let followed = follow(transaction, chain, checkpoint, &mut verifier).await?;
    let head = head(transaction, chain).await?;
    let broken = followed
        .and_then(|()| compare_head(&verifier, key, chain, head))
        .err();
    Ok(Verification {
        entries: verifier.sequence(),
        head: verifier.head(),
        broken,
    })
}

async fn follow(
    transaction: &mut Transaction,
    chain: Uuid,
    checkpoint: Option<(i64, EntryHash)>,
    verifier: &mut ChainVerifier,
) -> Result<Result<(), ChainBroken>, StoreError> {
    loop {
        // The place is taken from what was read, not from the verifier: an entry with the wrong place
        // must be found, and not read again and again.
        let page = after(transaction, chain, verifier.sequence(), VERIFY_PAGE).await?;
        if page.is_empty() {
            break;
        }
        for row in &page {
            if let Err(broken) = take(verifier, chain, row) {
                return Ok(Err(broken));
            }
            if let Some((sequence, hash)) = checkpoint
                && sequence == row.sequence
                && hash != verifier.head()
            {
                return Ok(Err(ChainBroken::Checkpoint(sequence)));
            }
        }
    }
    Ok(match checkpoint {
        Some((sequence, _)) if sequence > verifier.sequence() => Err(ChainBroken::Head {
            expected: sequence,
            found: verifier.sequence(),
        }),
        _ => Ok(()),
    })
}

fn take(verifier: &mut ChainVerifier, chain: Uuid, row: &EntryRow) -> Result<(), ChainBroken> {
    let altered = || ChainBroken::Altered(row.sequence);
    let previous = EntryHash::from_slice(&row.previous_hash).ok_or_else(altered)?;
    let hash = EntryHash::from_slice(&row.hash).ok_or_else(altered)?;
    let entry = Entry {
        chain: chain.as_bytes(),
        sequence: row.sequence,
        at_microseconds: row.created_at.as_microsecond(),
        actor: &row.actor,
        action: &row.action,
        subject: &row.subject,
        details: &row.details,
    };
    verifier.next(&entry, previous, hash)
}

fn compare_head(
    verifier: &ChainVerifier,
    key: &ServerKey,
    chain: Uuid,
    head: Option<HeadRow>,
) -> Result<(), ChainBroken> {
    let Some(head) = head else {
        return verifier.finish(0, EntryHash::GENESIS);
    };
    let hash = EntryHash::from_slice(&head.hash).ok_or(ChainBroken::HeadForged)?;
    if !head.is_sealed_by(key, chain) {
        return Err(ChainBroken::HeadForged);
    }
    verifier.finish(head.sequence, hash)
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
