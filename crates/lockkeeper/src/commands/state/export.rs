//! `lockkeeper state export`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::Args;
use lockkeeper_api::client::{Download, collect};
use lockkeeper_api::types::state::StateVersionView;
use lockkeeper_domain::id::StateVersionId;

use crate::commands::output_file::OutputFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, text};
use crate::session::Session;

/// The arguments of `lockkeeper state export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state export staging network network.tfstate
  lockkeeper state export staging network backup/ --all-versions

With --all-versions the folder gets one file for each version, `SERIAL.tfstate`; those that share a serial are named \
`SERIAL-ID.tfstate`. A state holds secrets: the files are readable by their owner only.")]
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
    let (mut serials, mut files) = (Vec::new(), Vec::new());
    if all_versions {
        let fetch = async |page| client.state_versions(&project, &environment, &stack, &page).await;
        let versions = collect(usize::MAX, fetch).await?.items;
        if versions.is_empty() {
            return Err(nothing(&environment, &stack));
        }
        std::fs::create_dir_all(&output)
            .map_err(|error| Failure::file("make the folder", &output, &error))?;
        for (version, (id, file)) in versions.iter().zip(file_names(&versions)?).rev() {
            let body = client
                .pull_state_version(&project, &environment, &stack, &id.to_string())
                .await?;
            write(&output.join(&file), body, force).await?;
            serials.push(version.serial);
            files.push(file);
        }
    } else {
        let state = client
            .pull_state(&project, &environment, &stack)
            .await?
            .ok_or_else(|| nothing(&environment, &stack))?;
        write(&output, state, force).await?;
    }
    if session.console.is_json() {
        let written = serde_json::json!({"output": output, "serials": serials, "files": files});
        session.console.json(&written)?;
    }
    let text = match all_versions {
        true => format!(
            "{} written to {}",
            text::count(serials.len(), "version"),
            output.display()
        ),
        false => format!("written to {}", output.display()),
    };
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}

fn nothing(environment: &str, stack: &str) -> Failure {
    let detail = format!("nothing was written yet to the state of {stack} in {environment}");
    Failure::new(Exit::NotFound, "no-state", "There is no state", detail)
        .with_hint("`lockkeeper state list` shows the states that there are")
}

/// The identifier of each version and a name for its file: its serial, with the identifier where others have that
/// serial too.
fn file_names(versions: &[StateVersionView]) -> Result<Vec<(StateVersionId, String)>, Failure> {
    let mut counted: HashMap<i64, usize> = HashMap::new();
    for version in versions {
        *counted.entry(version.serial).or_default() += 1;
    }
    let name = |version: &StateVersionView| {
        let (serial, id) = (version.serial, version.id.parse::<StateVersionId>());
        // It becomes part of a path.
        let id = id.map_err(|error| {
            Failure::new(Exit::Failure, "internal", "The answer is none", error.to_string())
                .with_hint("is the server older than this program? update it")
        })?;
        let file = match counted.get(&serial) {
            Some(2..) => format!("{serial}-{id}.tfstate"),
            _ => format!("{serial}.tfstate"),
        };
        Ok((id, file))
    };
    versions.iter().map(name).collect()
}

async fn write(path: &Path, mut state: Download, force: bool) -> Result<(), Failure> {
    let mut file = OutputFile::start_new(path, force)?;
    while let Some(piece) = state.piece().await? {
        file.write(&piece)?;
    }
    file.finish().map(drop)
}
