//! Reads the text of a `.env` file. Nothing in it is executed or replaced: `$` is a character like others.

use std::collections::BTreeMap;

/// A `.env` file, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dotenv {
    /// The variables; of two of the same name the last.
    pub(super) variables: BTreeMap<String, String>,
    /// The variables that were refused, because they decide which programs are started, where the state and
    /// its credentials go, or which files are written.
    pub(super) refused: Vec<String>,
}

/// What is wrong with a line. It quotes nothing: the line may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum DotenvError {
    /// No `NAME=`.
    #[error("line {0} is not of the form NAME=VALUE")]
    NoAssignment(usize),
    /// A quote that does not end.
    #[error("the quote that begins in line {0} does not end")]
    OpenQuote(usize),
    /// Text after the closing quote.
    #[error("something stands behind the closing quote in line {0}")]
    BehindQuote(usize),
}

/// Variables that are never taken from a file of a repository, by name and by beginning.
const REFUSED: [&str; 24] = [
    "PATH",
    "HOME",
    "SHELL",
    "ENV",
    "BASH_ENV",
    "IFS",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PERL5LIB",
    "PERL5OPT",
    "RUBYOPT",
    "NODE_OPTIONS",
    "JAVA_TOOL_OPTIONS",
    "TF_CLI_CONFIG_FILE",
    "TERRAFORM_CONFIG",
    "TF_REATTACH_PROVIDERS",
    "TF_PLUGIN_CACHE_DIR",
    // Where Terraform writes, and whether what it writes can be read by others.
    "TF_DATA_DIR",
    "TF_ENCRYPTION",
    // Whom a connection is believed to be to.
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
    "GODEBUG",
    "LOCKKEEPER_TF_TOOL",
];
const REFUSED_BEGINNINGS: [&str; 9] = [
    "LD_",
    "DYLD_",
    "GIT_",
    "TF_HTTP_",
    "TF_CLI_ARGS",
    "BASH_FUNC_",
    "GCONV_",
    "TF_LOG",
    "XDG_",
];
/// A proxy sees the credentials of a server that is reached without TLS. Programs take these in either case.
const REFUSED_ENDING: &str = "_PROXY";

/// Whether a variable may come from a file of a repository.
fn is_refused(name: &str) -> bool {
    REFUSED.contains(&name)
        || REFUSED_BEGINNINGS
            .iter()
            .any(|beginning| name.starts_with(beginning))
        || name.to_ascii_uppercase().ends_with(REFUSED_ENDING)
}

/// Reads a file: `NAME=value`, `export NAME=value`, `'as it is'`, `"with \n and \""`, comments behind `#`.
pub(super) fn parse(text: &str) -> Result<Dotenv, DotenvError> {
    let mut found = Dotenv::default();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    loop {
        let before = rest;
        rest = rest.trim_start();
        line += count_lines(before, rest);
        if rest.is_empty() {
            return Ok(found);
        }
        if rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
            line += 1;
            continue;
        }
        let (name, behind) = assignment(rest).ok_or(DotenvError::NoAssignment(line))?;
        let (value, behind) = value(behind, line)?;
        line += count_lines(rest, behind);
        rest = behind;
        if is_refused(name) {
            found.refused.push(name.to_owned());
        } else {
            found.variables.insert(name.to_owned(), value);
        }
    }
}

fn count_lines(before: &str, after: &str) -> usize {
    let passed = before.len().saturating_sub(after.len());
    before.bytes().take(passed).filter(|byte| *byte == b'\n').count()
}

/// The name, and what stands behind `=`.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let first_line = text.lines().next()?;
    let (name, _) = first_line.split_once('=')?;
    let behind = text.get(name.len() + 1..)?;
    let name = name.trim();
    let name = name
        .strip_prefix("export")
        .filter(|rest| rest.starts_with([' ', '\t']))
        .map_or(name, str::trim);
    let mut bytes = name.bytes();
    let valid = bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    valid.then_some((name, behind))
}

/// The value, and the text from the end of its line.
fn value(text: &str, line: usize) -> Result<(String, &str), DotenvError> {
    let text = text.trim_start_matches([' ', '\t']);
    let (value, behind) = match text.chars().next() {
        Some('\'') => {
            let (value, behind) = text
                .get(1..)
                .and_then(|text| text.split_once('\''))
                .ok_or(DotenvError::OpenQuote(line))?;
            (value.to_owned(), behind)
        }
        Some('"') => double_quoted(text.get(1..).unwrap_or_default()).ok_or(DotenvError::OpenQuote(line))?,
        _ => {
            let end = text.find(['\n', '\r']).unwrap_or(text.len());
            let (value, behind) = text.split_at_checked(end).unwrap_or((text, ""));
            let comment = value.match_indices('#').map(|(at, _)| at).find(|at| {
                *at == 0
                    || value
                        .get(..*at)
                        .is_some_and(|before| before.ends_with([' ', '\t']))
            });
            return Ok((
                value
                    .get(..comment.unwrap_or(value.len()))
                    .unwrap_or(value)
                    .trim_end()
                    .to_owned(),
                behind,
            ));
        }
    };
    let end = behind.find('\n').unwrap_or(behind.len());
    let (same_line, after) = behind.split_at_checked(end).unwrap_or((behind, ""));
    let same_line = same_line.trim();
    if same_line.is_empty() || same_line.starts_with('#') {
        return Ok((value, after));
    }
    let quoted_lines = value.matches('\n').count();
    Err(DotenvError::BehindQuote(line + quoted_lines))
}

/// A text in double quotes, without the first.
fn double_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                other @ ('"' | '\\' | '$' | '`') => value.push(other),
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write() {
        let text = "\u{feff}# comment\nexport AWS_PROFILE=shop\r\n\nA = plain text # comment\nB='as $(it) is'\nC=\"two\\nlines \\\"x\\\"\" # c\nD=\nE=a#b\nF=\"over\nlines\"\nG=$HOME\nA=again";
        let found = parse(text).unwrap();
        let pairs: Vec<(&str, &str)> = found
            .variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("A", "again"),
                ("AWS_PROFILE", "shop"),
                ("B", "as $(it) is"),
                ("C", "two\nlines \"x\""),
                ("D", ""),
                ("E", "a#b"),
                ("F", "over\nlines"),
                ("G", "$HOME"),
            ]
        );
    }

    #[test]
    fn mistakes_are_named_by_line_and_quote_nothing() {
        for (text, expected) in [
            ("A=1\nhunter2\n", DotenvError::NoAssignment(2)),
            ("A=1\n\n# x\nB=\"open\n", DotenvError::OpenQuote(4)),
            ("A='x' hunter2", DotenvError::BehindQuote(1)),
            ("A=\"a\nb\"\n1B=2", DotenvError::NoAssignment(3)),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error, expected);
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn what_would_start_other_programs_is_refused() {
        let found =
            parse("PATH=/tmp\nLD_PRELOAD=x\nTF_HTTP_ADDRESS=x\nTF_CLI_ARGS_apply=-auto-approve\nTF_VAR_a=1")
                .unwrap();
        assert_eq!(
            found.refused,
            ["PATH", "LD_PRELOAD", "TF_HTTP_ADDRESS", "TF_CLI_ARGS_apply"]
        );
        assert_eq!(found.variables.into_keys().collect::<Vec<_>>(), ["TF_VAR_a"]);
    }

    #[test]
    fn what_would_lead_credentials_away_or_write_files_is_refused() {
        let names = [
            "HTTP_PROXY",
            "https_proxy",
            "All_Proxy",
            "SSL_CERT_FILE",
            "TF_LOG",
            "TF_LOG_PATH",
            "TF_DATA_DIR",
            "TF_ENCRYPTION",
            "XDG_CONFIG_HOME",
        ];
        let text: String = names.iter().map(|name| format!("{name}=x\n")).collect();
        assert_eq!(parse(&text).unwrap().refused, names);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "[A-Z=\"'#\\\\ \\nä]{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_was_quoted_is_read_as_it_was(values in prop::collection::vec("\\PC{0,20}", 1..6)) {
            let line = |(number, value): (usize, &String)| {
                format!("V{number}=\"{}\"\n", value.replace('\\', "\\\\").replace('"', "\\\""))
            };
            let text: String = values.iter().enumerate().map(line).collect();
            let found = parse(&text).unwrap();
            prop_assert_eq!(found.variables.len(), values.len());
            for (number, value) in values.iter().enumerate() {
                prop_assert_eq!(&found.variables[&format!("V{number}")], value);
            }
        }
    }
}
