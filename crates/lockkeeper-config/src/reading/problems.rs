//! Collects mistakes, and turns places in the text into lines and columns.

use std::ops::Range;

use super::suggestion;
use crate::problem::{ConfigProblem, ConfigProblems};

/// How many mistakes are reported at most; more help nobody.
const MAX_PROBLEMS: usize = 100;

/// The mistakes found so far in a text.
#[derive(Debug)]
pub(crate) struct Problems<'t> {
    text: &'t str,
    found: Vec<ConfigProblem>,
}

impl<'t> Problems<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let found = Vec::new();
        Self { text, found }
    }

    /// A mistake in the text.
    pub(crate) fn add(&mut self, span: Range<usize>, message: String, hint: Option<String>) {
        if self.is_full() {
            return;
        }
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        self.found.push(ConfigProblem {
            line,
            column,
            span,
            message,
            hint,
        });
    }

    /// A mistake in an environment variable, which has no place in the text.
    pub(crate) fn add_in_variable(&mut self, message: String, hint: Option<String>) {
        self.found.push(ConfigProblem {
            line: 0,
            column: 0,
            span: 0..0,
            message,
            hint,
        });
    }

    /// A sentence that names the candidate nearest to what was written, if one is near enough. `None`
    /// too once there are enough mistakes: a hostile text must not cost a comparison for each.
    pub(crate) fn did_you_mean<'c>(
        &self,
        written: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<String> {
        let nearest = if self.is_full() {
            None
        } else {
            suggestion::nearest(written, candidates)
        };
        nearest.map(|candidate| format!("Did you mean `{candidate}`?"))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The mistakes in the order of the text, those of variables first.
    pub(crate) fn into_problems(mut self) -> ConfigProblems {
        self.found.sort_by_key(|problem| (problem.line, problem.column));
        ConfigProblems(self.found)
    }

    fn is_full(&self) -> bool {
        self.found.len() >= MAX_PROBLEMS
    }
}
