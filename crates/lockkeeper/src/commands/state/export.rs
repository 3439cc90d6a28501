//! `lockkeeper state export`.

use std::path::{Path, PathBuf};

use clap::Args;
use lockkeeper_api::client::{Download, collect};

use crate::commands::output_file::OutputFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper state export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state export staging network network.tfstate
  lockkeeper state export staging network backup/ --all-versions

With --all-versions the folder gets one file for each version, `SERIAL.tfstate`; of versions with the same serial the \
newest. A state holds secrets: the files are readable by their owner only.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// The file; with --all-versions, a folder
    output: PathBuf,
    /// Every version that is kept
    #[arg(long)]
    all_versions: bool,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

/// Writes the state into files, byte for byte.
///
/// # Errors
/// When there is no such state, or a file cannot be written.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        environment,
        stack,
        output,
        all_versions,
        force,
    } = arguments;
    let mut serials = Vec::new();
    if all_versions {
        std::fs::create_dir_all(&output)
            .map_err(|error| Failure::file("make the folder", &output, &error))?;
        let fetch = async |page| client.state_versions(&project, &environment, &stack, &page).await;
        serials = collect(usize::MAX, fetch)
            .await?
            .items
            .iter()
            .map(|version| version.serial)
            .collect();
        serials.sort_unstable();
        serials.dedup();
        for serial in &serials {
            let version = client
                .pull_state_version(&project, &environment, &stack, *serial)
                .await?;
            write(&output.join(format!("{serial}.tfstate")), version, force).await?;
        }
    } else {
        let state = client
            .pull_state(&project, &environment, &stack)
            .await?
            .ok_or_else(|| {
                let detail = format!("nothing was written yet to the state of {stack} in {environment}");
                Failure::new(Exit::NotFound, "no-state", "There is no state", detail)
            })?;
        write(&output, state, force).await?;
    }
    if session.console.is_json() {
        let written = serde_json::json!({"output": output, "serials": serials});
        session.console.json(&written)?;
    }
    let text = match all_versions {
        true => format!("{} versions written to {}", serials.len(), output.display()),
        false => format!("written to {}", output.display()),
    };
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}

async fn write(path: &Path, mut state: Download, force: bool) -> Result<(), Failure> {
    let mut file = OutputFile::start_new(path, force)?;
    while let Some(piece) = state.piece().await? {
        file.write(&piece)?;
    }
    file.finish().map(drop)
}
