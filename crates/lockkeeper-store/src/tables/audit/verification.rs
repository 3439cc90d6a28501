//! Recomputing a log: the root chain, and every chain that the root chain says has begun.

use std::collections::HashMap;

use lockkeeper_domain::audit::{ChainBroken, ChainVerifier, Entry, EntryHash};
use serde::Deserialize;
use uuid::Uuid;

use super::{BEGIN, Chain, EntryRow, HeadRow, count_of_log, head, heads_of_log, of_chain};
use crate::key::ServerKey;
use crate::{StoreError, Transaction};

/// How many rows are looked at in one go.
const PAGE: usize = 1000;

/// What verifying a log found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// How many entries hold, in all chains.
    pub entries: i64,
    /// How many chains were looked at.
    pub chains: i64,
    /// How many entries of the root chain hold.
    pub sequence: i64,
    /// The hash of the last entry of the root chain that holds.
    pub head: EntryHash,
    /// The first thing that is wrong.
    pub broken: Option<LogBroken>,
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogBroken {
    /// The root chain breaks.
    #[error("{0}")]
    Root(ChainBroken),
    /// Another chain breaks.
    #[error("the chain of {subject}: {broken}")]
    Chain {
        /// What the chain is about: `staging/network`.
        subject: String,
        /// Where, and how.
        broken: ChainBroken,
    },
    /// A chain that began is not there.
    #[error("the chain of {subject} is gone: it was removed")]
    Removed {
        /// What the chain was about.
        subject: String,
    },
    /// A chain began a second time.
    #[error("the chain of {subject} began anew with entry {sequence}: what it held before was removed")]
    BegunAnew {
        /// What the chain is about.
        subject: String,
        /// The entry of the root chain that says so.
        sequence: i64,
    },
    /// A chain or entries that the root chain knows nothing of.
    #[error("{0} entries belong to no chain that ever began: they were put there")]
    Strays(i64),
}

/// What the root chain says about a chain that began.
#[derive(Debug, Deserialize)]
struct Begun {
    chain: Uuid,
}

/// Recomputes each chain of a log from its first entry, and compares its end with its sealed head, and one
/// entry of the root chain with the checkpoint if one is given.
///
/// # Errors
/// When the database fails. A broken log is no error: it is what the answer is about.
pub async fn verify(
    transaction: &mut Transaction,
    key: &ServerKey,
    log: Uuid,
    checkpoint: Option<(i64, EntryHash)>,
) -> Result<Verification, StoreError> {
    let mut work = Work {
        key,
        log,
        checkpoint,
        begun: HashMap::new(),
        found: Verification {
            entries: 0,
            chains: 0,
            sequence: 0,
            head: EntryHash::GENESIS,
            broken: None,
        },
    };
    let broken = work.root(transaction).await?;
    work.found.broken = match broken {
        None => work.others(transaction).await?,
        broken => broken,
    };
    Ok(work.found)
}

struct Work<'a> {
    key: &'a ServerKey,
    log: Uuid,
    checkpoint: Option<(i64, EntryHash)>,
    /// Chains that began and were not looked at yet, and what they are about.
    begun: HashMap<Uuid, String>,
    found: Verification,
}

impl Work<'_> {
    async fn root(&mut self, transaction: &mut Transaction) -> Result<Option<LogBroken>, StoreError> {
        let root = Chain::root(self.log);
        let mut verifier = ChainVerifier::default();
        let mut broken = None;
        let mut more = true;
        while more && broken.is_none() {
            match page(transaction, root, &verifier).await? {
                Err(altered) => broken = Some(LogBroken::Root(altered)),
                Ok(page) => {
                    more = !page.is_empty();
                    broken = page
                        .iter()
                        .find_map(|row| self.take_root(&mut verifier, row).err());
                }
            }
        }
        self.found.chains += 1;
        self.found.entries += verifier.sequence();
        (self.found.sequence, self.found.head) = (verifier.sequence(), verifier.head());
        if broken.is_some() {
            return Ok(broken);
        }
        if let Some((sequence, _)) = self
            .checkpoint
            .filter(|(sequence, _)| *sequence > verifier.sequence())
        {
            let found = verifier.sequence();
            let expected = sequence;
            return Ok(Some(LogBroken::Root(ChainBroken::Head { expected, found })));
        }
        let head = head(transaction, root.id).await?;
        Ok(self
            .compare_head(&verifier, root, head)
            .err()
            .map(LogBroken::Root))
    }

    fn take_root(&mut self, verifier: &mut ChainVerifier, row: &EntryRow) -> Result<(), LogBroken> {
        take(verifier, Chain::root(self.log), row).map_err(LogBroken::Root)?;
        if let Some((sequence, hash)) = self.checkpoint
            && sequence == row.sequence
            && hash != verifier.head()
        {
            return Err(LogBroken::Root(ChainBroken::Checkpoint(sequence)));
        }
        if row.action != BEGIN {
            return Ok(());
        }
        let altered = |_| LogBroken::Root(ChainBroken::Altered(row.sequence));
        let begun: Begun = serde_json::from_str(&row.details).map_err(altered)?;
        match self.begun.insert(begun.chain, row.subject.clone()) {
            None => Ok(()),
            Some(subject) => Err(LogBroken::BegunAnew {
                subject,
                sequence: row.sequence,
            }),
        }
    }

    /// Every chain but the root.
    async fn others(&mut self, transaction: &mut Transaction) -> Result<Option<LogBroken>, StoreError> {
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let mut after = Uuid::nil();
        loop {
            let heads = heads_of_log(transaction, self.log, after, limit).await?;
            for head in &heads {
                after = head.chain;
                // A head that nothing announced has entries, if any, that are found as strays.
                let Some(subject) = self.begun.remove(&head.chain) else {
                    continue;
                };
                if let Some(broken) = self.other(transaction, head).await? {
                    return Ok(Some(LogBroken::Chain { subject, broken }));
                }
            }
            if heads.len() < PAGE {
                break;
            }
        }
        if let Some(subject) = self.begun.drain().map(|(_, subject)| subject).min() {
            return Ok(Some(LogBroken::Removed { subject }));
        }
        let there = count_of_log(transaction, self.log)
            .await?
            .map_or(0, |row| row.count);
        Ok((there != self.found.entries).then(|| LogBroken::Strays(there - self.found.entries)))
    }

    async fn other(
        &mut self,
        transaction: &mut Transaction,
        head: &HeadRow,
    ) -> Result<Option<ChainBroken>, StoreError> {
        let chain = Chain {
            log: self.log,
            id: head.chain,
        };
        let mut verifier = ChainVerifier::default();
        let mut broken = None;
        let mut more = true;
        while more && broken.is_none() {
            match page(transaction, chain, &verifier).await? {
                Err(altered) => broken = Some(altered),
                Ok(page) => {
                    more = !page.is_empty();
                    broken = page.iter().find_map(|row| take(&mut verifier, chain, row).err());
                }
            }
        }
        self.found.chains += 1;
        self.found.entries += verifier.sequence();
        if broken.is_some() {
            return Ok(broken);
        }
        Ok(self.compare_head(&verifier, chain, Some(head.clone())).err())
    }

    fn compare_head(
        &self,
        verifier: &ChainVerifier,
        chain: Chain,
        head: Option<HeadRow>,
    ) -> Result<(), ChainBroken> {
        let Some(head) = head else {
            return verifier.finish(0, EntryHash::GENESIS);
        };
        let hash = EntryHash::from_slice(&head.hash).ok_or(ChainBroken::HeadForged)?;
        if !head.is_sealed_by(self.key, chain.id) {
            return Err(ChainBroken::HeadForged);
        }
        verifier.finish(head.sequence, hash)
    }
}

/// The entries behind those that were taken. The place comes from the verifier, which moves only over entries
/// that fit: one with the wrong place is found, and not read again and again. One that does not open was altered.
async fn page(
    transaction: &mut Transaction,
    chain: Chain,
    verifier: &ChainVerifier,
) -> Result<Result<Vec<EntryRow>, ChainBroken>, StoreError> {
    let mut limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    loop {
        match of_chain(transaction, chain.id, verifier.sequence(), limit).await {
            // Which one of the page it is, is found entry by entry.
            Err(StoreError::Unreadable(_)) if limit > 1 => limit = 1,
            Err(StoreError::Unreadable(_)) => return Ok(Err(ChainBroken::Altered(verifier.sequence() + 1))),
            page => return Ok(Ok(page?)),
        }
    }
}

fn take(verifier: &mut ChainVerifier, chain: Chain, row: &EntryRow) -> Result<(), ChainBroken> {
    let altered = || ChainBroken::Altered(row.sequence);
    if row.log != chain.log {
        return Err(altered());
    }
    let previous = EntryHash::from_slice(&row.previous_hash).ok_or_else(altered)?;
    let hash = EntryHash::from_slice(&row.hash).ok_or_else(altered)?;
    let entry = Entry {
        chain: chain.id.as_bytes(),
        sequence: row.sequence,
        at_microseconds: row.created_at.as_microsecond(),
        actor: &row.actor,
        action: &row.action,
        subject: &row.subject,
        details: &row.details,
    };
    verifier.next(&entry, previous, hash)
}
