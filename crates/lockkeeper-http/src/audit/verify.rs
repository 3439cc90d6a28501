use axum::extract::State;
use lockkeeper_api::types::audit::AuditVerificationView;
use lockkeeper_domain::audit::EntryHash;
use lockkeeper_usecases::audit_log;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{CalledBy, Json, Params, Place, ProjectPath};
use crate::problem::Refusal;
use crate::settings::Shared;
use crate::views;

/// What to compare the log with.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerifyQuery {
    /// A `checkpoint` that an earlier verification answered, kept elsewhere since.
    #[param(pattern = "^[1-9][0-9]{0,17}:[0-9a-f]{64}$")]
    checkpoint: Option<String>,
}

/// Recomputes a project's audit log, the project's chain and that of each state, each from its first entry.
/// A broken chain is an answer, not a problem.
#[utoipa::path(
    get,
    path = "/api/v1/projects/{project}/audit/verify",
    tag = "audit",
    params(ProjectPath, VerifyQuery),
    responses((status = 200, description = "What was found.", body = AuditVerificationView))
)]
pub(crate) async fn verify_audit(
    State(shared): State<Shared>,
    CalledBy(caller): CalledBy,
    Place(place): Place<ProjectPath>,
    Params(query): Params<VerifyQuery>,
) -> Result<Json<AuditVerificationView>, Refusal> {
    let checkpoint = query.checkpoint.as_deref().map(checkpoint).transpose()?;
    let found = audit_log::verify_log(&shared.app, &caller, &place.project, checkpoint).await?;
    Ok(Json(views::audit_verification(&found)))
}

fn checkpoint(text: &str) -> Result<(i64, EntryHash), Refusal> {
    let read = || {
        let (sequence, hash) = text.split_once(':')?;
        let sequence = sequence.parse().ok().filter(|sequence| *sequence >= 0)?;
        let hash = EntryHash::from_slice(&hex::decode(hash).ok()?)?;
        Some((sequence, hash))
    };
    read().ok_or_else(|| {
        Refusal::invalid("checkpoint: it is not `sequence:hash` with a hash of 64 hexadecimal digits")
            .hint("give all of what a verification answered, or leave it out to verify the chain by itself")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_and_a_hash() {
        let hash = "ab".repeat(32);
        assert_eq!(
            checkpoint(&format!("7:{hash}")).unwrap(),
            (7, EntryHash([0xab; 32]))
        );
        for bad in [
            String::new(),
            "7".to_owned(),
            "7:ab".to_owned(),
            format!("-1:{hash}"),
            format!("99999999999999999999:{hash}"),
        ] {
            assert_eq!(checkpoint(&bad).unwrap_err().status(), 400, "{bad}");
        }
    }
}
