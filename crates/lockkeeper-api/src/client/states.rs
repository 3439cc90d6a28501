//! Terraform states.

use reqwest::{Method, StatusCode};

use super::{Client, ClientError, Download};
use crate::types::page::{Page, PageQuery};
use crate::types::state::{StateVersionView, StateView};

impl Client {
    /// One page of a project's states.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn states(&self, project: &str, page: &PageQuery) -> Result<Page<StateView>, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "states"])?
            .page(page);
        self.read(self.send(request).await?).await
    }

    /// One page of the versions of a state.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn state_versions(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        page: &PageQuery,
    ) -> Result<Page<StateVersionView>, ClientError> {
        let segments = state(project, environment, stack, &["versions"]);
        self.read(
            self.send(self.request(Method::GET, &segments)?.page(page))
                .await?,
        )
        .await
    }

    /// The current state, as it was written; `None` when nothing was written yet.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn pull_state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
    ) -> Result<Option<Download>, ClientError> {
        let request = self
            .request(Method::GET, &state(project, environment, stack, &[]))?
            .streaming();
        let response = self.send(request).await?;
        let written = response.status() != StatusCode::NO_CONTENT;
        Ok(written.then(|| Download::new(self.address().clone(), response)))
    }

    /// One version of a state, as it was written.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn pull_state_version(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        serial: i64,
    ) -> Result<Download, ClientError> {
        let serial = serial.to_string();
        let segments = state(project, environment, stack, &["versions", &serial]);
        let response = self
            .send(self.request(Method::GET, &segments)?.streaming())
            .await?;
        Ok(Download::new(self.address().clone(), response))
    }

    /// Takes the lock of a state from whoever holds it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn force_unlock(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
    ) -> Result<(), ClientError> {
        // Terraform's protocol has methods of its own; `UNLOCK` is a valid token.
        let unlock = Method::from_bytes(b"UNLOCK").map_err(|error| ClientError::NotBuilt {
            reason: error.to_string(),
        })?;
        self.send(self.request(unlock, &state(project, environment, stack, &[]))?)
            .await
            .map(drop)
    }
}

fn state<'a>(project: &'a str, environment: &'a str, stack: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    let mut segments = vec![
        "projects",
        project,
        "environments",
        environment,
        "stacks",
        stack,
        "state",
    ];
    segments.extend(rest);
    segments
}
