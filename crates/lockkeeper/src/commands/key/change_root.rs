//! `lockkeeper key change-root`.

use std::path::PathBuf;

use clap::Args;
use lockkeeper_config::server::{ROOT_KEY_VARIABLE, RootKeySource};
use lockkeeper_domain::secret::Secret;
use lockkeeper_usecases::clock::{Clock, SystemClock};
use lockkeeper_usecases::keys::change_root_key;
use serde::Serialize;

use crate::commands::serve::{self, ConfigurationArguments};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// The arguments of `lockkeeper key change-root`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper key change-root --to-file /etc/lockkeeper/root-key-2
  lockkeeper key change-root --to-variable NEW_ROOT_KEY
  lockkeeper key change-root --to-command vault kv get -mount=secret -field=key lockkeeper

Every key is wrapped anew in one transaction. Then name the new root key in the configuration and start the servers \
again. Backups that were made before open with the former root key only.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: ConfigurationArguments,
    #[command(flatten)]
    to: To,
}

/// Where the new root key comes from.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct To {
    /// The file of the new root key; it is made if it is not there
    #[arg(long, value_name = "FILE")]
    to_file: Option<PathBuf>,
    /// The environment variable that holds the new root key
    #[arg(long, value_name = "NAME")]
    to_variable: Option<String>,
    /// The program that prints the new root key, and its arguments
    #[arg(long, value_name = "PROGRAM", num_args = 1.., allow_hyphen_values = true)]
    to_command: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Answer {
    fingerprint: String,
    former_fingerprint: String,
}

/// Changes the root key.
///
/// # Errors
/// When the present or the new root key cannot be had, they are the same, or the database fails.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (source, next) = source(arguments.to)?;
    let (configuration, database) = super::open(&arguments.configuration).await?;
    let keyring = database.keyring();
    let former = keyring.root_fingerprint().map_err(serve::store_failed)?;
    let root = serve::new_root_key(&configuration.encryption.with_root_key(source)).await?;
    let changed = change_root_key(&database, &root, SystemClock.now(), &serve::console_actor()).await;
    changed.map_err(serve::refused)?;
    let answer = Answer {
        fingerprint: root.fingerprint().to_string(),
        former_fingerprint: former.to_string(),
    };
    let text = format!(
        "the root key is now the one with the fingerprint {}; the former one ({}) opens nothing of the data",
        answer.fingerprint, answer.former_fingerprint
    );
    session.console.answer(&answer, &text)?;
    session
        .console
        .note(&format!("{next}, then start every server again"))?;
    session.console.note(
        "backups that were made until now open with the former root key only: keep it as long as you keep them, \
         and make a new one with `lockkeeper backup create`",
    )?;
    Ok(Exit::Success)
}

/// The source, and how the configuration names it.
fn source(to: To) -> Result<(RootKeySource, String), Failure> {
    if let Some(file) = to.to_file {
        let file = std::path::absolute(file)?;
        let next = format!("set encryption.root_key_file to `{}`", file.display());
        return Ok((RootKeySource::File(file), next));
    }
    if let Some(name) = to.to_variable {
        let value = std::env::var(&name)
            .map_err(|_| Failure::usage(format!("the variable {name} is not set, or is not text")))?;
        let next = format!("set {ROOT_KEY_VARIABLE} to the new root key");
        return Ok((RootKeySource::Variable(Secret::new(value)), next));
    }
    let next = "set encryption.root_key_command to the command".to_owned();
    Ok((RootKeySource::Command(to.to_command.unwrap_or_default()), next))
}
