use lockkeeper_api::types::state::{StateLockView, StateVersionView, StateView};
use lockkeeper_store::tables::state_locks::LockRow;
use lockkeeper_store::tables::states::StateVersionRow;
use lockkeeper_usecases::states::StateListing;

/// A state in a list.
pub(crate) fn state(listing: StateListing) -> StateView {
    let row = listing.state;
    StateView {
        environment: row.environment_name.to_string(),
        stack: row.stack.to_string(),
        serial: row.serial,
        lineage: row.lineage,
        versions: row.versions,
        lock: listing.lock.as_ref().map(lock),
    }
}

fn lock(row: &LockRow) -> StateLockView {
    let description = &row.description.0.0;
    StateLockView {
        id: description.id.clone(),
        who: description.who.clone(),
        user: row.user_name.to_string(),
        operation: description.operation.clone(),
        since: row.taken_at.to_string(),
    }
}

/// A version of a state.
pub(crate) fn state_version(row: StateVersionRow) -> StateVersionView {
    StateVersionView {
        serial: row.serial,
        lineage: row.lineage,
        size: row.size,
        md5: hex::encode(row.md5),
        written_by: row.user_name.to_string(),
        run: row.run_id.map(|run| run.to_string()),
        written_at: row.created_at.to_string(),
    }
}
