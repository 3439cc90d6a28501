//! `lockkeeper config check`.

use std::path::{Path, PathBuf};

use clap::Args;
use lockkeeper_config::{ConfigProblem, MAX_CONFIG_BYTES, PROJECT_FILE, ProjectConfig, ServerConfig};
use serde::Serialize;

use super::{files, report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::style::{GOOD, paint};
use crate::output::text;
use crate::session::Session;

/// The file of the server's configuration.
const SERVER_FILE: &str = "lockkeeper.toml";

/// The arguments of `lockkeeper config check`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper config check
  lockkeeper config check ../infra
  lockkeeper config check /etc/lockkeeper/lockkeeper.toml --json

A folder is searched for .lockkeeper/project.toml and lockkeeper.toml. A file that is named is read as that of a repository \
when its name is project.toml, and else as that of a server. The exit code is 1 when there is a \
mistake.")]
pub(crate) struct Arguments {
    /// A folder or a file
    #[arg(value_name = "DIR|FILE", default_value = ".")]
    path: PathBuf,
}

/// What was found in one file.
#[derive(Serialize)]
struct Checked {
    file: String,
    problems: Vec<ConfigProblem>,
    #[serde(skip)]
    text: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    valid: bool,
    files: &'a [Checked],
}

/// Checks the files.
///
/// # Errors
/// When there is no configuration, or it cannot be read. A mistake in it is no error, but an exit code.
pub(crate) fn run(arguments: &Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let mut checked = Vec::new();
    for path in configurations(&arguments.path)? {
        checked.push(check(&path)?);
    }
    let mistakes: usize = checked.iter().map(|checked| checked.problems.len()).sum();
    let exit = if mistakes == 0 {
        Exit::Success
    } else {
        Exit::Failure
    };
    if session.console.is_json() {
        session.console.json(&Answer {
            valid: mistakes == 0,
            files: &checked,
        })?;
        return Ok(exit);
    }
    for Checked { file, problems, text } in &checked {
        let told = report::render(file, text, problems, session.console.width());
        session.console.data(&told)?;
    }
    let files: Vec<&str> = checked.iter().map(|checked| checked.file.as_str()).collect();
    let summary = match mistakes {
        0 => format!("{}: {}", paint(GOOD, "no mistakes"), files.join(", ")),
        _ => format!("{} in {}", text::count(mistakes, "mistake"), files.join(", ")),
    };
    session.console.note(&summary)?;
    Ok(exit)
}

/// The files to check: the one given, or those in the folder.
fn configurations(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let here: Vec<PathBuf> = [PROJECT_FILE, SERVER_FILE]
        .iter()
        .map(|file| path.join(file))
        .filter(|file| file.is_file())
        .collect();
    if here.is_empty() {
        let detail = format!(
            "there is neither {PROJECT_FILE} nor {SERVER_FILE} in {}",
            path.display()
        );
        return Err(Failure::new(
            Exit::NotFound,
            "no-configuration",
            "There is no configuration",
            detail,
        )
        .with_hint(format!(
            "give the folder of the repository, or write {PROJECT_FILE} first"
        )));
    }
    Ok(here)
}

fn check(path: &Path) -> Result<Checked, Failure> {
    let text = read(path)?;
    // `serve --config` takes a file of any name; that of a repository has but one.
    let of_repository = Path::new(PROJECT_FILE).file_name();
    let problems = if path.file_name() != of_repository {
        ServerConfig::parse(&text, &std::collections::BTreeMap::new())
            .err()
            .map(|problems| problems.0)
    } else {
        match ProjectConfig::parse(&text) {
            Ok(config) => {
                files::of_repository(path).map(|files| config.check_files(files.iter().map(String::as_str)))
            }
            Err(problems) => Some(problems.0),
        }
    };
    let file = path.strip_prefix(".").unwrap_or(path).display().to_string();
    Ok(Checked {
        file,
        problems: problems.unwrap_or_default(),
        text,
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    let failure = |error: &std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let detail = format!("there is no file {}", path.display());
            Failure::new(
                Exit::NotFound,
                "no-configuration",
                "There is no configuration",
                detail,
            )
        }
        _ => Failure::file("read", path, error),
    };
    let size = std::fs::metadata(path).map_err(|error| failure(&error))?.len();
    if usize::try_from(size).unwrap_or(usize::MAX) > MAX_CONFIG_BYTES {
        let detail = format!(
            "{} is too large for a configuration: {size} bytes",
            path.display()
        );
        return Err(Failure::usage(detail).with_hint(format!("at most {MAX_CONFIG_BYTES} bytes are read")));
    }
    let bytes = std::fs::read(path).map_err(|error| failure(&error))?;
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Failure::usage(format!(
            "{} is not UTF-8 text: byte {place} is wrong",
            path.display()
        ))
    })
}
