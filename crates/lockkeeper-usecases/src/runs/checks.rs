//! The checks that Lockkeeper computes itself; the engine computes those of its tool.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use lockkeeper_config::project::ProjectConfig;
use lockkeeper_domain::check::{CheckName, CheckResult};
use lockkeeper_domain::effect::Effect;
use lockkeeper_git::ChangeKind;
use lockkeeper_scan::allow::AllowList;
use lockkeeper_scan::finding::{Finding, Place, Severity};
use lockkeeper_scan::misconfiguration::Surroundings;

use super::context::RunContext;
use super::failure::RunFailure;
use super::make_plan::commit;
use crate::App;
use crate::changes::tier;
use crate::judgement;
use crate::repository::Repository;

/// The largest file that the secrets check reads, in bytes.
const MAX_SCANNED: usize = 4 << 20;
/// The most findings that are kept with a plan.
const MAX_FINDINGS: usize = 50;
/// Findings from here on shut the gate; the others are told.
const SHUTS: Severity = Severity::High;

/// Looks for secrets in the files of the stack and in all that the commit alters.
pub(super) async fn secrets(
    context: &RunContext,
    repository: &Repository,
    settings: &ProjectConfig,
) -> Result<CheckResult, RunFailure> {
    let (mirror, commit) = (repository.mirror(), commit(context)?);
    let folder = context
        .change
        .stack_definition
        .0
        .0
        .folder_in(&context.stage.environment_name);
    let listed = mirror.list_files(&commit, &folder).await?;
    let mut paths: BTreeSet<String> = listed.into_iter().map(|file| file.path).collect();
    let default = repository.default_commit().await?;
    if let Some(base) = mirror.merge_base(&default, &commit).await? {
        let changed = mirror.changed_files(&base, &commit).await?;
        paths.extend(
            changed
                .into_iter()
                .filter(|file| file.kind != ChangeKind::Deleted)
                .map(|file| file.path),
        );
    }
    let mut findings = Vec::new();
    for path in paths {
        if settings.allows_secret_in(&path).is_some() || findings.len() >= MAX_FINDINGS {
            continue;
        }
        // A link, a submodule or a file of many megabytes is not what secrets are written into.
        let Ok(Some(content)) = mirror.read_file(&commit, &path, MAX_SCANNED).await else {
            continue;
        };
        let found = lockkeeper_scan::secrets::scan_file(&path, &content);
        findings.extend(
            found
                .into_iter()
                .map(|finding| format!("{path}:{}: {}", finding.line, finding.message)),
        );
    }
    findings.truncate(MAX_FINDINGS);
    Ok(CheckResult {
        name: CheckName::Secrets,
        passed: findings.is_empty(),
        findings,
    })
}

/// Looks for dangerous settings and secrets in what the plan makes and alters. What the list of the
/// default branch allows, with a reason, is left out.
pub(super) async fn static_analysis(
    app: &App,
    context: &RunContext,
    repository: &Repository,
    effects: &[Effect],
) -> Result<CheckResult, RunFailure> {
    let surroundings = Surroundings {
        tier: Some(tier(&context.stage)?),
    };
    let broken = |error: String| RunFailure::new(error, "this is a mistake of the program: report it");
    let mut report = judgement::findings(effects, surroundings).map_err(|error| broken(error.to_string()))?;
    if let Some(text) = repository.allowed_findings().await? {
        let allowed = AllowList::from_toml(&text).map_err(|error| {
            let what = format!("the list of allowed findings on the default branch cannot be used: {error}");
            RunFailure::new(what, "mend it there; docs/scanning.md describes it")
        })?;
        allowed.apply(&mut report, app.now().to_zoned(TimeZone::UTC).date());
    }
    let passed = report.findings.iter().all(|finding| finding.severity < SHUTS);
    let findings = report.findings.iter().take(MAX_FINDINGS).map(in_words).collect();
    Ok(CheckResult {
        name: CheckName::StaticAnalysis,
        passed,
        findings,
    })
}

fn in_words(finding: &Finding) -> String {
    let place = match &finding.place {
        Place::File { path, line, .. } => format!("{path}:{line}"),
        Place::Object { address, .. } => address.clone(),
    };
    format!(
        "{}: {place}: {} [{}]",
        finding.severity.as_str(),
        finding.message,
        finding.rule
    )
}

/// Whether the way back is written down.
pub(super) fn rollback(context: &RunContext) -> CheckResult {
    let text = context
        .change
        .rollback
        .as_ref()
        .or(context.change.stack_definition.0.0.rollback.as_ref());
    let passed = text.is_some_and(|text| !text.trim().is_empty());
    let findings = if passed {
        vec![]
    } else {
        vec!["neither the change nor its stack says how to go back".to_owned()]
    };
    CheckResult {
        name: CheckName::Rollback,
        passed,
        findings,
    }
}
