use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::risk::RiskClass;
use lockkeeper_domain::role::Permission;
use lockkeeper_domain::stack::Stack;
use lockkeeper_git::CommitId;
use lockkeeper_store::Transaction;
use lockkeeper_store::tables::changes::{self, ChangeRow};
use lockkeeper_store::tables::environments::{self, EnvironmentRow};
use lockkeeper_store::tables::projects::{self, ProjectRow};
use lockkeeper_store::tables::stages;
use lockkeeper_store::tables::states::{self, SHARED};

use super::propose::{NewStage, Proposal, check_texts, choose, in_order_of_promotion, insert};
use super::{ChangeRecord, show_change};
use crate::repository::Repository;
use crate::{Access, App, Caller, UseCaseError};

/// A change to propose.
#[derive(Debug, Clone)]
pub struct NewChange {
    /// The stack.
    pub stack: Name,
    /// The branch, tag or commit.
    pub reference: String,
    /// One line.
    pub title: String,
    /// Why.
    pub why: String,
    /// A class higher than the computed one.
    pub declared_class: Option<RiskClass>,
    /// How to go back, in words.
    pub rollback: Option<String>,
    /// The environments to go through; all in which the stack has a folder when empty.
    pub environments: Vec<Name>,
    /// Propose it although an open change carries the same commit through these environments.
    pub again: bool,
}

/// What became of a proposal.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The change.
    pub record: ChangeRecord,
    /// Whether it was made; one that is open and carries the same commit is answered otherwise.
    pub is_new: bool,
}

/// Proposes a change from a commit, and queues its plans. The commit is what the reference stands for
/// now; it does not move with the branch. An open change that carries the same commit of the stack through these
/// environments is answered instead: a second one would be approved and applied for nothing.
///
/// # Errors
/// Forbidden without the role; invalid when the commit, the stack or a folder is not there;
/// unavailable when the repository cannot be reached.
pub async fn propose_change(
    app: &App,
    caller: &Caller,
    project: &Name,
    new: &NewChange,
) -> Result<Proposed, UseCaseError> {
    check_texts(
        &new.title,
        &[&new.why, new.rollback.as_deref().unwrap_or_default()],
    )?;
    let mut transaction = app.database.read().await?;
    let access = Access::require(&mut transaction, caller, project, Permission::Propose).await?;
    let all = environments::of_project(&mut transaction, *access.project.id).await?;
    drop(transaction);
    // A plan runs the commit's code with the credentials of its environment.
    for environment in &new.environments {
        access.require_in(caller, Permission::Propose, environment)?;
    }
    let all = all
        .into_iter()
        .filter(|environment| access.grants.allow_in(Permission::Propose, &environment.name))
        .collect();

    let repository = Repository::fetched(app, &access.project).await?;
    let commit = repository.mirror().resolve(&new.reference).await?;
    let stack = repository.stack(&commit, &new.stack).await?;
    let stages = stages_of(app, &repository, &commit, &stack, all, &new.environments).await?;

    let mut transaction = app.database.write().await?;
    // Of two proposals at once the second sees the first.
    projects::take(&mut transaction, *access.project.id).await?;
    if !new.again
        && let Some(open) = carried_by(&mut transaction, &access.project, &stack, &commit, &stages).await?
    {
        drop(transaction);
        let key = super::key(&open);
        let declared = open.declared_class.map(|class| *class);
        if new.declared_class > declared.or(Some(RiskClass::Low)) {
            let detail = format!("{key} carries this commit already, and was not declared of that class");
            return Err(UseCaseError::conflict(detail).hint(format!(
                "declare it there: `lockkeeper change edit {key} --class CLASS`; or propose it once more, with --again"
            )));
        }
        let record = show_change(app, caller, project, &key).await?;
        return Ok(Proposed {
            record,
            is_new: false,
        });
    }
    let proposal = Proposal {
        project: &access.project,
        stack: &stack,
        reference: &new.reference,
        commit: &commit,
        title: new.title.trim(),
        why: &new.why,
        requester: caller.user(),
        actor: caller.name().as_str(),
        declared_class: new.declared_class,
        rollback: new.rollback.as_deref(),
        rolls_back: None,
        automatic: false,
        stages: &stages,
    };
    let change = insert(app, &mut transaction, &proposal).await?;
    transaction.commit().await?;
    app.signals.job_queued();
    let record = show_change(app, caller, project, &super::key(&change)).await?;
    Ok(Proposed { record, is_new: true })
}

/// The open change that carries the commit through all of these environments, and was undone in none of them.
async fn carried_by(
    transaction: &mut Transaction,
    project: &ProjectRow,
    stack: &Stack,
    commit: &CommitId,
    wanted: &[NewStage],
) -> Result<Option<ChangeRow>, UseCaseError> {
    let open = changes::open_of_commit(transaction, *project.id, &stack.name, commit.as_str()).await?;
    for change in open {
        let stages = stages::of_change(transaction, *change.id).await?;
        let goes_through = |wanted: &NewStage| {
            let mut there = stages
                .iter()
                .filter(|stage| *stage.environment_id == wanted.environment);
            there.any(|stage| *stage.status != StageStatus::RolledBack)
        };
        if wanted.iter().all(goes_through) {
            return Ok(Some(change));
        }
    }
    Ok(None)
}

/// The environments that the change goes through: those asked for, or all in which the stack has a
/// folder; in the order of promotion.
async fn stages_of(
    app: &App,
    repository: &Repository,
    commit: &CommitId,
    stack: &Stack,
    all: Vec<EnvironmentRow>,
    wanted: &[Name],
) -> Result<Vec<NewStage>, UseCaseError> {
    let candidates = if wanted.is_empty() {
        all.clone()
    } else {
        choose(&all, wanted)?
    };
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for environment in in_order_of_promotion(candidates) {
        let folder = stack.folder_in(&environment.name);
        if repository.is_stack_folder(commit, &folder).await? {
            let promotion_exempt = is_new_to_parent(repository, commit, stack, &environment).await?
                && !has_state_in_parent(app, &environment, &stack.name).await?;
            found.push(NewStage {
                environment: *environment.id,
                promotion_exempt,
            });
        } else {
            missing.push(folder);
        }
    }
    if found.is_empty() || (!wanted.is_empty() && !missing.is_empty()) {
        let where_looked = if missing.is_empty() {
            "the project has no environment".to_owned()
        } else {
            missing.join(", ")
        };
        return Err(UseCaseError::invalid(format!(
            "the stack {} has no configuration in commit {}: looked for .tf files in {where_looked}",
            stack.name,
            commit.short()
        ))
        .hint("correct the folder in .lockkeeper/project.toml, commit the configuration, or create the environment"));
    }
    Ok(found)
}

/// Whether the stack has no configuration in the environment that this one promotes from, neither in the
/// commit nor on the default branch: a commit that removes it there, or that moves the stack to another
/// folder, must not get around staging by that.
async fn is_new_to_parent(
    repository: &Repository,
    commit: &CommitId,
    stack: &Stack,
    environment: &EnvironmentRow,
) -> Result<bool, UseCaseError> {
    let Some(parent) = &environment.promotes_from_name else {
        return Ok(false);
    };
    let folder = stack.folder_in(parent);
    if repository.is_stack_folder(commit, &folder).await? {
        return Ok(false);
    }
    let default = repository.default_commit().await?;
    if repository.is_stack_folder(&default, &folder).await? {
        return Ok(false);
    }
    match repository.settings().await?.stack(&stack.name) {
        Some(settled) => Ok(!repository
            .is_stack_folder(&default, &settled.folder_in(parent))
            .await?),
        None => Ok(true),
    }
}

/// Whether the stack was ever applied in the environment that this one promotes from.
async fn has_state_in_parent(
    app: &App,
    environment: &EnvironmentRow,
    stack: &Name,
) -> Result<bool, UseCaseError> {
    let Some(parent) = environment.promotes_from else {
        return Ok(false);
    };
    let mut transaction = app.database.read().await?;
    let state = states::find(&mut transaction, *parent, *environment.project_id, stack, SHARED).await?;
    Ok(state.is_some_and(|state| state.version_id.is_some()))
}
