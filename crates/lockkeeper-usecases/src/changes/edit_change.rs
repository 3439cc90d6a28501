use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::risk::RiskClass;
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::{changes, plans, stages};
use serde_json::json;

use super::{ChangeRecord, show_change, take_change};
use crate::app::Chain;
use crate::{Access, App, Caller, ErrorKind, UseCaseError};

/// What to alter of a change; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeEdit {
    /// Another title.
    pub title: Option<String>,
    /// Another why.
    pub why: Option<String>,
    /// A class higher than the computed one.
    pub declared_class: Option<RiskClass>,
    /// How to go back, in words.
    pub rollback: Option<String>,
}

/// Alters what people write about a change.
///
/// # Errors
/// Stale when the change is not of the generation that the caller saw; invalid when the declared class
/// is below the computed one; a conflict when the change has ended.
pub async fn edit_change(
    app: &App,
    caller: &Caller,
    project: &Name,
    key: &ChangeKey,
    seen_generation: Option<i64>,
    edit: &ChangeEdit,
) -> Result<ChangeRecord, UseCaseError> {
    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Propose).await?;
    let change = take_change(app, &mut transaction, *access.project.id, key).await?;
    let lowers = match (edit.declared_class, change.declared_class) {
        (Some(new), Some(old)) => new < old.0,
        _ => false,
    };
    if lowers && *change.requester_id != caller.user() && !access.grants.allow(Permission::Apply) {
        return Err(UseCaseError::forbidden(format!(
            "{key} is not yours: its requester or an operator may take back the class that was declared"
        )));
    }
    // Taking the change was the one alteration that the caller could not have seen.
    if seen_generation.is_some_and(|seen| seen.saturating_add(1) != change.generation) {
        return Err(
            UseCaseError::new(ErrorKind::Stale, format!("{key} was altered since you saw it"))
                .hint("look at it again, and repeat your edit"),
        );
    }
    if change.status.is_final() {
        return Err(UseCaseError::conflict(format!(
            "{key} is {}: it can no longer be altered",
            change.status.in_words()
        )));
    }
    let title = edit.title.as_deref().unwrap_or(&change.title);
    let why = edit.why.as_deref().unwrap_or(&change.why);
    let rollback = edit.rollback.as_deref().or(change.rollback.as_deref());
    super::propose::check_texts(title, &[why, rollback.unwrap_or_default()])?;
    let declared = edit.declared_class.or(change.declared_class.map(|class| class.0));
    if let Some(declared) = edit.declared_class {
        for stage in stages::of_change(&mut transaction, *change.id).await? {
            let Some(id) = stage.plan_id else { continue };
            let computed = plans::by_id(&mut transaction, *id)
                .await?
                .map(|plan| plan.assessment.0.0.class);
            if computed.is_some_and(|computed| declared < computed) {
                return Err(UseCaseError::invalid(format!(
                    "{key} is {} by what its plan does; a lower class cannot be declared",
                    computed.unwrap_or(declared)
                )));
            }
        }
    }
    changes::edit(&mut transaction, *change.id, title, why, declared, rollback).await?;
    let (chain, actor) = (Chain::Project(*access.project.id), caller.name().as_str());
    let details = json!({"title": edit.title, "why": edit.why, "declared_class": edit.declared_class, "rollback": edit.rollback});
    app.record(
        &mut transaction,
        chain,
        actor,
        "change.edit",
        &key.to_string(),
        details,
    )
    .await?;
    transaction.commit().await?;
    show_change(app, caller, project, key).await
}
