//! Work on a thread of its own: a stack that is deep enough, and an answer in time.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use crate::limits::STACK;

/// Why work gave no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// It goes on, and nobody waits for it.
    TimedOut,
    /// It panicked, or could not be started.
    Broke(String),
}

/// Does the work on another thread. Whoever asks has an answer after `limit`; work that goes on ends at
/// the next statement that looks at the time.
pub(crate) fn bounded<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Stopped> {
    let (answer, answered) = sync_channel(1);
    let thread = std::thread::Builder::new()
        .name("policy".to_owned())
        .stack_size(STACK);
    let started = thread.spawn(move || {
        // Nobody listens any more when the time was up.
        answer.send(work()).ok();
    });
    let thread = started.map_err(|error| Stopped::Broke(format!("no thread can be started: {error}")))?;
    match answered.recv_timeout(limit) {
        Ok(value) => Ok(value),
        Err(RecvTimeoutError::Timeout) => Err(Stopped::TimedOut),
        Err(RecvTimeoutError::Disconnected) => Err(Stopped::Broke(match thread.join() {
            Ok(()) => "it ended without an answer".to_owned(),
            Err(panic) => panic
                .downcast_ref::<String>()
                .cloned()
                .unwrap_or_else(|| "it panicked".to_owned()),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_breaks_or_hangs_is_told() {
        let second = Duration::from_secs(1);
        assert_eq!(bounded(second, || 7), Ok(7));
        let number = std::hint::black_box(8);
        let broken = bounded(second, move || assert_eq!(number, 9, "nine"));
        assert!(matches!(broken, Err(Stopped::Broke(told)) if told.contains("nine")));
        let slow = bounded(Duration::from_millis(5), || {
            std::thread::sleep(Duration::from_millis(300))
        });
        assert_eq!(slow, Err(Stopped::TimedOut));
    }
}
