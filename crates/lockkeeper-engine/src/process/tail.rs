//! Follows the file that a child writes into.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::ProcessError;
use super::lines::Lines;
use crate::contract::RunLog;
use crate::mask::Mask;

/// Output beyond this, in bytes, is not forwarded, and does not fill the disk either.
const OUTPUT_LIMIT: u64 = 64 * 1024 * 1024;

/// How many lines are kept for error messages.
const LAST_LINES: usize = 200;

/// Makes the file, readable by the server only, and opens it for both streams. Both append, so that
/// neither writes over the other, and so that the file can be cut while they write.
pub(super) fn create(path: &Path) -> Result<(std::fs::File, std::fs::File), ProcessError> {
    let what = || format!("cannot make {}", path.display());
    let _ = std::fs::remove_file(path);
    let file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let file = file.map_err(ProcessError::io(what()))?;
    let second = file.try_clone().map_err(ProcessError::io(what()))?;
    Ok((file, second))
}

/// Reads what was written since the last look.
pub(super) struct Tail {
    file: tokio::fs::File,
    buffer: Vec<u8>,
    lines: Lines,
    /// Bytes read so far.
    read: u64,
    last: VecDeque<String>,
    /// Whether the log took everything until now.
    log_works: bool,
}

impl Tail {
    pub(super) async fn open(path: &Path, mask: &Mask) -> Result<Self, ProcessError> {
        // Writing too, to be able to cut it.
        let file = tokio::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .await;
        let file = file.map_err(ProcessError::io(format!("cannot read {}", path.display())))?;
        Ok(Self {
            file,
            buffer: vec![0; 64 * 1024],
            lines: Lines::new(mask.clone()),
            read: 0,
            last: VecDeque::new(),
            log_works: true,
        })
    }

    /// Forwards every line that is complete.
    pub(super) async fn forward(&mut self, log: &mut dyn RunLog) {
        loop {
            let count = match self.file.read(&mut self.buffer).await {
                Ok(0) => return,
                Ok(count) => count,
                Err(error) => {
                    tracing::warn!(%error, "cannot read the output of a child");
                    return;
                }
            };
            let mut complete = Vec::new();
            self.lines
                .push(self.buffer.get(..count).unwrap_or_default(), |line| {
                    complete.push(line)
                });
            let below_limit = self.read < OUTPUT_LIMIT;
            self.read = self.read.saturating_add(count as u64);
            if below_limit {
                if self.read >= OUTPUT_LIMIT {
                    complete.push(format!("[the output beyond {OUTPUT_LIMIT} bytes is left out]"));
                }
                self.append(log, &complete).await;
            } else {
                self.cut().await;
            }
            self.remember(complete);
        }
    }

    /// Forwards a last line without an end, and answers the last lines of the output.
    pub(super) async fn finish(mut self, log: &mut dyn RunLog) -> Vec<String> {
        if let Some(rest) = self.lines.rest() {
            let rest = vec![rest];
            if self.read < OUTPUT_LIMIT {
                self.append(log, &rest).await;
            }
            self.remember(rest);
        }
        self.last.into()
    }

    /// A run goes on without its log: stopping an apply halfway would be worse.
    async fn append(&mut self, log: &mut dyn RunLog, lines: &[String]) {
        if lines.is_empty() || !self.log_works {
            return;
        }
        if let Err(error) = log.append(&(lines.join("\n") + "\n")).await {
            tracing::error!(%error, "the log of a run cannot be kept; the run goes on without it");
            self.log_works = false;
        }
    }

    fn remember(&mut self, lines: Vec<String>) {
        self.last.extend(lines);
        self.last.drain(..self.last.len().saturating_sub(LAST_LINES));
    }

    /// Empties the file. A few bytes that come in between are lost, which does not matter any more.
    async fn cut(&mut self) {
        if self.file.set_len(0).await.is_ok() {
            let _ = self.file.rewind().await;
        }
    }
}
