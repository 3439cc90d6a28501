//! Which tool it is, and whether it is new enough.

use std::fmt;

use lockkeeper_engine::contract::EngineError;

/// The oldest version that is used: the first whose plans are written in a format that is promised to
/// stay (`format_version` 1.0).
pub const MINIMUM_VERSION: (u32, u32, u32) = (1, 1, 0);

/// The tool and its version; prints itself as `Terraform 1.11.4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolVersion {
    /// `Terraform` or `OpenTofu`.
    pub product: String,
    /// The version in three numbers.
    pub number: (u32, u32, u32),
    /// The version as the tool writes it: `1.12.0-beta1`.
    pub text: String,
}

impl ToolVersion {
    /// Reads the first line of `terraform version`: `Terraform v1.11.4`. The text is read and not the
    /// JSON, which very old versions do not have.
    fn parse(output: &str) -> Option<Self> {
        let (product, text) = output.lines().next()?.trim().split_once(" v")?;
        let mut numbers = text.split(['.', '-', '+']).map(str::parse::<u32>);
        let mut next = || numbers.next()?.ok();
        let number = (next()?, next()?, next()?);
        Some(Self {
            product: product.to_owned(),
            number,
            text: text.to_owned(),
        })
    }

    /// What to know about this version before it works on what others wrote.
    pub(crate) fn warning(&self) -> Option<String> {
        let affected = self.product == "Terraform" && ((1, 0, 8)..(1, 5, 7)).contains(&self.number);
        affected.then(|| {
            format!("{self} lets a hostile module write any file at `init` (CVE-2023-4782): install 1.5.7 or newer")
        })
    }

    /// What the tool answers to `version`; refuses one that is too old.
    ///
    /// # Errors
    /// [`EngineError::Tool`] when it is too old, or neither Terraform nor OpenTofu.
    pub fn read(tool: &str, output: &[u8]) -> Result<Self, EngineError> {
        let version = Self::parse(&String::from_utf8_lossy(output)).ok_or_else(|| {
            EngineError::Tool(format!(
                "`{tool} version` does not answer as Terraform or OpenTofu do"
            ))
        })?;
        version.require_minimum(tool)?;
        Ok(version)
    }

    /// Refuses a tool that is too old.
    fn require_minimum(&self, tool: &str) -> Result<(), EngineError> {
        if self.number >= MINIMUM_VERSION {
            return Ok(());
        }
        let (major, minor, patch) = MINIMUM_VERSION;
        let hint = lockkeeper_engine::process::install_hint(tool);
        Err(EngineError::Tool(format!(
            "`{tool}` is {self}, which is too old: {major}.{minor}.{patch} or newer is needed; {hint}"
        )))
    }
}

impl fmt::Display for ToolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.product, self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let terraform = ToolVersion::parse("Terraform v1.11.4\non linux_amd64\n").unwrap();
        assert_eq!(
            (terraform.to_string().as_str(), terraform.number),
            ("Terraform 1.11.4", (1, 11, 4))
        );
        let tofu = ToolVersion::parse("OpenTofu v1.10.0-beta1\n").unwrap();
        assert_eq!(
            (tofu.to_string().as_str(), tofu.number),
            ("OpenTofu 1.10.0-beta1", (1, 10, 0))
        );
        for other in ["", "Terraform", "Terraform v", "Terraform v1", "usage: tool"] {
            assert_eq!(ToolVersion::parse(other), None, "{other}");
        }
    }

    #[test]
    fn versions_with_a_known_flaw() {
        for (version, flawed) in [
            ("1.0.7", false),
            ("1.0.8", true),
            ("1.5.6", true),
            ("1.5.7", false),
        ] {
            let version = ToolVersion::parse(&format!("Terraform v{version}")).unwrap();
            assert_eq!(version.warning().is_some(), flawed, "{version}");
        }
        assert_eq!(ToolVersion::parse("OpenTofu v1.5.0").unwrap().warning(), None);
    }

    #[test]
    fn too_old() {
        let old = ToolVersion::parse("Terraform v0.11.14").unwrap();
        let error = old.require_minimum("terraform").unwrap_err().to_string();
        assert!(
            error.starts_with("`terraform` is Terraform 0.11.14, which is too old: 1.1.0 or newer"),
            "{error}"
        );
        ToolVersion::parse("Terraform v1.1.0")
            .unwrap()
            .require_minimum("terraform")
            .unwrap();
    }
}
