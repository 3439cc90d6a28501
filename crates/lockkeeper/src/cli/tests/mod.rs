//! The tree as a whole, and the documents that name its commands.

mod reference;

use clap::{Command as Tree, CommandFactory};
use lockkeeper_api::types::change::ChangeStatus;
use lockkeeper_api::types::plan::RiskClass;
use lockkeeper_api::types::project::{RoleName, Tier};

use super::*;

/// Every command of the tree, with its full name.
fn commands(tree: &Tree, name: &str) -> Vec<(String, Tree)> {
    let mut found = vec![(name.to_owned(), tree.clone())];
    for command in tree
        .get_subcommands()
        .filter(|command| command.get_name() != "help")
    {
        found.extend(commands(command, &format!("{name} {}", command.get_name())));
    }
    found
}

fn all() -> Vec<(String, Tree)> {
    let mut tree = Cli::command();
    tree.build();
    commands(&tree, "lockkeeper")
}

/// The examples in the help of a command.
fn examples(command: &Tree) -> Vec<String> {
    let help = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    let Some((_, examples)) = help.split_once("Examples:\n") else {
        return Vec::new();
    };
    examples
        .lines()
        .take_while(|line| line.starts_with("  "))
        .map(|line| line.trim().to_owned())
        .collect()
}

/// The arguments of the `lockkeeper` in a line of shell.
fn arguments(line: &str) -> Vec<String> {
    let ours = line
        .split(" && ")
        .flat_map(|part| part.split(" | "))
        .find(|part| part.starts_with("lockkeeper"));
    let ours = ours.unwrap_or_default().split(" > ").next().unwrap_or_default();
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in ours.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().unwrap().push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn the_tree_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_has_an_example_of_itself_that_parses() {
    for (name, command) in all() {
        let examples = examples(&command);
        assert!(!examples.is_empty(), "{name} has no example");
        for example in examples {
            let arguments = arguments(&example);
            assert!(arguments.join(" ").starts_with(&name), "{name}: {example}");
            if let Err(error) = Cli::try_parse_from(arguments) {
                panic!("{name}: {example}\n{error}");
            }
        }
    }
}

#[test]
fn no_token_on_the_command_line() {
    for (name, command) in all() {
        assert!(
            command
                .get_arguments()
                .all(|argument| argument.get_long() != Some("token")),
            "{name}"
        );
    }
}

#[test]
fn every_name_of_a_wire_type_is_read() {
    fn check<T: DeserializeOwned>(names: &[&str]) {
        for name in names {
            let value = serde_json::Value::String((*name).to_owned());
            assert!(serde_json::from_value::<T>(value).is_ok(), "{name}");
        }
    }
    check::<RiskClass>(CLASSES);
    check::<Tier>(TIERS);
    check::<RoleName>(ROLES);
    check::<ChangeStatus>(CHANGE_STATUSES);
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for line in [
        "lockkeeper change edit INFRA-1",
        "lockkeeper member grant ada reviewer",
        "lockkeeper member grant ada king",
        "lockkeeper token create --label x --expires-in-days 367",
        "lockkeeper change tick INFRA-1 fmt",
        "lockkeeper run list --limit 0",
    ] {
        assert!(Cli::try_parse_from(arguments(line)).is_err(), "{line}");
    }
}
