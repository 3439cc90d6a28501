//! Projects, their environments and stacks.

use reqwest::Method;

use super::{Client, ClientError, IdempotencyKey};
use crate::types::page::{Page, PageQuery};
use crate::types::project::{
    EnvironmentEdit, EnvironmentView, NewEnvironment, NewProject, ProjectView, StackView,
};

impl Client {
    /// Creates a project.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn create_project(
        &self,
        project: &NewProject,
        key: &IdempotencyKey,
    ) -> Result<ProjectView, ClientError> {
        self.post(&["projects"], project, key).await
    }

    /// One page of the projects that the caller may see.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn projects(&self, page: &PageQuery) -> Result<Page<ProjectView>, ClientError> {
        let response = self
            .send(self.request(Method::GET, &["projects"])?.page(page))
            .await?;
        self.read(response).await
    }

    /// One project.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn project(&self, project: &str) -> Result<ProjectView, ClientError> {
        self.get(&["projects", project]).await
    }

    /// Creates an environment.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn create_environment(
        &self,
        project: &str,
        environment: &NewEnvironment,
        key: &IdempotencyKey,
    ) -> Result<EnvironmentView, ClientError> {
        self.post(&["projects", project, "environments"], environment, key)
            .await
    }

    /// Alters an environment.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn edit_environment(
        &self,
        project: &str,
        environment: &str,
        edit: &EnvironmentEdit,
    ) -> Result<EnvironmentView, ClientError> {
        let segments = ["projects", project, "environments", environment];
        let request = self.request(Method::PATCH, &segments)?.body(edit)?;
        self.read(self.send(request).await?).await
    }

    /// One page of a project's environments.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn environments(
        &self,
        project: &str,
        page: &PageQuery,
    ) -> Result<Page<EnvironmentView>, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "environments"])?
            .page(page);
        self.read(self.send(request).await?).await
    }

    /// One page of the stacks that the repository's default branch declares.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn stacks(&self, project: &str, page: &PageQuery) -> Result<Page<StackView>, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "stacks"])?
            .page(page);
        self.read(self.send(request).await?).await
    }
}
