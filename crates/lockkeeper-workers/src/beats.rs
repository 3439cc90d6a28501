//! Who has fallen silent. Whoever works counts its beats up in the database; whoever watches sees that they have
//! not changed, and measures for how long by a clock of its own that cannot be set. So no clock that jumps, on
//! whichever computer, takes a job from somebody who works on it.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// The beats that were seen, and since when they are the same.
#[derive(Debug)]
pub(crate) struct BeatWatch<K> {
    seen: HashMap<K, (i64, Instant)>,
    last: Option<Instant>,
    /// A watcher that did not look for longer than this cannot say that nobody beat.
    longest_gap: Duration,
}

impl<K: Copy + Eq + Hash> BeatWatch<K> {
    pub(crate) fn new(longest_gap: Duration) -> Self {
        Self {
            seen: HashMap::new(),
            last: None,
            longest_gap,
        }
    }

    /// Takes in the beats of all who are to be watched, and answers for how long each has been silent.
    pub(crate) fn look(
        &mut self,
        now: Instant,
        beats: impl IntoIterator<Item = (K, i64)>,
    ) -> HashMap<K, Duration> {
        if self
            .last
            .is_none_or(|last| now.saturating_duration_since(last) > self.longest_gap)
        {
            self.seen.clear();
        }
        self.last = Some(now);
        let before = std::mem::take(&mut self.seen);
        for (who, beat) in beats {
            let since = match before.get(&who) {
                Some((same, since)) if *same == beat => *since,
                _ => now,
            };
            self.seen.insert(who, (beat, since));
        }
        self.seen
            .iter()
            .map(|(who, (_, since))| (*who, now.saturating_duration_since(*since)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn silence_is_measured_from_the_last_change_that_was_seen() {
        let (mut watch, start) = (BeatWatch::new(5 * SECOND), Instant::now());
        assert_eq!(watch.look(start, [("a", 7), ("b", 1)])["a"], Duration::ZERO);
        let silent = watch.look(start + 3 * SECOND, [("a", 7), ("b", 2)]);
        assert_eq!((silent["a"], silent["b"]), (3 * SECOND, Duration::ZERO));
        let silent = watch.look(start + 6 * SECOND, [("a", 7)]);
        assert_eq!(silent["a"], 6 * SECOND);
        assert!(!silent.contains_key("b"), "who has ended is forgotten");
    }

    #[test]
    fn a_watcher_that_was_away_begins_anew() {
        let (mut watch, start) = (BeatWatch::new(5 * SECOND), Instant::now());
        watch.look(start, [("a", 7)]);
        let silent = watch.look(start + 60 * SECOND, [("a", 7)]);
        assert_eq!(
            silent["a"],
            Duration::ZERO,
            "the database was away, or this server slept"
        );
    }
}
