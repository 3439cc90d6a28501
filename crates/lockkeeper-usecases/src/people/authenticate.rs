use lockkeeper_store::tables::tokens;

use crate::clock::token_hash;
use crate::{App, Caller, UseCaseError};

/// Finds out who presents the token.
///
/// # Errors
/// Unauthenticated when nobody does: the token is unknown, expired or revoked, or its user is
/// disabled. Which of these it is is not told, but for expiry, which its owner must know.
pub async fn authenticate(app: &App, token: &str) -> Result<Caller, UseCaseError> {
    let hash = token_hash(token);
    // The second statement is for another kind of token, so that each answer comes from one.
    let mut transaction = app.database.read_once().await?;
    let unknown = || {
        UseCaseError::unauthenticated("the token is not valid")
            .hint("give a valid one in LOCKKEEPER_TOKEN or with `lockkeeper login`; an administrator makes new ones with `lockkeeper token create`")
    };
    if let Some(presented) = tokens::by_hash(&mut transaction, &hash).await? {
        if presented.revoked_at.is_some() || presented.disabled_at.is_some() {
            return Err(unknown());
        }
        if *presented.expires_at <= app.now() {
            return Err(UseCaseError::unauthenticated(format!(
                "the token expired at {}",
                *presented.expires_at
            ))
            .hint("ask for a new one: `lockkeeper token create`"));
        }
        let (id, name, server_admin) = (*presented.user_id, presented.user_name.0, presented.server_admin);
        return Ok(match presented.state {
            Some(state) => Caller::Tool {
                id,
                name,
                server_admin,
                state: state.0.0,
            },
            None => Caller::User {
                id,
                name,
                server_admin,
                until: *presented.expires_at,
            },
        });
    }
    match tokens::run_token_by_hash(&mut transaction, &hash).await? {
        Some(run) if *run.expires_at > app.now() => Ok(Caller::Run {
            run: *run.run_id,
            state: *run.state_id,
            user: *run.user_id,
            user_name: run.user_name.0,
        }),
        _ => Err(unknown()),
    }
}
