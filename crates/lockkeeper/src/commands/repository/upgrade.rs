//! `lockkeeper upgrade-repository`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::parts::Part;
use super::section;
use super::write::{self, Edit};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::escape;
use crate::session::Session;

/// The arguments of `lockkeeper upgrade-repository`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper upgrade-repository
  lockkeeper upgrade-repository --check
  lockkeeper upgrade-repository --makefile --yes

The exit code of --check is 1 when something is to be renewed.")]
pub(crate) struct Arguments {
    /// The repository
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Only say whether something is to be renewed, for pipelines
    #[arg(long, conflicts_with = "yes")]
    check: bool,
    /// Add a Makefile of one-liners: `make plan`
    #[arg(long)]
    makefile: bool,
    /// Write without asking
    #[arg(long)]
    yes: bool,
}

/// Renews the generated parts that the repository has.
///
/// # Errors
/// When a file cannot be read or written, or nobody agrees to what would change.
pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let root = session.surroundings.working_folder.join(&arguments.folder);
    let root = root
        .canonicalize()
        .map_err(|error| Failure::file("use the folder", &root, &error))?;
    let mut edits = Vec::new();
    for part in Part::ALL {
        let wanted = arguments.makefile && part == Part::Makefile;
        let edit = Edit::of(root.join(part.path()), |before| match before {
            Some(text) if wanted || section::is_in(text) => section::renewed(text, &part.content()),
            None if wanted => section::renewed("", &part.content()),
            other => other.unwrap_or_default().to_owned(),
        })?;
        section::check(Path::new(part.path()), edit.before.as_deref().unwrap_or_default())?;
        let there = edit.before.is_some() || wanted;
        edits.extend(Some(edit).filter(|edit| there && edit.alters()));
    }
    if edits.is_empty() {
        session
            .console
            .note("every generated part is as this version writes it")?;
        return Ok(Exit::Success);
    }
    write::show(&edits, &root, session)?;
    if arguments.check {
        let count = edits.len();
        let text = format!(
            "{count} file{} to be renewed: lockkeeper upgrade-repository",
            if count == 1 { " is" } else { "s are" }
        );
        session.console.note(&escape::line(&text))?;
        return Ok(Exit::Failure);
    }
    if !arguments.yes && !write::confirmed(session)? {
        return Err(Failure::new(
            Exit::Failure,
            "not-confirmed",
            "Nothing was written",
            "every file stays as it is",
        ));
    }
    write::write(&edits, &root, session)?;
    Ok(Exit::Success)
}
