//! How much memory the server takes at most while a state of 200 MB is written and read, against one of 2 MB.

use std::time::Instant;

use super::apply::create_project;
use super::http::Connection;
use super::report;
use super::states::{lock, path, resources, state};
use super::{Bench, BenchError};
use crate::server::Server;

/// The name and the bytes, in order: the peak only grows.
const SIZES: [(&str, usize); 2] = [("2 MB", 2_000_000), ("200 MB", 200_000_000)];

pub(super) fn run(bench: &Bench) -> Result<(), BenchError> {
    let room = bench.room("memory")?;
    let server = Server::start(&bench.program, &room, bench.terraform()?)?;
    create_project(bench, &room, &server)?;
    let mut connection = Connection::open(server.port, &server.token)?;
    report::line("memory at most, at rest", &report::megabytes(peak(&server)?));
    for (name, bytes) in SIZES {
        let (path, id) = (
            path(name.replace(' ', "").to_lowercase().as_str()),
            "00000000-0000-4000-9000-000000000001",
        );
        let lock = lock(id);
        connection.expect("LOCK", &path, lock.as_bytes())?;
        let body = state(1, &resources(bytes));
        let begun = Instant::now();
        connection.expect("POST", &format!("{path}?ID={id}"), body.as_bytes())?;
        let (posted, after_post) = (begun.elapsed(), peak(&server)?);
        let begun = Instant::now();
        if connection.expect("GET", &path, b"")? != body.as_bytes() {
            let text = format!("GET {path} did not answer the bytes that were written");
            return Err(BenchError::Unexpected(text));
        }
        let (got, after_get) = (begun.elapsed(), peak(&server)?);
        connection.expect("UNLOCK", &path, lock.as_bytes())?;
        report::line(
            &format!("memory at most, state of {name}"),
            &format!(
                "{} after POST ({}), {} after GET ({})",
                report::megabytes(after_post),
                report::seconds(posted.as_secs_f64()),
                report::megabytes(after_get),
                report::seconds(got.as_secs_f64())
            ),
        );
    }
    Ok(())
}

/// The most memory that the server has had so far.
fn peak(server: &Server) -> Result<u64, BenchError> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process()))?;
    report::field(&status, "VmHWM:")
        .ok_or_else(|| BenchError::Unexpected("this system does not tell the memory of a process".to_owned()))
}
