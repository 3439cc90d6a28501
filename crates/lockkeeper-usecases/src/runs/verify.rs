//! Looks whether a stack works: each probe is tried until it holds or the deadline passes, an output once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use lockkeeper_domain::verification::{Probe, ProbeResult, Verification};
use lockkeeper_engine::contract::Workspace;
use lockkeeper_engine::environment::search_path;
use lockkeeper_engine::process::{Command, End, never_cancelled};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use super::context::RunContext;
use crate::App;

/// One try of a probe takes no longer than this.
const TRY_LIMIT: Duration = Duration::from_secs(10);
/// What is read of an answer or an output, in bytes.
const READ_LIMIT: usize = 1 << 20;

/// Tries every probe, each against what is left of the deadline.
pub(super) async fn verify(
    app: &App,
    context: &RunContext,
    verification: &Verification,
    workspace: &Workspace,
    outputs: &BTreeMap<String, Value>,
    mut cancelled: watch::Receiver<bool>,
) -> Vec<ProbeResult> {
    let deadline = Instant::now() + verification.deadline;
    let environment = context.stage.environment_name.as_str();
    let mut results = Vec::new();
    for probe in &verification.probes {
        let words = in_words(probe, environment);
        let mut tries = 0;
        let found = loop {
            tries += 1;
            let left = deadline
                .saturating_duration_since(Instant::now())
                .clamp(Duration::from_millis(200), TRY_LIMIT);
            let tried = tokio::time::timeout(left, try_once(app, context, probe, workspace, outputs)).await;
            let found =
                tried.unwrap_or_else(|_| Err(format!("no answer within {} s", left.as_secs_f32().ceil())));
            // An output is what the apply left: it says the same however often it is looked at.
            let settled = found.is_ok() || matches!(probe, Probe::Output { .. });
            if settled || Instant::now() + verification.interval >= deadline || *cancelled.borrow() {
                break found;
            }
            tokio::select! {
                () = tokio::time::sleep(verification.interval) => {}
                _ = cancelled.changed() => {}
            }
        };
        results.push(ProbeResult {
            probe: words,
            passed: found.is_ok(),
            tries,
            found: found.err(),
        });
    }
    results
}

async fn try_once(
    app: &App,
    context: &RunContext,
    probe: &Probe,
    workspace: &Workspace,
    outputs: &BTreeMap<String, Value>,
) -> Result<(), String> {
    let environment = context.stage.environment_name.as_str();
    match probe {
        Probe::Http {
            url,
            status,
            contains,
        } => {
            http(
                app,
                &url.replace("{environment}", environment),
                *status,
                contains.as_deref(),
            )
            .await
        }
        Probe::Tcp { address } => {
            let address = address.replace("{environment}", environment);
            tokio::net::TcpStream::connect(&address)
                .await
                .map(drop)
                .map_err(|error| error.to_string())
        }
        Probe::Command { command } => run_command(context, command, workspace).await,
        Probe::Output { output, equals } => match outputs.get(output) {
            Some(value) if value == equals => Ok(()),
            Some(value) => Err(format!("it is {value}")),
            None => Err("there is no such output, or it is sensitive".to_owned()),
        },
    }
}

async fn http(app: &App, url: &str, status: u16, contains: Option<&str>) -> Result<(), String> {
    let sent = app.http().get(url).send().await;
    let mut response = sent.map_err(|error| error_in_words(&error))?;
    let answered = response.status().as_u16();
    if answered != status {
        return Err(format!("it answers {answered}"));
    }
    let Some(wanted) = contains else {
        return Ok(());
    };
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| error_in_words(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > READ_LIMIT {
            break;
        }
    }
    let text = String::from_utf8_lossy(&body);
    if text.contains(wanted) {
        return Ok(());
    }
    let start: String = text.trim().chars().filter(|c| !c.is_control()).take(80).collect();
    Err(format!("it answers `{start}`"))
}

/// The innermost cause says what happened; the outer ones repeat the address.
fn error_in_words(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

async fn run_command(context: &RunContext, command: &[String], workspace: &Workspace) -> Result<(), String> {
    let Some((program, arguments)) = command.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let directory = workspace.checkout.join(&workspace.folder);
    let environment: BTreeMap<String, OsString> = [
        ("PATH", search_path().into()),
        ("HOME", workspace.directory.clone().into_os_string()),
        (
            "LOCKKEEPER_ENVIRONMENT",
            context.stage.environment_name.as_str().into(),
        ),
        ("LOCKKEEPER_STACK", context.change.stack.as_str().into()),
    ]
    .map(|(name, value): (&str, OsString)| (name.to_owned(), value))
    .into();
    // A script beside the configuration is named from there; other programs are looked for in PATH.
    let program = if program.starts_with("./") {
        directory.join(program).into_os_string()
    } else {
        program.into()
    };
    let mut child = Command::new(program, directory).arguments(arguments);
    child.environment = environment;
    child.time_limit = TRY_LIMIT;
    child.interrupt_grace = Duration::from_secs(1);
    match child.capture(READ_LIMIT, never_cancelled()).await {
        Ok(captured) if captured.end == End::Exited(0) => Ok(()),
        Ok(captured) => Err(format!("it ends with exit code {}", captured.exit_code())),
        Err(error) => Err(error.to_string()),
    }
}

fn in_words(probe: &Probe, environment: &str) -> String {
    match probe {
        Probe::Http {
            url,
            status,
            contains,
        } => {
            let url = url.replace("{environment}", environment);
            let with = contains
                .as_ref()
                .map(|text| format!(" with `{text}`"))
                .unwrap_or_default();
            format!("GET {url} answers {status}{with}")
        }
        Probe::Tcp { address } => format!(
            "{} accepts connections",
            address.replace("{environment}", environment)
        ),
        Probe::Command { command } => format!("`{}` ends with exit code 0", command.join(" ")),
        Probe::Output { output, equals } => format!("output {output} is {equals}"),
    }
}
