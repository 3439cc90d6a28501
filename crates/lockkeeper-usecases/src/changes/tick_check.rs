use lockkeeper_domain::check::CheckName;
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::stages::StageRow;
use lockkeeper_store::tables::{stages, ticks};
use serde_json::json;

use super::{ChangeRecord, show_change, take_change};
use crate::app::Chain;
use crate::{Access, App, Caller, UseCaseError};

/// Ticks a check that people answer for, with the caller's name on it.
///
/// # Errors
/// Invalid when the check is computed; forbidden without the role.
pub async fn tick_check(
    app: &App,
    caller: &Caller,
    project: &Name,
    key: &ChangeKey,
    check: CheckName,
    comment: &str,
) -> Result<ChangeRecord, UseCaseError> {
    super::propose::check_texts("tick", &[comment])?;
    if !check.is_ticked_by_people() {
        return Err(
            UseCaseError::invalid(format!("{check} is computed from the plan; nobody can tick it"))
                .hint("people tick on-call-notified and communication-sent"),
        );
    }
    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Propose).await?;
    let change = take_change(app, &mut transaction, *access.project.id, key).await?;
    if change.status.is_final() {
        return Err(UseCaseError::conflict(format!(
            "{key} {}",
            change.status.in_words()
        )));
    }
    let stages = stages::of_change(&mut transaction, *change.id).await?;
    let may = |stage: &StageRow| {
        access
            .grants
            .allow_in(Permission::Propose, &stage.environment_name)
    };
    if !stages.iter().any(may) {
        return Err(UseCaseError::forbidden(format!(
            "{} may not tick checks of {key}: it goes through other environments",
            caller.name()
        ))
        .hint("ask an author or operator of one of its environments"));
    }
    ticks::upsert(
        &mut transaction,
        *change.id,
        check,
        caller.user(),
        comment,
        app.now(),
    )
    .await?;
    let (chain, actor) = (Chain::Project(*access.project.id), caller.name().as_str());
    let details = json!({"check": check, "comment": comment});
    app.record(
        &mut transaction,
        chain,
        actor,
        "change.tick",
        &key.to_string(),
        details,
    )
    .await?;
    transaction.commit().await?;
    show_change(app, caller, project, key).await
}
