use lockkeeper_api::types::state::{
    FoundResourceView, LockWaiterView, OverwriteLeaveView, PersonalStateView, ProtectedBy, StateDetailView,
    StateDiffView, StateLockView, StateVersionView, StateView, VersionOrigin,
};
use lockkeeper_domain::state_version;
use lockkeeper_store::tables::states::{StateListRow, StateVersionRow};
use lockkeeper_usecases::states::{FoundResource, StateDetail, VersionDifference};

use super::key;
use crate::problem::Refusal;

/// A state that everybody shares.
pub(crate) fn state(row: StateListRow) -> StateView {
    StateView {
        lock: lock(&row),
        environment: row.environment_name.to_string(),
        stack: row.stack.to_string(),
        serial: row.serial,
        lineage: row.lineage,
        size: row.size,
        resources: row.resources,
        written_by: row.written_by.map(|name| name.to_string()),
        written_at: row.written_at.map(|at| at.to_string()),
        versions: row.versions,
        versions_removed: row.versions_removed,
        protected: row.protected.unwrap_or(row.environment_protects),
    }
}

/// A state with its queue.
pub(crate) fn state_detail(detail: StateDetail) -> StateDetailView {
    let waiting = detail.waiting.into_iter().map(|waiter| LockWaiterView {
        who: waiter.description.0.0.who,
        user: waiter.user_name.to_string(),
        operation: waiter.description.0.0.operation,
        run: waiter.run_id.map(|run| run.to_string()),
        since: waiter.first_at.to_string(),
    });
    let leaves = detail.leaves.into_iter().map(|leave| OverwriteLeaveView {
        user: leave.user_name.to_string(),
        reason: leave.reason,
        until: leave.expires_at.to_string(),
    });
    StateDetailView {
        protected_by: match (detail.state.protected, detail.state.environment_protects) {
            (Some(true), _) => Some(ProtectedBy::State),
            (None, true) => Some(ProtectedBy::Environment),
            _ => None,
        },
        waiting: waiting.collect(),
        overwrite_leaves: leaves.collect(),
        state: state(detail.state),
    }
}

/// The personal state of a user.
pub(crate) fn personal_state(row: StateListRow) -> PersonalStateView {
    PersonalStateView {
        lock: lock(&row),
        user: row.owner_name.map(|name| name.to_string()).unwrap_or_default(),
        environment: row.environment_name.to_string(),
        stack: row.stack.to_string(),
        serial: row.serial,
        lineage: row.lineage,
        resources: row.resources,
        written_at: row.written_at.map(|at| at.to_string()),
        versions: row.versions,
    }
}

fn lock(row: &StateListRow) -> Option<StateLockView> {
    let (description, taken_at) = (&row.lock_description.as_ref()?.0.0, row.lock_taken_at?);
    Some(StateLockView {
        id: description.id.clone(),
        who: description.who.clone(),
        user: row
            .lock_user
            .as_ref()
            .map(|name| name.to_string())
            .unwrap_or_default(),
        operation: description.operation.clone(),
        run: row.lock_run.map(|run| run.to_string()),
        since: taken_at.to_string(),
    })
}

/// A version of a state.
pub(crate) fn state_version(row: StateVersionRow) -> StateVersionView {
    StateVersionView {
        id: row.id.to_string(),
        serial: row.serial,
        lineage: row.lineage,
        size: row.size,
        resources: row.resources,
        md5: hex::encode(row.md5),
        written_by: row.user_name.to_string(),
        run: row.run_id.map(|run| run.to_string()),
        change: row.change_number.map(key),
        origin: origin(*row.origin),
        of_serial: row.origin_serial,
        reason: row.reason,
        written_at: row.created_at.to_string(),
    }
}

fn origin(origin: state_version::VersionOrigin) -> VersionOrigin {
    match origin {
        state_version::VersionOrigin::Write => VersionOrigin::Write,
        state_version::VersionOrigin::Overwrite => VersionOrigin::Overwrite,
        state_version::VersionOrigin::Rollback => VersionOrigin::Rollback,
        state_version::VersionOrigin::Import => VersionOrigin::Import,
        state_version::VersionOrigin::Copy => VersionOrigin::Copy,
    }
}

/// A resource that was found.
pub(crate) fn found_resource(found: FoundResource) -> FoundResourceView {
    FoundResourceView {
        environment: found.environment.to_string(),
        stack: found.stack.to_string(),
        serial: found.serial,
        address: found.resource.address,
        resource_type: found.resource.kind,
        id: found.resource.id,
        name: found.resource.name,
    }
}

/// What differs between two versions.
///
/// # Errors
/// When it cannot be written as JSON.
pub(crate) fn state_diff(found: VersionDifference) -> Result<StateDiffView, Refusal> {
    let json = |error: serde_json::Error| {
        tracing::error!(%error, "the difference of two versions cannot be written as JSON");
        Refusal::internal()
    };
    let effects: Result<Vec<_>, _> = found
        .difference
        .effects
        .iter()
        .map(serde_json::to_value)
        .collect();
    let outputs: Result<Vec<_>, _> = found
        .difference
        .outputs
        .iter()
        .map(serde_json::to_value)
        .collect();
    Ok(StateDiffView {
        from: found.from.serial,
        to: found.to.serial,
        from_version: found.from.id.to_string(),
        to_version: found.to.id.to_string(),
        effects: effects.map_err(json)?,
        outputs: outputs.map_err(json)?,
    })
}
