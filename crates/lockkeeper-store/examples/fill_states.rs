//! Fills a database with states, versions and what stands in them for `make bench`: rows alone, whose bodies are
//! nowhere.
#![allow(clippy::print_stderr, reason = "a program for the benchmark")]
#![allow(
    clippy::disallowed_methods,
    reason = "identifiers and times of rows that only a benchmark reads"
)]

use std::error::Error;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use lockkeeper_domain::id::{StateId, StateVersionId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::state_content::StateResource;
use lockkeeper_domain::state_version::VersionOrigin;
use lockkeeper_store::batch::Batch;
use lockkeeper_store::database::Connection;
use lockkeeper_store::inventory::{Inventory, InventoryWriter};
use lockkeeper_store::keyring::RootKey;
use lockkeeper_store::tables::state_inventories::Inventories;
use lockkeeper_store::tables::{environments, projects, states, users};
use lockkeeper_store::{Database, PostgresSettings, Transaction};
use uuid::Uuid;

const USAGE: &str = "fill_states DATABASE KEY_FILE PROJECT ENVIRONMENT STATES VERSIONS";

/// Machines in each state, besides the one that has its number.
const MACHINES: usize = 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, key_file, project, environment, states, versions] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let database = match database.strip_prefix("sqlite:") {
        Some(file) => Database::open_sqlite(Path::new(file)).await?,
        None => Database::connect_postgres(&PostgresSettings::new(database)).await?,
    };
    let root = RootKey::parse(&std::fs::read(key_file)?)?;
    database.unlock(&root, Timestamp::now()).await?;
    let inventories = Inventories::new(&database.keyring().server_key()?);
    let mut transaction = database.write().await?;
    let project = projects::by_name(&mut transaction, &project.parse()?)
        .await?
        .ok_or("no such project")?;
    let environment = environments::by_name(&mut transaction, *project.id, &environment.parse()?).await?;
    let environment = environment.ok_or("no such environment")?;
    let user = users::page(&mut transaction, "", 1)
        .await?
        .first()
        .map(|user| *user.id)
        .ok_or("no user")?;
    for number in 0..states.parse::<usize>()? {
        let state = StateId::new(Uuid::now_v7());
        let stack: Name = format!("stack-{number}").parse()?;
        states::insert(
            &mut transaction,
            state,
            *project.id,
            *environment.id,
            &stack,
            states::SHARED,
        )
        .await?;
        fill(&mut transaction, state, user, versions.parse()?).await?;
        let inventory = inventory(number)?;
        inventories
            .replace(&mut transaction, *project.id, state, None, &inventory)
            .await?;
    }
    if let Connection::Postgres(connection) = &mut transaction.connection {
        // What autovacuum does within a minute: without it, plans are made for empty tables.
        sqlx::query("ANALYZE").execute(&mut **connection).await?;
    }
    transaction.commit().await?;
    database.close().await;
    Ok(())
}

async fn fill(
    transaction: &mut Transaction,
    state: StateId,
    user: UserId,
    versions: i64,
) -> Result<(), Box<dyn Error>> {
    let lineage = state.to_string();
    for serial in 1..=versions {
        let id = StateVersionId::new(Uuid::now_v7());
        let blob = blake3::hash(id.uuid().as_bytes()).to_hex();
        let now = Timestamp::now();
        let mut batch = Batch::new(transaction);
        states::insert_version(
            &mut batch,
            id,
            state,
            serial,
            &lineage,
            100_000,
            &[7; 16],
            &blob,
            user,
            None,
            now,
            VersionOrigin::Write,
            None,
            None,
            Some(100),
        )?;
        states::set_newest(&mut batch, state, id, serial)?;
        batch.run(transaction).await?;
    }
    Ok(())
}

/// What stands in each state: machines, one more of them with the number of the state as its identifier, and in
/// every hundredth state a database.
fn inventory(number: usize) -> io::Result<Inventory> {
    let mut inventory = InventoryWriter::default();
    let mut add = |kind: &str, name: &str, id: String| {
        inventory.add(&StateResource {
            address: format!("{kind}.{name}"),
            kind: kind.to_owned(),
            id: Some(id),
            name: None,
        });
    };
    for machine in 0..MACHINES {
        add(
            "aws_instance",
            &format!("m{machine}"),
            format!("i-{number}-{machine}"),
        );
    }
    add("aws_instance", "named", format!("i-{number}"));
    if number.is_multiple_of(100) {
        add("aws_db_instance", "main", format!("db-{number}"));
    }
    inventory.finish()
}
