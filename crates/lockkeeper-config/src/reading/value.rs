//! One value, from the text or from an environment variable.

use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use serde_json::Value as Json;
use toml::de::DeValue;

use super::problems::Problems;
use super::section::Section;

/// A value, and where it came from.
pub(crate) struct Value<'a> {
    pub(super) path: String,
    pub(super) origin: Origin<'a>,
}

pub(super) enum Origin<'a> {
    Toml {
        span: Range<usize>,
        content: &'a DeValue<'a>,
    },
    Variable(&'a str),
}

impl<'a> Value<'a> {
    pub(super) fn toml(path: String, span: Range<usize>, content: &'a DeValue<'a>) -> Self {
        Self {
            path,
            origin: Origin::Toml { span, content },
        }
    }

    /// The keys from the root, or the name of the variable.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Where the value stands; empty for a variable.
    pub(crate) fn span(&self) -> Range<usize> {
        match &self.origin {
            Origin::Toml { span, .. } => span.clone(),
            Origin::Variable(_) => 0..0,
        }
    }

    /// Reports a mistake in this value; answers `None` so that it can end a reader.
    pub(crate) fn refuse<T>(
        &self,
        problems: &mut Problems<'_>,
        message: impl Display,
        hint: Option<String>,
    ) -> Option<T> {
        match &self.origin {
            Origin::Toml { span, .. } => problems.add(span.clone(), message.to_string(), hint),
            Origin::Variable(_) => problems.add_in_variable(message.to_string(), hint),
        }
        None
    }

    /// Whether the value is a text.
    pub(crate) fn is_text(&self) -> bool {
        match &self.origin {
            Origin::Toml { content, .. } => content.is_str(),
            Origin::Variable(_) => true,
        }
    }

    /// A text.
    pub(crate) fn text(&self, problems: &mut Problems<'_>) -> Option<&'a str> {
        match &self.origin {
            Origin::Variable(text) => Some(text),
            Origin::Toml {
                content: DeValue::String(text),
                ..
            } => Some(text),
            Origin::Toml { .. } => self.wrong_type("a text in quotes", problems),
        }
    }

    /// A text that says something.
    pub(crate) fn filled_text(&self, problems: &mut Problems<'_>) -> Option<&'a str> {
        let text = self.text(problems)?;
        if text.trim().is_empty() {
            return self.refuse(problems, format!("`{}` is empty.", self.path), None);
        }
        Some(text)
    }

    /// A text that something is parsed from; the parser's error is the message.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, problems: &mut Problems<'_>) -> Option<T> {
        let text = self.text(problems)?;
        match text.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => self.refuse(problems, format!("`{}`: {error}.", self.path), None),
        }
    }

    /// True or false.
    pub(crate) fn boolean(&self, problems: &mut Problems<'_>) -> Option<bool> {
        match &self.origin {
            Origin::Toml {
                content: DeValue::Boolean(boolean),
                ..
            } => Some(*boolean),
            Origin::Variable("true") => Some(true),
            Origin::Variable("false") => Some(false),
            _ => self.wrong_type("true or false", problems),
        }
    }

    /// A whole number within the bounds.
    pub(crate) fn number(&self, bounds: Range<u64>, problems: &mut Problems<'_>) -> Option<u64> {
        let number = match &self.origin {
            Origin::Toml {
                content: DeValue::Integer(integer),
                ..
            } => i128::from_str_radix(integer.as_str(), integer.radix()).ok(),
            Origin::Variable(text) => text.parse().ok(),
            Origin::Toml { .. } => return self.wrong_type("a whole number", problems),
        };
        let within = number
            .and_then(|number| u64::try_from(number).ok())
            .filter(|number| bounds.contains(number));
        if within.is_none() {
            let last = bounds.end.saturating_sub(1);
            let message = format!(
                "`{}` must be a whole number from {} to {last}.",
                self.path, bounds.start
            );
            return self.refuse(problems, message, None);
        }
        within
    }

    /// A duration above zero and at most `longest`: `90s`, `2m`, `1h 30m`, `7d` (a day has 24 hours).
    pub(crate) fn duration(&self, longest: Duration, problems: &mut Problems<'_>) -> Option<Duration> {
        let text = self.text(problems)?;
        let parsed = text
            .parse::<Span>()
            .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
            .ok()
            .and_then(|duration| Duration::try_from(duration).ok());
        match parsed {
            Some(duration) if !duration.is_zero() && duration <= longest => Some(duration),
            Some(_) => {
                let longest = jiff::SignedDuration::try_from(longest).unwrap_or_default();
                let message = format!(
                    "`{}` must be longer than nothing, and at most {longest:#}.",
                    self.path
                );
                self.refuse(problems, message, None)
            }
            None => {
                let hint = Some("Write it like `90s`, `2m`, `1h 30m` or `7d`.".to_owned());
                self.refuse(
                    problems,
                    format!("`{}`: `{text}` is not a duration.", self.path),
                    hint,
                )
            }
        }
    }

    /// The elements of a list; those of a variable are separated by commas.
    pub(crate) fn list(&self, problems: &mut Problems<'_>) -> Option<Vec<Value<'a>>> {
        match &self.origin {
            Origin::Toml {
                content: DeValue::Array(array),
                ..
            } => Some(
                array
                    .iter()
                    .enumerate()
                    .map(|(index, element)| {
                        Value::toml(
                            format!("{}[{index}]", self.path),
                            element.span(),
                            element.get_ref(),
                        )
                    })
                    .collect(),
            ),
            Origin::Variable(text) => Some(
                text.split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .map(|part| Value {
                        path: self.path.clone(),
                        origin: Origin::Variable(part),
                    })
                    .collect(),
            ),
            Origin::Toml { .. } => self.wrong_type("a list in brackets", problems),
        }
    }

    /// A table.
    pub(crate) fn section(&self, problems: &mut Problems<'_>) -> Option<Section<'a>> {
        match &self.origin {
            Origin::Toml {
                span,
                content: DeValue::Table(table),
            } => Some(Section::of(self.path.clone(), span.clone(), table)),
            _ => self.wrong_type("a table", problems),
        }
    }

    /// A civil date or time, in quotes or as TOML's own type, as text.
    pub(crate) fn civil(&self, problems: &mut Problems<'_>) -> Option<String> {
        match &self.origin {
            Origin::Toml {
                content: DeValue::Datetime(datetime),
                ..
            } => Some(datetime.to_string()),
            _ => self.text(problems).map(str::to_owned),
        }
    }

    /// Any value, as JSON. Dates become texts.
    pub(crate) fn json(&self, problems: &mut Problems<'_>) -> Option<Json> {
        match &self.origin {
            Origin::Variable(text) => Some(Json::from(*text)),
            Origin::Toml { content, .. } => match to_json(content) {
                Some(json) => Some(json),
                None => {
                    let message = format!("`{}` holds a number that JSON cannot hold.", self.path);
                    self.refuse(problems, message, None)
                }
            },
        }
    }

    fn wrong_type<T>(&self, expected: &str, problems: &mut Problems<'_>) -> Option<T> {
        let found = match &self.origin {
            Origin::Toml { content, .. } => article(content),
            Origin::Variable(_) => "another text",
        };
        self.refuse(
            problems,
            format!("`{}` must be {expected}, and is {found}.", self.path),
            None,
        )
    }
}

fn article(content: &DeValue<'_>) -> &'static str {
    match content {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The value as JSON; `None` when a number is infinite, not a number, or beyond 64 bits. TOML's parser
/// bounds the depth.
fn to_json(content: &DeValue<'_>) -> Option<Json> {
    Some(match content {
        DeValue::String(text) => Json::from(text.as_ref()),
        DeValue::Integer(integer) => Json::from(i64::from_str_radix(integer.as_str(), integer.radix()).ok()?),
        DeValue::Float(float) => Json::from(serde_json::Number::from_f64(float.as_str().parse().ok()?)?),
        DeValue::Boolean(boolean) => Json::from(*boolean),
        DeValue::Datetime(datetime) => Json::from(datetime.to_string()),
        DeValue::Array(array) => Json::Array(
            array
                .iter()
                .map(|element| to_json(element.get_ref()))
                .collect::<Option<_>>()?,
        ),
        DeValue::Table(table) => Json::Object(
            table
                .iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), to_json(value.get_ref())?)))
                .collect::<Option<_>>()?,
        ),
    })
}
