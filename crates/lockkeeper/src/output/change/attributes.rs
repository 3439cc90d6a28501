//! Every resource of a plan, and every attribute that it changes.

use lockkeeper_api::types::plan::{PlanDetailView, ReasonView, RiskClass};
use lockkeeper_domain::effect::Effect;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::risk;
use lockkeeper_domain::role::Function;
use lockkeeper_plan::render::{PlanView, RenderOptions, terminal};
use serde_json::Value;

use crate::output::escape;
use crate::output::style::{BOLD, paint};

/// The plan of one environment in full.
pub(crate) fn render(environment: &str, detail: &PlanDetailView, width: usize) -> String {
    let title = format!("All that the plan does in {environment}");
    let mut written = format!("\n{}\n", paint(BOLD, &escape::line(&title)));
    let effects: Result<Vec<Effect>, _> = detail
        .effects
        .iter()
        .cloned()
        .map(serde_json::from_value)
        .collect();
    match effects {
        Ok(effects) => {
            let assessment = risk::Assessment {
                class: class(detail.plan.class),
                reasons: detail.plan.reasons.iter().map(reason).collect(),
            };
            let options = RenderOptions {
                width,
                colour: true,
                full: true,
            };
            written.push_str(&terminal(&PlanView::new(&effects, &assessment), options));
        }
        // A newer server may know effects that this program does not: then as they are.
        Err(_) => written.extend(detail.effects.iter().map(as_it_is)),
    }
    written
}

fn as_it_is(effect: &Value) -> String {
    format!("  {}\n", escape::line(&effect.to_string()))
}

fn reason(reason: &ReasonView) -> risk::Reason {
    let functions = reason
        .functions
        .iter()
        .filter_map(|function| function.parse::<Name>().ok());
    risk::Reason {
        class: class(reason.class),
        rule: reason.rule.clone(),
        address: reason.address.clone(),
        deposed: reason.deposed.clone(),
        text: reason.text.clone(),
        functions: functions.map(Function::new).collect(),
    }
}

fn class(class: RiskClass) -> risk::RiskClass {
    match class {
        RiskClass::Low => risk::RiskClass::Low,
        RiskClass::Medium => risk::RiskClass::Medium,
        RiskClass::High => risk::RiskClass::High,
    }
}

#[cfg(test)]
mod tests {
    use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue};
    use serde_json::json;

    use super::*;

    fn detail(effects: Vec<Value>) -> PlanDetailView {
        let plan = json!({
            "id": "p", "digest": "d", "class": "high", "summary": "s", "blast_radius": "b", "resources": [],
            "resource_count": 1, "checks": [], "tool": "t", "commit": "c", "made_at": "x", "expires_at": "x",
            "reasons": [{"class": "high", "rule": "database", "address": "aws_db_instance.main",
                "text": "replaces aws_db_instance.main: database", "functions": ["database"]}],
        });
        PlanDetailView {
            plan: serde_json::from_value(plan).unwrap(),
            effects,
        }
    }

    #[test]
    fn attributes_below_their_resource() {
        let mut effect = Effect::new(
            "aws_db_instance.main",
            "aws_db_instance",
            "aws",
            Action::DeleteThenCreate,
        );
        let known = |value: &str| AttributeValue::Known(json!(value));
        let hidden = AttributeValue::Sensitive { fingerprint: None };
        effect.attributes = vec![
            AttributeChange::new("engine", known("pg\u{1b}[2J"), known("mysql")),
            AttributeChange::new("password", AttributeValue::Absent, hidden),
        ];
        let text = render("staging", &detail(vec![json!(effect)]), 100);
        let plain = anstream::adapter::strip_str(&text).to_string();
        // The columns may be aligned.
        let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains("-/+ aws_db_instance.main"), "{plain}");
        assert!(
            plain.contains(r#"~ engine = "pg\u{1b}[2J" -> "mysql""#),
            "{plain}"
        );
        assert!(plain.contains("+ password = (sensitive)"), "{plain}");
    }

    #[test]
    fn what_is_not_known_is_shown_as_it_is() {
        assert!(
            render("staging", &detail(vec![json!({"new\u{9b}": 1})]), 100).contains(r#"{"new\u{9b}":1}"#)
        );
    }
}
