//! Every attribute that a plan changes.

use lockkeeper_domain::effect::{AttributeChange, AttributeValue, Effect};
use serde_json::Value;

use crate::output::escape;
use crate::output::style::{BAD, BOLD, DIM, paint};
use crate::output::text;

/// The effects of a plan in one environment, with the attributes of each.
pub(crate) fn render(environment: &str, effects: &[Value], width: usize) -> String {
    let title = format!("Attributes that change in {environment}");
    let mut written = format!("\n{}\n", paint(BOLD, &escape::line(&title)));
    for value in effects {
        match serde_json::from_value::<Effect>(value.clone()) {
            Ok(effect) if effect.action.is_idle() && effect.attributes.is_empty() => {}
            Ok(effect) => one(&mut written, &effect, width),
            // A newer server may know effects that this program does not: then as they are.
            Err(_) => written.push_str(&format!("  {}\n", escape::line(&value.to_string()))),
        }
    }
    written
}

fn one(written: &mut String, effect: &Effect, width: usize) {
    let moved = effect
        .previous_address
        .as_deref()
        .map_or(String::new(), |from| format!(", was {from}"));
    let why = effect
        .action_reason
        .as_deref()
        .map_or(String::new(), |why| format!(", {why}"));
    let head = format!("{:<3} {}", effect.action.sign(), effect.address);
    let tail = format!("({}{why}{moved})", effect.action);
    written.push_str(&format!(
        "\n  {} {}\n",
        paint(BOLD, &escape::line(&head)),
        paint(DIM, &escape::line(&tail))
    ));
    let widest = effect
        .attributes
        .iter()
        .map(|change| text::width(&change.path))
        .max()
        .unwrap_or(0)
        .min(40);
    for change in &effect.attributes {
        attribute(written, change, widest, width);
    }
}

fn attribute(written: &mut String, change: &AttributeChange, widest: usize, width: usize) {
    let path = escape::line(&change.path);
    let column = 6 + widest.max(text::width(&path)) + 2;
    written.push_str(&format!("      {}  ", text::pad(&path, widest)));
    let (before, after) = (value(&change.before), value(&change.after));
    let line = if change.before == AttributeValue::Absent {
        after
    } else {
        format!("{before} -> {after}")
    };
    let lines = text::wrap(&escape::line(&line), width.saturating_sub(column).max(24));
    written.push_str(&lines.join(&format!("\n{}", " ".repeat(column))));
    if change.forces_replacement {
        written.push_str(&paint(BAD, "  forces replacement"));
    }
    written.push('\n');
}

fn value(value: &AttributeValue) -> String {
    match value {
        AttributeValue::Absent => "nothing".to_owned(),
        AttributeValue::Known(value) => value.to_string(),
        AttributeValue::Unknown => "known after apply".to_owned(),
        AttributeValue::Sensitive { .. } => "(sensitive)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use lockkeeper_domain::effect::Action;
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_below_their_resource() {
        let mut effect = Effect::new(
            "aws_db_instance.main",
            "aws_db_instance",
            "aws",
            Action::DeleteThenCreate,
        );
        effect.attributes = vec![
            AttributeChange::new(
                "engine",
                AttributeValue::Known(json!("pg\u{1b}[2J")),
                AttributeValue::Known(json!("my")),
            ),
            AttributeChange::new("id", AttributeValue::Known(json!(7)), AttributeValue::Unknown),
            AttributeChange::new(
                "password",
                AttributeValue::Absent,
                AttributeValue::Sensitive { fingerprint: None },
            ),
        ];
        effect.attributes[0].forces_replacement = true;
        let idle = Effect::new("data.x.y", "x", "x", Action::Read);
        let values = [json!(effect), json!(idle), json!({"new": true})];
        let text = anstream::adapter::strip_str(&render("staging", &values, 80)).to_string();
        insta::assert_snapshot!(text, @r#"
        Attributes that change in staging

          -/+ aws_db_instance.main (replaces)
              engine    "pg\u001b[2J" -> "my"  forces replacement
              id        7 -> known after apply
              password  (sensitive)
          {"new":true}
        "#);
    }
}
