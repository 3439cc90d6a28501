//! `lockkeeper state delete`.

use clap::Args;

use super::confirm;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, text};
use crate::session::Session;

/// The arguments of `lockkeeper state delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state delete staging trial
  lockkeeper state delete staging trial --yes

What the state describes is not destroyed: `terraform destroy` before, if it is to go. Its versions stay, and \
`lockkeeper state rollback` makes one of them the newest again.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Empties the state.
///
/// # Errors
/// When the person thinks again, somebody holds its lock, or the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        environment,
        stack,
        yes,
    } = arguments;
    let state = client.state(&project, &environment, &stack).await?.state;
    let resources = state
        .resources
        .and_then(|count| usize::try_from(count).ok())
        .map_or(String::new(), |count| {
            format!(" ({})", text::count(count, "resource"))
        });
    let text = format!("the state of {stack} in {environment}{resources} is to be deleted");
    session.console.note(&escape::line(&text))?;
    if !yes {
        let nobody = || {
            Failure::usage("deleting a state needs a yes, and there is nobody to ask")
                .with_hint("say --yes when nothing that it describes is needed any more")
        };
        confirm(session, "delete it?", nobody, "the state stays as it is")?;
    }
    client.delete_state(&project, &environment, &stack).await?;
    if session.console.is_json() {
        let deleted =
            serde_json::json!({"environment": environment, "stack": stack, "versions": state.versions});
        session.console.json(&deleted)?;
    }
    let kept = match state.versions {
        1 => "its version stays".to_owned(),
        versions => format!("its {versions} versions stay"),
    };
    let text = format!("deleted; {kept}: lockkeeper state versions {environment} {stack}");
    session.console.note(&escape::line(&text))?;
    Ok(Exit::Success)
}
