//! From nothing to the first answer, and what an idle server keeps in memory.

use std::path::Path;
use std::time::{Duration, Instant};

use super::http::Connection;
use super::report::{self, Samples};
use super::{Bench, BenchError};
use crate::server::Server;

const TIMES: usize = 10;
const START_GOAL_MILLISECONDS: f64 = 200.0;
const MEMORY_GOAL_MEGABYTES: f64 = 60.0;
/// How long the server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(3);

pub(super) fn run(bench: &Bench) -> Result<(), BenchError> {
    let room = bench.room("start")?;
    let tool = bench.terraform()?;
    let (mut fresh, mut existing) = (Vec::new(), Vec::new());
    for number in 0..TIMES {
        let folder = room.join(number.to_string());
        std::fs::create_dir_all(&folder)?;
        fresh.push(first_answer(bench, &folder, tool)?.0);
        existing.push(first_answer(bench, &folder, tool)?.0);
    }
    for (name, times) in [("start, new folder", fresh), ("start, existing folder", existing)] {
        let times = Samples::of(times);
        let goal = report::at_most(times.median() * 1e3, START_GOAL_MILLISECONDS, " ms");
        report::line(
            name,
            &format!(
                "to the first answer {}, p99 {}, n {TIMES}; {goal}",
                times.spread(),
                report::seconds(times.percentile(0.99))
            ),
        );
    }
    memory(bench, &room.join("0"), tool)
}

/// Starts the server and asks who is calling, with the administrator's token: an answer that needs the
/// database.
fn first_answer(bench: &Bench, folder: &Path, tool: &str) -> Result<(Duration, Server), BenchError> {
    let begun = Instant::now();
    let server = Server::start(&bench.program, folder, tool)?;
    Connection::open(server.port, &server.token)?.expect("GET", "/api/v1/caller", b"")?;
    Ok((begun.elapsed(), server))
}

fn memory(bench: &Bench, folder: &Path, tool: &str) -> Result<(), BenchError> {
    let (_, server) = first_answer(bench, folder, tool)?;
    std::thread::sleep(IDLE);
    let resident = resident(&server)?;
    let goal = report::at_most(resident as f64 / 1e6, MEMORY_GOAL_MEGABYTES, " MB");
    report::line(
        "memory, idle",
        &format!("{} resident; {goal}", report::megabytes(resident)),
    );
    Ok(())
}

/// The resident memory of the server, in bytes.
pub(super) fn resident(server: &Server) -> Result<u64, BenchError> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process()))?;
    report::field(&status, "VmRSS:")
        .ok_or_else(|| BenchError::Unexpected("this system does not tell the memory of a process".to_owned()))
}
