use lockkeeper_domain::id::ProjectId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::state_lock::only_looks;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::environments::{self, EnvironmentRow};
use lockkeeper_store::tables::state_locks;
use lockkeeper_store::tables::states::{self, SHARED};
use serde_json::json;

use crate::app::Chain;
use crate::{Access, App, Caller, UseCaseError};

/// Says whether the states of an environment are written by runs of approved changes only. What is said of a
/// single state goes before.
///
/// # Errors
/// Forbidden without the administrator's role in the environment; not found for the environment; a conflict when
/// persons who hold locks could not write any more what they are about to write.
pub async fn protect_states(
    app: &App,
    caller: &Caller,
    project: &Name,
    environment: &Name,
    protected: bool,
) -> Result<EnvironmentRow, UseCaseError> {
    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Administer).await?;
    access.require_in(caller, Permission::Administer, environment)?;
    let project = *access.project.id;
    let mut row = super::list_environments::find(&mut transaction, project, environment).await?;
    if row.states_protected == protected {
        return Ok(row);
    }
    environments::set_states_protected(&mut transaction, *row.id, protected).await?;
    // Taken, so that a write or a lock that began before is over by now, or sees it.
    states::take_all(&mut transaction, *row.id, project).await?;
    if protected {
        refuse_stranding(&mut transaction, project, &row).await?;
    }
    row.states_protected = protected;
    let details = json!({"states_protected": protected});
    let (chain, actor) = (Chain::Project(project), caller.name().as_str());
    app.record(
        &mut transaction,
        chain,
        actor,
        "environment.edit",
        environment.as_str(),
        details,
    )
    .await?;
    transaction.commit().await?;
    Ok(row)
}

/// Refuses to protect what persons are about to write: what they have altered by then could not be stored.
async fn refuse_stranding(
    transaction: &mut Transaction,
    project: ProjectId,
    environment: &EnvironmentRow,
) -> Result<(), UseCaseError> {
    let locks = state_locks::of_persons(transaction, project, *environment.id, SHARED).await?;
    let writing = locks
        .iter()
        .filter(|lock| !only_looks(&lock.description.0.0.operation));
    let held: Vec<String> = writing
        .map(|lock| format!("{} by {}", *lock.stack, *lock.user_name))
        .collect();
    if held.is_empty() {
        return Ok(());
    }
    let name = &*environment.name;
    let detail = format!(
        "persons hold locks of states in {name}, and could not write them any more: {}",
        held.join(", ")
    );
    Err(UseCaseError::conflict(detail).hint(format!(
        "wait until they are released; if a holder is gone: `lockkeeper state unlock {name} STACK --reason TEXT`"
    )))
}
