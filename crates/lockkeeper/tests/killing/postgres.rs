//! Two servers on one PostgreSQL, behind one address.

use std::os::unix::fs::symlink;
use std::thread::sleep;

use lockkeeper_testkit::postgres::Postgres;

use crate::balancer::Balancer;
use crate::scenario::Scenario;
use crate::server::Server;
use crate::service::{Service, TOKEN};

/// Everything that is there. The database is dropped last.
struct Cluster {
    servers: [Server; 2],
    service: Service,
    database: Postgres,
}

impl Cluster {
    /// Starts everything, and sets people up.
    fn begin(scenario: &mut Scenario) -> Self {
        let database = Postgres::start();
        let address = database.url();
        let variables = [TOKEN, ("LOCKKEEPER_DATABASE", address.as_str())];
        let mut first = Server::new(&scenario.folder("first"), &variables);
        first.ensure_ready();
        let mut second = Server::new(&scenario.folder("second"), &variables);
        // Servers of one database share its key and its blobs.
        std::fs::create_dir_all(second.data()).unwrap();
        std::fs::copy(first.data().join("key"), second.data().join("key")).unwrap();
        symlink(first.data().join("blobs"), second.data().join("blobs")).unwrap();
        second.ensure_ready();
        let balancer = Balancer::start(&[first.address, second.address], 0, &mut scenario.chance);
        let service = Service::set_up(scenario, balancer.address());
        Self {
            servers: [first, second],
            service,
            database,
        }
    }

    /// Kills both servers, looks at everything after one more start, and judges.
    fn end(mut self, mut scenario: Scenario) {
        self.servers.iter_mut().for_each(Server::kill);
        self.servers.iter_mut().for_each(Server::ensure_ready);
        self.service.conclude(&mut scenario);
        drop(self);
        scenario.judge();
    }
}

#[test]
fn two_servers_of_which_one_or_both_are_killed_lose_nothing() {
    let mut scenario = Scenario::begin("postgres", 25);
    let mut cluster = Cluster::begin(&mut scenario);
    let servers = &mut cluster.servers;
    cluster.service.work_while(&mut scenario, |scenario| {
        sleep(scenario.chance.milliseconds(50, 2_000));
        let one = usize::from(scenario.chance.percent(50));
        if scenario.chance.percent(20) {
            scenario.recorder.fault(format!("server {one} stands still"));
            servers[one].pause();
            sleep(scenario.chance.milliseconds(100, 3_000));
            if scenario.chance.percent(70) {
                servers[one].resume();
                return;
            }
        }
        scenario.recorder.fault(format!("server {one} is killed"));
        servers[one].kill();
        if scenario.chance.percent(20) {
            scenario.recorder.fault("the other one is killed, too");
            servers[1 - one].kill();
        }
        sleep(scenario.chance.milliseconds(0, 500));
        servers.iter_mut().for_each(Server::ensure_started);
        // Sometimes it is killed while it starts.
        if scenario.chance.percent(80) {
            servers.iter_mut().for_each(Server::ensure_ready);
            scenario.recorder.fault("both servers are ready");
        }
    });
    cluster.end(scenario);
}

#[test]
fn a_database_that_goes_away_and_comes_back_loses_nothing() {
    let mut scenario = Scenario::begin("database-away", 15);
    let mut cluster = Cluster::begin(&mut scenario);
    let database = &mut cluster.database;
    cluster.service.work_while(&mut scenario, |scenario| {
        sleep(scenario.chance.milliseconds(500, 3_000));
        if scenario.chance.percent(40) {
            scenario.recorder.fault("PostgreSQL stands still");
            database.pause();
            sleep(scenario.chance.milliseconds(500, 4_000));
            database.resume();
        } else {
            scenario.recorder.fault("PostgreSQL is killed");
            database.kill();
            sleep(scenario.chance.milliseconds(0, 2_000));
            database.start_again();
        }
        scenario.recorder.fault("PostgreSQL is there again");
    });
    cluster.end(scenario);
}
