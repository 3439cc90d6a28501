//! `lockkeeper token create`.

use std::path::PathBuf;

use clap::Args;
use lockkeeper_api::types::user::{CreatedToken, NewToken};

use crate::commands::output_file::OutputFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, words};
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper token create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper token create --label laptop
  lockkeeper token create --user ada --label ci --expires-in-days 30 --output-file ada.token")]
pub(crate) struct Arguments {
    /// Whose token; your own when absent
    #[arg(long)]
    user: Option<String>,
    /// What it is for
    #[arg(long)]
    label: String,
    /// Days until it expires
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    expires_in_days: u16,
    /// Write the secret into this file, readable by you only, instead of printing it
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Replace the file if it is there already
    #[arg(long, requires = "output_file")]
    force: bool,
}

/// Creates the token.
///
/// # Errors
/// When the server refuses, or the file is there already or cannot be written; then no token is made.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let Arguments {
        user,
        label,
        expires_in_days,
        output_file,
        force,
    } = arguments;
    // Before the token exists: its secret cannot be had again.
    let file = output_file
        .as_deref()
        .map(|path| OutputFile::start_new(path, force))
        .transpose()?;
    let token = NewToken {
        user,
        label,
        expires_in_days,
        state: None,
    };
    let created = session.client()?.create_token(&token, &new_key()?).await?;
    let expires = words::time(&created.token.expires_at);
    let text = format!(
        "created token {} for {}, good until {expires}",
        created.token.id, created.token.user
    );
    session.console.note(&escape::line(&text))?;
    match file {
        Some(file) => write(session, file, &created)?,
        None if session.console.is_json() => session.console.json(&created)?,
        None => session
            .console
            .data(&format!("{}\n", escape::line(&created.secret)))?,
    }
    Ok(Exit::Success)
}

fn write(session: &mut Session, mut file: OutputFile, created: &CreatedToken) -> Result<(), Failure> {
    file.write(format!("{}\n", created.secret).as_bytes())?;
    let path = file.finish()?;
    if session.console.is_json() {
        session.console.json(&created.token)?;
    }
    session
        .console
        .note(&format!("its secret is in {}", path.display()))
}
