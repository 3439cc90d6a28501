//! Runs.

use reqwest::Method;

use super::{Client, ClientError, IdempotencyKey, LogFollower};
use crate::types::page::{Page, PageQuery};
use crate::types::run::{LogView, RunView};

impl Client {
    /// One page of a project's runs, or of those of one change.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn runs(
        &self,
        project: &str,
        change: Option<&str>,
        page: &PageQuery,
    ) -> Result<Page<RunView>, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "runs"])?
            .query(&[("change", change)]);
        self.read(self.send(request.page(page)).await?).await
    }

    /// One run.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn run(&self, project: &str, run: &str) -> Result<RunView, ClientError> {
        self.get(&["projects", project, "runs", run]).await
    }

    /// The log of a run behind the position `after`; 0 for all of it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn log(&self, project: &str, run: &str, after: i64) -> Result<LogView, ClientError> {
        let after = after.to_string();
        let request = self.request(Method::GET, &["projects", project, "runs", run, "log"])?;
        self.read(self.send(request.query(&[("after", Some(&after))])).await?)
            .await
    }

    /// Follows the log of a run behind the position `after`, as it is written, to its end.
    pub fn follow_log(&self, project: &str, run: &str, after: i64) -> LogFollower {
        LogFollower::new(self.clone(), project.to_owned(), run.to_owned(), after)
    }

    /// Stops a run.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn cancel_run(
        &self,
        project: &str,
        run: &str,
        key: &IdempotencyKey,
    ) -> Result<(), ClientError> {
        let segments = ["projects", project, "runs", run, "cancel"];
        self.post_unread(&segments, &serde_json::json!({}), key)
            .await
            .map(drop)
    }
}
