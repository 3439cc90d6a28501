//! Programs of others that tasks look for.

use std::path::PathBuf;

/// What to say when there is neither Terraform nor OpenTofu.
pub const NO_TERRAFORM: &str =
    "neither terraform nor tofu is on the PATH: install one of them, then try again";

/// `terraform` or `tofu`, whichever is installed.
pub fn terraform() -> Option<&'static str> {
    ["terraform", "tofu"]
        .into_iter()
        .find(|program| on_path(program).is_some())
}

/// Where a program is on the PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
