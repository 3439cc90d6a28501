//! What Terraform is given: its environment, and the variables of the stack.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;

use lockkeeper_domain::stack::Stack;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A state, and what opens it.
pub(super) struct StateAccess<'a> {
    /// The address of the state in the `http` backend.
    pub(super) address: String,
    pub(super) user: &'a str,
    /// A token, as the password of HTTP basic authentication.
    pub(super) password: &'a str,
}

/// The environment of the child: the shell's, what `.env` adds, and the state's address. Lockkeeper's own
/// credentials are not in it.
pub(super) fn environment(
    shell: &BTreeMap<String, OsString>,
    added: &BTreeMap<String, String>,
    state: Option<&StateAccess<'_>>,
) -> BTreeMap<String, OsString> {
    let mut environment: BTreeMap<String, OsString> = added
        .iter()
        .map(|(name, value)| (name.clone(), value.into()))
        .collect();
    environment.extend(shell.clone());
    environment.retain(|name, _| !name.starts_with("TF_HTTP_") && !name.starts_with("LOCKKEEPER_"));
    if let Some(state) = state {
        let own: [(&str, &str); 11] = [
            ("TF_HTTP_ADDRESS", &state.address),
            ("TF_HTTP_LOCK_ADDRESS", &state.address),
            ("TF_HTTP_UNLOCK_ADDRESS", &state.address),
            ("TF_HTTP_LOCK_METHOD", "LOCK"),
            ("TF_HTTP_UNLOCK_METHOD", "UNLOCK"),
            ("TF_HTTP_UPDATE_METHOD", "POST"),
            ("TF_HTTP_USERNAME", state.user),
            ("TF_HTTP_PASSWORD", state.password),
            // About a minute: enough for a new start of the server in the middle of an apply.
            ("TF_HTTP_RETRY_MAX", "6"),
            ("TF_HTTP_RETRY_WAIT_MIN", "1"),
            ("TF_HTTP_RETRY_WAIT_MAX", "20"),
        ];
        environment.extend(own.map(|(name, value)| (name.to_owned(), value.into())));
    }
    environment
}

/// The variables that the repository gives the stack, in a file outside of its folder; nothing when there
/// are none.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn variables(stack: &Stack, environment: &str) -> Result<Option<NamedTempFile>, Failure> {
    let variables: BTreeMap<String, Value> = match environment.parse() {
        Ok(environment) => stack.variables_in(&environment),
        Err(_) => stack.variables.clone(),
    };
    if variables.is_empty() {
        return Ok(None);
    }
    // Readable by its owner only, as all temporary files of this library are.
    let mut file = tempfile::Builder::new()
        .prefix("lockkeeper-")
        .suffix(".tfvars.json")
        .tempfile()?;
    file.write_all(&serde_json::to_vec(&variables).map_err(std::io::Error::from)?)?;
    Ok(Some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_wins_and_credentials_of_lockkeeper_stay_outside() {
        let shell: BTreeMap<String, OsString> = [
            ("PATH", "/bin"),
            ("AWS_PROFILE", "shell"),
            ("LOCKKEEPER_TOKEN", "secret"),
            ("TF_HTTP_PASSWORD", "other"),
        ]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into();
        let added = [
            ("AWS_PROFILE", "file"),
            ("AWS_REGION", "file"),
            ("LOCKKEEPER_TOKEN", "secret"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let apart = environment(&shell, &added, None);
        assert_eq!(
            apart.keys().collect::<Vec<_>>(),
            ["AWS_PROFILE", "AWS_REGION", "PATH"]
        );
        assert_eq!(apart["AWS_PROFILE"], "shell");
        let access = StateAccess {
            address: "http://x/state".to_owned(),
            user: "ada",
            password: "short-lived",
        };
        let with = environment(&shell, &added, Some(&access));
        assert_eq!(with["TF_HTTP_PASSWORD"], "short-lived");
    }
}
