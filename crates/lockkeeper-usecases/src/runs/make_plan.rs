//! Makes a plan: a clean checkout, the engine, the secrets check, the class.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use lockkeeper_cost::CostEstimate;
use lockkeeper_domain::check::CheckResult;
use lockkeeper_domain::effect::{BlastRadius, Effect, NamedEnvironment, Summary};
use lockkeeper_domain::gate::StateRevision;
use lockkeeper_domain::id::PlanId;
use lockkeeper_domain::risk::Assessment;
use lockkeeper_engine::contract::{PlanFile, RunControl, StateAccess, Target, Workspace};
use lockkeeper_git::CommitId;
use lockkeeper_plan::classify::{assess, assume_environment};
use lockkeeper_store::Transaction;
use lockkeeper_store::batch::Batch;
use lockkeeper_store::blobs::NewBlob;
use lockkeeper_store::stored::json_text;
use lockkeeper_store::tables::{approvals, plans, stages, tokens};
use serde_json::json;
use tokio::sync::watch;

use super::context::{RunContext, folder, require_at_work};
use super::failure::RunFailure;
use super::log::LogWriter;
use super::{checks, cost, policies};
use crate::app::Chain;
use crate::changes::{read_effects, state_revision, tier};
use crate::clock::{new_token, new_uuid, token_hash};
use crate::repository::Repository;
use crate::{App, UseCaseError};

/// How long after its time limit the token of a run still works, so that a child can store its state.
const TOKEN_GRACE: SignedDuration = SignedDuration::from_mins(15);

/// A plan that was made and is yet to be kept.
pub(super) struct MadePlan {
    pub(super) effects: Vec<Effect>,
    pub(super) effects_digest: String,
    pub(super) plan_file: PlanFile,
    pub(super) assessment: Assessment,
    pub(super) summary: Summary,
    blast_radius: BlastRadius,
    checks: Vec<CheckResult>,
    cost: CostEstimate,
    tool: String,
    state: Option<StateRevision>,
    expires_at: Timestamp,
    made_at: Timestamp,
    digest: String,
    effects_blob: NewBlob,
    plan_file_blob: NewBlob,
}

/// A clean checkout of the change's commit, in the folder of the run.
pub(super) async fn prepare(app: &App, context: &RunContext) -> Result<Workspace, RunFailure> {
    let directory = folder(app, context);
    super::execute::remove_folder(&directory).await;
    make_private(&directory).await.map_err(|error| {
        RunFailure::new(
            format!("cannot make the folder {}: {error}", directory.display()),
            "look at the server's disk",
        )
    })?;
    let commit = commit(context)?;
    let repository = Repository::holding(app, &context.project, &commit).await?;
    let checkout = directory.join("checkout");
    repository.mirror().checkout(&commit, &checkout).await?;
    let folder = context
        .change
        .stack_definition
        .0
        .0
        .folder_in(&context.stage.environment_name);
    Ok(Workspace {
        directory,
        checkout,
        folder,
    })
}

async fn make_private(directory: &Path) -> std::io::Result<()> {
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(directory).await
}

/// What the engine works on, with a token of the run's own.
pub(super) async fn target(app: &App, context: &RunContext) -> Result<Target, RunFailure> {
    let token = new_token()?;
    let limit = SignedDuration::try_from(app.settings.run_time_limit).unwrap_or(SignedDuration::MAX);
    let lifetime = limit.saturating_add(limit).saturating_add(TOKEN_GRACE);
    let expires_at = app.now().saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    let mut transaction = app.database.write().await?;
    require_at_work(&mut transaction, context).await?;
    tokens::insert_for_run(
        &mut transaction,
        &token_hash(token.expose()),
        context.id(),
        context.state,
        expires_at,
    )
    .await?;
    transaction.commit().await?;
    let (project, environment, stack) = (
        &*context.project.name,
        &*context.stage.environment_name,
        &*context.change.stack,
    );
    let own = &app.settings.own_address;
    Ok(Target {
        variables: context.change.stack_definition.0.0.variables_in(environment),
        state: StateAccess {
            address: format!(
                "{own}/api/v1/projects/{project}/environments/{environment}/stacks/{stack}/state"
            ),
            username: "run".to_owned(),
            password: token,
        },
        fingerprint_key: app.fingerprint_key(),
        time_limit: app.settings.run_time_limit,
    })
}

/// Makes a plan and stores its blobs; the row is for the caller's transaction.
pub(super) async fn make_plan(
    app: &App,
    context: &RunContext,
    workspace: &Workspace,
    target: &Target,
    log: &mut LogWriter,
    cancelled: watch::Receiver<bool>,
) -> Result<MadePlan, RunFailure> {
    let before = revision(app, context).await?;
    let mut control = RunControl { log, cancelled };
    let mut planned = app
        .engine
        .plan(workspace, target, &mut control)
        .await
        .map_err(|error| RunFailure::of_engine(error, &context.key(), false))?;
    if revision(app, context).await? != before {
        return Err(RunFailure::new(
            "the state was written while the plan was made",
            format!("plan again: `lockkeeper change plan {}`", context.key()),
        ));
    }
    // Read once: everything about one plan is judged by the same revision of the project's settings.
    let repository = Repository::recent(app, &context.project).await?;
    let settings = repository.settings().await?;
    let environment = settings.environments.get(&*context.stage.environment_name);
    let budget = environment.and_then(|environment| environment.budget.as_ref());
    let mut checks = planned.checks;
    checks.push(checks::secrets(context, &repository, &settings).await?);
    checks.push(checks::static_analysis(app, context, &repository, &planned.effects).await?);
    checks.push(checks::rollback(context));
    assume_environment(&mut planned.effects, named_environment(context)?);
    let cost = cost::estimated(&repository, budget, &planned.effects, &planned.document).await?;
    checks.push(cost::check(budget, &cost));
    let (policies, reasons) = policies::ask(&repository, &settings.policies, planned.document).await?;
    checks.push(policies);
    let computed = assess(&planned.effects);
    let assessment = Assessment::from_reasons(computed.reasons.into_iter().chain(reasons).collect());
    let effects_digest = lockkeeper_plan::equality::effects_digest_hex(&planned.effects);
    let made_at = app.now();
    let expiry = SignedDuration::try_from(settings.policy.plan_expiry).unwrap_or(SignedDuration::MAX);
    let effects = serde_json::to_vec(&planned.effects).map_err(lockkeeper_store::StoreError::Json)?;
    Ok(MadePlan {
        digest: plan_digest(context, &planned.plan_file, before.as_ref()),
        effects_blob: app.blobs.put(effects).await?,
        plan_file_blob: app.blobs.put(planned.plan_file.0.clone()).await?,
        summary: Summary::of(&planned.effects),
        blast_radius: lockkeeper_plan::blast_radius(&planned.effects),
        expires_at: made_at.saturating_add(expiry).unwrap_or(Timestamp::MAX),
        effects: planned.effects,
        plan_file: planned.plan_file,
        tool: planned.tool,
        state: before,
        effects_digest,
        assessment,
        checks,
        cost,
        made_at,
    })
}

/// A secret of production weighs more than others.
fn named_environment(context: &RunContext) -> Result<NamedEnvironment, UseCaseError> {
    let critical = tier(&context.stage)?.is_critical();
    Ok(if critical {
        NamedEnvironment::Production
    } else {
        NamedEnvironment::Other
    })
}

/// Keeps the plan as the current one of its stage. Approvals of plans with other effects lose their
/// force, and say what differs; those of plans with the same effects stay.
pub(super) async fn keep_plan(
    app: &App,
    transaction: &mut Transaction,
    context: &RunContext,
    made: &MadePlan,
) -> Result<PlanId, UseCaseError> {
    let id = PlanId::new(new_uuid());
    let serial = made
        .state
        .as_ref()
        .and_then(|state| i64::try_from(state.serial).ok());
    let mut blobs = Batch::new(transaction);
    let effects_blob = made.effects_blob.keep_in_batch(&mut blobs)?;
    let plan_file_blob = made.plan_file_blob.keep_in_batch(&mut blobs)?;
    blobs.run(transaction).await?;
    plans::insert(
        transaction,
        id,
        *context.change.id,
        *context.stage.environment_id,
        &made.digest,
        &made.effects_digest,
        made.assessment.class,
        &json_text(&made.assessment)?,
        &json_text(&made.summary)?,
        &json_text(&made.blast_radius)?,
        &json_text(&made.checks)?,
        &json_text(&made.cost)?,
        effects_blob,
        plan_file_blob,
        &made.tool,
        &context.change.commit_id,
        serial,
        made.state.as_ref().map(|state| state.lineage.as_str()),
        made.made_at,
        made.expires_at,
    )
    .await?;
    let (change, environment) = (*context.change.id, *context.stage.environment_id);
    stages::set_plan(transaction, change, environment, Some(id)).await?;
    let why = why_void(app, transaction, context, made).await?;
    let (effects, now) = (&made.effects_digest, app.now());
    let voided = approvals::void_others(transaction, change, environment, effects, now, &why).await?;
    if voided > 0 {
        let (chain, key) = (Chain::Project(*context.project.id), context.key());
        let details =
            json!({"environment": *context.stage.environment_name, "approvals": voided, "why": why});
        let action = "change.approvals-voided";
        app.record(transaction, chain, "system", action, &key, details)
            .await?;
    }
    Ok(id)
}

/// Why approvals of the plan before lose their force.
async fn why_void(
    app: &App,
    transaction: &mut Transaction,
    context: &RunContext,
    made: &MadePlan,
) -> Result<String, UseCaseError> {
    let general = "a new plan does something else";
    let given = approvals::of_change(transaction, *context.change.id).await?;
    let digest = given
        .iter()
        .rev()
        .find(|approval| {
            *approval.environment_id == *context.stage.environment_id && approval.voided_at.is_none()
        })
        .map(|approval| approval.plan_digest.clone());
    // The plan of the same digest is the one that is being kept, which nobody else can see yet.
    let Some(digest) = digest.filter(|digest| *digest != made.digest) else {
        return Ok(general.to_owned());
    };
    let Some(seen) = plans::by_digest(transaction, *context.change.id, &digest).await? else {
        return Ok(general.to_owned());
    };
    let differences = differences(&read_effects(app, &seen).await?, &made.effects);
    Ok(if differences.is_empty() {
        general.to_owned()
    } else {
        format!("{general}: {differences}")
    })
}

/// How a plan differs from the one that was approved, in a sentence of bounded length.
pub(super) fn differences(approved: &[Effect], new: &[Effect]) -> String {
    const SHOWN: usize = 5;
    let all = lockkeeper_plan::equality::compare(approved, new).0;
    let more = all.len().saturating_sub(SHOWN);
    let mut shown = all
        .into_iter()
        .take(SHOWN)
        .map(|difference| difference.text)
        .collect::<Vec<_>>()
        .join("; ");
    if more > 0 {
        shown.push_str(&format!("; and {more} more"));
    }
    shown
}

pub(super) async fn revision(app: &App, context: &RunContext) -> Result<Option<StateRevision>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    state_revision(&mut transaction, context.state).await
}

/// What approvals are bound to: the tool's plan file, the commit, the state that it was made from and
/// where it applies.
fn plan_digest(context: &RunContext, plan_file: &PlanFile, state: Option<&StateRevision>) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("lockkeeper 2026-11 plan digest");
    let serial = state.map(|state| state.serial.to_string()).unwrap_or_default();
    let lineage = state.map(|state| state.lineage.as_str()).unwrap_or_default();
    let (commit, environment) = (
        context.change.commit_id.as_str(),
        context.stage.environment_id.to_string(),
    );
    for field in [
        commit.as_bytes(),
        environment.as_bytes(),
        serial.as_bytes(),
        lineage.as_bytes(),
        &plan_file.0,
    ] {
        hasher.update(&(field.len() as u64).to_be_bytes()).update(field);
    }
    hasher.finalize().to_hex().to_string()
}

pub(super) fn commit(context: &RunContext) -> Result<CommitId, RunFailure> {
    context.change.commit_id.parse().map_err(|error| {
        RunFailure::new(
            format!("the commit on record cannot be read: {error}"),
            "propose the change again",
        )
    })
}
