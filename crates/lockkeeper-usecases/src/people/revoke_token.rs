use lockkeeper_domain::id::TokenId;
use lockkeeper_store::tables::tokens;
use serde_json::json;

use crate::app::Chain;
use crate::{App, Caller, UseCaseError};

/// Ends a token at once: one's own, or anybody's for an administrator of the server.
///
/// # Errors
/// Not found when there is none, or it is somebody else's.
pub async fn revoke_token(app: &App, caller: &Caller, id: TokenId) -> Result<(), UseCaseError> {
    caller.require_user()?;
    let mut transaction = app.database.write().await?;
    let token = tokens::by_id(&mut transaction, id).await?;
    let may = |owner| owner == caller.user() || caller.require_server_admin().is_ok();
    let Some(token) = token.filter(|token| may(*token.user_id)) else {
        return Err(UseCaseError::not_found(format!("there is no token {id}"))
            .hint("`lockkeeper token list` shows yours"));
    };
    if tokens::revoke(&mut transaction, id, app.now()).await? > 0 {
        let (actor, details) = (caller.name().as_str(), json!({"id": id, "label": token.label}));
        app.record(
            &mut transaction,
            Chain::Server,
            actor,
            "token.revoke",
            token.user_name.as_str(),
            details,
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}
