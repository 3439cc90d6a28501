//! Finds the backends that a Terraform file declares, without reading the rest of it.
//!
//! Not a parser: the tool itself says what is wrong with a file. It keeps a stack of its own and does
//! not recurse, so that a hostile file cannot exhaust the thread's stack.

/// Where a file says that the state is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Declared {
    /// `backend "type" { … }`.
    Backend {
        /// The type.
        kind: String,
        /// Whether nothing stands between its braces.
        empty: bool,
    },
    /// `cloud { … }`.
    Cloud,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Text(&'t str),
    Open,
    Close,
    Other,
}

/// The backends that a file in native syntax declares.
pub(crate) fn declared(file: &str) -> Vec<Declared> {
    let tokens: Vec<Token<'_>> = Tokens { rest: file }.collect();
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut in_terraform = false;
    for (position, token) in tokens.iter().enumerate() {
        let following = tokens.get(position + 1..).unwrap_or_default();
        match (token, following) {
            (Token::Word("terraform"), [Token::Open, ..]) if depth == 0 => in_terraform = true,
            (Token::Word("cloud"), [Token::Open, ..]) if depth == 1 && in_terraform => {
                found.push(Declared::Cloud)
            }
            (Token::Word("backend"), [Token::Word(kind) | Token::Text(kind), Token::Open, body @ ..])
                if depth == 1 && in_terraform =>
            {
                let empty = body.first() == Some(&Token::Close);
                found.push(Declared::Backend {
                    kind: (*kind).to_owned(),
                    empty,
                });
            }
            (Token::Open, _) => depth += 1,
            (Token::Close, _) => {
                depth = depth.saturating_sub(1);
                in_terraform = in_terraform && depth > 0;
            }
            _ => {}
        }
    }
    found
}

/// Every `required_version` of the `terraform` blocks of a file in native syntax.
pub(crate) fn required_versions(file: &str) -> Vec<String> {
    let tokens: Vec<Token<'_>> = Tokens { rest: file }.collect();
    let mut found = Vec::new();
    let (mut depth, mut in_terraform) = (0_usize, false);
    for (position, token) in tokens.iter().enumerate() {
        match (token, tokens.get(position + 1..).unwrap_or_default()) {
            (Token::Word("terraform"), [Token::Open, ..]) if depth == 0 => in_terraform = true,
            (Token::Word("required_version"), [Token::Other, Token::Text(version), ..])
                if depth == 1 && in_terraform =>
            {
                found.push((*version).to_owned());
            }
            (Token::Open, _) => depth += 1,
            (Token::Close, _) => {
                depth = depth.saturating_sub(1);
                in_terraform = in_terraform && depth > 0;
            }
            _ => {}
        }
    }
    found
}

/// The tokens of a file; comments and space are left out.
struct Tokens<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        loop {
            self.rest = self
                .rest
                .trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            if self.rest.starts_with('#') || self.rest.starts_with("//") {
                self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                self.skip(self.rest.find("*/").map_or(self.rest.len(), |end| end + 2));
            } else {
                break;
            }
        }
        let first = self.rest.chars().next()?;
        Some(match first {
            '{' => self.one(Token::Open),
            '}' => self.one(Token::Close),
            '"' => Token::Text(self.quoted()),
            '<' if self.rest.starts_with("<<") => self.here_document(),
            _ if first.is_alphanumeric() || first == '_' => {
                let end = self
                    .rest
                    .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
                Token::Word(self.skip(end.unwrap_or(self.rest.len())))
            }
            _ => {
                self.skip(first.len_utf8());
                Token::Other
            }
        })
    }
}

impl<'t> Tokens<'t> {
    /// Goes on by so many bytes, and answers them.
    fn skip(&mut self, bytes: usize) -> &'t str {
        let (skipped, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        skipped
    }

    fn one(&mut self, token: Token<'t>) -> Token<'t> {
        self.skip(1);
        token
    }

    /// The content of a quoted text, templates with quoted texts of their own included.
    fn quoted(&mut self) -> &'t str {
        let bytes = self.rest.as_bytes();
        // What the position is inside of, the innermost last: a quoted text, or the braces of a template.
        let mut inside = vec![b'"'];
        let mut at = 1;
        while let (Some(&byte), Some(&innermost)) = (bytes.get(at), inside.last()) {
            let next = bytes.get(at + 1);
            at += 1;
            match (innermost, byte) {
                (b'"', b'\\') => at += 1,
                (b'"', b'$' | b'%') if next == Some(&byte) && bytes.get(at + 1) == Some(&b'{') => at += 2,
                (b'"', b'$' | b'%') if next == Some(&b'{') => {
                    inside.push(b'{');
                    at += 1;
                }
                (b'"', b'"') | (b'{', b'}') => {
                    inside.pop();
                }
                (b'{', b'{' | b'"') => inside.push(byte),
                _ => {}
            }
        }
        let text = self.skip(at.min(bytes.len()));
        text.get(1..text.len().saturating_sub(1)).unwrap_or_default()
    }

    /// `<<MARK` or `<<-MARK`, up to the line that holds the mark alone.
    fn here_document(&mut self) -> Token<'t> {
        let first_line = self.skip(self.rest.find('\n').map_or(self.rest.len(), |end| end + 1));
        let mark = first_line.trim_start_matches('<').trim_start_matches('-').trim();
        while !self.rest.is_empty() {
            if self
                .skip(self.rest.find('\n').map_or(self.rest.len(), |end| end + 1))
                .trim()
                == mark
            {
                break;
            }
        }
        Token::Other
    }
}

/// The backends that a file in JSON syntax declares; nothing for what is no JSON.
pub(crate) fn declared_in_json(file: &[u8]) -> Vec<Declared> {
    let Ok(file) = serde_json::from_slice::<serde_json::Value>(file) else {
        return Vec::new();
    };
    let blocks = file.get("terraform").map(one_or_many).unwrap_or_default();
    let mut found = Vec::new();
    for block in blocks {
        if block.get("cloud").is_some() {
            found.push(Declared::Cloud);
        }
        let backends = block.get("backend").map(one_or_many).unwrap_or_default();
        for (kind, body) in backends
            .into_iter()
            .filter_map(|backend| backend.as_object())
            .flatten()
        {
            let empty = one_or_many(body)
                .iter()
                .all(|body| body.as_object().is_some_and(serde_json::Map::is_empty));
            found.push(Declared::Backend {
                kind: kind.clone(),
                empty,
            });
        }
    }
    found
}

/// JSON syntax writes one block as an object, and several as an array of objects.
fn one_or_many(value: &serde_json::Value) -> Vec<&serde_json::Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |many| many.iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backend(kind: &str, empty: bool) -> Declared {
        Declared::Backend {
            kind: kind.to_owned(),
            empty,
        }
    }

    #[test]
    fn declarations() {
        assert_eq!(
            declared("terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n  }\n}\n"),
            [backend("s3", false)]
        );
        assert_eq!(
            declared("terraform {\n backend http {}\n}"),
            [backend("http", true)]
        );
        assert_eq!(
            declared("terraform { # x\n backend /* y */ \"http\" { // z\n }\n}"),
            [backend("http", true)]
        );
        assert_eq!(
            declared("terraform {\n  required_version = \">= 1\"\n  cloud {\n  }\n}"),
            [Declared::Cloud]
        );
        let two = "terraform {}\nterraform {\n required_providers {\n a = {}\n }\n backend \"pg\" {}\n}";
        assert_eq!(declared(two), [backend("pg", true)]);
    }

    #[test]
    fn other_places_are_no_declarations() {
        for file in [
            "# terraform { backend \"s3\" {} }",
            "/* terraform {\n backend \"s3\" {}\n} */",
            "locals {\n x = \"terraform { backend \\\"s3\\\" {} }\"\n}",
            "locals {\n x = <<-EOT\n terraform {\n backend \"s3\" {}\n }\n EOT\n}",
            "resource \"a\" \"terraform\" {\n backend \"s3\" {}\n}",
            "terraform {\n x {\n backend \"s3\" {}\n }\n}",
            "backend \"s3\" {}",
            "locals { x = \"${terraform.workspace}\" }\nresource \"a\" \"b\" {\n cloud {}\n}",
        ] {
            assert_eq!(declared(file), [], "{file}");
        }
    }

    #[test]
    fn what_comes_before_does_not_hide_a_declaration() {
        let declaration = "terraform {\n backend \"s3\" {}\n}";
        for before in [
            "locals { x = \"${\"}\"}\" }\n",
            "locals { x = \"$${\" }\n",
            "locals { x = \"%{ if a }{%{ endif }\" }\n",
            "locals { x = \"\\\"{\" }\n",
            "locals {\n x = <<EOT\n { \" ${ \nEOT\n}\n",
            "# \"\n",
            "\u{feff}",
            "locals { x = \"${jsonencode({ a = \"b\" })}\" }\n",
        ] {
            assert_eq!(
                declared(&format!("{before}{declaration}")),
                [backend("s3", true)],
                "{before}"
            );
        }
    }

    #[test]
    fn hostile_files_end() {
        for file in [
            "\"",
            "\"${",
            "<<",
            "<<EOT\n",
            "/*",
            "{".repeat(1_000_000).as_str(),
            "\"${\"${".repeat(100_000).as_str(),
        ] {
            assert_eq!(declared(file), []);
        }
    }

    #[test]
    fn json() {
        assert_eq!(
            declared_in_json(br#"{"terraform":{"backend":{"s3":{"bucket":"b"}}}}"#),
            [backend("s3", false)]
        );
        assert_eq!(
            declared_in_json(br#"{"terraform":[{"backend":[{"http":{}}]},{"cloud":{}}]}"#),
            [backend("http", true), Declared::Cloud]
        );
        assert_eq!(declared_in_json(b"{"), []);
    }
}
