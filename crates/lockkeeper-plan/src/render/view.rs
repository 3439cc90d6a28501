//! What is rendered, and in which order: the most severe first.

use std::collections::{BTreeMap, HashMap, HashSet};

use lockkeeper_domain::effect::{Action, BlastRadius, Category, Effect, Summary};
use lockkeeper_domain::risk::{Assessment, Reason, RiskClass};

use super::line::Tone;
use crate::inspect::Inspection;
use crate::reader::OutputChange;
use crate::text::{deed, visible};

/// A plan as it is shown. Made from effects and their assessment alone, or from all that was read.
#[derive(Debug, Clone)]
pub struct PlanView<'p> {
    /// What applying does.
    pub effects: &'p [Effect],
    /// The class, and the reasons for it.
    pub class: RiskClass,
    /// The reasons, also those that policies gave.
    pub reasons: &'p [Reason],
    /// How many objects are added, changed and destroyed.
    pub summary: Summary,
    /// What existing objects the plan can harm.
    pub blast_radius: BlastRadius,
    /// The outputs that change.
    pub outputs: &'p [OutputChange],
    /// What changed outside of the tool.
    pub drift: &'p [Effect],
    /// What a later plan will do.
    pub deferred: &'p [Effect],
    /// What a reader should know.
    pub warnings: &'p [String],
}

impl<'p> PlanView<'p> {
    /// A view of effects and their assessment.
    pub fn new(effects: &'p [Effect], assessment: &'p Assessment) -> Self {
        Self {
            effects,
            class: assessment.class,
            reasons: &assessment.reasons,
            summary: Summary::of(effects),
            blast_radius: crate::blast_radius(effects),
            outputs: &[],
            drift: &[],
            deferred: &[],
            warnings: &[],
        }
    }

    /// A view of a plan that has been read and classed.
    pub fn of(inspection: &'p Inspection) -> Self {
        Self {
            effects: &inspection.effects,
            class: inspection.class,
            reasons: &inspection.reasons,
            summary: inspection.summary,
            blast_radius: inspection.blast_radius,
            outputs: &inspection.outputs,
            drift: &inspection.drift,
            deferred: &inspection.deferred,
            warnings: &inspection.warnings,
        }
    }

    /// What stands below the title: everything that is true of the plan as a whole.
    pub(super) fn remarks(&self) -> Vec<String> {
        let nothing = self.effects.iter().all(|effect| effect.action == Action::Read);
        let anything_new = self.effects.iter().any(|effect| effect.action == Action::Create);
        let first = match self.blast_radius {
            _ if nothing && self.outputs.is_empty() => "Nothing changes.".to_owned(),
            _ if nothing => "No resource changes.".to_owned(),
            radius if radius.is_new_resources_only() && !anything_new => {
                "Blast radius: no existing resource is altered.".to_owned()
            }
            radius => format!("Blast radius: {radius}."),
        };
        let reads = self
            .effects
            .iter()
            .filter(|effect| effect.action == Action::Read)
            .count();
        let outputs_change = match (self.outputs.len(), nothing) {
            (1, true) => "changes",
            (_, true) => "change",
            (1, false) => "changes as well",
            (_, false) => "change as well",
        };
        let counts = [
            (
                reads,
                "data source is read",
                "data sources are read",
                "while applying",
            ),
            (self.outputs.len(), "output", "outputs", outputs_change),
            (
                self.drift.len(),
                "object changed",
                "objects changed",
                "outside of the code since the last run",
            ),
            (
                self.deferred.len(),
                "change is put off",
                "changes are put off",
                "to a later plan",
            ),
        ];
        let counts = counts
            .into_iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, one, many, rest)| {
                let what = if count == 1 { one } else { many };
                format!("{count} {what} {rest}.")
            });
        let warnings = self
            .warnings
            .iter()
            .map(|warning| format!("Warning: {}.", visible(warning)));
        std::iter::once(first).chain(counts).chain(warnings).collect()
    }

    /// The effects by class, the most severe first, each with its reason.
    pub(super) fn groups(&self) -> Vec<Group<'p>> {
        let mut by_object: HashMap<Object<'_>, Vec<&Reason>> = HashMap::new();
        for reason in self.reasons {
            by_object.entry(object_of(reason)).or_default().push(reason);
        }
        let mut groups: BTreeMap<RiskClass, Group<'p>> = BTreeMap::new();
        for effect in self.effects {
            let (address, deposed) = (effect.address.as_str(), effect.deposed.as_deref());
            // Reasons of plans that an earlier version stored do not say that they are about a deposed object.
            let reasons = by_object
                .get(&(address, deposed))
                .or_else(|| by_object.get(&(address, None)));
            let class = |reasons: &Vec<&Reason>| reasons.iter().map(|reason| reason.class).max();
            if let Some((reasons, class)) = reasons.and_then(|reasons| Some((reasons, class(reasons)?))) {
                let group = groups.entry(class).or_insert_with(|| Group::new(class));
                group.entries.push(Entry {
                    effect,
                    phrase: phrase(effect, reasons),
                });
            }
        }
        self.add_other_reasons(&mut groups);
        groups.into_values().rev().map(Group::sorted).collect()
    }

    /// Reasons that name no effect, as those of policies may.
    fn add_other_reasons(&self, groups: &mut BTreeMap<RiskClass, Group<'p>>) {
        let named: HashSet<Object<'_>> = self
            .effects
            .iter()
            .map(|effect| (effect.address.as_str(), effect.deposed.as_deref()))
            .collect();
        for reason in self
            .reasons
            .iter()
            .filter(|reason| !named.contains(&object_of(reason)))
        {
            let group = groups
                .entry(reason.class)
                .or_insert_with(|| Group::new(reason.class));
            group.remarks.push(visible(&reason.text));
        }
    }
}

/// The effects of one class.
pub(super) struct Group<'p> {
    pub(super) class: RiskClass,
    pub(super) entries: Vec<Entry<'p>>,
    pub(super) remarks: Vec<String>,
}

/// One effect, and why it has its class.
pub(super) struct Entry<'p> {
    pub(super) effect: &'p Effect,
    pub(super) phrase: String,
}

impl Group<'_> {
    fn new(class: RiskClass) -> Self {
        Self {
            class,
            entries: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// What destroys stands before what alters, and that before what adds; among the same, what holds data first.
    fn sorted(mut self) -> Self {
        self.entries.sort_by_key(|entry| {
            let rank = match &entry.effect.action {
                action if action.is_destructive() => 0,
                Action::Create | Action::NoOp => 2,
                _ => 1,
            };
            let holds_data = matches!(
                entry.effect.category,
                Some(Category::Database | Category::Storage | Category::Secret)
            );
            (rank, !holds_data)
        });
        self
    }
}

impl Entry<'_> {
    /// The address, with the key of a deposed object and the address before a move.
    pub(super) fn title(&self) -> String {
        let mut title = visible(&self.effect.address);
        if let Some(key) = &self.effect.deposed {
            title.push_str(&format!(" (deposed {})", visible(key)));
        }
        if let Some(previous) = &self.effect.previous_address {
            title.push_str(&format!(" (from {})", visible(previous)));
        }
        title
    }

    /// Why the engine does it, and which attributes force it, beyond what the class says.
    pub(super) fn cause(&self) -> Option<String> {
        let because = self
            .effect
            .action_reason
            .as_deref()
            .and_then(because)
            .map(str::to_owned);
        let causes: Vec<String> = because.into_iter().chain(self.forced_by()).collect();
        (!causes.is_empty()).then(|| causes.join("; "))
    }

    /// The reason for the class, and the cause of the action.
    pub(super) fn explanation(&self) -> String {
        self.cause().map_or_else(
            || self.phrase.clone(),
            |cause| format!("{} ({cause})", self.phrase),
        )
    }

    fn forced_by(&self) -> Option<String> {
        let forcing = self
            .effect
            .attributes
            .iter()
            .filter(|attribute| attribute.forces_replacement);
        let mut paths: Vec<String> = forcing.map(|attribute| visible(&attribute.path)).collect();
        paths.dedup();
        let more = paths.len().saturating_sub(MOST_FORCING);
        paths.truncate(MOST_FORCING);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        (!paths.is_empty()).then(|| format!("forced by {}{more}", paths.join(", ")))
    }
}

/// The engine's reason for an action in words: `it is marked as damaged (tainted)`. The one that only says
/// that an attribute forces it is left out, as are those that nobody needs.
pub fn because(action_reason: &str) -> Option<&'static str> {
    Some(match action_reason {
        "replace_because_tainted" => "it is marked as damaged (tainted)",
        "replace_by_request" => "its replacement was asked for",
        "replace_by_triggers" => "something that triggers its replacement changes",
        "delete_because_no_resource_config" => "it is no longer in the configuration",
        "delete_because_no_module" => "its module is no longer in the configuration",
        "delete_because_wrong_repetition" => "it no longer uses count or for_each as before",
        "delete_because_count_index" => "its index is beyond count",
        "delete_because_each_key" => "its key is no longer in for_each",
        "delete_because_no_move_target" => "it moved to an address that is not in the configuration",
        "delete_because_enabled_false" => "it is no longer enabled",
        _ => return None,
    })
}

const MOST_FORCING: usize = 6;

/// The tone of an action.
pub(super) fn tone(action: &Action) -> Tone {
    match action {
        action if action.is_destructive() => Tone::Removed,
        Action::Create => Tone::Added,
        Action::NoOp | Action::Read => Tone::Dim,
        _ => Tone::Changed,
    }
}

/// An address, and the key of the object that is left over there, if it is that one.
type Object<'r> = (&'r str, Option<&'r str>);

fn object_of(reason: &Reason) -> Object<'_> {
    (&reason.address, reason.deposed.as_deref())
}

/// What reasons say beyond the action and the address, which stand beside them.
fn phrase(effect: &Effect, reasons: &[&Reason]) -> String {
    let said = format!("{}: ", deed(effect));
    let phrases: Vec<String> = reasons
        .iter()
        .map(|reason| visible(reason.text.strip_prefix(&said).unwrap_or(&reason.text)))
        .collect();
    phrases.join("; ")
}

/// What was left out, by action and type: `creates 4000 aws_instance, destroys 900 aws_eip`.
pub(super) fn folded(entries: &[&Entry<'_>]) -> String {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for entry in entries {
        let key = (
            visible(&entry.effect.resource_type),
            visible(&entry.effect.action.to_string()),
        );
        *counts.entry(key).or_default() += 1;
    }
    let kinds = counts.len();
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let named: Vec<String> = counts
        .iter()
        .take(5)
        .map(|((kind, action), count)| format!("{action} {count} {kind}"))
        .collect();
    let others = if kinds > 5 {
        format!(", and {} other kinds", kinds - 5)
    } else {
        String::new()
    };
    format!("… and {} more: {}{others}", entries.len(), named.join(", "))
}
