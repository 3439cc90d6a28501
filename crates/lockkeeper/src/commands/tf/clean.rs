//! `lockkeeper tf clean`: removes what Terraform leaves in a stack's folder and can make again.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::arguments::Call;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// What was removed, for programs.
#[derive(Serialize)]
struct Removed<'a> {
    removed: Vec<&'a Path>,
    dry_run: bool,
}

/// Removes `.terraform`, saved plans and crash logs; never a state, and never the lock file of providers.
///
/// # Errors
/// When the folder cannot be read, or something cannot be removed.
pub(super) fn run(call: &Call, folder: &Path, session: &mut Session) -> Result<Exit, Failure> {
    let found = leftovers(folder).map_err(|error| Failure::file("read", folder, &error))?;
    let dry_run = call.options.dry_run;
    for path in &found {
        if !dry_run {
            remove(path).map_err(|error| Failure::file("remove", path, &error))?;
        }
        let words = if dry_run { "would remove" } else { "removed" };
        session
            .console
            .note(&escape::line(&format!("{words} {}", path.display())))?;
    }
    if found.is_empty() {
        session.console.note(&escape::line(&format!(
            "nothing to remove in {}",
            folder.display()
        )))?;
    } else if !dry_run && found.iter().any(|path| path.ends_with(".terraform")) {
        session.console.note("before the next plan: lockkeeper tf init")?;
    }
    if session.console.is_json() {
        session.console.json(&Removed {
            removed: found.iter().map(PathBuf::as_path).collect(),
            dry_run,
        })?;
    }
    Ok(Exit::Success)
}

fn leftovers(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let (name, kind) = (
            entry.file_name().to_string_lossy().into_owned(),
            entry.file_type()?,
        );
        let crash_log = name == "crash.log" || (name.starts_with("crash.") && name.ends_with(".log"));
        let leftover = match name.as_str() {
            ".terraform" => true,
            _ if name.contains(".tfstate") || !kind.is_file() => false,
            _ => crash_log || is_plan(&entry.path()),
        };
        if leftover {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// A saved plan is an archive whose first file is `tfplan`, whatever its own name is.
fn is_plan(path: &Path) -> bool {
    // A local file header (APPNOTE 4.3.7): the signature, 22 bytes, the length of the name, 2 bytes, the name.
    let mut header = [0; 36];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.starts_with(b"PK\x03\x04") && header.ends_with(b"tfplan")
}

fn remove(path: &Path) -> std::io::Result<()> {
    // A symbolic link is removed, and what it leads to stays.
    if path.symlink_metadata()?.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_configuration_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path(".terraform/providers")).unwrap();
        let plan = [&b"PK\x03\x04"[..], &[0; 26], b"tfplan", b"..."].concat();
        std::fs::write(path("release 7"), &plan).unwrap();
        for name in [
            "main.tf",
            "terraform.tfstate",
            "errored.tfstate",
            ".terraform.lock.hcl",
            "crash.log",
            "crash.1.log",
            "a.zip",
        ] {
            std::fs::write(
                path(name),
                "PK\x03\x04 something else, and longer than a header of a file",
            )
            .unwrap();
        }
        let names: Vec<String> = leftovers(folder.path())
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, [".terraform", "crash.1.log", "crash.log", "release 7"]);
    }
}
