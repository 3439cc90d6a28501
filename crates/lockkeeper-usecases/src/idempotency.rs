//! Requests that carry an idempotency key are carried out once, however often they arrive.

use lockkeeper_store::tables::idempotency_keys;

use crate::{App, Caller, UseCaseError};

/// What to do with a request that carries a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is new, and the key is taken: carry it out, then call [`finish`] or [`give_back`].
    New,
    /// It was carried out before, with this answer.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
}

/// Takes the key for a request, by its hash.
///
/// # Errors
/// Invalid when the key is none; a conflict when it belongs to another request, or the first one is
/// still at work.
pub async fn begin(
    app: &App,
    caller: &Caller,
    key: &str,
    request_hash: &[u8; 32],
) -> Result<Begun, UseCaseError> {
    caller.require_user()?;
    let printable = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if !(1..=255).contains(&key.len()) || !printable {
        return Err(UseCaseError::invalid(
            "an idempotency key has 1 to 255 printable ASCII characters",
        ));
    }
    let mut transaction = app.database.write().await?;
    if idempotency_keys::insert(&mut transaction, caller.user(), key, request_hash, app.now()).await? > 0 {
        transaction.commit().await?;
        return Ok(Begun::New);
    }
    let found = idempotency_keys::find(&mut transaction, caller.user(), key).await?;
    let in_progress = || {
        UseCaseError::conflict("the first request with this idempotency key is still at work")
            .hint("wait a moment and send it again")
    };
    let answer = found.ok_or_else(in_progress)?;
    if answer.request_hash != request_hash {
        return Err(
            UseCaseError::conflict("this idempotency key was used for another request")
                .hint("make a new key for each thing that you ask for"),
        );
    }
    let status = answer.status.ok_or_else(in_progress)?;
    Ok(Begun::Answered {
        status: u16::try_from(status)
            .map_err(|_| UseCaseError::internal("an answer on record has no valid status"))?,
        body: answer.body.unwrap_or_default(),
    })
}

/// Keeps the answer for requests that come again. It must hold no secret.
///
/// # Errors
/// When the database fails.
pub async fn finish(
    app: &App,
    caller: &Caller,
    key: &str,
    status: u16,
    body: &str,
) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    idempotency_keys::set_answer(&mut transaction, caller.user(), key, i64::from(status), body).await?;
    Ok(transaction.commit().await?)
}

/// Gives the key back after a failure that may pass, so that the request can be tried again.
///
/// # Errors
/// When the database fails.
pub async fn give_back(app: &App, caller: &Caller, key: &str) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    idempotency_keys::delete(&mut transaction, caller.user(), key).await?;
    Ok(transaction.commit().await?)
}

/// Gives back the keys of requests that were at work when the server died. Only at start, before the
/// first request.
///
/// # Errors
/// When the database fails.
pub async fn forget_unanswered(app: &App) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    idempotency_keys::delete_unanswered(&mut transaction).await?;
    Ok(transaction.commit().await?)
}
