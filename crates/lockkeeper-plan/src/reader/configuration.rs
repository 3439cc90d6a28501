//! The configuration inside a plan: which resource refers to which, through modules and variables.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::shape::Text;

#[derive(Deserialize, Default)]
pub(super) struct Configuration<'a> {
    #[serde(borrow, default)]
    pub(super) root_module: Module<'a>,
}

#[derive(Deserialize, Default)]
pub(super) struct Module<'a> {
    #[serde(borrow, default)]
    pub(super) resources: Vec<Resource<'a>>,
    #[serde(borrow, default)]
    pub(super) module_calls: BTreeMap<Text<'a>, ModuleCall<'a>>,
    #[serde(borrow, default)]
    pub(super) outputs: BTreeMap<Text<'a>, Output<'a>>,
    #[serde(borrow, default)]
    pub(super) variables: BTreeMap<Text<'a>, VariableDeclaration>,
}

#[derive(Deserialize)]
pub(super) struct Resource<'a> {
    #[serde(borrow, default)]
    pub(super) mode: Option<Text<'a>>,
    #[serde(borrow, default, rename = "type")]
    pub(super) resource_type: Text<'a>,
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(borrow, default)]
    pub(super) expressions: Expressions<'a>,
    #[serde(borrow, default)]
    pub(super) for_each_expression: References<'a>,
    #[serde(borrow, default)]
    pub(super) count_expression: References<'a>,
    #[serde(borrow, default)]
    pub(super) depends_on: Vec<Text<'a>>,
}

#[derive(Deserialize)]
pub(super) struct ModuleCall<'a> {
    #[serde(borrow, default)]
    pub(super) expressions: Expressions<'a>,
    #[serde(borrow, default)]
    pub(super) module: Module<'a>,
}

#[derive(Deserialize)]
pub(super) struct Output<'a> {
    #[serde(borrow, default)]
    pub(super) expression: References<'a>,
}

#[derive(Deserialize)]
pub(super) struct VariableDeclaration {
    #[serde(default)]
    pub(super) sensitive: bool,
}

/// The references of each attribute at the top of a resource's block.
#[derive(Default)]
pub(super) struct Expressions<'a>(pub(super) BTreeMap<Cow<'a, str>, References<'a>>);

/// What an expression refers to: `aws_vpc.main.id`, `module.network.id`, `var.name`, `each.value`.
#[derive(Default)]
pub(super) struct References<'a>(pub(super) Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Expressions<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<BTreeMap<Text<'a>, References<'a>>>::deserialize(deserializer).map(|attributes| {
            Self(
                attributes
                    .into_iter()
                    .flatten()
                    .map(|(name, references)| (name.0, references))
                    .collect(),
            )
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for References<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReferenceVisitor)
    }
}

/// Gathers every `references` list of an expression, however deep its blocks are nested.
struct ReferenceVisitor;

impl<'de> Visitor<'de> for ReferenceVisitor {
    type Value = References<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an expression")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut found = References::default();
        while let Some(key) = object.next_key::<Text<'de>>()? {
            match key.0.as_ref() {
                "constant_value" => _ = object.next_value::<IgnoredAny>()?,
                "references" => {
                    let listed = object.next_value::<Option<Vec<Text<'de>>>>()?;
                    found.0.extend(listed.into_iter().flatten().map(|text| text.0));
                }
                _ => found.0.extend(object.next_value::<References<'de>>()?.0),
            }
        }
        Ok(found)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut found = References::default();
        while let Some(part) = list.next_element::<References<'de>>()? {
            found.0.extend(part.0);
        }
        Ok(found)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(References::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(References::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(References::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(References::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(References::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(References::default())
    }
}
