//! The example infrastructure repository `examples/shop`, made into a real Git repository.

use std::path::{Path, PathBuf};

use crate::command::{self, CommandError};

/// What the example holds and a user of it puts in place: where its web server listens, which folder
/// it serves, and on which day the window of production opens.
const PORT: &str = "127.0.0.1:8085";
const FOLDER: &str = "/var/tmp/lockkeeper-shop";
const DAY: &str = "\"saturday\"";

/// A change to the example, to be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Publishes release 1.1.0 and adds a replica. Medium: creates one object, updates one in place.
    PublishRelease,
    /// Moves the database to another version, after [`Change::PublishRelease`]. High: replaces it.
    ReplaceDatabase,
    /// Publishes release 1.2.0, which says that it is failing, after [`Change::PublishRelease`].
    /// Medium; its verification fails.
    PublishBrokenRelease,
}

impl Change {
    /// Every change, in the order in which they can be made.
    pub const ALL: [Change; 3] = [
        Change::PublishRelease,
        Change::ReplaceDatabase,
        Change::PublishBrokenRelease,
    ];

    /// The patch in `examples/changes`, and the branch that it makes.
    pub fn name(self) -> &'static str {
        match self {
            Change::PublishRelease => "1-publish-release",
            Change::ReplaceDatabase => "2-replace-database",
            Change::PublishBrokenRelease => "3-publish-broken-release",
        }
    }
}

/// Where the copy of the example shall work.
#[derive(Debug, Clone)]
pub struct Place {
    /// Where the repository is made; must not exist.
    pub repository: PathBuf,
    /// The folder that the web server serves: `{site}/{environment}/index.html` and `health`.
    pub site: PathBuf,
    /// The port on 127.0.0.1 of the web server.
    pub port: u16,
    /// The day on which the window of production opens, in lower case: `monday`.
    pub window_day: String,
}

/// Why the example could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// A file cannot be copied, read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The example no longer holds what is to be replaced.
    #[error("examples/shop/.lockkeeper/project.toml does not hold `{0}` once, so that it could be replaced")]
    Changed(&'static str),
    /// Git failed.
    #[error(transparent)]
    Git(#[from] CommandError),
}

/// Makes the repository from the example, with one commit on `main`.
///
/// # Errors
/// [`ShopError`] when the example cannot be copied or Git fails.
pub fn create(workspace: &Path, place: &Place) -> Result<(), ShopError> {
    copy_folder(&workspace.join("examples/shop"), &place.repository)?;
    let project = place.repository.join(".lockkeeper/project.toml");
    let text = std::fs::read_to_string(&project).map_err(at(&project))?;
    let text = replace_once(&text, PORT, &format!("127.0.0.1:{}", place.port))?;
    let text = replace_once(&text, FOLDER, &place.site.to_string_lossy())?;
    let text = replace_once(&text, DAY, &format!("\"{}\"", place.window_day))?;
    std::fs::write(&project, text).map_err(at(&project))?;
    git(
        &place.repository,
        &["init", "--quiet", "--initial-branch=main", "."],
    )?;
    commit(&place.repository, "feat: the shop's web site")
}

/// Makes a branch from the current one, named as the change, and commits the change there.
///
/// # Errors
/// [`ShopError`] when the patch does not fit or Git fails.
pub fn propose(workspace: &Path, repository: &Path, change: Change) -> Result<(), ShopError> {
    let name = change.name();
    let patch = workspace.join("examples/changes").join(format!("{name}.patch"));
    git(repository, &["checkout", "--quiet", "-b", name])?;
    git(repository, &["apply", &patch.to_string_lossy()])?;
    commit(
        repository,
        &format!(
            "feat: {}",
            name.trim_start_matches(|c: char| !c.is_alphabetic())
                .replace('-', " ")
        ),
    )
}

/// Moves `main` to a branch that was made from it, and checks it out.
///
/// # Errors
/// [`ShopError`] when Git fails.
pub fn merge(repository: &Path, branch: &str) -> Result<(), ShopError> {
    git(repository, &["checkout", "--quiet", "main"])?;
    git(repository, &["merge", "--quiet", "--ff-only", branch])
}

fn commit(repository: &Path, message: &str) -> Result<(), ShopError> {
    git(repository, &["add", "--all"])?;
    let author = [
        "-c",
        "user.name=Shop",
        "-c",
        "user.email=shop@example.com",
        "-c",
        "commit.gpgsign=false",
    ];
    git(
        repository,
        &[author.as_slice(), &["commit", "--quiet", "--message", message]].concat(),
    )
}

/// Git without the user's and the machine's own configuration, which could sign, hook or rewrite.
fn git(repository: &Path, arguments: &[&str]) -> Result<(), ShopError> {
    let alone = [("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")];
    command::output_with(repository, "git", arguments, &alone)?;
    Ok(())
}

fn replace_once(text: &str, what: &'static str, with: &str) -> Result<String, ShopError> {
    match text.matches(what).count() {
        1 => Ok(text.replace(what, with)),
        _ => Err(ShopError::Changed(what)),
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), ShopError> {
    std::fs::create_dir_all(to).map_err(at(to))?;
    for entry in std::fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let target = to.join(entry.file_name());
        // What a user's own trial left behind is no part of the example.
        if entry.file_name() == ".terraform" {
            continue;
        }
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).map_err(at(&target))?;
        }
    }
    Ok(())
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> ShopError {
    let path = path.to_owned();
    move |source| ShopError::File { path, source }
}
