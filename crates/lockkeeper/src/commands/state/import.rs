//! `lockkeeper state import`.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper state import`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state import staging network terraform.tfstate
  terraform state pull | lockkeeper state import staging network - --reason \"from our S3 bucket\"

`terraform state pull` in the stack's folder reads any backend: S3, GCS, azurerm, GitLab, PostgreSQL. Or let \
Terraform copy it: `terraform init -migrate-state`.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// The state's file; `-` for standard input
    file: PathBuf,
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
/// When the file cannot be read, is no state, or the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let Arguments {
        environment,
        stack,
        file,
        reason,
        replace,
    } = arguments;
    let body = read(&file)?;
    let reason = reason.unwrap_or_else(|| format!("from {}", file.display()));
    let (client, project) = session.project().await?;
    let written = client
        .import_state(&project, &environment, &stack, body, &reason, replace)
        .await?;
    if session.console.is_json() {
        session.console.json(&written)?;
    }
    let text = format!("{stack} in {environment}: kept as serial {}", written.serial);
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if file == Path::new("-") {
        let mut body = Vec::new();
        std::io::stdin().lock().read_to_end(&mut body)?;
        return Ok(body);
    }
    std::fs::read(file).map_err(|error| Failure::file("read", file, &error))
}
