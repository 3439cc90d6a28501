use lockkeeper_api::types::change::{ApprovalView, ChangeView, GateView, StageView, TickView, TroubleView};
use lockkeeper_domain::approval::Approval;
use lockkeeper_domain::change::{ChangeStatus, StageStatus};
use lockkeeper_domain::gate::Gate;
use lockkeeper_store::tables::ticks::TickRow;
use lockkeeper_usecases::changes::{ChangeRecord, ListedChange, StageRecord};

use super::{named, plan, run};

/// A change with all that belongs to it.
pub(crate) fn change(record: ChangeRecord) -> ChangeView {
    let is_open = *record.change.status == ChangeStatus::Open;
    let mut stages = record.stages.iter().map(|stage| &stage.stage);
    let troubled = stages.find(|stage| is_open && stage.status.is_in_trouble());
    let listed = ListedChange {
        trouble: troubled.map(|stage| (stage.environment_name.0.clone(), *stage.status)),
        change: record.change,
    };
    ChangeView {
        class: record.class.map(named::risk_class),
        rolls_back: record.rolls_back.map(super::key),
        rolled_back_by: record.rolled_back_by.map(super::key),
        stages: record.stages.into_iter().map(stage).collect(),
        ticks: record.ticks.into_iter().map(tick).collect(),
        ..change_line(listed)
    }
}

/// A change in a list.
pub(crate) fn change_line(listed: ListedChange) -> ChangeView {
    let (row, trouble) = (listed.change, listed.trouble);
    ChangeView {
        key: super::key(row.change_number),
        title: row.title,
        why: row.why,
        stack: row.stack.to_string(),
        reference: row.reference,
        commit: row.commit_id,
        requester: row.requester_name.to_string(),
        status: named::change_status(*row.status),
        trouble: trouble.map(|(environment, status)| TroubleView {
            environment: environment.to_string(),
            status: named::stage_status(status),
        }),
        class: row
            .class
            .map(|class| class.0)
            .max(row.declared_class.map(|class| class.0))
            .map(named::risk_class),
        declared_class: row.declared_class.map(|class| named::risk_class(class.0)),
        rollback: row.rollback,
        rolls_back: None,
        rolled_back_by: None,
        stages: Vec::new(),
        ticks: Vec::new(),
        created_at: row.created_at.to_string(),
        updated_at: row.updated_at.to_string(),
    }
}

fn stage(record: StageRecord) -> StageView {
    let waits = *record.stage.status == StageStatus::Scheduled;
    let scheduled_at = record.run.and_then(|run| run.scheduled_at).filter(|_| waits);
    let resources: Vec<_> = record.resources.into_iter().map(plan::resource).collect();
    let count = record.resource_count;
    let row = record.stage;
    StageView {
        environment: row.environment_name.to_string(),
        status: named::stage_status(*row.status),
        message: row.message,
        next_step: row.next_step,
        plan: record.plan.map(|row| plan::plan(row, resources, count)),
        gates: record.gates.into_iter().map(gate).collect(),
        approvals: record.approvals.into_iter().map(approval).collect(),
        verification: row.verification.0.0.into_iter().map(run::probe).collect(),
        run: row.run_id.map(|run| run.to_string()),
        scheduled_at: scheduled_at.map(|at| at.to_string()),
        differences_from_previous: record.differences,
    }
}

/// A gate.
pub(crate) fn gate(gate: Gate) -> GateView {
    GateView {
        gate: gate.kind.to_string(),
        open: gate.open,
        reason: gate.reason,
        to_open: gate.to_open,
    }
}

fn approval(approval: Approval) -> ApprovalView {
    ApprovalView {
        user: approval.user_name.to_string(),
        function: approval.function.map(|function| function.to_string()),
        plan_digest: approval.plan_digest,
        at: approval.at.to_string(),
        comment: approval.comment,
        void: approval.voided.map(|voided| voided.why),
    }
}

fn tick(row: TickRow) -> TickView {
    TickView {
        check: row.check_name.to_string(),
        user: row.user_name.to_string(),
        at: row.created_at.to_string(),
        comment: row.comment,
    }
}
