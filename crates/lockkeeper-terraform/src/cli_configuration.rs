//! The CLI configuration of the tool, instead of the user's `~/.terraformrc`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use lockkeeper_engine::contract::EngineError;

use crate::files;
use crate::settings::TerraformSettings;

/// Writes the configuration into the engine's folder, and answers where.
pub(crate) fn write(settings: &TerraformSettings) -> Result<PathBuf, EngineError> {
    let directory = absolute(&settings.data_directory)?;
    let mirror = settings.provider_mirror.as_deref().map(absolute).transpose()?;
    let cache = directory.join("plugin-cache");
    files::make_directory(&cache)?;
    let path = directory.join("terraformrc");
    let content = content(&cache, mirror.as_deref());
    // Other runs may be reading it: it is replaced as a whole, and only when it is to change.
    if std::fs::read(&path).is_ok_and(|written| written == content.as_bytes()) {
        return Ok(path);
    }
    let replaced = || -> std::io::Result<()> {
        let mut draft = tempfile::NamedTempFile::new_in(&directory)?;
        draft.write_all(content.as_bytes())?;
        draft.persist(&path)?;
        Ok(())
    };
    replaced().map_err(files::io(format!("cannot write {}", path.display())))?;
    Ok(path)
}

fn absolute(path: &Path) -> Result<PathBuf, EngineError> {
    std::path::absolute(path).map_err(files::io(format!("cannot use {}", path.display())))
}

fn content(cache: &Path, mirror: Option<&Path>) -> String {
    let installation = mirror.map(|mirror| {
        format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = {}\n  }}\n}}\n",
            quoted(mirror)
        )
    });
    format!(
        "disable_checkpoint = true\nplugin_cache_dir = {}\n{}",
        quoted(cache),
        installation.unwrap_or_default()
    )
}

/// A JSON string is an HCL string too, as long as nothing in it starts a template.
fn quoted(path: &Path) -> String {
    serde_json::Value::from(path.to_string_lossy().replace("${", "$${")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_and_without_a_mirror() {
        assert_eq!(
            content(Path::new("/c"), None),
            "disable_checkpoint = true\nplugin_cache_dir = \"/c\"\n"
        );
        let with = content(Path::new("/c"), Some(Path::new("/m \"x\"")));
        assert!(
            with.contains("filesystem_mirror {\n    path = \"/m \\\"x\\\"\"\n"),
            "{with}"
        );
    }
}
