//! The part of a file that Lockkeeper generates, between two marks. What stands outside of them is the user's.

use std::path::Path;

use crate::exit::Exit;
use crate::failure::Failure;

const BEGIN: &str =
    "# >>> lockkeeper: generated, do not edit here; `lockkeeper upgrade-repository` renews it";
const BEGIN_MARK: &str = "# >>> lockkeeper:";
const END: &str = "# <<< lockkeeper";

/// Whether the text has a generated part.
pub(super) fn is_in(text: &str) -> bool {
    bounds(text).is_some()
}

/// The text with its generated part renewed, or with one added at its end.
pub(super) fn renewed(text: &str, content: &str) -> String {
    let section = format!("{BEGIN}\n{}\n{END}\n", content.trim_end());
    match bounds(text) {
        Some((before, after)) => format!("{before}{section}{after}"),
        None if text.trim().is_empty() => section,
        None => format!("{}\n\n{section}", text.trim_end()),
    }
}

/// Refuses a file in which one of the two marks is missing: what was generated could not be told from the rest.
///
/// # Errors
/// As said, with the line of the mark that stands alone.
pub(super) fn check(path: &Path, text: &str) -> Result<(), Failure> {
    let Some((line, mark)) = lone_mark(text) else {
        return Ok(());
    };
    let (is, missing) = match mark {
        Mark::Begin => ("begins", END),
        Mark::End => ("ends", BEGIN),
    };
    let detail = format!(
        "in {} the generated part {is} in line {line}, and its other mark is missing",
        path.display()
    );
    Err(
        Failure::new(Exit::Failure, "lone-mark", "A mark stands alone", detail).with_hint(format!(
            "put the line `{missing}` back where it stood, or remove the generated part with its mark"
        )),
    )
}

enum Mark {
    Begin,
    End,
}

/// The first mark without its other, and its line.
fn lone_mark(text: &str) -> Option<(usize, Mark)> {
    let mut begun = None;
    for (number, line) in (1..).zip(text.lines()) {
        match (line.starts_with(BEGIN_MARK), line.trim_end() == END, begun) {
            (true, _, None) => begun = Some(number),
            (true, _, Some(first)) => return Some((first, Mark::Begin)),
            (_, true, None) => return Some((number, Mark::End)),
            (_, true, Some(_)) => begun = None,
            _ => {}
        }
    }
    begun.map(|number| (number, Mark::Begin))
}

/// What stands before and behind the generated part.
fn bounds(text: &str) -> Option<(&str, &str)> {
    let mut begin = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        match begin {
            None if line.starts_with(BEGIN_MARK) => begin = Some(at),
            Some(begin) if line.trim_end() == END => return Some((text.get(..begin)?, text.get(end..)?)),
            _ => {}
        }
        at = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_users_lines_stay() {
        let first = renewed("mine\n", "one");
        assert_eq!(first, format!("mine\n\n{BEGIN}\none\n{END}\n"));
        let edited = format!("{first}also mine\n");
        assert_eq!(
            renewed(&edited, "two"),
            format!("mine\n\n{BEGIN}\ntwo\n{END}\nalso mine\n")
        );
        assert!(is_in(&first) && !is_in("mine\n") && !is_in(BEGIN));
    }

    #[test]
    fn a_mark_alone_is_refused() {
        let whole = renewed("mine\n", "one");
        let said = |text: &str| {
            let failure = check(Path::new("Makefile"), text).err()?;
            Some(failure.problem().detail.clone())
        };
        assert_eq!(said(&whole), None);
        assert_eq!(said("mine\n"), None);
        assert_eq!(
            said(&whole.replace(BEGIN, "")).as_deref(),
            Some("in Makefile the generated part ends in line 5, and its other mark is missing")
        );
        assert_eq!(
            said(&whole.replace(END, "")).as_deref(),
            Some("in Makefile the generated part begins in line 3, and its other mark is missing")
        );
    }

    proptest! {
        #[test]
        fn renewing_twice_alters_nothing(text in "[a-z#\\n ]{0,60}", content in "[a-z\\n]{1,30}") {
            let once = renewed(&text, &content);
            prop_assert_eq!(renewed(&once, &content), once);
        }
    }
}
