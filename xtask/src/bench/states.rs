//! Writing and reading states over HTTP, against a plain file of the same bytes on the same disk.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::apply::create_project;
use super::http::Connection;
use super::report::{self, Samples};
use super::{Bench, BenchError, start};
use crate::server::Server;

/// The name, the bytes and how often: a size that takes long is measured less often.
const SIZES: [(&str, usize, usize); 3] = [
    ("1 KB", 1_000, 300),
    ("1 MB", 1_000_000, 100),
    ("20 MB", 20_000_000, 20),
];
const LOCKS: usize = 100;

pub(super) fn run(bench: &Bench) -> Result<(), BenchError> {
    let room = bench.room("state")?;
    let server = Server::start(&bench.program, &room, bench.terraform()?)?;
    create_project(bench, &room, &server)?;
    let mut connection = Connection::open(server.port, &server.token)?;
    locks(&mut connection)?;
    for (name, bytes, times) in SIZES {
        one_size(&mut connection, &room, name, bytes, times)?;
    }
    let resident = start::resident(&server)?;
    report::line("memory after the states", &report::megabytes(resident));
    Ok(())
}

pub(super) fn path(stack: &str) -> String {
    format!("/api/v1/projects/bench/environments/staging/stacks/{stack}/state")
}

pub(super) fn lock(id: &str) -> String {
    format!(
        r#"{{"ID":"{id}","Operation":"OperationTypeApply","Info":"","Who":"bench@localhost","Version":"1.11.4","Created":"2026-01-01T00:00:00Z","Path":""}}"#
    )
}

/// How long a LOCK and an UNLOCK take.
fn locks(connection: &mut Connection) -> Result<(), BenchError> {
    let path = path("locks");
    let (mut taken, mut given) = (Vec::new(), Vec::new());
    for number in 0..LOCKS {
        let lock = lock(&format!("00000000-0000-4000-8000-{number:012}"));
        taken.push(timed(|| connection.expect("LOCK", &path, lock.as_bytes()))?.0);
        given.push(timed(|| connection.expect("UNLOCK", &path, lock.as_bytes()))?.0);
    }
    for (name, times) in [("state LOCK", taken), ("state UNLOCK", given)] {
        let times = Samples::of(times);
        let slow = report::seconds(times.percentile(0.99));
        report::line(name, &format!("{}, p99 {slow}, n {LOCKS}", times.spread()));
    }
    Ok(())
}

fn one_size(
    connection: &mut Connection,
    room: &Path,
    name: &str,
    bytes: usize,
    times: usize,
) -> Result<(), BenchError> {
    let path = path(&format!("size-{bytes}"));
    let id = format!("00000000-0000-4000-9000-{bytes:012}");
    let lock = lock(&id);
    let resources = resources(bytes.saturating_sub(state(0, "").len()));
    let plain = room.join(format!("plain-{bytes}"));
    std::fs::create_dir_all(&plain)?;
    connection.expect("LOCK", &path, lock.as_bytes())?;
    let (mut posts, mut writes) = (Vec::new(), Vec::new());
    let (mut gets, mut reads) = (Vec::new(), Vec::new());
    let (write, mut length) = (format!("{path}?ID={id}"), 0);
    for serial in 1..=times {
        let body = state(serial, &resources);
        length = body.len();
        posts.push(timed(|| connection.expect("POST", &write, body.as_bytes()))?.0);
        let file = plain.join(serial.to_string());
        writes.push(timed(|| write_synced(&file, body.as_bytes()))?.0);
        let (took, answered) = timed(|| connection.expect("GET", &path, b""))?;
        if answered != body.as_bytes() {
            let text = format!("GET {path} did not answer the bytes that were written");
            return Err(BenchError::Unexpected(text));
        }
        gets.push(took);
        reads.push(timed(|| Ok(std::fs::read(&file)?))?.0);
        std::fs::remove_file(&file)?;
    }
    connection.expect("UNLOCK", &path, lock.as_bytes())?;
    print(
        &format!("state POST {name}"),
        length,
        posts,
        "write+fsync",
        writes,
    );
    print(&format!("state GET {name}"), length, gets, "file read", reads);
    Ok(())
}

fn print(name: &str, bytes: usize, ours: Vec<Duration>, plain: &str, file: Vec<Duration>) {
    let times = ours.len();
    let (ours, file) = (Samples::of(ours), Samples::of(file));
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    report::line(
        name,
        &format!(
            "{}, p99 {}, {}; {plain} {}, p99 {}, {}; ratio {:.1}; n {times}",
            ours.spread(),
            report::seconds(ours.percentile(0.99)),
            report::throughput(bytes, ours.median()),
            report::seconds(file.median()),
            report::seconds(file.percentile(0.99)),
            report::throughput(bytes, file.median()),
            ours.median() / file.median()
        ),
    );
}

fn timed<T>(work: impl FnOnce() -> Result<T, BenchError>) -> Result<(Duration, T), BenchError> {
    let begun = Instant::now();
    let done = work()?;
    Ok((begun.elapsed(), done))
}

fn write_synced(file: &Path, bytes: &[u8]) -> Result<(), BenchError> {
    let mut file = std::fs::File::create_new(file)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(())
}

/// A state of Terraform's fourth format.
pub(super) fn state(serial: usize, resources: &str) -> String {
    format!(
        r#"{{"version":4,"terraform_version":"1.11.4","serial":{serial},"lineage":"5a3f8f4e-33c1-4cbe-b1f5-2c1d8b1c0e7a","outputs":{{}},"resources":[{resources}],"check_results":null}}"#
    )
}

/// Resources of so many bytes, give or take a few. Identifiers and digests make a state hard to
/// compress, so they are different in each; the last one takes what is left.
pub(super) fn resources(bytes: usize) -> String {
    let mut chance = super::plans::Chance::new(1);
    let mut text = String::with_capacity(bytes + 1024);
    for number in 0.. {
        let next = instance(number, &mut chance);
        let rest = bytes.saturating_sub(text.len());
        if next.len() + filler("").len() > rest {
            let missing = rest.saturating_sub(filler("").len());
            text.push_str(&filler(&chance.hexadecimal(missing)));
            break;
        }
        text.push_str(&next);
        text.push(',');
    }
    text
}

fn instance(number: usize, chance: &mut super::plans::Chance) -> String {
    let (id, digest) = (chance.hexadecimal(17), chance.hexadecimal(40));
    format!(
        r#"{{"mode":"managed","type":"aws_instance","name":"web_{number}","provider":"provider[\"registry.terraform.io/hashicorp/aws\"]","instances":[{{"schema_version":1,"attributes":{{"ami":"ami-0{id}","arn":"arn:aws:ec2:eu-west-1:123456789012:instance/i-0{id}","instance_type":"t3.large","tags":{{"Name":"web-{number}","team":"shop"}},"user_data":"{digest}"}},"sensitive_attributes":[]}}]}}"#
    )
}

fn filler(input: &str) -> String {
    format!(
        r#"{{"mode":"managed","type":"terraform_data","name":"rest","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[{{"schema_version":0,"attributes":{{"input":"{input}"}},"sensitive_attributes":[]}}]}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_json_of_the_size_that_was_asked_for() {
        for (_, bytes, _) in SIZES.into_iter().take(2) {
            let state = state(7, &resources(bytes - state(0, "").len()));
            let read: serde_json::Value = serde_json::from_str(&state).unwrap();
            assert_eq!(read["serial"], 7);
            assert_eq!(state.len(), bytes);
        }
    }
}
