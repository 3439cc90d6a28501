//! The part of a file that Lockkeeper generates, between two marks. What stands outside of them is the user's.

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

    proptest! {
        #[test]
        fn renewing_twice_alters_nothing(text in "[a-z#\\n ]{0,60}", content in "[a-z\\n]{1,30}") {
            let once = renewed(&text, &content);
            prop_assert_eq!(renewed(&once, &content), once);
        }
    }
}
