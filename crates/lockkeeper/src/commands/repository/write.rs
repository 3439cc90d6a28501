//! Shows what would change in files, and writes it when that is wanted.

use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::commands::ask;
use crate::commands::output_file::OutputFile;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// A file, as it is and as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) path: PathBuf,
    /// Absent when there is no such file.
    pub(super) before: Option<String>,
    pub(super) after: String,
}

impl Edit {
    /// Reads what is there.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn of(path: PathBuf, change: impl FnOnce(Option<&str>) -> String) -> Result<Self, Failure> {
        let before = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::file("read", &path, &error)),
        };
        let after = change(before.as_deref());
        Ok(Self { path, before, after })
    }

    pub(super) fn alters(&self) -> bool {
        self.before.as_deref() != Some(self.after.as_str())
    }

    fn diff(&self, root: &Path) -> String {
        let name = self
            .path
            .strip_prefix(root)
            .unwrap_or(&self.path)
            .display()
            .to_string();
        let before = self.before.as_deref().unwrap_or_default();
        let old = if self.before.is_some() {
            format!("a/{name}")
        } else {
            "/dev/null".to_owned()
        };
        TextDiff::from_lines(before, &self.after)
            .unified_diff()
            .header(&old, &format!("b/{name}"))
            .to_string()
    }
}

/// Prints what would change, as a unified diff.
///
/// # Errors
/// When standard output cannot be written to.
pub(super) fn show(edits: &[Edit], root: &Path, session: &mut Session) -> Result<(), Failure> {
    for edit in edits {
        session.console.data(&escape::lines(&edit.diff(root)))?;
    }
    Ok(())
}

/// Whether the person wants what was shown.
///
/// # Errors
/// When there is nobody to ask.
pub(super) fn confirmed(session: &mut Session) -> Result<bool, Failure> {
    ask::somebody(session, "write this?", || {
        Failure::new(
            Exit::Refused,
            "not-confirmed",
            "Nothing was written",
            "files that are there would change, and there is nobody to ask",
        )
        .with_hint("say --yes to write what is shown")
    })
}

/// Writes the files, each as a whole, and says so.
///
/// # Errors
/// When one cannot be written.
pub(super) fn write(edits: &[Edit], root: &Path, session: &mut Session) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    for edit in edits {
        let folder = edit.path.parent().unwrap_or(root);
        std::fs::create_dir_all(folder).map_err(|error| Failure::file("make the folder", folder, &error))?;
        let mode = std::fs::metadata(&edit.path).map_or(0o644, |there| there.permissions().mode());
        let mut file = OutputFile::start(&edit.path)?;
        file.write(edit.after.as_bytes())?;
        let path = file.finish()?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))
            .map_err(|error| Failure::file("write", &path, &error))?;
        let name = path.strip_prefix(root).unwrap_or(&path);
        session
            .console
            .note(&escape::line(&format!("wrote {}", name.display())))?;
    }
    Ok(())
}
