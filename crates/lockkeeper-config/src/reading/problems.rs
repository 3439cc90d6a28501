//! Collects mistakes, and turns places in the text into lines and columns.

use std::ops::Range;

use crate::problem::{ConfigProblem, ConfigProblems};

/// How many mistakes are reported at most; more help nobody.
const MAX_PROBLEMS: usize = 100;

/// Where something stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    line: usize,
    column: usize,
    span: Range<usize>,
}

impl Place {
    /// A mistake at the place.
    pub(crate) fn problem(&self, message: String, hint: Option<String>) -> ConfigProblem {
        ConfigProblem {
            line: self.line,
            column: self.column,
            span: self.span.clone(),
            message,
            hint,
        }
    }
}

/// The mistakes found so far in a text.
#[derive(Debug)]
pub(crate) struct Problems<'t> {
    text: &'t str,
    found: Vec<ConfigProblem>,
}

impl<'t> Problems<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    /// The line and column of a span.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Place { line, column, span }
    }

    /// A mistake in the text.
    pub(crate) fn add(&mut self, span: Range<usize>, message: String, hint: Option<String>) {
        let problem = self.place(span).problem(message, hint);
        self.report(problem);
    }

    /// A mistake whose place is known.
    pub(crate) fn report(&mut self, problem: ConfigProblem) {
        if self.found.len() < MAX_PROBLEMS {
            self.found.push(problem);
        }
    }

    /// A mistake in an environment variable, which has no place in the text.
    pub(crate) fn add_in_variable(&mut self, message: String, hint: Option<String>) {
        self.report(ConfigProblem {
            line: 0,
            column: 0,
            span: 0..0,
            message,
            hint,
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The mistakes in the order of the text, those of variables first.
    pub(crate) fn into_problems(mut self) -> ConfigProblems {
        self.found.sort_by_key(|problem| (problem.line, problem.column));
        ConfigProblems(self.found)
    }
}
