//! `[stacks.NAME]`.

use std::collections::BTreeMap;
use std::ops::Range;

use lockkeeper_domain::name::Name;
use lockkeeper_domain::stack::Stack;
use serde_json::Value as Json;

use super::{folder, verification};
use crate::reading::{Entry, Problems, Section};

/// Where the folder of each stack stands in the text.
pub(super) type FolderSpans = BTreeMap<Name, Range<usize>>;

/// The stacks, and where the folder of each stands in the text.
pub(super) fn read(section: Section<'_>, problems: &mut Problems<'_>) -> (Vec<Stack>, FolderSpans) {
    let mut stacks: Vec<Stack> = Vec::new();
    let mut spans = FolderSpans::new();
    let mut owners: BTreeMap<String, Name> = BTreeMap::new();
    for entry in section.entries() {
        let Some((stack, span)) = read_stack(&entry, problems) else {
            continue;
        };
        if let Some(other) = owners.insert(stack.folder.clone(), stack.name.clone()) {
            let message = format!(
                "The stacks {other} and {} have the same folder, `{}`.",
                stack.name, stack.folder
            );
            let hint = "Two states for one configuration would fight over the same resources: give each stack a folder of its own.";
            problems.add(span.clone(), message, Some(hint.to_owned()));
        }
        spans.insert(stack.name.clone(), span);
        stacks.push(stack);
    }
    (stacks, spans)
}

fn read_stack(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<(Stack, Range<usize>)> {
    let name = entry.name(problems);
    let mut section = entry.value.section(problems)?;
    let folder_value = section.require("folder", problems);
    let folder = folder_value
        .as_ref()
        .and_then(|value| folder::read(value, problems));
    let owner = section
        .take("owner")
        .and_then(|value| value.filled_text(problems))
        .map(str::to_owned);
    let rollback = section
        .take("rollback")
        .and_then(|value| value.filled_text(problems))
        .map(str::to_owned);
    let automatic = section
        .take("automatic_rollback")
        .and_then(|value| value.boolean(problems));
    let variables = read_variables(section.section("variables", problems), problems);
    let environment_variables = read_environments(section.section("environments", problems), problems);
    let verification = section
        .take("verification")
        .and_then(|value| verification::read(&value, problems));
    section.finish(problems);
    let stack = Stack {
        name: name?,
        folder: folder?,
        owner,
        variables,
        environment_variables,
        rollback,
        automatic_rollback: automatic.unwrap_or(false),
        verification,
    };
    Some((stack, folder_value?.span()))
}

/// `[stacks.NAME.environments.NAME.variables]`.
fn read_environments(
    section: Section<'_>,
    problems: &mut Problems<'_>,
) -> BTreeMap<Name, BTreeMap<String, Json>> {
    let mut environments = BTreeMap::new();
    for entry in section.entries() {
        let name = entry.name(problems);
        let Some(mut settings) = entry.value.section(problems) else {
            continue;
        };
        let variables = read_variables(settings.section("variables", problems), problems);
        settings.finish(problems);
        environments.extend(name.map(|name| (name, variables)));
    }
    environments
}

fn read_variables(section: Section<'_>, problems: &mut Problems<'_>) -> BTreeMap<String, Json> {
    let mut variables = BTreeMap::new();
    for entry in section.entries() {
        if !is_identifier(entry.key) {
            problems.add(
                entry.span.clone(),
                format!("`{}` is not the name of a Terraform variable.", entry.key),
                Some("Use letters, digits, `_` and `-`, with a letter or `_` first.".to_owned()),
            );
        }
        variables.extend(
            entry
                .value
                .json(problems)
                .map(|value| (entry.key.to_owned(), value)),
        );
    }
    variables
}

/// An identifier of HCL, less the letters beyond ASCII.
fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}
