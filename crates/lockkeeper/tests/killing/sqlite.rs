//! One server on SQLite.

use std::io::Write;
use std::thread::sleep;

use lockkeeper_testkit::bucket::{self, Bucket, Weather};

use crate::balancer::Balancer;
use crate::clock::FakeClock;
use crate::history::AuditEntry;
use crate::scenario::Scenario;
use crate::server::Server;
use crate::service::{Service, TOKEN};
use crate::workload::STATES;

/// A server on its way, set up for people who reach it directly.
fn begin(scenario: &Scenario) -> (Server, Service) {
    let server = ready(Server::new(&scenario.folder("server"), &[TOKEN]));
    let service = Service::set_up(scenario, server.address);
    (server, service)
}

fn ready(mut server: Server) -> Server {
    server.ensure_ready();
    server
}

/// Kills it, looks at everything after one more start, and judges; answers the audit log.
fn end(mut scenario: Scenario, mut server: Server, service: &Service) -> Vec<AuditEntry> {
    server.kill();
    server.ensure_ready();
    let log = service.conclude(&mut scenario);
    drop(server);
    scenario.judge();
    log
}

#[test]
fn a_server_that_is_killed_again_and_again_loses_nothing() {
    let mut scenario = Scenario::begin("sqlite", 25);
    let (mut server, service) = begin(&scenario);
    service.work_while(&mut scenario, |scenario| {
        sleep(scenario.chance.milliseconds(50, 2_500));
        if scenario.chance.percent(15) {
            scenario.recorder.fault("the server stands still");
            server.pause();
            sleep(scenario.chance.milliseconds(100, 1_500));
            if scenario.chance.percent(50) {
                server.resume();
                return;
            }
        }
        scenario.recorder.fault("the server is killed");
        server.kill();
        sleep(scenario.chance.milliseconds(0, 200));
        server.ensure_started();
        // Sometimes it is killed while it starts.
        if scenario.chance.percent(80) {
            server.wait_until_ready();
            scenario.recorder.fault("the server is ready again");
        }
    });
    end(scenario, server, &service);
}

#[test]
fn a_full_disk_loses_nothing() {
    let mut scenario = Scenario::begin("full-disk", 12);
    // Room for what people write in the time, so that only the test fills the disk for good.
    let megabytes = 64 + 4 * scenario.duration().as_secs();
    let mut server = ready(Server::new(&scenario.folder("server"), &[TOKEN]).on_disk_of(megabytes));
    let service = Service::set_up(&scenario, server.address);
    service.work_while(&mut scenario, |scenario| {
        sleep(scenario.chance.milliseconds(100, 1_500));
        let filler = server.disk().path().join("filler");
        let filled = fill(&filler);
        // Sometimes there is room for small things.
        let left = if scenario.chance.percent(50) {
            scenario.chance.between(0, 200_000)
        } else {
            0
        };
        std::fs::File::options()
            .write(true)
            .open(&filler)
            .unwrap()
            .set_len(filled.saturating_sub(left))
            .unwrap();
        scenario
            .recorder
            .fault(format!("the disk is full but for {left} bytes"));
        sleep(scenario.chance.milliseconds(100, 1_000));
        if scenario.chance.percent(30) {
            scenario.recorder.fault("the server is killed on a full disk");
            server.kill();
            // It may end at once for want of room, with its reason in its log.
            server.ensure_started();
            sleep(scenario.chance.milliseconds(0, 500));
        }
        std::fs::remove_file(&filler).unwrap();
        scenario.recorder.fault("the disk has room again");
        server.ensure_ready();
    });
    end(scenario, server, &service);
}

/// Writes until the disk is full; answers how much.
fn fill(filler: &std::path::Path) -> u64 {
    let mut file = std::fs::File::create(filler).unwrap();
    let mut written = 0;
    for size in [1 << 20, 4096] {
        let chunk = vec![0u8; size];
        while file.write_all(&chunk).is_ok() {
            written += u64::try_from(size).unwrap();
        }
    }
    written
}

#[test]
fn a_bucket_that_fails_loses_nothing() {
    let mut scenario = Scenario::begin("bucket", 12);
    let bucket = Bucket::start();
    let credentials = bucket.credentials(&scenario.folder(""));
    let (place, endpoint) = (format!("s3://{}/states", bucket::NAME), bucket.endpoint());
    let variables = [
        TOKEN,
        ("LOCKKEEPER_BLOBS_BUCKET", place.as_str()),
        ("LOCKKEEPER_BLOBS_ENDPOINT", endpoint.as_str()),
        ("LOCKKEEPER_BLOBS_PATH_STYLE", "true"),
        ("LOCKKEEPER_BLOBS_CREDENTIALS_FILE", credentials.to_str().unwrap()),
    ];
    let mut server = ready(Server::new(&scenario.folder("server"), &variables));
    let service = Service::set_up(&scenario, server.address).with_large_states();
    service.work_while(&mut scenario, |scenario| {
        sleep(scenario.chance.milliseconds(1_000, 4_000));
        let weather = *scenario.chance.pick(&[Weather::Failing, Weather::Cutting]);
        bucket.set(weather);
        scenario.recorder.fault(format!("the bucket is {weather:?}"));
        sleep(scenario.chance.milliseconds(100, 800));
        if scenario.chance.percent(60) {
            scenario.recorder.fault("the server is killed");
            server.kill();
        }
        bucket.set(Weather::Fair);
        scenario.recorder.fault("the bucket is well again");
        server.ensure_ready();
    });
    assert!(bucket.connections() > 0, "no state was kept in the bucket");
    end(scenario, server, &service);
}

#[test]
fn a_clock_that_jumps_loses_nothing() {
    let mut scenario = Scenario::begin("clock", 12);
    let clock = FakeClock::new(&scenario.folder("clock"));
    let variables: Vec<(&str, &str)> = clock.variables().into_iter().chain([TOKEN]).collect();
    let mut server = ready(Server::new(&scenario.folder("server"), &variables));
    let service = Service::set_up(&scenario, server.address);
    service.work_while(&mut scenario, |scenario| {
        sleep(scenario.chance.milliseconds(50, 1_000));
        let furthest = *scenario.chance.pick(&[2, 120, 7_200, 2 * 86_400]);
        let forward = i64::try_from(scenario.chance.between(0, 2 * furthest)).unwrap();
        let seconds = forward - i64::try_from(furthest).unwrap();
        clock.set(seconds);
        scenario.recorder.fault(format!("the clock is {seconds} s off"));
        if scenario.chance.percent(15) {
            scenario.recorder.fault("the server is killed");
            server.kill();
            server.ensure_ready();
        }
    });
    // The last entries of a chain are from before its first ones, or the clock did not jump.
    clock.set(-3 * 86_400);
    let entries = end(scenario, server, &service);
    // That the chain of a state begins stands in another chain, which counts by itself.
    let in_chain = |entry: &&AuditEntry| entry.subject == STATES[0] && entry.action != "audit.begin";
    let of_state = || entries.iter().filter(in_chain);
    let first = of_state().min_by_key(|entry| entry.sequence).unwrap();
    let last = of_state().max_by_key(|entry| entry.sequence).unwrap();
    assert!(
        last.at < first.at,
        "the clock of the server did not jump: {first:?}, {last:?}"
    );
}

#[test]
fn a_network_that_breaks_in_the_middle_loses_nothing() {
    let mut scenario = Scenario::begin("network", 12);
    let (server, service) = begin(&scenario);
    let network = Balancer::start(&[server.address], 40, &mut scenario.chance);
    service.work_at(network.address(), &mut scenario, |scenario| {
        sleep(scenario.chance.milliseconds(500, 1_500));
        scenario
            .recorder
            .fault(format!("{} connections were cut", network.cuts_made()));
    });
    end(scenario, server, &service);
}
