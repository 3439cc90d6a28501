use lockkeeper_store::tables::users::{self, UserRow};

use crate::{App, Caller, UseCaseError};

/// Users by name, behind the one given.
///
/// # Errors
/// Forbidden to all but the server's administrators.
pub async fn list_users(
    app: &App,
    caller: &Caller,
    after: &str,
    limit: i64,
) -> Result<Vec<UserRow>, UseCaseError> {
    caller.require_server_admin()?;
    let mut transaction = app.database.read().await?;
    Ok(users::page(&mut transaction, after, limit).await?)
}
