use std::time::{Duration, Instant};

use lockkeeper_domain::id::{StateId, StateVersionId};
use lockkeeper_domain::state_retention::{OldVersion, Spared, removable};
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::state_retention::{self, LongStateRow, OldVersionRow};
use lockkeeper_store::tables::{blobs, states};
use serde_json::json;
use uuid::Uuid;

use super::access::subject;
use crate::app::Chain;
use crate::{App, UseCaseError};

/// States looked at in one go.
const STATES: i64 = 50;
/// Versions of one state looked at in one transaction.
const VERSIONS: i64 = 100;
/// Between the end of a round and the next.
const REST: Duration = Duration::from_secs(60 * 60);

/// How far a round over all states is. What is to go is read from the database each time, so that it does not matter
/// when a round breaks off, nor whether another server makes one too.
#[derive(Debug)]
pub struct RetentionRound {
    after: StateId,
    rests_until: Option<Instant>,
}

impl Default for RetentionRound {
    fn default() -> Self {
        Self {
            after: FIRST,
            rests_until: None,
        }
    }
}

const FIRST: StateId = StateId::new(Uuid::nil());

/// Removes versions that neither their number nor their age keeps, of the next states in the round, and answers how
/// many. The newest two, the last that is not empty, the last of each lineage and what a run under way or an open
/// change refers to always stay.
///
/// # Errors
/// When the database fails; what was not removed is the next time.
pub async fn remove_old_versions(app: &App, round: &mut RetentionRound) -> Result<u64, UseCaseError> {
    let (retention, now) = (app.settings.retention, app.now());
    let (Some(kept), Some(before)) = (retention.newest_kept(), retention.written_before(now)) else {
        return Ok(0);
    };
    if round.rests_until.is_some_and(|until| Instant::now() < until) {
        return Ok(0);
    }
    round.rests_until = None;
    let mut transaction = app.database.read().await?;
    let long =
        state_retention::long_states(&mut transaction, round.after, i64::from(kept), before, STATES).await?;
    drop(transaction);
    let mut removed = 0;
    for state in &long {
        removed += remove_of_state(app, state, i64::from(kept)).await?;
        round.after = *state.id;
    }
    if i64::try_from(long.len()).is_ok_and(|count| count < STATES) {
        *round = RetentionRound {
            after: FIRST,
            rests_until: Some(Instant::now() + REST),
        };
    }
    Ok(removed)
}

async fn remove_of_state(app: &App, state: &LongStateRow, kept: i64) -> Result<u64, UseCaseError> {
    let mut removed = 0;
    let mut after = Some(StateVersionId::new(Uuid::nil()));
    while let Some(behind) = after {
        let page;
        (page, after) = remove_page(app, state, kept, behind).await?;
        removed += page;
    }
    Ok(removed)
}

/// Removes what may go of the next versions behind one, and answers how many, and behind which to go on.
async fn remove_page(
    app: &App,
    state: &LongStateRow,
    kept: i64,
    behind: StateVersionId,
) -> Result<(u64, Option<StateVersionId>), UseCaseError> {
    let Some(before) = app.settings.retention.written_before(app.now()) else {
        return Ok((0, None));
    };
    let mut transaction = app.database.write().await?;
    // Nobody adds a version between the look and the removal.
    states::take(&mut transaction, *state.id).await?;
    let Some(boundary) = state_retention::with_newer(&mut transaction, *state.id, kept - 1).await? else {
        return Ok((0, None));
    };
    let rows = state_retention::page(&mut transaction, *state.id, behind, *boundary.id, VERSIONS + 1).await?;
    let spared = spared(&mut transaction, *state.id).await?;
    let versions: Vec<_> = rows.iter().map(old_version).collect();
    let gone: Vec<_> = removable(&versions, &spared, before).collect();
    for version in &gone {
        states::delete_version(&mut transaction, version.id).await?;
        if let Some(row) = rows.iter().find(|row| *row.id == version.id) {
            blobs::release(&mut transaction, &row.blob, app.now()).await?;
        }
    }
    let count = gone.len();
    if let (Some(first), Some(last)) = (gone.first(), gone.last()) {
        let removed = i64::try_from(count).unwrap_or(i64::MAX);
        state_retention::count_removed(&mut transaction, *state.id, removed).await?;
        let retention = app.settings.retention;
        let details = json!({
            "versions": count, "first_serial": first.serial, "last_serial": last.serial,
            "state_versions": retention.versions, "state_days": retention.days,
        });
        let chain = Chain::State(*state.project_id, *state.id);
        let (action, subject) = (
            "state.remove-versions",
            subject(&state.environment_name, &state.stack, state.owner_name.as_deref()),
        );
        app.record(&mut transaction, chain, "system", action, &subject, details)
            .await?;
        transaction.commit().await?;
    }
    // The last of a page was not decided upon, and begins the next.
    let more = i64::try_from(rows.len()).is_ok_and(|count| count > VERSIONS);
    let next = rows.iter().rev().nth(1).filter(|_| more).map(|row| *row.id);
    Ok((u64::try_from(count).unwrap_or(u64::MAX), next))
}

async fn spared(transaction: &mut Transaction, state: StateId) -> Result<Spared, UseCaseError> {
    let serials = state_retention::serials_in_use(transaction, state).await?;
    let last_good = match states::last_version(transaction, state).await? {
        Some(newest) => state_retention::last_good(transaction, state, *newest.id).await?,
        None => None,
    };
    Ok(Spared {
        serials: serials.iter().map(|row| row.serial).collect(),
        last_good: last_good.map(|row| *row.id),
    })
}

fn old_version(row: &OldVersionRow) -> OldVersion {
    OldVersion {
        id: *row.id,
        serial: row.serial,
        lineage: row.lineage.clone(),
        written_at: *row.created_at,
    }
}
