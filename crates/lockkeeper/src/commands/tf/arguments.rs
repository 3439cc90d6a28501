//! Takes the command line of `lockkeeper tf` apart: what is Lockkeeper's, and what is Terraform's.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::{Args, Parser};

use crate::failure::Failure;

/// The arguments of `lockkeeper tf`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper tf init
  lockkeeper tf plan -out=tfplan
  lockkeeper tf apply tfplan
  lockkeeper tf --environment staging output --shared -json
  lockkeeper tf --stack network --environment staging plan
  lockkeeper tf graph --output network.svg
  lockkeeper tf clean --dry-run
  lockkeeper tf push-errored

Lockkeeper's own commands are graph, clean and push-errored; every other one is Terraform's or OpenTofu's. Their \
arguments go through unchanged, and so does all that follows `--`. Lockkeeper's options may stand before or after the \
command, the global ones before it. The exit code is Terraform's.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// The command, and its own arguments
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        required = true,
        value_name = "COMMAND"
    )]
    words: Vec<OsString>,
}

/// The options that are Lockkeeper's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct Options {
    /// The environment; when absent the one that the folder names, LOCKKEEPER_ENVIRONMENT, or the lowest
    #[arg(long, value_name = "ENVIRONMENT")]
    pub(super) environment: Option<String>,
    /// The stack; the one whose folder this is when absent
    #[arg(long, value_name = "STACK")]
    pub(super) stack: Option<String>,
    /// Use the state that everybody shares
    #[arg(long, conflicts_with = "personal")]
    pub(super) shared: bool,
    /// Use your own state of the stack, which is the default
    #[arg(long)]
    pub(super) personal: bool,
    /// Do not ask
    #[arg(long)]
    pub(super) yes: bool,
    /// Of `graph`: write the drawing into this file; standard output when absent
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Of `clean`: only say what would be removed
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, Parser)]
#[command(name = "lockkeeper tf", no_binary_name = true, disable_help_flag = true)]
struct Later {
    #[command(flatten)]
    options: Options,
}

/// A command line, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) options: Options,
    /// What stands before the command: `-chdir=network`.
    pub(super) before: Vec<OsString>,
    /// The command; empty when there is none, as in `-version`.
    pub(super) command: String,
    /// Terraform's own arguments.
    pub(super) after: Vec<OsString>,
}

/// Lockkeeper's options that stand alone, and those with a value.
const ALONE: [&str; 3] = ["--shared", "--personal", "--yes"];
const WITH_VALUE: [&str; 2] = ["--environment", "--stack"];
/// The options of the commands that are Lockkeeper's own.
const OWN: [(&str, &[&str], &[&str]); 3] = [
    ("graph", &[], &["--output", "-o"]),
    ("clean", &["--dry-run"], &[]),
    ("push-errored", &[], &[]),
];

impl Call {
    /// Takes the command line apart.
    ///
    /// # Errors
    /// When an option of Lockkeeper's lacks its value, or two contradict each other.
    pub(super) fn read(arguments: Arguments) -> Result<Self, Failure> {
        let Arguments { options, words } = arguments;
        let is_option = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
        let position = words
            .iter()
            .position(|word| !is_option(word))
            .unwrap_or(words.len());
        let mut words = words.into_iter();
        let before: Vec<OsString> = words.by_ref().take(position).collect();
        let command = words.next().unwrap_or_default().to_string_lossy().into_owned();
        let (own, after) = split(&command, words);
        let later = Later::try_parse_from(own).map_err(|error| {
            Failure::usage(error.to_string().trim_start_matches("error: ").trim().to_owned())
        })?;
        let options = options.with(later.options);
        refuse_unknown(&command, &after)?;
        if options.shared && options.personal {
            return Err(Failure::usage(
                "--shared and --personal name different states: give one of them",
            ));
        }
        Ok(Self {
            options,
            before,
            command,
            after,
        })
    }

    /// The folder that `-chdir` names; the last one counts, as with Terraform.
    pub(super) fn changed_folder(&self) -> Option<PathBuf> {
        let named = self.before.iter().rev().filter_map(|word| word.to_str());
        named
            .filter_map(|word| word.strip_prefix("-chdir="))
            .next()
            .map(PathBuf::from)
    }

    /// The command with its second word, where it has verbs: `state list`.
    pub(super) fn full_name(&self) -> String {
        let verb = self
            .after
            .first()
            .and_then(|word| word.to_str())
            .filter(|word| !word.starts_with('-'));
        match (self.command.as_str(), verb) {
            ("state" | "workspace" | "providers", Some(verb)) => format!("{} {verb}", self.command),
            _ => self.command.clone(),
        }
    }

    /// Whether help is asked for.
    pub(super) fn is_help(&self) -> bool {
        let ended = self
            .after
            .iter()
            .position(|word| word == "--")
            .unwrap_or(self.after.len());
        let words = self.before.iter().chain(self.after.iter().take(ended));
        words
            .filter_map(|word| word.to_str())
            .any(|word| matches!(word, "-h" | "-help" | "--help"))
    }

    /// The files that `-var-file` names.
    pub(super) fn variable_files(&self) -> Vec<PathBuf> {
        let named = self.parts().into_iter().filter_map(|part| match part {
            Part::Flag {
                name: "var-file",
                value,
            } => value,
            _ => None,
        });
        named.map(PathBuf::from).collect()
    }

    /// The saved plan that is to be applied, if one is named.
    pub(super) fn plan_file(&self) -> Option<&Path> {
        self.parts().into_iter().find_map(|part| match part {
            Part::Word(word) => Some(Path::new(word)),
            Part::Flag { .. } => None,
        })
    }

    /// The value of a flag of Terraform's, written as `-name=value` or `-name value`; the last one counts.
    pub(super) fn flag_value(&self, wanted: &str) -> Option<&str> {
        let mut values = self.parts().into_iter().filter_map(|part| match part {
            Part::Flag { name, value } if name == wanted => value?.to_str(),
            _ => None,
        });
        values.next_back()
    }

    /// Whether a switch of Terraform's is on: `-name`, and not `-name=false`.
    pub(super) fn is_on(&self, wanted: &str) -> bool {
        let mut on = self.parts().into_iter().filter_map(|part| match part {
            Part::Flag { name, value } if name == wanted => Some(value.is_none_or(|value| value != "false")),
            _ => None,
        });
        on.next_back().unwrap_or(false)
    }

    /// Terraform's own arguments, each flag with its value.
    pub(super) fn parts(&self) -> Vec<Part<'_>> {
        parts(&self.after)
    }
}

/// What Lockkeeper's own commands do not know would be ignored, and they remove and write.
fn refuse_unknown(command: &str, after: &[OsString]) -> Result<(), Failure> {
    let own = ["clean", "push-errored"].contains(&command);
    match after.first().filter(|_| own) {
        Some(word) => Err(Failure::usage(format!(
            "`lockkeeper tf {command}` does not know `{}`: it works in the folder at hand, and `lockkeeper tf --help` lists what it takes",
            word.to_string_lossy()
        ))),
        None => Ok(()),
    }
}

/// One of Terraform's own arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// A flag without its hyphens, and its value.
    Flag {
        /// `var-file`.
        name: &'a str,
        /// Absent for a switch: `-destroy`.
        value: Option<&'a OsStr>,
    },
    /// Anything else: the file of a plan, or an address.
    Word(&'a OsStr),
}

/// Terraform's flags whose value may be the next word.
const TAKES_VALUE: [&str; 20] = [
    "backend-config",
    "backup",
    "backup-out",
    "exclude",
    "exclude-file",
    "from-module",
    "generate-config-out",
    "lock-timeout",
    "out",
    "parallelism",
    "plan",
    "plugin-dir",
    "replace",
    "state",
    "state-out",
    "target",
    "target-file",
    "type",
    "var",
    "var-file",
];

/// The words as Terraform reads them; behind `--` there are no flags.
pub(super) fn parts(words: &[OsString]) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        found.push(match flag(word) {
            Some((name, None)) if TAKES_VALUE.contains(&name) => Part::Flag {
                name,
                value: words.next().map(OsString::as_os_str),
            },
            Some((name, value)) => Part::Flag {
                name,
                value: value.map(OsStr::new),
            },
            None if word == "--" => break,
            None => Part::Word(word),
        });
    }
    found.extend(words.map(|word| Part::Word(word)));
    found
}

impl Options {
    fn with(self, later: Self) -> Self {
        Self {
            // What stands nearer to the command wins.
            environment: later.environment.or(self.environment),
            stack: later.stack.or(self.stack),
            shared: self.shared || later.shared,
            personal: self.personal || later.personal,
            yes: self.yes || later.yes,
            output: later.output.or(self.output),
            dry_run: self.dry_run || later.dry_run,
        }
    }
}

/// A flag as Go's library reads it, with one hyphen or two.
fn flag(word: &OsStr) -> Option<(&str, Option<&str>)> {
    let text = word.to_str()?;
    let name = text.strip_prefix("--").or_else(|| text.strip_prefix('-'))?;
    if name.is_empty() {
        return None;
    }
    Some(
        name.split_once('=')
            .map_or((name, None), |(name, value)| (name, Some(value))),
    )
}

/// Picks Lockkeeper's options out of what follows the command, up to `--`.
fn split(command: &str, words: impl Iterator<Item = OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let own_command = OWN.iter().find(|(name, ..)| *name == command);
    let (alone, with_value) =
        own_command.map_or((&[][..], &[][..]), |(_, alone, with_value)| (*alone, *with_value));
    let (mut own, mut rest) = (Vec::new(), Vec::new());
    let mut words = words;
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        if text == "--" {
            rest.push(word);
            rest.extend(words);
            break;
        }
        let name = text.split_once('=').map_or(text, |(name, _)| name);
        if ALONE.contains(&text) || alone.contains(&text) {
            own.push(word);
        } else if WITH_VALUE.contains(&name) || with_value.contains(&name) {
            let complete = name.len() < text.len();
            own.push(word);
            own.extend((!complete).then(|| words.next()).flatten());
        } else {
            rest.push(word);
        }
    }
    (own, rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(words: &[&str]) -> Result<Call, Failure> {
        let options = Options::default();
        Call::read(Arguments {
            options,
            words: words.iter().map(OsString::from).collect(),
        })
    }

    #[test]
    fn what_is_ours_and_what_is_terraforms() {
        let call = read(&[
            "-chdir=net",
            "plan",
            "--shared",
            "-out=x",
            "--environment=prod",
            "-var",
            "a=b",
            "--",
            "--yes",
        ])
        .unwrap();
        assert_eq!(call.before, ["-chdir=net"]);
        assert_eq!(call.command, "plan");
        assert_eq!(call.after, ["-out=x", "-var", "a=b", "--", "--yes"]);
        assert!(call.options.shared && !call.options.yes);
        assert_eq!(call.options.environment.as_deref(), Some("prod"));
        assert_eq!(call.changed_folder(), Some(PathBuf::from("net")));
    }

    #[test]
    fn an_option_of_another_command_goes_through() {
        assert_eq!(
            read(&["test", "--dry-run", "-o", "x"]).unwrap().after,
            ["--dry-run", "-o", "x"]
        );
        let graph = read(&["graph", "-o", "x.svg", "-plan=p"]).unwrap();
        assert_eq!(
            (graph.options.output, graph.after),
            (Some(PathBuf::from("x.svg")), vec!["-plan=p".into()])
        );
    }

    #[test]
    fn contradictions_and_missing_values() {
        for words in [
            &["plan", "--shared", "--personal"][..],
            &["plan", "--environment"],
        ] {
            assert!(read(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn plans_and_variable_files() {
        let of = |words: &[&str]| read(words).unwrap();
        assert_eq!(of(&["apply", "-auto-approve"]).plan_file(), None);
        assert_eq!(of(&["apply", "-var", "a=b"]).plan_file(), None);
        for words in [
            &["plan", "-lock-timeout=2s"][..],
            &["plan", "-lock-timeout", "2s"],
        ] {
            assert_eq!(of(words).flag_value("lock-timeout"), Some("2s"));
        }
        assert!(of(&["init", "-migrate-state"]).is_on("migrate-state"));
        assert!(!of(&["init", "-migrate-state=false"]).is_on("migrate-state"));
        assert_eq!(
            of(&["apply", "-lock=false", "tfplan"]).plan_file(),
            Some(Path::new("tfplan"))
        );
        let files = of(&["plan", "-var-file=a.tfvars", "--var-file", "b.tfvars"]).variable_files();
        assert_eq!(files, [PathBuf::from("a.tfvars"), PathBuf::from("b.tfvars")]);
        assert!(of(&["plan", "-help"]).is_help() && of(&["-help"]).is_help());
        assert!(!of(&["plan", "--", "-help"]).is_help());
        assert_eq!(of(&["state", "list", "a"]).full_name(), "state list");
    }

    proptest! {
        #[test]
        fn words_that_are_not_ours_go_through_unchanged(words in prop::collection::vec("-{0,2}[a-z]{1,8}(=[ -~]{0,8})?", 0..12)) {
            let ours = |word: &&String| {
                let name = word.split('=').next().unwrap_or_default();
                !ALONE.contains(&word.as_str()) && !WITH_VALUE.contains(&name)
            };
            let words: Vec<String> = words.iter().filter(ours).cloned().collect();
            let mut line = vec!["plan"];
            line.extend(words.iter().map(String::as_str));
            let after: Vec<OsString> = words.iter().map(OsString::from).collect();
            prop_assert_eq!(read(&line).unwrap().after, after);
        }
    }
}
