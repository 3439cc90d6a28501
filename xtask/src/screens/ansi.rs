//! The colours of a terminal as HTML.

use std::fmt::Write;

/// The text with its escapes for colours turned into spans, and everything that HTML gives a meaning to escaped.
pub(super) fn html(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut page = escaped(parts.next().unwrap_or_default());
    let mut classes: Vec<&str> = Vec::new();
    for part in parts {
        let (codes, rest) = part.split_once('m').unwrap_or(("", part));
        for code in codes.split(';') {
            match class(code) {
                Some(class) => classes.push(class),
                None => classes.clear(),
            }
        }
        match classes.is_empty() {
            true => page.push_str(&escaped(rest)),
            false => {
                _ = write!(
                    page,
                    "<span class=\"{}\">{}</span>",
                    classes.join(" "),
                    escaped(rest)
                )
            }
        }
    }
    page
}

/// The class of a code; nothing for the code that ends all, which is 0 or empty.
fn class(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "bold",
        "2" => "dim",
        "31" => "red",
        "32" => "green",
        "33" => "yellow",
        "36" => "cyan",
        _ => return None,
    })
}

/// The text with everything that HTML gives a meaning to escaped.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_spans() {
        assert_eq!(
            html("a\u{1b}[1m\u{1b}[31m<b>\u{1b}[0m c"),
            "a<span class=\"bold\"></span><span class=\"bold red\">&lt;b&gt;</span> c"
        );
    }
}
