//! Requests that carry an idempotency key are carried out once, however often they arrive.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use lockkeeper_domain::id::{ServerId, UserId};
use lockkeeper_store::Transaction;
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

/// The requests with a key that this process carries out. A key without an answer that is on record for this
/// server, and is not here, is nobody's: its request failed, and the database was away when it was given back.
#[derive(Debug, Default)]
pub(crate) struct Answering(Mutex<HashSet<(UserId, String)>>);

impl Answering {
    /// Takes a key for one request of this process; none when another one has it. Given back when dropped, unless it
    /// is kept: whoever asked may have gone away.
    fn claim<'a>(&'a self, user: UserId, key: &'a str) -> Option<Claim<'a>> {
        let new = {
            let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            keys.insert((user, key.to_owned()))
        };
        let answering = self;
        // Made only when it holds something, because it gives that back.
        new.then(|| Claim { answering, user, key })
    }

    fn remove(&self, user: UserId, key: &str) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&(user, key.to_owned()));
    }
}

struct Claim<'a> {
    answering: &'a Answering,
    user: UserId,
    key: &'a str,
}

impl Claim<'_> {
    /// Keeps the key until [`finish`] or [`give_back`].
    fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.answering.remove(self.user, self.key);
    }
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
    let (user, server) = (caller.user(), app.servers.id());
    let in_progress = || {
        UseCaseError::conflict("the first request with this idempotency key is still at work")
            .hint("wait a moment and send it again")
    };
    if idempotency_keys::insert(&mut transaction, user, key, request_hash, app.now(), server).await? > 0 {
        // Before the commit: whoever sees the row must see that its request is at work.
        let claim = app.answering.claim(user, key).ok_or_else(in_progress)?;
        transaction.commit().await?;
        claim.keep();
        return Ok(Begun::New);
    }
    let found = idempotency_keys::find(&mut transaction, user, key).await?;
    let answer = found.ok_or_else(in_progress)?;
    if answer.request_hash != request_hash {
        return Err(
            UseCaseError::conflict("this idempotency key was used for another request")
                .hint("make a new key for each thing that you ask for"),
        );
    }
    let Some(status) = answer.status else {
        let from = answer.server_id.map(|server| server.0);
        // Of many who find it left, one has the claim.
        if is_left(app, &mut transaction, from).await?
            && let Some(claim) = app.answering.claim(user, key)
            && idempotency_keys::take_over(&mut transaction, user, key, from, server).await? > 0
        {
            transaction.commit().await?;
            claim.keep();
            return Ok(Begun::New);
        }
        return Err(in_progress());
    };
    Ok(Begun::Answered {
        status: u16::try_from(status)
            .map_err(|_| UseCaseError::internal("an answer on record has no valid status"))?,
        body: answer.body.unwrap_or_default(),
    })
}

/// Whether no other server works the answer out any more. Whether this one does is known by its claims.
async fn is_left(
    app: &App,
    transaction: &mut Transaction,
    server: Option<ServerId>,
) -> Result<bool, UseCaseError> {
    match server {
        Some(server) if server != app.servers.id() => Ok(app.servers.has_gone(transaction, server).await?),
        _ => Ok(true),
    }
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
    transaction.commit().await?;
    app.answering.remove(caller.user(), key);
    Ok(())
}

/// Gives the key back after a failure that may pass, so that the request can be tried again.
///
/// # Errors
/// When the database fails.
pub async fn give_back(app: &App, caller: &Caller, key: &str) -> Result<(), UseCaseError> {
    let deleted = delete(app, caller.user(), key).await;
    // Behind the commit, or the next try takes over what is deleted then; and also when it fails, so that a key
    // that cannot be given back now is taken over by the next try.
    app.answering.remove(caller.user(), key);
    deleted
}

async fn delete(app: &App, user: UserId, key: &str) -> Result<(), UseCaseError> {
    let mut transaction = app.database.write().await?;
    idempotency_keys::delete(&mut transaction, user, key).await?;
    Ok(transaction.commit().await?)
}
