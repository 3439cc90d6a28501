use lockkeeper_api::types::state::{
    PersonalStateView, StateLockView, StateVersionView, StateView, VersionOrigin,
};
use lockkeeper_domain::state_version;
use lockkeeper_store::tables::states::{StateListRow, StateVersionRow};

use super::key;

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
        protected: row.protected.unwrap_or(row.environment_protects),
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
