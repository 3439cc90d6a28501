//! The server's own log, on standard error: lines for people on a terminal, JSON elsewhere.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// What is logged, in the form of the `tracing` filters: `info`, `lockkeeper_http=debug,info`.
const VARIABLE: &str = "LOCKKEEPER_LOG";

pub(super) fn begin() {
    let filter = EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Fails only when a subscriber is there already, which then logs.
    if std::io::stderr().is_terminal() {
        builder.with_target(false).try_init().ok();
    } else {
        builder.json().flatten_event(true).try_init().ok();
    }
}
