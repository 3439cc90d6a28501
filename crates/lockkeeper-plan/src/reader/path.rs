//! The path of an attribute, as people write it: `ingress[0].cidr_blocks[1]`, `tags["a.b"]`.

use std::fmt::Write;

use serde_json::Value;

/// A path that grows and shrinks while a value is walked through.
#[derive(Default)]
pub(super) struct Path(String);

impl Path {
    /// Whether the path is the object itself.
    pub(super) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The path as text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Walks to the part under a key, does something there, and comes back.
    pub(super) fn at_key<R>(&mut self, key: &str, act: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.0.len();
        self.push_key(key);
        let result = act(self);
        self.0.truncate(length);
        result
    }

    /// The same for the part at a position.
    pub(super) fn at_position<R>(&mut self, position: usize, act: impl FnOnce(&mut Self) -> R) -> R {
        let length = self.0.len();
        self.push_position(position as u64);
        let result = act(self);
        self.0.truncate(length);
        result
    }

    fn push_key(&mut self, key: &str) {
        let plain = !key.is_empty()
            && key
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || matches!(character, '_' | '-'));
        match (plain, self.is_root()) {
            (true, true) => self.0.push_str(key),
            (true, false) => {
                self.0.push('.');
                self.0.push_str(key);
            }
            (false, _) => _ = write!(self.0, "[{}]", Value::from(key)),
        }
    }

    fn push_position(&mut self, position: u64) {
        _ = write!(self.0, "[{position}]");
    }
}

/// The paths of `replace_paths`: lists of keys and positions.
pub(super) fn replacement_paths(value: &Value) -> Vec<String> {
    let paths = value.as_array().into_iter().flatten();
    paths
        .filter_map(|steps| steps.as_array())
        .map(|steps| render(steps))
        .collect()
}

fn render(steps: &[Value]) -> String {
    let mut path = Path::default();
    for step in steps {
        match step {
            Value::String(key) => path.push_key(key),
            Value::Number(position) => path.push_position(position.as_u64().unwrap_or_default()),
            _ => {}
        }
    }
    path.0
}

/// Whether one of two paths lies on the other.
pub(super) fn on_one_line(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    long.strip_prefix(short)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']) || short.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_read_like_code() {
        let paths = replacement_paths(&json!([["ingress", 0, "cidr_blocks"], ["tags", "a.b"]]));
        assert_eq!(paths, ["ingress[0].cidr_blocks", "tags[\"a.b\"]"]);
    }

    #[test]
    fn a_path_lies_on_its_parents() {
        assert!(on_one_line("a", "a[0].b"));
        assert!(on_one_line("a.b", "a"));
        assert!(!on_one_line("a", "ab"));
    }
}
