//! The project's own policies, from the default branch.

use lockkeeper_config::project::PoliciesConfig;
use lockkeeper_domain::check::{CheckName, CheckResult};
use lockkeeper_domain::risk::Reason;
use lockkeeper_policy::{
    Asked, Finding, POLICY_FOLDER, PolicyInput, PolicyOutcome, PolicySet, is_policy_file,
};
use serde_json::Value;

use super::failure::RunFailure;
use crate::repository::Repository;

/// The largest policy that is read, in bytes.
const MAX_POLICY: usize = 1 << 20;
/// The most policies that are read.
const MAX_POLICIES: usize = 500;
/// The most findings that are kept with a plan.
const MAX_FINDINGS: usize = 50;

/// What the policies say about a plan: a check, and reasons that can only raise the class. A policy that
/// cannot be read or does not answer shuts the gate: it has not allowed anything.
pub(super) async fn ask(
    repository: &Repository,
    settings: &PoliciesConfig,
    document: Value,
) -> Result<(CheckResult, Vec<Reason>), RunFailure> {
    let files = match files(repository).await? {
        Ok(files) if files.is_empty() => return Ok((result(true, Vec::new()), Vec::new())),
        Ok(files) => files,
        Err(refused) => return Ok((result(false, vec![refused]), Vec::new())),
    };
    let questions = Asked::of(&settings.namespaces, &settings.decisions);
    let asked = tokio::task::spawn_blocking(move || {
        let set = PolicySet::load(&files).map_err(|problems| problems.to_string())?;
        set.evaluate(&PolicyInput::of_redacted(document), &questions)
            .map_err(|error| error.to_string())
    });
    match asked.await {
        Ok(Ok(outcome)) if outcome.rules == 0 => {
            let none = format!(
                "there are files in {POLICY_FOLDER}, and no rule that is asked in them; \
                 `policies.namespaces` in the project file says which packages are asked, `main` when it is absent"
            );
            Ok((result(false, vec![none]), Vec::new()))
        }
        Ok(Ok(outcome)) => {
            let reasons = outcome
                .class
                .as_ref()
                .map(|class| class.reasons.clone())
                .unwrap_or_default();
            Ok((result(outcome.is_open(), told(&outcome)), reasons))
        }
        Ok(Err(error)) => Ok((
            result(false, vec![format!("the policies did not answer: {error}")]),
            Vec::new(),
        )),
        Err(error) => Ok((
            result(false, vec![format!("the policies did not answer: {error}")]),
            Vec::new(),
        )),
    }
}

fn result(passed: bool, findings: Vec<String>) -> CheckResult {
    CheckResult {
        name: CheckName::Policies,
        passed,
        findings,
    }
}

fn told(outcome: &PolicyOutcome) -> Vec<String> {
    let one = |verb: &str, finding: &Finding| {
        format!("{verb}: {} ({}:{})", finding.message, finding.file, finding.line)
    };
    let denied = outcome.denied.iter().map(|finding| one("denied", finding));
    let warned = outcome.warnings.iter().map(|finding| one("warning", finding));
    denied.chain(warned).take(MAX_FINDINGS).collect()
}

/// The policy files, or why they cannot be used.
async fn files(repository: &Repository) -> Result<Result<Vec<(String, String)>, String>, RunFailure> {
    let commit = repository.default_commit().await?;
    let listed = repository.mirror().list_files(&commit, POLICY_FOLDER).await?;
    let mut files = Vec::new();
    for file in listed.into_iter().filter(|file| is_policy_file(&file.path)) {
        if files.len() == MAX_POLICIES {
            return Ok(Err(format!(
                "there are more than {MAX_POLICIES} files in {POLICY_FOLDER}"
            )));
        }
        let text = match repository
            .mirror()
            .read_file(&commit, &file.path, MAX_POLICY)
            .await
        {
            Ok(Some(content)) => {
                String::from_utf8(content).map_err(|_| format!("{} is not UTF-8", file.path))
            }
            Ok(None) => continue,
            Err(error) => Err(error.to_string()),
        };
        match text {
            Ok(text) => files.push((file.path, text)),
            Err(refused) => return Ok(Err(refused)),
        }
    }
    Ok(Ok(files))
}
