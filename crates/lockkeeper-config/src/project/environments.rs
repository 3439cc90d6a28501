//! `[environments.NAME]`.

use std::collections::BTreeMap;

use lockkeeper_domain::name::Name;

use super::windows::DeclaredWindows;
use super::{Budget, EnvironmentConfig};
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
        let budget = settings
            .take("budget")
            .and_then(|value| read_budget(&value, problems));
        settings.finish(problems);
        environments.extend(name.map(|name| {
            (
                name,
                EnvironmentConfig {
                    windows: named,
                    budget,
                },
            )
        }));
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

fn read_budget(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Budget> {
    let text = value.text(problems)?;
    let parts = text
        .split_once(' ')
        .filter(|(amount, currency)| is_amount(amount) && is_currency(currency));
    match parts {
        Some((amount, currency)) => Some(Budget {
            amount: amount.to_owned(),
            currency: currency.to_owned(),
        }),
        None => {
            let hint = "Write an amount and a currency: `150 EUR` or `99.50 USD`.".to_owned();
            value.refuse(problems, format!("`{text}` is not a monthly budget."), Some(hint))
        }
    }
}

fn is_amount(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "00"));
    let digits =
        |text: &str, most| (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole, 12) && digits(fraction, 2)
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}
