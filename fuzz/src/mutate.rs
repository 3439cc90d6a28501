//! Alters JSON as JSON: bytes altered at random are seldom a plan any more.

use serde_json::{Map, Value, json};

/// Alters one place of a document; `None` when the bytes are no JSON.
pub fn json_document(bytes: &[u8], seed: u32) -> Option<Vec<u8>> {
    let mut document: Value = serde_json::from_slice(bytes).ok()?;
    let mut chance = Chance(u64::from(seed) | 1);
    let donor = pick(&document, &mut chance).clone();
    alter(&mut document, donor, &mut chance);
    serde_json::to_vec(&document).ok()
}

struct Chance(u64);

impl Chance {
    /// A number below the limit; 0 when the limit is.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit.max(1)
    }
}

/// Some part of the document.
fn pick<'v>(value: &'v Value, chance: &mut Chance) -> &'v Value {
    let parts: Vec<&Value> = match value {
        Value::Array(parts) => parts.iter().collect(),
        Value::Object(parts) => parts.values().collect(),
        _ => Vec::new(),
    };
    match parts.get(chance.below(parts.len())) {
        Some(part) if chance.below(6) > 0 => pick(part, chance),
        _ => value,
    }
}

fn alter(value: &mut Value, donor: Value, chance: &mut Chance) {
    let deeper = chance.below(7) > 0;
    match value {
        Value::Array(parts) if deeper && !parts.is_empty() => {
            let at = chance.below(parts.len());
            alter(&mut parts[at], donor, chance);
        }
        Value::Object(parts) if deeper && !parts.is_empty() => {
            let at = chance.below(parts.len());
            if let Some(part) = parts.values_mut().nth(at) {
                alter(part, donor, chance);
            }
        }
        Value::Array(parts) => alter_list(parts, donor, chance),
        Value::Object(parts) => alter_object(parts, donor, chance),
        leaf => {
            *leaf = if chance.below(2) == 0 {
                donor
            } else {
                interesting(chance)
            }
        }
    }
}

fn alter_list(parts: &mut Vec<Value>, donor: Value, chance: &mut Chance) {
    let at = chance.below(parts.len() + 1);
    match chance.below(3) {
        0 if at < parts.len() => _ = parts.remove(at),
        1 if at < parts.len() => parts.insert(at, parts[at].clone()),
        _ => parts.insert(at, donor),
    }
}

fn alter_object(parts: &mut Map<String, Value>, donor: Value, chance: &mut Chance) {
    let key = parts
        .keys()
        .nth(chance.below(parts.len()))
        .cloned()
        .unwrap_or_default();
    match chance.below(4) {
        0 => _ = parts.remove(&key),
        1 => {
            // Under another key of the format, which takes its part then.
            let value = parts.remove(&key).unwrap_or(donor);
            parts.insert(KEYS[chance.below(KEYS.len())].to_owned(), value);
        }
        2 => _ = parts.insert(KEYS[chance.below(KEYS.len())].to_owned(), donor),
        _ => _ = parts.insert(key, interesting(chance)),
    }
}

/// Keys that the reader knows.
const KEYS: [&str; 38] = [
    "action_invocations",
    "action_reason",
    "actions",
    "address",
    "after",
    "after_sensitive",
    "after_unknown",
    "before",
    "before_sensitive",
    "change",
    "checks",
    "child_modules",
    "configuration",
    "deferred_changes",
    "deposed",
    "expressions",
    "importing",
    "index",
    "mode",
    "module_calls",
    "name",
    "output_changes",
    "outputs",
    "planned_values",
    "previous_address",
    "prior_state",
    "provider_name",
    "references",
    "replace_paths",
    "resource_changes",
    "resource_drift",
    "resources",
    "root_module",
    "sensitive",
    "type",
    "value",
    "values",
    "variables",
];

/// Values at which readers stumble.
fn interesting(chance: &mut Chance) -> Value {
    let values = [
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(1.5e300),
        json!(""),
        json!("\u{1b}[2J\u{202e}\r\n"),
        json!("a\nb\nc\n"),
        json!("{\"a\":[1,{\"b\":\"c\"}]}"),
        json!("漢字🚀`</pre>@all"),
        json!("module.a[\"x.y\"].b.c[0]"),
        json!([]),
        json!({}),
        json!(["delete", "create"]),
        json!(["create"]),
        json!(["update"]),
        json!(["no-op"]),
        json!([["tags", "x"], [0]]),
    ];
    values[chance.below(values.len())].clone()
}
