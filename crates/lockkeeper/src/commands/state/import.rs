//! `lockkeeper state import`.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::tf::pull_state;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper state import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state import staging network terraform.tfstate
  lockkeeper state import staging network --from-backend ./network --reason \"from our S3 bucket\"

With --from-backend, Terraform or OpenTofu reads the state (`state pull`), from any backend that the folder was \
initialised with: S3, GCS, azurerm, GitLab, PostgreSQL. Or let Terraform copy it: `terraform init -migrate-state`.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// The state's file; `-` for standard input
    #[arg(required_unless_present = "from_backend")]
    file: Option<PathBuf>,
    /// A folder with another backend, initialised; the state of its workspace is taken
    #[arg(long, value_name = "FOLDER", conflicts_with = "file")]
    from_backend: Option<PathBuf>,
    /// Why, or from where; stands in the audit log and with the version
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Take the place of what is there, even if that is newer or of another lineage
    #[arg(long)]
    replace: bool,
}

/// Brings the state in.
///
/// # Errors
/// When the file or the backend cannot be read, holds no state, or the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let Arguments {
        environment,
        stack,
        file,
        from_backend,
        reason,
        replace,
    } = arguments;
    let (body, source) = match (from_backend, file) {
        (Some(folder), _) => {
            let body = pull_state(&folder, session).await?;
            (body, format!("the backend of {}", folder.display()))
        }
        (None, Some(file)) => (read(&file)?, file.display().to_string()),
        (None, None) => return Err(Failure::usage("neither a file nor --from-backend is given")),
    };
    let has_reason = reason.is_some();
    let reason = reason.unwrap_or_else(|| format!("from {source}"));
    let (client, project) = session.project().await?;
    let written = client
        .import_state(&project, &environment, &stack, body, &reason, replace)
        .await?;
    if session.console.is_json() {
        session.console.json(&written)?;
    }
    let serial = written.serial;
    let text = match (written.is_new, has_reason) {
        (true, _) => format!("{stack} in {environment}: kept as serial {serial}"),
        (false, false) => format!(
            "{stack} in {environment}: serial {serial} is this very state already: nothing is written"
        ),
        (false, true) => format!(
            "{stack} in {environment}: serial {serial} is this very state already: nothing is written, and the reason is not \
             on record"
        ),
    };
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if file == Path::new("-") {
        let mut body = Vec::new();
        std::io::stdin().lock().read_to_end(&mut body)?;
        return Ok(body);
    }
    std::fs::read(file).map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::NotFound => {
                "name the state's file, or let Terraform read another backend: --from-backend FOLDER"
            }
            ErrorKind::IsADirectory => "a folder with another backend is named by --from-backend FOLDER",
            _ => "the file has to be readable for you",
        };
        Failure::file("read", file, &error).with_hint(hint)
    })
}
