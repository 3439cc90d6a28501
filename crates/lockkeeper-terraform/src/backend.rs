//! Sees to it that the state of a stack is kept in Lockkeeper and nowhere else.

use std::path::Path;

use lockkeeper_engine::contract::EngineError;
use serde::Deserialize;
use serde_json::Value;

use crate::files;
use crate::scanner::{self, Declared};
use crate::stack_folder;

/// Gives the stack an empty `http` backend, whatever else is declared.
pub const OVERRIDE_FILE: &str = "lockkeeper_override.tf.json";
/// What stands in the override file.
pub const OVERRIDE: &[u8] = br#"{"terraform":[{"backend":{"http":{}}}]}"#;

/// Refuses a stack that keeps its state elsewhere, and writes the override file.
pub(crate) fn take_over(stack: &Path) -> Result<(), EngineError> {
    for file in stack_folder::configuration_files(stack)? {
        let content = std::fs::read(&file).map_err(files::io(format!("cannot read {}", file.display())))?;
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if let Some(what) = declared(&name, &content).iter().find_map(foreign) {
            return Err(EngineError::Configuration(format!(
                "{name} declares {what}, and Lockkeeper keeps the states of its stacks itself: bring the state over \
                 (`terraform state pull`, then `terraform state push` to the stack's address in Lockkeeper), and \
                 remove the block or write `backend \"http\" {{}}` in its place"
            )));
        }
    }
    for name in ["terraform.tfstate", "errored.tfstate"] {
        if stack.join(name).symlink_metadata().is_ok() {
            return Err(EngineError::Configuration(format!(
                "{name} stands in the stack's folder, and Lockkeeper keeps the states of its stacks itself: bring it \
                 over (`terraform state push` to the stack's address in Lockkeeper), and remove it from the repository"
            )));
        }
    }
    files::write_private(&stack.join(OVERRIDE_FILE), OVERRIDE)
}

/// The backends that a file declares.
pub(crate) fn declared(name: &str, content: &[u8]) -> Vec<Declared> {
    if name.ends_with(".json") {
        scanner::declared_in_json(content)
    } else {
        scanner::declared(&String::from_utf8_lossy(content))
    }
}

/// What is declared, in words, when it is not Lockkeeper's backend.
pub(crate) fn foreign(declared: &Declared) -> Option<String> {
    match declared {
        Declared::Backend { kind, empty: true } if kind == "http" => None,
        Declared::Backend { kind, .. } if kind == "http" => {
            Some("backend \"http\" with settings of its own".to_owned())
        }
        Declared::Backend { kind, .. } => Some(format!("backend \"{kind}\"")),
        Declared::Cloud => Some("a `cloud` block".to_owned()),
    }
}

/// What `terraform init` writes about the backend.
#[derive(Deserialize)]
struct Initialized {
    backend: InitializedBackend,
}

#[derive(Deserialize)]
struct InitializedBackend {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    config: serde_json::Map<String, Value>,
}

/// Looks at what the tool made of it: another override file, or a file that this engine did not read,
/// must not have set the backend.
pub(crate) fn verify(data_directory: &Path) -> Result<(), EngineError> {
    let path = data_directory.join("terraform.tfstate");
    let content = std::fs::read(&path).map_err(files::io(format!("cannot read {}", path.display())))?;
    let initialized: Initialized =
        serde_json::from_slice(&content).map_err(|error| EngineError::Unreadable {
            step: "terraform init".to_owned(),
            why: error.to_string(),
        })?;
    let InitializedBackend { kind, config } = initialized.backend;
    if kind == "http" && config.values().all(Value::is_null) {
        return Ok(());
    }
    let message =
        format!("the configuration sets a backend of its own (\"{kind}\"): remove it from the stack");
    Err(EngineError::Configuration(message))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn taken_over(files: &[(&str, &str)]) -> Result<(), String> {
        let stack = TempDir::new().unwrap();
        for (name, content) in files {
            std::fs::write(stack.path().join(name), content).unwrap();
        }
        take_over(stack.path()).map_err(|error| error.to_string())?;
        assert_eq!(std::fs::read(stack.path().join(OVERRIDE_FILE)).unwrap(), OVERRIDE);
        Ok(())
    }

    #[test]
    fn only_an_empty_http_backend_is_accepted() {
        assert_eq!(taken_over(&[("main.tf", "")]), Ok(()));
        assert_eq!(
            taken_over(&[("main.tf", "terraform {\n backend \"http\" {}\n}")]),
            Ok(())
        );
        for (name, content, expected) in [
            (
                "a.tf",
                "terraform {\n backend \"s3\" {}\n}",
                "a.tf declares backend \"s3\"",
            ),
            (
                "a.tf",
                "terraform {\n cloud {}\n}",
                "a.tf declares a `cloud` block",
            ),
            (
                "a.tf",
                "terraform {\n backend \"http\" {\n address = \"x\"\n }\n}",
                "with settings of its own",
            ),
            (
                "z_override.tf.json",
                "{\"terraform\":{\"backend\":{\"local\":{}}}}",
                "backend \"local\"",
            ),
            ("terraform.tfstate", "{}", "terraform.tfstate stands"),
            ("errored.tfstate", "{}", "errored.tfstate stands"),
        ] {
            let refused = taken_over(&[("main.tf", ""), (name, content)]).unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn the_override_replaces_a_link() {
        let stack = TempDir::new().unwrap();
        let outside = TempDir::new().unwrap();
        let target = outside.path().join("target");
        std::fs::write(&target, "precious").unwrap();
        std::os::unix::fs::symlink(&target, stack.path().join(OVERRIDE_FILE)).unwrap();
        take_over(stack.path()).unwrap();
        assert_eq!(std::fs::read_to_string(target).unwrap(), "precious");
    }

    #[test]
    fn what_the_tool_made_of_it() {
        let data = TempDir::new().unwrap();
        let verified = |content: &str| {
            std::fs::write(data.path().join("terraform.tfstate"), content).unwrap();
            verify(data.path()).is_ok()
        };
        assert!(verified(
            r#"{"backend":{"type":"http","config":{"address":null}}}"#
        ));
        assert!(!verified(
            r#"{"backend":{"type":"http","config":{"address":"http://elsewhere"}}}"#
        ));
        assert!(!verified(r#"{"backend":{"type":"s3","config":{}}}"#));
        assert!(!verified("{}"));
    }
}
