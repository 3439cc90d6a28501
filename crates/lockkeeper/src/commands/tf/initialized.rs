//! Whether `init` was run in a folder, and for which backend.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::arguments::Options;
use super::prepared::MIGRATE;
use crate::exit::Exit;
use crate::failure::Failure;

/// Refuses a folder that `init` was not run in, or that was initialised for another backend.
///
/// # Errors
/// As said.
pub(super) fn check(folder: &Path, data_folder: Option<&OsString>, options: &Options) -> Result<(), Failure> {
    let data = data_folder.map_or_else(|| PathBuf::from(".terraform"), PathBuf::from);
    let path = folder.join(data).join("terraform.tfstate");
    let text = std::fs::read(&path).ok();
    let found: Option<Value> = text.and_then(|text| serde_json::from_slice(&text).ok());
    let backend = found.as_ref().and_then(|found| found.get("backend"));
    let Some(backend) = backend else {
        return Err(failure(format!("{} is not initialised yet", folder.display())).with_hint(init(options)));
    };
    let kind = backend.get("type").and_then(Value::as_str).unwrap_or("local");
    let own_settings = backend
        .get("config")
        .and_then(Value::as_object)
        .is_some_and(|settings| settings.values().any(|value| !value.is_null()));
    if kind == "http" && !own_settings {
        return Ok(());
    }
    let how = if kind == "http" {
        "an address of its own"
    } else {
        kind
    };
    Err(failure(format!(
        "{} was initialised for another backend ({how})",
        folder.display()
    ))
    .with_hint(format!(
        "bring its state over with `{MIGRATE}`, or leave it there with `{} -reconfigure`",
        init(options)
    )))
}

/// The command that initialises the folder, from where this one was typed.
fn init(options: &Options) -> String {
    let Options {
        stack, environment, ..
    } = options;
    let named = [("--stack", stack), ("--environment", environment)];
    let words = named
        .iter()
        .filter_map(|(option, name)| Some(format!("{option} {} ", name.as_ref()?)));
    format!("lockkeeper tf {}init", words.collect::<String>())
}

fn failure(detail: String) -> Failure {
    Failure::new(
        Exit::Failure,
        "not-initialised",
        "The folder is not initialised",
        detail,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_init_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options::default();
        let problem_of = |options: &Options| {
            check(folder.path(), None, options)
                .err()
                .map(|failure| failure.problem().hint.clone().unwrap_or_default())
        };
        assert_eq!(problem_of(&options).as_deref(), Some("lockkeeper tf init"));
        options.stack = Some("network".to_owned());
        assert_eq!(
            problem_of(&options).as_deref(),
            Some("lockkeeper tf --stack network init")
        );
        let problem = || problem_of(&Options::default());
        std::fs::create_dir(folder.path().join(".terraform")).unwrap();
        for (content, expected) in [
            (r#"{"backend":{"type":"http","config":{"address":null}}}"#, None),
            (
                r#"{"backend":{"type":"s3","config":{"bucket":"b"}}}"#,
                Some("lockkeeper tf --shared init -migrate-state"),
            ),
            (
                r#"{"backend":{"type":"http","config":{"address":"x"}}}"#,
                Some("-reconfigure"),
            ),
            ("{", Some("lockkeeper tf init")),
        ] {
            std::fs::write(folder.path().join(".terraform/terraform.tfstate"), content).unwrap();
            assert_eq!(problem().is_some(), expected.is_some(), "{content}");
            if let (Some(hint), Some(expected)) = (problem(), expected) {
                assert!(hint.contains(expected), "{hint}");
            }
        }
    }
}
