//! Many clients that write states at once, against the bare table that Terraform's `pg` backend writes to.

use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use lockkeeper_testkit::postgres::Postgres;

use super::apply::{NO_POSTGRES, create_project};
use super::http::Connection;
use super::report::{self, Samples};
use super::states::{lock, resources, state};
use super::{Bench, BenchError};
use crate::command;
use crate::server::Server;

const CLIENTS: usize = 64;
const BYTES: usize = 100_000;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(5);
const GOAL: f64 = 0.8;
const NAME: &str = "state writes";

/// What was written in all rounds of one kind.
#[derive(Default)]
struct Written {
    latencies: Vec<Duration>,
    /// Of each round, in writes for each second.
    rates: Vec<f64>,
}

impl Written {
    fn add(&mut self, latencies: Vec<Duration>, took: Duration) {
        self.rates.push(latencies.len() as f64 / took.as_secs_f64());
        self.latencies.extend(latencies);
    }

    fn rate(&self) -> f64 {
        self.rates.iter().sum::<f64>() / self.rates.len() as f64
    }

    fn slow(&self) -> f64 {
        Samples::of(self.latencies.iter().copied()).percentile(0.99)
    }

    fn line(&self) -> String {
        format!("{:.0}/s, p99 {}", self.rate(), report::seconds(self.slow()))
    }
}

/// Writes in turns to the bare table and to Lockkeeper on both of its databases.
pub(super) fn run(bench: &Bench) -> Result<(), BenchError> {
    if !Postgres::is_installed() {
        report::line(NAME, &format!("not measured: {NO_POSTGRES}"));
        return Ok(());
    }
    let room = bench.room("writes")?;
    let postgres = Postgres::start();
    let table = Table::create(bench, &room, &postgres)?;
    let on_postgres = Writers::start(bench, &room.join("postgres"), Some(&postgres.database("writes")))?;
    let on_sqlite = Writers::start(bench, &room.join("sqlite"), None)?;
    let (mut bare, mut ours, mut file) = (Written::default(), Written::default(), Written::default());
    let (mut on_postgres, mut on_sqlite) = (on_postgres, on_sqlite);
    for round in 0..ROUNDS {
        table.round(round, &mut bare)?;
        on_postgres.round(&mut ours)?;
        on_sqlite.round(&mut file)?;
    }
    for (name, ours) in [("PostgreSQL", &ours), ("SQLite", &file)] {
        let (rate, slow) = (ours.rate() / bare.rate(), bare.slow() / ours.slow());
        report::line(
            &format!("{NAME}, {name}"),
            &format!(
                "{CLIENTS} clients, 100 KB: Lockkeeper {}; bare pg table {}; throughput ratio {rate:.2}, {}; p99 ratio {slow:.2}, {}",
                ours.line(),
                bare.line(),
                report::at_least(rate, GOAL, ""),
                report::at_least(slow, GOAL, ""),
            ),
        );
    }
    Ok(())
}

/// The table of Terraform's `pg` backend, and `pgbench`, which writes to it.
struct Table {
    pgbench: PathBuf,
    script: PathBuf,
    folder: PathBuf,
    address: String,
    body: String,
}

impl Table {
    fn create(bench: &Bench, room: &Path, postgres: &Postgres) -> Result<Self, BenchError> {
        let address = postgres.database("bare");
        let benches = bench.workspace.join("benches");
        let psql = Postgres::program("psql").display().to_string();
        let schema = benches.join("pg-backend-table.sql").display().to_string();
        command::output(
            room,
            &psql,
            &["-q", "-v", "ON_ERROR_STOP=1", "-f", &schema, &address],
        )?;
        Ok(Self {
            pgbench: Postgres::program("pgbench"),
            script: benches.join("pg-backend-write.sql"),
            folder: room.to_owned(),
            address,
            body: body(1),
        })
    }

    /// As the backend does: the whole state as one text, into the row of the state, by a prepared statement.
    fn round(&self, round: usize, written: &mut Written) -> Result<(), BenchError> {
        let (clients, seconds) = (CLIENTS.to_string(), ROUND.as_secs().to_string());
        let (body, prefix) = (format!("body={}", self.body), format!("bare-{round}"));
        let script = self.script.display().to_string();
        let arguments = [
            "-n",
            "-c",
            &clients,
            "-j",
            "2",
            "-T",
            &seconds,
            "-M",
            "prepared",
            "-f",
            &script,
            "-l",
            "--log-prefix",
            &prefix,
            "-D",
            &body,
            &self.address,
        ];
        let said = command::output(&self.folder, &self.pgbench.display().to_string(), &arguments)?;
        let mut latencies = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with(&format!("{prefix}.")) {
                latencies.extend(std::fs::read_to_string(&path)?.lines().filter_map(latency));
            }
        }
        let rate: Option<f64> = said
            .lines()
            .find_map(|line| line.strip_prefix("tps = "))
            .and_then(|rest| rest.split(' ').next()?.parse().ok());
        let rate = rate.filter(|rate| *rate > 0.0 && !latencies.is_empty());
        let rate =
            rate.ok_or_else(|| BenchError::Unexpected(format!("pgbench did not say its rate:\n{said}")))?;
        let took = Duration::from_secs_f64(latencies.len() as f64 / rate);
        written.add(latencies, took);
        Ok(())
    }
}

/// The third word of a line of `pgbench`'s log: microseconds.
fn latency(line: &str) -> Option<Duration> {
    line.split(' ').nth(2)?.parse().ok().map(Duration::from_micros)
}

/// A server, and the clients that write to it, each to a state of its own under its lock.
struct Writers {
    clients: Vec<Client>,
    // Dropped last: the connections end before the server.
    _server: Server,
}

struct Client {
    connection: Connection,
    path: String,
    serial: usize,
    resources: String,
}

impl Writers {
    fn start(bench: &Bench, room: &Path, database: Option<&str>) -> Result<Self, BenchError> {
        std::fs::create_dir_all(room)?;
        let server = Server::start_on(&bench.program, room, bench.terraform()?, database)?;
        create_project(bench, room, &server)?;
        let clients: Result<Vec<Client>, BenchError> =
            (0..CLIENTS).map(|number| Client::open(&server, number)).collect();
        Ok(Self {
            clients: clients?,
            _server: server,
        })
    }

    fn round(&mut self, written: &mut Written) -> Result<(), BenchError> {
        let barrier = Barrier::new(self.clients.len());
        let begun = Instant::now();
        let results: Vec<Result<Vec<Duration>, BenchError>> = std::thread::scope(|scope| {
            let threads: Vec<_> = self
                .clients
                .iter_mut()
                .map(|client| {
                    scope.spawn(|| {
                        barrier.wait();
                        client.write_for(ROUND)
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|_| Err(BenchError::Unexpected("a client panicked".to_owned())))
                })
                .collect()
        });
        let took = begun.elapsed();
        let mut latencies = Vec::new();
        for result in results {
            latencies.extend(result?);
        }
        written.add(latencies, took);
        Ok(())
    }
}

impl Client {
    fn open(server: &Server, number: usize) -> Result<Self, BenchError> {
        let path = format!("/api/v1/projects/bench/environments/staging/stacks/writer-{number}/state");
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let mut connection = Connection::open(server.port, &server.token)?;
        connection.expect("LOCK", &path, lock(&id).as_bytes())?;
        Ok(Self {
            connection,
            path: format!("{path}?ID={id}"),
            serial: 0,
            resources: resources(BYTES - state(0, "").len()),
        })
    }

    fn write_for(&mut self, time: Duration) -> Result<Vec<Duration>, BenchError> {
        let deadline = Instant::now() + time;
        let mut latencies = Vec::new();
        while Instant::now() < deadline {
            self.serial += 1;
            let body = state(self.serial, &self.resources);
            let begun = Instant::now();
            self.connection.expect("POST", &self.path, body.as_bytes())?;
            latencies.push(begun.elapsed());
        }
        Ok(latencies)
    }
}

fn body(serial: usize) -> String {
    state(serial, &resources(BYTES - state(0, "").len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_word_is_the_latency() {
        assert_eq!(
            latency("0 199 2241 0 1175850568 995598"),
            Some(Duration::from_micros(2241))
        );
        assert_eq!(latency("progress"), None);
    }
}
