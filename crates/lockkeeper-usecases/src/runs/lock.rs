//! The lock that a run's tool took, once the run is over.

use lockkeeper_store::Transaction;
use lockkeeper_store::tables::{state_locks, states};
use serde_json::json;

use super::context::RunContext;
use crate::app::Chain;
use crate::{App, UseCaseError};

/// Whether the run still holds the lock of its state.
pub(super) async fn holds_lock(
    transaction: &mut Transaction,
    context: &RunContext,
) -> Result<bool, UseCaseError> {
    let lock = state_locks::of_state(transaction, context.state).await?;
    Ok(lock.is_some_and(|lock| lock.run_id.is_some_and(|run| *run == context.id())))
}

/// Releases the lock of the run's state if this run holds it. That of a person is never released by itself.
pub(super) async fn release_lock(
    app: &App,
    transaction: &mut Transaction,
    context: &RunContext,
) -> Result<(), UseCaseError> {
    // Taken before it is read: the tool may be giving its lock back at this moment.
    states::take(transaction, context.state).await?;
    let Some(lock) = state_locks::of_state(transaction, context.state).await? else {
        return Ok(());
    };
    if lock.run_id.is_none_or(|run| *run != context.id()) {
        return Ok(());
    }
    state_locks::delete(transaction, context.state).await?;
    let details = json!({
        "lock": lock.held().description.id, "holder": lock.user_name.as_str(), "run": context.id(),
        "why": "the run is over",
    });
    let subject = format!("{}/{}", *context.stage.environment_name, *context.change.stack);
    let chain = Chain::Project(*context.project.id);
    app.record(transaction, chain, "system", "state.unlock", &subject, details)
        .await
}
