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

/// What the policies found, and how much more of it there was. Where both cannot be kept whole, warnings
/// have half of the room at least: many denials must not hide them.
fn told(outcome: &PolicyOutcome) -> Vec<String> {
    let PolicyOutcome { denied, warnings, .. } = outcome;
    let rest = MAX_FINDINGS.saturating_sub(denied.len()).max(MAX_FINDINGS / 2);
    let warned = warnings.len().min(rest);
    let refused = denied.len().min(MAX_FINDINGS - warned);
    let one = |verb: &str, finding: &Finding| {
        format!("{verb}: {} ({}:{})", finding.message, finding.file, finding.line)
    };
    let kept_denied = denied.iter().take(refused).map(|finding| one("denied", finding));
    let kept_warnings = warnings
        .iter()
        .take(warned)
        .map(|finding| one("warning", finding));
    kept_denied
        .chain(kept_warnings)
        .chain(left_out(
            denied.len() - refused,
            warnings.len() - warned,
            outcome.omitted,
        ))
        .collect()
}

/// The line about what is not kept.
fn left_out(denied: usize, warnings: usize, omitted: usize) -> Option<String> {
    let counts = [(denied, "denied"), (warnings, "warnings"), (omitted, "of either")];
    let counted = counts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = counted.map(|(count, what)| format!("{count} {what}")).collect();
    (!told.is_empty()).then(|| {
        format!(
            "not shown: {}; `lockkeeper policy check` shows more",
            told.join(", ")
        )
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(count: usize) -> Vec<Finding> {
        let one = |number: usize| Finding {
            namespace: "main".to_owned(),
            rule: "deny".to_owned(),
            message: format!("finding {number}"),
            metadata: serde_json::Map::new(),
            file: "main.rego".to_owned(),
            line: 3,
        };
        (0..count).map(one).collect()
    }

    /// How many of each are told, and the last line.
    fn kept(denied: usize, warnings: usize, omitted: usize) -> (usize, usize, Option<String>) {
        let told = told(&PolicyOutcome {
            denied: findings(denied),
            warnings: findings(warnings),
            omitted,
            ..PolicyOutcome::default()
        });
        let count = |beginning: &str| told.iter().filter(|one| one.starts_with(beginning)).count();
        let last = told.last().filter(|one| one.starts_with("not shown")).cloned();
        (count("denied: "), count("warning: "), last)
    }

    #[test]
    fn denials_do_not_hide_warnings() {
        assert_eq!(kept(2, 3, 0), (2, 3, None));
        assert_eq!(kept(40, 10, 0), (40, 10, None));
        let (denied, warnings, last) = kept(80, 10, 0);
        assert_eq!((denied, warnings), (40, 10));
        assert!(last.is_some_and(|last| last.starts_with("not shown: 40 denied; ")));
        let (denied, warnings, last) = kept(3, 80, 0);
        assert_eq!((denied, warnings), (3, 47));
        assert!(last.is_some_and(|last| last.starts_with("not shown: 33 warnings; ")));
        let (denied, warnings, last) = kept(500, 500, 7);
        assert_eq!((denied, warnings), (25, 25));
        let expected = "not shown: 475 denied, 475 warnings, 7 of either; ";
        assert!(last.is_some_and(|last| last.starts_with(expected)));
    }
}
