//! Children must hear SIGINT: it is how they are asked to stop.
//!
//! A script that starts a server in the background starts it with SIGINT ignored, and what is ignored
//! stays ignored in children. What is handled is set back to its default in a child, so a handler that
//! does nothing lets children hear the signal, and leaves this process as deaf to it as it was.

use std::sync::Once;

use tokio::signal::unix::{SignalKind, signal};

/// The number of SIGINT on every Unix.
const SIGINT: u32 = 2;

/// Lets children hear SIGINT, whatever this process inherited.
pub(super) fn let_children_hear() {
    static HEARD: Once = Once::new();
    HEARD.call_once(|| {
        if is_ignored()
            && let Err(error) = signal(SignalKind::interrupt())
        {
            tracing::warn!(%error, "children may not hear SIGINT: they are stopped by force");
        }
    });
}

/// Whether this process ignores SIGINT, by the mask that the kernel shows.
fn is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (SIGINT - 1)) != 0)
}
