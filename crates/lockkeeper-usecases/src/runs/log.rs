//! The log of a run: written in pieces while it is at work, and followed from any place.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lockkeeper_domain::id::RunId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_engine::contract::RunLog;
use lockkeeper_store::StoreError;
use lockkeeper_store::tables::run_log;
use tokio::sync::{mpsc, oneshot};

use super::named_secrets::NamedSecrets;
use crate::{Access, App, Caller, UseCaseError};

/// How long output waits for more before it is stored.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);
/// Output beyond this is stored without waiting, in bytes.
const FLUSH_SIZE: usize = 32 * 1024;
/// What a run may print, in bytes; the rest is dropped, and a line says so.
const MAX_LOG: i64 = 64 << 20;
/// Pieces answered in one go.
const PIECES: i64 = 64;

/// What the writer is told.
enum Entry {
    /// Output to store.
    Text(String),
    /// To answer when everything before it is stored.
    Flush(oneshot::Sender<()>),
}

/// Writes the log of a run that is at work. Output never waits for the database.
pub(super) struct LogWriter {
    sender: mpsc::UnboundedSender<Entry>,
    named_secrets: NamedSecrets,
    writer: tokio::task::JoinHandle<()>,
}

impl LogWriter {
    /// Begins behind what is there already.
    pub(super) async fn open(app: &Arc<App>, run: RunId) -> Result<Self, UseCaseError> {
        let mut transaction = app.database.read().await?;
        let position = run_log::newest(&mut transaction, run)
            .await?
            .map_or(0, |piece| piece.position);
        drop(transaction);
        let (sender, receiver) = mpsc::unbounded_channel();
        let writer = tokio::spawn(write(app.clone(), run, position, receiver));
        Ok(Self {
            sender,
            named_secrets: NamedSecrets::default(),
            writer,
        })
    }

    /// Adds a line of Lockkeeper's own.
    pub(super) fn line(&self, text: &str) {
        // Sending fails only when the writer has ended, which it does last.
        let _ = self.sender.send(Entry::Text(format!("{text}\n")));
    }

    /// For lines that are added while the tool has the log. To be dropped before [`LogWriter::finish`], which waits for it.
    pub(super) fn lines(&self) -> LogLines {
        LogLines(self.sender.clone())
    }

    /// Waits until everything so far is stored. To be asked before the end of a run is put on record: whoever follows
    /// the log looks no further then.
    pub(super) async fn flush(&self) {
        let (sender, stored) = oneshot::channel();
        if self.sender.send(Entry::Flush(sender)).is_ok() {
            let _ = stored.await;
        }
    }

    /// Stores what is left.
    pub(super) async fn finish(self) {
        drop(self.sender);
        if let Err(error) = self.writer.await {
            tracing::warn!(%error, "the writer of a run's log failed");
        }
    }
}

/// Adds lines to a log that somebody else writes.
pub(super) struct LogLines(mpsc::UnboundedSender<Entry>);

impl LogLines {
    /// Adds a line of Lockkeeper's own.
    pub(super) fn line(&self, text: &str) {
        // As in `LogWriter::line`.
        let _ = self.0.send(Entry::Text(format!("{text}\n")));
    }
}

#[async_trait]
impl RunLog for LogWriter {
    async fn append(&mut self, text: &str) -> std::io::Result<()> {
        self.sender
            .send(Entry::Text(self.named_secrets.hide(text)))
            .map_err(std::io::Error::other)
    }
}

async fn write(app: Arc<App>, run: RunId, mut position: i64, mut receiver: mpsc::UnboundedReceiver<Entry>) {
    while let Some(first) = receiver.recv().await {
        let deadline = tokio::time::sleep(FLUSH_INTERVAL);
        tokio::pin!(deadline);
        let (mut piece, mut waits) = (String::new(), None);
        let mut next = Some(first);
        while let Some(entry) = next {
            match entry {
                Entry::Text(text) => piece.push_str(&text),
                Entry::Flush(sender) => waits = Some(sender),
            }
            if waits.is_some() || piece.len() >= FLUSH_SIZE {
                break;
            }
            next = tokio::select! {
                more = receiver.recv() => more,
                () = &mut deadline => None,
            };
        }
        keep(&app, run, &mut position, piece).await;
        if let Some(waits) = waits {
            // Whoever waited may be gone.
            let _ = waits.send(());
        }
    }
}

/// Stores a piece behind the position, unless the log is full.
async fn keep(app: &App, run: RunId, position: &mut i64, mut piece: String) {
    if *position >= MAX_LOG || piece.is_empty() {
        return;
    }
    // PostgreSQL keeps no NUL character in a text.
    piece.retain(|character| character != '\0');
    *position = position.saturating_add(i64::try_from(piece.len()).unwrap_or(i64::MAX));
    if *position >= MAX_LOG {
        piece.push_str("\n[the rest of the output is left out: a log keeps 64 MiB]\n");
    }
    if let Err(error) = store(app, run, *position, &piece).await {
        tracing::warn!(%error, %run, "a piece of a run's log could not be stored");
    }
    app.signals.tell_run(run);
}

async fn store(app: &App, run: RunId, position: i64, piece: &str) -> Result<(), StoreError> {
    let mut transaction = app.database.write().await?;
    run_log::append(&mut transaction, run, position, piece).await?;
    transaction.commit().await
}

/// A piece of a log.
#[derive(Debug, Clone)]
pub struct LogSlice {
    /// The text, secrets masked.
    pub text: String,
    /// The place behind it.
    pub position: i64,
    /// Whether nothing more will come.
    pub ended: bool,
}

/// The log of a run behind a place.
///
/// # Errors
/// Not found when the run is not the project's.
pub async fn read_log(
    app: &App,
    caller: &Caller,
    project: &Name,
    run: RunId,
    after: i64,
) -> Result<LogSlice, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    let row = super::show_run::find(&mut transaction, *access.project.id, run).await?;
    let pieces = run_log::after(&mut transaction, run, after, PIECES).await?;
    let complete = i64::try_from(pieces.len()).is_ok_and(|count| count < PIECES);
    let position = pieces.last().map_or(after, |piece| piece.position);
    let text = pieces.into_iter().map(|piece| piece.content).collect();
    Ok(LogSlice {
        text,
        position,
        ended: complete && row.status.has_ended(),
    })
}

/// Appends a last line to the log of a run that is not at work any more.
pub(super) async fn append_afterwards(app: &App, run: RunId, text: &str) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let position = run_log::newest(&mut transaction, run)
        .await?
        .map_or(0, |piece| piece.position);
    let text = format!("{text}\n");
    let end = position.saturating_add(i64::try_from(text.len()).unwrap_or(i64::MAX));
    run_log::append(&mut transaction, run, end, &text).await?;
    transaction.commit().await?;
    Ok(())
}
