//! Carries out a saved plan.

use std::collections::BTreeMap;

use lockkeeper_engine::contract::{Applied, EngineError, PlanFile, RunControl, Target, Workspace};

use crate::engine::TerraformEngine;
use crate::session::{self, Session, Step};
use crate::{files, lock_file, outputs};

impl TerraformEngine {
    pub(crate) async fn carry_out(
        &self,
        plan_file: &PlanFile,
        workspace: &Workspace,
        target: &Target,
        control: &mut RunControl<'_>,
    ) -> Result<Applied, EngineError> {
        let mut session = Session::begin(&self.settings, workspace, target)?;
        session.version(control).await?;
        lock_file::restore(plan_file, &session.stack)?;
        self.initialize(&session, control).await?;
        let plan = session.file("plan");
        files::write_private(&plan, &plan_file.0)?;
        let arguments = [
            "apply".into(),
            "-input=false".into(),
            "-no-color".into(),
            self.settings.lock_timeout_argument(),
            plan.into(),
        ];
        let ran = session.run(arguments, control).await;
        let Step {
            exit_code,
            last_lines,
        } = ran.map_err(|error| with_stranded_state(error, &session))?;
        if exit_code != 0 {
            return Err(session.failed("apply", exit_code, &last_lines));
        }
        // The plan is carried out: whatever happens now does not undo it.
        session.extend();
        let outputs = match outputs::read(&session, control).await {
            Ok(outputs) => outputs,
            Err(error) => {
                session::log(
                    control,
                    &format!("The plan was applied; its outputs cannot be read: {error}"),
                )
                .await;
                BTreeMap::new()
            }
        };
        Ok(Applied { outputs })
    }
}

/// A run that was stopped and could not store its state is a failure first: the state must be brought
/// to safety before anything else happens.
fn with_stranded_state(error: EngineError, session: &Session<'_>) -> EngineError {
    let Some(path) = session::stranded_state(&session.stack) else {
        return error;
    };
    EngineError::Failed {
        step: format!("{} apply", session.tool_name()),
        exit_code: 1,
        message: format!("{error}; the state could not be stored"),
        stranded_state: Some(path),
    }
}
