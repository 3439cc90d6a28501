//! `terraform apply` with the state in Lockkeeper, against Terraform's own `pg` backend.

use std::path::Path;
use std::time::{Duration, Instant};

use lockkeeper_testkit::postgres::Postgres;

use super::report::{self, Samples};
use super::{Bench, BenchError};
use crate::command;
use crate::server::Server;
use crate::shop::{self, Place};

/// The resources and how often: what takes long is measured less often.
const SIZES: [(usize, usize); 3] = [(300, 5), (3_000, 3), (10_000, 2)];
const GOAL: f64 = 1.0;
/// What to say when the yardstick is missing.
pub(super) const NO_POSTGRES: &str =
    "PostgreSQL's server programs, the yardstick, are missing: apt-get install postgresql";

/// Applies the same stack from nothing, in turns on all backends, each time with a new state.
pub(super) fn run(bench: &Bench) -> Result<(), BenchError> {
    let tool = bench.terraform()?;
    if !Postgres::is_installed() {
        report::line("apply", &format!("not measured: {NO_POSTGRES}"));
        return Ok(());
    }
    let room = bench.room("apply")?;
    let postgres = Postgres::start();
    let on_sqlite = serve(bench, &room.join("sqlite"), None)?;
    let on_postgres = serve(
        bench,
        &room.join("postgres"),
        Some(&postgres.database("lockkeeper")),
    )?;
    for (resources, times) in SIZES {
        let (mut file, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..times {
            let name = format!("apply-{resources}-{number}");
            let apply = |kind: &str, backend: &Backend| {
                applied(tool, &room.join(format!("{name}-{kind}")), resources, backend)
            };
            file.push(apply("sqlite", &lockkeeper(&on_sqlite, &name))?);
            ours.push(apply("postgres", &lockkeeper(&on_postgres, &name))?);
            theirs.push(apply("pg", &pg(&postgres, &name))?);
        }
        print(resources, "SQLite", &file, &theirs);
        print(resources, "PostgreSQL", &ours, &theirs);
    }
    Ok(())
}

fn serve(bench: &Bench, room: &Path, database: Option<&str>) -> Result<Server, BenchError> {
    std::fs::create_dir_all(room)?;
    let server = Server::start_on(&bench.program, room, bench.terraform()?, database)?;
    create_project(bench, room, &server)?;
    Ok(server)
}

fn print(resources: usize, database: &str, ours: &[Duration], theirs: &[Duration]) {
    let ratios = ours
        .iter()
        .zip(theirs)
        .map(|(a, b)| a.as_secs_f64() / b.as_secs_f64());
    let (least, most) = ratios.fold((f64::INFINITY, 0.0_f64), |(least, most), ratio| {
        (least.min(ratio), most.max(ratio))
    });
    let times = ours.len();
    let (ours, theirs) = (Samples::of(ours.to_vec()), Samples::of(theirs.to_vec()));
    let ratio = ours.median() / theirs.median();
    report::line(
        &format!("apply of {resources}, {database}"),
        &format!(
            "n {times}: Lockkeeper {}; pg backend {}; ratio {ratio:.2} ({least:.2} .. {most:.2}); {}",
            ours.spread(),
            theirs.spread(),
            report::at_most(ratio, GOAL, "")
        ),
    );
}

/// Makes the project and the environment that states are kept in.
pub(super) fn create_project(bench: &Bench, room: &Path, server: &Server) -> Result<(), BenchError> {
    let place = Place {
        repository: room.join("infra"),
        site: room.join("site"),
        port: 1,
        window_day: "monday".to_owned(),
    };
    shop::create(&bench.workspace, &place)?;
    let repository = place.repository.display().to_string();
    let program = bench.program.display().to_string();
    let environment = [
        ("LOCKKEEPER_ADDRESS", server.address.as_str()),
        ("LOCKKEEPER_TOKEN", server.token.as_str()),
        ("LOCKKEEPER_PROJECT", "bench"),
    ];
    let commands: [&[&str]; 2] = [
        &["project", "create", "bench", "--repository", &repository],
        &["environment", "create", "staging", "--tier", "staging"],
    ];
    for arguments in commands {
        command::output_with(room, &program, arguments, &environment)?;
    }
    Ok(())
}

/// A backend: its kind, its settings, and what goes by environment variable.
struct Backend {
    kind: &'static str,
    settings: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

fn lockkeeper(server: &Server, stack: &str) -> Backend {
    let path = format!("/api/v1/projects/bench/environments/staging/stacks/{stack}/state");
    let address = format!("{}{path}", server.address);
    let setting = |name: &str, value: &str| format!("-backend-config={name}={value}");
    Backend {
        kind: "http",
        settings: vec![
            setting("address", &address),
            setting("lock_address", &address),
            setting("unlock_address", &address),
        ],
        environment: vec![
            ("TF_HTTP_USERNAME", "bench".to_owned()),
            ("TF_HTTP_PASSWORD", server.token.clone()),
        ],
    }
}

fn pg(postgres: &Postgres, schema: &str) -> Backend {
    Backend {
        kind: "pg",
        settings: vec![
            format!("-backend-config=conn_str={}", postgres.url()),
            format!("-backend-config=schema_name={schema}"),
        ],
        environment: Vec::new(),
    }
}

/// How long the apply takes; `init` comes before and does not count.
fn applied(tool: &str, folder: &Path, resources: usize, backend: &Backend) -> Result<Duration, BenchError> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("main.tf"), configuration(resources, backend.kind))?;
    // An empty configuration of the command line: the developer's own must not have a say.
    let empty = folder.join("terraformrc");
    std::fs::write(&empty, "")?;
    let empty = empty.display().to_string();
    let mut environment = vec![
        ("CHECKPOINT_DISABLE", "1"),
        ("TF_IN_AUTOMATION", "1"),
        ("TF_INPUT", "0"),
        ("TF_CLI_CONFIG_FILE", empty.as_str()),
    ];
    environment.extend(
        backend
            .environment
            .iter()
            .map(|(name, value)| (*name, value.as_str())),
    );
    let mut arguments = vec!["init", "-no-color"];
    arguments.extend(backend.settings.iter().map(String::as_str));
    command::output_with(folder, tool, &arguments, &environment)?;
    let begun = Instant::now();
    let said = command::output_with(
        folder,
        tool,
        &["apply", "-auto-approve", "-no-color"],
        &environment,
    )?;
    let took = begun.elapsed();
    let expected = format!("{resources} added");
    if said.contains(&expected) {
        Ok(took)
    } else {
        Err(BenchError::Unexpected(format!(
            "{tool} apply did not say `{expected}`:\n{said}"
        )))
    }
}

fn configuration(resources: usize, backend: &str) -> String {
    format!(
        "terraform {{\n  backend \"{backend}\" {{}}\n}}\n\n\
         resource \"terraform_data\" \"item\" {{\n  count = {resources}\n  input = \"item ${{count.index}}\"\n}}\n"
    )
}
