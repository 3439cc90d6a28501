//! What tokens are good for, and for how long.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::name::Name;

/// The only state that a token is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneState {
    /// The project.
    pub project: Name,
    /// The environment.
    pub environment: Name,
    /// The stack.
    pub stack: Name,
    /// Whether it is the personal state of the token's user, and not the one that everybody shares.
    pub personal: bool,
}

/// A token would outlive the one that it is made with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a token of {days} days would outlive the one that it is made with, which ends at {end}")]
pub struct Outlives {
    days: u16,
    end: Timestamp,
}

/// The end of a token of that many days, made with a token that ends at `end`. The last day may be shorter, so that
/// what is left of a token can be passed on in whole days.
///
/// # Errors
/// When it would live for more than a day longer.
pub fn end_within(now: Timestamp, days: u16, end: Timestamp) -> Result<Timestamp, Outlives> {
    let wanted = end_after(now, days);
    if wanted <= end {
        return Ok(wanted);
    }
    match wanted.duration_since(end) < DAY {
        true => Ok(end),
        false => Err(Outlives { days, end }),
    }
}

/// The end of a token of that many days.
pub fn end_after(now: Timestamp, days: u16) -> Timestamp {
    now.saturating_add(DAY * i32::from(days))
        .unwrap_or(Timestamp::MAX)
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_outlives_the_one_that_it_is_made_with() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let end = now + SignedDuration::from_hours(36);
        assert_eq!(end_within(now, 1, end), Ok(now + DAY));
        assert_eq!(end_within(now, 2, end), Ok(end));
        assert_eq!(end_within(now, 3, end), Err(Outlives { days: 3, end }));
        assert_eq!(end_within(now, 1, now), Err(Outlives { days: 1, end: now }));
    }
}
