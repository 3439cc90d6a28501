//! The database: whether it answers, whether this version knows its schema, whether its keys open.

use std::time::Duration;

use lockkeeper_config::ServerConfig;
use lockkeeper_config::server::{Database as DatabaseConfig, RootKeySource};
use lockkeeper_store::Database;
use lockkeeper_store::keyring::KeyNeeded;
use lockkeeper_store::portable::schema_version;
use lockkeeper_usecases::clock::{Clock, SystemClock};

use super::finding::Finding;
use crate::commands::serve;
use crate::failure::Failure;

const DATABASE: &str = "database";
const ROOT_KEY: &str = "root key";
/// Nobody wants to wait for an answer as long as a server that starts does.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens the database and its keys as far as that goes; alters nothing.
pub(super) async fn open(configuration: &ServerConfig, findings: &mut Vec<Finding>) -> Option<Database> {
    let database = reach(configuration, findings).await?;
    match unlock(configuration, &database).await {
        Ok(finding) => {
            findings.push(finding);
            Some(database)
        }
        Err(finding) => {
            findings.push(finding);
            None
        }
    }
}

async fn reach(configuration: &ServerConfig, findings: &mut Vec<Finding>) -> Option<Database> {
    let mut address = configuration.database.clone();
    match &mut address {
        DatabaseConfig::Sqlite { file } if !file.exists() => {
            let detail = format!("there is no database {}", file.display());
            let next = "give the server's configuration with --config or --data; a new server makes it at its first start";
            findings.push(Finding::problem(DATABASE, detail, next));
            return None;
        }
        DatabaseConfig::Sqlite { .. } => {}
        DatabaseConfig::Postgres(postgres) => postgres.start_patience = PATIENCE,
    }
    let looked = async {
        let database = serve::open_bare_database(&address).await?;
        let mut transaction = database.read().await.map_err(serve::store_failed)?;
        let schema = schema_version(&mut transaction)
            .await
            .map_err(serve::store_failed)?;
        drop(transaction);
        Ok::<_, Failure>((database, schema))
    };
    let (database, schema) = match looked.await {
        Ok(looked) => looked,
        Err(failure) => {
            let next = "start it, check its address, and that it lets this machine in; a new server makes its tables at its first start";
            findings.push(Finding::problem(DATABASE, failure.problem().detail.clone(), next));
            return None;
        }
    };
    let newest = Database::newest_schema();
    let detail = format!("it answers; its schema is {schema}, this version's is {newest}");
    if schema == newest {
        findings.push(Finding::good(DATABASE, detail));
        return Some(database);
    }
    let next = if schema < newest {
        "start this version's server, which brings it up to date, and ask again"
    } else {
        "use the version that wrote it, or a newer one"
    };
    findings.push(Finding::problem(DATABASE, detail, next));
    None
}

async fn unlock(configuration: &ServerConfig, database: &Database) -> Result<Finding, Finding> {
    let source = &configuration.encryption.root_key;
    let told = |failure: Failure| {
        let next =
            "name the right root key as encryption.root_key_file, or put it back from where its copy is kept";
        Finding::problem(ROOT_KEY, failure.problem().detail.clone(), next)
    };
    let needed = database
        .key_needed()
        .await
        .map_err(|error| told(serve::store_failed(error)))?;
    if !matches!(needed, KeyNeeded::Root(_)) {
        let detail = "the database has no keys yet";
        return Err(Finding::problem(
            ROOT_KEY,
            detail,
            "start the server once, and ask again",
        ));
    }
    let root = serve::root_key(configuration).await.map_err(told)?;
    let unlocked = database.unlock(&root, SystemClock.now()).await;
    unlocked.map_err(|error| told(serve::store_failed(error)))?;
    let detail = format!("{} from {source} opens the data", root.fingerprint());
    Ok(match source {
        RootKeySource::File(file) if file.starts_with(&configuration.data) => Finding::warning(
            ROOT_KEY,
            format!("{detail}, and lies beside them"),
            "keep a copy elsewhere; against a stolen disk, move it with `lockkeeper key change-root`",
        ),
        _ => Finding::good(ROOT_KEY, detail),
    })
}
