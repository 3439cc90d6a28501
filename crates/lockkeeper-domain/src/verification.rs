//! How a stack says that it works: looked at after every apply (issue: verification).

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is looked at after an apply, in order; all must hold before the deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// The probes, each tried until it holds or the deadline passes.
    pub probes: Vec<Probe>,
    /// The time from the end of the apply within which every probe must hold.
    pub deadline: Duration,
    /// The pause between two tries of one probe.
    pub interval: Duration,
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Probe {
    /// A GET is answered with one of the statuses, and with the text if one is given.
    Http {
        /// The address; `{environment}` stands for the environment's name.
        url: String,
        /// The status expected.
        status: u16,
        /// A text that the body must hold.
        contains: Option<String>,
    },
    /// A TCP connection is accepted.
    Tcp {
        /// Host and port.
        address: String,
    },
    /// A program, started without a shell in the stack's folder, ends with exit code 0.
    Command {
        /// The program and its arguments.
        command: Vec<String>,
    },
    /// An output of the stack has the value.
    Output {
        /// The name of the output.
        output: String,
        /// The value expected, compared as JSON.
        equals: serde_json::Value,
    },
}

/// What a probe found at its last try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeResult {
    /// The probe in words: `GET http://… answers 200`.
    pub probe: String,
    /// Whether it held.
    pub passed: bool,
    /// How often it was tried.
    pub tries: u32,
    /// What was found when it did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}
