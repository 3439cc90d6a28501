//! What the tool says when something is wrong.

use std::fmt;

use serde::Deserialize;

/// The longest message that is made of diagnostics, in characters.
const LONGEST_MESSAGE: usize = 1_000;

/// One error of the tool.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Diagnostic {
    /// What is wrong, in a few words.
    pub(crate) summary: String,
    /// Where: `main.tf line 3`.
    pub(crate) place: Option<String>,
    /// The first paragraph of the explanation.
    pub(crate) detail: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.summary)?;
        if self.detail.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", self.detail)
        }
    }
}

/// The errors in the last lines of the tool's output for people, each once.
pub(crate) fn in_lines(lines: &[String]) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut current: Option<Vec<&str>> = None;
    for line in lines.iter().map(|line| without_frame(line)).chain(["Error: "]) {
        if line.starts_with("Error: ") || line.starts_with("Warning: ") {
            let complete = current.take().map(|block| diagnostic(&block));
            found.extend(complete.filter(|complete| !found.contains(complete)));
        }
        if line.starts_with("Error: ") {
            current = Some(vec![line]);
        } else if let Some(block) = &mut current {
            block.push(line);
        }
    }
    found
}

/// With colours, errors stand in a frame.
fn without_frame(line: &str) -> &str {
    let inner = line.strip_prefix("│ ").unwrap_or(line);
    inner.trim_start_matches(['│', '╷', '╵']).trim_end()
}

/// `Error: summary`, the place if there is one, the source, and paragraphs of explanation.
fn diagnostic(block: &[&str]) -> Diagnostic {
    let summary = block
        .first()
        .and_then(|line| line.strip_prefix("Error: "))
        .unwrap_or_default()
        .to_owned();
    let place = block.iter().find_map(|line| {
        let (file, rest) = line.trim_start().strip_prefix("on ")?.split_once(" line ")?;
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some(format!("{file} line {number}"))
    });
    // The explanation is not indented; the place, the source and the values are.
    let detail: Vec<&str> = block
        .iter()
        .skip(1)
        .skip_while(|line| line.is_empty() || line.starts_with(' '))
        .take_while(|line| !line.is_empty())
        .copied()
        .collect();
    Diagnostic {
        summary,
        place,
        detail: detail.join(" "),
    }
}

/// The errors as one message.
pub(crate) fn message(diagnostics: &[Diagnostic]) -> String {
    let texts: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
    shorten(&texts.join("; "))
}

/// The text, cut if it is very long.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Who holds the lock, if the lines say that the state is locked. The `http` backend of Terraform
/// prints its own request under `Lock Info` (only the number in the error message is the holder's), so
/// the rest is believed only when the numbers agree.
pub(crate) fn lock_holder(lines: &[String]) -> Option<String> {
    let start = lines
        .iter()
        .position(|line| line.contains("Error acquiring the state lock"))?;
    let block = lines.get(start..)?;
    let holder = block.iter().find_map(|line| {
        let (_, id) = line.split_once("already locked: ID=")?;
        Some(id.trim().to_owned())
    })?;
    let field = |name: &str| {
        block
            .iter()
            .find_map(|line| line.trim().strip_prefix(name))
            .map(str::trim)
    };
    if field("ID:") != Some(&holder) {
        return Some(format!("lock {holder} is held by somebody else"));
    }
    let of = |name: &str| field(name).filter(|text| !text.is_empty()).unwrap_or("unknown");
    let (who, what, since) = (of("Who:"), of("Operation:"), of("Created:"));
    Some(format!("lock {holder} is held by {who} for {what} since {since}"))
}

/// The answer of `terraform validate -json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Validation {
    /// Whether the configuration is valid.
    pub(crate) valid: bool,
    /// Errors and warnings.
    #[serde(default)]
    pub(crate) diagnostics: Vec<Finding>,
}

/// A diagnostic in JSON.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    severity: String,
    summary: String,
    #[serde(default)]
    detail: String,
    range: Option<FindingRange>,
}

#[derive(Debug, Deserialize)]
struct FindingRange {
    filename: String,
    start: FindingStart,
}

#[derive(Debug, Deserialize)]
struct FindingStart {
    line: u64,
}

impl Finding {
    /// Whether it makes the configuration invalid.
    pub(crate) fn is_error(&self) -> bool {
        self.severity == "error"
    }
}

/// One line: `main.tf:3: error: Unsupported argument: An argument named …`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(range) = &self.range {
            write!(f, "{}:{}: ", range.filename, range.start.line)?;
        }
        write!(f, "{}: {}", self.severity, self.summary)?;
        let detail = self.detail.split_whitespace().collect::<Vec<_>>().join(" ");
        if detail.is_empty() {
            Ok(())
        } else {
            write!(f, ": {}", shorten(&detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn errors_with_a_place() {
        let output = lines(
            "Initializing the backend...\n\nError: Missing name for resource\n\n  on bad.tf line 1, in resource \"a\":\n   1: \
             resource \"a\" {\n\nAll resource blocks must have 2 labels\n(type, name).\n\nError: Missing name for \
             resource\n\n  on bad.tf line 1, in resource \"a\":\n   1: resource \"a\" {\n\nAll resource blocks must \
             have 2 labels\n(type, name).\n\nWarning: Nothing\n\nhere\n",
        );
        let expected =
            "bad.tf line 1: Missing name for resource: All resource blocks must have 2 labels (type, name).";
        assert_eq!(message(&in_lines(&output)), expected);
    }

    #[test]
    fn errors_in_a_frame() {
        let output = lines(
            "╷\n│ Error: Invalid expression\n│ \n│   on bad.tf line 2:\n│    2:  x = \n│ \n│ Expected.\n╵\n",
        );
        assert_eq!(
            message(&in_lines(&output)),
            "bad.tf line 2: Invalid expression: Expected."
        );
    }

    const LOCKED: &str = "Error: Error acquiring the state lock\n\nError message: HTTP remote state already locked: \
                          ID=abc\nLock Info:\n  ID:        OTHER\n  Path:      \n  Operation: OperationTypeApply\n  \
                          Who:       ann@host\n  Version:   1.11.4\n  Created:   2026-01-02\n  Info:      \n";

    #[test]
    fn holders_of_locks() {
        assert_eq!(
            lock_holder(&lines(LOCKED)).unwrap(),
            "lock abc is held by somebody else",
            "the rest describes the one who asks"
        );
        let told = lock_holder(&lines(&LOCKED.replace("OTHER", "abc"))).unwrap();
        assert_eq!(
            told,
            "lock abc is held by ann@host for OperationTypeApply since 2026-01-02"
        );
        assert_eq!(
            lock_holder(&lines(
                "Error: Error acquiring the state lock\n\nno route to host"
            )),
            None
        );
        assert_eq!(lock_holder(&[]), None);
    }

    #[test]
    fn findings() {
        let json = r#"{"valid":false,"diagnostics":[{"severity":"error","summary":"Unsupported argument","detail":"An\nargument.",
            "range":{"filename":"main.tf","start":{"line":3,"column":1,"byte":9}}},{"severity":"warning","summary":"Old"}]}"#;
        let validation: Validation = serde_json::from_str(json).unwrap();
        let texts: Vec<_> = validation.diagnostics.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "main.tf:3: error: Unsupported argument: An argument.",
                "warning: Old"
            ]
        );
    }

    #[test]
    fn long_messages_are_cut() {
        assert_eq!(shorten(&"é".repeat(2_000)).chars().count(), LONGEST_MESSAGE + 1);
    }
}
