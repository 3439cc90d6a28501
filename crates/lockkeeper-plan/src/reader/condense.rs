//! One pass over a plan, however large, that leaves what matters: the objects that change, and the values that
//! are marked sensitive. An object that stays as it is leaves its address. Nothing else is ever held.

use std::io::Read;
use std::ops::Range;

use super::cursor::{Cursor, Stop};
use super::error::ReadError;
use super::parse;
use super::sensitive::Collector;
use super::shape::{Document, Masked, Text};
use super::stream::{Stream, unescaped};
use crate::text::excerpt;

/// What is left of a plan.
#[derive(Default)]
pub(super) struct Condensed {
    /// A plan of the same shape, without the objects that stay as they are, and without the planned values and
    /// the prior state.
    pub(super) text: String,
    /// The addresses of the managed objects that stay as they are.
    pub(super) unchanged: Vec<String>,
    /// What is marked sensitive in that which was left out.
    pub(super) sensitive: Collector,
    /// How many managed objects are planned; nothing when the plan has no planned values.
    pub(super) planned: Option<usize>,
    /// The keys at the top, as far as they tell what the document is.
    pub(super) keys: Vec<String>,
    /// What a reader should know of the input.
    pub(super) warning: Option<String>,
}

/// The keys at the top whose values are kept.
const KEPT: [&str; 13] = [
    "action_invocations",
    "applyable",
    "checks",
    "complete",
    "configuration",
    "deferred_changes",
    "errored",
    "format_version",
    "output_changes",
    "resource_changes",
    "resource_drift",
    "terraform_version",
    "variables",
];

/// More keys at the top are not remembered.
const MOST_KEYS: usize = 64;

/// Modules nested deeper than this are an attack.
const MOST_MODULES: usize = 60;

/// Goes over a plan once.
///
/// # Errors
/// When it is no JSON object, not all of one, or followed by something.
pub(super) fn condense<'r>(source: impl Read + 'r) -> Result<Condensed, ReadError> {
    let (mut stream, warning) = Stream::open(source)?;
    if stream.is_at_end()? {
        return Err(ReadError::Empty);
    }
    if !stream.read(|cursor| Ok(cursor.peek()? == b'{'))? {
        return Err(parse::other_text(&stream.everything()?));
    }
    let condensed = Condensed {
        warning,
        ..Condensed::default()
    };
    let mut walk = Walk { stream, condensed };
    walk.plan()?;
    if walk.stream.is_at_end()? {
        return Ok(walk.condensed);
    }
    let (line, _) = walk.stream.place(0);
    Err(match walk.stream.read(|cursor| cursor.peek())? {
        b'{' => ReadError::SeveralDocuments { line },
        _ => ReadError::TextAfterwards { line },
    })
}

impl Condensed {
    /// What is left, typed.
    ///
    /// # Errors
    /// When it is no plan.
    pub(super) fn document(&self) -> Result<Document<'_>, ReadError> {
        parse::document(self)
    }
}

struct Walk<'r> {
    stream: Stream<'r>,
    condensed: Condensed,
}

/// How a list or an object begins and ends.
type Brackets = (u8, u8, &'static str);
const OBJECT: Brackets = (b'{', b'}', "an object");
const LIST: Brackets = (b'[', b']', "a list");

impl Walk<'_> {
    fn plan(&mut self) -> Result<(), ReadError> {
        self.condensed.text.push('{');
        let mut first = self.open(OBJECT)?;
        while let Some(key) = self.next_key(&mut first)? {
            match key.as_str() {
                "planned_values" if self.condensed.planned.is_some() => return Err(twice(&key)),
                "planned_values" => {
                    let managed = self.state(OBJECT)?;
                    self.condensed.planned = Some(managed);
                }
                "prior_state" => self.prior_state()?,
                "resource_changes" if self.comes(LIST)? => self.changes()?,
                kept if KEPT.contains(&kept) => self.keep(kept)?,
                _ => self.stream.read(|cursor| cursor.value().map(|_| ()))?,
            }
            if self.condensed.keys.len() < MOST_KEYS {
                self.condensed.keys.push(key);
            }
        }
        self.condensed.text.push('}');
        Ok(())
    }

    /// Whether such a value comes next.
    fn comes(&mut self, (begin, ..): Brackets) -> Result<bool, ReadError> {
        self.stream.read(|cursor| Ok(cursor.peek()? == begin))
    }

    /// Steps into a list or an object; into one that is null as if it were empty.
    fn open(&mut self, (begin, _, what): Brackets) -> Result<Part, ReadError> {
        self.stream.read(|cursor| {
            if cursor.take(begin)? {
                return Ok(Part::First);
            }
            let place = cursor.value()?;
            match cursor.part(&place) {
                "null" => Ok(Part::None),
                _ => Err(Stop::Unexpected(place.start, what)),
            }
        })
    }

    /// Steps to the next part, or behind the end. Answers whether there is one.
    fn next(&mut self, part: &mut Part, (_, end, _): Brackets) -> Result<bool, ReadError> {
        let there_is = match *part {
            Part::None => false,
            Part::First => self.stream.read(|cursor| Ok(!cursor.take(end)?))?,
            Part::Later => self.stream.read(|cursor| {
                let ends = cursor.take(end)?;
                if !ends {
                    cursor.expect(b',', "a comma or the end of a list or object")?;
                }
                Ok(!ends)
            })?,
        };
        *part = Part::Later;
        Ok(there_is)
    }

    fn next_key(&mut self, part: &mut Part) -> Result<Option<String>, ReadError> {
        if !self.next(part, OBJECT)? {
            return Ok(None);
        }
        self.stream.read(|cursor| {
            let place = cursor.key()?;
            Ok(Some(unescaped(cursor.part(&place)).into_owned()))
        })
    }

    fn separate(&mut self) {
        if !self.condensed.text.ends_with(['{', '[']) {
            self.condensed.text.push(',');
        }
    }

    fn keep(&mut self, key: &str) -> Result<(), ReadError> {
        self.separate();
        let text = &mut self.condensed.text;
        text.extend(["\"", key, "\":"]);
        self.stream.read(|cursor| {
            let place = cursor.value()?;
            text.push_str(cursor.part(&place));
            Ok(())
        })
    }

    fn changes(&mut self) -> Result<(), ReadError> {
        self.separate();
        self.condensed.text.push_str("\"resource_changes\":[");
        let mut part = self.open(LIST)?;
        while self.next(&mut part, LIST)? {
            let condensed = &mut self.condensed;
            self.stream.read(|cursor| {
                let entry = Entry::read(cursor)?;
                condensed.add(&entry, cursor);
                Ok(())
            })?;
        }
        self.condensed.text.push(']');
        Ok(())
    }

    fn prior_state(&mut self) -> Result<(), ReadError> {
        let mut part = self.open(OBJECT)?;
        while let Some(key) = self.next_key(&mut part)? {
            match key.as_str() {
                "values" => _ = self.state(OBJECT)?,
                _ => self.stream.read(|cursor| cursor.value().map(|_| ()))?,
            }
        }
        Ok(())
    }

    /// Planned or prior values: they are looked at for what is marked sensitive, and their managed objects are
    /// counted.
    fn state(&mut self, brackets: Brackets) -> Result<usize, ReadError> {
        let (mut part, mut managed) = (self.open(brackets)?, 0);
        while let Some(key) = self.next_key(&mut part)? {
            let sensitive = &mut self.condensed.sensitive;
            match key.as_str() {
                "outputs" => self.stream.read(|cursor| {
                    let place = cursor.value()?;
                    sensitive.add_outputs(cursor.part(&place));
                    Ok(())
                })?,
                "root_module" => managed += self.module(0)?,
                _ => self.stream.read(|cursor| cursor.value().map(|_| ()))?,
            }
        }
        Ok(managed)
    }

    fn module(&mut self, depth: usize) -> Result<usize, ReadError> {
        if depth > MOST_MODULES {
            let (line, column) = self.stream.place(0);
            let place = format!("modules inside of modules, at line {line} column {column}");
            return Err(ReadError::TooDeep { place });
        }
        let (mut part, mut managed) = (self.open(OBJECT)?, 0);
        while let Some(key) = self.next_key(&mut part)? {
            match key.as_str() {
                "resources" => managed += self.resources()?,
                "child_modules" => {
                    let mut child = self.open(LIST)?;
                    while self.next(&mut child, LIST)? {
                        managed += self.module(depth + 1)?;
                    }
                }
                _ => self.stream.read(|cursor| cursor.value().map(|_| ()))?,
            }
        }
        Ok(managed)
    }

    fn resources(&mut self) -> Result<usize, ReadError> {
        let (mut part, mut managed) = (self.open(LIST)?, 0);
        while self.next(&mut part, LIST)? {
            let sensitive = &mut self.condensed.sensitive;
            managed += self.stream.read(|cursor| {
                let (mut mode, mut values, mut mask) = (None, None, None);
                cursor.object(|cursor, key| {
                    let place = Some(cursor.value()?);
                    match key {
                        b"mode" => mode = place,
                        b"values" => values = place,
                        b"sensitive_values" => mask = place,
                        _ => {}
                    }
                    Ok(())
                })?;
                let part = |place: &Option<Range<usize>>| place.as_ref().map(|place| cursor.part(place));
                if let Some(masked) = Masked::when_marked(|| part(&values), part(&mask)) {
                    sensitive.add_masked(&masked);
                }
                Ok(usize::from(part(&mode) != Some("\"data\"")))
            })?;
        }
        Ok(managed)
    }
}

/// Which part of a list or object comes next.
enum Part {
    None,
    First,
    Later,
}

fn twice(key: &str) -> ReadError {
    ReadError::DuplicateKey {
        place: format!("`{}` stands twice", excerpt(key, 60)),
    }
}

/// Where the parts of an entry of `resource_changes` stand that tell whether the object stays as it is.
#[derive(Default)]
struct Entry {
    whole: Range<usize>,
    mode: Place,
    address: Place,
    previous_address: Place,
    actions: Place,
    importing: Place,
    before: Place,
    after: Place,
    before_sensitive: Place,
    after_sensitive: Place,
    /// Whether anything stands twice, or is written in an unusual way: then others have to look.
    is_strange: bool,
}

type Place = Option<Range<usize>>;

impl Entry {
    fn read(cursor: &mut Cursor<'_>) -> Result<Self, Stop> {
        let mut entry = Self::default();
        if cursor.peek()? != b'{' {
            entry.whole = cursor.value()?;
            entry.is_strange = true;
            return Ok(entry);
        }
        let start = cursor.position();
        cursor.object(|cursor, key| {
            match key {
                b"change" if cursor.peek()? == b'{' => {
                    return cursor.object(|cursor, key| entry.part_of_change(cursor, key));
                }
                _ => {}
            }
            let place = cursor.value()?;
            let part = match key {
                b"mode" => &mut entry.mode,
                b"address" => &mut entry.address,
                b"previous_address" => &mut entry.previous_address,
                _ => {
                    entry.is_strange |= key == b"change" || key.contains(&b'\\');
                    return Ok(());
                }
            };
            entry.is_strange |= part.replace(place).is_some();
            Ok(())
        })?;
        entry.whole = start..cursor.position();
        Ok(entry)
    }

    fn part_of_change(&mut self, cursor: &mut Cursor<'_>, key: &[u8]) -> Result<(), Stop> {
        let earlier = match key {
            b"after" => self.before.as_ref(),
            b"before" => self.after.as_ref(),
            _ => None,
        };
        let place = cursor.value_like(earlier)?;
        let part = match key {
            b"actions" => &mut self.actions,
            b"importing" => &mut self.importing,
            b"before" => &mut self.before,
            b"after" => &mut self.after,
            b"before_sensitive" => &mut self.before_sensitive,
            b"after_sensitive" => &mut self.after_sensitive,
            _ => {
                self.is_strange |= key.contains(&b'\\');
                return Ok(());
            }
        };
        self.is_strange |= part.replace(place).is_some();
        Ok(())
    }
}

impl Condensed {
    /// Keeps an entry; of one in which nothing happens, not even in the state, its address.
    fn add(&mut self, entry: &Entry, cursor: &Cursor<'_>) {
        let part = |place: &Place| {
            place
                .as_ref()
                .map(|place| cursor.part(place))
                .filter(|part| *part != "null")
        };
        let address: Option<Text<'_>> = part(&entry.address).and_then(|text| serde_json::from_str(text).ok());
        let previous = part(&entry.previous_address);
        let is_idle = !entry.is_strange
            && part(&entry.actions).is_some_and(does_nothing)
            && part(&entry.importing).is_none()
            && previous.is_none_or(|previous| Some(previous) == part(&entry.address));
        let Some(address) = address.filter(|_| is_idle) else {
            if !self.text.ends_with('[') {
                self.text.push(',');
            }
            self.text.push_str(cursor.part(&entry.whole));
            return;
        };
        let (before_mask, after_mask) = (part(&entry.before_sensitive), part(&entry.after_sensitive));
        let before = (|| part(&entry.before), before_mask);
        let after = (|| part(&entry.after), after_mask);
        for masked in Masked::of_change(before, after).into_iter().flatten() {
            self.sensitive.add_masked(&masked);
        }
        if part(&entry.mode) != Some("\"data\"") {
            self.unchanged.push(address.0.into_owned());
        }
    }
}

/// Whether a list of verbs says so; one that is no list says nothing.
fn does_nothing(actions: &str) -> bool {
    actions == r#"["no-op"]"#
        || serde_json::from_str::<Vec<Text<'_>>>(actions)
            .is_ok_and(|verbs| verbs.iter().all(|verb| verb.0 == "no-op"))
}
