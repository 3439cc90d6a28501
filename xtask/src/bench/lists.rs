//! Lists over many states: a page of states, the history of a state, and where a resource is.

use std::path::Path;
use std::time::{Duration, Instant};

use lockkeeper_testkit::postgres::Postgres;

use super::apply::{NO_POSTGRES, create_project};
use super::http::Connection;
use super::report::{self, Samples};
use super::{Bench, BenchError};
use crate::command;
use crate::server::Server;

const STATES: usize = 10_000;
const VERSIONS: usize = 50;
/// How many resources are asked for at once.
const FOUND: usize = 50;
/// Requests of each kind.
const TIMES: usize = 200;
const GOAL_MILLISECONDS: f64 = 20.0;

/// Asks on both databases.
pub(super) fn run(bench: &Bench) -> Result<(), BenchError> {
    on(bench, "SQLite", None)?;
    if !Postgres::is_installed() {
        report::line("lists, PostgreSQL", &format!("not measured: {NO_POSTGRES}"));
        return Ok(());
    }
    let postgres = Postgres::start();
    on(bench, "PostgreSQL", Some(&postgres.database("lists")))
}

fn on(bench: &Bench, name: &str, database: Option<&str>) -> Result<(), BenchError> {
    let room = bench.room(&format!("lists-{}", name.to_lowercase()))?;
    let server = Server::start_on(&bench.program, &room, bench.terraform()?, database)?;
    create_project(bench, &room, &server)?;
    drop(server);
    fill(bench, &room, database)?;
    let server = Server::start_on(&bench.program, &room, bench.terraform()?, database)?;
    let mut connection = Connection::open(server.port, &server.token)?;
    pages(&mut connection, name)?;
    let stack = |number: usize| {
        // A stride without a common divisor: no neighbour is asked for twice in a row.
        let number = number * 7919 % STATES;
        format!(
            "/api/v1/projects/bench/environments/staging/stacks/stack-{number}/state/versions?limit={VERSIONS}"
        )
    };
    each(&mut connection, &format!("history, {name}"), VERSIONS, stack)?;
    let find = |text: &str| format!("/api/v1/projects/bench/state-resources?text={text}&limit={FOUND}");
    let machine = |number: usize| find(&format!("i-{}", number * 7919 % STATES));
    each(
        &mut connection,
        &format!("find an identifier, {name}"),
        1,
        machine,
    )?;
    let database = |_| find("aws_db_instance");
    each(
        &mut connection,
        &format!("find a type in 100 states, {name}"),
        FOUND,
        database,
    )?;
    let everywhere = |_| find("aws_instance");
    each(
        &mut connection,
        &format!("find a type in all states, {name}"),
        FOUND,
        everywhere,
    )
}

/// The rows come from a program beside the store, which alone knows the tables.
fn fill(bench: &Bench, room: &Path, database: Option<&str>) -> Result<(), BenchError> {
    let file = format!("sqlite:{}", room.join("data/lockkeeper.db").display());
    let key = room.join("data/key").display().to_string();
    let (states, versions) = (STATES.to_string(), VERSIONS.to_string());
    let mut arguments = vec![
        "run",
        "--quiet",
        "--release",
        "--locked",
        "--package",
        "lockkeeper-store",
    ];
    arguments.extend(["--example", "fill_states", "--"]);
    arguments.extend([
        database.unwrap_or(&file),
        &key,
        "bench",
        "staging",
        &states,
        &versions,
    ]);
    command::output(&bench.workspace, "cargo", &arguments)?;
    Ok(())
}

/// Page after page of all states.
fn pages(connection: &mut Connection, name: &str) -> Result<(), BenchError> {
    let (mut times, mut cursor, mut seen) = (Vec::new(), String::new(), 0);
    loop {
        let path = format!("/api/v1/projects/bench/states?limit=50{cursor}");
        let (took, page) = get(connection, &path)?;
        times.push(took);
        seen += items(&page);
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    if seen != STATES {
        return Err(BenchError::Unexpected(format!(
            "the list has {seen} states, not {STATES}"
        )));
    }
    print(&format!("list of states, {name}"), times);
    Ok(())
}

/// The same kind of request again and again, each with as many items.
fn each(
    connection: &mut Connection,
    name: &str,
    expected: usize,
    path: impl Fn(usize) -> String,
) -> Result<(), BenchError> {
    let mut times = Vec::new();
    for number in 0..TIMES {
        let path = path(number);
        let (took, page) = get(connection, &path)?;
        if items(&page) != expected {
            let text = format!("GET {path} answered {} items, not {expected}", items(&page));
            return Err(BenchError::Unexpected(text));
        }
        times.push(took);
    }
    print(name, times);
    Ok(())
}

fn get(connection: &mut Connection, path: &str) -> Result<(Duration, serde_json::Value), BenchError> {
    let begun = Instant::now();
    let body = connection.expect("GET", path, b"")?;
    let took = begun.elapsed();
    let page = serde_json::from_slice(&body)
        .map_err(|error| BenchError::Unexpected(format!("GET {path} answered no JSON: {error}")))?;
    Ok((took, page))
}

fn items(page: &serde_json::Value) -> usize {
    page["items"].as_array().map_or(0, Vec::len)
}

fn print(name: &str, times: Vec<Duration>) {
    let count = times.len();
    let times = Samples::of(times);
    let slow = times.percentile(0.99);
    report::line(
        name,
        &format!(
            "{STATES} states of {VERSIONS} versions: {}, p99 {}, n {count}; {}",
            times.spread(),
            report::seconds(slow),
            report::at_most(slow * 1e3, GOAL_MILLISECONDS, " ms")
        ),
    );
}
