//! Reading and verifying the audit log.

use lockkeeper_domain::audit::EntryHash;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::audit::{self, EntryRow, Verification};

use crate::{Access, App, Caller, UseCaseError};

/// Entries of a project's log, newest first, before the place given.
///
/// # Errors
/// Forbidden without the role.
pub async fn list_entries(
    app: &App,
    caller: &Caller,
    project: &Name,
    before: i64,
    limit: i64,
) -> Result<Vec<EntryRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::ReadAudit).await?;
    Ok(audit::before(&mut transaction, access.project.id.uuid(), before, limit).await?)
}

/// Entries of a project's log, oldest first, behind the place given: for exports, page by page.
///
/// # Errors
/// Forbidden without the role.
pub async fn export_entries(
    app: &App,
    caller: &Caller,
    project: &Name,
    after: i64,
    limit: i64,
) -> Result<Vec<EntryRow>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::ReadAudit).await?;
    Ok(audit::after(&mut transaction, access.project.id.uuid(), after, limit).await?)
}

/// Recomputes the chain of a project from its first entry.
///
/// # Errors
/// Forbidden without the role. A chain that does not hold is no error: it is the answer.
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
