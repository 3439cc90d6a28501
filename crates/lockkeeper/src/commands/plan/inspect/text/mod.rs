//! The cost and the findings as text, below the plan.

mod alike;
mod cost;
mod findings;

use std::fmt::Write;

use anstyle::Style;

use super::report::Report;
use crate::output::style;
use crate::output::text::{pad, width, wrap};

/// How much of each list is shown, which option shows the rest, and how it looks.
#[derive(Clone, Copy)]
struct Look {
    shown: usize,
    /// Whether every object stands by itself.
    full: bool,
    hint: &'static str,
    width: usize,
    styled: bool,
}

impl Look {
    /// Entries of each list that are shown without `--full`.
    const SHOWN: usize = 20;
    /// The columns of a comment on a forge.
    const COMMENT: usize = 110;

    fn in_terminal(full: bool, width: usize) -> Self {
        Self {
            shown: if full { usize::MAX } else { Self::SHOWN },
            full,
            hint: "--full or --json shows them",
            width,
            styled: true,
        }
    }

    /// A comment has room for the plan first: `--full` is about that.
    fn in_markdown() -> Self {
        Self {
            shown: Self::SHOWN / 2,
            full: false,
            hint: "lockkeeper plan inspect --json lists them",
            width: Self::COMMENT,
            styled: false,
        }
    }

    /// The line about what is left out.
    fn rest(self, text: &mut String, all: usize) -> std::fmt::Result {
        match all.checked_sub(self.shown) {
            None | Some(0) => Ok(()),
            Some(rest) => writeln!(text, "    ... and {rest} more; {}", self.hint),
        }
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.styled {
            style::paint(style, text)
        } else {
            text.to_owned()
        }
    }

    /// A text in a style behind a mark, in lines that begin at a column.
    fn marked(
        self,
        text: &mut String,
        column: usize,
        style: Style,
        (mark, said): (&str, &str),
    ) -> std::fmt::Result {
        let margin = " ".repeat(column);
        // A column far to the right leaves no room: then lines are longer than the terminal.
        let room = self.width.saturating_sub(column + width(mark)).max(24);
        for (at, line) in wrap(said, room).into_iter().enumerate() {
            let mark = if at == 0 {
                mark.to_owned()
            } else {
                pad("", width(mark))
            };
            writeln!(text, "{margin}{}", self.paint(style, &format!("{mark}{line}")))?;
        }
        Ok(())
    }

    /// The same without a mark.
    fn below(self, text: &mut String, column: usize, style: Style, said: &str) -> std::fmt::Result {
        self.marked(text, column, style, ("", said))
    }

    /// Titles, and what is said of each: beside them where there is room for all, and below them otherwise.
    fn entries(self, text: &mut String, indent: usize, entries: &[(&str, String)]) -> std::fmt::Result {
        let widths = entries.iter().map(|(title, said)| (width(title), width(said)));
        let (column, said) = widths.fold((0, 0), |most, one| (most.0.max(one.0), most.1.max(one.1)));
        let margin = " ".repeat(indent);
        for (title, said_of_it) in entries {
            if indent + column + 2 + said <= self.width {
                let said = self.paint(style::DIM, said_of_it);
                writeln!(text, "{margin}{}  {said}", pad(title, column))?;
            } else {
                writeln!(text, "{margin}{title}")?;
                self.below(text, indent + 2, style::DIM, said_of_it)?;
            }
        }
        Ok(())
    }
}

/// For a terminal.
pub(super) fn terminal(report: &Report, full: bool, width: usize) -> String {
    let mut text = String::new();
    let look = Look::in_terminal(full, width);
    cost::write(&mut text, &report.cost, look)
        .and_then(|()| findings::write(&mut text, &report.findings, look))
        .ok();
    text
}

/// For a comment on a pull request: folded, because the plan comes first.
pub(super) fn markdown(report: &Report) -> String {
    let mut text = String::new();
    let folded = |text: &mut String, title: &str, lines: &str| {
        // The heading stands in the summary.
        let (_, lines) = lines.trim_start().split_once('\n').unwrap_or_default();
        write!(
            text,
            "\n<details><summary>{title}</summary>\n\n```text\n{}```\n\n</details>\n",
            lines.replace("```", "'''")
        )
    };
    let look = Look::in_markdown();
    let mut lines = String::new();
    cost::write(&mut lines, &report.cost, look).ok();
    if !lines.is_empty() {
        folded(&mut text, &cost::heading(&report.cost), &lines).ok();
    }
    let mut lines = String::new();
    findings::write(&mut lines, &report.findings, look).ok();
    if !lines.is_empty() {
        folded(&mut text, &findings::heading(&report.findings), &lines).ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted() {
        let rest = |look: Look, all: usize| {
            let mut text = String::new();
            look.rest(&mut text, all).unwrap();
            text
        };
        assert_eq!(rest(Look::in_terminal(false, 80), 20), "");
        assert_eq!(
            rest(Look::in_terminal(false, 80), 5_000),
            "    ... and 4980 more; --full or --json shows them\n"
        );
        assert_eq!(rest(Look::in_terminal(true, 80), 5_000), "");
        assert!(rest(Look::in_markdown(), 11).contains("1 more; lockkeeper plan inspect --json"));
    }

    #[test]
    fn what_has_no_room_beside_its_title_stands_below() {
        let shown = |said: &str| {
            let look = Look {
                styled: false,
                ..Look::in_terminal(false, 40)
            };
            let mut text = String::new();
            let entries = [("a.b", said.to_owned()), ("a.longer", "so".to_owned())];
            look.entries(&mut text, 2, &entries).unwrap();
            text
        };
        assert_eq!(shown("is so"), "  a.b       is so\n  a.longer  so\n");
        assert_eq!(
            shown("is so for a reason that fills lines"),
            "  a.b\n    is so for a reason that fills lines\n  a.longer\n    so\n"
        );
    }
}
