//! The record of a running child, by which it is found after a crash of the server.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use super::ProcessError;

/// The record, in the directory of the run.
pub(crate) const RECORD_FILE: &str = "process.json";

/// The raw output of the child, in the directory of the run.
pub(super) const OUTPUT_FILE: &str = "process.output";

/// Which process a child is. The number alone is not enough: numbers are used again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessRecord {
    /// The number of the process and of its group.
    pub(crate) pid: i32,
    /// When it was started, in clock ticks since the machine's start (proc(5), `starttime`).
    pub(crate) started: Option<u64>,
    /// Which start of the machine that was.
    pub(crate) boot: Option<String>,
    /// What it does: `terraform apply`.
    pub(crate) what: String,
}

impl ProcessRecord {
    /// The record of a child that runs now.
    pub(crate) fn of_running(pid: Pid, what: &str) -> Self {
        let pid = pid.as_raw();
        Self {
            pid,
            started: start_time(pid),
            boot: boot(),
            what: what.to_owned(),
        }
    }

    /// Whether the process that the record names still runs, and is not another of the same number.
    pub(crate) fn is_running(&self) -> bool {
        self.started.is_some() && self.boot == boot() && self.started == start_time(self.pid)
    }

    /// Writes the record as a whole or not at all.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), ProcessError> {
        let written = || -> std::io::Result<()> {
            let draft = directory.join("process.json.draft");
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&draft)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.sync_all()?;
            std::fs::rename(draft, directory.join(RECORD_FILE))
        };
        written().map_err(ProcessError::io(format!(
            "cannot write {RECORD_FILE} in {}",
            directory.display()
        )))
    }
}

/// Removes the record and the raw output, which holds secrets.
pub(super) fn remove(directory: &Path) {
    for file in [RECORD_FILE, OUTPUT_FILE] {
        if let Err(error) = std::fs::remove_file(directory.join(file)) {
            tracing::warn!(%error, file, "cannot remove a file of a run that has ended");
        }
    }
}

fn boot() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

/// The start time of a process that runs; nothing for one that is gone or a zombie.
fn start_time(pid: i32) -> Option<u64> {
    // `pid (name) state …`: the name may hold anything, also parentheses (proc(5)).
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let start = fields.nth(18)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_runs_and_others_do_not() {
        let record = ProcessRecord::of_running(Pid::this(), "tests");
        assert!(record.is_running());
        let reused = ProcessRecord {
            started: record.started.map(|ticks| ticks + 1),
            ..record.clone()
        };
        assert!(!reused.is_running(), "another process of the same number");
        let rebooted = ProcessRecord {
            boot: Some("another".to_owned()),
            ..record
        };
        assert!(
            !rebooted.is_running(),
            "the same number after a new start of the machine"
        );
    }
}
