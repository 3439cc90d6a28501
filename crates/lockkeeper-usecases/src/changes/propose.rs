//! What proposing a change and proposing a rollback have in common.

use lockkeeper_domain::change::StageEvent;
use lockkeeper_domain::id::{ChangeId, EnvironmentId, JobId, RunId, UserId};
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::risk::RiskClass;
use lockkeeper_domain::run::RunKind;
use lockkeeper_domain::stack::Stack;
use lockkeeper_git::CommitId;
use lockkeeper_store::Transaction;
use lockkeeper_store::stored::json_text;
use lockkeeper_store::tables::changes::{self, ChangeRow};
use lockkeeper_store::tables::environments::EnvironmentRow;
use lockkeeper_store::tables::projects::{self, ProjectRow};
use lockkeeper_store::tables::stages::{self, StageRow};
use lockkeeper_store::tables::{jobs, runs};
use serde_json::json;

use super::{Note, move_stage, take_state};
use crate::app::Chain;
use crate::clock::new_uuid;
use crate::{App, UseCaseError};

/// The longest title, in characters.
const MAX_TITLE: usize = 200;
/// The longest of the other texts, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// A change that is complete and only needs to be kept.
pub(super) struct Proposal<'a> {
    pub(super) project: &'a ProjectRow,
    pub(super) stack: &'a Stack,
    pub(super) reference: &'a str,
    pub(super) commit: &'a CommitId,
    pub(super) title: &'a str,
    pub(super) why: &'a str,
    pub(super) requester: UserId,
    /// Who stands in the audit log: the requester, or `system`.
    pub(super) actor: &'a str,
    pub(super) declared_class: Option<RiskClass>,
    pub(super) rollback: Option<&'a str>,
    pub(super) rolls_back: Option<ChangeId>,
    pub(super) automatic: bool,
    /// In the order of promotion.
    pub(super) stages: &'a [NewStage],
}

/// An environment that a change goes through.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewStage {
    pub(super) environment: EnvironmentId,
    /// Whether the stack does not exist in the environment that this one promotes from.
    pub(super) promotion_exempt: bool,
}

/// Keeps the change, and queues a plan for each of its environments.
pub(super) async fn insert(
    app: &App,
    transaction: &mut Transaction,
    proposal: &Proposal<'_>,
) -> Result<ChangeRow, UseCaseError> {
    let gone = || UseCaseError::not_found("the project is gone");
    let (id, now) = (ChangeId::new(new_uuid()), app.now());
    let project = *proposal.project.id;
    let number = projects::take_change_number(transaction, project)
        .await?
        .ok_or_else(gone)?
        .number;
    let (stack, commit) = (json_text(proposal.stack)?, proposal.commit.as_str());
    changes::insert(
        transaction,
        id,
        project,
        number,
        &proposal.stack.name,
        proposal.reference,
        commit,
        proposal.title,
        proposal.why,
        proposal.requester,
        proposal.declared_class,
        proposal.rollback,
        &stack,
        proposal.rolls_back,
        proposal.automatic,
        now,
    )
    .await?;
    let change = changes::by_id(transaction, id).await?.ok_or_else(gone)?;
    for (position, stage) in proposal.stages.iter().enumerate() {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        stages::insert(
            transaction,
            id,
            stage.environment,
            position,
            stage.promotion_exempt,
            "[]",
        )
        .await?;
        queue_run(
            app,
            transaction,
            &change,
            stage.environment,
            RunKind::Plan,
            proposal.requester,
            None,
        )
        .await?;
    }
    let details = json!({
        "title": proposal.title, "stack": proposal.stack.name, "ref": proposal.reference, "commit": commit,
        "declared_class": proposal.declared_class, "automatic": proposal.automatic,
    });
    let key = ChangeKey::terraform(u32::try_from(number).unwrap_or(u32::MAX)).to_string();
    app.record(
        transaction,
        Chain::Project(project),
        proposal.actor,
        "change.propose",
        &key,
        details,
    )
    .await?;
    Ok(change)
}

/// Queues a run and its job in the same transaction; answers the run.
pub(super) async fn queue_run(
    app: &App,
    transaction: &mut Transaction,
    change: &ChangeRow,
    environment: EnvironmentId,
    kind: RunKind,
    requester: UserId,
    scheduled: Option<Scheduled>,
) -> Result<RunId, UseCaseError> {
    let (run, now) = (RunId::new(new_uuid()), app.now());
    let (plan, at) = scheduled.map_or((None, None), |scheduled| (Some(scheduled.plan), scheduled.at));
    let project = *change.project_id;
    runs::insert(
        transaction,
        run,
        project,
        *change.id,
        environment,
        kind,
        requester,
        plan,
        now,
        at,
        "[]",
    )
    .await?;
    stages::set_run(transaction, *change.id, environment, run).await?;
    let state = take_state(transaction, project, environment, &change.stack).await?;
    jobs::insert(
        transaction,
        JobId::new(new_uuid()),
        run,
        &state.to_string(),
        at.unwrap_or(now),
    )
    .await?;
    Ok(run)
}

/// The plan that a run applies, and when, if not at once.
pub(super) struct Scheduled {
    pub(super) plan: lockkeeper_domain::id::PlanId,
    pub(super) at: Option<jiff::Timestamp>,
}

/// Asks for a new plan in one environment.
pub(super) async fn queue_plan(
    app: &App,
    transaction: &mut Transaction,
    change: &ChangeRow,
    stage: &StageRow,
    requester: UserId,
) -> Result<RunId, UseCaseError> {
    move_stage(
        transaction,
        stage,
        StageEvent::PlanRequested,
        Note::default(),
        app.now(),
    )
    .await?;
    stages::set_plan(transaction, *change.id, *stage.environment_id, None).await?;
    queue_run(
        app,
        transaction,
        change,
        *stage.environment_id,
        RunKind::Plan,
        requester,
        None,
    )
    .await
}

/// Puts environments behind those that they promote from. Environments promote only from older ones,
/// so the order in which they were made is such an order.
pub(super) fn in_order_of_promotion(mut environments: Vec<EnvironmentRow>) -> Vec<EnvironmentRow> {
    environments.sort_by_key(|environment| *environment.id);
    environments
}

/// Checks what people write about a change.
///
/// # Errors
/// Invalid when a text is missing, too long, or holds control characters.
pub(super) fn check_texts(title: &str, others: &[&str]) -> Result<(), UseCaseError> {
    let length = title.chars().count();
    if title.trim().is_empty() || length > MAX_TITLE || title.chars().any(char::is_control) {
        return Err(UseCaseError::invalid(format!(
            "a title is one line of 1 to {MAX_TITLE} characters"
        )));
    }
    let bad = |text: &&&str| text.len() > MAX_TEXT || text.contains('\0');
    if others.iter().any(|text| bad(&text)) {
        return Err(UseCaseError::invalid(format!(
            "a text has at most {MAX_TEXT} bytes, and no NUL character"
        )));
    }
    Ok(())
}

/// Refuses environments that the project does not have.
pub(super) fn choose(all: &[EnvironmentRow], wanted: &[Name]) -> Result<Vec<EnvironmentRow>, UseCaseError> {
    let known: Vec<&str> = all.iter().map(|environment| environment.name.as_str()).collect();
    for name in wanted {
        if !known.contains(&name.as_str()) {
            return Err(
                UseCaseError::not_found(format!("there is no environment `{name}` in this project"))
                    .hint(format!("its environments are: {}", known.join(", "))),
            );
        }
    }
    Ok(all
        .iter()
        .filter(|environment| wanted.contains(&environment.name))
        .cloned()
        .collect())
}
