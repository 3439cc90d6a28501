//! What stands in the newest version of each shared state: sealed, and found by keyed hashes only, so that the
//! database alone tells no name.

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};
use lockkeeper_domain::id::{ProjectId, StateId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::state_content::StateResource;
use zeroize::Zeroizing;

use crate::inventory::{self, Inventory};
use crate::key::{KEY_LENGTH, Purpose, ServerKey};
use crate::sealed::sealed_row;
use crate::statement::statements;
use crate::stored::Stored;
use crate::{StoreError, Transaction};

/// The length of the hash of a word. Half of a BLAKE3: two words in a project that collide are not to be expected,
/// and what is found is compared anyway.
const WORD_LENGTH: usize = 16;
/// How many words one statement writes.
const AT_ONCE: usize = 4096;
/// How many resources of a state are looked at together; of one with more, so many parts of its words after another.
/// A part of so many has about three megabytes of hashes.
const RESOURCES_AT_ONCE: usize = 1 << 16;
/// A resource does not take less when it is packed, in bytes, where it is not known how many there are.
const PACKED_RESOURCE: usize = 8;
const NONCE_LENGTH: usize = 24;
const TAG_LENGTH: usize = 16;

type Word = [u8; WORD_LENGTH];

/// The inventory of a state.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct InventoryRow {
    /// What stands in it, sealed.
    pub content: Vec<u8>,
}

sealed_row! {
    /// A state in which something was found.
    pub struct FoundRow {
        /// The state.
        pub state_id: Stored<StateId>,
        /// The newest serial.
        pub serial: i64,
        /// What stands in it, sealed.
        pub content: Vec<u8>,
    }
    names {
        /// The environment.
        pub environment_name: Stored<Name>,
        /// The stack.
        pub stack: Stored<Name>,
    }
}

/// A statement that finds its words in `words`: $2 has as many as $3 says, one behind the other. The column in
/// `COALESCE` tells PostgreSQL the type of $2.
macro_rules! of_words {
    ($rest:literal) => {
        concat!(
            "WITH RECURSIVE place (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM place WHERE number + 1 < $3), \
             words (word) AS (SELECT substr(COALESCE($2, (SELECT w.word FROM state_words w LIMIT 1)), number * 16 + 1, 16) \
             FROM place) ",
            $rest
        )
    };
}

statements! {
    /// The inventory of a state.
    optional fn of_state(state: StateId) -> InventoryRow = "SELECT content FROM state_inventories WHERE state_id = $1";
    /// Keeps the inventory of a state.
    execute fn keep(state: StateId, digest: &[u8], content: &[u8]) =
        "INSERT INTO state_inventories (state_id, digest, content) VALUES ($1, $2, $3) \
         ON CONFLICT (state_id) DO UPDATE SET digest = excluded.digest, content = excluded.content";
    /// Removes the inventory of a state.
    execute fn delete(state: StateId) = "DELETE FROM state_inventories WHERE state_id = $1";
    /// Removes every word of a state.
    execute fn delete_every_word(state: StateId) = "DELETE FROM state_words WHERE state_id = $1";
    /// Adds words to a state: so many, one behind the other.
    execute fn insert_words(state: StateId, words: &[u8], count: i64) =
        of_words!("INSERT INTO state_words (word, state_id) SELECT word, $1 FROM words WHERE TRUE ON CONFLICT DO NOTHING");
    /// Removes words of a state.
    execute fn delete_words(state: StateId, words: &[u8], count: i64) =
        of_words!("DELETE FROM state_words WHERE state_id = $1 AND word IN (SELECT word FROM words)");
    /// The states that have a word, from the one given on.
    all fn with_word(word: &[u8], from: StateId, limit: i64) -> FoundRow =
        "SELECT w.state_id, e.name AS environment_name, s.stack, v.serial, i.content FROM state_words w \
         JOIN states s ON s.id = w.state_id JOIN environments e ON e.id = s.environment_id \
         JOIN state_inventories i ON i.state_id = w.state_id JOIN state_versions v ON v.id = s.version_id \
         WHERE w.word = $1 AND w.state_id >= $2 ORDER BY w.state_id LIMIT $3";
}

/// Makes and reads inventories: it has the keys.
pub struct Inventories {
    words: Zeroizing<[u8; KEY_LENGTH]>,
    cipher: XChaCha20Poly1305,
}

impl Inventories {
    /// Derives the keys.
    pub fn new(key: &ServerKey) -> Self {
        Self {
            words: key.derive(Purpose::StateWords),
            cipher: XChaCha20Poly1305::new((&*key.derive(Purpose::StateInventories)).into()),
        }
    }

    /// Keeps what stands in the newest version of a state, in the transaction that makes it the newest. Nothing is
    /// written when it is what stood there before, which the digest tells; else only words that came or went are.
    ///
    /// # Errors
    /// When the database fails, or the inventory before cannot be read.
    pub async fn replace(
        &self,
        transaction: &mut Transaction,
        project: ProjectId,
        state: StateId,
        digest_before: Option<&[u8]>,
        inventory: &Inventory,
    ) -> Result<(), StoreError> {
        let digest = self.digest(state, inventory);
        if digest_before == Some(&digest) {
            return Ok(());
        }
        let old = match of_state(transaction, state).await? {
            Some(row) => self.unseal(state, row.content)?,
            None => Vec::new(),
        };
        keep(transaction, state, &digest, &self.seal(state, inventory)?).await?;
        let resources = usize::try_from(inventory.resources()).unwrap_or_default();
        for part in Part::all(resources.max(old.len() / PACKED_RESOURCE)) {
            let (gone, come) = self.changes(project, state, &old, inventory, part)?;
            for words in gone.chunks(AT_ONCE) {
                delete_words(transaction, state, words.as_flattened(), length(words)).await?;
            }
            for words in come.chunks(AT_ONCE) {
                insert_words(transaction, state, words.as_flattened(), length(words)).await?;
            }
        }
        Ok(())
    }

    /// The words that go and those that come, of a part of all words.
    fn changes(
        &self,
        project: ProjectId,
        state: StateId,
        old: &[u8],
        new: &Inventory,
        part: Part,
    ) -> Result<(Vec<Word>, Vec<Word>), StoreError> {
        let mut before = Words::new(self, project, part);
        if !old.is_empty() {
            inventory::unpack(old, |resource| before.add(&resource)).map_err(|_| damaged(state))?;
        }
        let mut after = Words::new(self, project, part);
        new.each(|resource| after.add(&resource))
            .map_err(|_| unusable(state, "which cannot be read"))?;
        let (before, after) = (before.in_order(), after.in_order());
        Ok((without(&before, &after), without(&after, &before)))
    }

    /// Forgets what stands in a state.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget(&self, transaction: &mut Transaction, state: StateId) -> Result<(), StoreError> {
        delete_every_word(transaction, state).await?;
        delete(transaction, state).await?;
        Ok(())
    }

    /// The states of a project that have a word, from the one given on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(
        &self,
        transaction: &mut Transaction,
        project: ProjectId,
        text: &str,
        from: StateId,
        limit: i64,
    ) -> Result<Vec<FoundRow>, StoreError> {
        with_word(transaction, &self.hash(project, text), from, limit).await
    }

    /// Reads an inventory, one resource after the other.
    ///
    /// # Errors
    /// When it is not what was kept.
    pub fn open(
        &self,
        state: StateId,
        sealed: &[u8],
        each: impl FnMut(StateResource),
    ) -> Result<(), StoreError> {
        let packed = self.unseal(state, sealed.to_vec())?;
        inventory::unpack(&packed, each).map_err(|_| damaged(state))
    }

    /// The compressed inventory, in the place of what was sealed.
    fn unseal(&self, state: StateId, mut sealed: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let end = sealed
            .len()
            .checked_sub(TAG_LENGTH)
            .filter(|end| *end >= NONCE_LENGTH);
        let tag = sealed.split_off(end.ok_or_else(|| damaged(state))?);
        let (nonce, content) = sealed
            .split_first_chunk_mut::<NONCE_LENGTH>()
            .ok_or_else(|| damaged(state))?;
        let tag = Tag::try_from(tag.as_slice()).map_err(|_| damaged(state))?;
        let uuid = state.uuid();
        let opened =
            self.cipher
                .decrypt_inout_detached(&XNonce::from(*nonce), uuid.as_bytes(), content.into(), &tag);
        opened.map_err(|_| damaged(state))?;
        sealed.drain(..NONCE_LENGTH);
        Ok(sealed)
    }

    fn seal(&self, state: StateId, inventory: &Inventory) -> Result<Vec<u8>, StoreError> {
        let packed = inventory.packed();
        let packed = packed.map_err(|_| unusable(state, "which cannot be packed"))?;
        let mut nonce = [0u8; NONCE_LENGTH];
        getrandom::fill(&mut nonce).map_err(|_| unusable(state, "for which there is no randomness"))?;
        let mut sealed = Vec::with_capacity(NONCE_LENGTH + packed.len() + TAG_LENGTH);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&packed);
        let content = sealed.get_mut(NONCE_LENGTH..).unwrap_or_default();
        let uuid = state.uuid();
        let tag = self
            .cipher
            .encrypt_inout_detached(&XNonce::from(nonce), uuid.as_bytes(), content.into());
        let tag = tag.map_err(|_| unusable(state, "which cannot be sealed"))?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Whether it is the digest of what stands in a state.
    pub fn is_digest(&self, digest: Option<&[u8]>, state: StateId, inventory: &Inventory) -> bool {
        digest == Some(&self.digest(state, inventory))
    }

    /// The state is part of it: that two states hold the same is not to be seen.
    fn digest(&self, state: StateId, inventory: &Inventory) -> [u8; blake3::OUT_LEN] {
        let mut hasher = blake3::Hasher::new_keyed(&self.words);
        hasher
            .update(state.uuid().as_bytes())
            .update(inventory.digest().as_bytes());
        *hasher.finalize().as_bytes()
    }

    /// The project is part of it: that two projects have the same thing is not to be seen either.
    fn hash(&self, project: ProjectId, text: &str) -> Word {
        let mut hasher = blake3::Hasher::new_keyed(&self.words);
        hasher.update(project.uuid().as_bytes()).update(text.as_bytes());
        let mut word = [0; WORD_LENGTH];
        hasher.finalize_xof().fill(&mut word);
        word
    }
}

fn damaged(state: StateId) -> StoreError {
    StoreError::Blob(format!("inventory of state {state}"))
}

fn unusable(state: StateId, why: &str) -> StoreError {
    StoreError::Blob(format!("inventory of state {state}, {why}"))
}

/// A part of all words, by how their hashes begin.
#[derive(Debug, Clone, Copy)]
struct Part {
    number: usize,
    of: usize,
}

impl Part {
    /// The parts in which the words of so many resources are looked at.
    fn all(resources: usize) -> impl Iterator<Item = Self> {
        let of = resources.div_ceil(RESOURCES_AT_ONCE).clamp(1, 256);
        (0..of).map(move |number| Self { number, of })
    }

    fn has(self, word: &Word) -> bool {
        let [first, ..] = word;
        usize::from(*first) * self.of / 256 == self.number
    }
}

/// The hashes of a part of the words of a state.
struct Words<'a> {
    inventories: &'a Inventories,
    project: ProjectId,
    part: Part,
    hashes: Vec<Word>,
    /// When they are put in order, so that a type that stands there a million times takes no room for each.
    crowded: usize,
}

impl<'a> Words<'a> {
    fn new(inventories: &'a Inventories, project: ProjectId, part: Part) -> Self {
        Self {
            inventories,
            project,
            part,
            hashes: Vec::new(),
            crowded: RESOURCES_AT_ONCE,
        }
    }

    fn add(&mut self, resource: &StateResource) {
        let hash = |word| self.inventories.hash(self.project, word);
        let words = resource.words().map(hash);
        self.hashes.extend(words.filter(|word| self.part.has(word)));
        if self.hashes.len() >= self.crowded {
            self.put_in_order();
            self.crowded = RESOURCES_AT_ONCE.max(self.hashes.len() * 2);
        }
    }

    /// Each once, in order.
    fn in_order(mut self) -> Vec<Word> {
        self.put_in_order();
        self.hashes
    }

    fn put_in_order(&mut self) {
        self.hashes.sort_unstable();
        self.hashes.dedup();
    }
}

/// Those of the first that are not among the others, which are in order.
fn without(words: &[Word], others: &[Word]) -> Vec<Word> {
    let missing = |word: &&Word| others.binary_search(word).is_err();
    words.iter().filter(missing).copied().collect()
}

fn length(words: &[Word]) -> i64 {
    i64::try_from(words.len()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_in_one_part() {
        for resources in [0, 1, RESOURCES_AT_ONCE + 1, 3_000_000, usize::MAX] {
            for first in 0..=u8::MAX {
                let mut word = [0; WORD_LENGTH];
                word[0] = first;
                assert_eq!(Part::all(resources).filter(|part| part.has(&word)).count(), 1);
            }
        }
        assert_eq!(Part::all(RESOURCES_AT_ONCE).count(), 1);
    }
}
