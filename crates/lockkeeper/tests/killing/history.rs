//! What the clients did and what they were answered, and what was found in the end: one JSON document a
//! line, so that a history can be judged, kept, searched and judged again.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// Microseconds since the test began, by the one clock of the test's process.
pub type Moment = u64;

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// A user of the workload, and whether they may write.
    User { name: String, may_write: bool },
    /// A request, with its answer. A repeated request is a line of its own.
    Request(Request),
    /// Something was done to a server, a database or a network. For readers: nothing is judged by it.
    Fault { at: Moment, what: String },
    /// A version that was kept in the end, in the order in which the versions were written.
    Kept { state: String, version: Version },
    /// An entry of the audit log in the end, in its order.
    Audit(AuditEntry),
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Which user.
    pub user: String,
    /// Which state, as the audit log names it: `staging/network`.
    pub state: String,
    /// Before the first byte was sent.
    pub began: Moment,
    /// After the last byte of the answer, or when it was given up.
    pub ended: Moment,
    /// What was asked.
    pub call: Call,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a client asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// LOCK with that identifier.
    Lock { id: String },
    /// UNLOCK; without an identifier whatever lock there is.
    Unlock { id: Option<String> },
    /// GET of the newest version.
    Read,
    /// POST of a version, under a lock or none.
    Write { lock: Option<String>, version: Version },
}

/// A version of a state, by what tells it from every other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Counted up by the writers.
    pub serial: i64,
    /// The identity of the state.
    pub lineage: String,
    /// The MD5 of the body, as the audit log has it, in hexadecimal.
    pub md5: String,
    /// The BLAKE3 digest of the body: the same digest is the same bytes.
    pub digest: String,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was done: 200.
    Accepted,
    /// A read found the body with this digest.
    Found { digest: String },
    /// A read found that nothing was written yet: 204.
    Nothing,
    /// It was not done: 4xx, with the identifier of the lock that the answer named.
    Refused { status: u16, holder: Option<String> },
    /// Nobody knows: the connection broke, or the server answered 5xx.
    Unknown { why: String },
}

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The chain that it stands in.
    #[serde(default)]
    pub chain: String,
    /// The place in the chain, from 1.
    pub sequence: i64,
    /// When, by the clock of a server: told, and not judged.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What: `state.write`.
    pub action: String,
    /// To what: `staging/network`.
    pub subject: String,
    /// The rest.
    pub details: serde_json::Value,
}

impl Request {
    /// Whether it may have been done.
    pub fn may_be_done(&self) -> bool {
        !matches!(self.outcome, Outcome::Refused { .. })
    }

    /// Whether it was done for certain.
    pub fn is_accepted(&self) -> bool {
        self.outcome == Outcome::Accepted
    }

    /// Whether it is a write that was done for certain.
    pub fn is_accepted_write(&self) -> bool {
        self.is_accepted() && matches!(self.call, Call::Write { .. })
    }

    /// The last moment at which it may have been done: what is unknown may still be on its way.
    pub fn latest(&self) -> Moment {
        match self.outcome {
            Outcome::Unknown { .. } => Moment::MAX,
            _ => self.ended,
        }
    }
}

/// Writes a history while it happens.
pub struct Recorder {
    start: Instant,
    path: PathBuf,
    lines: Mutex<(BufWriter<File>, Vec<Line>)>,
}

impl Recorder {
    /// Begins a history in a new file.
    pub fn create(path: &Path) -> Self {
        let file = BufWriter::new(File::create(path).unwrap());
        Self {
            start: Instant::now(),
            path: path.to_owned(),
            lines: Mutex::new((file, Vec::new())),
        }
    }

    /// The time.
    pub fn now(&self) -> Moment {
        u64::try_from(self.start.elapsed().as_micros()).unwrap()
    }

    /// Adds a line.
    pub fn add(&self, line: Line) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_writer(&mut lines.0, &line).unwrap();
        lines.0.write_all(b"\n").unwrap();
        lines.1.push(line);
    }

    /// How many writes were accepted so far.
    pub fn writes_accepted(&self) -> usize {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let accepted = |line: &&Line| matches!(line, Line::Request(request) if request.is_accepted_write());
        lines.1.iter().filter(accepted).count()
    }

    /// Adds what is done to the servers.
    pub fn fault(&self, what: impl Into<String>) {
        let (at, what) = (self.now(), what.into());
        self.add(Line::Fault { at, what });
    }

    /// The history, which ends here, and its file.
    pub fn finish(self) -> (Vec<Line>, PathBuf) {
        let (mut file, lines) = self.lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        file.flush().unwrap();
        (lines, self.path)
    }
}
