use lockkeeper_store::tables::memberships::{self, MembershipRow};
use lockkeeper_store::tables::users::{self, UserRow};

use crate::{App, Caller, UseCaseError};

/// Who is calling, and what they hold.
#[derive(Debug, Clone)]
pub struct CallerRecord {
    /// The user.
    pub user: UserRow,
    /// Their roles.
    pub memberships: Vec<MembershipRow>,
}

/// Tells callers who they are.
///
/// # Errors
/// When the database fails.
pub async fn show_caller(app: &App, caller: &Caller) -> Result<CallerRecord, UseCaseError> {
    caller.require_user()?;
    let mut transaction = app.database.read().await?;
    let user = users::by_id(&mut transaction, caller.user())
        .await?
        .ok_or_else(|| UseCaseError::unauthenticated("the user is gone"))?;
    let memberships = memberships::of_user(&mut transaction, caller.user()).await?;
    Ok(CallerRecord { user, memberships })
}
