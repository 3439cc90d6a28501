//! What policies look at: the plan, redacted.

use lockkeeper_plan::reader::{ReadError, redacted};
use serde_json::Value;

use crate::limits::INPUT_BYTES;

/// The document that policies know as `input`. What they answer is stored and shown, so a plan becomes
/// one only with everything sensitive taken out.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyInput(Value);

/// Why something cannot be given to policies. The gate stays shut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// It is no plan.
    #[error(transparent)]
    NotAPlan(#[from] ReadError),
    /// It is larger than policies are given.
    #[error("the plan has {bytes} bytes, and policies are given at most {INPUT_BYTES}")]
    TooLarge {
        /// How large it is.
        bytes: usize,
    },
}

impl InputError {
    /// A stable identifier of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPlan(error) => error.code(),
            Self::TooLarge { .. } => "too-large",
        }
    }
}

impl PolicyInput {
    /// The plan that `terraform show -json` wrote, as Conftest gives it to policies, redacted.
    ///
    /// # Errors
    /// When the bytes are no plan, or more than [`INPUT_BYTES`].
    pub fn of_plan(bytes: &[u8]) -> Result<Self, InputError> {
        if bytes.len() > INPUT_BYTES {
            return Err(InputError::TooLarge { bytes: bytes.len() });
        }
        Ok(Self(redacted(bytes)?))
    }

    /// A document that holds nothing sensitive: one that was redacted before, or of a test.
    pub fn of_redacted(document: Value) -> Self {
        Self(document)
    }

    /// The document.
    pub fn document(&self) -> &Value {
        &self.0
    }
}
