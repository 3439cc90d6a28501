//! Serves the router on a socket.

use std::sync::Arc;

use axum::serve::ListenerExt;
use lockkeeper_usecases::App;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::{HttpSettings, router};

/// Serves until told to stop, then lets open requests end.
///
/// # Errors
/// When the socket fails.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    settings: HttpSettings,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let told = async move {
        // An error means that whoever would tell is gone, which is as good as being told.
        stop.wait_for(|stop| *stop).await.ok();
    };
    let listener = listener.tap_io(|stream| {
        // Best effort: without it an answer in several pieces waits for the client to confirm the first.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection cannot be told to send at once");
        }
    });
    axum::serve(listener, router(app, settings))
        .with_graceful_shutdown(told)
        .await
}
