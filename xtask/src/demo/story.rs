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
/// How long a rollback that comes by itself may take.
const ROLLBACK_LIMIT: Duration = Duration::from_secs(120);

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
    let (alice, bob) = people(&admin, &place, folder)?;
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

fn heading(text: &str) {
    println!("\n\n== {text}");
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

fn people(admin: &Actor, place: &Place, folder: &Path) -> Result<(Actor, Actor), DemoError> {
    heading("A project, its environments, and two people: Alice proposes, Bob reviews");
    let repository = place.repository.display();
    admin.types(&format!("project create shop --repository \"{repository}\""), 0)?;
    admin.types("environment create staging --tier staging", 0)?;
    admin.types(
        "environment create production --tier production --promotes-from staging",
        0,
    )?;
    let person = |name: &'static str, role: &str| -> Result<Actor, DemoError> {
        admin.types(&format!("user create {name}"), 0)?;
        admin.types(&format!("member grant {name} {role}"), 0)?;
        let file = folder.join(format!("{name}.token"));
        admin.types(
            &format!(
                "token create --user {name} --label demo --output-file \"{}\"",
                file.display()
            ),
            0,
        )?;
        let token = std::fs::read_to_string(file)?.trim().to_owned();
        Ok(Actor {
            name,
            token,
            ..admin.clone()
        })
    };
    Ok((
        person("alice", "author")?,
        person("bob", "reviewer --function devops-lead")?,
    ))
}

fn first_release(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading("INFRA-1, low: everything is new, so Alice may approve it herself");
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
        let took = stage.alice.types(
            &format!("change apply INFRA-1 --environment {environment} --follow"),
            0,
        )?;
        stage
            .table
            .add(&format!("INFRA-1 in {environment}"), "applied and verified", took);
    }
    stage.alice.types("change close INFRA-1", 0)?;
    Ok(())
}

fn second_release(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading(
        "INFRA-2, medium: it alters what is there. Somebody else approves; staging comes before production",
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
    stage.bob.types(
        "change approve INFRA-2 --role devops-lead --comment \"looks right\"",
        0,
    )?;
    for environment in ["staging", "production"] {
        let took = stage.alice.types(
            &format!("change apply INFRA-2 --environment {environment} --follow"),
            0,
        )?;
        stage
            .table
            .add(&format!("INFRA-2 in {environment}"), "applied and verified", took);
    }
    stage.alice.types("change close INFRA-2", 0)?;
    shop::merge(&stage.place.repository, branch)?;
    Ok(())
}

fn refused_change(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading("INFRA-3, high: it replaces a database. No approval of one's own, and not outside the window");
    shop::propose(stage.workspace, &stage.place.repository, Change::ReplaceDatabase)?;
    let branch = Change::ReplaceDatabase.name();
    let propose = format!(
        "change propose --stack website --ref {branch} --title \"Move to database 16\" --why PROJ-789 --class high"
    );
    let took = stage.alice.types(&propose, 0)?;
    stage.table.add(
        "INFRA-3 proposed and planned",
        "high: destroys and replaces",
        took,
    );
    let took = stage.alice.types("change approve INFRA-3", NOT_ALLOWED)?;
    stage.table.add("INFRA-3 approved by its author", "refused", took);
    stage.bob.types("change approve INFRA-3 --role devops-lead", 0)?;
    let took = stage
        .alice
        .types("change apply INFRA-3 --environment production", REFUSED)?;
    stage
        .table
        .add("INFRA-3 outside of the window", "refused: gates shut", took);
    stage
        .alice
        .types("change cancel INFRA-3 --comment \"we wait for the window\"", 0)?;
    shop::merge(&stage.place.repository, "main")?;
    Ok(())
}

fn broken_release(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading("INFRA-4: the release does not work. Staging says so, and goes back by itself");
    shop::propose(
        stage.workspace,
        &stage.place.repository,
        Change::PublishBrokenRelease,
    )?;
    let branch = Change::PublishBrokenRelease.name();
    let propose = format!(
        "change propose --stack website --ref {branch} --title \"Publish release 1.2.0\" --why PROJ-900"
    );
    stage.alice.types(&propose, 0)?;
    stage.bob.types("change approve INFRA-4 --role devops-lead", 0)?;
    let took = stage
        .alice
        .types("change apply INFRA-4 --environment staging --follow", FAILED)?;
    stage.table.add("INFRA-4 in staging", "verification failed", took);
    let begun = Instant::now();
    wait_until_rolled_back(stage)?;
    stage.table.add(
        "INFRA-5 rolls INFRA-4 back",
        "applied and verified, by itself",
        begun.elapsed(),
    );
    stage.alice.types("change show INFRA-4", 0)?;
    stage.alice.types("change list", 0)?;
    Ok(())
}

fn wait_until_rolled_back(stage: &Stage<'_>) -> Result<(), DemoError> {
    let deadline = Instant::now() + ROLLBACK_LIMIT;
    while Instant::now() < deadline {
        let answer: serde_json::Value =
            serde_json::from_str(&stage.alice.asks("change show INFRA-4 --json")?)
                .map_err(|error| DemoError::Story(format!("`change show --json` is no JSON: {error}")))?;
        if answer.pointer("/status").and_then(serde_json::Value::as_str) == Some("rolled-back") {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    Err(DemoError::Story("INFRA-4 was not rolled back in time".to_owned()))
}

fn audit(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    heading("Everything is in the audit log, and the log proves that it is whole");
    stage.admin.types("audit list --limit 8", 0)?;
    let took = stage.admin.types("audit verify", 0)?;
    stage.table.add("audit log", "verified", took);
    Ok(())
}
