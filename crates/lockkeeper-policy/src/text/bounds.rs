//! Refuses what would break the interpreter's parser: it recurses without a limit, and reads what is
//! nested twice at every level.

use super::token::{Kind, Token, Tokens};
use crate::limits::{CHAIN, NESTING};

/// How much work a text is to parse; or the line and the reason why it is refused.
pub(crate) fn check(text: &str) -> Result<u64, (u32, String)> {
    refuse_control_characters(text)?;
    let mut measure = Measure::default();
    for token in Tokens::of(text) {
        measure.add(&token)?;
    }
    Ok(measure.work)
}

/// The parser takes a NUL for the end of the file, and would not see the rules after it.
fn refuse_control_characters(text: &str) -> Result<(), (u32, String)> {
    let is_wrong = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    let lines = text.split('\n').zip(1..);
    match lines.into_iter().find(|(line, _)| line.contains(is_wrong)) {
        None => Ok(()),
        Some((_, number)) => Err((number, "a control character stands here: remove it".to_owned())),
    }
}

/// What is counted while the tokens go by.
#[derive(Default)]
struct Measure {
    /// For each open bracket, and for the top, how many operators stand in the expression so far.
    chains: Vec<usize>,
    top: usize,
    /// How many of the open brackets make the parser read twice.
    doubling: u32,
    opened: Vec<bool>,
    work: u64,
    /// Whether an operator stood before, so that the expression goes on.
    goes_on: bool,
    line_ended: bool,
}

impl Measure {
    fn add(&mut self, token: &Token<'_>) -> Result<(), (u32, String)> {
        self.work = self.work.saturating_add(1_u64 << self.doubling.min(40));
        if token.kind == Kind::LineEnd {
            self.line_ended = true;
            return Ok(());
        }
        let operator = is_operator(token);
        if self.line_ended && !self.goes_on && !operator {
            *self.chain() = 0;
        }
        self.line_ended = false;
        self.goes_on = operator;
        match token.kind {
            Kind::Open => return self.open(token),
            Kind::Close => self.close(),
            Kind::Sign if matches!(token.text, "," | ";") => *self.chain() = 0,
            _ if operator => return self.count(token),
            _ => {}
        }
        Ok(())
    }

    fn chain(&mut self) -> &mut usize {
        self.chains.last_mut().unwrap_or(&mut self.top)
    }

    fn count(&mut self, token: &Token<'_>) -> Result<(), (u32, String)> {
        *self.chain() += 1;
        if *self.chain() > CHAIN {
            let message = format!("the expression has more than {CHAIN} operators: split it into rules");
            return Err((token.line, message));
        }
        Ok(())
    }

    fn open(&mut self, token: &Token<'_>) -> Result<(), (u32, String)> {
        self.count(token)?;
        if self.opened.len() >= NESTING {
            let message = format!("brackets are nested more than {NESTING} deep: split this into rules");
            return Err((token.line, message));
        }
        let doubles = token.text != "(";
        self.opened.push(doubles);
        self.chains.push(0);
        self.doubling += u32::from(doubles);
        self.goes_on = true;
        Ok(())
    }

    fn close(&mut self) {
        let doubled = self.opened.pop().unwrap_or(false);
        self.chains.pop();
        self.doubling = self.doubling.saturating_sub(u32::from(doubled));
    }
}

fn is_operator(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Sign => !matches!(token.text, "," | ";"),
        Kind::Word => matches!(token.text, "in" | "not" | "or"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<u32> {
        check(text).err().map(|(line, _)| line)
    }

    #[test]
    fn what_recurses_is_refused() {
        for chained in ["- ", "1 + ", "1 in ", "a.", "set(", "[", "not ", "a\n+", "-\n"] {
            assert!(
                refused(&format!("package a\nx := {}1", chained.repeat(1_000))).is_some(),
                "{chained}"
            );
        }
        assert!(refused(&format!("package a\nx := a{}", "[0\n]".repeat(1_000))).is_some());
        assert!(refused(&format!("package a\nx := a{}", "[{1,\n2}]".repeat(1_000))).is_some());
        assert_eq!(refused("package a\n\nb := \"\0\""), Some(3));
    }

    #[test]
    fn long_files_of_short_rules_are_not() {
        let rule = "deny contains msg if {\n\tsome r in input.resource_changes\n\tr.change.after.x[0] == -1\n\
                    \tmsg := sprintf(\"%v\", [r.address])\n}\n";
        assert!(check(&format!("package main\n{}", rule.repeat(2_000))).is_ok());
        assert!(check(&format!("package main\nx := [{}]", "1 + 2,\n".repeat(10_000))).is_ok());
    }

    #[test]
    fn deep_nesting_is_work() {
        let nested =
            |depth: usize| check(&format!("x := {}1{}", "[".repeat(depth), "]".repeat(depth))).unwrap();
        assert!(nested(4) < 100);
        assert!(nested(24) > crate::limits::PARSING);
    }
}
