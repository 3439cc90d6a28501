//! `docs/cli.md`: the part below the marker is written from the command tree, so that it cannot drift.
//! Write it again with `LOCKKEEPER_WRITE_DOCS=1 cargo test -p lockkeeper reference`.

use std::fmt::Write;
use std::path::Path;

use clap::{Arg, Command as Tree};

use super::{all, arguments, examples};
use crate::cli::Cli;
use clap::Parser;

const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
const MARKER: &str = "<!-- From here on written from the command tree; a test compares. -->\n";

fn reference() -> String {
    let mut text = String::from("\n");
    for (name, command) in all() {
        if command.get_subcommands().next().is_none() {
            section(&mut text, &name, &command).unwrap();
        }
    }
    text
}

fn section(text: &mut String, name: &str, command: &Tree) -> std::fmt::Result {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    writeln!(text, "### {name}\n\n{about}.\n")?;
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|argument| {
            !argument.is_global_set() && argument.get_id() != "help" && argument.get_id() != "version"
        })
        .collect();
    for argument in &own {
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        let values: Vec<String> = argument
            .get_possible_values()
            .iter()
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        let takes_value = argument.get_action().takes_values() && !values.is_empty();
        let values = if takes_value {
            format!(": {}", values.join(", "))
        } else {
            String::new()
        };
        let required = if argument.is_required_set() {
            " Required."
        } else {
            ""
        };
        writeln!(text, "- `{}` {help}{values}.{required}", shown(argument))?;
    }
    writeln!(text, "```\n{}\n```", examples(command).join("\n"))?;
    let after = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    if let Some((_, remarks)) = after.split_once("\n\n") {
        writeln!(text, "\n{remarks}")?;
    }
    text.push('\n');
    Ok(())
}

fn shown(argument: &Arg) -> String {
    let value = argument
        .get_value_names()
        .and_then(<[_]>::first)
        .map(ToString::to_string)
        .unwrap_or_default();
    match argument.get_long() {
        None => value,
        Some(long) if argument.get_action().takes_values() => format!("--{long} {value}"),
        Some(long) => format!("--{long}"),
    }
}

#[test]
fn reference_is_current() {
    let path = Path::new(DOCS).join("cli.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (intro, written) = text.split_once(MARKER).expect("docs/cli.md has the marker");
    let expected = reference();
    let expected = format!("{}\n", expected.trim_end());
    if std::env::var_os("LOCKKEEPER_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{intro}{MARKER}{expected}")).unwrap();
        return;
    }
    assert!(
        written == expected,
        "docs/cli.md is stale: LOCKKEEPER_WRITE_DOCS=1 cargo test -p lockkeeper reference"
    );
}

#[test]
fn documents_name_commands_that_exist() {
    let mut documents = vec![Path::new(README).to_owned()];
    documents.extend(
        std::fs::read_dir(DOCS)
            .unwrap()
            .map(|entry| entry.unwrap().path()),
    );
    let mut checked = 0;
    for path in documents
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
    {
        for line in commands_in(&std::fs::read_to_string(path).unwrap()) {
            checked += 1;
            if let Err(error) = Cli::try_parse_from(arguments(&line)) {
                panic!("{}: {line}\n{error}", path.display());
            }
        }
    }
    assert!(checked > 15, "only {checked} commands were found");
}

/// The lines of code blocks that start with the command, without remarks and placeholders of usage.
fn commands_in(text: &str) -> Vec<String> {
    let blocks = text.split("```").skip(1).step_by(2);
    let lines = blocks
        .flat_map(str::lines)
        .filter(|line| line.starts_with("lockkeeper "));
    lines
        .map(|line| line.split(" #").next().unwrap_or_default().trim().to_owned())
        .filter(|line| !line.contains(['[', '<', '|']) && !line.contains("..."))
        .collect()
}
