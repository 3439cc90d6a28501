//! Reads `terraform show -json` of Terraform 0.12 to today and OpenTofu into effects (docs/plans.md).
//!
//! Everything sensitive is taken out here: no other module sees a value that is marked, and no value
//! of an object that stays as it is is even parsed.

mod align;
mod attachment;
mod attributes;
mod condense;
mod configuration;
mod context;
mod cursor;
mod effects;
mod encoding;
mod error;
mod graph;
mod hints;
mod mask;
mod outputs;
mod pair;
mod parse;
mod path;
mod redact;
mod references;
mod sensitive;
mod shape;
mod stream;
mod value;

use std::io::Read;

use lockkeeper_domain::effect::{AttributeValue, BlastRadius, Effect};
use serde::Serialize;

pub(crate) use attributes::differing_parts;
pub use error::ReadError;
pub use redact::{REDACTED, redacted};

use attributes::Redaction;
use condense::{Condensed, condense};
use configuration::Configuration;
use effects::Builder;
use graph::Graph;
use references::References;
use sensitive::{Collector, SensitiveValues};
use serde_json::Value;
use shape::Document;

/// How a plan is read.
#[derive(Clone, Default)]
pub struct ReadOptions {
    /// The key of the fingerprints of sensitive values. Without one they have none, and two plans
    /// that alter a sensitive value are never held to have the same effects.
    pub fingerprint_key: Option<[u8; 32]>,
}

impl std::fmt::Debug for ReadOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadOptions")
            .field("has_fingerprint_key", &self.fingerprint_key.is_some())
            .finish()
    }
}

/// A plan, as far as anything after the reader needs it. Nothing sensitive is in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanDocument {
    /// The version of the format, such as `1.2`.
    pub format_version: Option<String>,
    /// The version of Terraform or OpenTofu that made the plan.
    pub terraform_version: Option<String>,
    /// Whether the tool holds that applying makes sense; absent before Terraform 1.8 and in OpenTofu.
    pub applyable: Option<bool>,
    /// Whether one apply reaches the desired state; absent before Terraform 1.8 and in OpenTofu.
    pub complete: Option<bool>,
    /// What applying does, in the order of the plan. Objects that stay as they are are not listed.
    pub effects: Vec<Effect>,
    /// The outputs that change.
    pub outputs: Vec<OutputChange>,
    /// What changed outside of the tool since the last run. It counts for no risk.
    pub drift: Vec<Effect>,
    /// What a later plan will do, because it cannot be known yet.
    pub deferred: Vec<Effect>,
    /// How many objects stay as they are.
    pub unchanged: usize,
    /// What existing objects the plan can harm.
    pub blast_radius: BlastRadius,
    /// What a reader of the plan should know: converted text, failed checks, deferred changes.
    pub warnings: Vec<String>,
}

/// An output that changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutputChange {
    /// The name of the output.
    pub name: String,
    /// The value before.
    pub before: AttributeValue,
    /// The value after.
    pub after: AttributeValue,
}

/// Reads one plan.
///
/// # Errors
/// When the input is no plan, or not all of one: the error names what was found.
pub fn read(bytes: &[u8], options: &ReadOptions) -> Result<PlanDocument, ReadError> {
    Plan::read(bytes)?.document(options)
}

/// A plan that was gone over once: what changes and what it refers to, as the tool wrote it. What stays as it is
/// was left out, so that it is small however large the plan is. It holds secrets.
pub struct Plan(Condensed);

impl Plan {
    /// Goes over a plan once, piece by piece.
    ///
    /// # Errors
    /// When the input cannot be read, is no JSON, or not all of it.
    pub fn read<'r>(source: impl Read + 'r) -> Result<Self, ReadError> {
        condense(source).map(Self)
    }

    /// The plan without what stays as it is, as JSON in the shape that the tool wrote.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// What the plan does, with everything sensitive taken out.
    ///
    /// # Errors
    /// When it is no plan: the error names what was found.
    pub fn document(&self, options: &ReadOptions) -> Result<PlanDocument, ReadError> {
        let document = self.0.document()?;
        let mut warnings: Vec<String> = self.0.warning.iter().cloned().collect();
        let configuration = read_configuration(&document, &mut warnings);
        let sensitive = collect_sensitive(&document, &self.0.sensitive, configuration.as_ref());
        let references = configuration.as_ref().map(References::of).unwrap_or_default();
        drop(configuration);
        let redaction = Redaction {
            sensitive: &sensitive,
            key: options.fingerprint_key.as_ref(),
        };
        let outputs = outputs::read(&document, &redaction)?;
        let graph = Graph::of(&document, &self.0.unchanged, &references);
        assemble(document, &graph, &redaction, outputs, warnings)
    }
}

fn assemble(
    document: Document<'_>,
    graph: &Graph<'_>,
    redaction: &Redaction<'_>,
    outputs: Vec<OutputChange>,
    mut warnings: Vec<String>,
) -> Result<PlanDocument, ReadError> {
    let variables = document.variables.iter().flatten();
    let variables = variables.map(|(name, variable)| {
        (
            name.0.as_ref(),
            value::value(variable.value).unwrap_or(Value::Null),
        )
    });
    let builder = Builder::new(redaction, graph, hints::environment_of_variables(variables));
    let mut effects = builder.effects(document.resource_changes.as_deref().unwrap_or_default())?;
    effects.extend(builder.invocations(document.action_invocations.as_deref().unwrap_or_default())?);
    let drift = builder.effects(document.resource_drift.as_deref().unwrap_or_default())?;
    let deferred = builder.deferred(document.deferred_changes.as_deref().unwrap_or_default())?;
    outputs::failed_checks(document.checks, redaction, &mut warnings);
    if !deferred.is_empty() {
        warnings.push(put_off(&deferred));
    }
    Ok(PlanDocument {
        format_version: document.format_version.map(|text| text.0.into_owned()),
        terraform_version: document.terraform_version.map(|text| text.0.into_owned()),
        applyable: document.applyable,
        complete: document.complete,
        blast_radius: graph.blast_radius(&effects),
        effects,
        outputs,
        drift,
        deferred,
        unchanged: graph.unchanged,
        warnings,
    })
}

/// Says what a later plan will do. That plan is classed when it is made.
fn put_off(deferred: &[Effect]) -> String {
    const MOST: usize = 5;
    let named: Vec<String> = deferred.iter().take(MOST).map(crate::text::deed).collect();
    let more = match deferred.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!(
        "applying this plan is not all, a later one {}{more}",
        named.join(", ")
    )
}

/// A configuration of an unknown shape costs what is known from it, not the plan.
fn read_configuration<'a>(document: &Document<'a>, warnings: &mut Vec<String>) -> Option<Configuration<'a>> {
    let configuration = document.configuration?;
    let read = serde_json::from_str(configuration.get());
    if read.is_err() {
        warnings
            .push("the configuration in the plan has an unknown shape: dependents are not known".to_owned());
    }
    read.ok()
}

/// Finds every value that is marked sensitive anywhere in the document, besides those that were found in what was
/// left out of it.
fn collect_sensitive(
    document: &Document<'_>,
    found: &Collector,
    configuration: Option<&Configuration<'_>>,
) -> SensitiveValues {
    let mut found = found.clone();
    for (name, variable) in document.variables.iter().flatten() {
        // The value stands in the plan, its sensitivity only in the configuration; one that cannot
        // be read declares nothing harmless.
        let sensitive = match configuration {
            Some(configuration) => configuration
                .root_module
                .variables
                .get(name)
                .is_some_and(|declared| declared.sensitive),
            None => document.configuration.is_some(),
        };
        if sensitive && let Ok(read) = value::value(variable.value) {
            found.add_all(&read);
        }
    }
    let drift = document.resource_drift.iter().flatten();
    let deferred = document.deferred_changes.iter().flatten();
    let entries = document.resource_changes.iter().flatten().chain(drift);
    let entries = entries.chain(deferred.filter_map(|entry| entry.resource_change.as_ref()));
    let outputs = document
        .output_changes
        .iter()
        .flat_map(|outputs| outputs.values());
    for change in entries.filter_map(|entry| entry.change.as_ref()).chain(outputs) {
        change.masked().for_each(|masked| found.add_masked(&masked));
    }
    found.finish()
}
