//! `lockkeeper project create`.

use std::path::{Path, PathBuf};

use clap::Args;
use lockkeeper_api::types::project::NewProject;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::{Session, new_key};

/// The arguments of `lockkeeper project create`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  lockkeeper project create shop --repository ./infra
  lockkeeper project create shop --repository https://git.example.com/shop/infra.git")]
pub(crate) struct Arguments {
    /// The name: lower-case letters, digits and hyphens
    name: String,
    /// The Git repository that holds the stacks: an address, or a folder on the server
    #[arg(long, value_name = "PATH_OR_ADDRESS")]
    repository: String,
    /// The branch whose policy and windows hold; the repository's own default branch when absent
    #[arg(long, value_name = "BRANCH")]
    default_branch: Option<String>,
}

/// Creates the project.
///
/// # Errors
/// When the repository is not there, or the server refuses.
pub(crate) async fn run(arguments: Arguments, session: &mut Session) -> Result<Exit, Failure> {
    let client = session.client()?;
    let repository = locate(&arguments.repository, &session.surroundings.working_folder)?;
    let project = NewProject {
        name: arguments.name,
        repository,
        default_branch: arguments.default_branch,
    };
    let created = client.create_project(&project, &new_key()?).await?;
    super::show::print(session, &created)
}

/// A local folder as an absolute path, because the server has another working folder; an address as it
/// is.
fn locate(repository: &str, working_folder: &Path) -> Result<String, Failure> {
    if is_address(repository) {
        return Ok(repository.to_owned());
    }
    let path: PathBuf = working_folder.join(repository);
    match path.canonicalize() {
        Ok(found) => into_text(found),
        // The server may see a folder that this machine does not.
        Err(_) if Path::new(repository).is_absolute() => Ok(repository.to_owned()),
        Err(error) => Err(
            Failure::usage(format!("there is no folder {}: {error}", path.display()))
                .with_hint("give the folder of the repository, or its address"),
        ),
    }
}

fn into_text(path: PathBuf) -> Result<String, Failure> {
    path.into_os_string()
        .into_string()
        .map_err(|path| Failure::usage(format!("the path {} is not UTF-8", Path::new(&path).display())))
}

/// Whether Git would take it for an address: a scheme, or `host:path` before any slash.
fn is_address(repository: &str) -> bool {
    let before_slash = repository.split('/').next().unwrap_or_default();
    repository.contains("://") || before_slash.contains(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_become_absolute_and_addresses_stay() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("infra")).unwrap();
        let expected = root.join("infra").to_str().unwrap().to_owned();
        assert_eq!(locate("./infra", &root).unwrap(), expected);
        assert_eq!(locate(&expected, Path::new("/")).unwrap(), expected);
        assert_eq!(locate("/on/the/server", &root).unwrap(), "/on/the/server");
        for address in [
            "https://git.example/a.git",
            "git@git.example:a.git",
            "file:///srv/a",
        ] {
            assert_eq!(locate(address, &root).unwrap(), address);
        }
        assert_eq!(locate("missing", &root).unwrap_err().exit(), Exit::Usage);
    }
}
