//! `lockkeeper plan inspect --json` against `jq`, bare parsers and Checkov, each in a process of its own
//! on one core.

mod chance;
mod generator;
mod kinds;
mod parse;
mod race;

use std::path::{Path, PathBuf};

pub(super) use chance::Chance;
pub use parse::parse;

use super::measured::{self, Work};
use super::report;
use super::{Bench, BenchError};
use crate::tools;
use race::{Race, Runner};

const LARGE: u64 = 100_000_000;
const SMALL: u64 = 1_000_000;
const ROUNDS: usize = 5;
const CHECKOV_ROUNDS: usize = 3;
const CORPUS: &str = "crates/lockkeeper-plan/tests/corpus/plans";
const BARE_GOAL: f64 = 1.5;
const JQ_GOAL: f64 = 10.0;
const CHECKOV_GOAL: f64 = 200.0;
const PEAK_GOAL: f64 = 1.2;

const OURS: &str = "Lockkeeper";
const JQ: &str = "jq";
const CHECKOV: &str = "Checkov";
/// The parsers, with what [`parse`] calls them.
const PARSERS: [(&str, &str); 4] = [
    ("serde_json", "serde-json"),
    ("sonic-rs", "sonic-rs"),
    ("serde_json, values kept", "serde-json-values"),
    ("sonic-rs, values kept", "sonic-rs-values"),
];

/// The task `generate-plan BYTES FILE`: writes the plan that is measured, in this size.
///
/// # Errors
/// [`BenchError`] when the size is no number or the file cannot be written.
pub fn generate_plan(bytes: &str, file: &Path) -> Result<(), BenchError> {
    let size = bytes.parse();
    generator::write(file, size.map_err(|_| BenchError::NoSize(bytes.to_owned()))?)
}

pub(super) fn run(bench: &Bench) -> Result<(), BenchError> {
    let room = bench.room("plan")?;
    match measured::last_core() {
        Some(core) => report::line("plans", &format!("each program alone on core {core}")),
        None => report::line("plans", "not pinned to one core: taskset (util-linux) is missing"),
    }
    if tools::on_path(JQ).is_none() {
        report::line(
            "plans: jq",
            "not measured: jq is not installed (apt-get install jq)",
        );
    }
    large(bench, &room)?;
    corpus(bench)?;
    checkov(bench, &room)
}

fn large(bench: &Bench, room: &Path) -> Result<(), BenchError> {
    let file = room.join("large.json");
    generator::write(&file, LARGE)?;
    let race = Race::run("plan 100 MB", &runners(bench)?, &[&file], ROUNDS)?;
    race.print();
    race.print_goals(JQ_GOAL, BARE_GOAL);
    race.print_peak(PEAK_GOAL);
    Ok(())
}

fn corpus(bench: &Bench) -> Result<(), BenchError> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(bench.workspace.join(CORPUS))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let name = format!("corpus of {} files", files.len());
    let race = Race::run(&name, &runners(bench)?, &files, ROUNDS)?;
    race.print();
    race.print_goals(JQ_GOAL, BARE_GOAL);
    Ok(())
}

fn checkov(bench: &Bench, room: &Path) -> Result<(), BenchError> {
    let name = "plan 1 MB";
    let own = bench.workspace.join("target/tools/checkov/bin/checkov");
    let Some(program) = tools::on_path("checkov").or_else(|| own.is_file().then_some(own)) else {
        let how = "python3 -m venv target/tools/checkov && target/tools/checkov/bin/pip install checkov";
        report::line(
            "plan 1 MB: Checkov",
            &format!("not measured: not installed ({how})"),
        );
        return Ok(());
    };
    let file = room.join("small.json");
    generator::write(&file, SMALL)?;
    let arguments = [
        "--framework",
        "terraform_plan",
        "--quiet",
        "--compact",
        "--skip-download",
        "--file",
    ];
    let checkov = Work::new(program.display().to_string(), &arguments);
    let runners = [
        inspect(bench),
        Runner {
            name: CHECKOV,
            is_bare: false,
            work: checkov,
        },
    ];
    let race = Race::run(name, &runners, &[&file], CHECKOV_ROUNDS)?;
    race.print();
    race.print_faster(CHECKOV, CHECKOV_GOAL);
    Ok(())
}

fn inspect(bench: &Bench) -> Runner {
    Runner {
        name: OURS,
        is_bare: false,
        work: Work::new(
            bench.program.display().to_string(),
            &["plan", "inspect", "--json"],
        ),
    }
}

fn runners(bench: &Bench) -> Result<Vec<Runner>, BenchError> {
    let own = std::env::current_exe()?.display().to_string();
    let mut runners = vec![inspect(bench)];
    for (name, kind) in PARSERS {
        runners.push(Runner {
            name,
            is_bare: true,
            work: Work::new(own.clone(), &["parse", kind]),
        });
    }
    if tools::on_path(JQ).is_some() {
        let work = Work::new(JQ, &["-c", ".resource_changes | length"]);
        runners.push(Runner {
            name: JQ,
            is_bare: false,
            work,
        });
    }
    Ok(runners)
}
