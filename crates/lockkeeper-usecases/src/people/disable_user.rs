use lockkeeper_domain::name::Name;
use lockkeeper_store::tables::users::{self, UserRow};
use serde_json::json;

use crate::app::Chain;
use crate::{App, Caller, UseCaseError};

/// Takes every right from a user at once. What they did stays on record.
///
/// # Errors
/// Forbidden to all but the server's administrators; not found; a conflict for oneself.
pub async fn disable_user(app: &App, caller: &Caller, name: &Name) -> Result<UserRow, UseCaseError> {
    caller.require_server_admin()?;
    let unknown = || {
        UseCaseError::not_found(format!("there is no user `{name}`"))
            .hint("`lockkeeper user list` shows them")
    };
    let mut transaction = app.database.write().await?;
    let user = users::by_name(&mut transaction, name)
        .await?
        .ok_or_else(unknown)?;
    if *user.id == caller.user() {
        return Err(UseCaseError::conflict("you cannot disable yourself")
            .hint("ask another administrator of the server"));
    }
    if users::disable(&mut transaction, *user.id, app.now()).await? > 0 {
        let actor = caller.name().as_str();
        app.record(
            &mut transaction,
            Chain::Server,
            actor,
            "user.disable",
            name.as_str(),
            json!({}),
        )
        .await?;
    }
    let user = users::by_id(&mut transaction, *user.id)
        .await?
        .ok_or_else(unknown)?;
    transaction.commit().await?;
    Ok(user)
}
