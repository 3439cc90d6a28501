//! The only room in which the time is read and randomness is drawn.

use jiff::Timestamp;
use lockkeeper_domain::secret::Secret;
use uuid::Uuid;

use crate::UseCaseError;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The computer's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A new identifier; later ones sort behind earlier ones.
#[expect(clippy::disallowed_methods, reason = "this is where identifiers come from")]
pub fn new_uuid() -> Uuid {
    Uuid::now_v7()
}

/// A new identifier that sorts behind the one given, also when the clock went back since that was made, or
/// another server with another clock made it.
pub fn new_uuid_behind(last: Option<Uuid>) -> Uuid {
    let new = new_uuid();
    match last {
        Some(last) if new <= last => Uuid::from_u128(last.as_u128().saturating_add(1)),
        _ => new,
    }
}

/// The length of a token's random part, in bytes.
const TOKEN_LENGTH: usize = 32;

/// A new token. Its prefix lets people and secret scanners know what it is.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn new_token() -> Result<Secret, UseCaseError> {
    let mut random = [0u8; TOKEN_LENGTH];
    getrandom::fill(&mut random)
        .map_err(|error| UseCaseError::internal(format!("no randomness to be had: {error}")))?;
    Ok(Secret::new(format!("lockkeeper_{}", hex::encode(random))))
}

/// What is kept of a token. A token has 256 random bits, so a plain hash cannot be turned back.
pub fn token_hash(token: &str) -> [u8; 32] {
    blake3::derive_key("lockkeeper 2026-11 token", token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_sorts_behind_one_of_the_future() {
        let of_the_future = Uuid::from_u128(new_uuid().as_u128() | 1 << 127);
        assert!(new_uuid_behind(Some(of_the_future)) > of_the_future);
        let last = new_uuid_behind(None);
        assert!(new_uuid_behind(Some(last)) > last);
    }
}
