//! What policies look at: the plan, redacted.

use lockkeeper_plan::reader::{ReadError, redacted};
use serde_json::Value;

/// The document that policies know as `input`. What they answer is stored and shown, so a plan becomes
/// one only with everything sensitive taken out.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyInput {
    document: Value,
    bytes: usize,
}

impl PolicyInput {
    /// The plan that `terraform show -json` wrote, as Conftest gives it to policies, redacted.
    ///
    /// # Errors
    /// When the bytes are no plan.
    pub fn of_plan(bytes: &[u8]) -> Result<Self, ReadError> {
        let document = redacted(bytes)?;
        Ok(Self {
            document,
            bytes: bytes.len(),
        })
    }

    /// A document that holds nothing sensitive: one that was redacted before, or of a test.
    pub fn of_redacted(document: Value) -> Self {
        Self { document, bytes: 0 }
    }

    /// The document.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// How large the plan was, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}
