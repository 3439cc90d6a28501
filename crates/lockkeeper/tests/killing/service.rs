//! The service as its users see it: an address and some tokens. Sets people up, and looks at what is kept.
#![allow(clippy::disallowed_methods, reason = "tests start the programs themselves")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use lockkeeper_testkit::repository::Repository;
use serde_json::Value;

use crate::client::{Body, Connection, path_of};
use crate::history::{AuditEntry, Line, Recorder};
use crate::scenario::Scenario;
use crate::workload::{self, PEOPLE, Person, READERS, STATES, Sizes};

/// The administrator's token; the servers are started with it.
pub const TOKEN: (&str, &str) = (
    "LOCKKEEPER_BOOTSTRAP_TOKEN",
    "lkt_the-administrator-of-a-killing-test",
);

/// A service that has been set up.
pub struct Service {
    address: SocketAddr,
    folder: PathBuf,
    people: Vec<Person>,
    sizes: Sizes,
    _repository: Repository,
}

impl Service {
    /// Makes the project and the people in a service that is ready.
    pub fn set_up(scenario: &Scenario, address: SocketAddr) -> Self {
        let folder = scenario.folder("laptop");
        std::fs::create_dir_all(&folder).unwrap();
        let mut service = Self {
            address,
            folder,
            people: Vec::new(),
            sizes: Sizes::Usual,
            _repository: Repository::with_files(&[(".lockkeeper/project.toml", "")]),
        };
        let path = service._repository.path().to_str().unwrap().to_owned();
        service.command(&["project", "create", "shop", "--repository", &path]);
        service.command(&["environment", "create", "staging", "--tier", "staging"]);
        for number in 0..PEOPLE {
            service.add(number, &scenario.recorder);
        }
        service
    }

    /// Lets people write mostly large states.
    pub fn with_large_states(mut self) -> Self {
        self.sizes = Sizes::Large;
        self
    }

    fn add(&mut self, number: usize, recorder: &Recorder) {
        let may_write = number < PEOPLE - READERS;
        let name = format!("person-{number}");
        let file = self.folder.join(format!("{name}.token"));
        let (role, path) = (
            if may_write { "operator" } else { "author" },
            file.to_str().unwrap(),
        );
        self.command(&["user", "create", &name]);
        self.command(&["member", "grant", &name, role]);
        self.command(&[
            "token",
            "create",
            "--user",
            &name,
            "--label",
            "test",
            "--output-file",
            path,
        ]);
        let token = std::fs::read_to_string(&file).unwrap().trim().to_owned();
        recorder.add(Line::User {
            name: name.clone(),
            may_write,
        });
        self.people.push(Person {
            name,
            token,
            may_write,
        });
    }

    /// Types a command as the administrator; answers what it prints.
    fn command(&self, arguments: &[&str]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_lockkeeper"))
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("LOCKKEEPER_ADDRESS", format!("http://{}", self.address))
            .env("LOCKKEEPER_TOKEN", TOKEN.1)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Lets everybody work until it is over, does meanwhile to the servers what is given, and waits for
    /// everybody.
    pub fn work_while(&self, scenario: &mut Scenario, fault: impl FnMut(&mut Scenario)) {
        self.work_at(self.address, scenario, fault);
    }

    /// As [`Service::work_while`], for people who reach the service by another way.
    pub fn work_at(
        &self,
        address: SocketAddr,
        scenario: &mut Scenario,
        mut fault: impl FnMut(&mut Scenario),
    ) {
        let (begin, over) = (Instant::now(), Arc::new(AtomicBool::new(false)));
        let recorder = scenario.recorder.clone();
        let people = workload::start(
            &self.people,
            address,
            &recorder,
            &over,
            self.sizes,
            &mut scenario.chance,
        );
        while !scenario.is_over(begin) {
            fault(scenario);
        }
        over.store(true, Ordering::Relaxed);
        for person in people {
            person.join().unwrap();
        }
    }

    /// Looks at what is kept in the end by a service that is well: that every state can be used, that the
    /// audit chains are intact, every version's bytes and every entry of the audit log, which it answers.
    pub fn conclude(&self, scenario: &mut Scenario) -> Vec<AuditEntry> {
        workload::everything_works(
            &self.people[0],
            self.address,
            &scenario.recorder,
            &mut scenario.chance,
        );
        let verified: Value = serde_json::from_str(&self.command(&["audit", "verify", "--json"])).unwrap();
        assert_eq!(verified["intact"], true, "{verified}");
        std::thread::scope(|scope| {
            for state in STATES {
                scope.spawn(|| self.keep_versions(state, &scenario.recorder));
            }
        });
        let exported = self.command(&["audit", "export"]);
        let entries = exported.lines().map(|line| serde_json::from_str(line).unwrap());
        let entries: Vec<AuditEntry> = entries.collect();
        for entry in &entries {
            scenario.recorder.add(Line::Audit(entry.clone()));
        }
        entries
    }

    fn keep_versions(&self, state: &str, recorder: &Arc<Recorder>) {
        let mut connection = Connection::new(self.address, "admin", TOKEN.1);
        let mut get = |path: String| {
            let answer = connection.send("GET", &path, None).unwrap();
            assert_eq!(
                answer.status,
                200,
                "{path}: {}",
                String::from_utf8_lossy(&answer.body)
            );
            answer.body
        };
        let (path, mut cursor, mut kept) = (path_of(state), String::new(), Vec::new());
        loop {
            let page = get(format!("{path}/versions?limit=200{cursor}"));
            let page: Value = serde_json::from_slice(&page).unwrap();
            kept.extend(page["items"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next_cursor"].as_str() else {
                break;
            };
            cursor = format!("&cursor={next}");
        }
        // The list begins with the newest.
        for listed in kept.into_iter().rev() {
            let serial = listed["serial"].as_i64().unwrap();
            let body = Body::read(get(format!("{path}/versions/{serial}")));
            assert_eq!(
                listed["md5"],
                body.version.md5.as_str(),
                "serial {serial} of {state}"
            );
            recorder.add(Line::Kept {
                state: state.to_owned(),
                version: body.version,
            });
        }
    }
}
