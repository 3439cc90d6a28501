use lockkeeper_domain::id::TokenId;
use lockkeeper_store::tables::tokens::{self, TokenRow};

use crate::{App, Caller, UseCaseError};

/// The caller's tokens, or everybody's for an administrator of the server; oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list_tokens(
    app: &App,
    caller: &Caller,
    after: TokenId,
    limit: i64,
) -> Result<Vec<TokenRow>, UseCaseError> {
    caller.require_user()?;
    let mut transaction = app.database.read().await?;
    Ok(match caller {
        Caller::User {
            server_admin: true, ..
        } => tokens::page(&mut transaction, after, limit).await?,
        _ => tokens::page_of_user(&mut transaction, caller.user(), after, limit).await?,
    })
}
