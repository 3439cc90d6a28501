//! The states' own protocol, which Terraform speaks: reading, locking, writing and unlocking.

use reqwest::{Method, StatusCode};

use super::{Client, ClientError, Download};
use crate::types::state::LockDescriptionView;

/// Which state: that of a stack in an environment, or somebody's own copy of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateAddress {
    /// The project.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The stack.
    pub stack: String,
    /// Whose personal state; the shared one when absent.
    pub user: Option<String>,
}

impl StateAddress {
    fn segments<'a>(&'a self, rest: &[&'a str]) -> Vec<&'a str> {
        let mut segments = vec![
            "projects",
            &self.project,
            "environments",
            &self.environment,
            "stacks",
            &self.stack,
        ];
        if let Some(user) = &self.user {
            segments.extend(["personal", user]);
        }
        segments.push("state");
        segments.extend(rest);
        segments
    }
}

impl Client {
    /// The address of a state for Terraform's `http` backend.
    ///
    /// # Errors
    /// [`ClientError::NotASegment`] when a name cannot stand in an address.
    pub fn backend_address(&self, state: &StateAddress) -> Result<String, ClientError> {
        Ok(self.request(Method::GET, &state.segments(&[]))?.address())
    }

    /// The newest version of a state, as it was written; `None` when nothing was written yet.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn pull_state_at(&self, state: &StateAddress) -> Result<Option<Download>, ClientError> {
        let request = self.request(Method::GET, &state.segments(&[]))?.streaming();
        let response = self.send(request).await?;
        let written = response.status() != StatusCode::NO_CONTENT;
        Ok(written.then(|| Download::new(self.address().clone(), response)))
    }

    /// Takes the lock of a state.
    ///
    /// # Errors
    /// [`ClientError`], also when another client holds it.
    pub async fn lock_state(
        &self,
        state: &StateAddress,
        lock: &LockDescriptionView,
    ) -> Result<(), ClientError> {
        let request = self
            .request(Method::POST, &state.segments(&["lock"]))?
            .body(lock)?;
        self.send(request).await.map(drop)
    }

    /// Writes a new version of a state under the lock of that identifier.
    ///
    /// # Errors
    /// [`ClientError`], also when the serial is not newer or the lineage is another.
    pub async fn write_state(
        &self,
        state: &StateAddress,
        lock: &str,
        body: &[u8],
    ) -> Result<(), ClientError> {
        let request = self
            .request(Method::POST, &state.segments(&[]))?
            .query(&[("ID", Some(lock))]);
        self.send(request.bytes(body.to_vec()).streaming())
            .await
            .map(drop)
    }

    /// Releases the lock of that identifier.
    ///
    /// # Errors
    /// [`ClientError`], also when another client holds it.
    pub async fn unlock_state(&self, state: &StateAddress, lock: &str) -> Result<(), ClientError> {
        let description = serde_json::json!({ "ID": lock });
        let request = self
            .request(Method::DELETE, &state.segments(&["lock"]))?
            .body(&description)?;
        self.send(request).await.map(drop)
    }
}
