//! Terraform states.

use reqwest::{Method, StatusCode};

use super::{Client, ClientError, Download, IdempotencyKey};
use crate::types::page::{Page, PageQuery};
use crate::types::state::{
    FoundResourceView, ImportedVersion, NewOverwriteLeave, NewStateRollback, OverwriteLeaveView,
    StateDetailView, StateDiffView, StateProtection, StateVersionView, StateView, WrittenVersion,
};

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

    /// One version of a state, by its serial or identifier, as it was written.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn pull_state_version(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        version: &str,
    ) -> Result<Download, ClientError> {
        let segments = state(project, environment, stack, &["versions", version]);
        let response = self
            .send(self.request(Method::GET, &segments)?.streaming())
            .await?;
        Ok(Download::new(self.address().clone(), response))
    }

    /// One state, with its lock and who waits for it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
    ) -> Result<StateDetailView, ClientError> {
        self.get(&state(project, environment, stack, &["detail"])).await
    }

    /// One page of the resources that are found by their type, address, identifier or name.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn find_state_resources(
        &self,
        project: &str,
        text: &str,
        page: &PageQuery,
    ) -> Result<Page<FoundResourceView>, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "state-resources"])?
            .query(&[("text", Some(text))])
            .page(page);
        self.read(self.send(request).await?).await
    }

    /// What differs between two versions of a state, by their serials or identifiers.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn diff_state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<StateDiffView, ClientError> {
        let request = self
            .request(Method::GET, &state(project, environment, stack, &["diff"]))?
            .query(&[("from", from), ("to", to)]);
        self.read(self.send(request).await?).await
    }

    /// Asks for leave to overwrite a state once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn allow_state_overwrite(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        leave: &NewOverwriteLeave,
        key: &IdempotencyKey,
    ) -> Result<OverwriteLeaveView, ClientError> {
        let segments = state(project, environment, stack, &["allow-overwrite"]);
        self.post(&segments, leave, key).await
    }

    /// Says whether only runs of approved changes write a state.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn protect_state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        protection: &StateProtection,
    ) -> Result<(), ClientError> {
        let segments = state(project, environment, stack, &["protection"]);
        let request = self.request(Method::PUT, &segments)?.body(protection)?;
        self.send(request).await.map(drop)
    }

    /// Makes an older version the newest again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn roll_back_state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        rollback: &NewStateRollback,
        key: &IdempotencyKey,
    ) -> Result<WrittenVersion, ClientError> {
        let segments = state(project, environment, stack, &["rollback"]);
        self.post(&segments, rollback, key).await
    }

    /// Brings a state in from elsewhere. Sending the same body twice keeps it once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn import_state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        body: Vec<u8>,
        reason: &str,
        replace: bool,
    ) -> Result<ImportedVersion, ClientError> {
        let replace = replace.then_some("true");
        let request = self
            .request(Method::POST, &state(project, environment, stack, &["import"]))?
            .query(&[("reason", Some(reason)), ("replace", replace)])
            .bytes(body)
            .streaming();
        self.read(self.send(request).await?).await
    }

    /// Empties a state, whose versions stay. One that is not there is none afterwards, either.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn delete_state(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
    ) -> Result<(), ClientError> {
        let request = self.request(Method::DELETE, &state(project, environment, stack, &[]))?;
        self.send(request).await.map(drop)
    }

    /// Takes the lock of a state from whoever holds it. The reason stands in the audit log.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn force_unlock(
        &self,
        project: &str,
        environment: &str,
        stack: &str,
        reason: Option<&str>,
    ) -> Result<(), ClientError> {
        // Terraform's protocol has methods of its own; `UNLOCK` is a valid token.
        let unlock = Method::from_bytes(b"UNLOCK").map_err(|error| ClientError::NotBuilt {
            reason: error.to_string(),
        })?;
        let request = self
            .request(unlock, &state(project, environment, stack, &[]))?
            .query(&[("reason", reason)]);
        self.send(request).await.map(drop)
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
