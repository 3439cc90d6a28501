//! `lockkeeper backup list`.

use clap::Args;
use serde::Serialize;

use super::open::Place;
use crate::commands::serve::ConfigurationArguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{table, words};
use crate::session::Session;

/// The arguments of `lockkeeper backup list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper backup list
  lockkeeper backup list --from s3://backups/lockkeeper --json")]
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
}

/// Prints the backups, the newest first.
///
/// # Errors
/// When the place cannot be read.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let place = Place::open(&arguments.configuration, arguments.from.as_deref())?;
    let backups = place.list().await?;
    let items: Vec<Item> = backups
        .iter()
        .rev()
        .map(|id| Item {
            id: id.to_string(),
            begun_at: id.begun_at().to_string(),
        })
        .collect();
    let rows: Vec<Vec<String>> = items
        .iter()
        .map(|item| vec![item.id.clone(), words::exact_time(&item.begun_at)])
        .collect();
    let text = table::render(&["backup", "begun"], &rows, session.console.width());
    session
        .console
        .answer(&Answer { backups: items }, text.trim_end())?;
    if rows.is_empty() {
        session
            .console
            .note("there is no backup yet: `lockkeeper backup create` makes one")?;
    }
    Ok(Exit::Success)
}
