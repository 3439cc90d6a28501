//! Puts the server together, and takes it apart again.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lockkeeper_config::ServerConfig;
use lockkeeper_http::HttpSettings;
use lockkeeper_store::StoreError;
use lockkeeper_terraform::TerraformEngine;
use lockkeeper_usecases::app::Settings;
use lockkeeper_usecases::clock::SystemClock;
use lockkeeper_usecases::{App, ErrorKind, UseCaseError};
use lockkeeper_workers::{Pool, PoolSettings};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::parts::{backup_settings, open_blobs, open_database, terraform_settings, unlock};
use super::{bootstrap, signals};
use crate::exit::Exit;
use crate::failure::Failure;

/// Open connections, such as followed logs, are cut after this when the server stops.
const FAREWELL: Duration = Duration::from_secs(3);

pub(super) async fn serve(configuration: ServerConfig) -> Result<(), Failure> {
    let listener = TcpListener::bind(configuration.listen)
        .await
        .map_err(|error| cannot_listen(&configuration, &error))?;
    let address = listener.local_addr()?;
    let app = Arc::new(open(&configuration, address).await?);
    bootstrap::bootstrap(&app, &configuration.bootstrap).await?;

    let (stop, stopped) = watch::channel(false);
    let settings = HttpSettings {
        max_request_bytes: configuration.limits.request_bytes,
        max_state_bytes: configuration.limits.state_bytes,
    };
    let mut http = tokio::spawn(lockkeeper_http::serve(
        listener,
        app.clone(),
        settings,
        stopped.clone(),
    ));
    let (stop_workers, workers_stopped) = watch::channel(false);
    let pool = Pool::new(
        app.clone(),
        PoolSettings {
            concurrency: configuration.runs.concurrency,
            lease: configuration.runs.lease,
        },
    );
    let workers = tokio::spawn(pool.run(workers_stopped));
    tracing::info!(%address, data = %configuration.data.display(), "Lockkeeper is ready: {}", reachable(&configuration, address));

    // Without its API the server would only look alive.
    let died = tokio::select! {
        told = signals::told_to_stop() => { told?; None }
        ended = &mut http => Some(ended),
    };
    tracing::info!("stopping");
    // Workers first: the tools that they stop store their states in this server.
    stop_workers.send_replace(true);
    workers
        .await
        .map_err(|error| failed(format!("the workers failed: {error}")))?;
    stop.send_replace(true);
    if let Some(ended) = died {
        app.database.close().await;
        ended.map_err(|error| failed(format!("the server failed: {error}")))??;
        return Err(failed("the server stopped answering by itself".to_owned()));
    }
    match tokio::time::timeout(FAREWELL, http).await {
        Ok(served) => served.map_err(|error| failed(format!("the server failed: {error}")))??,
        Err(_) => tracing::info!("cutting connections that are still open"),
    }
    app.database.close().await;
    Ok(())
}

async fn open(configuration: &ServerConfig, address: SocketAddr) -> Result<App, Failure> {
    let data = std::path::absolute(&configuration.data)?;
    let database = open_database(&configuration.database).await?;
    unlock(configuration, &database).await?;
    let key = database.keyring().server_key().map_err(store_failed)?;
    let blobs = open_blobs(configuration, &database).await?;
    let engine = TerraformEngine::new(terraform_settings(configuration, &data));
    if let Err(error) = engine.version().await {
        // People may look at changes without the tool; a run says the same when it needs it.
        tracing::warn!("{error}");
    }
    let settings = Settings {
        data,
        own_address: own_address(address),
        run_time_limit: configuration.terraform.time_limit,
        max_state_bytes: configuration.limits.state_bytes,
        backups: Some(backup_settings(configuration)?),
        retention: configuration.retention,
    };
    let app = App::new(
        database,
        blobs,
        key,
        Arc::new(SystemClock),
        Arc::new(engine),
        settings,
    )
    .map_err(refused)?;
    lockkeeper_usecases::servers::register(&app)
        .await
        .map_err(refused)?;
    Ok(app)
}

/// Where the children of this server reach it: on this machine, whatever it listens on.
fn own_address(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// The address to tell people. With port 0 nobody knows it before the system has chosen one.
fn reachable(configuration: &ServerConfig, address: SocketAddr) -> String {
    match configuration.listen.port() {
        0 if configuration.external_address.ends_with(":0") => own_address(address),
        _ => configuration.external_address.clone(),
    }
}

fn cannot_listen(configuration: &ServerConfig, error: &std::io::Error) -> Failure {
    failed(format!("cannot listen on {}: {error}", configuration.listen))
        .with_hint("stop what listens there, or choose another address with --listen")
}

/// A failure of the store, as one of the program.
pub(crate) fn store_failed(error: StoreError) -> Failure {
    failed(error.to_string())
}

/// A refusal of a use case, as a failure of the program on the server's own machine.
pub(crate) fn refused(error: UseCaseError) -> Failure {
    // What a request is not told, its log would say; a command has none.
    let (detail, hint) = match (error.cause, error.kind) {
        (Some(cause), ErrorKind::OutOfSpace | ErrorKind::Unconfirmed) => (cause, error.hint),
        (Some(cause), _) => (cause, None),
        (None, _) => (error.detail, error.hint),
    };
    let failure = failed(detail);
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

pub(super) fn failed(detail: String) -> Failure {
    Failure::new(Exit::Failure, "server", "The server failed", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_on_the_servers_machine_says_what_the_store_says() {
        let error = StoreError::File {
            what: "cannot write /srv/blobs/01".to_owned(),
            source: std::io::Error::from(std::io::ErrorKind::PermissionDenied),
        };
        let error = UseCaseError::from(error);
        assert!(!error.detail.contains("/srv"), "{error:?}");
        let failure = refused(error);
        assert!(
            failure
                .problem()
                .detail
                .starts_with("cannot write /srv/blobs/01: permission denied"),
            "{failure:?}"
        );
        assert!(failure.problem().hint.is_none());
    }
}
