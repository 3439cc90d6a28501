use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::damaged;
use crate::{BackupError, Repository, RepositoryKeys};

/// About how many bytes make a piece.
pub(crate) const PIECE: usize = 4 << 20;

/// Writes pieces that are not there yet.
pub(crate) struct PieceWriter<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) keys: &'a RepositoryKeys,
    /// The pieces that are known to be there, and their sizes as they stand there.
    pub(crate) known: HashMap<String, u64>,
    /// How many pieces were written.
    pub(crate) written: u64,
    /// How many bytes these have, as they stand in the repository.
    pub(crate) added: u64,
}

impl PieceWriter<'_> {
    /// Keeps the content, and answers its name.
    pub(crate) async fn keep(&mut self, content: &[u8]) -> Result<String, BackupError> {
        let name = self.keys.name(content);
        if !self.known.contains_key(&name) {
            let sealed = self.keys.seal(&name, content)?;
            let size = u64::try_from(sealed.len()).unwrap_or(u64::MAX);
            self.repository.write_piece(&name, sealed).await?;
            self.known.insert(name.clone(), size);
            self.written += 1;
            self.added += size;
        }
        Ok(name)
    }

    /// The size of a piece that was kept or taken over, as it stands in the repository.
    pub(crate) fn size(&self, name: &str) -> u64 {
        self.known.get(name).copied().unwrap_or_default()
    }

    /// Keeps a list of things as one piece.
    pub(crate) async fn keep_list<T: Serialize>(
        &mut self,
        list: &[T],
    ) -> Result<(String, usize), BackupError> {
        let content = postcard::to_stdvec(list).map_err(|_| damaged("a new piece"))?;
        Ok((self.keep(&content).await?, content.len()))
    }
}

/// Reads a piece, and makes sure that it is what its name says.
pub(crate) async fn read(
    repository: &Repository,
    keys: &RepositoryKeys,
    name: &str,
) -> Result<Vec<u8>, BackupError> {
    let sealed = repository.read_piece(name).await?;
    let content = keys
        .open(name, &sealed)
        .filter(|content| keys.name(content) == name);
    content.ok_or_else(|| damaged(format!("the piece {name}")))
}

/// Reads a piece that is a list of things.
pub(crate) async fn read_list<T: DeserializeOwned>(
    repository: &Repository,
    keys: &RepositoryKeys,
    name: &str,
) -> Result<Vec<T>, BackupError> {
    let content = read(repository, keys, name).await?;
    postcard::from_bytes(&content).map_err(|_| damaged(format!("the piece {name}")))
}
