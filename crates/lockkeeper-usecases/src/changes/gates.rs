//! Collects what the gates depend on. The domain decides; nothing is decided here.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use lockkeeper_config::project::ProjectConfig;
use lockkeeper_domain::approval::{Approval, Voided};
use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::gate::{
    self, CurrentPlan, Gate, GateInput, HeldLock, ParentProgress, PlanStanding, Promotion, StateRevision,
    Tick,
};
use lockkeeper_domain::id::{EnvironmentId, ProjectId, StateId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::policy::{Direction, Tier};
use lockkeeper_domain::risk::{Assessment, RiskClass};
use lockkeeper_domain::role::{Function, Grants};
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::approvals::ApprovalRow;
use lockkeeper_store::tables::changes::ChangeRow;
use lockkeeper_store::tables::plans::PlanRow;
use lockkeeper_store::tables::stages::StageRow;
use lockkeeper_store::tables::states::SHARED;
use lockkeeper_store::tables::ticks::TickRow;
use lockkeeper_store::tables::{
    approvals, environments, memberships, plans, runs, stages, state_locks, states, ticks,
};

use crate::UseCaseError;
use crate::access::grants;

/// What the gates of all stages of a change have in common.
pub(crate) struct GateContext {
    /// Policy and windows, from the default branch.
    pub(crate) settings: ProjectConfig,
    /// The change.
    pub(crate) change: ChangeRow,
    /// Its stages.
    pub(crate) stages: Vec<StageRow>,
    /// Its approvals.
    approvals: Vec<ApprovalRow>,
    /// What those hold now who gave them.
    held: BTreeMap<UserId, Grants>,
    /// Its ticks.
    pub(crate) ticks: Vec<TickRow>,
}

impl GateContext {
    pub(crate) async fn load(
        transaction: &mut Transaction,
        settings: ProjectConfig,
        change: ChangeRow,
    ) -> Result<Self, UseCaseError> {
        let stages = stages::of_change(transaction, *change.id).await?;
        let approvals = approvals::of_change(transaction, *change.id).await?;
        let held = held_by_approvers(transaction, &change, &approvals).await?;
        let ticks = ticks::of_change(transaction, *change.id).await?;
        Ok(Self {
            settings,
            change,
            stages,
            approvals,
            held,
            ticks,
        })
    }

    /// The class in one environment: that of the plan, or the declared one when that is higher.
    pub(crate) fn class(&self, plan: Option<&PlanRow>) -> RiskClass {
        let computed = plan.map_or(RiskClass::Low, |plan| plan.assessment.0.0.class);
        self.change
            .declared_class
            .map_or(computed, |declared| declared.0.max(computed))
    }

    /// The approvals, as they count now for a change of that class.
    pub(crate) fn approvals(&self, class: RiskClass) -> impl Iterator<Item = Approval> {
        self.approvals.iter().map(move |row| {
            let mut approval = recorded_approval(row);
            approval.voided = approval
                .voided
                .take()
                .or_else(|| self.lost(row, &approval, class));
            approval
        })
    }

    /// The approvals as they are on record, whatever became since of those who gave them.
    pub(crate) fn recorded_approvals(&self) -> impl Iterator<Item = Approval> {
        self.approvals.iter().map(recorded_approval)
    }

    /// Why an approval counts no more although the plan is the same. One by somebody who was disabled does not:
    /// their account may have been another's for a while. Nor does one that its giver could not give now.
    fn lost(&self, row: &ApprovalRow, approval: &Approval, class: RiskClass) -> Option<Voided> {
        if let Some(at) = row.user_disabled_at {
            let why = format!("{} was disabled", *row.user_name);
            return Some(Voided { at: Some(*at), why });
        }
        let none = Grants::default();
        let held = self.held.get(&row.user_id).unwrap_or(&none);
        let why = approval.lost_right(held, *self.change.requester_id, class)?;
        Some(Voided { at: None, why })
    }

    /// Forward, or back to a revision that was verified before.
    pub(crate) fn direction(&self) -> Direction {
        match (&self.change.rolls_back, self.change.automatic) {
            (None, _) => Direction::Forward,
            (Some(_), false) => Direction::Back,
            (Some(_), true) => Direction::BackByItself,
        }
    }

    /// The gates of a stage if its run were to start at the time given.
    pub(crate) async fn gates(
        &self,
        transaction: &mut Transaction,
        stage: &StageRow,
        at: Timestamp,
    ) -> Result<Vec<Gate>, UseCaseError> {
        Ok(gate::evaluate(&self.input(transaction, stage, at).await?))
    }

    /// Everything that the gates of a stage depend on.
    pub(crate) async fn input(
        &self,
        transaction: &mut Transaction,
        stage: &StageRow,
        now: Timestamp,
    ) -> Result<GateInput, UseCaseError> {
        let environment = stage.environment_name.0.clone();
        let tier = tier(stage)?;
        let plan = match stage.plan_id {
            Some(id) => plans::by_id(transaction, *id).await?,
            None => None,
        };
        let class = self.class(plan.as_ref());
        let direction = self.direction();
        let state = states::find(
            transaction,
            *stage.environment_id,
            *self.change.project_id,
            &self.change.stack,
            SHARED,
        )
        .await?;
        let state = state.map(|state| *state.id);
        let current_state = match state {
            Some(state) => state_revision(transaction, state).await?,
            None => None,
        };
        let lock = self.lock(transaction, stage, state).await?;
        Ok(GateInput {
            change: super::key(&self.change),
            stack: self.change.stack.0.clone(),
            tier,
            class,
            direction,
            requirements: self.settings.policy.requirements(tier, class, direction),
            assessment: plan
                .as_ref()
                .map_or_else(|| Assessment::from_reasons(vec![]), |p| p.assessment.0.0.clone()),
            requester: *self.change.requester_id,
            plan: self.standing(stage, plan.as_ref(), current_state),
            approvals: self.approvals(class).collect(),
            checks: plan
                .as_ref()
                .map(|plan| plan.checks.0.0.clone())
                .unwrap_or_default(),
            ticks: self.ticks.iter().map(domain_tick).collect(),
            rollback: self
                .change
                .rollback
                .clone()
                .or_else(|| self.change.stack_definition.0.0.rollback.clone()),
            promotion: self.promotion(transaction, stage).await?,
            calendar: self.settings.calendar(&environment),
            now,
            expected_duration: expected_duration(transaction, *stage.environment_id, &self.change.stack)
                .await?,
            lock,
            environment,
        })
    }

    fn standing(
        &self,
        stage: &StageRow,
        plan: Option<&PlanRow>,
        current_state: Option<StateRevision>,
    ) -> PlanStanding {
        match (*stage.status, plan) {
            (StageStatus::Planning, _) => PlanStanding::Running,
            (StageStatus::PlanFailed, _) => PlanStanding::Failed {
                why: stage.message.clone().unwrap_or_else(|| "see its log".to_owned()),
            },
            (_, None) => PlanStanding::Absent,
            (_, Some(plan)) => PlanStanding::Made(CurrentPlan {
                digest: plan.digest.clone(),
                effects_digest: plan.effects_digest.clone(),
                made_at: *plan.made_at,
                expiry: self.settings.policy.plan_expiry,
                commit: plan.commit_id.clone(),
                current_commit: self.change.commit_id.clone(),
                state: planned_from(plan),
                current_state,
            }),
        }
    }

    async fn promotion(
        &self,
        transaction: &mut Transaction,
        stage: &StageRow,
    ) -> Result<Promotion, UseCaseError> {
        let Some(parent) = stage.promotes_from else {
            return Ok(Promotion::NoParent);
        };
        let parent_row = environments::by_id(transaction, *parent).await?;
        let parent_name = parent_row
            .ok_or_else(|| UseCaseError::internal("an environment is gone"))?
            .name
            .0;
        if stage.promotion_exempt {
            return Ok(Promotion::StackNotInParent { parent: parent_name });
        }
        let own = self.stages.iter().find(|stage| *stage.environment_id == *parent);
        let progress = match own.map(|stage| *stage.status) {
            Some(StageStatus::Verified) => ParentProgress::Verified,
            Some(StageStatus::Verifying) => ParentProgress::NotVerified,
            Some(StageStatus::VerificationFailed | StageStatus::RolledBack) => {
                ParentProgress::VerificationFailed
            }
            Some(_) => ParentProgress::NotApplied,
            // A change that does not go through the parent itself: another one may have carried this commit there.
            None => {
                let (stack, commit) = (&self.change.stack.0, &self.change.commit_id);
                match stages::verified(transaction, *parent, stack, commit).await? {
                    Some(_) => ParentProgress::Verified,
                    None => ParentProgress::NotApplied,
                }
            }
        };
        Ok(Promotion::From {
            parent: parent_name,
            progress,
        })
    }

    /// The lock of the state, unless this stage's own run holds it.
    async fn lock(
        &self,
        transaction: &mut Transaction,
        stage: &StageRow,
        state: Option<StateId>,
    ) -> Result<Option<HeldLock>, UseCaseError> {
        let Some(state) = state else {
            return Ok(None);
        };
        let lock = state_locks::of_state(transaction, state).await?;
        let own = |run: Option<lockkeeper_store::Stored<lockkeeper_domain::id::RunId>>| {
            run.is_some() && run == stage.run_id && stage.status.is_busy()
        };
        Ok(lock.filter(|lock| !own(lock.run_id)).map(|lock| HeldLock {
            id: lock.description.0.0.id.clone(),
            who: match lock.run_id {
                Some(run) => format!("run {} ({})", *run, *lock.user_name),
                None => format!("{} ({})", *lock.user_name, lock.description.0.0.who),
            },
            since: *lock.taken_at,
        }))
    }
}

/// The newest revision of a state; none when nothing was written.
pub(crate) async fn state_revision(
    transaction: &mut Transaction,
    state: StateId,
) -> Result<Option<StateRevision>, UseCaseError> {
    let newest = states::newest(transaction, state).await?;
    Ok(newest.and_then(|version| {
        Some(StateRevision {
            lineage: version.lineage,
            serial: u64::try_from(version.serial).ok()?,
        })
    }))
}

/// The state that a plan was made from.
fn planned_from(plan: &PlanRow) -> Option<StateRevision> {
    let serial = plan.state_serial.and_then(|serial| u64::try_from(serial).ok())?;
    Some(StateRevision {
        lineage: plan.state_lineage.clone()?,
        serial,
    })
}

/// The tier of a stage's environment.
pub(crate) fn tier(stage: &StageRow) -> Result<Tier, UseCaseError> {
    stage
        .tier
        .parse()
        .map_err(|error| UseCaseError::internal(format!("an environment cannot be read: {error}")))
}

/// How long an apply takes: the longest of the newest ones, to be on the safe side.
async fn expected_duration(
    transaction: &mut Transaction,
    environment: EnvironmentId,
    stack: &Name,
) -> Result<Option<Duration>, UseCaseError> {
    let past = runs::recent_durations(transaction, environment, stack).await?;
    let longest = past
        .iter()
        .filter_map(|run| u64::try_from(run.microseconds).ok())
        .max();
    Ok(longest.map(Duration::from_micros))
}

/// What each of those who approved a change holds now in its project.
async fn held_by_approvers(
    transaction: &mut Transaction,
    change: &ChangeRow,
    approvals: &[ApprovalRow],
) -> Result<BTreeMap<UserId, Grants>, UseCaseError> {
    if approvals.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut roles: BTreeMap<UserId, Vec<_>> = BTreeMap::new();
    for row in memberships::of_approvers(transaction, *change.project_id, *change.id).await? {
        roles.entry(*row.user_id).or_default().push(row.membership());
    }
    let administers: BTreeMap<UserId, bool> = approvals
        .iter()
        .map(|approval| (*approval.user_id, approval.user_server_admin))
        .collect();
    administers
        .into_iter()
        .map(|(user, server_admin)| {
            let roles = roles.remove(&user).unwrap_or_default();
            Ok((user, grants(roles.into_iter(), server_admin)?))
        })
        .collect()
}

/// An approval as it is on record.
fn recorded_approval(row: &ApprovalRow) -> Approval {
    Approval {
        id: *row.id,
        user: *row.user_id,
        user_name: row.user_name.0.clone(),
        function: row
            .function
            .as_ref()
            .map(|function| Function::new(function.0.clone())),
        environment: row.environment_name.0.clone(),
        plan_digest: row.plan_digest.clone(),
        effects_digest: row.effects_digest.clone(),
        at: *row.created_at,
        comment: row.comment.clone(),
        voided: row.voided_at.map(|at| Voided {
            at: Some(*at),
            why: row.void_reason.clone().unwrap_or_default(),
        }),
    }
}

fn domain_tick(row: &TickRow) -> Tick {
    Tick {
        check: *row.check_name,
        user_name: row.user_name.0.clone(),
        at: *row.created_at,
    }
}

/// The identifier of a stack's state in an environment, made if it is not there.
pub(crate) async fn take_state(
    transaction: &mut Transaction,
    project: ProjectId,
    environment: EnvironmentId,
    stack: &Name,
) -> Result<StateId, UseCaseError> {
    if let Some(state) = states::find(transaction, environment, project, stack, SHARED).await? {
        return Ok(*state.id);
    }
    // Whoever protects all states of the environment at this moment must see it, or be seen.
    environments::take(transaction, environment).await?;
    let id = StateId::new(crate::clock::new_uuid());
    states::insert(transaction, id, project, environment, stack, SHARED).await?;
    let state = states::find(transaction, environment, project, stack, SHARED).await?;
    state
        .map(|state| *state.id)
        .ok_or_else(|| UseCaseError::internal("a state could not be made"))
}
