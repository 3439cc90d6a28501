//! `lockkeeper login`.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use lockkeeper_api::client::Token;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::output::style::{WAITING, paint};
use crate::session::{self, Credentials, Session};

/// The arguments of `lockkeeper login`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper login --token-file lockkeeper-data/bootstrap-token
  lockkeeper login --address https://lockkeeper.example.com --token-file -

The token is read from a file or from standard input, never from the command line: others see that.")]
pub(crate) struct Arguments {
    /// The file that holds the token; `-` for standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    token_file: PathBuf,
}

/// Asks the server who the token stands for, and stores it.
///
/// # Errors
/// When the server does not know the token, or it cannot be stored.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let address = session.address()?;
    let token = read(&arguments.token_file)?;
    if !address.is_encrypted() && !address.is_loopback() {
        let warning = paint(
            WAITING,
            "warning: the address is http, so the token can be read on its way",
        );
        session.console.note(&warning)?;
    }
    let caller = session
        .client_with(address.clone(), Some(token.clone()))?
        .caller()
        .await?;
    let path = Credentials::load(&session.surroundings)?.store(&session.surroundings, &address, &token)?;
    if session.console.is_json() {
        session.console.json(&caller)?;
    }
    let name = escape::line(&caller.user.name).into_owned();
    session.console.note(&format!(
        "logged in to {address} as {name}; stored in {}",
        path.display()
    ))?;
    Ok(Exit::Success)
}

fn read(path: &Path) -> Result<Token, Failure> {
    if path != Path::new("-") {
        return session::read_token(path);
    }
    if std::io::stdin().is_terminal() {
        let hint = "lockkeeper login --token-file FILE, or pipe it: ... | lockkeeper login";
        return Err(Failure::usage("there is no token on standard input").with_hint(hint));
    }
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(64 * 1024)
        .read_to_string(&mut text)?;
    session::token(&text).ok_or_else(|| Failure::usage("there is no token on standard input"))
}
