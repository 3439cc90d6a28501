use lockkeeper_domain::id::UserId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::{Membership, Permission};
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::{memberships, projects, users};
use serde_json::json;

use crate::app::Chain;
use crate::{Access, App, Caller, UseCaseError};

/// Gives a user a role in a project. One that is held already stays as it is.
///
/// # Errors
/// Forbidden without the role; not found for the user or the environment.
pub async fn grant_role(
    app: &App,
    caller: &Caller,
    project: &Name,
    user: &Name,
    membership: &Membership,
) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Administer).await?;
    // Read again when nobody else alters roles: of two who take each other's role back, one is refused.
    projects::take(&mut transaction, *access.project.id).await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Administer).await?;
    // Who administers one environment must not make themselves an administrator of the others.
    match &membership.environment {
        Some(environment) => access.require_in(caller, Permission::Administer, environment)?,
        None => access.require_everywhere(caller, Permission::Administer)?,
    }
    let project = *access.project.id;
    let user_id = find_user(&mut transaction, user).await?;
    if let Some(environment) = &membership.environment {
        super::list_environments::find(&mut transaction, project, environment).await?;
    }
    let (role, function, environment) = memberships::columns(membership);
    let added = memberships::insert(
        &mut transaction,
        project,
        user_id,
        role,
        function,
        environment,
        app.now(),
    )
    .await?;
    if added > 0 {
        let (actor, details) = (caller.name().as_str(), json!(membership));
        app.record(
            &mut transaction,
            Chain::Project(project),
            actor,
            "member.grant",
            user.as_str(),
            details,
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn find_user(transaction: &mut Transaction, name: &Name) -> Result<UserId, UseCaseError> {
    let user = users::by_name(transaction, name).await?;
    user.map(|user| *user.id).ok_or_else(|| {
        UseCaseError::not_found(format!("there is no user `{name}`")).hint(format!(
            "an administrator of the server adds one: `lockkeeper user create {name}`"
        ))
    })
}
