//! What can be wrong with a price book.

use crate::rates::ConversionError;

/// A price book cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// The text is not TOML, or not of the format.
    #[error("the price book {file} cannot be read: {why}. The format is in docs/cost.md")]
    Unreadable {
        /// The file.
        file: String,
        /// What the reader says, with the line.
        why: String,
    },
    /// Something in the book makes no sense.
    #[error("the price book {file} is wrong at `{place}`: {why}")]
    Wrong {
        /// The file.
        file: String,
        /// The section or key.
        place: String,
        /// What is wrong, and what to write instead.
        why: String,
    },
    /// The book is in another currency than the prices below it.
    #[error(transparent)]
    Conversion(#[from] ConversionError),
}

impl BookError {
    pub(crate) fn wrong(file: &str, place: &str, why: impl Into<String>) -> Self {
        Self::Wrong {
            file: file.to_owned(),
            place: place.to_owned(),
            why: why.into(),
        }
    }
}
