//! Makes effects of the entries of a plan.

use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue, Effect, NamedEnvironment};
use serde_json::Value;

use super::attachment::{self, CreatedNames};
use super::attributes::{Masks, Redaction, changes};
use super::context;
use super::error::ReadError;
use super::graph::Graph;
use super::hints;
use super::mask::Mask;
use super::pair::Values;
use super::path::replacement_paths;
use super::shape::{DeferredChange, Invocation, Raw, ResourceChange, Text};
use super::value::value;
use crate::address::without_indices;
use crate::catalogue;
use crate::text::excerpt;

pub(super) struct Builder<'b> {
    redaction: &'b Redaction<'b>,
    graph: &'b Graph<'b>,
    /// What the variables of the plan say of the environment.
    environment: Option<NamedEnvironment>,
}

impl Values {
    fn masks(&self) -> Masks<'_> {
        Masks {
            unknown: &self.unknown,
            before: &self.before_sensitive,
            after: &self.after_sensitive,
        }
    }

    /// The object as it will be, or as it was when it goes.
    fn object(&self) -> (&Value, &Mask) {
        match self.after.is_null() {
            true => (&self.before, &self.before_sensitive),
            false => (&self.after, &self.after_sensitive),
        }
    }
}

impl<'b> Builder<'b> {
    pub(super) fn new(
        redaction: &'b Redaction<'b>,
        graph: &'b Graph<'b>,
        environment: Option<NamedEnvironment>,
    ) -> Self {
        Self {
            redaction,
            graph,
            environment,
        }
    }

    /// One effect for each entry.
    pub(super) fn effects(&self, entries: &[ResourceChange<'_>]) -> Result<Vec<Effect>, ReadError> {
        let mut effects = Vec::with_capacity(entries.len());
        let mut created = CreatedNames::default();
        let mut attached = Vec::new();
        for entry in entries {
            let values = Self::values(entry)?;
            let effect = self.effect(entry, values.as_ref());
            if let (Action::Create, Some(values)) = (&effect.action, &values) {
                let subject = catalogue::subject(&effect.resource_type, &values.after);
                let find = |rule| attachment::find(self.graph, &effect, rule, &values.after, &values.unknown);
                match catalogue::attachments(&effect.resource_type, &subject, effect.category) {
                    Some(rule) => {
                        let by_kind = || find(catalogue::attachments_of(&subject, effect.category?)?);
                        let found = find(rule).or_else(by_kind);
                        attached.extend(found.map(|found| (effects.len(), found)));
                    }
                    None => created.add(&effect.resource_type, &values.after),
                }
            }
            effects.push(effect);
        }
        for (at, found) in attached {
            if let Some(effect) = effects.get_mut(at) {
                effect.attached_to = Some(found.judge(&created, self.redaction));
            }
        }
        Ok(effects)
    }

    /// What a later plan will do; the reason for putting it off stands where the engine's reason stands.
    pub(super) fn deferred(&self, entries: &[DeferredChange<'_>]) -> Result<Vec<Effect>, ReadError> {
        let mut effects = Vec::new();
        for entry in entries {
            let Some(change) = &entry.resource_change else {
                continue;
            };
            let values = Self::values(change)?;
            let mut effect = self.effect(change, values.as_ref());
            effect.action_reason = owned(entry.reason.as_ref()).or(effect.action_reason);
            effects.push(effect);
        }
        Ok(effects)
    }

    /// Operations of providers that are run while applying.
    pub(super) fn invocations(&self, entries: &[Invocation<'_>]) -> Result<Vec<Effect>, ReadError> {
        entries.iter().map(|entry| self.invocation(entry)).collect()
    }

    fn invocation(&self, entry: &Invocation<'_>) -> Result<Effect, ReadError> {
        let (unknown, sensitive) = (Mask::of(entry.config_unknown), Mask::of(entry.config_sensitive));
        let masks = Masks {
            unknown: &unknown,
            before: &Mask::No,
            after: &sensitive,
        };
        let action_type = owned(entry.action_type.as_ref()).unwrap_or_default();
        let address = owned(entry.address.as_ref()).unwrap_or_else(|| format!("action.{action_type}"));
        let provider = provider_of(entry.provider_name.as_ref(), &action_type);
        let mut effect = Effect::new(&address, &action_type, &provider, Action::Invoke);
        effect.attributes = changes(
            &Value::Null,
            &value(entry.config_values)?,
            masks,
            &[],
            self.redaction,
        );
        Ok(effect)
    }

    /// Reads the values of an entry, with what the mirrors do not know of marked.
    fn values(entry: &ResourceChange<'_>) -> Result<Option<Values>, ReadError> {
        let Some(change) = &entry.change else {
            return Ok(None);
        };
        let mut values = Values::read(change)?;
        let resource_type = resource_type_of(entry, &address_of(entry));
        let subject = catalogue::subject(&resource_type, values.object().0).into_owned();
        for path in hints::secret_parts(&subject) {
            values.before_sensitive.mark(path);
            values.after_sensitive.mark(path);
        }
        Ok(Some(values))
    }

    fn effect(&self, entry: &ResourceChange<'_>, values: Option<&Values>) -> Effect {
        let address = address_of(entry);
        let resource_type = resource_type_of(entry, &address);
        let provider = provider_of(entry.provider_name.as_ref(), &resource_type);
        let mut effect = Effect::new(&address, &resource_type, &provider, action_of(entry));
        effect.deposed = entry.deposed.and_then(|raw| serde_json::from_str(raw.get()).ok());
        effect.previous_address =
            owned(entry.previous_address.as_ref()).filter(|previous| *previous != address);
        effect.action_reason = owned(entry.action_reason.as_ref());
        let Some((change, values)) = entry.change.as_ref().zip(values) else {
            return effect;
        };
        effect.importing = change.importing.is_some();
        let (object, mask) = values.object();
        effect.category = catalogue::category(&catalogue::subject(&resource_type, object));
        effect.object_name = hints::object_name(object, mask, self.redaction);
        effect.named_environment =
            hints::environment(&address, effect.object_name.as_deref(), object).or(self.environment);
        if !effect.action.is_idle() {
            self.add_attributes(&mut effect, change.replace_paths, values);
        }
        if effect.action.touches_existing() {
            effect.dependents = self.graph.dependents(&address);
        }
        effect
    }

    fn add_attributes(&self, effect: &mut Effect, replace_paths: Raw<'_>, values: &Values) {
        let replace_paths = replacement_paths(&value(replace_paths).unwrap_or(Value::Null));
        effect.attributes = changes(
            &values.before,
            &values.after,
            values.masks(),
            &replace_paths,
            self.redaction,
        );
        if effect.action != Action::Create {
            let (unknown, sensitive) = (&values.unknown, &values.after_sensitive);
            effect.context = context::of(
                &effect.attributes,
                &values.after,
                unknown,
                sensitive,
                self.redaction,
            );
        }
        let resource = without_indices(&effect.address);
        let configured = self.graph.references.knows(&resource);
        for attribute in &mut effect.attributes {
            attribute.computed = match configured {
                true => {
                    let top = attribute.path.split(['.', '[']).next().unwrap_or_default();
                    !self.graph.references.sets(&resource, top)
                        && is_worked_out(&effect.action, &effect.resource_type, attribute)
                }
                false => {
                    attribute.after == AttributeValue::Unknown && catalogue::is_bookkeeping(&attribute.path)
                }
            };
        }
    }
}

/// Whether an attribute that the configuration does not name is of the provider's making: it becomes unknown, or gets
/// the default that a state of an older provider, or an import, had not yet. The configuration of a plan leaves out
/// blocks that `dynamic` makes, so that parts of blocks may be a person's doing all the same.
fn is_worked_out(action: &Action, resource_type: &str, attribute: &AttributeChange) -> bool {
    let is_whole = !attribute.path.contains(['.', '[']);
    match &attribute.after {
        AttributeValue::Unknown => is_whole || catalogue::is_tag(resource_type, &attribute.path),
        AttributeValue::Known(value) => {
            let fills_in = *action == Action::Update && attribute.before == AttributeValue::Absent;
            fills_in && is_whole && !value.is_array() && !value.is_object()
        }
        _ => false,
    }
}

/// The address, put together from its parts where an early version left it out.
pub(super) fn address_of(entry: &ResourceChange<'_>) -> String {
    if let Some(address) = &entry.address {
        return address.0.clone().into_owned();
    }
    let parts = [&entry.module_address, &entry.resource_type, &entry.name];
    let address: Vec<&str> = parts.into_iter().flatten().map(|part| part.0.as_ref()).collect();
    let index = entry
        .index
        .map(|index| format!("[{}]", index.get()))
        .unwrap_or_default();
    if address.is_empty() {
        "(no address)".to_owned()
    } else {
        format!("{}{index}", address.join("."))
    }
}

/// The type, taken from the address where it was trimmed away.
fn resource_type_of(entry: &ResourceChange<'_>, address: &str) -> String {
    owned(entry.resource_type.as_ref()).unwrap_or_else(|| {
        let plain = without_indices(address);
        plain.rsplit('.').nth(1).unwrap_or(&plain).to_owned()
    })
}

/// `aws` of `registry.terraform.io/hashicorp/aws`, of `aws`, and of `aws.alias`; where the plan does not
/// say, the first word of the type.
fn provider_of(provider: Option<&Text<'_>>, resource_type: &str) -> String {
    let name = provider
        .map(|text| text.0.as_ref())
        .filter(|name| !name.is_empty());
    let last = name
        .and_then(|name| name.rsplit('/').next())
        .and_then(|last| last.split('.').next());
    last.unwrap_or_else(|| resource_type.split('_').next().unwrap_or_default())
        .to_owned()
}

/// What is done. A list of verbs that is not known is kept, and is destructive until it is known.
pub(super) fn action_of(entry: &ResourceChange<'_>) -> Action {
    let Some(verbs) = entry.change.as_ref().and_then(|change| change.actions.as_ref()) else {
        return Action::Unknown("does something unnamed to".to_owned());
    };
    let verbs: Vec<&str> = verbs.iter().map(|verb| verb.0.as_ref()).collect();
    match verbs.as_slice() {
        [] | ["no-op"] => Action::NoOp,
        _ if entry.is_data() => Action::Read,
        ["read"] => Action::Read,
        ["create"] => Action::Create,
        ["update"] => Action::Update,
        ["delete"] => Action::Delete,
        ["delete", "create"] => Action::DeleteThenCreate,
        ["create", "delete"] => Action::CreateThenDelete,
        ["forget"] => Action::Forget,
        ["create", "forget"] | ["forget", "create"] => Action::CreateThenForget,
        unknown => Action::Unknown(excerpt(&unknown.join("+"), 60)),
    }
}

fn owned(text: Option<&Text<'_>>) -> Option<String> {
    text.map(|text| text.0.clone().into_owned())
}
