//! What the demonstration tells.
#![allow(clippy::print_stdout, reason = "a command for people at a terminal")]

use std::path::Path;
use std::time::{Duration, Instant};

use super::DemoError;
use super::actor::Actor;
use super::site;
use super::table::Table;
use crate::server::{Server, built_program};
use crate::shop::{self, Change, Place};

/// The caller may not.
const NOT_ALLOWED: i32 = 4;
/// A gate is shut.
const REFUSED: i32 = 5;
/// A run failed.
const FAILED: i32 = 1;
/// How long an apply, or a rollback that comes by itself, may take.
const LIMIT: Duration = Duration::from_secs(120);

/// The people of the story, and what they work on.
struct Stage<'a> {
    workspace: &'a Path,
    place: Place,
    admin: Actor,
    alice: Actor,
    bob: Actor,
    table: Table,
}

pub(super) fn tell(workspace: &Path, folder: &Path, tool: &str) -> Result<(), DemoError> {
    let begun = Instant::now();
    let program = built_program(workspace, "debug");
    let server = Server::start(&program, folder, tool)?;
    let mut table = Table::default();
    table.add("server starts", "ready, on SQLite and a folder", begun.elapsed());
    let place = Place {
        repository: folder.join("infra"),
        port: site::serve(folder.join("site"))?,
        site: folder.join("site"),
        window_day: closed_day(&server)?,
    };
    shop::create(workspace, &place)?;
    let admin = Actor {
        name: "admin",
        program,
        address: server.address.clone(),
        token: server.token.clone(),
    };
    let (alice, bob) = people(&admin, &place)?;
    let mut stage = Stage {
        workspace,
        place,
        admin,
        alice,
        bob,
        table,
    };
    first_release(&mut stage)?;
    second_release(&mut stage)?;
    refused_change(&mut stage)?;
    broken_release(&mut stage)?;
    audit(&mut stage)?;
    stage.table.print();
    Ok(())
}

/// A chapter: what happens, and what to look at.
fn heading(text: &str, look: &str) {
    println!("\n\n== {text}\n   Look at: {look}");
}

/// A day on which the window of production is shut now, whenever "now" is.
fn closed_day(_server: &Server) -> Result<String, DemoError> {
    const DAYS: [&str; 7] = [
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "monday",
        "tuesday",
        "wednesday",
    ];
    #[allow(
        clippy::disallowed_methods,
        reason = "the demonstration is about the time at which it runs"
    )]
    let now = std::time::SystemTime::now();
    let since = now
        .duration_since(std::time::UNIX_EPOCH)
        .map_err(|error| DemoError::Story(error.to_string()))?;
    // 1970-01-01 was a Thursday. Three days from now is another day in every time zone.
    let day = usize::try_from((since.as_secs() / 86_400 + 3) % 7).unwrap_or(0);
    Ok(DAYS.get(day).copied().unwrap_or("saturday").to_owned())
}

fn people(admin: &Actor, place: &Place) -> Result<(Actor, Actor), DemoError> {
    heading(
        "A project, its environments, and two people: Alice proposes, Bob reviews",
        "the order of the environments, and who holds which role.",
    );
    let repository = place.repository.display();
    admin.types(&format!("project create shop --repository \"{repository}\""), 0)?;
    admin.does("environment create staging --tier staging")?;
    admin.does("environment create production --tier production --promotes-from staging")?;
    let person = |name: &'static str, role: &str| -> Result<Actor, DemoError> {
        admin.asks(&format!("user create {name} --json"))?;
        admin.does(&format!("member grant {name} {role}"))?;
        let answer: serde_json::Value = read_json(
            &admin.asks(&format!("token create --user {name} --label demo --json"))?,
            "token create",
        )?;
        let token = answer.get("secret").and_then(serde_json::Value::as_str);
        let token = token.ok_or_else(|| DemoError::Story("`token create` answered no token".to_owned()))?;
        Ok(Actor {
            name,
            token: token.to_owned(),
            ..admin.clone()
        })
    };
    Ok((
        person("alice", "author")?,
        person("bob", "reviewer --function devops-lead")?,
    ))
}

fn first_release(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading(
        "INFRA-1, low: everything is new, so Alice may approve it herself",
        "the gates that are shut, what opens them, and at the end what the probes found.",
    );
    let propose =
        "change propose --stack website --ref main --title \"First release of the shop\" --why PROJ-1";
    let took = stage.alice.types(propose, 0)?;
    stage
        .table
        .add("INFRA-1 proposed and planned", "low: new resources only", took);
    stage
        .alice
        .types("change approve INFRA-1 --comment \"new resources only\"", 0)?;
    for environment in ["staging", "production"] {
        apply(stage, "INFRA-1", environment)?;
    }
    stage
        .alice
        .types("change show INFRA-1 --environment production", 0)?;
    stage.alice.does("change close INFRA-1")?;
    Ok(())
}

fn second_release(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading(
        "INFRA-2, medium: it alters what is there",
        "two refusals: one's own approval does not count, and production does not come before staging.",
    );
    shop::propose(stage.workspace, &stage.place.repository, Change::PublishRelease)?;
    let branch = Change::PublishRelease.name();
    let propose = format!(
        "change propose --stack website --ref {branch} --title \"Publish release 1.1.0\" --why PROJ-456"
    );
    let took = stage.alice.types(&propose, 0)?;
    stage
        .table
        .add("INFRA-2 proposed and planned", "medium: updates in place", took);
    let took = stage.alice.types("change approve INFRA-2", NOT_ALLOWED)?;
    stage.table.add("INFRA-2 approved by its author", "refused", took);
    let took = stage
        .alice
        .types("change apply INFRA-2 --environment production", REFUSED)?;
    stage
        .table
        .add("INFRA-2 in production first", "refused: gates shut", took);
    stage
        .bob
        .does("change approve INFRA-2 --role devops-lead --comment \"looks right\"")?;
    for environment in ["staging", "production"] {
        apply(stage, "INFRA-2", environment)?;
    }
    stage.alice.does("change close INFRA-2")?;
    shop::merge(&stage.place.repository, branch)?;
    Ok(())
}

fn refused_change(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading(
        "INFRA-3, high: it replaces a database",
        "why it is high, and all that has to happen before it may run in production.",
    );
    shop::propose(stage.workspace, &stage.place.repository, Change::ReplaceDatabase)?;
    let branch = Change::ReplaceDatabase.name();
    let propose = format!(
        "change propose --stack website --ref {branch} --title \"Move to database 16\" --why PROJ-789 --class high"
    );
    let took = stage.alice.does(&propose)?;
    stage.table.add(
        "INFRA-3 proposed and planned",
        "high: destroys and replaces",
        took,
    );
    stage
        .alice
        .types("change show INFRA-3 --environment staging", 0)?;
    let took = stage.alice.types("change approve INFRA-3", NOT_ALLOWED)?;
    stage.table.add("INFRA-3 approved by its author", "refused", took);
    stage.bob.does("change approve INFRA-3 --role devops-lead")?;
    let took = stage
        .alice
        .types("change apply INFRA-3 --environment production", REFUSED)?;
    stage
        .table
        .add("INFRA-3 outside of the window", "refused: gates shut", took);
    stage
        .alice
        .does("change cancel INFRA-3 --comment \"we wait for the window\"")?;
    shop::merge(&stage.place.repository, "main")?;
    Ok(())
}

fn broken_release(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading(
        "INFRA-4: the release does not work. Staging says so, and goes back by itself",
        "the probe that fails at the end of the log, and who undid the change.",
    );
    shop::propose(
        stage.workspace,
        &stage.place.repository,
        Change::PublishBrokenRelease,
    )?;
    let branch = Change::PublishBrokenRelease.name();
    let propose = format!(
        "change propose --stack website --ref {branch} --title \"Publish release 1.2.0\" --why PROJ-900"
    );
    stage.alice.does(&propose)?;
    stage.bob.does("change approve INFRA-4 --role devops-lead")?;
    let took = stage
        .alice
        .types("change apply INFRA-4 --environment staging --follow", FAILED)?;
    stage.table.add("INFRA-4 in staging", "verification failed", took);
    let begun = Instant::now();
    wait_for(&stage.alice, "INFRA-4", "staging", "rolled-back")?;
    stage.table.add(
        "INFRA-5 rolls INFRA-4 back",
        "applied and verified, by itself",
        begun.elapsed(),
    );
    stage.alice.types("change list", 0)?;
    Ok(())
}

/// Applies, and waits until the probes have passed.
fn apply(stage: &mut Stage<'_>, key: &str, environment: &str) -> Result<(), DemoError> {
    let begun = Instant::now();
    stage
        .alice
        .does(&format!("change apply {key} --environment {environment}"))?;
    wait_for(&stage.alice, key, environment, "verified")?;
    println!(
        "... {key} is applied and verified in {environment}, {:.1} s later",
        begun.elapsed().as_secs_f64()
    );
    let step = format!("{key} in {environment}");
    stage.table.add(&step, "applied and verified", begun.elapsed());
    Ok(())
}

/// Waits until a change has the status in the environment.
fn wait_for(actor: &Actor, key: &str, environment: &str, status: &str) -> Result<(), DemoError> {
    let deadline = Instant::now() + LIMIT;
    let line = format!("change show {key} --environment {environment} --json");
    let mut found = String::new();
    while Instant::now() < deadline {
        let answer = read_json(&actor.asks(&line)?, "change show")?;
        let stage = answer
            .pointer("/stages/0/status")
            .and_then(serde_json::Value::as_str);
        stage.unwrap_or_default().clone_into(&mut found);
        if found == status {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    Err(DemoError::Story(format!(
        "{key} is {found} in {environment}, and not {status} in time"
    )))
}

fn read_json(text: &str, command: &str) -> Result<serde_json::Value, DemoError> {
    serde_json::from_str(text)
        .map_err(|error| DemoError::Story(format!("`{command} --json` printed no JSON: {error}")))
}

fn audit(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading(
        "Everything is in the audit log, and the log proves that it is whole",
        "the checkpoint: whoever keeps it elsewhere can tell if the log is ever rewritten.",
    );
    stage.admin.types("audit list --limit 6", 0)?;
    let took = stage.admin.types("audit verify", 0)?;
    stage.table.add("audit log", "verified", took);
    Ok(())
}
