use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::id::{EnvironmentId, UserId};
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::Permission;
use lockkeeper_git::CommitId;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::changes::{self, AppliedRevision, ChangeRow};
use lockkeeper_store::tables::projects::ProjectRow;
use lockkeeper_store::tables::stages::{self, StageRow};

use super::propose::{NewStage, Proposal, insert};
use super::{ChangeRecord, load_change, show_change};
use crate::repository::Repository;
use crate::{Access, App, Caller, UseCaseError};

/// Proposes the way back from a change: a change of its own to the revision that was applied and
/// verified before, planned and gated like any other, with the shorter gate that the policy has for it.
///
/// # Errors
/// A conflict when there is nothing to undo, no earlier revision, or a later change on top.
pub async fn roll_back_change(
    app: &App,
    caller: &Caller,
    project: &Name,
    key: &ChangeKey,
    environment: Option<&Name>,
    why: &str,
) -> Result<ChangeRecord, UseCaseError> {
    super::propose::check_texts("why", &[why])?;
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Propose).await?;
    let change = load_change(&mut transaction, *access.project.id, key).await?;
    let stages = stages::of_change(&mut transaction, *change.id).await?;
    drop(transaction);
    let chosen: Vec<StageRow> = stages
        .into_iter()
        .filter(|stage| environment.is_none_or(|name| *name == stage.environment_name.0))
        .filter(can_be_undone)
        .collect();
    for stage in &chosen {
        access.require_in(caller, Permission::Propose, &stage.environment_name)?;
    }
    let cause = RollbackCause {
        requester: caller.user(),
        actor: caller.name().as_str(),
        automatic: false,
        why,
    };
    let undoing = propose_rollback(app, &access.project, &change, &chosen, cause).await?;
    show_change(app, caller, project, &super::key(&undoing)).await
}

/// Whether something may have been altered there: now, or before it was planned anew.
fn can_be_undone(stage: &StageRow) -> bool {
    let touched = stage.status.has_touched_the_environment() || stage.applied_at.is_some();
    touched && *stage.status != StageStatus::RolledBack
}

/// Who asks for a rollback, and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RollbackCause<'a> {
    pub(crate) requester: UserId,
    pub(crate) actor: &'a str,
    pub(crate) automatic: bool,
    pub(crate) why: &'a str,
}

/// Proposes a rollback of the stages given.
pub(crate) async fn propose_rollback(
    app: &App,
    project: &ProjectRow,
    change: &ChangeRow,
    chosen: &[StageRow],
    cause: RollbackCause<'_>,
) -> Result<ChangeRow, UseCaseError> {
    let key = super::key(change);
    let mut transaction = app.database.read().await?;
    let revision = revision_to_restore(&mut transaction, change, chosen, &key).await?;
    drop(transaction);
    let commit: CommitId = revision
        .commit_id
        .parse()
        .map_err(|error| UseCaseError::internal(format!("a commit on record cannot be read: {error}")))?;
    let stack = Repository::holding(app, project, &commit)
        .await?
        .stack(&commit, &change.stack)
        .await?;
    // A rollback is not promoted: what it goes back to was verified here before.
    let stages: Vec<NewStage> = chosen
        .iter()
        .map(|stage| NewStage {
            environment: *stage.environment_id,
            promotion_exempt: true,
        })
        .collect();
    let earlier = ChangeKey::terraform(u32::try_from(revision.change_number).unwrap_or(u32::MAX));

    let mut transaction = app.database.write().await?;
    // Of two rollbacks of one change at once the second sees the first.
    changes::take(&mut transaction, *change.id, app.now()).await?;
    if cause.automatic {
        take_pending(&mut transaction, chosen).await?;
    }
    refuse_second(&mut transaction, change, &key).await?;
    let (title, why) = (
        format!("Roll back {key} to {} ({earlier})", commit.short()),
        if cause.why.is_empty() {
            format!("Undoes {key}.")
        } else {
            cause.why.to_owned()
        },
    );
    let proposal = Proposal {
        project,
        stack: &stack,
        reference: commit.as_str(),
        commit: &commit,
        title: &title,
        why: &why,
        requester: cause.requester,
        actor: cause.actor,
        declared_class: None,
        rollback: Some("This is a rollback; propose the change again to undo it."),
        rolls_back: Some(*change.id),
        automatic: cause.automatic,
        stages: &stages,
    };
    let undoing = insert(app, &mut transaction, &proposal).await?;
    transaction.commit().await?;
    app.signals.job_queued();
    Ok(undoing)
}

/// The one revision that was applied and verified before the change in all stages given.
async fn revision_to_restore(
    transaction: &mut Transaction,
    change: &ChangeRow,
    chosen: &[StageRow],
    key: &ChangeKey,
) -> Result<AppliedRevision, UseCaseError> {
    let mut found: Option<AppliedRevision> = None;
    for stage in chosen {
        let environment = &*stage.environment_name;
        let applied_at = stage.applied_at.map_or(*change.updated_at, |at| *at);
        let (id, stack) = (*stage.environment_id, &change.stack.0);
        if let Some(later) =
            changes::applied_on_top(transaction, id, stack, *change.id, None, applied_at).await?
        {
            let later = ChangeKey::terraform(u32::try_from(later.change_number).unwrap_or(u32::MAX));
            return Err(
                UseCaseError::conflict(format!("{later} was applied in {environment} after {key}")).hint(
                    format!("roll back {later} first, or propose a change that undoes both"),
                ),
            );
        }
        let before = changes::revision_before(transaction, id, stack, *change.id, applied_at).await?;
        let before = before.ok_or_else(|| {
            UseCaseError::conflict(format!(
                "no earlier revision of {} was verified in {environment}: there is nothing to go back to",
                &*change.stack
            ))
            .hint("propose a change that mends it, or one that removes it")
        })?;
        if found
            .as_ref()
            .is_some_and(|found| found.commit_id != before.commit_id)
        {
            return Err(
                UseCaseError::conflict("its environments had different revisions before")
                    .hint("roll back one environment at a time, with --environment"),
            );
        }
        found = Some(before);
    }
    found.ok_or_else(|| {
        UseCaseError::conflict(format!(
            "{key} has altered nothing there: there is nothing to roll back"
        ))
        .hint(format!("give it up with `lockkeeper change cancel {key}`"))
    })
}

/// Refuses a rollback that another change has overtaken: it would undo that one too, and its shorter gate
/// is not meant for that.
///
/// # Errors
/// A conflict when another change of the stack was applied there since what it undoes.
pub(crate) async fn refuse_overtaken(
    transaction: &mut Transaction,
    undoing: &ChangeRow,
    environment: EnvironmentId,
) -> Result<(), UseCaseError> {
    let Some(undone) = undoing.rolls_back else {
        return Ok(());
    };
    let applied_at = stages::of_change(transaction, *undone)
        .await?
        .iter()
        .find(|stage| *stage.environment_id == environment)
        .and_then(|stage| stage.applied_at)
        .map_or(*undoing.created_at, |at| *at);
    let (stack, id) = (&undoing.stack.0, *undoing.id);
    let later =
        changes::applied_on_top(transaction, environment, stack, *undone, Some(id), applied_at).await?;
    let Some(later) = later else {
        return Ok(());
    };
    let later = ChangeKey::terraform(u32::try_from(later.change_number).unwrap_or(u32::MAX));
    Err(UseCaseError::conflict(format!(
        "{later} was applied there since: this rollback would undo it too"
    ))
    .hint(format!(
        "give it up with `lockkeeper change cancel {}`; roll back {later} first, or propose a change that undoes both",
        super::key(undoing)
    )))
}

/// Takes the wish for a rollback out of the outbox, in the transaction that grants it: of two who look at the
/// outbox at once, one proposes.
async fn take_pending(transaction: &mut Transaction, chosen: &[StageRow]) -> Result<(), UseCaseError> {
    for stage in chosen {
        let (change, environment) = (*stage.change_id, *stage.environment_id);
        if stages::take_pending_rollback(transaction, change, environment).await? == 0 {
            return Err(UseCaseError::conflict("the rollback was proposed already"));
        }
    }
    Ok(())
}

/// One rollback at a time.
async fn refuse_second(
    transaction: &mut Transaction,
    change: &ChangeRow,
    key: &ChangeKey,
) -> Result<(), UseCaseError> {
    match changes::undoing(transaction, *change.id).await? {
        Some(undoing)
            if !undoing.status.is_final()
                && *undoing.status != lockkeeper_domain::change::ChangeStatus::Verified =>
        {
            let undoing = super::key(&undoing);
            Err(
                UseCaseError::conflict(format!("{undoing} is on its way to roll back {key}"))
                    .hint(format!("go on with it, or `lockkeeper change cancel {undoing}`")),
            )
        }
        _ => Ok(()),
    }
}
