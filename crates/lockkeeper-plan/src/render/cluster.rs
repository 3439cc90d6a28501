//! Objects of which one line can tell: many that are made by `count` and `for_each` and change alike.

use std::borrow::Cow;
use std::collections::HashMap;

use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue};
use unicode_width::UnicodeWidthStr;

use super::attribute;
use super::inner::{SAME_JSON, deciding, is_same_json, parts};
use super::value::{apart, value_text};
use super::view::Entry;
use crate::address::starred;
use crate::text::visible;

/// Fewer objects than these are told one by one.
const FEWEST: usize = 4;

/// One object, or many that differ in no more than their keys and the values of their attributes: what is
/// done, why, and to which attributes is the same for all.
pub(super) struct Cluster<'e, 'p> {
    pub(super) first: &'e Entry<'p>,
    /// All of them, the first included.
    pub(super) entries: Vec<&'e Entry<'p>>,
}

/// Puts together what is alike, in the order of the first of each.
pub(super) fn clusters<'e, 'p>(entries: &'e [Entry<'p>]) -> Vec<Cluster<'e, 'p>> {
    let mut places: HashMap<(String, &Action, String, Vec<&str>), usize> = HashMap::new();
    let mut found: Vec<Cluster<'_, '_>> = Vec::new();
    for entry in entries {
        let paths = attribute::telling(entry.effect).map(|change| change.path.as_str());
        let key = (
            starred(&entry.title()),
            &entry.effect.action,
            entry.explanation(),
            paths.collect(),
        );
        match places.get(&key).and_then(|at| found.get_mut(*at)) {
            Some(cluster) => cluster.entries.push(entry),
            None => {
                places.insert(key, found.len());
                found.push(Cluster {
                    first: entry,
                    entries: vec![entry],
                });
            }
        }
    }
    found.into_iter().flat_map(Cluster::split_when_small).collect()
}

impl<'e, 'p> Cluster<'e, 'p> {
    fn split_when_small(self) -> Vec<Self> {
        if self.entries.len() >= FEWEST {
            return vec![self];
        }
        let alone = |first| Self {
            first,
            entries: vec![first],
        };
        self.entries.into_iter().map(alone).collect()
    }

    /// Whether it is more than one object.
    pub(super) fn is_many(&self) -> bool {
        self.entries.len() > 1
    }

    /// The address, with a star in the place of keys and the number of objects when they are many.
    pub(super) fn title(&self) -> String {
        match self.is_many() {
            true => format!("{} × {}", starred(&self.first.title()), self.entries.len()),
            false => self.first.title(),
        }
    }

    /// What changes, in two lines of at most `width` columns: `ttl 300 -> 60, and 2 more`. Nothing for objects
    /// that are destroyed as a whole; of what is made no more than what decides about a rule on something that exists.
    pub(super) fn brief(&self, width: usize) -> Vec<String> {
        let changes = match self.first.effect.action {
            Action::Create => self.rule(),
            Action::Delete | Action::Forget => Vec::new(),
            _ => self.changes(),
        };
        let most = match self.first.effect.action {
            Action::Create => MOST_OF_RULE,
            _ => MOST_TOLD,
        };
        let shown = changes.len().min(most);
        let roomy = LONGEST_VALUES.into_iter();
        let roomy = roomy.map(|longest| briefly(&changes, shown, longest, width));
        let fits =
            |lines: &Vec<String>| lines.len() <= MOST_LINES && lines.iter().all(|line| line.width() <= width);
        let fewer = (1..=shown).rev();
        let fewer = fewer.map(|shown| briefly(&changes, shown, SHORTEST, width));
        let all = || roomy.clone().chain(fewer.clone());
        all().find(fits).or_else(|| all().last()).unwrap_or_default()
    }

    /// What a new rule, route or grant on something that exists says.
    fn rule(&self) -> Vec<Told<'_>> {
        let effect = self.first.effect;
        if !effect
            .attached_to
            .as_ref()
            .is_some_and(|attachment| attachment.existing)
        {
            return Vec::new();
        }
        let rank = |change: &AttributeChange| deciding(change.path.split(['.', '[']).next()?);
        let telling = attribute::telling(effect).filter(|change| !change.is_empty());
        let mut decisive: Vec<(usize, &AttributeChange)> = telling
            .filter_map(|change| Some((rank(change)?, change)))
            .collect();
        decisive.sort_by_key(|(rank, _)| *rank);
        decisive
            .into_iter()
            .take(MOST_OF_RULE)
            .flat_map(|(_, change)| self.opened(change))
            .collect()
    }

    /// What changes, and where there is room for it what explains that.
    fn changes(&self) -> Vec<Told<'_>> {
        let effect = self.first.effect;
        let telling = attribute::telling(effect).filter(|change| !change.is_empty());
        let mut changes: Vec<&AttributeChange> = telling.collect();
        changes.sort_by_key(|change| {
            (
                !change.forces_replacement,
                change.after == AttributeValue::Unknown,
            )
        });
        let mut changes: Vec<Told<'_>> = changes
            .into_iter()
            .flat_map(|change| self.opened(change))
            .collect();
        let room = MOST_TOLD.saturating_sub(changes.len());
        changes.extend(self.explaining().into_iter().take(room));
        changes
    }

    /// What stays as it is and explains the changes of one object.
    fn explaining(&self) -> Vec<Told<'_>> {
        let context = self.first.effect.context.iter().filter(|_| !self.is_many());
        let rank = |path: &str| deciding(path.rsplit('.').next().unwrap_or(path));
        let mut explaining: Vec<_> = context
            .filter_map(|(path, value)| Some((rank(path)?, path, value)))
            .collect();
        explaining.sort_by_key(|(rank, ..)| *rank);
        let told = explaining.into_iter().map(|(_, path, value)| {
            let stays = AttributeValue::Known(value.clone());
            Told {
                change: Cow::Owned(AttributeChange::new(path, stays.clone(), stays)),
                same: true,
            }
        });
        told.collect()
    }

    /// An attribute, or the parts inside of it that change.
    fn opened<'c>(&self, change: &'c AttributeChange) -> Vec<Told<'c>> {
        let same = self.entries.iter().all(|entry| {
            let mut attributes = entry.effect.attributes.iter();
            attributes.any(|other| other == change)
        });
        let whole = Told {
            change: Cow::Borrowed(change),
            same,
        };
        let Some(parts) = same.then(|| parts(change)).flatten() else {
            return vec![whole];
        };
        let inside = |mut part: AttributeChange| {
            let dot = if part.path.starts_with('[') { "" } else { "." };
            part.path = format!("{}{dot}{}", change.path, part.path);
            Told {
                change: Cow::Owned(part),
                same,
            }
        };
        parts.into_iter().map(inside).collect()
    }
}

/// An attribute that is told of in brief, and whether it changes in the same way in all objects.
struct Told<'c> {
    change: Cow<'c, AttributeChange>,
    same: bool,
}

/// So many attributes are told of in brief, in so many lines.
const MOST_TOLD: usize = 4;
const MOST_OF_RULE: usize = 6;
const MOST_LINES: usize = 2;
/// How long values may be: the first that lets all fit counts.
const LONGEST_VALUES: [usize; 10] = [120, 80, 60, 48, 40, 36, 32, 28, 24, SHORTEST];
const SHORTEST: usize = 20;

/// The first attributes with values of at most `longest` characters, and the number of the others, in lines that break
/// between attributes.
fn briefly(changes: &[Told<'_>], shown: usize, longest: usize, width: usize) -> Vec<String> {
    let mut told: Vec<String> = changes
        .iter()
        .take(shown)
        .map(|told| told.text(longest))
        .collect();
    if changes.len() > shown {
        told.push(format!("and {} more", changes.len() - shown));
    }
    let count = told.len();
    let mut lines: Vec<String> = Vec::new();
    for (at, mut text) in told.into_iter().enumerate() {
        text.push_str(if at + 1 < count { "," } else { "" });
        match lines.last_mut() {
            Some(line) if line.width() + 1 + text.width() <= width => {
                line.push(' ');
                line.push_str(&text);
            }
            _ => lines.push(text),
        }
    }
    lines
}

impl Told<'_> {
    /// The attribute, with its values when they are the same in all.
    fn text(&self, longest: usize) -> String {
        let change = &*self.change;
        let path = visible(&change.path);
        if let (AttributeValue::Sensitive { .. }, AttributeValue::Sensitive { .. }) =
            (&change.before, &change.after)
        {
            return format!("{path} (sensitive)");
        }
        if !self.same {
            return format!("{path} (differs)");
        }
        if is_same_json(change) {
            return format!("{path} {SAME_JSON}");
        }
        if let Some((removed, added)) = attribute::lines_inside(change) {
            return format!("{path} (lines: -{removed} +{added})");
        }
        match (&change.before, &change.after) {
            (before, after) if before == after && matches!(after, AttributeValue::Known(_)) => {
                format!("{path} stays {}", value_text(after, longest))
            }
            (AttributeValue::Absent, after) => {
                format!(
                    "{path} = {}",
                    value_text(&attribute::told_alone(after), 2 * longest)
                )
            }
            (_, AttributeValue::Absent) => format!("{path} removed"),
            (before, after) => {
                let (before, after) = apart(before, after, longest);
                format!("{path} {before} -> {after}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use lockkeeper_domain::effect::Effect;

    use super::*;

    fn brief(effect: &Effect) -> Vec<String> {
        let entry = Entry {
            effect,
            phrase: String::new(),
        };
        let cluster = Cluster {
            first: &entry,
            entries: vec![&entry],
        };
        cluster.brief(100)
    }

    #[test]
    fn a_rule_says_whom_it_lets_in_and_where() {
        let known = |value: serde_json::Value| AttributeValue::Known(value);
        let mut effect = Effect::new("a.b", "a", "a", Action::Update);
        effect.attributes = vec![AttributeChange::new(
            "cidr_ipv4",
            known("10.0.0.0/8".into()),
            known("0.0.0.0/0".into()),
        )];
        effect.context = [("to_port", 22), ("from_port", 22)]
            .map(|(path, port)| (path.to_owned(), port.into()))
            .into();
        assert_eq!(
            brief(&effect),
            ["cidr_ipv4 \"10.0.0.0/8\" -> \"0.0.0.0/0\", from_port stays 22, to_port stays 22"]
        );
        let mut effect = Effect::new("a.b", "a", "a", Action::Create);
        effect.attributes = [
            ("cidr_ipv4", "0.0.0.0/0".into()),
            ("from_port", 22.into()),
            ("x", 1.into()),
        ]
        .map(|(path, value)| AttributeChange::new(path, AttributeValue::Absent, known(value)))
        .into();
        assert!(brief(&effect).is_empty(), "a new object of its own");
        effect.attached_to = Some(lockkeeper_domain::effect::Attachment {
            attribute: "security_group_id".to_owned(),
            target: "sg-1".to_owned(),
            existing: true,
        });
        assert_eq!(brief(&effect), ["from_port = 22, cidr_ipv4 = \"0.0.0.0/0\""]);
    }

    #[test]
    fn what_forces_replacement_is_told_first() {
        let known = |number: u8| AttributeValue::Known(number.into());
        let mut effect = Effect::new("a.b", "a", "a", Action::DeleteThenCreate);
        let mut forcing = AttributeChange::new("z", known(1), known(2));
        forcing.forces_replacement = true;
        effect.attributes = vec![
            AttributeChange::new("a", AttributeValue::Absent, known(1)),
            forcing,
        ];
        let entry = Entry {
            effect: &effect,
            phrase: String::new(),
        };
        let cluster = Cluster {
            first: &entry,
            entries: vec![&entry],
        };
        assert_eq!(cluster.brief(80), ["z 1 -> 2, a = 1"]);
        assert_eq!(cluster.brief(12), ["z 1 -> 2,", "a = 1"]);
    }
}
