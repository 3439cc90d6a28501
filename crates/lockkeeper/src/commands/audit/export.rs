//! `lockkeeper audit export`.

use std::path::PathBuf;

use clap::Args;

use crate::commands::output_file::OutputFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper audit export`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper audit export --output audit.jsonl
  lockkeeper audit export > audit.jsonl")]
pub(crate) struct Arguments {
    /// Save it in this file, which appears when it is complete
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Exports the log.
///
/// # Errors
/// When the server refuses, the connection breaks or the file cannot be written.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let mut file = arguments.output.as_deref().map(OutputFile::start).transpose()?;
    let (client, project) = session.project().await?;
    let mut download = client.export_audit(&project).await?;
    while let Some(piece) = download.piece().await? {
        match &mut file {
            Some(file) => file.write(&piece)?,
            None => session.console.bytes(&piece)?,
        }
    }
    if let Some(file) = file {
        let path = file.finish()?;
        session
            .console
            .note(&format!("the audit log of {project} is in {}", path.display()))?;
    }
    Ok(Exit::Success)
}
