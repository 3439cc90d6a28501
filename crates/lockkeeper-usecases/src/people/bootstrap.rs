use jiff::SignedDuration;
use lockkeeper_domain::id::{TokenId, UserId};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::secret::Secret;
use lockkeeper_store::tables::{tokens, users};
use serde_json::json;

use crate::app::Chain;
use crate::clock::{new_token, new_uuid, token_hash};
use crate::{App, UseCaseError};

/// How long the first token works.
const VALIDITY: SignedDuration = SignedDuration::from_hours(24 * 365);

/// Makes the first user, an administrator of the server, and answers their token. Answers nothing
/// when there is a user already. The token is the one given, or a new one.
///
/// # Errors
/// When the database fails.
pub async fn bootstrap(
    app: &App,
    name: &Name,
    given: Option<Secret>,
) -> Result<Option<Secret>, UseCaseError> {
    bootstrap_and_hand_over(app, name, given, |_| Ok(())).await
}

/// As [`bootstrap`], but hands the token over before the user is kept: when that fails there is no user, and
/// the next start tries again. Otherwise nobody would ever hold the only token.
///
/// # Errors
/// When the database fails, or the token cannot be handed over.
pub async fn bootstrap_and_hand_over(
    app: &App,
    name: &Name,
    given: Option<Secret>,
    hand_over: impl FnOnce(&Secret) -> Result<(), UseCaseError>,
) -> Result<Option<Secret>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    if users::any(&mut transaction).await?.is_some() {
        return Ok(None);
    }
    drop(transaction);
    let mut transaction = app.database.write().await?;
    // First of all: of two servers that start at once the second waits here, and finds the user then.
    app.record(
        &mut transaction,
        Chain::Server,
        "system",
        "server.bootstrap",
        name.as_str(),
        json!({}),
    )
    .await?;
    if users::any(&mut transaction).await?.is_some() {
        return Ok(None);
    }
    let token = match given {
        Some(given) => given,
        None => new_token()?,
    };
    let (user, now) = (UserId::new(new_uuid()), app.now());
    users::insert(&mut transaction, user, name, true, now).await?;
    let (id, hash) = (TokenId::new(new_uuid()), token_hash(token.expose()));
    tokens::insert(
        &mut transaction,
        id,
        user,
        "bootstrap",
        &hash,
        now,
        now + VALIDITY,
        None,
    )
    .await?;
    hand_over(&token)?;
    transaction.commit().await?;
    Ok(Some(token))
}
