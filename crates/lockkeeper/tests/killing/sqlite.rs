//! One server on SQLite.

use std::thread::sleep;

use crate::scenario::Scenario;
use crate::server::Server;
use crate::service::{Service, TOKEN};

fn begin(name: &'static str, seconds: u64) -> (Scenario, Server, Service) {
    let mut scenario = Scenario::begin(name, seconds);
    let folder = scenario.folder("server");
    let mut server = Server::new(&folder, &[TOKEN], &mut scenario.chance);
    server.start();
    server.wait_until_ready();
    let service = Service::set_up(&scenario, server.address);
    (scenario, server, service)
}

#[test]
fn a_server_that_is_killed_again_and_again_loses_nothing() {
    let (mut scenario, mut server, service) = begin("sqlite", 40);
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
        server.start();
        // Sometimes it is killed while it starts.
        if scenario.chance.percent(80) {
            server.wait_until_ready();
            scenario.recorder.fault("the server is ready again");
        }
    });
    server.kill();
    server.start();
    server.wait_until_ready();
    service.conclude(&mut scenario);
    drop(server);
    scenario.judge();
}
