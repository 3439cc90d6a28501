//! The audit log: append-only, and hash-chained per project.
//!
//! Entry `n` carries the hash of entry `n - 1`, so that an entry which is altered, removed from the
//! middle or moved breaks the chain. Removing entries from the end is found by the head, which the
//! store keeps under a key, or by a checkpoint that somebody noted elsewhere.

use serde::{Deserialize, Serialize};

/// The hash of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryHash(pub [u8; 32]);

impl EntryHash {
    /// What the first entry of a chain carries as the hash before it.
    pub const GENESIS: EntryHash = EntryHash([0; 32]);

    /// The hash in hexadecimal.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }

    /// Reads a hash from its bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(EntryHash)
    }
}

/// One entry, as it is stored. Borrowed, so that a chain of any length is verified row by row.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The chain: the project's identifier, or zeros for the server's own.
    pub chain: &'a [u8; 16],
    /// The place in the chain, counted from 1 without gaps.
    pub sequence: i64,
    /// When, in microseconds since 1970-01-01 UTC.
    pub at_microseconds: i64,
    /// Who: the name of a user, or `system`.
    pub actor: &'a str,
    /// What was done: `change.approve`.
    pub action: &'a str,
    /// To what: `INFRA-1`.
    pub subject: &'a str,
    /// The rest, as JSON text exactly as stored.
    pub details: &'a str,
}

impl Entry<'_> {
    /// The hash of this entry behind the one given. Every field is preceded by its length, so that no
    /// two different entries have the same bytes.
    pub fn hash(&self, previous: EntryHash) -> EntryHash {
        let mut hasher = blake3::Hasher::new_derive_key("lockkeeper 2026-11 audit entry");
        hasher.update(self.chain);
        hasher.update(&previous.0);
        hasher.update(&self.sequence.to_be_bytes());
        hasher.update(&self.at_microseconds.to_be_bytes());
        for field in [self.actor, self.action, self.subject, self.details] {
            hasher.update(&(field.len() as u64).to_be_bytes());
            hasher.update(field.as_bytes());
        }
        EntryHash(*hasher.finalize().as_bytes())
    }
}

/// Follows a chain entry by entry and stops at the first that does not fit.
#[derive(Debug, Clone, Copy)]
pub struct ChainVerifier {
    sequence: i64,
    head: EntryHash,
}

/// Where a chain breaks, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum ChainBroken {
    /// An entry stands where another was expected: one was removed, or two changed places.
    #[error("entry {expected} is missing or out of place: entry {found} stands there")]
    Gap {
        /// The place looked at.
        expected: i64,
        /// What stands there.
        found: i64,
    },
    /// An entry does not carry the hash of the one before it.
    #[error("entry {0} does not follow from the entry before it: that one, or this one, was altered")]
    PreviousHash(i64),
    /// An entry is not what it was when it was written.
    #[error("entry {0} was altered after it was written")]
    Altered(i64),
    /// The chain ends before or behind the head that the store keeps under its key.
    #[error(
        "the chain ends at entry {found}, but is said to end at {expected}: entries at the end were removed or added, or the checkpoint is of another log"
    )]
    Head {
        /// The sequence of the head.
        expected: i64,
        /// The last entry found.
        found: i64,
    },
    /// The head itself was altered.
    #[error("the head of the chain was altered: it does not bear the server's key")]
    HeadForged,
    /// The chain does not hold the checkpoint that was given.
    #[error("entry {0} is not the one that the checkpoint names: the chain was rewritten")]
    Checkpoint(i64),
}

impl Default for ChainVerifier {
    fn default() -> Self {
        Self {
            sequence: 0,
            head: EntryHash::GENESIS,
        }
    }
}

impl ChainVerifier {
    /// Takes the next entry with the two hashes stored beside it.
    ///
    /// # Errors
    /// [`ChainBroken`] at the first entry that does not fit.
    pub fn next(
        &mut self,
        entry: &Entry<'_>,
        previous: EntryHash,
        hash: EntryHash,
    ) -> Result<(), ChainBroken> {
        let expected = self.sequence + 1;
        if entry.sequence != expected {
            return Err(ChainBroken::Gap {
                expected,
                found: entry.sequence,
            });
        }
        if previous != self.head {
            return Err(ChainBroken::PreviousHash(entry.sequence));
        }
        if entry.hash(previous) != hash {
            return Err(ChainBroken::Altered(entry.sequence));
        }
        self.sequence = entry.sequence;
        self.head = hash;
        Ok(())
    }

    /// Compares the end of the chain with the head that the store keeps.
    ///
    /// # Errors
    /// [`ChainBroken::Head`] when they differ.
    pub fn finish(&self, sequence: i64, head: EntryHash) -> Result<(), ChainBroken> {
        if (sequence, head) == (self.sequence, self.head) {
            return Ok(());
        }
        Err(ChainBroken::Head {
            expected: sequence,
            found: self.sequence,
        })
    }

    /// How many entries were taken.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// The hash of the last entry taken.
    pub fn head(&self) -> EntryHash {
        self.head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAIN: [u8; 16] = [7; 16];

    fn entry(sequence: i64, subject: &str) -> Entry<'_> {
        Entry {
            chain: &CHAIN,
            sequence,
            at_microseconds: 5,
            actor: "alice",
            action: "change.approve",
            subject,
            details: "{}",
        }
    }

    fn chain<'a>(subjects: &[&'a str]) -> Vec<(Entry<'a>, EntryHash, EntryHash)> {
        let mut previous = EntryHash::GENESIS;
        let mut entries = Vec::new();
        for (index, subject) in subjects.iter().enumerate() {
            let entry = entry(index as i64 + 1, subject);
            let hash = entry.hash(previous);
            entries.push((entry, previous, hash));
            previous = hash;
        }
        entries
    }

    fn verify(entries: &[(Entry<'_>, EntryHash, EntryHash)]) -> Result<ChainVerifier, ChainBroken> {
        let mut verifier = ChainVerifier::default();
        for (entry, previous, hash) in entries {
            verifier.next(entry, *previous, *hash)?;
        }
        Ok(verifier)
    }

    #[test]
    fn an_untouched_chain_holds() {
        let entries = chain(&["a", "b", "c"]);
        let verifier = verify(&entries).unwrap();
        assert_eq!(verifier.finish(3, entries[2].2), Ok(()));
    }

    #[test]
    fn altered_removed_reordered_and_cut() {
        let whole = chain(&["a", "b", "c"]);

        let mut altered = whole.clone();
        altered[1].0.subject = "x";
        assert_eq!(verify(&altered).unwrap_err(), ChainBroken::Altered(2));

        let mut rewritten = altered.clone();
        rewritten[1].2 = rewritten[1].0.hash(rewritten[1].1);
        assert_eq!(verify(&rewritten).unwrap_err(), ChainBroken::PreviousHash(3));

        let removed = [whole[0], whole[2]];
        assert_eq!(
            verify(&removed).unwrap_err(),
            ChainBroken::Gap {
                expected: 2,
                found: 3
            }
        );

        let reordered = [whole[1], whole[0], whole[2]];
        assert!(verify(&reordered).is_err());

        let cut = verify(&whole[..2]).unwrap();
        assert_eq!(
            cut.finish(3, whole[2].2),
            Err(ChainBroken::Head {
                expected: 3,
                found: 2
            })
        );
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let (mut one, mut two) = (entry(1, "b"), entry(1, "bc"));
        (one.action, two.action) = ("a", "a");
        (one.details, two.details) = ("c", "");
        assert_ne!(one.hash(EntryHash::GENESIS), two.hash(EntryHash::GENESIS));
    }
}
