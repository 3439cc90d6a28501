//! Reading and verifying the audit log.

use lockkeeper_domain::audit::EntryHash;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::Transaction;
use lockkeeper_store::key::ServerKey;
use lockkeeper_store::tables::audit::{self, EntryPlace, EntryRow, LogBroken, Verification};
use uuid::Uuid;

use crate::{Access, App, Caller, UseCaseError};

/// Entries of a project's log, newest first, before the place given.
///
/// # Errors
/// Forbidden without the role.
pub async fn list_entries(
    app: &App,
    caller: &Caller,
    project: &Name,
    before: EntryPlace,
    limit: i64,
) -> Result<Vec<EntryRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::ReadAudit).await?;
    let (log, at) = (access.project.id.uuid(), before.at);
    Ok(audit::before(&mut transaction, log, at, before.chain, before.sequence, limit).await?)
}

/// Entries of a project's log, oldest first, behind the place given: for exports, page by page.
///
/// # Errors
/// Forbidden without the role.
pub async fn export_entries(
    app: &App,
    caller: &Caller,
    project: &Name,
    after: EntryPlace,
    limit: i64,
) -> Result<Vec<EntryRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::ReadAudit).await?;
    let (log, at) = (access.project.id.uuid(), after.at);
    Ok(audit::after(&mut transaction, log, at, after.chain, after.sequence, limit).await?)
}

/// Recomputes the chain of a project and those of its states, each from its first entry.
///
/// # Errors
/// Forbidden without the role. A log that does not hold is no error: it is the answer.
pub async fn verify_log(
    app: &App,
    caller: &Caller,
    project: &Name,
    checkpoint: Option<(i64, EntryHash)>,
) -> Result<Verification, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::ReadAudit).await?;
    Ok(audit::verify(&mut transaction, &app.key, access.project.id.uuid(), checkpoint).await?)
}

/// Logs that are looked at in one go.
const PAGE: i64 = 100;

/// What came of verifying every log of a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EveryLog {
    /// Logs that were looked at.
    pub logs: u64,
    /// Chains that hold.
    pub chains: u64,
    /// Entries that hold.
    pub entries: u64,
    /// The logs that do not hold, and why.
    pub broken: Vec<(Uuid, LogBroken)>,
}

/// Recomputes every chain of every log, for whoever has the data at hand.
///
/// # Errors
/// When the database fails. A log that does not hold is no error: it is the answer.
pub async fn verify_every_log(
    transaction: &mut Transaction,
    key: &ServerKey,
) -> Result<EveryLog, UseCaseError> {
    let (mut found, mut last) = (EveryLog::default(), None);
    loop {
        let page = audit::logs(transaction, last.unwrap_or(Uuid::nil()), last.is_none(), PAGE).await?;
        let Some(end) = page.last() else {
            return Ok(found);
        };
        last = Some(end.log);
        for row in page {
            let verified = audit::verify(transaction, key, row.log, None).await?;
            found.logs += 1;
            found.chains += u64::try_from(verified.chains).unwrap_or(0);
            found.entries += u64::try_from(verified.entries).unwrap_or(0);
            found
                .broken
                .extend(verified.broken.map(|broken| (row.log, broken)));
        }
    }
}
