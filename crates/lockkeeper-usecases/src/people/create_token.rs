use lockkeeper_domain::id::TokenId;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::secret::Secret;
use lockkeeper_domain::token::{OneState, Outlives, end_after, end_within};
use lockkeeper_store::stored::json_text;
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
    /// The only state that it is good for; none when it is good for all that its user may do.
    pub state: Option<OneState>,
}

/// Makes a token and answers it, this once: only its hash is kept. Nobody prolongs what they may do by a token of their
/// own; an administrator of the server can for others, or all tokens would end with the first.
///
/// # Errors
/// Forbidden for somebody else but to the server's administrators, and for oneself beyond the end of the token that is
/// shown; invalid label or expiry.
pub async fn create_token(
    app: &App,
    caller: &Caller,
    new: &NewToken,
) -> Result<(Secret, TokenRow), UseCaseError> {
    let Caller::User { until, .. } = caller else {
        return Err(caller.good_for_one_state());
    };
    let name = new.user.as_ref().unwrap_or(caller.name());
    let own = name == caller.name();
    if !own {
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
    let expires_at = match own {
        true => end_within(now, new.expires_in_days, *until).map_err(outlives)?,
        false => end_after(now, new.expires_in_days),
    };
    let hash = token_hash(token.expose());
    let state = new.state.as_ref().map(json_text).transpose()?;
    tokens::insert(
        &mut transaction,
        id,
        *user.id,
        &new.label,
        &hash,
        now,
        expires_at,
        state.as_deref(),
    )
    .await?;
    let details = json!({"id": id, "label": new.label, "expires_at": expires_at, "state": new.state});
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

fn outlives(error: Outlives) -> UseCaseError {
    UseCaseError::forbidden(error.to_string()).hint(
        "ask for fewer days, or ask an administrator of the server for it: `lockkeeper token create --user NAME`",
    )
}
