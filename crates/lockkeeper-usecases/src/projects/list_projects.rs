use lockkeeper_store::tables::projects::{self, ProjectRow};

use crate::{App, Caller, UseCaseError};

/// The projects in which the caller holds a role, or all for an administrator of the server; by name.
///
/// # Errors
/// When the database fails.
pub async fn list_projects(
    app: &App,
    caller: &Caller,
    after: &str,
    limit: i64,
) -> Result<Vec<ProjectRow>, UseCaseError> {
    caller.require_user()?;
    let mut transaction = app.database.read().await?;
    Ok(match caller {
        Caller::User {
            server_admin: true, ..
        } => projects::page(&mut transaction, after, limit).await?,
        _ => projects::page_of_user(&mut transaction, caller.user(), after, limit).await?,
    })
}
