//! Mistakes in a text, each with the lines around it.

use std::fmt;

use lockkeeper_config::ConfigProblem;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use crate::output::escape;

/// One mistake, as miette shows it.
#[derive(Debug)]
struct Mistake<'a> {
    problem: &'a ConfigProblem,
    source: NamedSource<String>,
}

impl fmt::Display for Mistake<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escape::line(&self.problem.message))
    }
}

impl std::error::Error for Mistake<'_> {}

impl Diagnostic for Mistake<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let hint = self.problem.hint.as_deref()?;
        Some(Box::new(escape::line(hint)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        (self.problem.line > 0).then_some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.problem.span.clone();
        (self.problem.line > 0).then(|| -> Box<dyn Iterator<Item = LabeledSpan>> {
            Box::new(std::iter::once(LabeledSpan::new(
                Some("here".to_owned()),
                span.start,
                span.len(),
            )))
        })
    }
}

/// The mistakes, one after the other: sentence, `file:line:column`, the lines, and what to do.
pub(super) fn render(file: &str, text: &str, problems: &[ConfigProblem], width: usize) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
        .with_width(width)
        .with_context_lines(1)
        .with_links(false);
    let harmless = harmless(text);
    let mut written = String::new();
    for problem in problems {
        let place = format!("{}:{}:{}", escape::line(file), problem.line, problem.column);
        let source = NamedSource::new(escape::line(file), harmless.clone());
        if handler
            .render_report(&mut written, &Mistake { problem, source })
            .is_err()
        {
            // The span does not fit the text: then without the lines.
            written.push_str(&format!("{place}: {}\n", escape::line(&problem.message)));
        }
        written.push('\n');
    }
    written
}

/// The text without characters that steer the terminal, every other byte in its place, so that spans
/// still fit.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|character| match (character, character.len_utf8()) {
            ('\n' | '\t', _) => character.to_string(),
            _ if escape::line(character.encode_utf8(&mut [0; 4])).len() == character.len_utf8() => {
                character.to_string()
            }
            (_, 3) => '\u{fffd}'.to_string(),
            (_, bytes) => "?".repeat(bytes),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use lockkeeper_config::ProjectConfig;

    use super::*;

    #[test]
    fn bytes_stay_in_their_place() {
        let text = "a\u{1b}b\u{9b}c\u{202e}d\té\r\n";
        assert_eq!(harmless(text), "a?b??c\u{fffd}d\té?\n");
        assert_eq!(harmless(text).len(), text.len());
    }

    #[test]
    fn a_mistake_is_shown_in_its_line() {
        let text = "[stacks.network]\nfolder = 7\n";
        let problems = ProjectConfig::parse(text).unwrap_err().0;
        let styled = render(".lockkeeper/project.toml", text, &problems[..1], 80);
        let plain = anstream::adapter::strip_str(&styled).to_string();
        assert!(plain.contains(".lockkeeper/project.toml:2:"), "{plain}");
        assert!(plain.contains("folder = 7"), "{plain}");
    }
}
