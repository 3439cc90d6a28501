//! Serves the router on a socket.

use std::sync::Arc;

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
    axum::serve(listener, router(app, settings))
        .with_graceful_shutdown(told)
        .await
}
