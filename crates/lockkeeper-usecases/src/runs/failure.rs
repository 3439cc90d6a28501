//! Why a run did not do what it was to do, and what to do next.

use lockkeeper_domain::run::RunStatus;
use lockkeeper_engine::contract::EngineError;

use crate::UseCaseError;

/// The end of a run that did not go well.
#[derive(Debug, Clone)]
pub(super) struct RunFailure {
    pub(super) status: RunStatus,
    pub(super) exit_code: Option<i64>,
    pub(super) message: String,
    pub(super) next_step: String,
    /// Whether the run's folder holds something that people need, such as a state that could not be stored.
    pub(super) keep_folder: bool,
}

impl RunFailure {
    pub(super) fn new(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            status: RunStatus::Failed,
            exit_code: None,
            message: message.into(),
            next_step: next_step.into(),
            keep_folder: false,
        }
    }

    /// The failure of an engine while it made a plan, or carried one out.
    pub(super) fn of_engine(error: EngineError, key: &str, applying: bool) -> Self {
        let again = if applying {
            format!(
                "look at the log; mend the cause, then plan anew with `lockkeeper change plan {key}`, or undo it with `lockkeeper change rollback {key}`"
            )
        } else {
            format!(
                "look at the log; mend the cause, then `lockkeeper change plan {key}`, or propose a new commit"
            )
        };
        let mut failure = Self::new(error.to_string(), again);
        match error {
            EngineError::Cancelled { .. } => failure.status = RunStatus::Cancelled,
            EngineError::StateLocked(_) => {
                failure.next_step = format!(
                    "wait until the lock is released, then `lockkeeper change plan {key}`; if its holder is gone, break it with `lockkeeper state unlock`"
                );
            }
            EngineError::Tool(_) => {
                "install the tool on the server, or name another one in its configuration"
                    .clone_into(&mut failure.next_step);
            }
            EngineError::Failed {
                exit_code,
                stranded_state,
                ..
            } => {
                failure.exit_code = Some(i64::from(exit_code));
                // What to do about it is said by whoever tries to store it. A plan has nothing to store.
                failure.keep_folder = applying && stranded_state.is_some();
            }
            _ => {}
        }
        failure
    }
}

impl From<UseCaseError> for RunFailure {
    fn from(error: UseCaseError) -> Self {
        let next = error
            .hint
            .clone()
            .unwrap_or_else(|| "try again; the server's log says more".to_owned());
        Self::new(error.detail, next)
    }
}

impl From<lockkeeper_store::StoreError> for RunFailure {
    fn from(error: lockkeeper_store::StoreError) -> Self {
        UseCaseError::from(error).into()
    }
}

impl From<lockkeeper_git::GitError> for RunFailure {
    fn from(error: lockkeeper_git::GitError) -> Self {
        UseCaseError::from(error).into()
    }
}
