//! What follows from a failed verification, and from a rollback that worked.

use lockkeeper_domain::change::{StageEvent, StageStatus};
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::stages::StageRow;
use lockkeeper_store::tables::{changes, projects, stages};
use serde_json::json;

use super::context::RunContext;
use crate::app::Chain;
use crate::changes::{Note, RollbackCause, move_stage_if_it_can, propose_rollback};
use crate::{App, UseCaseError};

/// Rollbacks proposed in one go.
const BATCH: i64 = 20;

/// A rollback was applied and verified: what it undoes is rolled back there.
pub(super) async fn mark_undone(
    app: &App,
    transaction: &mut Transaction,
    context: &RunContext,
) -> Result<(), UseCaseError> {
    let Some(undone) = context.change.rolls_back else {
        return Ok(());
    };
    let Some(undone) = changes::by_id(transaction, *undone).await? else {
        return Ok(());
    };
    let stages = stages::of_change(transaction, *undone.id).await?;
    let Some(stage) = stages
        .iter()
        .find(|stage| *stage.environment_id == *context.stage.environment_id)
    else {
        return Ok(());
    };
    let message = format!("rolled back by {}", context.key());
    let note = Note {
        message: Some(&message),
        next_step: None,
    };
    // Somebody may have begun to plan or apply it anew meanwhile: the rollback is done all the same.
    if !move_stage_if_it_can(transaction, stage, StageEvent::RolledBack, note, app.now()).await? {
        return Ok(());
    }
    let key = crate::changes::key(&undone).to_string();
    let details = json!({"environment": *stage.environment_name, "by": context.key()});
    app.record(
        transaction,
        Chain::Project(*context.project.id),
        "system",
        "change.rolled-back",
        &key,
        details,
    )
    .await
}

/// Proposes the rollbacks that stacks ask for when their verification fails. The wish is kept with the
/// result of the verification, so that a crash in between does not lose it.
///
/// # Errors
/// When the database fails.
pub async fn propose_pending_rollbacks(app: &App) -> Result<(), UseCaseError> {
    let mut transaction = app.database.read().await?;
    let pending = stages::with_pending_rollback(&mut transaction, BATCH).await?;
    drop(transaction);
    for stage in pending {
        let refused = propose(app, &stage).await.err();
        // A repository that cannot be reached now is tried again; any other refusal is final.
        if refused
            .as_ref()
            .is_some_and(|refused| refused.kind == crate::ErrorKind::Unavailable)
        {
            continue;
        }
        settle(app, &stage, refused).await?;
    }
    Ok(())
}

/// Goes on with rollbacks that come by themselves and were planned when the server died: nobody else would
/// apply them. Only at start; one that was withdrawn or whose gates were shut is for people.
///
/// # Errors
/// When the database fails.
pub async fn resume_automatic_rollbacks(app: &App) -> Result<(), UseCaseError> {
    let mut transaction = app.database.read().await?;
    let mut waiting = Vec::new();
    for stage in stages::of_rollbacks_never_applied(&mut transaction, BATCH).await? {
        let change = changes::by_id(&mut transaction, *stage.change_id).await?;
        let Some(change) = change else { continue };
        let project = projects::by_id(&mut transaction, *change.project_id).await?;
        let Some(project) = project else { continue };
        waiting.push((project, change, stage));
    }
    drop(transaction);
    for (project, change, stage) in waiting {
        if let Err(error) = super::plan::queue_by_itself(app, &project, &change, &stage).await {
            let key = crate::changes::key(&change);
            tracing::warn!(%error, %key, "a rollback is not applied by itself");
        }
    }
    Ok(())
}

async fn propose(app: &App, stage: &StageRow) -> Result<(), UseCaseError> {
    let gone = || UseCaseError::internal("what was to be rolled back is gone");
    let mut transaction = app.database.read().await?;
    let change = changes::by_id(&mut transaction, *stage.change_id)
        .await?
        .ok_or_else(gone)?;
    let project = projects::by_id(&mut transaction, *change.project_id)
        .await?
        .ok_or_else(gone)?;
    drop(transaction);
    let (key, environment) = (crate::changes::key(&change), &*stage.environment_name);
    let why = format!("{key} failed its verification in {environment}.");
    let cause = RollbackCause {
        requester: *change.requester_id,
        actor: "system",
        automatic: true,
        why: &why,
    };
    propose_rollback(app, &project, &change, std::slice::from_ref(stage), cause)
        .await
        .map(drop)
}

/// Takes the stage out of the outbox; says on it why it was not rolled back, if it was not.
async fn settle(app: &App, stage: &StageRow, refused: Option<UseCaseError>) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let (change, environment) = (*stage.change_id, *stage.environment_id);
    if stages::take_pending_rollback(&mut transaction, change, environment).await? == 0 {
        // It was proposed, by this call or by another one at the same time.
        return Ok(());
    }
    let still_failed = stages::of_change(&mut transaction, change)
        .await?
        .iter()
        .any(|now| *now.environment_id == environment && *now.status == StageStatus::VerificationFailed);
    if let Some(refused) = refused.filter(|_| still_failed) {
        let message = format!("applied, does not work, and cannot be rolled back by itself: {refused}");
        let next = refused
            .hint
            .as_deref()
            .unwrap_or("propose a change that mends it");
        let status = StageStatus::VerificationFailed;
        stages::set_status(
            &mut transaction,
            change,
            environment,
            status,
            Some(&message),
            Some(next),
        )
        .await?;
        if let Some(row) = changes::by_id(&mut transaction, change).await? {
            let (chain, key) = (
                Chain::Project(*row.project_id),
                crate::changes::key(&row).to_string(),
            );
            let details = json!({"environment": *stage.environment_name, "why": refused.detail});
            let action = "change.rollback-refused";
            app.record(&mut transaction, chain, "system", action, &key, details)
                .await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}
