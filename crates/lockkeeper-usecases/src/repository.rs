//! A project's repository: what its commits declare.

use std::sync::Arc;
use std::time::Duration;

use lockkeeper_config::project::ProjectConfig;
use lockkeeper_domain::name::Name;
use lockkeeper_domain::stack::Stack;
use lockkeeper_git::{CommitId, GitError, Mirror};
use lockkeeper_store::tables::projects::{self, ProjectRow};

use crate::app::Chain;
use crate::{App, UseCaseError};

/// Where a repository declares its stacks, windows and policy.
const CONFIGURATION: &str = ".lockkeeper/project.toml";
/// Where a repository allows findings of the static analysis, each with a reason.
const ALLOWED_FINDINGS: &str = ".lockkeeper/allowed-findings.toml";
/// Where a repository keeps prices of its own.
const PRICE_BOOK: &str = ".lockkeeper/prices.toml";
/// A configuration is text that people write.
const MAX_CONFIGURATION: usize = 1 << 20;

/// An apply waits no longer than this for news of the policy.
const REFRESH_LIMIT: Duration = Duration::from_secs(20);

/// What people look at is no older than this, if the repository can be reached.
const RECENT: Duration = Duration::from_secs(30);

/// A project's repository.
pub(crate) struct Repository {
    mirror: Arc<Mirror>,
    default_branch: String,
}

impl Repository {
    /// The repository as it was when it was last fetched; fetched now if it never was.
    pub(crate) async fn open(app: &App, project: &ProjectRow) -> Result<Self, UseCaseError> {
        let mirror = app.mirror(project)?;
        if mirror.default_branch().await.is_err() {
            mirror.fetch().await?;
        }
        Self::of_mirror(app, project, mirror).await
    }

    /// The repository with the commit: fetched if another server was told of it.
    pub(crate) async fn holding(
        app: &App,
        project: &ProjectRow,
        commit: &CommitId,
    ) -> Result<Self, UseCaseError> {
        let repository = Self::open(app, project).await?;
        match repository.mirror.resolve(commit.as_str()).await {
            Err(GitError::UnknownReference { .. }) => Self::fetched(app, project).await,
            _ => Ok(repository),
        }
    }

    /// The repository as it is now.
    pub(crate) async fn fetched(app: &App, project: &ProjectRow) -> Result<Self, UseCaseError> {
        let mirror = app.mirror(project)?;
        mirror.fetch().await?;
        Self::of_mirror(app, project, mirror).await
    }

    /// The repository as it is now, or as it was when it was last fetched if it cannot be reached: policy
    /// and freezes must be known when something is applied, and a way back must not wait for a Git server.
    pub(crate) async fn refreshed(app: &App, project: &ProjectRow) -> Result<Self, UseCaseError> {
        let mirror = app.mirror(project)?;
        let failed = match tokio::time::timeout(REFRESH_LIMIT, mirror.fetch()).await {
            Ok(fetched) => fetched.err().map(UseCaseError::from),
            Err(_) => Some(UseCaseError::unavailable(format!(
                "{} does not answer in time",
                mirror.address()
            ))),
        };
        if let Some(error) = failed {
            if mirror.default_branch().await.is_err() {
                // It was never fetched, so there is nothing to go by.
                return Err(error);
            }
            tracing::warn!(%error, project = %*project.name, "going by the policy that was fetched last");
        }
        Self::of_mirror(app, project, mirror).await
    }

    /// The repository as it was half a minute ago at most, if it can be reached: what people look at should
    /// not wait for a Git server each time.
    pub(crate) async fn recent(app: &App, project: &ProjectRow) -> Result<Self, UseCaseError> {
        if app.looked_at_recently(*project.id, RECENT) {
            return Self::open(app, project).await;
        }
        Self::refreshed(app, project).await
    }

    /// The default branch is settled once. It must not follow the repository's HEAD: in a repository with
    /// a work tree that is whatever branch somebody has checked out, and its policy would hold.
    async fn of_mirror(app: &App, project: &ProjectRow, mirror: Arc<Mirror>) -> Result<Self, UseCaseError> {
        if let Some(default_branch) = project.default_branch.clone() {
            return Ok(Self {
                mirror,
                default_branch,
            });
        }
        let found = mirror.default_branch().await?;
        let mut transaction = app.database.write().await?;
        if projects::settle_default_branch(&mut transaction, *project.id, &found).await? > 0 {
            let (chain, name) = (Chain::Project(*project.id), project.name.as_str());
            let details = serde_json::json!({"default_branch": found});
            let action = "project.default-branch";
            app.record(&mut transaction, chain, "system", action, name, details)
                .await?;
        }
        let settled = projects::by_id(&mut transaction, *project.id).await?;
        transaction.commit().await?;
        let default_branch = settled
            .and_then(|project| project.default_branch)
            .unwrap_or(found);
        Ok(Self {
            mirror,
            default_branch,
        })
    }

    /// The mirror.
    pub(crate) fn mirror(&self) -> &Mirror {
        &self.mirror
    }

    /// The newest commit of the default branch.
    pub(crate) async fn default_commit(&self) -> Result<CommitId, UseCaseError> {
        Ok(self
            .mirror
            .resolve(&format!("refs/heads/{}", self.default_branch))
            .await?)
    }

    /// Policy and windows, from the default branch: a change must not loosen its own gates.
    pub(crate) async fn settings(&self) -> Result<ProjectConfig, UseCaseError> {
        let commit = self.default_commit().await?;
        Ok(self.configuration(&commit).await?.unwrap_or_default())
    }

    /// A stack as a commit declares it.
    pub(crate) async fn stack(&self, commit: &CommitId, name: &Name) -> Result<Stack, UseCaseError> {
        let configuration = self.configuration(commit).await?.ok_or_else(|| {
            UseCaseError::invalid(format!("commit {} has no file {CONFIGURATION}", commit.short()))
                .hint("add one that names the stack and its folder; see docs/configuration.md")
        })?;
        configuration.stack(name).cloned().ok_or_else(|| {
            let known: Vec<&str> = configuration
                .stacks
                .iter()
                .map(|stack| stack.name.as_str())
                .collect();
            let known = if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            };
            UseCaseError::not_found(format!("commit {} declares no stack `{name}`", commit.short()))
                .hint(format!("{CONFIGURATION} declares: {known}"))
        })
    }

    /// Whether the folder holds a Terraform configuration in the commit.
    pub(crate) async fn is_stack_folder(
        &self,
        commit: &CommitId,
        folder: &str,
    ) -> Result<bool, UseCaseError> {
        let files = self.mirror.list_files(commit, folder).await?;
        let prefix = format!("{}/", folder.trim_matches('/'));
        Ok(files.iter().any(|file| {
            let name = file.path.strip_prefix(&prefix).unwrap_or(&file.path);
            !name.contains('/')
                && (name.ends_with(".tf") || name.ends_with(".tf.json") || name.ends_with(".tofu"))
        }))
    }

    /// The list of allowed findings, from the default branch.
    pub(crate) async fn allowed_findings(&self) -> Result<Option<String>, UseCaseError> {
        self.text_on_default(ALLOWED_FINDINGS).await
    }

    /// The project's price book with its path, from the default branch.
    pub(crate) async fn price_book(&self) -> Result<Option<(String, String)>, UseCaseError> {
        let text = self.text_on_default(PRICE_BOOK).await?;
        Ok(text.map(|text| (PRICE_BOOK.to_owned(), text)))
    }

    async fn text_on_default(&self, path: &str) -> Result<Option<String>, UseCaseError> {
        let commit = self.default_commit().await?;
        let text = self.mirror.read_file(&commit, path, MAX_CONFIGURATION).await?;
        text.map(String::from_utf8)
            .transpose()
            .map_err(|_| UseCaseError::invalid(format!("{path} on the default branch is not UTF-8")))
    }

    async fn configuration(&self, commit: &CommitId) -> Result<Option<ProjectConfig>, UseCaseError> {
        let text = match self
            .mirror
            .read_file(commit, CONFIGURATION, MAX_CONFIGURATION)
            .await
        {
            Ok(text) => text,
            Err(error @ (GitError::TooLarge { .. } | GitError::NotAFile { .. })) => {
                return Err(UseCaseError::invalid(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        };
        let Some(text) = text else {
            return Ok(None);
        };
        let text = String::from_utf8(text).map_err(|_| {
            UseCaseError::invalid(format!(
                "{CONFIGURATION} in commit {} is not UTF-8",
                commit.short()
            ))
        })?;
        ProjectConfig::parse(&text).map(Some).map_err(|problems| {
            let shown: Vec<String> = problems
                .0
                .iter()
                .take(5)
                .map(|p| format!("line {}: {}", p.line, p.message))
                .collect();
            UseCaseError::invalid(format!(
                "{CONFIGURATION} in commit {} has mistakes: {}",
                commit.short(),
                shown.join(" ")
            ))
            .hint("`lockkeeper config check` shows them all")
        })
    }
}
