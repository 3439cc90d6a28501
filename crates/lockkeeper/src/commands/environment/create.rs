//! `lockkeeper environment create`.

use clap::Args;
use lockkeeper_api::types::project::{NewEnvironment, Tier};

use crate::cli::{TIERS, one_of};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, words};
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper environment create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper environment create staging --tier staging
  lockkeeper environment create production --tier production --promotes-from staging")]
pub(crate) struct Arguments {
    /// The name, which is also the folder's name in the repository
    name: String,
    /// What it is for; policy differs by it
    #[arg(long, value_parser = one_of::<Tier>(TIERS))]
    tier: Tier,
    /// The environment in which a change must have been applied and verified first
    #[arg(long, value_name = "ENVIRONMENT")]
    promotes_from: Option<String>,
}

/// Creates the environment.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        name,
        tier,
        promotes_from,
    } = arguments;
    let environment = NewEnvironment {
        name,
        tier,
        promotes_from,
    };
    let created = client
        .create_environment(&project, &environment, &new_key()?)
        .await?;
    if session.console.is_json() {
        session.console.json(&created)?;
    }
    let from = created
        .promotes_from
        .map_or(String::new(), |from| format!(", promotes from {from}"));
    let text = format!(
        "created environment {} in {project}: tier {}{from}",
        created.name,
        words::wire(&created.tier)
    );
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
