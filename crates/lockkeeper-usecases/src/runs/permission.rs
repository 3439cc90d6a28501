//! Whether an apply that was queued is still wanted when it begins.

use lockkeeper_domain::role::Permission;
use lockkeeper_domain::run::RunStatus;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::changes::ChangeRow;
use lockkeeper_store::tables::{runs, users};

use super::context::RunContext;
use super::failure::RunFailure;
use crate::UseCaseError;
use crate::access::grants_of;

/// Refuses an apply that was cancelled since it was queued, whose change has ended, or whose requester may
/// no longer ask for it: days may lie between the two.
pub(super) async fn still_wanted(
    transaction: &mut Transaction,
    context: &RunContext,
    change: &ChangeRow,
) -> Result<(), RunFailure> {
    let key = context.key();
    let run = runs::by_id(transaction, context.id()).await?;
    if run.is_none_or(|run| run.cancel_requested) || change.status.is_final() {
        return Err(cancelled_before(context));
    }
    // A rollback that comes by itself is nobody's wish.
    if change.automatic || may_apply(transaction, context, change).await? {
        return Ok(());
    }
    let environment = &*context.stage.environment_name;
    Err(RunFailure::new(
        format!(
            "{}, who asked for it, may no longer apply this change in {environment}",
            *context.run.requester_name
        ),
        format!("somebody who may: `lockkeeper change apply {key} --environment {environment}`"),
    ))
}

/// An apply that was cancelled, or whose server stops, before it began.
pub(super) fn cancelled_before(context: &RunContext) -> RunFailure {
    let next = format!(
        "`lockkeeper change show {}` tells how far the change is",
        context.key()
    );
    let mut failure = RunFailure::new("cancelled before it began", next);
    failure.status = RunStatus::Cancelled;
    failure
}

async fn may_apply(
    transaction: &mut Transaction,
    context: &RunContext,
    change: &ChangeRow,
) -> Result<bool, UseCaseError> {
    let requester = *context.run.requester_id;
    let Some(user) = users::by_id(transaction, requester).await? else {
        return Ok(false);
    };
    if user.disabled_at.is_some() {
        return Ok(false);
    }
    let grants = grants_of(transaction, *context.project.id, requester, user.server_admin).await?;
    let environment = &context.stage.environment_name.0;
    let own = *change.requester_id == requester && grants.allow_in(Permission::Propose, environment);
    Ok(own || grants.allow_in(Permission::Apply, environment))
}
