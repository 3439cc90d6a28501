//! How the engine is set up.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use lockkeeper_domain::secret::Secret;
use lockkeeper_engine::process::DEFAULT_INTERRUPT_GRACE;

/// How the engine is set up.
#[derive(Clone)]
pub struct TerraformSettings {
    /// The tool: a name to be looked for in the `PATH`, such as `terraform` or `tofu`, or a path.
    pub tool: String,
    /// A folder of the engine's own, for its CLI configuration and its plugin cache.
    pub data_directory: PathBuf,
    /// Variables that the tool gets besides Lockkeeper's own, such as the credentials of providers.
    /// Variables that would alter how the tool works, such as `TF_CLI_ARGS`, are not passed on.
    pub passed_environment: BTreeMap<String, String>,
    /// A folder with providers in the layout of a filesystem mirror. When it is set, providers come
    /// from there alone, and no registry is asked.
    pub provider_mirror: Option<PathBuf>,
    /// How long the tool waits for a lock that somebody else holds, in whole seconds.
    pub lock_timeout: Duration,
    /// The time from SIGINT to SIGKILL when a run is stopped.
    pub interrupt_grace: Duration,
}

impl TerraformSettings {
    /// The usual set-up: nothing passed on, providers from their registries.
    pub fn new(tool: impl Into<String>, data_directory: impl Into<PathBuf>) -> Self {
        Self {
            tool: tool.into(),
            data_directory: data_directory.into(),
            passed_environment: BTreeMap::new(),
            provider_mirror: None,
            lock_timeout: Duration::from_secs(10),
            interrupt_grace: DEFAULT_INTERRUPT_GRACE,
        }
    }

    /// The tool as it can be started from any folder.
    pub(crate) fn program(&self) -> OsString {
        let absolute = self
            .tool
            .contains('/')
            .then(|| std::path::absolute(&self.tool).ok())
            .flatten();
        absolute.map_or_else(|| self.tool.clone().into(), OsString::from)
    }

    /// The argument that makes the tool wait for a lock.
    pub(crate) fn lock_timeout_argument(&self) -> OsString {
        format!("-lock-timeout={}s", self.lock_timeout.as_secs()).into()
    }

    /// The variables that are passed on.
    pub(crate) fn passed(&self) -> impl Iterator<Item = (&String, &String)> {
        self.passed_environment.iter().filter(|(name, _)| is_passed(name))
    }

    /// The values that must not be printed: all that are passed on, but for a few kinds that are no
    /// secrets and without which a log could not be read.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = Secret> {
        self.passed()
            .filter(|(name, _)| !is_harmless(name))
            .map(|(_, value)| Secret::new(value))
    }
}

/// Of Terraform's own variables only variables of stacks, credentials of hosts, and logging.
fn is_passed(name: &str) -> bool {
    !name.starts_with("TF_")
        || ["TF_VAR_", "TF_TOKEN_", "TF_LOG"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

fn is_harmless(name: &str) -> bool {
    const NAMES: [&str; 7] = [
        "NO_PROXY",
        "no_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "TF_LOG",
        "TZ",
        "LANG",
    ];
    NAMES.contains(&name) || name.ends_with("_REGION") || name.ends_with("_PROFILE")
}

impl std::fmt::Debug for TerraformSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TerraformSettings")
            .field("tool", &self.tool)
            .field("data_directory", &self.data_directory)
            .field("passed_environment", &self.passed_environment.keys())
            .field("provider_mirror", &self.provider_mirror)
            .field("lock_timeout", &self.lock_timeout)
            .field("interrupt_grace", &self.interrupt_grace)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passed_on_and_what_is_secret() {
        let mut settings = TerraformSettings::new("terraform", "/srv");
        for name in [
            "AWS_SECRET_ACCESS_KEY",
            "AWS_REGION",
            "TF_VAR_password",
            "TF_CLI_ARGS",
            "TF_HTTP_ADDRESS",
        ] {
            settings
                .passed_environment
                .insert(name.to_owned(), format!("value of {name}"));
        }
        let passed: Vec<_> = settings.passed().map(|(name, _)| name.as_str()).collect();
        assert_eq!(passed, ["AWS_REGION", "AWS_SECRET_ACCESS_KEY", "TF_VAR_password"]);
        let secrets: Vec<_> = settings
            .secrets()
            .map(|secret| secret.expose().to_owned())
            .collect();
        assert_eq!(
            secrets,
            ["value of AWS_SECRET_ACCESS_KEY", "value of TF_VAR_password"]
        );
        assert!(!format!("{settings:?}").contains("value of"));
    }
}
