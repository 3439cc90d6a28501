//! Somebody at a terminal.
#![allow(clippy::print_stdout, reason = "a command for people at a terminal")]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::DemoError;

/// Somebody who types commands, with a token of their own.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    /// The name that stands before the prompt.
    pub(super) name: &'static str,
    pub(super) program: PathBuf,
    pub(super) address: String,
    pub(super) token: String,
}

impl Actor {
    /// Types a command, shows it with what it prints, and checks how it ends. Answers how long it took.
    pub(super) fn types(&self, line: &str, expected: i32) -> Result<Duration, DemoError> {
        println!("\n{}$ lockkeeper {line}", self.name);
        self.runs(line, expected, Stdio::inherit())
    }

    /// Types a command of which only the messages are worth reading: what it prints as data is not shown.
    pub(super) fn does(&self, line: &str) -> Result<Duration, DemoError> {
        println!("\n{}$ lockkeeper {line}", self.name);
        self.runs(line, 0, Stdio::null())
    }

    fn runs(&self, line: &str, expected: i32, data: Stdio) -> Result<Duration, DemoError> {
        let begun = Instant::now();
        let status = self.command(line)?.stdout(data).status()?;
        let found = status.code().unwrap_or(-1);
        if found == expected {
            return Ok(begun.elapsed());
        }
        Err(DemoError::Unexpected {
            command: format!("lockkeeper {line}"),
            expected,
            found,
        })
    }

    /// Asks for something without showing it; answers what is printed on standard output.
    pub(super) fn asks(&self, line: &str) -> Result<String, DemoError> {
        let output = self.command(line)?.output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        println!("{}", String::from_utf8_lossy(&output.stderr));
        let found = output.status.code().unwrap_or(-1);
        Err(DemoError::Unexpected {
            command: format!("lockkeeper {line}"),
            expected: 0,
            found,
        })
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "a task of the project starts the program itself"
    )]
    fn command(&self, line: &str) -> Result<Command, DemoError> {
        let mut command = Command::new(&self.program);
        command
            .args(words(line))
            .env("LOCKKEEPER_ADDRESS", &self.address)
            .env("LOCKKEEPER_TOKEN", &self.token)
            .env("LOCKKEEPER_PROJECT", "shop")
            .stdin(Stdio::null());
        Ok(command)
    }
}

/// Splits a line as a shell does, as far as this story needs it: words, and texts in double quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('"').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn quoted_texts_are_one_word() {
        assert_eq!(words("a --title \"b c\" d"), ["a", "--title", "b c", "d"]);
    }
}
