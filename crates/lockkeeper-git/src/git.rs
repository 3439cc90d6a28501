//! Starts `git`, in an environment of Lockkeeper's own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use lockkeeper_engine::environment;
use lockkeeper_engine::mask::Mask;
use lockkeeper_engine::process::{Command, End, never_cancelled};

use crate::address::Address;
use crate::error::GitError;

/// The configuration of every git that is started, instead of the user's and the system's. It is a
/// file because git drops configuration given by environment when it starts its own other side for a
/// repository on the same machine; without `safe.directory` there, repositories of other users could
/// not be read.
pub(crate) const CONFIGURATION: &str = "\
[safe]
\tdirectory = *
[core]
\thooksPath = /dev/null
\tattributesFile = /dev/null
\texcludesFile = /dev/null
\tfsmonitor = false
\tautocrlf = false
[credential]
\thelper =
[fetch]
\trecurseSubmodules = false
[submodule]
\trecurse = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
[init]
\tdefaultBranch = main
\ttemplateDir =
";

/// The name of the configuration in the mirror.
pub(crate) const CONFIGURATION_FILE: &str = "lockkeeper.gitconfig";

/// The transports that git may use; not `ext`, which runs a program.
const TRANSPORTS: &str = "file:http:https:ssh";

/// What git printed, and its exit code.
pub(crate) struct Answer {
    pub(crate) exit_code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) message: String,
    step: String,
}

/// One call of git, on a mirror.
pub(crate) struct Git {
    command: Command,
    output_limit: usize,
    step: String,
}

impl Git {
    /// Git with the arguments, on the bare repository in the directory.
    pub(crate) fn new<A: Into<OsString>>(
        mirror: &Path,
        address: &Address,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut command = Command::new("git", mirror).arguments(arguments);
        command.mask = Mask::new(&address.secrets());
        command.environment = own_environment(mirror, address);
        command.interrupt_grace = Duration::from_secs(5);
        let step = command
            .arguments
            .first()
            .map(|step| step.to_string_lossy().into_owned())
            .unwrap_or_default();
        Self {
            command,
            output_limit: 64 * 1024 * 1024,
            step,
        }
    }

    /// Gives git another time than a minute.
    pub(crate) fn time_limit(mut self, limit: Duration) -> Self {
        self.command.time_limit = limit;
        self
    }

    /// Sets a variable of git's environment.
    pub(crate) fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Takes at most so many bytes as an answer.
    pub(crate) fn output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Answers whatever the exit code is.
    pub(crate) async fn ask(self) -> Result<Answer, GitError> {
        let captured = self.command.capture(self.output_limit, never_cancelled()).await?;
        let End::Exited(exit_code) = captured.end else {
            let limit_seconds = self.command.time_limit.as_secs();
            return Err(GitError::TimedOut {
                step: self.step,
                limit_seconds,
            });
        };
        Ok(Answer {
            exit_code,
            stdout: captured.stdout,
            message: captured.message,
            step: self.step,
        })
    }

    /// Answers the output, or an error for any exit code but 0.
    pub(crate) async fn output(self) -> Result<Vec<u8>, GitError> {
        let answer = self.ask().await?;
        if answer.exit_code == 0 {
            Ok(answer.stdout)
        } else {
            Err(answer.failed())
        }
    }
}

impl Answer {
    /// The error that an unexpected exit code is.
    pub(crate) fn failed(self) -> GitError {
        let why = self.reason();
        GitError::Failed {
            step: self.step,
            exit_code: self.exit_code,
            why,
        }
    }

    /// The lines in which git says what is wrong, without their prefixes.
    pub(crate) fn reason(&self) -> String {
        let told: Vec<&str> = ["fatal: ", "error: ", "ERROR: ", "remote: "]
            .iter()
            .flat_map(|prefix| self.lines_after(prefix))
            .collect();
        if told.is_empty() {
            self.message.trim().to_owned()
        } else {
            told.join("; ")
        }
    }

    fn lines_after<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.message
            .lines()
            .filter_map(move |line| line.strip_prefix(prefix))
            .map(str::trim)
    }
}

fn own_environment(mirror: &Path, address: &Address) -> BTreeMap<String, OsString> {
    let network = environment::NETWORK.into_iter().chain(["SSH_AUTH_SOCK"]);
    let mut variables: BTreeMap<String, OsString> = environment::taken_over(network)
        .into_iter()
        .map(|(name, value)| (name, value.into()))
        .collect();
    let fixed: [(&str, OsString); 17] = [
        ("PATH", environment::search_path().into()),
        ("HOME", mirror.into()),
        ("LC_ALL", "C.UTF-8".into()),
        ("GIT_DIR", mirror.into()),
        ("GIT_CONFIG_NOSYSTEM", "1".into()),
        ("GIT_CONFIG_GLOBAL", mirror.join(CONFIGURATION_FILE).into()),
        ("GIT_TERMINAL_PROMPT", "0".into()),
        ("GIT_ASKPASS", "/bin/false".into()),
        (
            "GIT_SSH_COMMAND",
            "ssh -o BatchMode=yes -o ConnectTimeout=20".into(),
        ),
        ("GIT_ALLOW_PROTOCOL", TRANSPORTS.into()),
        ("GIT_LITERAL_PATHSPECS", "1".into()),
        ("GIT_NO_REPLACE_OBJECTS", "1".into()),
        ("GIT_NO_LAZY_FETCH", "1".into()),
        // By environment, because a command line can be read by every user of the machine.
        ("GIT_CONFIG_COUNT", "1".into()),
        ("GIT_CONFIG_KEY_0", "remote.origin.url".into()),
        ("GIT_CONFIG_VALUE_0", address.full().expose().into()),
        ("GIT_ATTR_NOSYSTEM", "1".into()),
    ];
    variables.extend(fixed.map(|(name, value)| (name.to_owned(), value)));
    variables
}
