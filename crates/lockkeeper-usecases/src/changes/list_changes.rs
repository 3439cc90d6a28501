use std::collections::BTreeMap;

use lockkeeper_domain::change::{ChangeStatus, StageStatus};
use lockkeeper_domain::name::Name;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::changes::{self, ChangeRow};
use lockkeeper_store::tables::stages;

use crate::{Access, App, Caller, UseCaseError};

/// A change in a list.
#[derive(Debug, Clone)]
pub struct ListedChange {
    /// The change.
    pub change: ChangeRow,
    /// The first of its environments in which something went wrong, and what, while it is open.
    pub trouble: Option<(Name, StageStatus)>,
}

/// Changes of a project, newest first, below the number given.
///
/// # Errors
/// Not found when the caller holds nothing in the project.
pub async fn list_changes(
    app: &App,
    caller: &Caller,
    project: &Name,
    status: Option<ChangeStatus>,
    below: i64,
    limit: i64,
) -> Result<Vec<ListedChange>, UseCaseError> {
    let mut transaction = app.database.read().await?;
    let project = *Access::require(&mut transaction, caller, project, Permission::Read)
        .await?
        .project
        .id;
    let rows = match status {
        Some(status) => changes::page_with_status(&mut transaction, project, status, below, limit).await?,
        None => changes::page(&mut transaction, project, below, limit).await?,
    };
    let (Some(newest), Some(oldest)) = (rows.first(), rows.last()) else {
        return Ok(Vec::new());
    };
    let mut troubles = BTreeMap::new();
    let is_open = |row: &ChangeRow| *row.status == ChangeStatus::Open;
    if rows.iter().any(is_open) {
        let (first, last) = (oldest.change_number, newest.change_number);
        for row in stages::in_trouble(&mut transaction, project, first, last).await? {
            troubles
                .entry(row.change_number)
                .or_insert((row.environment_name.0, *row.status));
        }
    }
    let listed = rows.into_iter().map(|change| ListedChange {
        trouble: troubles.remove(&change.change_number),
        change,
    });
    Ok(listed.collect())
}
