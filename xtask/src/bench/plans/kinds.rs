//! The objects of a generated plan: ten types of resources as users have them, with the attributes that
//! their providers write, nested lists, JSON in strings and sensitive values among them.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::chance::Chance;

/// A type of resources, of `benches/resources.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    #[serde(rename = "type")]
    pub(super) resource_type: String,
    pub(super) provider: String,
    /// The attributes that are sensitive.
    pub(super) sensitive: Vec<String>,
    values: Value,
}

#[expect(clippy::expect_used, reason = "a constant file, which the tests below read")]
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../benches/resources.json")).expect("the file is valid")
});

/// Every type.
pub(super) fn kinds() -> &'static [Kind] {
    &KINDS
}

impl Kind {
    /// The attributes of one object. In the texts of the file `{name}` is its name, `{byte}` a number
    /// below 256, `{hex12}` twelve hexadecimal digits, and `{HEX12}` the same in capital letters.
    pub(super) fn values(&self, name: &str, chance: &mut Chance) -> Value {
        fill(&self.values, name, chance)
    }
}

fn fill(value: &Value, name: &str, chance: &mut Chance) -> Value {
    match value {
        Value::String(text) => Value::String(fill_text(text, name, chance)),
        Value::Array(items) => items.iter().map(|item| fill(item, name, chance)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), fill(value, name, chance)))
            .collect(),
        other => other.clone(),
    }
}

fn fill_text(text: &str, name: &str, chance: &mut Chance) -> String {
    let (mut filled, mut rest) = (String::with_capacity(text.len() + 32), text);
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after
            .split_once('}')
            .and_then(|(place, tail)| Some((placed(place, name, chance)?, tail)));
        match place {
            Some((value, tail)) => {
                filled.push_str(&value);
                rest = tail;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

/// What stands in a place; none when the braces are no place.
fn placed(place: &str, name: &str, chance: &mut Chance) -> Option<String> {
    if let Some(digits) = place.strip_prefix("hex") {
        return digits.parse().ok().map(|digits| chance.hexadecimal(digits));
    }
    if let Some(digits) = place.strip_prefix("HEX") {
        return digits
            .parse()
            .ok()
            .map(|digits| chance.hexadecimal(digits).to_uppercase());
    }
    match place {
        "name" => Some(name.to_owned()),
        "byte" => Some(chance.below(256).to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_and_other_braces_stay() {
        let mut chance = Chance::new(1);
        assert_eq!(fill_text("{{a}}: {name}-{", "web", &mut chance), "{{a}}: web-{");
        assert_eq!(fill_text("i-{hex17}", "web", &mut chance).len(), 19);
        assert!(fill_text("{byte}", "", &mut chance).parse::<u8>().is_ok());
    }

    #[test]
    fn every_type_has_a_release_that_can_change() {
        for kind in kinds() {
            let values = kind.values("web", &mut Chance::new(1));
            assert_eq!(
                values.pointer("/tags/release"),
                Some(&Value::from("1")),
                "{}",
                kind.resource_type
            );
            assert!(
                kind.sensitive
                    .iter()
                    .all(|attribute| values.get(attribute).is_some())
            );
        }
    }
}
