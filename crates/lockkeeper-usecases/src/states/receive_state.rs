//! The body of a state, as it comes in. Little of a big one is in memory at any time: it is read for its facts,
//! compressed and encrypted on the way.

use std::io::{BufReader, Read};
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use lockkeeper_domain::state_content;
use lockkeeper_domain::state_version::{NewestVersion, StateFacts};
use lockkeeper_store::blobs::{BlobWriter, SealedBlob};
use lockkeeper_store::inventory::{Inventory, InventoryWriter};
use md5::{Digest, Md5};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::spawn_blocking;

use super::write_state::{Incoming, finished, read_body};
use crate::{App, ErrorKind, UseCaseError};

/// A body up to this size, in bytes, is taken as a whole: it is quicker.
const SMALL: usize = 1 << 20;
/// Pieces of a big body that wait to be read or sealed. The sender waits when there are more.
const WAITING: usize = 8;
const READ_AT_ONCE: usize = 64 << 10;

/// The body of a state that was received and read.
#[derive(Debug)]
pub(super) struct ReceivedState {
    /// Its serial, lineage and digest.
    pub(super) version: NewestVersion,
    /// What stands in it, where that can be read.
    pub(super) inventory: Option<Inventory>,
    /// In bytes.
    pub(super) size: usize,
    pub(super) sealed: SealedBlob,
    /// Held by a big one: so many at once, and no more.
    _turn: Option<OwnedSemaphorePermit>,
}

/// Receives the body of a state, of which so many bytes are announced. Whether it is to be refused anyway is asked
/// before much of it is read.
///
/// # Errors
/// Too large; invalid when the body is no state. What is left of it is unread then.
pub(super) async fn receive(
    app: &App,
    announced: usize,
    body: &mut (impl Stream<Item = Result<Bytes, UseCaseError>> + Send + Unpin),
    refuse_early: impl AsyncFnOnce() -> Result<(), UseCaseError>,
) -> Result<ReceivedState, UseCaseError> {
    let limit = app.settings.max_state_bytes;
    if announced > limit {
        return Err(too_large(limit));
    }
    let left = limit;
    let mut body = Limited { body, left, limit };
    let mut start = BytesMut::with_capacity(announced.min(SMALL));
    while let Some(piece) = body.next().await? {
        start.extend_from_slice(&piece);
        if start.len() > SMALL {
            refuse_early().await?;
            return receive_big(app, start.freeze(), body).await;
        }
    }
    read_small(app.blobs.writer()?, start.freeze()).await
}

/// Reads and seals a body that is in memory.
async fn read_small(mut writer: BlobWriter, body: Bytes) -> Result<ReceivedState, UseCaseError> {
    in_background(move || {
        let Incoming { version, inventory } = read_body(&body)?;
        writer.write(&body)?;
        Ok(ReceivedState {
            version,
            inventory,
            size: body.len(),
            sealed: writer.seal_rest()?,
            _turn: None,
        })
    })
    .await
}

/// A body of which no more than so many bytes are taken.
struct Limited<'a, B> {
    body: &'a mut B,
    left: usize,
    limit: usize,
}

impl<B: Stream<Item = Result<Bytes, UseCaseError>> + Send + Unpin> Limited<'_, B> {
    async fn next(&mut self) -> Result<Option<Bytes>, UseCaseError> {
        let Some(piece) = self.body.next().await.transpose()? else {
            return Ok(None);
        };
        let left = self.left.checked_sub(piece.len());
        self.left = left.ok_or_else(|| too_large(self.limit))?;
        Ok(Some(piece))
    }
}

fn too_large(limit: usize) -> UseCaseError {
    let detail = format!("a state has at most {limit} bytes here");
    UseCaseError::new(ErrorKind::TooLarge, detail)
        .hint("raise limits.state_bytes in the server's configuration, or split the stack")
}

/// One thread reads the facts and one what stands in the state, while another one digests and seals.
async fn receive_big<B: Stream<Item = Result<Bytes, UseCaseError>> + Send + Unpin>(
    app: &App,
    start: Bytes,
    mut body: Limited<'_, B>,
) -> Result<ReceivedState, UseCaseError> {
    let turn = Arc::clone(&app.big_bodies).acquire_owned().await;
    let turn = turn.map_err(|_| UseCaseError::internal("the server takes no more bodies"))?;
    let writer = app.blobs.writer()?;
    StateFacts::object(&start).map_err(|error| UseCaseError::invalid(error.to_string()))?;
    let (to_read, read_from) = mpsc::channel(WAITING);
    let (to_list, list_from) = mpsc::channel(WAITING);
    let (to_seal, seal_from) = mpsc::channel(WAITING);
    let inventory = in_background(move || list(buffered(list_from)));
    let facts = in_background(move || read_facts(buffered(read_from)));
    let sealed = in_background(move || seal(writer, seal_from));
    let feed = async move {
        let mut piece = Some(start);
        while let Some(bytes) = piece {
            // A form that is not known is no reason to refuse a state: nobody listens then.
            to_list.send(bytes.clone()).await.ok();
            // Whoever does not listen any more has failed, and says why below.
            if to_read.send(bytes.clone()).await.is_err() || to_seal.send(bytes).await.is_err() {
                break;
            }
            piece = body.next().await?;
        }
        Ok::<_, UseCaseError>(body.limit - body.left)
    };
    let (size, facts, inventory, sealed) = tokio::join!(feed, facts, inventory, sealed);
    let (size, (sealed, md5)) = (size?, sealed?);
    Ok(ReceivedState {
        version: NewestVersion { facts: facts?, md5 },
        inventory: inventory?,
        size,
        sealed,
        _turn: Some(turn),
    })
}

fn buffered(from: mpsc::Receiver<Bytes>) -> BufReader<Pieces> {
    BufReader::with_capacity(READ_AT_ONCE, Pieces::new(from))
}

fn list(reader: impl Read) -> Result<Option<Inventory>, UseCaseError> {
    let mut inventory = InventoryWriter::default();
    let listed = state_content::read_resources(reader, |resource| inventory.add(&resource));
    listed.then(|| finished(inventory)).transpose()
}

fn read_facts(reader: impl Read) -> Result<StateFacts, UseCaseError> {
    let facts = serde_json::from_reader::<_, StateFacts>(reader);
    let facts = facts
        .map_err(|error| UseCaseError::invalid(format!("the body is not a Terraform state: {error}")))?;
    facts
        .checked()
        .map_err(|error| UseCaseError::invalid(error.to_string()))
}

fn seal(
    mut writer: BlobWriter,
    mut pieces: mpsc::Receiver<Bytes>,
) -> Result<(SealedBlob, [u8; 16]), UseCaseError> {
    let mut digest = Md5::new();
    while let Some(piece) = pieces.blocking_recv() {
        digest.update(&piece);
        writer.write(&piece)?;
    }
    Ok((writer.seal_rest()?, digest.finalize().into()))
}

/// Pieces that come from elsewhere, as a reader.
struct Pieces {
    from: mpsc::Receiver<Bytes>,
    piece: Bytes,
}

impl Pieces {
    fn new(from: mpsc::Receiver<Bytes>) -> Self {
        Self {
            from,
            piece: Bytes::new(),
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.piece.is_empty() {
            match self.from.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let length = self.piece.len().min(buffer.len());
        self.piece.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UseCaseError> + Send + 'static,
) -> Result<T, UseCaseError> {
    let done = spawn_blocking(work).await;
    done.unwrap_or_else(|error| {
        Err(UseCaseError::internal(format!(
            "the state could not be read: {error}"
        )))
    })
}
