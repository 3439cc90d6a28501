//! All that is known of a plan, in one answer: what `lockkeeper plan inspect` prints.

use lockkeeper_domain::effect::{BlastRadius, Effect, Summary};
use lockkeeper_domain::risk::{Reason, RiskClass};
use serde::Serialize;

use crate::classify::assess;
use crate::equality::effects_digest;
use crate::reader::{OutputChange, PlanDocument, ReadError, ReadOptions, read};

/// A plan, read and classed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// The class of the plan.
    pub class: RiskClass,
    /// Why, the most severe first.
    pub reasons: Vec<Reason>,
    /// How many objects are added, changed and destroyed.
    pub summary: Summary,
    /// The summary in one line: `3 to add, 1 to change, 0 to destroy`.
    pub headline: String,
    /// What existing objects the plan can harm.
    pub blast_radius: BlastRadius,
    /// What applying does.
    pub effects: Vec<Effect>,
    /// The digest of the effects, in hexadecimal; an approval is bound to it.
    pub effects_digest: String,
    /// The outputs that change.
    pub outputs: Vec<OutputChange>,
    /// What changed outside of the tool since the last run.
    pub drift: Vec<Effect>,
    /// What a later plan will do.
    pub deferred: Vec<Effect>,
    /// How many objects stay as they are.
    pub unchanged: usize,
    /// What a reader of the plan should know.
    pub warnings: Vec<String>,
    /// Whether the tool holds that applying makes sense, where it says.
    pub applyable: Option<bool>,
    /// Whether one apply reaches the desired state, where the tool says.
    pub complete: Option<bool>,
    /// The version of the plan's format.
    pub format_version: Option<String>,
    /// The version of the tool that made the plan.
    pub terraform_version: Option<String>,
}

/// Reads and classes a plan.
///
/// # Errors
/// When the input is no plan, or not all of one.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, ReadError> {
    read(bytes, &ReadOptions::default()).map(Inspection::of)
}

impl Inspection {
    /// Classes a plan that has been read.
    pub fn of(document: PlanDocument) -> Self {
        let assessment = assess(&document.effects);
        let summary = Summary::of(&document.effects);
        Self {
            class: assessment.class,
            reasons: assessment.reasons,
            headline: summary.to_string(),
            summary,
            blast_radius: document.blast_radius,
            effects_digest: hex(&effects_digest(&document.effects)),
            effects: document.effects,
            outputs: document.outputs,
            drift: document.drift,
            deferred: document.deferred,
            unchanged: document.unchanged,
            warnings: document.warnings,
            applyable: document.applyable,
            complete: document.complete,
            format_version: document.format_version,
            terraform_version: document.terraform_version,
        }
    }
}

fn hex(digest: &[u8; 32]) -> String {
    blake3::Hash::from_bytes(*digest).to_hex().to_string()
}
