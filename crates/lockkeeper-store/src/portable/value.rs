use serde::{Deserialize, Serialize};

/// One row: a value for each column, in the order of [`Table::columns`](super::Table::columns).
pub type Row = Vec<Value>;

/// A value of a column. Identifiers are their sixteen bytes, truth values are 0 and 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number, a time in microseconds, or a truth value.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes, or an identifier.
    Bytes(#[serde(with = "serde_bytes")] Vec<u8>),
}

impl Value {
    /// About how many bytes the value takes.
    pub fn size(&self) -> usize {
        match self {
            Value::Null => 1,
            Value::Integer(_) => 8,
            Value::Text(text) => text.len(),
            Value::Bytes(bytes) => bytes.len(),
        }
    }
}
