//! Large constants: a plan that a test writes into its policy is JSON, and JSON is read by a reader that
//! does not slow down with its nesting. The text becomes `` json.unmarshal(`...`) ``, line for line.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::token::{Kind, Tokens};

/// Constants that are nested less deep are left as they are, and the reader of JSON refuses deeper ones.
const DEEP: std::ops::RangeInclusive<usize> = 5..=100;

/// Puts deep JSON constants into raw texts. Every line stays where it is.
pub(crate) fn unfold(text: &str) -> Cow<'_, str> {
    let mut unfolded = String::new();
    let mut copied = 0;
    let mut tokens = Tokens::of(text);
    let mut before = "";
    let mut in_default = false;
    let mut line_start = true;
    while let Some(token) = tokens.next() {
        if line_start {
            // A default must be a constant, and a call is none.
            in_default = token.text == "default";
        }
        line_start = token.kind == Kind::LineEnd;
        let may_be = token.kind == Kind::Open && matches!(before, ":=" | "=" | "==" | "as") && !in_default;
        if let Some(end) = may_be.then(|| constant_end(text, token.at.start)).flatten() {
            unfolded.push_str(text.get(copied..token.at.start).unwrap_or_default());
            unfolded.push_str("json.unmarshal(`");
            unfolded.push_str(text.get(token.at.start..end).unwrap_or_default());
            unfolded.push_str("`)");
            copied = end;
            tokens.skip_to(end);
            before = "";
        } else if token.kind != Kind::LineEnd {
            before = token.text;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    unfolded.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(unfolded)
}

/// Where the JSON that begins here ends, when it is deep, and nothing is done with it.
fn constant_end(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let end = values.byte_offset();
    let constant = rest.get(..end)?;
    let after = rest
        .get(end..)?
        .trim_start_matches([' ', '\t', '\r'])
        .chars()
        .next();
    let stands_alone =
        after.is_none_or(|after| matches!(after, '\n' | '}' | ')' | ']' | ',' | ';' | '#' | 'w'));
    (stands_alone && !constant.contains('`') && DEEP.contains(&depth(constant))).then_some(start + end)
}

fn depth(json: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for token in Tokens::of(json) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEEP_JSON: &str = "{\"a\": [{\"b\": [\n{\"c\": 1}]}]}";

    #[test]
    fn deep_json_is_put_into_a_text() {
        let text = format!("package a\nx := {DEEP_JSON}\ny if input == 1 with input as {DEEP_JSON}\n");
        let expected = format!(
            "package a\nx := json.unmarshal(`{DEEP_JSON}`)\ny if input == 1 with input as json.unmarshal(`{DEEP_JSON}`)\n"
        );
        assert_eq!(unfold(&text), expected);
        assert_eq!(unfold(&text).lines().count(), text.lines().count());
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            format!("default x := {DEEP_JSON}"),
            format!("x := {DEEP_JSON}[0]"),
            format!("f({DEEP_JSON}) := 1"),
            "x := {\"a\": 1}".to_owned(),
            "x := {\"a\": [{\"b\": [{\"c\": y}]}]}".to_owned(),
            "x := {\"a\": [{\"b\": [{\"c\": \"`\"}]}]}".to_owned(),
            format!("# x := {DEEP_JSON}").replace('\n', ""),
        ] {
            assert_eq!(unfold(&text), text);
        }
    }
}
