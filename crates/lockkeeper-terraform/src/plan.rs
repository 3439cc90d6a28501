//! Makes a plan, and reads what it will do.

use std::collections::BTreeMap;
use std::ffi::OsString;

use lockkeeper_domain::effect::Effect;
use lockkeeper_engine::contract::{EngineError, PlanFile, Planned, RunControl, Target, Workspace};
use lockkeeper_plan::reader::{self, ReadError, ReadOptions};
use serde_json::Value;

use crate::engine::TerraformEngine;
use crate::session::{self, Session, Step};
use crate::{checks, files};

/// The largest plan that is read, in bytes of JSON.
const PLAN_JSON_LIMIT: usize = 512 * 1024 * 1024;

/// The exit codes of `plan -detailed-exitcode` when there is nothing to do, and when there is.
const NOTHING_TO_DO: i32 = 0;
const SOMETHING_TO_DO: i32 = 2;

impl TerraformEngine {
    pub(crate) async fn make_plan(
        &self,
        workspace: &Workspace,
        target: &Target,
        control: &mut RunControl<'_>,
    ) -> Result<Planned, EngineError> {
        let session = Session::begin(&self.settings, workspace, target)?;
        let version = session.version(control).await?;
        if let Some(warning) = version.warning() {
            session::log(control, &warning).await;
        }
        self.initialize(&session, control).await?;
        let checks = vec![
            checks::format(&session, control).await?,
            checks::validate(&session, control).await?,
        ];
        let plan_file = save_plan(&session, &target.variables, control).await?;
        let (effects, document) = effects(&session, target.fingerprint_key, control).await?;
        Ok(Planned {
            effects,
            document,
            plan_file,
            checks,
            tool: version.to_string(),
        })
    }
}

/// Runs `plan`, and answers the saved plan.
async fn save_plan(
    session: &Session<'_>,
    variables: &BTreeMap<String, Value>,
    control: &mut RunControl<'_>,
) -> Result<PlanFile, EngineError> {
    let variables_file = session.file("variables.tfvars.json");
    let json = serde_json::to_vec(variables).map_err(|error| EngineError::Io {
        what: "cannot write the variables of the stack".to_owned(),
        source: error.into(),
    })?;
    files::write_private(&variables_file, &json)?;
    let plan = session.file("plan");
    // A file that is named on the command line wins over every `*.auto.tfvars` of the stack.
    let mut variables_argument = OsString::from("-var-file=");
    variables_argument.push(&variables_file);
    let mut plan_argument = OsString::from("-out=");
    plan_argument.push(&plan);
    let arguments = [
        "plan".into(),
        "-input=false".into(),
        "-no-color".into(),
        "-detailed-exitcode".into(),
        session.settings.lock_timeout_argument(),
        variables_argument,
        plan_argument,
    ];
    let Step {
        exit_code,
        last_lines,
    } = session.run(arguments, control).await?;
    if !matches!(exit_code, NOTHING_TO_DO | SOMETHING_TO_DO) {
        return Err(session.failed("plan", exit_code, &last_lines));
    }
    let bytes = tokio::fs::read(&plan).await;
    Ok(PlanFile(
        bytes.map_err(files::io(format!("cannot read {}", plan.display())))?,
    ))
}

/// Reads what the saved plan will do.
async fn effects(
    session: &Session<'_>,
    fingerprint_key: [u8; 32],
    control: &mut RunControl<'_>,
) -> Result<(Vec<Effect>, Value), EngineError> {
    let plan = session.file("plan");
    let arguments = [
        "show".as_ref(),
        "-json".as_ref(),
        "-no-color".as_ref(),
        plan.as_os_str(),
    ];
    let answer = session.ask(arguments, PLAN_JSON_LIMIT, control).await?;
    if answer.exit_code() != 0 {
        let lines: Vec<String> = answer.message.lines().map(str::to_owned).collect();
        return Err(session.failed("show", answer.exit_code(), &lines));
    }
    // A large plan keeps a processor busy for seconds, and other runs have to go on.
    let options = ReadOptions {
        fingerprint_key: Some(fingerprint_key),
    };
    let read = tokio::task::spawn_blocking(move || {
        let document = reader::read(&answer.stdout, &options)?;
        Ok::<_, ReadError>((document, reader::redacted(&answer.stdout)?))
    })
    .await;
    let unreadable = |why: String| EngineError::Unreadable {
        step: format!("{} show -json", session.tool_name()),
        why,
    };
    let (document, redacted) = read
        .map_err(|error| unreadable(error.to_string()))?
        .map_err(|error| unreadable(error.to_string()))?;
    for warning in &document.warnings {
        session::log(control, warning).await;
    }
    Ok((document.effects, redacted))
}
