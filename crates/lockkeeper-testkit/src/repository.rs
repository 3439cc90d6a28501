//! A Git repository of infrastructure, in a temporary folder.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository with a work tree.
#[derive(Debug)]
pub struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    /// Makes a repository whose branch `main` has the files, each a path and its text.
    pub fn with_files(files: &[(&str, &str)]) -> Self {
        let repository = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        repository.git(&["init", "-q", "-b", "main"]);
        repository.commit(files, "First revision");
        repository
    }

    /// The folder of the work tree.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes the files and commits them; answers the commit.
    pub fn commit(&self, files: &[(&str, &str)], message: &str) -> String {
        for (path, text) in files {
            let file = self.folder.path().join(path);
            std::fs::create_dir_all(file.parent().expect("a parent")).expect("folders");
            std::fs::write(file, text).expect("a file");
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Makes a branch at `main` and checks it out.
    pub fn branch(&self, name: &str) {
        self.git(&["checkout", "-q", "-B", name, "main"]);
    }

    /// Merges a branch into `main` and checks `main` out.
    pub fn merge(&self, name: &str) {
        self.git(&["checkout", "-q", "main"]);
        self.git(&["merge", "-q", "--no-edit", name]);
    }

    /// Runs git and answers what it prints.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=Test",
                "-c",
                "user.email=test@example.com",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .expect("git is installed: apt-get install git");
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

/// The program, from PATH.
///
/// # Panics
/// When it is not installed; the message says how to install it.
pub fn program(name: &str, install: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| panic!("`{name}` is missing: {install}"))
}
