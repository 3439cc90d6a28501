//! The checks that the tool computes: `fmt` and `validate`.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use lockkeeper_domain::check::{CheckName, CheckResult};
use lockkeeper_engine::contract::{EngineError, RunControl};
use serde::Deserialize;

use crate::diagnostics::{self, Validation};
use crate::session::{self, Session};

/// The exit code of `fmt -check` when there is something to rewrite.
const TO_REWRITE: i32 = 3;

/// The answers of `fmt` and `validate`, in bytes.
const ANSWER_LIMIT: usize = 16 * 1024 * 1024;

/// Whether the files of the stack, and of the modules of the repository that it uses, are formatted.
pub(crate) async fn format(
    session: &Session<'_>,
    control: &mut RunControl<'_>,
) -> Result<CheckResult, EngineError> {
    session::log(control, &format!("--- {} fmt", session.tool_name())).await;
    let mut findings = Vec::new();
    for module in local_modules(&session.data_directory()) {
        let arguments = [
            "fmt",
            "-check",
            "-list=true",
            "-write=false",
            "-no-color",
            module.as_str(),
        ];
        let answer = session.ask(arguments, ANSWER_LIMIT, control).await?;
        match answer.exit_code() {
            0 => {}
            TO_REWRITE => {
                let files = String::from_utf8_lossy(&answer.stdout);
                let names = files.lines().map(|file| from_root(session.folder, file));
                findings.extend(names.map(|name| format!("{name} is not formatted: run `terraform fmt`")));
            }
            _ => {
                let lines: Vec<String> = answer.message.lines().map(str::to_owned).collect();
                findings.push(diagnostics::message(&diagnostics::in_lines(&lines)));
            }
        }
    }
    for finding in &findings {
        session::log(control, finding).await;
    }
    Ok(CheckResult {
        name: CheckName::Fmt,
        passed: findings.is_empty(),
        findings,
    })
}

/// Whether the configuration is valid.
///
/// # Errors
/// [`EngineError::Configuration`] with what is wrong when it is not, because there can be no plan then.
pub(crate) async fn validate(
    session: &Session<'_>,
    control: &mut RunControl<'_>,
) -> Result<CheckResult, EngineError> {
    let step = format!("{} validate", session.tool_name());
    session::log(control, &format!("--- {step}")).await;
    let answer = session
        .ask(["validate", "-json", "-no-color"], ANSWER_LIMIT, control)
        .await?;
    let validation: Validation =
        serde_json::from_slice(&answer.stdout).map_err(|error| EngineError::Unreadable {
            step,
            why: error.to_string(),
        })?;
    let findings: Vec<String> = validation.diagnostics.iter().map(ToString::to_string).collect();
    for finding in &findings {
        session::log(control, finding).await;
    }
    if validation.valid {
        return Ok(CheckResult {
            name: CheckName::Validate,
            passed: true,
            findings,
        });
    }
    let errors = validation.diagnostics.iter().filter(|finding| finding.is_error());
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    Err(EngineError::Configuration(diagnostics::shorten(
        &errors.join("; "),
    )))
}

/// What `init` writes about modules (`modules/modules.json`).
#[derive(Deserialize)]
struct Installed {
    #[serde(rename = "Modules")]
    modules: Vec<InstalledModule>,
}

#[derive(Deserialize)]
struct InstalledModule {
    #[serde(rename = "Source", default)]
    source: String,
    #[serde(rename = "Dir", default)]
    folder: String,
}

/// The stack's own folder, and those of its modules that come from the same repository.
fn local_modules(data_directory: &Path) -> BTreeSet<String> {
    let installed = std::fs::read(data_directory.join("modules/modules.json")).unwrap_or_default();
    // Without modules there is no such file.
    let modules = serde_json::from_slice(&installed)
        .map_or_else(|_| Vec::new(), |installed: Installed| installed.modules);
    let local = |module: &InstalledModule| ["./", "../"].iter().any(|start| module.source.starts_with(start));
    let inside_of_data = |folder: &str| Path::new(folder).starts_with(data_directory);
    let folders = modules.into_iter().filter(local).map(|module| module.folder);
    // With `./` before it, no name of a folder is an option.
    let folders = folders
        .filter(|folder| !inside_of_data(folder))
        .map(|folder| format!("./{folder}"));
    std::iter::once(".".to_owned()).chain(folders).collect()
}

/// The path of a file from the root of the repository, without `..`, as far as there are folders.
fn from_root(folder: &str, file: &str) -> String {
    let mut path = PathBuf::new();
    for component in Path::new(folder).join(file).components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_from_the_root() {
        assert_eq!(
            from_root("environments/staging/web", "main.tf"),
            "environments/staging/web/main.tf"
        );
        assert_eq!(
            from_root("environments/staging/web", "../../../modules/web/main.tf"),
            "modules/web/main.tf"
        );
    }

    #[test]
    fn modules_of_the_repository() {
        let data = tempfile::TempDir::new().unwrap();
        assert_eq!(local_modules(data.path()).into_iter().collect::<Vec<_>>(), ["."]);
        std::fs::create_dir(data.path().join("modules")).unwrap();
        let installed = serde_json::json!({ "Modules": [
            { "Key": "", "Source": "", "Dir": "." },
            { "Key": "web", "Source": "../modules/web", "Dir": "../modules/web" },
            { "Key": "vpc", "Source": "registry.terraform.io/x/vpc/aws", "Dir": "data/modules/vpc" },
            { "Key": "vpc.in", "Source": "./inner", "Dir": data.path().join("modules/vpc/inner") },
        ]});
        std::fs::write(data.path().join("modules/modules.json"), installed.to_string()).unwrap();
        assert_eq!(
            local_modules(data.path()).into_iter().collect::<Vec<_>>(),
            [".", "./../modules/web"]
        );
    }
}
