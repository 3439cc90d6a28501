//! `lockkeeper init`.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use lockkeeper_config::PROJECT_FILE;
use lockkeeper_terraform::Declarations;

use super::found_stacks::{self, FoundStack};
use super::parts::{self, Part};
use super::section;
use super::write::{self, Edit};
use crate::commands::project_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper init
  lockkeeper init infra --name shop --backend-file --ci github --makefile

A file that is there keeps what stands in it, but for the part between Lockkeeper's marks; what would change is shown \
first. `lockkeeper upgrade-repository` renews these parts later.")]
pub(crate) struct Arguments {
    /// The repository
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The project on the server that the repository belongs to
    #[arg(long, value_name = "PROJECT")]
    name: Option<String>,
    /// Write a backend.tf into every stack's folder that has no backend
    #[arg(long)]
    backend_file: bool,
    /// Write the checks of a pipeline
    #[arg(long, value_name = "SERVICE")]
    ci: Option<Pipeline>,
    /// Write a Makefile of one-liners: `make plan`
    #[arg(long)]
    makefile: bool,
    /// Write without asking
    #[arg(long)]
    yes: bool,
}

/// Where pipelines run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pipeline {
    Github,
    Gitlab,
}

/// Writes what a repository needs.
///
/// # Errors
/// When a file cannot be read or written, or nobody agrees to what would change.
pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let root = session.surroundings.working_folder.join(&arguments.folder);
    let root = root
        .canonicalize()
        .map_err(|error| Failure::file("use the folder", &root, &error))?;
    let stacks = found_stacks::find(files_below(&root).iter().map(String::as_str));
    if let Some(note) = name_not_written(arguments, &root) {
        session.console.note(&escape::line(&note))?;
    }
    let edits: Vec<Edit> = edits(arguments, &root, &stacks)?
        .into_iter()
        .filter(Edit::alters)
        .collect();
    if edits.is_empty() {
        session.console.note("everything is there already")?;
        return Ok(Exit::Success);
    }
    let (new, changed): (Vec<Edit>, Vec<Edit>) = edits.into_iter().partition(|edit| edit.before.is_none());
    if !changed.is_empty() {
        write::show(&changed, &root, session)?;
        if !arguments.yes && !write::confirmed(session)? {
            return Err(Failure::new(
                Exit::Failure,
                "not-confirmed",
                "Nothing was written",
                "every file stays as it is",
            ));
        }
    }
    write::write(&[new, changed].concat(), &root, session)?;
    let names: Vec<&str> = stacks.iter().map(|stack| stack.name.as_str()).collect();
    let found = if names.is_empty() {
        "no stack was found: declare one in".to_owned()
    } else {
        format!("stacks: {}; look at", names.join(", "))
    };
    session.console.note(&escape::line(&format!(
        "{found} {PROJECT_FILE}, then: lockkeeper config check, git add, git commit"
    )))?;
    Ok(Exit::Success)
}

/// A project file that is there is its owner's: a name that it does not have is not put into it, and that is said.
fn name_not_written(arguments: &Arguments, root: &Path) -> Option<String> {
    let name = arguments.name.as_deref()?;
    let there = project_file::read(root).ok()?.project;
    let same = there.is_some_and(|project| project.as_str() == name);
    (!same).then(|| {
        format!(
            "{PROJECT_FILE} is there and stays as it is: write `project = \"{name}\"` at its top yourself"
        )
    })
}

fn edits(arguments: &Arguments, root: &Path, stacks: &[FoundStack]) -> Result<Vec<Edit>, Failure> {
    let once = |name: &str, content: String| {
        Edit::of(root.join(name), |before| before.map_or(content, str::to_owned))
    };
    let mut edits = vec![
        once(PROJECT_FILE, parts::project(arguments.name.as_deref(), stacks))?,
        once(".lockkeeper/policies/example.rego", parts::POLICY.to_owned())?,
    ];
    let pipeline = arguments.ci.map(|service| match service {
        Pipeline::Github => Part::GithubWorkflow,
        Pipeline::Gitlab => Part::GitlabPipeline,
    });
    let makefile = arguments.makefile.then_some(Part::Makefile);
    for part in [Some(Part::Gitignore), pipeline, makefile].into_iter().flatten() {
        let edit = Edit::of(root.join(part.path()), |before| {
            section::renewed(before.unwrap_or_default(), &part.content())
        })?;
        section::check(Path::new(part.path()), edit.before.as_deref().unwrap_or_default())?;
        edits.push(edit);
    }
    if arguments.backend_file {
        for folder in stacks.iter().flat_map(|stack| &stack.folders) {
            let path = root.join(folder);
            let declared = Declarations::read(&path).map_err(|error| {
                Failure::new(
                    Exit::Failure,
                    "folder",
                    "The folder cannot be read",
                    error.to_string(),
                )
            })?;
            if !declared.own_backend && declared.foreign_backend.is_none() {
                edits.push(once(&format!("{folder}/backend.tf"), parts::BACKEND.to_owned())?);
            }
        }
    }
    Ok(edits)
}

/// The files of the work tree, from its root; symbolic links are not followed.
fn files_below(root: &Path) -> Vec<String> {
    const MOST: usize = 200_000;
    let (mut files, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            if kind.is_dir() && name != ".git" && name != ".terraform" && files.len() < MOST {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.extend(
                    entry
                        .path()
                        .strip_prefix(root)
                        .ok()
                        .and_then(Path::to_str)
                        .map(str::to_owned),
                );
            }
        }
    }
    files
}
