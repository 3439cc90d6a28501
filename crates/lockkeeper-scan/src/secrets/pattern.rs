//! A pattern that is made ready when it is first needed: most files need few of them, and making all
//! of them takes longer than looking through a small plan.

use std::sync::OnceLock;

use regex::bytes::{Captures, Regex, RegexBuilder};

/// A regular expression over bytes, without Unicode, in which `^` and `$` stand for lines too.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    made: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern that is made when it is first used. Whether it can be made is for [`Pattern::check`]
    /// to say; one that cannot matches nothing.
    pub(super) fn new(text: String) -> Self {
        Self {
            text,
            made: OnceLock::new(),
        }
    }

    /// Makes the pattern now.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn check(&self) -> Result<(), String> {
        let made = make(&self.text).map_err(|error| error.to_string())?;
        // Already there when somebody used the pattern before; both are the same.
        _ = self.made.set(Some(made));
        Ok(())
    }

    /// Whether the pattern has a group of the name.
    pub(super) fn has_group(&self, name: &str) -> bool {
        self.text.contains(&format!("(?P<{name}>"))
    }

    /// The first match at or behind an offset, with its groups.
    pub(super) fn captures_at<'t>(&self, text: &'t [u8], from: usize) -> Option<Captures<'t>> {
        let made = self.made.get_or_init(|| make(&self.text).ok());
        made.as_ref().and_then(|made| made.captures_at(text, from))
    }
}

fn make(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).unicode(false).multi_line(true).build()
}
