//! Keys of tables, made of attributes: `{engine|rds-engine}/{instance_class}`.

/// A key with places for attributes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template(pub(crate) Vec<Part>);

/// A part of a key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part {
    /// As it stands.
    Literal(String),
    /// The value of an attribute, sent through a mapping where one is named.
    Attribute {
        /// The path of the attribute.
        path: String,
        /// The mapping.
        mapping: Option<String>,
    },
}

impl Template {
    /// Reads a key; nothing when its braces do not match.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, after)) = rest.split_once('{') {
            let (inside, after) = after.split_once('}')?;
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            let (path, mapping) = match inside.split_once('|') {
                Some((path, mapping)) => (path, Some(mapping.to_owned())),
                None => (inside, None),
            };
            if path.is_empty() || inside.contains('{') {
                return None;
            }
            parts.push(Part::Attribute {
                path: path.to_owned(),
                mapping,
            });
            rest = after;
        }
        if rest.contains('}') {
            return None;
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Some(Self(parts))
    }

    /// The attributes, with their mappings.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().filter_map(|part| match part {
            Part::Literal(_) => None,
            Part::Attribute { path, mapping } => Some((path.as_str(), mapping.as_deref())),
        })
    }
}
