//! Parses policies of both versions of Rego, file by file.

use regorus::Engine;

use crate::limits::PARSING;
use crate::problem::PolicyProblem;
use crate::text::token::{Kind, Tokens};
use crate::text::{bounds, literal};

/// Adds one file to the interpreter. `work`: how much parsing all files before took.
pub(crate) fn add(engine: &mut Engine, file: &str, text: &str, work: &mut u64) -> Result<(), PolicyProblem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = literal::unfold(text);
    let cost = bounds::check(&text).map_err(|(line, message)| PolicyProblem::at(file, line, 0, message))?;
    *work = work.saturating_add(cost);
    if *work > PARSING {
        let message = "too much is nested too deeply here to be parsed: split it, or write constants as JSON files below `data`";
        return Err(PolicyProblem::of_file(file, message));
    }
    let current = match parse(engine, file, &text, false) {
        Ok(()) => return Ok(()),
        Err(problem) => problem,
    };
    if !may_be_version_0(&text) {
        return Err(current);
    }
    match parse(engine, file, &text, true) {
        Ok(()) => Ok(()),
        // Whichever version understood more of the file is the one that was meant.
        Err(old) if (old.line, old.column) > (current.line, current.column) => Err(old),
        Err(_) => Err(current),
    }
}

fn parse(engine: &mut Engine, file: &str, text: &str, version_0: bool) -> Result<(), PolicyProblem> {
    engine.set_rego_v0(version_0);
    let added = engine.add_policy(file.to_owned(), text.to_owned());
    engine.set_rego_v0(false);
    added
        .map(drop)
        .map_err(|error| PolicyProblem::of_interpreter(&error.to_string(), file))
}

/// Rego before 1.0 has no `if`, unless the file imports it from the future; and a file that imports
/// `rego.v1` says what it is.
fn may_be_version_0(text: &str) -> bool {
    let words: Vec<&str> = Tokens::of(text)
        .filter(|token| token.kind == Kind::Word)
        .map(|token| token.text)
        .collect();
    let imports = |path: &[&str]| words.windows(path.len()).any(|window| window == path);
    !imports(&["import", "rego", "v1"])
        && (imports(&["import", "future", "keywords"]) || !words.contains(&"if"))
}
