//! `[environments.NAME]`.

use std::collections::BTreeMap;

use lockkeeper_domain::name::Name;

use super::EnvironmentConfig;
use super::windows::DeclaredWindows;
use crate::reading::{Problems, Section, Value};

pub(super) fn read(
    section: Section<'_>,
    windows: &DeclaredWindows,
    problems: &mut Problems<'_>,
) -> BTreeMap<Name, EnvironmentConfig> {
    let mut environments = BTreeMap::new();
    for entry in section.entries() {
        let name = entry.name(problems);
        let Some(mut settings) = entry.value.section(problems) else {
            continue;
        };
        let listed = settings
            .take("windows")
            .and_then(|value| value.list(problems))
            .unwrap_or_default();
        let mut named: Vec<Name> = Vec::new();
        for value in listed {
            let Some(window) = known_window(&value, windows, problems) else {
                continue;
            };
            if named.contains(&window) {
                value.refuse::<()>(problems, format!("The window {window} is named twice."), None);
            }
            named.push(window);
        }
        settings.finish(problems);
        environments.extend(name.map(|name| (name, EnvironmentConfig { windows: named })));
    }
    environments
}

/// A window that is declared, even if its declaration has mistakes of its own.
fn known_window(value: &Value<'_>, windows: &DeclaredWindows, problems: &mut Problems<'_>) -> Option<Name> {
    let name: Name = value.parsed(problems)?;
    if windows.contains_key(&name) {
        return Some(name);
    }
    let hint = problems
        .did_you_mean(name.as_str(), windows.keys().map(Name::as_str))
        .unwrap_or_else(|| format!("Declare it as `[windows.{name}]`."));
    value.refuse(problems, format!("There is no window `{name}`."), Some(hint))
}
