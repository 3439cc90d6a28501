//! Sixteen people who lock, read, write and unlock eight states, and do not always behave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use crate::chance::Chance;
use crate::client::{Body, Client, Connection};
use crate::history::{Outcome, Recorder};

/// The states that everybody wants.
pub const STATES: [&str; 8] = [
    "staging/a",
    "staging/b",
    "staging/c",
    "staging/d",
    "staging/e",
    "staging/f",
    "staging/g",
    "staging/h",
];
/// How many people there are.
pub const PEOPLE: usize = 16;
/// How many of them, the last ones, may only read.
pub const READERS: usize = 2;

/// A user of the workload.
#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub token: String,
    pub may_write: bool,
}

/// How large states are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    /// Mostly small, sometimes large.
    Usual,
    /// Mostly large, so that they are kept outside of the database.
    Large,
}

/// Starts everybody; they stop when it is over, after what they are at.
pub fn start(
    people: &[Person],
    address: SocketAddr,
    recorder: &Arc<Recorder>,
    over: &Arc<AtomicBool>,
    sizes: Sizes,
    chance: &mut Chance,
) -> Vec<JoinHandle<()>> {
    let at_work = |person: &Person| {
        let connection = Connection::new(address, &person.name, &person.token);
        let client = Client::new(&person.name, connection, recorder.clone(), chance.fork());
        let mut worker = Worker {
            client,
            chance: chance.fork(),
            over: over.clone(),
            sizes,
        };
        let may_write = person.may_write;
        std::thread::spawn(move || worker.work(may_write))
    };
    people.iter().map(at_work).collect()
}

struct Worker {
    client: Client,
    chance: Chance,
    over: Arc<AtomicBool>,
    sizes: Sizes,
}

/// How a step under a lock ended.
enum Next {
    /// The lock is held still, and this is the newest version.
    Go(i64, String),
    /// Give the lock back.
    Leave,
    /// Go away and leave everything as it is.
    Abandon,
}

impl Worker {
    fn work(&mut self, may_write: bool) {
        while self.is_time_left() {
            let state = *self.chance.pick(&STATES);
            if !may_write {
                self.try_what_is_forbidden(state);
                continue;
            }
            match self.chance.between(0, 100) {
                0..80 => self.session(state),
                80..92 => drop(self.client.read(state)),
                _ => self.write_without_lock(state),
            }
            self.pause(0, 10);
        }
    }

    fn is_time_left(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    fn pause(&mut self, low: u64, high: u64) {
        std::thread::sleep(self.chance.milliseconds(low, high));
    }

    fn try_what_is_forbidden(&mut self, state: &str) {
        match self.chance.between(0, 100) {
            0..80 => drop(self.client.read(state)),
            80..87 => drop(self.client.lock(state, &self.chance.uuid())),
            87..94 => drop(self.client.unlock(state, None)),
            _ => self.write_without_lock(state),
        }
        self.pause(20, 100);
    }

    /// A write by somebody who took no lock, as with `-lock=false`.
    fn write_without_lock(&mut self, state: &str) {
        let (_, newest) = self.client.read(state);
        let (serial, lineage) = newest.map_or((0, self.chance.uuid()), |newest| {
            (newest.version.serial, newest.version.lineage)
        });
        let body = self.body(serial + 1, &lineage);
        self.client.write(state, None, &body);
    }

    /// Lock, read, write a few times, unlock.
    fn session(&mut self, state: &str) {
        let id = self.chance.uuid();
        if !self.acquire(state, &id) {
            return;
        }
        let mut next = self.look(state);
        for _ in 0..self.chance.between(1, 5) {
            let Next::Go(serial, lineage) = &next else {
                break;
            };
            next = self.step(state, &id, *serial, &lineage.clone());
        }
        if matches!(next, Next::Abandon) {
            return;
        }
        let given_back = self.client.unlock(state, Some(&id)) == Outcome::Accepted;
        // A laptop that woke up and thinks that it has the lock still.
        if given_back
            && self.chance.percent(10)
            && let Next::Go(serial, lineage) = next
        {
            let body = self.body(serial + 1, &lineage);
            self.client.write(state, Some(&id), &body);
        }
    }

    /// Takes the lock as with `-lock-timeout`: waits while somebody else has it, and breaks it, sometimes,
    /// when that takes long.
    fn acquire(&mut self, state: &str, id: &str) -> bool {
        for _ in 0..self.chance.between(1, 12) {
            match self.client.lock(state, id) {
                Outcome::Accepted => return true,
                Outcome::Refused { .. } => self.pause(10, 60),
                // Terraform fails here; the lock may be left behind.
                _ => return false,
            }
            if !self.is_time_left() {
                return false;
            }
        }
        if self.chance.percent(25) {
            self.client.unlock(state, None);
        }
        false
    }

    fn look(&mut self, state: &str) -> Next {
        match self.client.read(state) {
            (_, Some(body)) => Next::Go(body.version.serial, body.version.lineage),
            (Outcome::Nothing, _) => Next::Go(0, self.chance.uuid()),
            _ => Next::Abandon,
        }
    }

    /// One thing that is done under the lock.
    fn step(&mut self, state: &str, id: &str, serial: i64, lineage: &str) -> Next {
        let stay = || Next::Go(serial, lineage.to_owned());
        match self.chance.between(0, 100) {
            0..70 => self.write_next(state, id, serial, lineage),
            70..80 => self.look(state),
            80..86 => {
                // Long enough for others to lose their patience.
                self.pause(100, 700);
                stay()
            }
            86..89 => Next::Abandon,
            89..92 if serial > 0 => {
                let body = self.body(serial, lineage);
                self.client.write(state, Some(id), &body);
                stay()
            }
            92..95 if serial > 1 => {
                let body = self.body(serial - 1, lineage);
                self.client.write(state, Some(id), &body);
                stay()
            }
            95..97 if serial > 0 => {
                let body = self.body(serial + 1, "another-lineage");
                self.client.write(state, Some(id), &body);
                stay()
            }
            _ => {
                self.client.lock(state, id);
                stay()
            }
        }
    }

    fn write_next(&mut self, state: &str, id: &str, serial: i64, lineage: &str) -> Next {
        let body = self.body(serial + 1, lineage);
        match self.client.write(state, Some(id), &body) {
            Outcome::Accepted => Next::Go(serial + 1, lineage.to_owned()),
            // The lock is lost. Some try once more.
            Outcome::Refused { .. } if self.chance.percent(50) => {
                self.client.write(state, Some(id), &body);
                Next::Leave
            }
            Outcome::Refused { .. } => Next::Leave,
            _ => match self.chance.between(0, 3) {
                0 => Next::Abandon,
                1 => Next::Leave,
                _ => self.look(state),
            },
        }
    }

    fn body(&mut self, serial: i64, lineage: &str) -> Body {
        let small = match self.sizes {
            Sizes::Usual => 0,
            Sizes::Large => 70,
        };
        let size = match self.chance.between(small, 100) {
            0..85 => self.chance.between(100, 8_000),
            85..90 => self.chance.between(8_000, 100_000),
            90..97 if self.sizes == Sizes::Usual => self.chance.between(8_000, 100_000),
            _ => self.chance.between(200_000, 1_000_000),
        };
        Body::new(serial, lineage, usize::try_from(size).unwrap(), &mut self.chance)
    }
}

/// A place in the queue for a lock is lost after 20 s without a sign of whoever waits.
const QUEUE_EMPTIES: std::time::Duration = std::time::Duration::from_secs(30);

/// After everything: each state can be locked, written, read and unlocked, whatever was left behind.
pub fn everything_works(person: &Person, address: SocketAddr, recorder: &Arc<Recorder>, chance: &mut Chance) {
    let connection = Connection::new(address, &person.name, &person.token);
    let mut client = Client::new(&person.name, connection, recorder.clone(), chance.fork());
    for state in STATES {
        let id = chance.uuid();
        assert_eq!(client.unlock(state, None), Outcome::Accepted);
        lock_patiently(&mut client, state, &id);
        // Under a broken network it may be that nobody came as far as to write it.
        let (serial, lineage) = match client.read(state).1 {
            Some(newest) => (newest.version.serial, newest.version.lineage),
            None => (0, chance.uuid()),
        };
        let body = Body::new(serial + 1, &lineage, 100, chance);
        assert_eq!(client.write(state, Some(&id), &body), Outcome::Accepted);
        assert_eq!(client.read(state).1.unwrap().bytes, body.bytes);
        assert_eq!(client.unlock(state, Some(&id)), Outcome::Accepted);
    }
}

/// Takes a lock that is free. Somebody who gave up may have left a place in the queue, which is kept for a while.
fn lock_patiently(client: &mut Client, state: &str, id: &str) {
    let started = std::time::Instant::now();
    loop {
        let outcome = client.lock(state, id);
        if outcome == Outcome::Accepted {
            return;
        }
        assert!(started.elapsed() < QUEUE_EMPTIES, "{state}: {outcome:?}");
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
}
