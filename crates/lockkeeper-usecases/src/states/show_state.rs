use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::state_locks::{self, WaiterRow};
use lockkeeper_store::tables::state_overwrite_leaves::{self, LeaveRow};
use lockkeeper_store::tables::states::{self, StateListRow};

use super::access::{StateAddress, require};
use crate::{App, Caller, UseCaseError};

/// How many of those who wait are told.
const WAITERS: i64 = 100;

/// A state, with its lock, those who wait for it, and those who may overwrite it.
#[derive(Debug, Clone)]
pub struct StateDetail {
    /// The state.
    pub state: StateListRow,
    /// Who waits for the lock, longest first.
    pub waiting: Vec<WaiterRow>,
    /// Who has leave to overwrite it.
    pub leaves: Vec<LeaveRow>,
}

/// Shows a state.
///
/// # Errors
/// Not found when nothing was ever locked or written, or for the project or the environment.
pub async fn show_state(
    app: &App,
    caller: &Caller,
    address: &StateAddress,
) -> Result<StateDetail, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let granted = require(&mut transaction, caller, address, Permission::Read).await?;
    let none = || {
        let StateAddress {
            environment, stack, ..
        } = address;
        UseCaseError::not_found(format!("there is no state of {stack} in {environment}"))
            .hint("`lockkeeper state list` shows those that there are")
    };
    let id = granted.state.ok_or_else(none)?;
    let now = app.now();
    Ok(StateDetail {
        state: states::detail(&mut transaction, id).await?.ok_or_else(none)?,
        waiting: state_locks::waiting(&mut transaction, id, now, WAITERS).await?,
        leaves: state_overwrite_leaves::of_state(&mut transaction, id, now).await?,
    })
}
