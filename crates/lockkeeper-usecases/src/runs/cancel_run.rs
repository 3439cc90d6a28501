use lockkeeper_domain::change::StageEvent;
use lockkeeper_domain::id::RunId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::run::{RunKind, RunStatus};
use lockkeeper_store::tables::runs::RunRow;
use lockkeeper_store::tables::{changes, jobs, runs};
use serde_json::json;

use super::context::RunContext;
use crate::app::Chain;
use crate::changes::{Note, move_stage};
use crate::{Access, App, Caller, UseCaseError};

/// Stops a run: one that waits at once, one at work politely first. What was applied until then stays.
///
/// # Errors
/// A conflict when it has ended; forbidden for a run of somebody else without the operator's role.
pub async fn cancel_run(
    app: &App,
    caller: &Caller,
    project: &Name,
    run: RunId,
) -> Result<RunRow, UseCaseError> {
    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    let row = super::show_run::find(&mut transaction, *access.project.id, run).await?;
    let own = *row.requester_id == caller.user()
        && access.grants.allow_in(Permission::Propose, &row.environment_name);
    if !own {
        access.require_in(caller, Permission::Apply, &row.environment_name)?;
    }
    changes::take(&mut transaction, *row.change_id, app.now()).await?;
    let row = super::show_run::find(&mut transaction, *access.project.id, run).await?;
    if row.status.has_ended() {
        return Err(UseCaseError::conflict(format!(
            "the run has ended already: {}",
            *row.status
        )));
    }
    runs::request_cancel(&mut transaction, run).await?;
    let context = RunContext::load(&mut transaction, run).await?;
    if jobs::withdraw(&mut transaction, run).await? > 0 {
        let why = format!("cancelled by {} before it began", caller.name());
        runs::finish(
            &mut transaction,
            run,
            RunStatus::Cancelled,
            app.now(),
            None,
            None,
            Some(&why),
            None,
        )
        .await?;
        let (event, next) = match *row.kind {
            RunKind::Plan => (
                StageEvent::PlanFailed,
                format!("`lockkeeper change plan {}` makes a new plan", context.key()),
            ),
            RunKind::Apply => (StageEvent::ApplyWithdrawn, String::new()),
        };
        let note = if next.is_empty() {
            Note::default()
        } else {
            Note::new(&why, &next)
        };
        move_stage(&mut transaction, &context.stage, event, note, app.now()).await?;
    }
    let (chain, actor) = (Chain::Project(*access.project.id), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        "run.cancel",
        &context.key(),
        json!({"run": run}),
    )
    .await?;
    let row = super::show_run::find(&mut transaction, *access.project.id, run).await?;
    transaction.commit().await?;
    app.signals.cancel_run(run);
    app.signals.tell_run(run);
    Ok(row)
}
