//! The audit log.

use reqwest::Method;

use super::{Client, ClientError, Download};
use crate::types::audit::{AuditEntryView, AuditVerificationView};
use crate::types::page::{Page, PageQuery};

impl Client {
    /// One page of a project's audit log.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn audit(&self, project: &str, page: &PageQuery) -> Result<Page<AuditEntryView>, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "audit"])?
            .page(page);
        self.read(self.send(request).await?).await
    }

    /// Recomputes the chain, and compares it with a checkpoint that was kept elsewhere.
    ///
    /// # Errors
    /// [`ClientError`]. A broken chain is an answer, not an error.
    pub async fn verify_audit(
        &self,
        project: &str,
        checkpoint: Option<&str>,
    ) -> Result<AuditVerificationView, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "audit", "verify"])?
            .streaming();
        self.read(self.send(request.query(&[("checkpoint", checkpoint)])).await?)
            .await
    }

    /// The whole audit log, one JSON object on each line.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn export_audit(&self, project: &str) -> Result<Download, ClientError> {
        let request = self
            .request(Method::GET, &["projects", project, "audit", "export"])?
            .streaming();
        Ok(Download::new(self.address().clone(), self.send(request).await?))
    }
}
