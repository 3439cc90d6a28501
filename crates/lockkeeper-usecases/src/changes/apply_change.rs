use jiff::Timestamp;
use lockkeeper_domain::change::StageEvent;
use lockkeeper_domain::gate::{Gate, GateKind, PlanStanding};
use lockkeeper_domain::id::{RunId, UserId};
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::run::RunKind;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::runs::{self, RunRow};
use lockkeeper_store::tables::stages::StageRow;
use serde_json::json;

use super::propose::{Scheduled, queue_run};
use super::{GateContext, Note, load_change, load_stage, move_stage, take_change};
use crate::app::Chain;
use crate::repository::Repository;
use crate::{Access, App, Caller, ErrorKind, UseCaseError};

/// When an apply is to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// When the next window opens in which it fits.
    NextWindow,
    /// At a time to come.
    At(Timestamp),
}

/// Queues the apply of the plan that was approved. Its gates must be open at the time when it is to
/// start; they are looked at again then.
///
/// # Errors
/// Gates shut, with all of them; forbidden for somebody else's change without the operator's role; a
/// conflict when it is not planned, or queued already.
pub async fn apply_change(
    app: &App,
    caller: &Caller,
    project: &Name,
    key: &ChangeKey,
    environment: &Name,
    when: When,
) -> Result<RunRow, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    load_change(&mut transaction, *access.project.id, key).await?;
    drop(transaction);
    let settings = Repository::refreshed(app, &access.project)
        .await?
        .settings()
        .await?;

    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Read).await?;
    // Of two applies at once the second sees that the first is queued.
    let change = take_change(app, &mut transaction, *access.project.id, key).await?;
    let own =
        *change.requester_id == caller.user() && access.grants.allow_in(Permission::Propose, environment);
    if !own {
        access.require_in(caller, Permission::Apply, environment)?;
    }
    let stage = load_stage(&mut transaction, &change, environment).await?;
    let context = GateContext::load(&mut transaction, settings, change).await?;
    let run = queue_apply(
        app,
        &mut transaction,
        &context,
        &stage,
        when,
        caller.user(),
        caller.name().as_str(),
    )
    .await?;
    let row = runs::by_id(&mut transaction, run)
        .await?
        .ok_or_else(|| UseCaseError::internal("the run is gone"))?;
    transaction.commit().await?;
    app.signals.job_queued();
    Ok(row)
}

/// Queues the apply if its gates allow it.
pub(crate) async fn queue_apply(
    app: &App,
    transaction: &mut Transaction,
    context: &GateContext,
    stage: &StageRow,
    when: When,
    requester: UserId,
    actor: &str,
) -> Result<RunId, UseCaseError> {
    if context.change.status.is_final() {
        let (key, status) = (super::key(&context.change), context.change.status.in_words());
        return Err(UseCaseError::conflict(format!("{key} {status}")).hint("propose a new change"));
    }
    super::refuse_overtaken(transaction, &context.change, *stage.environment_id).await?;
    // The transition is tried first: "is being applied already" says more than a list of gates.
    if stage.status.is_busy() || stage.status.has_touched_the_environment() {
        move_stage(
            transaction,
            stage,
            StageEvent::ApplyQueued,
            Note::default(),
            app.now(),
        )
        .await?;
    }
    let now = app.now();
    let mut input = context.input(transaction, stage, now).await?;
    let at = match when {
        When::Now => None,
        When::At(at) if at <= now => {
            return Err(
                UseCaseError::invalid(format!("{at} is in the past")).hint("leave --at out to apply now")
            );
        }
        When::At(at) => Some(at),
        When::NextWindow if input.calendar.windows.is_empty() => {
            return Err(
                UseCaseError::conflict(format!("{} has no windows to wait for", input.environment))
                    .hint("leave --at out to apply now, or name a window in .lockkeeper/project.toml"),
            );
        }
        When::NextWindow => {
            let expected = input.expected_duration.unwrap_or_default();
            let slot = input.calendar.next_fitting(now, expected).ok_or_else(|| {
                UseCaseError::conflict(format!(
                    "no window of {} opens in which the run fits",
                    input.environment
                ))
                .hint("name a longer window in .lockkeeper/project.toml")
            })?;
            Some(slot.start).filter(|start| *start > now)
        }
    };
    input.now = at.unwrap_or(now);
    let gates = lockkeeper_domain::gate::evaluate(&input);
    if !may_start(&gates, &input.plan) {
        return Err(shut(&super::key(&context.change), &input.environment, gates));
    }
    let plan = stage
        .plan_id
        .ok_or_else(|| UseCaseError::conflict("there is no plan to apply"))?;
    move_stage(transaction, stage, StageEvent::ApplyQueued, Note::default(), now).await?;
    let scheduled = Scheduled { plan: *plan, at };
    let change = &context.change;
    let run = queue_run(
        app,
        transaction,
        change,
        *stage.environment_id,
        RunKind::Apply,
        requester,
        Some(scheduled),
    )
    .await?;
    let details = json!({"environment": input.environment, "run": run, "at": at});
    let (chain, key) = (Chain::Project(*change.project_id), super::key(change).to_string());
    app.record(transaction, chain, actor, "change.apply", &key, details)
        .await?;
    Ok(run)
}

/// Whether an apply may be queued: every gate is open, but for a plan that is there and stale, because
/// the run makes a new one then and goes on only if it does the same.
pub(crate) fn may_start(gates: &[Gate], plan: &PlanStanding) -> bool {
    let made = matches!(plan, PlanStanding::Made(_));
    gates
        .iter()
        .all(|gate| gate.open || (made && gate.kind == GateKind::Plan))
}

fn shut(key: &ChangeKey, environment: &Name, gates: Vec<Gate>) -> UseCaseError {
    let shut: Vec<String> = gates
        .iter()
        .filter(|gate| !gate.open)
        .map(|gate| gate.kind.to_string())
        .collect();
    let (verb, plural) = if shut.len() == 1 {
        ("is", "gate")
    } else {
        ("are", "gates")
    };
    UseCaseError::new(
        ErrorKind::GatesShut(gates),
        format!(
            "{key} cannot be applied in {environment}: {} {plural} {verb} shut ({})",
            shut.len(),
            shut.join(", ")
        ),
    )
    .hint(format!("`lockkeeper change show {key}` tells how to open each"))
}
