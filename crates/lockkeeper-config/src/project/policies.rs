//! `[policies]`: what the policies in Rego are asked.

use crate::reading::{Problems, Section, Value};

/// What the policies in Rego are asked. The default asks the package `main`, as Conftest does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoliciesConfig {
    /// The packages whose rules are asked, such as `terraform.network`; `main` when empty, and every
    /// package when `*` is among them.
    pub namespaces: Vec<String>,
    /// Rules that must be true, such as `terraform/analysis/authz`.
    pub decisions: Vec<String>,
}

pub(super) fn read(mut section: Section<'_>, problems: &mut Problems<'_>) -> PoliciesConfig {
    let namespaces = section.take("namespaces");
    let namespaces = namespaces.and_then(|value| read_list(&value, read_namespace, problems));
    let decisions = section.take("decisions");
    let decisions = decisions.and_then(|value| read_list(&value, read_decision, problems));
    section.finish(problems);
    PoliciesConfig {
        namespaces: namespaces.unwrap_or_default(),
        decisions: decisions.unwrap_or_default(),
    }
}

/// Reads one element of a list.
type Element = fn(&Value<'_>, &mut Problems<'_>) -> Option<String>;

fn read_list(value: &Value<'_>, one: Element, problems: &mut Problems<'_>) -> Option<Vec<String>> {
    let values = value.list(problems)?;
    if values.is_empty() {
        let hint = Some("Take the setting out; the package `main` is asked then.".to_owned());
        return value.refuse(problems, format!("`{}` is empty.", value.path()), hint);
    }
    Some(values.iter().filter_map(|value| one(value, problems)).collect())
}

fn read_namespace(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let text = value.filled_text(problems)?;
    if text == "*" || is_path(text, &['.']) {
        return Some(text.to_owned());
    }
    let hint =
        "Write it as behind `package`, such as `main` or `terraform.network`; `*` means every package.";
    value.refuse(
        problems,
        format!("`{text}` is not a package of Rego."),
        Some(hint.to_owned()),
    )
}

fn read_decision(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let text = value.filled_text(problems)?;
    if text.contains(['.', '/']) && is_path(text, &['.', '/']) {
        return Some(text.to_owned());
    }
    let hint = "Write the package and the rule, such as `terraform/analysis/authz`.";
    value.refuse(
        problems,
        format!("`{text}` is not a rule of Rego."),
        Some(hint.to_owned()),
    )
}

/// Whether there are names between the separators. `data` is what all packages stand in, and none itself.
fn is_path(text: &str, separators: &[char]) -> bool {
    let mut names = text.split(separators);
    let is_name = |name: &str| {
        !name.is_empty() && !name.contains(|character: char| character.is_whitespace() || character == '/')
    };
    !text.starts_with("data.") && names.all(is_name)
}
