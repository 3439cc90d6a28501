//! Changes: propose, look at, and carry through their gates.

use reqwest::header::ETAG;
use reqwest::{Method, Response, StatusCode};
use serde::Serialize;

use super::{Client, ClientError, IdempotencyKey};
use crate::types::change::{
    ApplyRequest, ApproveRequest, ChangeEdit, ChangeQuery, ChangeView, EndRequest, NewChange,
    RollbackRequest, TickRequest,
};
use crate::types::page::Page;
use crate::types::plan::PlanDetailView;
use crate::types::run::RunView;

/// Something with the version that it was read in.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    /// The thing.
    pub value: T,
    /// Its `ETag`: give it back to alter exactly this version.
    pub etag: Option<String>,
}

/// What became of a proposal.
#[derive(Debug, Clone)]
pub struct Proposed {
    /// The change.
    pub change: ChangeView,
    /// Whether it was made; one that is open and carries the same commit is answered otherwise.
    pub is_new: bool,
}

impl Client {
    /// Proposes a change. Its plans are made after the answer. An open change that carries the same commit is answered
    /// instead of a second one, unless the proposal asks for that.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn propose_change(
        &self,
        project: &str,
        change: &NewChange,
        key: &IdempotencyKey,
    ) -> Result<Proposed, ClientError> {
        let segments = ["projects", project, "changes"];
        let response = self.post_unread(&segments, change, key).await?;
        let is_new = response.status() == StatusCode::CREATED;
        let change = self.read(response).await?;
        Ok(Proposed { change, is_new })
    }

    /// One page of a project's changes, without their stages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn changes(&self, project: &str, query: &ChangeQuery) -> Result<Page<ChangeView>, ClientError> {
        let limit = query.limit.map(|limit| limit.to_string());
        let status = query.status.and_then(|status| serde_json::to_value(status).ok());
        let request = self
            .request(Method::GET, &["projects", project, "changes"])?
            .query(&[
                ("status", status.as_ref().and_then(serde_json::Value::as_str)),
                ("cursor", query.cursor.as_deref()),
                ("limit", limit.as_deref()),
            ]);
        self.read(self.send(request).await?).await
    }

    /// One change.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn change(&self, project: &str, change: &str) -> Result<Versioned<ChangeView>, ClientError> {
        let request = self.request(Method::GET, &["projects", project, "changes", change])?;
        self.versioned(self.send(request).await?).await
    }

    /// Alters a change. With the `etag` of the version that was seen, a change that somebody else
    /// altered meanwhile is refused with 412.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn edit_change(
        &self,
        project: &str,
        change: &str,
        edit: &ChangeEdit,
        etag: Option<&str>,
    ) -> Result<Versioned<ChangeView>, ClientError> {
        let request = self.request(Method::PATCH, &["projects", project, "changes", change])?;
        self.versioned(self.send(request.if_match(etag).body(edit)?).await?)
            .await
    }

    /// Makes the plans of a change anew.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn plan_change(
        &self,
        project: &str,
        change: &str,
        key: &IdempotencyKey,
    ) -> Result<ChangeView, ClientError> {
        self.act(project, change, "plan", &serde_json::json!({}), key)
            .await
    }

    /// Approves the plans of a change.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn approve_change(
        &self,
        project: &str,
        change: &str,
        approval: &ApproveRequest,
        key: &IdempotencyKey,
    ) -> Result<ChangeView, ClientError> {
        self.act(project, change, "approve", approval, key).await
    }

    /// Ticks a check of a change.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn tick_change(
        &self,
        project: &str,
        change: &str,
        tick: &TickRequest,
        key: &IdempotencyKey,
    ) -> Result<ChangeView, ClientError> {
        self.act(project, change, "tick", tick, key).await
    }

    /// Starts or schedules the apply of a change in one environment.
    ///
    /// # Errors
    /// [`ClientError`]; a problem with `gates` when they are shut.
    pub async fn apply_change(
        &self,
        project: &str,
        change: &str,
        apply: &ApplyRequest,
        key: &IdempotencyKey,
    ) -> Result<RunView, ClientError> {
        self.act(project, change, "apply", apply, key).await
    }

    /// Proposes the change that undoes this one, and answers that.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn roll_back_change(
        &self,
        project: &str,
        change: &str,
        rollback: &RollbackRequest,
        key: &IdempotencyKey,
    ) -> Result<ChangeView, ClientError> {
        self.act(project, change, "rollback", rollback, key).await
    }

    /// Closes a change whose work is done.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn close_change(
        &self,
        project: &str,
        change: &str,
        end: &EndRequest,
        key: &IdempotencyKey,
    ) -> Result<ChangeView, ClientError> {
        self.act(project, change, "close", end, key).await
    }

    /// Gives a change up.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn cancel_change(
        &self,
        project: &str,
        change: &str,
        end: &EndRequest,
        key: &IdempotencyKey,
    ) -> Result<ChangeView, ClientError> {
        self.act(project, change, "cancel", end, key).await
    }

    /// The current plan of a change in one environment, with its effects.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn plan_of_change(
        &self,
        project: &str,
        change: &str,
        environment: &str,
    ) -> Result<PlanDetailView, ClientError> {
        self.get(&["projects", project, "changes", change, "plans", environment])
            .await
    }

    async fn act<T: serde::de::DeserializeOwned>(
        &self,
        project: &str,
        change: &str,
        verb: &str,
        body: &impl Serialize,
        key: &IdempotencyKey,
    ) -> Result<T, ClientError> {
        self.post(&["projects", project, "changes", change, verb], body, key)
            .await
    }

    async fn versioned(&self, response: Response) -> Result<Versioned<ChangeView>, ClientError> {
        let etag = response
            .headers()
            .get(ETAG)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        Ok(Versioned {
            value: self.read(response).await?,
            etag,
        })
    }
}
