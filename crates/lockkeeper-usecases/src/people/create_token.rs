use jiff::SignedDuration;
use lockkeeper_domain::id::TokenId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::secret::Secret;
use lockkeeper_store::tables::tokens::TokenRow;
use lockkeeper_store::tables::{tokens, users};
use serde_json::json;

use crate::app::Chain;
use crate::clock::{new_token, new_uuid, token_hash};
use crate::{App, Caller, UseCaseError};

/// A token to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whose; the caller's own when absent.
    pub user: Option<Name>,
    /// What it is for.
    pub label: String,
    /// Days until it expires, 1 to 366.
    pub expires_in_days: u16,
}

/// Makes a token and answers it, this once: only its hash is kept.
///
/// # Errors
/// Forbidden for somebody else but to the server's administrators; invalid label or expiry.
pub async fn create_token(
    app: &App,
    caller: &Caller,
    new: &NewToken,
) -> Result<(Secret, TokenRow), UseCaseError> {
    let name = new.user.as_ref().unwrap_or(caller.name());
    if name != caller.name() || matches!(caller, Caller::Run { .. }) {
        caller.require_server_admin()?;
    }
    let length = new.label.chars().count();
    if length == 0 || length > 100 || new.label.chars().any(char::is_control) {
        return Err(UseCaseError::invalid(
            "a label has 1 to 100 characters, none of them a control character",
        ));
    }
    if !(1..=366).contains(&new.expires_in_days) {
        return Err(UseCaseError::invalid("a token expires in 1 to 366 days"));
    }
    let mut transaction = app.database.write().await?;
    let unknown = || UseCaseError::not_found(format!("there is no user `{name}`"));
    let user = users::by_name(&mut transaction, name)
        .await?
        .ok_or_else(unknown)?;
    let (token, id, now) = (new_token()?, TokenId::new(new_uuid()), app.now());
    let expires_at = now + SignedDuration::from_hours(24 * i64::from(new.expires_in_days));
    let hash = token_hash(token.expose());
    tokens::insert(&mut transaction, id, *user.id, &new.label, &hash, now, expires_at).await?;
    let details = json!({"id": id, "label": new.label, "expires_at": expires_at});
    app.record(
        &mut transaction,
        Chain::Server,
        caller.name().as_str(),
        "token.create",
        name.as_str(),
        details,
    )
    .await?;
    let row = tokens::by_id(&mut transaction, id).await?.ok_or_else(unknown)?;
    transaction.commit().await?;
    Ok((token, row))
}
