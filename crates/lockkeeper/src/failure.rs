//! Why a command did not do what it was asked for.

use lockkeeper_api::client::{ClientError, InvalidAddress};
use lockkeeper_api::types::problem::Problem;

use crate::exit::Exit;

/// What happened and why, what to do next, and how the command ends.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    problem: Box<Problem>,
    silent: bool,
}

impl Failure {
    /// A failure of this program. `kind` is a stable identifier such as `not-a-plan`, `title` says what
    /// kind of failure it is, `detail` is for people.
    pub(crate) fn new(exit: Exit, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        let status = match exit {
            Exit::Usage => 422,
            Exit::NotFound => 404,
            Exit::Refused => 409,
            Exit::Unreachable => 503,
            _ => 500,
        };
        let problem = Problem {
            kind: format!("urn:lockkeeper:problem:{kind}"),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            hint: None,
            gates: Vec::new(),
        };
        Self {
            exit,
            problem: Box::new(problem),
            silent: false,
        }
    }

    /// What was given on the command line, or in the environment, cannot be used.
    pub(crate) fn usage(detail: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", "The command line is wrong", detail)
    }

    /// A file cannot be read or written.
    pub(crate) fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let detail = format!("cannot {doing} {}: {error}", path.display());
        Self::new(Exit::Failure, "file", "A file cannot be used", detail)
    }

    /// Whoever reads the output has gone away (`| head`): there is nobody left to tell.
    pub(crate) fn nobody_reads() -> Self {
        Self {
            silent: true,
            ..Self::new(
                Exit::Success,
                "closed",
                "The output is closed",
                "the output is closed",
            )
        }
    }

    /// Adds what to do next.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.problem.hint = Some(hint.into());
        self
    }

    /// How the command ends.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// The failure as the document that `--json` prints.
    pub(crate) fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Whether there is nobody to tell.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let exit = Exit::from(&error);
        let hint = error.hint();
        let mut failure = match error {
            ClientError::Problem(problem) => Self {
                exit,
                problem,
                silent: false,
            },
            ClientError::Unreachable { .. } => Self::new(
                exit,
                "unreachable",
                "The server cannot be reached",
                error.to_string(),
            ),
            ClientError::Address(_) | ClientError::NotASegment { .. } => Self::usage(error.to_string()),
            _ => Self::new(
                exit,
                "no-answer",
                "The server gave no answer that can be used",
                error.to_string(),
            ),
        };
        // What a program that speaks HTTP is told to do helps nobody at a terminal.
        if failure.problem.kind == Problem::NO_TOKEN {
            failure.problem.hint = Some(LOG_IN.to_owned());
        }
        if failure.problem.hint.is_none() {
            failure.problem.hint = hint.or_else(|| hint_for(exit));
        }
        failure
    }
}

const LOG_IN: &str = "log in: `lockkeeper login --address ADDRESS --token-file FILE`, or name the file of a token in LOCKKEEPER_TOKEN_FILE";

fn hint_for(exit: Exit) -> Option<String> {
    let text = "`lockkeeper whoami` says who you are and what you may do; log in with `lockkeeper login`";
    (exit == Exit::NotAllowed).then(|| text.to_owned())
}

impl From<InvalidAddress> for Failure {
    fn from(error: InvalidAddress) -> Self {
        Self::from(ClientError::from(error))
    }
}

impl From<std::io::Error> for Failure {
    /// An error of writing to the terminal or a pipe; files are reported with their path.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::nobody_reads();
        }
        Self::new(
            Exit::Failure,
            "output",
            "The output cannot be written",
            format!("cannot write the output: {error}"),
        )
    }
}
