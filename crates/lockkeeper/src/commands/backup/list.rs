//! `lockkeeper backup list`.

use clap::Args;
use lockkeeper_backup::{BackupId, Manifest, Proof};
use lockkeeper_store::keyring::RootKey;
use serde::Serialize;

use super::open::Place;
use crate::commands::serve::{self, ConfigurationArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, table, words};
use crate::session::Session;

/// The arguments of `lockkeeper backup list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper backup list
  lockkeeper backup list --from s3://backups/lockkeeper --json

`size` is all that the backup holds, unpacked; `added` is what it added to the place, since parts that earlier backups \
have are not written again. Without the root key there are names and times only.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: ConfigurationArguments,
    /// Where the backups are; backup.place of the configuration when absent
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    backups: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    id: String,
    begun_at: String,
    #[serde(flatten)]
    found: Option<Found>,
}

/// What the root key tells of a backup.
#[derive(Serialize)]
struct Found {
    /// `full` or `incremental`; absent for backups of earlier versions, and for one that does not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    restored_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_at: Option<String>,
    /// Why it does not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    #[serde(skip)]
    standing: String,
}

/// Prints the backups, the newest first.
///
/// # Errors
/// When the place cannot be read.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let place = Place::open(&arguments.configuration, arguments.from.as_deref())?;
    let ids = place.list().await?;
    let root = match ids.is_empty() {
        true => None,
        false => Some(serve::root_key(&place.configuration).await),
    };
    let mut items = Vec::with_capacity(ids.len());
    for id in ids.iter().rev() {
        let found = match &root {
            Some(Ok(root)) => Some(look(&place, id, root).await?),
            _ => None,
        };
        items.push(Item {
            id: id.to_string(),
            begun_at: id.begun_at().to_string(),
            found,
        });
    }
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    let headings = ["backup", "begun", "kind", "size", "added", "proved"];
    let text = table::render(&headings, &rows, session.console.width());
    session
        .console
        .answer(&Answer { backups: items }, text.trim_end())?;
    if rows.is_empty() {
        session
            .console
            .note("there is no backup yet: `lockkeeper backup create` makes one")?;
    }
    if let Some(Err(failure)) = root {
        let text = format!(
            "sizes and proofs are sealed, and there is no root key here: {}",
            failure.problem().detail
        );
        session.console.note(&escape::line(&text))?;
    }
    Ok(Exit::Success)
}

fn row(item: &Item) -> Vec<String> {
    let found = item.found.as_ref();
    let bytes = |size: Option<u64>| size.map_or_else(|| "-".to_owned(), words::bytes);
    vec![
        item.id.clone(),
        words::exact_time(&item.begun_at),
        found.and_then(|found| found.kind).unwrap_or("-").to_owned(),
        bytes(found.and_then(|found| found.size)),
        bytes(found.and_then(|found| found.added)),
        found.map_or_else(|| "-".to_owned(), |found| found.standing.clone()),
    ]
}

/// What is known of a backup. One that does not open must not hide the others.
async fn look(place: &Place, id: &BackupId, root: &RootKey) -> Result<Found, Failure> {
    match place.opened(id, root.clone()).await {
        Ok(chosen) => {
            let proof = place.repository.proof(id, &chosen.keys).await;
            Ok(found(&chosen.manifest, proof.unwrap_or_default()))
        }
        Err(error) => Ok(Found {
            kind: None,
            size: None,
            added: None,
            verified_at: None,
            restored_at: None,
            failed_at: None,
            problem: Some(error.to_string()),
            standing: "does not open".to_owned(),
        }),
    }
}

fn found(manifest: &Manifest, proof: Proof) -> Found {
    let text = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string());
    Found {
        kind: manifest
            .full
            .map(|full| if full { "full" } else { "incremental" }),
        size: Some(manifest.size),
        added: manifest.added,
        verified_at: text(proof.verified_at),
        restored_at: text(proof.restored_at),
        failed_at: text(proof.failed()),
        problem: None,
        standing: standing(&proof),
    }
}

/// The most that is known of it: a restore proves more than a look.
fn standing(proof: &Proof) -> String {
    let said = |word: &str, at: jiff::Timestamp| format!("{word} {}", at.strftime("%Y-%m-%d"));
    match (proof.failed(), proof.restored_at, proof.verified_at) {
        (Some(at), ..) => said("FAILED", at),
        (_, Some(at), _) => said("restored", at),
        (_, None, Some(at)) => said("verified", at),
        (_, None, None) => "-".to_owned(),
    }
}
