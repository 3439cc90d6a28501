//! The outputs of a stack.

use std::collections::BTreeMap;

use lockkeeper_engine::contract::{EngineError, RunControl};
use serde::Deserialize;
use serde_json::Value;

use crate::session::Session;

/// The answer of `output -json`, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    sensitive: bool,
    #[serde(default)]
    value: Value,
}

/// The outputs as they are in the state; sensitive ones are left out.
pub(crate) async fn read(
    session: &Session<'_>,
    control: &mut RunControl<'_>,
) -> Result<BTreeMap<String, Value>, EngineError> {
    let answer = session
        .ask(["output", "-json", "-no-color"], ANSWER_LIMIT, control)
        .await?;
    if answer.exit_code() != 0 {
        let lines: Vec<String> = answer.message.lines().map(str::to_owned).collect();
        return Err(session.failed("output", answer.exit_code(), &lines));
    }
    plain(&answer.stdout).map_err(|error| EngineError::Unreadable {
        step: format!("{} output", session.tool_name()),
        why: error.to_string(),
    })
}

fn plain(json: &[u8]) -> serde_json::Result<BTreeMap<String, Value>> {
    let outputs: BTreeMap<String, Output> = serde_json::from_slice(json)?;
    let plain = outputs.into_iter().filter(|(_, output)| !output.sensitive);
    Ok(plain.map(|(name, output)| (name, output.value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_outputs_are_left_out() {
        let json =
            br#"{"a":{"sensitive":false,"type":"string","value":"x"},"b":{"sensitive":true,"value":"hush"}}"#;
        assert_eq!(
            plain(json).unwrap(),
            BTreeMap::from([("a".to_owned(), Value::from("x"))])
        );
    }
}
