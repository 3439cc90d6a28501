//! The class of a plan, computed from what it will do (docs/risk-rules.md).
//!
//! Each effect is judged by itself, so that adding one never lowers the class. What an effect needs to
//! know of the rest of the plan (does its parent exist?) the reader has put into it.

mod create;
mod functions;
mod reason;
mod update;

use lockkeeper_domain::effect::{Action, Effect, NamedEnvironment};
use lockkeeper_domain::risk::{Assessment, Reason, RiskClass};

use reason::Finding;

/// Classes effects, whatever engine made them: the highest class of any of them, with one reason each.
pub fn assess(effects: &[Effect]) -> Assessment {
    Assessment::from_reasons(effects.iter().filter_map(reason).collect())
}

/// Says which environment effects belong to, where they do not say so themselves. Secrets of production
/// weigh more than others.
pub fn assume_environment(effects: &mut [Effect], environment: NamedEnvironment) {
    for effect in effects {
        effect.named_environment.get_or_insert(environment);
    }
}

/// The class of one effect and why, or nothing when the effect counts for nothing.
pub fn reason(effect: &Effect) -> Option<Reason> {
    let findings = match &effect.action {
        Action::Read => return None,
        Action::NoOp => vec![state_only(effect)?],
        Action::Create => create::findings(effect),
        Action::Update => update::findings(effect),
        Action::Forget => vec![Finding::new(
            RiskClass::Medium,
            "forget",
            "no longer managed, lives on unwatched",
        )],
        Action::CreateThenForget => update::touched(effect, "replaced, and the old one is left behind"),
        Action::Invoke => vec![Finding::new(
            RiskClass::Medium,
            "invoke",
            "an operation of the provider, which may alter anything",
        )],
        Action::Delete | Action::DeleteThenCreate | Action::CreateThenDelete => {
            destructive(effect, "destructive")
        }
        Action::Unknown(_) => destructive(effect, "an action that is not known, so held to be destructive"),
    };
    Some(reason::merge(effect, findings))
}

/// Things that change the state alone.
fn state_only(effect: &Effect) -> Option<Finding> {
    if effect.importing {
        Some(Finding::new(
            RiskClass::Low,
            "import",
            "comes under management, nothing changes",
        ))
    } else {
        effect.previous_address.as_ref()?;
        Some(Finding::new(
            RiskClass::Low,
            "move",
            "moves to another address, nothing changes",
        ))
    }
}

fn destructive(effect: &Effect, phrase: &'static str) -> Vec<Finding> {
    let mut findings = update::category_findings(effect);
    findings.retain(|finding| finding.class == RiskClass::High);
    findings.push(Finding::new(RiskClass::High, "destructive", phrase));
    findings
}
