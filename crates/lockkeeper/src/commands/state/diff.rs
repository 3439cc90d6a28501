//! `lockkeeper state diff`.

use std::fmt::Write;

use clap::Args;
use lockkeeper_api::types::state::StateDiffView;
use lockkeeper_domain::effect::{Action, AttributeChange, Effect};
use lockkeeper_domain::state_version::VersionName;
use lockkeeper_plan::render::value_text;
use lockkeeper_plan::state_diff::{BECAME_TAINTED, NO_LONGER_TAINTED};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// What the signs mean. `diff` has the last one too, for lines that stand on both sides.
const LEGEND: &str = "`+` added, `-` removed, `!` changed";
/// How much of a value is printed, in characters.
const VALUE_LENGTH: usize = 80;

/// The arguments of `lockkeeper state diff`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper state diff staging network
  lockkeeper state diff staging network 12 14
  lockkeeper state diff staging network 12 14 --markdown > comment.md

Without versions the newest is compared with the one before. Sensitive values are taken out by the server. The \
states of OpenTofu's encryption cannot be compared.")]
pub(crate) struct Arguments {
    /// The environment
    environment: String,
    /// The stack
    stack: String,
    /// The serial or identifier of the older version
    from: Option<VersionName>,
    /// The serial or identifier of the newer version; the newest when absent
    to: Option<VersionName>,
    /// Print Markdown
    #[arg(long)]
    markdown: bool,
}

/// Prints what differs.
///
/// # Errors
/// When there is no such version, or it cannot be compared.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    if arguments.markdown && session.console.is_json() {
        return Err(Failure::usage(
            "--json and --markdown exclude each other: say one of them",
        ));
    }
    let (client, project) = session.project().await?;
    let Arguments {
        environment,
        stack,
        from,
        to,
        markdown,
    } = arguments;
    let (from, to) = (from.map(|from| from.to_string()), to.map(|to| to.to_string()));
    let found = client
        .diff_state(&project, &environment, &stack, from.as_deref(), to.as_deref())
        .await?;
    if session.console.is_json() {
        session.console.json(&found)?;
        return Ok(Exit::Success);
    }
    let lines = lines(&found)?;
    let (from, to) = match found.from == found.to {
        true => (found.from_version.clone(), found.to_version.clone()),
        false => (found.from.to_string(), found.to.to_string()),
    };
    let title = format!("{stack} in {environment}, serial {from} to {to}");
    let title = escape::line(&title);
    let text = match (markdown, lines.is_empty()) {
        (true, true) => format!("### {title}\n\nNothing differs.\n"),
        (true, false) => format!("### {title}\n\n```diff\n{lines}```\n\n{LEGEND}\n"),
        (false, true) => format!("{title}: nothing differs\n"),
        (false, false) => format!("{title}\n\n{lines}\n{LEGEND}\n"),
    };
    session.console.data(&text)?;
    Ok(Exit::Success)
}

/// One line for each object and for each of its attributes, in the way of `diff`, so that both terminals and Markdown
/// colour it.
fn lines(found: &StateDiffView) -> Result<String, Failure> {
    let mut text = String::new();
    for effect in read::<Effect>(&found.effects)? {
        let sign = match effect.action {
            Action::Create => '+',
            Action::Delete => '-',
            _ => '!',
        };
        line(&mut text, sign, &title(&effect));
        for AttributeChange {
            path, before, after, ..
        } in &effect.attributes
        {
            let (before, after) = (value_text(before, VALUE_LENGTH), value_text(after, VALUE_LENGTH));
            match effect.action {
                Action::Create => line(&mut text, '+', &format!("    {path} = {after}")),
                Action::Delete => line(&mut text, '-', &format!("    {path} = {before}")),
                _ => line(&mut text, '!', &format!("    {path}: {before} -> {after}")),
            }
        }
    }
    for output in read::<Output>(&found.outputs)? {
        let (before, after) = (
            value_text(&output.before, VALUE_LENGTH),
            value_text(&output.after, VALUE_LENGTH),
        );
        line(
            &mut text,
            '!',
            &format!("output {}: {before} -> {after}", output.name),
        );
    }
    Ok(text)
}

/// The address, with what attributes do not tell: whether the object was put aside for a new one, or is damaged.
fn title(effect: &Effect) -> String {
    let deposed = effect.deposed.as_deref();
    let deposed = deposed
        .map(|key| format!(" (deposed object {key})"))
        .unwrap_or_default();
    let mark = match effect.action_reason.as_deref() {
        Some(BECAME_TAINTED) => " (marked as damaged now: tainted)",
        Some(NO_LONGER_TAINTED) => " (no longer marked as damaged)",
        _ => "",
    };
    format!("{}{deposed}{mark}", effect.address)
}

fn line(text: &mut String, sign: char, rest: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{sign} {}", escape::line(rest));
}

#[derive(serde::Deserialize)]
struct Output {
    name: String,
    before: lockkeeper_domain::effect::AttributeValue,
    after: lockkeeper_domain::effect::AttributeValue,
}

fn read<T: DeserializeOwned>(values: &[Value]) -> Result<Vec<T>, Failure> {
    let read: Result<Vec<T>, _> = values.iter().map(|value| T::deserialize(value)).collect();
    read.map_err(|error| {
        let detail = format!("the server's answer cannot be read: {error}");
        Failure::new(
            Exit::Failure,
            "unreadable-answer",
            "The answer cannot be read",
            detail,
        )
        .with_hint("the server may be newer than this program")
    })
}
