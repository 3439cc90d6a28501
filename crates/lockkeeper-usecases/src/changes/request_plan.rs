use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::Permission;
use lockkeeper_store::tables::stages;
use serde_json::json;

use super::propose::queue_plan;
use super::{ChangeRecord, load_stage, show_change, take_change};
use crate::app::Chain;
use crate::{Access, App, Caller, UseCaseError};

/// Asks for new plans of the same commit: in one environment, or in all that can be planned. Approvals
/// stay when the effects turn out to be the same.
///
/// # Errors
/// A conflict when no environment can be planned now.
pub async fn request_plan(
    app: &App,
    caller: &Caller,
    project: &Name,
    key: &ChangeKey,
    environment: Option<&Name>,
) -> Result<ChangeRecord, UseCaseError> {
    let mut transaction = app.database.write().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Propose).await?;
    let change = take_change(app, &mut transaction, *access.project.id, key).await?;
    if change.status.is_final() {
        return Err(
            UseCaseError::conflict(format!("{key} {}", change.status.in_words()))
                .hint("propose a new change"),
        );
    }
    let chosen = match environment {
        Some(environment) => {
            access.require_in(caller, Permission::Propose, environment)?;
            vec![load_stage(&mut transaction, &change, environment).await?]
        }
        None => {
            let can = lockkeeper_domain::change::StageEvent::PlanRequested;
            let all = stages::of_change(&mut transaction, *change.id).await?;
            all.into_iter()
                .filter(|stage| stage.status.after(can).is_ok())
                .filter(|stage| {
                    access
                        .grants
                        .allow_in(Permission::Propose, &stage.environment_name)
                })
                .collect()
        }
    };
    if chosen.is_empty() {
        return Err(
            UseCaseError::conflict(format!("{key} has no environment that can be planned now"))
                .hint("wait for the runs at work; what is applied and verified needs no plan"),
        );
    }
    let environments: Vec<&Name> = chosen.iter().map(|stage| &stage.environment_name.0).collect();
    for stage in &chosen {
        queue_plan(app, &mut transaction, &change, stage, caller.user()).await?;
    }
    let (chain, actor) = (Chain::Project(*access.project.id), caller.name().as_str());
    let details = json!({"environments": environments});
    app.record(
        &mut transaction,
        chain,
        actor,
        "change.plan",
        &key.to_string(),
        details,
    )
    .await?;
    transaction.commit().await?;
    app.signals.job_queued();
    show_change(app, caller, project, key).await
}
