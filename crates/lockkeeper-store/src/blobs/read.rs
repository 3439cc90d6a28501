//! Reading one blob, piece by piece.

use std::io::Cursor;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::sealing::{FRAME, Frame, HEADER, Opener, key_number, open_first};
use super::{Blobs, Place, damaged, failed, in_background};
use crate::StoreError;
use crate::key::Purpose;

/// Sealed bytes, wherever they come from.
pub(super) type Sealed = Box<dyn AsyncRead + Send + Unpin>;

/// What stands in the database has at most one piece of this, which is opened without a thread for it.
const AT_ONCE: usize = 16 << 10;

/// A blob that is on record, and yet to be read.
#[derive(Debug)]
pub struct FoundBlob {
    pub(super) blobs: Blobs,
    pub(super) name: String,
    pub(super) place: Place,
    /// Empty unless it stands in the database.
    pub(super) content: Vec<u8>,
    /// Whether it was sealed before there were data keys.
    pub(super) first_format: bool,
}

impl FoundBlob {
    /// Reads the whole content.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when it is missing or is not what was stored.
    pub async fn bytes(self) -> Result<Vec<u8>, StoreError> {
        let mut reader = self.open().await?;
        let mut content = reader.next().await?.unwrap_or_default();
        while let Some(piece) = reader.next().await? {
            content.extend_from_slice(&piece);
        }
        Ok(content)
    }

    /// Begins to read.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when it is missing.
    pub async fn open(self) -> Result<BlobReader, StoreError> {
        let (sealed, place): (Sealed, Place) = match self.place {
            Place::Database => (Box::new(Cursor::new(self.content)), Place::Database),
            place => self.blobs.sealed(&self.name, place).await?,
        };
        if self.first_format {
            return first_format(&self.blobs, sealed, place, self.name).await;
        }
        in_pieces(&self.blobs, sealed, place, self.name).await
    }
}

/// A blob whose content is being read. Every piece is what was stored; that it is all there is known when the
/// last one was read.
pub struct BlobReader {
    sealed: Sealed,
    /// None after the last piece.
    opener: Option<Opener>,
    /// The content of a blob that cannot be read in pieces.
    whole: Option<Vec<u8>>,
    name: String,
    place: Place,
}

impl BlobReader {
    /// Where it is read from.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// The next piece, of at most 1 MiB; none after the last one.
    ///
    /// # Errors
    /// [`StoreError::Blob`] when it is not what was stored, or the blob ends too early.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(mut opener) = self.opener.take() else {
            return Ok(self.whole.take());
        };
        let mut frame = [0; FRAME];
        read_exactly(&mut self.sealed, &mut frame, &self.name).await?;
        let frame = Frame::parse(frame, &self.name)?;
        let mut sealed = vec![0; frame.length];
        read_exactly(&mut self.sealed, &mut sealed, &self.name).await?;
        if frame.last {
            // What is behind the last piece was never written by this program.
            let more = self.sealed.read(&mut [0]).await;
            if more.map_err(|source| cannot_read(&self.name, source))? > 0 {
                return Err(damaged(&self.name));
            }
        }
        let piece = if sealed.len() <= AT_ONCE {
            opener.open(&sealed, frame.last)?
        } else {
            let opened = in_background(move || Ok((opener.open(&sealed, frame.last)?, opener)));
            let (piece, given_back) = opened.await?;
            opener = given_back;
            piece
        };
        if !frame.last {
            self.opener = Some(opener);
        }
        Ok(Some(piece))
    }
}

async fn in_pieces(
    blobs: &Blobs,
    mut sealed: Sealed,
    place: Place,
    name: String,
) -> Result<BlobReader, StoreError> {
    let mut header = [0; HEADER];
    read_exactly(&mut sealed, &mut header, &name).await?;
    let number = key_number(&header, &name)?;
    let key = blobs.0.database.data_key(number).await?;
    let opener = Opener::begin(&key, &header, &name)?;
    Ok(BlobReader {
        sealed,
        opener: Some(opener),
        whole: None,
        name,
        place,
    })
}

/// Blobs that were sealed in one go. One that was sealed anew since its row was read is there in pieces.
async fn first_format(
    blobs: &Blobs,
    mut sealed: Sealed,
    place: Place,
    name: String,
) -> Result<BlobReader, StoreError> {
    let mut bytes = Vec::new();
    let read = sealed.read_to_end(&mut bytes).await;
    read.map_err(|source| cannot_read(&name, source))?;
    let key = blobs.0.database.keyring().server_key()?;
    let (name, bytes, whole) = in_background(move || {
        let whole = open_first(&key.derive(Purpose::BlobContents), &name, &bytes);
        Ok((name, bytes, whole.ok()))
    })
    .await?;
    if whole.is_none() {
        let opened = in_pieces(blobs, Box::new(Cursor::new(bytes)), place, name.clone()).await;
        return opened.map_err(|error| match error {
            StoreError::UnknownKey(_) => damaged(&name),
            error => error,
        });
    }
    Ok(BlobReader {
        sealed,
        opener: None,
        whole,
        name,
        place,
    })
}

pub(super) async fn read_exactly(
    sealed: &mut Sealed,
    bytes: &mut [u8],
    name: &str,
) -> Result<(), StoreError> {
    match sealed.read_exact(bytes).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(damaged(name)),
        Err(source) => Err(cannot_read(name, source)),
    }
}

fn cannot_read(name: &str, source: std::io::Error) -> StoreError {
    let of_bucket = source
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<object_store::Error>());
    if let Some(error) = of_bucket {
        return StoreError::Bucket(error.to_string());
    }
    failed("cannot read the blob", name, source)
}

impl std::fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobReader")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
