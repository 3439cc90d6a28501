//! Reads TOML by hand, so that every mistake is found at once and knows its place.

mod problems;
mod section;
mod suggestion;
mod value;

pub(crate) use problems::Problems;
pub(crate) use section::{Entry, Section, Variables};
pub(crate) use value::Value;

use toml::Spanned;
use toml::de::DeTable;

use crate::MAX_CONFIG_BYTES;
use crate::problem::ConfigProblems;

/// Parses the text, lets `read` walk it, and answers what it read unless there was any mistake.
///
/// # Errors
/// Every mistake found, in the order of the text. Where the syntax is broken, only that is reported:
/// the rest would be guesses.
pub(crate) fn parse<T>(
    text: &str,
    variables: Option<&Variables>,
    read: impl FnOnce(&mut Section<'_>, &mut Problems<'_>) -> Option<T>,
) -> Result<T, ConfigProblems> {
    let mut problems = Problems::new(text);
    if text.len() > MAX_CONFIG_BYTES {
        problems.add(
            0..0,
            format!(
                "The configuration has {} bytes, and at most {MAX_CONFIG_BYTES} are read.",
                text.len()
            ),
            None,
        );
        return Err(problems.into_problems());
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        problems.add(
            error.span().unwrap_or(0..0),
            format!("This is not TOML: {}.", error.message()),
            None,
        );
    }
    if !problems.is_empty() {
        return Err(problems.into_problems());
    }
    let read = read_document(&document, variables, &mut problems, read);
    match read {
        Some(read) if problems.is_empty() => Ok(read),
        _ => Err(problems.into_problems()),
    }
}

fn read_document<T>(
    document: &Spanned<DeTable<'_>>,
    variables: Option<&Variables>,
    problems: &mut Problems<'_>,
    read: impl FnOnce(&mut Section<'_>, &mut Problems<'_>) -> Option<T>,
) -> Option<T> {
    let mut root = Section::root(document.get_ref(), variables);
    let read = read(&mut root, problems);
    root.finish(problems);
    read
}
