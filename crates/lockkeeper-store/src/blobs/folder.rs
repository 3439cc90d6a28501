//! Blobs as files, in folders by the beginning of their names.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

use super::read::Sealed;
use super::{FOLDER_PREFIX, damaged, failed, is_name};
use crate::StoreError;

/// Where files are written before they have their names.
const INCOMING: &str = "incoming";
/// The file that is there while a backup is restored, with the identifier that the database gets.
const RESTORING: &str = "restoring";

/// A folder of blobs.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: PathBuf,
    incoming: PathBuf,
}

impl Folder {
    /// Opens the folder, which is made if it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let incoming = path.join(INCOMING);
        std::fs::create_dir_all(&incoming)
            .map_err(|source| failed("cannot make the folder", incoming.display(), source))?;
        Ok(Self {
            path: path.to_owned(),
            incoming,
        })
    }

    /// A file without a name yet, readable by its owner only, which is removed when it is dropped.
    pub(super) fn begin(&self) -> Result<NamedTempFile, StoreError> {
        NamedTempFile::new_in(&self.incoming)
            .map_err(|source| failed("cannot write to", self.incoming.display(), source))
    }

    /// Appends to a file of [`Folder::begin`].
    pub(super) fn append(&self, file: &mut NamedTempFile, content: &[u8]) -> Result<(), StoreError> {
        file.write_all(content)
            .map_err(|source| failed("cannot write to", self.incoming.display(), source))
    }

    /// Gives a file its name. When this answers, it is on disk.
    pub(super) fn keep(&self, file: NamedTempFile, name: &str) -> Result<(), StoreError> {
        self.name(file, name, |file, path| file.persist_noclobber(path))
    }

    /// As [`Folder::keep`], in place of the file that has the name. Whoever reads that one reads on.
    pub(super) fn replace(&self, file: NamedTempFile, name: &str) -> Result<(), StoreError> {
        self.name(file, name, |file, path| file.persist(path))
    }

    fn name(
        &self,
        file: NamedTempFile,
        name: &str,
        persist: impl FnOnce(NamedTempFile, &Path) -> Result<std::fs::File, PersistError>,
    ) -> Result<(), StoreError> {
        let path = self.file(name)?;
        let parent = path.parent().unwrap_or(&self.path);
        make_folder(parent, &self.path)
            .and_then(|()| file.as_file().sync_all())
            .and_then(|()| persist(file, &path).map_err(|error| error.error))
            .and_then(|_| std::fs::File::open(parent)?.sync_all())
            .map_err(|source| failed("cannot write", path.display(), source))
    }

    /// Opens a blob for reading; none when it is not there.
    pub(super) async fn read(&self, name: &str) -> Result<Option<Sealed>, StoreError> {
        let path = self.file(name)?;
        match tokio::fs::File::open(&path).await {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed("cannot open", path.display(), source)),
        }
    }

    /// Removes a blob. One that is gone already is no error.
    pub(super) async fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.file(name)?;
        match tokio::fs::remove_file(&path).await {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(failed("cannot remove", path.display(), source))
            }
            _ => Ok(()),
        }
    }

    /// The identifier that the database gets whose backup is being restored here; none when none is.
    pub(super) fn restored_as(&self) -> Result<Option<String>, StoreError> {
        let path = self.path.join(RESTORING);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|text| is_name(text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed("cannot read", path.display(), source)),
        }
    }

    /// Records that a backup is restored here.
    pub(super) fn begin_restore(&self, identifier: &str) -> Result<(), StoreError> {
        let path = self.path.join(RESTORING);
        let mut file = self.begin()?;
        self.append(&mut file, identifier.as_bytes())?;
        file.as_file()
            .sync_all()
            .and_then(|()| file.persist(&path).map_err(|error| error.error))
            .and_then(|_| std::fs::File::open(&self.path)?.sync_all())
            .map_err(|source| failed("cannot write", path.display(), source))
    }

    /// Records that nothing is restored here any more.
    pub(super) fn end_restore(&self) -> Result<(), StoreError> {
        self.remove_incoming(&self.path.join(RESTORING))
    }

    /// Whether any blob is here.
    pub(super) fn has_blobs(&self) -> Result<bool, StoreError> {
        for folder in self.folders()? {
            if !self.names(&folder)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Files that have no name yet.
    pub(super) fn incoming(&self) -> Result<Vec<PathBuf>, StoreError> {
        list(&self.incoming)
    }

    /// Removes a file that is no blob. One that is gone already is no error.
    pub(super) fn remove_incoming(&self, path: &Path) -> Result<(), StoreError> {
        match std::fs::remove_file(path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(failed("cannot remove", path.display(), source))
            }
            _ => Ok(()),
        }
    }

    /// The folders in which blobs are.
    pub(super) fn folders(&self) -> Result<Vec<PathBuf>, StoreError> {
        let mut folders = list(&self.path)?;
        folders.retain(|folder| folder.is_dir() && *folder != self.incoming);
        Ok(folders)
    }

    /// The names of blobs in one of these folders. Files of others are left out.
    pub(super) fn names(&self, folder: &Path) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        for file in list(folder)? {
            let name = file.file_name().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|name| self.file(name).is_ok_and(|path| path == file)) {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// The file of a blob. Names come from rows; one that was tampered with must not leave the folder.
    fn file(&self, name: &str) -> Result<PathBuf, StoreError> {
        match name.get(..FOLDER_PREFIX) {
            Some(prefix) if is_name(name) => Ok(self.path.join(prefix).join(name)),
            _ => Err(damaged(name)),
        }
    }
}

impl std::fmt::Display for Folder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.path.display().fmt(f)
    }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let read = || {
        std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    };
    let listed: std::io::Result<Vec<PathBuf>> = read();
    listed.map_err(|source| failed("cannot list", folder.display(), source))
}

/// Makes the folder of blobs whose names begin alike. Its own entry is synced too, or a loss of power could
/// take the folder away with blobs that are on record.
fn make_folder(folder: &Path, parent: &Path) -> std::io::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(folder)?;
    std::fs::File::open(parent)?.sync_all()
}
