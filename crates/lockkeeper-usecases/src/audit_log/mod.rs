//! Reading and verifying the audit log.

use lockkeeper_domain::audit::EntryHash;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::audit::{self, EntryPlace, EntryRow, Verification};

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
