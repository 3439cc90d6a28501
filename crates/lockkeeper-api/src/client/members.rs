//! Who holds which role in a project.

use reqwest::Method;

use super::{Client, ClientError, IdempotencyKey};
use crate::types::page::{Page, PageQuery};
use crate::types::project::Member;

impl Client {
    /// Gives a user a role.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn grant(
        &self,
        project: &str,
        member: &Member,
        key: &IdempotencyKey,
    ) -> Result<(), ClientError> {
        self.post_unread(&["projects", project, "members"], member, key)
            .await
            .map(drop)
    }

    /// Takes a role from a user.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn revoke(
        &self,
        project: &str,
        member: &Member,
        key: &IdempotencyKey,
    ) -> Result<(), ClientError> {
        self.post_unread(&["projects", project, "members", "revoke"], member, key)
            .await
            .map(drop)
    }

    /// One page of a project's members, one item for each role.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn members(&self, project: &str, page: &PageQuery) -> Result<Page<Member>, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "members"])?
            .page(page);
        self.read(self.send(request).await?).await
    }
}
