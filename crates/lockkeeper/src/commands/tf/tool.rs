//! Which program is started, and whether it fits.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use lockkeeper_config::project::ProjectTool;
use lockkeeper_engine::process::{Command, ProcessError, never_cancelled};
use lockkeeper_terraform::{Declarations, ToolVersion, satisfies};

use crate::exit::Exit;
use crate::failure::Failure;

/// What Terraform and OpenTofu answer to `version` at most, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

/// The program: the variable, then the repository's choice, then Terraform.
pub(super) fn program(variable: Option<&OsString>, chosen: Option<ProjectTool>) -> OsString {
    match (variable.filter(|name| !name.is_empty()), chosen) {
        (Some(name), _) => name.clone(),
        (None, Some(ProjectTool::OpenTofu)) => "tofu".into(),
        (None, Some(ProjectTool::Terraform) | None) => "terraform".into(),
    }
}

/// Asks the program for its version, and compares it with what the configuration asks for.
///
/// # Errors
/// When it is missing, too old, another program, or not the version that the stack wants.
pub(super) async fn check(
    program: &OsString,
    folder: &Path,
    environment: &BTreeMap<String, OsString>,
    declared: &Declarations,
) -> Result<ToolVersion, Failure> {
    let name = program.to_string_lossy();
    let mut command = Command::new(program, folder).arguments(["version"]);
    command.environment.clone_from(environment);
    let answer = command
        .capture(LONGEST_ANSWER, never_cancelled())
        .await
        .map_err(|error| missing(&name, &error))?;
    let version = ToolVersion::read(&name, &answer.stdout).map_err(|error| {
        Failure::new(
            Exit::Failure,
            "tool",
            "The tool cannot be used",
            error.to_string(),
        )
    })?;
    for wanted in &declared.required_versions {
        if satisfies(wanted, version.number) == Some(false) {
            let detail = format!("`{name}` is {version}, and the stack wants {wanted}");
            return Err(Failure::new(
                Exit::Failure,
                "tool-version",
                "The tool has another version",
                detail,
            )
            .with_hint("install that version, or name its program: LOCKKEEPER_TF_TOOL=/path/to/terraform"));
        }
    }
    Ok(version)
}

/// The failure of a program that could not be started.
pub(super) fn missing(name: &str, error: &ProcessError) -> Failure {
    match error {
        ProcessError::MissingProgram { .. } => {
            let detail = match name.contains('/') {
                true => format!("there is no program {name}"),
                false => format!("`{name}` is not on the search path"),
            };
            let other = match name {
                "tofu" => "terraform",
                _ => "tofu",
            };
            let site = if name == "tofu" {
                "https://opentofu.org/docs/intro/install"
            } else {
                "https://developer.hashicorp.com/terraform/install"
            };
            Failure::new(Exit::Failure, "tool", "The tool is missing", detail).with_hint(format!(
                "install it from {site}, or name another program: LOCKKEEPER_TF_TOOL={other}"
            ))
        }
        other => Failure::new(
            Exit::Failure,
            "tool",
            "The tool cannot be started",
            other.to_string(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_wins_over_the_repository() {
        let variable = OsString::from("/opt/terraform");
        assert_eq!(
            program(Some(&variable), Some(ProjectTool::OpenTofu)),
            "/opt/terraform"
        );
        assert_eq!(
            program(Some(&OsString::new()), Some(ProjectTool::OpenTofu)),
            "tofu"
        );
        assert_eq!(program(None, None), "terraform");
    }
}
