//! `lockkeeper audit verify`.

use clap::Args;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::style::{BAD, GOOD, paint};
use crate::output::{escape, text};
use crate::session::Session;

/// The arguments of `lockkeeper audit verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper audit verify
  lockkeeper audit verify --checkpoint \"$(cat checkpoint)\"

Keep the checkpoint that this prints where the server's administrators cannot write, and give it the next \
time: then not even the whole log can be rewritten unseen. The exit code is 1 when the chain is broken.")]
pub(crate) struct Arguments {
    /// A checkpoint that an earlier verification printed
    #[arg(long, value_name = "SEQUENCE:HASH")]
    checkpoint: Option<String>,
}

/// Verifies the chain.
///
/// # Errors
/// When the server refuses. A broken chain is no error, but an exit code.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let found = client
        .verify_audit(&project, arguments.checkpoint.as_deref())
        .await?;
    let exit = if found.intact {
        Exit::Success
    } else {
        Exit::Failure
    };
    if session.console.is_json() {
        session.console.json(&found)?;
        return Ok(exit);
    }
    let entries = usize::try_from(found.entries).unwrap_or(0);
    let entries = if entries == 1 {
        "1 entry".to_owned()
    } else {
        format!("{entries} entries")
    };
    let chains = match found.chains {
        1 => "1 chain".to_owned(),
        chains => format!("{chains} chains"),
    };
    let mut lines = if found.intact {
        format!(
            "{}: {entries} in {chains}, each as it was written, none missing\n",
            paint(GOOD, "intact")
        )
    } else {
        let broken = found.broken.as_deref().unwrap_or("the server does not say where");
        let parts = text::wrap(&escape::line(broken), session.console.width()).join("\n  ");
        format!("{}: {entries} looked at\n  {parts}\n", paint(BAD, "BROKEN"))
    };
    if let Some(checkpoint) = &found.checkpoint {
        lines.push_str(&format!("checkpoint {}\n", escape::line(checkpoint)));
    }
    session.console.data(&lines)?;
    Ok(exit)
}
