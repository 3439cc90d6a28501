//! `lockkeeper state versions`.

use std::collections::HashSet;

use clap::Args;
use lockkeeper_api::client::collect;
use lockkeeper_api::types::state::StateVersionView;

use crate::cli::ListLimit;
use crate::commands::listing;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{escape, words};
use crate::session::Session;

/// The arguments of `lockkeeper state versions`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state versions production network
  lockkeeper state versions production network --json")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    #[command(flatten)]
    list: ListLimit,
}

/// Prints the versions.
///
/// # Errors
/// When there is no such state.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let (client, project) = session.project().await?;
    let Arguments {
        environment,
        stack,
        list,
    } = arguments;
    let fetch = async |page| client.state_versions(&project, &environment, &stack, &page).await;
    let page = collect(list.count(), fetch).await?;
    let mut headings = vec![
        "serial",
        "written",
        "by",
        "change",
        "how",
        "resources",
        "bytes",
        "run",
        "reason",
    ];
    // Where the serial does not say which version is meant, the identifier does.
    let repeats = serial_repeats(&page.items);
    if repeats {
        headings.insert(1, "id");
    }
    let exit = listing::print(session, &page, "versions", &headings, |item| {
        let mut cells = row(item);
        if repeats {
            cells.insert(1, item.id.clone());
        }
        cells
    })?;
    if page.items.is_empty() {
        let text = format!(
            "nothing was written to a state of {stack} in {environment}; `lockkeeper state list` shows those that there are"
        );
        session.console.note(&escape::line(&text))?;
    }
    // Of those before the first that is printed, when it is the first that is kept.
    if page.next_cursor.is_none() && !page.items.is_empty() {
        let state = client.state(&project, &environment, &stack).await?.state;
        if state.versions_removed > 0 {
            let text = format!(
                "{} older versions were removed, by their number and age; the audit log tells when",
                state.versions_removed
            );
            session.console.note(&text)?;
        }
    }
    Ok(exit)
}

fn serial_repeats(versions: &[StateVersionView]) -> bool {
    let mut seen = HashSet::new();
    !versions.iter().all(|version| seen.insert(version.serial))
}

fn row(item: &StateVersionView) -> Vec<String> {
    vec![
        item.serial.to_string(),
        words::exact_time(&item.written_at),
        item.written_by.clone(),
        item.change.clone().unwrap_or_default(),
        match item.of_serial {
            Some(serial) => format!("{} of {serial}", words::wire(&item.origin)),
            None => words::wire(&item.origin),
        },
        item.resources.map_or("-".to_owned(), |count| count.to_string()),
        item.size.to_string(),
        item.run.clone().unwrap_or_default(),
        item.reason.clone().unwrap_or_default(),
    ]
}
