use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::{Membership, Permission};
use lockkeeper_store::tables::{memberships, projects};
use serde_json::json;

use crate::app::Chain;
use crate::{Access, App, Caller, UseCaseError};

/// Takes a role back.
///
/// # Errors
/// Forbidden without the role; not found when the user does not hold it.
pub async fn revoke_role(
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
    let user_id = super::grant_role::find_user(&mut transaction, user).await?;
    let (role, function, environment) = memberships::columns(membership);
    if memberships::delete(&mut transaction, project, user_id, role, function, environment).await? == 0 {
        return Err(
            UseCaseError::not_found(format!("{user} does not hold this role in the project"))
                .hint("`lockkeeper member list` shows who holds what"),
        );
    }
    let (actor, details) = (caller.name().as_str(), json!(membership));
    app.record(
        &mut transaction,
        Chain::Project(project),
        actor,
        "member.revoke",
        user.as_str(),
        details,
    )
    .await?;
    transaction.commit().await?;
    Ok(())
}
