//! What an object will be, put together from the attributes that an effect lists.

use lockkeeper_domain::effect::{Action, AttributeValue, Effect};
use serde_json::Value;

/// A part of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'e> {
    /// The plan does not list it, because it stays as it is.
    Unchanged,
    /// Not set: absent, or left to the provider.
    NotSet,
    /// Known after apply only, or sensitive.
    Hidden,
    /// A text, number or truth value.
    Plain(&'e Value),
    /// Keys in order. Of one that is whole, what is not listed is not set.
    Object {
        whole: bool,
        parts: Vec<(&'e str, Node<'e>)>,
    },
    /// Elements in order.
    List(Vec<Node<'e>>),
}

/// An object of a plan, and where to look in it.
pub(crate) struct Resource<'e> {
    pub(crate) effect: &'e Effect,
    root: Node<'e>,
}

/// Longer lists in a path are a mistake or an attack.
const MOST_ELEMENTS: usize = 10_000;

impl<'e> Resource<'e> {
    /// The object after the effect; nothing when the effect neither makes nor alters one.
    pub(crate) fn after(effect: &'e Effect) -> Option<Self> {
        let made = matches!(effect.action, Action::Create | Action::Update) || effect.action.is_replacement();
        if !made {
            return None;
        }
        let whole = effect.action == Action::Create;
        let mut root = Node::Object {
            whole,
            parts: Vec::new(),
        };
        for change in &effect.attributes {
            let steps = steps(&change.path);
            // An element that goes away stands at its old position, where another one may be now.
            let removed = change.after == AttributeValue::Absent;
            if removed && matches!(steps.last(), Some(Step::Position(_))) {
                continue;
            }
            let node = match &change.after {
                AttributeValue::Absent => Node::NotSet,
                AttributeValue::Unknown if change.computed => Node::NotSet,
                AttributeValue::Unknown | AttributeValue::Sensitive { .. } => Node::Hidden,
                AttributeValue::Known(value) => from_value(value),
            };
            insert(&mut root, &steps, node, whole);
        }
        for (path, value) in &effect.context {
            insert(&mut root, &steps(path), from_value(value), whole);
        }
        Some(Self { effect, root })
    }

    /// Every part at a path of keys: `settings.ip_configuration.ssl_mode`. Lists on the way and at the
    /// end are gone through. What is not set is answered too, at the place where it would stand.
    pub(crate) fn at(&self, path: &str) -> Vec<(String, &Node<'e>)> {
        let keys: Vec<&str> = path.split('.').collect();
        let mut found = Vec::new();
        walk(&self.root, &keys, String::new(), &mut found);
        found
    }

    /// The elements of a list of blocks; the object itself for an empty path.
    pub(crate) fn blocks(&self, path: &str) -> Vec<Block<'_>> {
        if path.is_empty() {
            return vec![Block {
                path: String::new(),
                node: &self.root,
            }];
        }
        blocks(self.at(path))
    }

    /// The only text at a path.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        Block {
            path: String::new(),
            node: &self.root,
        }
        .text(path)
    }
}

/// One nested block, and the path at which it stands.
pub(crate) struct Block<'r> {
    pub(crate) path: String,
    node: &'r Node<'r>,
}

impl<'r> Block<'r> {
    /// The parts at a path of keys from the block.
    pub(crate) fn at(&self, path: &str) -> Vec<(String, &'r Node<'r>)> {
        let keys: Vec<&str> = path.split('.').collect();
        let mut found = Vec::new();
        walk(self.node, &keys, self.path.clone(), &mut found);
        found
    }

    /// The elements of a list of blocks within this one.
    pub(crate) fn blocks(&self, path: &str) -> Vec<Block<'r>> {
        blocks(self.at(path))
    }

    /// The only value at a path.
    pub(crate) fn value(&self, path: &str) -> &'r Node<'r> {
        self.at(path)
            .into_iter()
            .next()
            .map_or(&Node::NotSet, |(_, node)| node)
    }

    /// The only text at a path.
    pub(crate) fn text(&self, path: &str) -> Option<&'r str> {
        match self.value(path) {
            Node::Plain(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Every text at a path, with its place.
    pub(crate) fn texts(&self, path: &str) -> Vec<(String, &'r str)> {
        let texts = self.at(path).into_iter().filter_map(|(path, node)| match node {
            Node::Plain(Value::String(text)) => Some((path, text.as_str())),
            _ => None,
        });
        texts.collect()
    }

    /// The only number at a path; texts that are numbers count.
    pub(crate) fn number(&self, path: &str) -> Option<i64> {
        match self.value(path) {
            Node::Plain(value) => number(value),
            _ => None,
        }
    }
}

fn blocks<'r>(found: Vec<(String, &'r Node<'r>)>) -> Vec<Block<'r>> {
    let objects = found
        .into_iter()
        .filter(|(_, node)| matches!(node, Node::Object { .. }));
    objects.map(|(path, node)| Block { path, node }).collect()
}

/// A whole number, or a text that is one.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().map(|number| number as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn walk<'n, 'e>(node: &'n Node<'e>, keys: &[&str], path: String, found: &mut Vec<(String, &'n Node<'e>)>) {
    match (node, keys) {
        (Node::List(parts), _) => {
            for (position, part) in parts.iter().enumerate() {
                walk(part, keys, format!("{path}[{position}]"), found);
            }
            if parts.is_empty() {
                let rest = keys.iter().fold(path, |path, key| joined(&path, key));
                found.push((rest, &Node::NotSet));
            }
        }
        (_, []) => found.push((path, node)),
        (Node::Object { whole, parts }, [key, rest @ ..]) => {
            let absent = if *whole { &Node::NotSet } else { &Node::Unchanged };
            let part = parts
                .iter()
                .find(|(name, _)| name == key)
                .map_or(absent, |(_, part)| part);
            walk(part, rest, joined(&path, key), found);
        }
        (Node::Plain(_), _) => {}
        (Node::Unchanged | Node::NotSet | Node::Hidden, keys) => {
            found.push((keys.iter().fold(path, |path, key| joined(&path, key)), node));
        }
    }
}

fn joined(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

fn from_value(value: &Value) -> Node<'_> {
    match value {
        Value::Null => Node::NotSet,
        Value::Object(parts) => Node::Object {
            whole: true,
            parts: parts
                .iter()
                .map(|(key, part)| (key.as_str(), from_value(part)))
                .collect(),
        },
        Value::Array(parts) => Node::List(parts.iter().map(from_value).collect()),
        plain => Node::Plain(plain),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Step<'p> {
    Key(&'p str),
    Position(usize),
}

/// Reads a path such as `ingress[0].cidr_blocks`, `tags["a.b"]`.
fn steps(path: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let quoted = inner.strip_prefix('"').and_then(|text| text.split_once("\"]"));
            let (step, behind) = match (quoted, inner.split_once(']')) {
                (Some((key, behind)), _) => (Step::Key(key), behind),
                (None, Some((position, behind))) => match position.parse() {
                    Ok(position) => (Step::Position(position), behind),
                    Err(_) => (Step::Key(position), behind),
                },
                (None, None) => (Step::Key(inner), ""),
            };
            steps.push(step);
            rest = behind.strip_prefix('.').unwrap_or(behind);
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let (key, behind) = rest.split_at(end);
            steps.push(Step::Key(key));
            rest = behind.strip_prefix('.').unwrap_or(behind);
        }
    }
    steps
}

/// Puts a value at a path. `whole` says that the object is new: what is never listed is not set.
fn insert<'e>(node: &mut Node<'e>, steps: &[Step<'e>], value: Node<'e>, whole: bool) {
    let Some((step, rest)) = steps.split_first() else {
        *node = value;
        return;
    };
    match step {
        Step::Key(key) => {
            if !matches!(node, Node::Object { .. }) {
                *node = Node::Object {
                    whole,
                    parts: Vec::new(),
                };
            }
            if let Node::Object { parts, .. } = node {
                let at = parts.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
                    parts.push((key, Node::Unchanged));
                    parts.len() - 1
                });
                if let Some((_, part)) = parts.get_mut(at) {
                    insert(part, rest, value, whole);
                }
            }
        }
        Step::Position(position) if *position < MOST_ELEMENTS => {
            if !matches!(node, Node::List(_)) {
                *node = Node::List(Vec::new());
            }
            if let Node::List(parts) = node {
                while parts.len() <= *position {
                    parts.push(Node::Unchanged);
                }
                if let Some(part) = parts.get_mut(*position) {
                    insert(part, rest, value, whole);
                }
            }
        }
        Step::Position(_) => {}
    }
}

#[cfg(test)]
mod tests;
