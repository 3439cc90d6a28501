//! Which versions of a state may go.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::id::StateVersionId;

/// How long versions stay. A version goes only when neither count nor age keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How many of the newest stay at least; 0 for all.
    pub versions: u32,
    /// How old a version is at least that goes, in days of 24 hours.
    pub days: u32,
}

impl Retention {
    /// The newest, and the one before it: a broken write is mended by that.
    const FEWEST: u32 = 2;

    /// How many of the newest stay whatever their age; none when all do.
    pub fn newest_kept(self) -> Option<u32> {
        (self.versions > 0).then(|| self.versions.max(Self::FEWEST))
    }

    /// What was written from this time on stays; none when all does, because so long a time was never.
    pub fn written_before(self, now: Timestamp) -> Option<Timestamp> {
        now.checked_sub(SignedDuration::from_hours(i64::from(self.days) * 24))
            .ok()
    }
}

/// A version that is not among the newest, which stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldVersion {
    /// The version.
    pub id: StateVersionId,
    /// Its serial.
    pub serial: i64,
    /// Its lineage.
    pub lineage: String,
    /// When it was written.
    pub written_at: Timestamp,
}

/// What stays whatever its age.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spared {
    /// Serials that a run under way or the plan of an open change refers to.
    pub serials: BTreeSet<i64>,
    /// The last version before the newest in which something stands: what most accidents leave is an empty state.
    pub last_good: Option<StateVersionId>,
}

/// Which of consecutive versions of one state may go, oldest first. The last of them stays: it only tells whether the
/// one before it is the last of its lineage, which stays as well, since nothing that follows is made of it.
pub fn removable<'a>(
    versions: &'a [OldVersion],
    spared: &'a Spared,
    written_before: Timestamp,
) -> impl Iterator<Item = &'a OldVersion> {
    versions.windows(2).filter_map(move |pair| {
        let [version, next] = pair else { return None };
        let goes = version.written_at < written_before
            && version.lineage == next.lineage
            && !spared.serials.contains(&version.serial)
            && spared.last_good != Some(version.id);
        goes.then_some(version)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const NOW: i64 = 1_700_000_000;
    const DAY: i64 = 24 * 60 * 60;

    fn now() -> Timestamp {
        Timestamp::from_second(NOW).unwrap()
    }

    fn version(number: usize, lineage: u8, age_in_days: i64) -> OldVersion {
        OldVersion {
            id: StateVersionId::new(Uuid::from_u128(u128::try_from(number).unwrap())),
            serial: i64::try_from(number).unwrap(),
            lineage: lineage.to_string(),
            written_at: Timestamp::from_second(NOW - age_in_days * DAY).unwrap(),
        }
    }

    /// What goes of a history, which is looked at in pages of that size, as the use case does.
    fn gone(
        history: &[OldVersion],
        retention: Retention,
        spared: &Spared,
        page: usize,
    ) -> Vec<StateVersionId> {
        let (Some(kept), Some(before)) = (retention.newest_kept(), retention.written_before(now())) else {
            return vec![];
        };
        let kept = usize::try_from(kept).unwrap();
        let Some(boundary) = history.len().checked_sub(kept) else {
            return vec![];
        };
        let behind = &history[..=boundary];
        (0..behind.len())
            .step_by(page)
            .flat_map(|start| {
                let end = (start + page + 1).min(behind.len());
                removable(&behind[start..end], spared, before)
            })
            .map(|version| version.id)
            .collect()
    }

    /// Clocks jump, so that ages need not follow the order.
    fn any_history() -> impl Strategy<Value = Vec<OldVersion>> {
        proptest::collection::vec((0u8..3, -2i64..60), 1..40).prop_map(|facts| {
            let versions = facts.into_iter().enumerate();
            versions
                .map(|(number, (lineage, age))| version(number, lineage, age))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn what_must_stay_stays_and_all_else_goes(
            history in any_history(),
            versions in 0u32..20,
            days in 0u32..40,
            page in 1usize..10,
            serials in proptest::collection::btree_set(0i64..40, 0..4),
            last_good in 0usize..40,
        ) {
            let retention = Retention { versions, days };
            let last_good = history.get(last_good).map(|version| version.id);
            let spared = Spared { serials, last_good };
            let gone = gone(&history, retention, &spared, page);
            for (place, version) in history.iter().enumerate() {
                let behind = history.len() - place;
                let by_count = versions == 0 || behind <= usize::try_from(versions).unwrap().max(2);
                let by_age = version.written_at >= now() - SignedDuration::from_hours(i64::from(days) * 24);
                let last_of_lineage = history.get(place + 1).is_none_or(|next| next.lineage != version.lineage);
                let in_use = spared.serials.contains(&version.serial) || last_good == Some(version.id);
                let stays = by_count || by_age || last_of_lineage || in_use;
                prop_assert_eq!(!gone.contains(&version.id), stays, "place {} of {:?}", place, history);
            }
            for lineage in history.iter().map(|version| &version.lineage) {
                prop_assert!(history.iter().any(|left| left.lineage == *lineage && !gone.contains(&left.id)));
            }
        }
    }

    #[test]
    fn the_newest_two_stay_whatever_is_said() {
        let history: Vec<_> = (0..5).map(|number| version(number, 0, 900)).collect();
        let strict = Retention { versions: 1, days: 0 };
        let ids = |range: &[OldVersion]| range.iter().map(|version| version.id).collect::<Vec<_>>();
        assert_eq!(
            gone(&history, strict, &Spared::default(), 100),
            ids(&history[..3])
        );
        let all = Retention { versions: 0, days: 0 };
        assert_eq!(gone(&history, all, &Spared::default(), 100), vec![]);
    }

    #[test]
    fn a_time_before_all_times_keeps_all() {
        let retention = Retention {
            versions: 1,
            days: u32::MAX,
        };
        assert_eq!(retention.written_before(now()), None);
    }
}
