//! What is tried again, and when.

use std::time::Duration;

use reqwest::StatusCode;

/// The longest time to wait because the server asked for it.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How often a request is tried again, and when. A request is repeated when it cannot have reached the
/// server (no connection), and, if it is safe to repeat (it reads, or it carries an `Idempotency-Key`),
/// when the connection broke or the answer was 502, 503 or 504. 429 is repeated always: the server has
/// done nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often to try again after the first time.
    pub retries: u32,
    /// The pause before the second try; each later one is twice as long.
    pub first_pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            retries: 3,
            first_pause: Duration::from_millis(150),
        }
    }
}

impl RetryPolicy {
    /// Every request is sent once.
    pub fn never() -> Self {
        Self {
            retries: 0,
            first_pause: Duration::ZERO,
        }
    }

    /// The pause after the try with this number, counted from 0; `None` when it was the last. The
    /// server's `Retry-After` wins when it is longer.
    pub(super) fn pause(&self, tried: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if tried >= self.retries {
            return None;
        }
        let doubled = self.first_pause.saturating_mul(1 << tried.min(16));
        Some(doubled.max(retry_after.unwrap_or_default()).min(LONGEST_PAUSE))
    }
}

/// Whether the answer says that trying again may help.
pub(super) fn is_passing(status: StatusCode, repeatable: bool) -> bool {
    match status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => repeatable,
        _ => false,
    }
}

/// The header `Retry-After`, when it is a number of seconds.
pub(super) fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let text = response
        .headers()
        .get(reqwest::header::RETRY_AFTER)?
        .to_str()
        .ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end() {
        let policy = RetryPolicy {
            retries: 3,
            first_pause: Duration::from_millis(100),
        };
        let pauses: Vec<_> = (0..5).map(|tried| policy.pause(tried, None)).collect();
        let expected = [100, 200, 400].map(|ms| Some(Duration::from_millis(ms)));
        assert_eq!(pauses[..3], expected);
        assert_eq!(pauses[3..], [None, None]);
    }

    #[test]
    fn the_server_may_ask_for_a_longer_pause_but_not_for_an_hour() {
        let policy = RetryPolicy::default();
        assert_eq!(
            policy.pause(0, Some(Duration::from_secs(2))),
            Some(Duration::from_secs(2))
        );
        assert_eq!(
            policy.pause(0, Some(Duration::from_secs(3600))),
            Some(LONGEST_PAUSE)
        );
    }

    #[test]
    fn only_what_is_safe_is_repeated() {
        assert!(is_passing(StatusCode::SERVICE_UNAVAILABLE, true));
        assert!(!is_passing(StatusCode::SERVICE_UNAVAILABLE, false));
        assert!(is_passing(StatusCode::TOO_MANY_REQUESTS, false));
        assert!(!is_passing(StatusCode::INTERNAL_SERVER_ERROR, true));
        assert!(!is_passing(StatusCode::CONFLICT, true));
    }
}
