//! Puts the server together, and takes it apart again.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use lockkeeper_config::ServerConfig;
use lockkeeper_config::server::Database as DatabaseConfig;
use lockkeeper_http::HttpSettings;
use lockkeeper_store::blobs::{Blobs, BucketSettings};
use lockkeeper_store::{Database, PostgresSettings, StoreError};
use lockkeeper_terraform::{TerraformEngine, TerraformSettings};
use lockkeeper_usecases::app::Settings;
use lockkeeper_usecases::clock::SystemClock;
use lockkeeper_usecases::{App, UseCaseError};
use lockkeeper_workers::{Pool, PoolSettings};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{bootstrap, root_key, signals};
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
    tracing::info!(%address, data = %configuration.data.display(), "Lockkeeper is ready: {}", configuration.external_address);

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
    root_key::unlock(&database, &data.join("key")).await?;
    let key = database.keyring().server_key().map_err(store_failed)?;
    let blobs = open_blobs(configuration, &data, &database).await?;
    let engine = TerraformEngine::new(terraform(configuration, &data));
    if let Err(error) = engine.version().await {
        // People may look at changes without the tool; a run says the same when it needs it.
        tracing::warn!("{error}");
    }
    let settings = Settings {
        data,
        own_address: own_address(address),
        run_time_limit: configuration.terraform.time_limit,
        max_state_bytes: configuration.limits.state_bytes,
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

async fn open_blobs(
    configuration: &ServerConfig,
    data: &std::path::Path,
    database: &Database,
) -> Result<Blobs, Failure> {
    let blobs = Blobs::open(&data.join("blobs"), database).map_err(store_failed)?;
    let Some(bucket) = &configuration.bucket else {
        return Ok(blobs);
    };
    let settings = BucketSettings {
        bucket: bucket.bucket.clone(),
        prefix: bucket.prefix.clone(),
        endpoint: bucket.endpoint.clone(),
        region: bucket.region.clone(),
        path_style: bucket.path_style,
        allow_http: bucket.allows_http(),
        credentials_file: bucket.credentials_file.clone(),
    };
    let blobs = blobs.with_bucket(&settings).map_err(store_failed)?;
    if let Err(error) = blobs.check_bucket().await {
        // Small states do not need it, and it may come back.
        tracing::error!("{error}; big states and plans are refused until it can be used");
    }
    Ok(blobs)
}

async fn open_database(configuration: &DatabaseConfig) -> Result<Database, Failure> {
    match configuration {
        DatabaseConfig::Sqlite { file } => Database::open_sqlite(file).await.map_err(store_failed),
        DatabaseConfig::Postgres(postgres) => {
            let settings = PostgresSettings {
                address: postgres.address.clone(),
                connections: u32::try_from(postgres.connections).unwrap_or(u32::MAX),
                statement_timeout: postgres.statement_timeout,
                start_patience: postgres.start_patience,
            };
            Database::connect_postgres(&settings).await.map_err(|error| {
                store_failed(error)
                    .with_hint("check the address of the database, and that it lets this server in")
            })
        }
    }
}

fn terraform(configuration: &ServerConfig, data: &std::path::Path) -> TerraformSettings {
    let program = configuration.terraform.tool.program();
    let mut settings = TerraformSettings::new(program.display().to_string(), data.join("terraform"));
    let passed = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    settings.passed_environment = passed
        .filter(|(name, _)| configuration.terraform.passes(name))
        .collect::<BTreeMap<_, _>>();
    settings
        .provider_mirror
        .clone_from(&configuration.terraform.provider_mirror);
    settings
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

fn cannot_listen(configuration: &ServerConfig, error: &std::io::Error) -> Failure {
    failed(format!("cannot listen on {}: {error}", configuration.listen))
        .with_hint("stop what listens there, or choose another address with --listen")
}

pub(super) fn store_failed(error: StoreError) -> Failure {
    failed(error.to_string())
}

pub(super) fn refused(error: UseCaseError) -> Failure {
    let failure = failed(error.detail);
    match error.hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

pub(super) fn failed(detail: String) -> Failure {
    Failure::new(Exit::Failure, "server", "The server failed", detail)
}
