use lockkeeper_domain::id::UserId;
use lockkeeper_domain::name::Name;
use lockkeeper_store::tables::users::{self, UserRow};
use serde_json::json;

use crate::app::Chain;
use crate::clock::new_uuid;
use crate::error::refused_as;
use crate::{App, Caller, UseCaseError};

/// Adds a user, who holds nothing yet.
///
/// # Errors
/// Forbidden to all but the server's administrators; a conflict when the name is taken.
pub async fn create_user(
    app: &App,
    caller: &Caller,
    name: &Name,
    server_admin: bool,
) -> Result<UserRow, UseCaseError> {
    caller.require_server_admin()?;
    let taken = || UseCaseError::conflict(format!("there is a user `{name}` already"));
    if name.as_str() == "system" {
        return Err(UseCaseError::invalid(
            "`system` is the name under which the server itself acts; use another",
        ));
    }
    let mut transaction = app.database.write().await?;
    if users::by_name(&mut transaction, name).await?.is_some() {
        return Err(taken());
    }
    let id = UserId::new(new_uuid());
    users::insert(&mut transaction, id, name, server_admin, app.now())
        .await
        .map_err(|error| refused_as(error, taken))?;
    let details = json!({"server_admin": server_admin});
    app.record(
        &mut transaction,
        Chain::Server,
        caller.name().as_str(),
        "user.create",
        name.as_str(),
        details,
    )
    .await?;
    let user = users::by_id(&mut transaction, id).await?.ok_or_else(taken)?;
    transaction.commit().await?;
    Ok(user)
}
