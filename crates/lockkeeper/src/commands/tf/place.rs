//! Where a command was typed: the repository, the stack, and the environment that the folder names.

use std::path::{Component, Path, PathBuf};

use lockkeeper_config::{PROJECT_FILE, ProjectConfig};
use lockkeeper_domain::stack::Stack;

use super::arguments::Call;
use crate::commands::project_file;
use crate::exit::Exit;
use crate::failure::Failure;

/// Where a command was typed.
#[derive(Debug)]
pub(super) struct Place {
    /// The repository's root: the folder of `.lockkeeper`.
    pub(super) root: PathBuf,
    /// What the repository says about itself.
    pub(super) settings: ProjectConfig,
}

/// A stack, and the folder that Terraform works in.
#[derive(Debug)]
pub(super) struct StackFolder {
    pub(super) stack: Stack,
    /// The environment that the folder is of, where it names one.
    pub(super) environment: Option<String>,
    /// The folder.
    pub(super) folder: PathBuf,
}

impl Place {
    /// Finds the nearest `.lockkeeper/project.toml` of the folder or one above it.
    ///
    /// # Errors
    /// When there is none, or it has mistakes.
    pub(super) fn find(folder: &Path) -> Result<Self, Failure> {
        let Some(root) = project_file::root(folder) else {
            let detail = format!(
                "no {PROJECT_FILE} stands in {} or above it, so nothing says which stack this is",
                folder.display()
            );
            return Err(Failure::new(
                Exit::NotFound,
                "no-repository",
                "This is no repository of Lockkeeper's",
                detail,
            )
            .with_hint("go to the repository, or make one of this folder: lockkeeper init"));
        };
        let settings = project_file::read(root)?;
        Ok(Self {
            root: root.to_owned(),
            settings,
        })
    }

    /// The stack that is named, or whose folder this is.
    ///
    /// # Errors
    /// When the folder is of no stack, or the stack is not known.
    pub(super) fn stack(&self, call: &Call, folder: &Path) -> Result<StackFolder, Failure> {
        let relative = relative(&self.root, folder);
        let here = relative
            .as_deref()
            .and_then(|relative| self.settings.stack_at(relative));
        let Some(named) = &call.options.stack else {
            let here = here.ok_or_else(|| self.no_stack(relative.as_deref()))?;
            return Ok(StackFolder {
                stack: here.stack.clone(),
                environment: here.environment.map(str::to_owned),
                folder: folder.to_owned(),
            });
        };
        let stack = self
            .settings
            .stacks
            .iter()
            .find(|stack| stack.name.as_str() == named);
        let stack = stack.ok_or_else(|| {
            Failure::new(
                Exit::NotFound,
                "no-stack",
                "There is no such stack",
                format!("{PROJECT_FILE} declares no stack `{named}`"),
            )
            .with_hint(format!("it declares {}", self.names()))
        })?;
        match here.filter(|here| here.stack.name == stack.name) {
            Some(here) => Ok(StackFolder {
                stack: stack.clone(),
                environment: here.environment.map(str::to_owned),
                folder: folder.to_owned(),
            }),
            // The environment is not known yet; the folder follows from it.
            None => Ok(StackFolder {
                stack: stack.clone(),
                environment: None,
                folder: PathBuf::new(),
            }),
        }
    }

    fn no_stack(&self, relative: Option<&str>) -> Failure {
        let detail = format!(
            "the folder {} is not the folder of a stack",
            match relative {
                None | Some("" | ".") => "at the repository's root",
                Some(relative) => relative,
            }
        );
        let folders: Vec<&str> = self
            .settings
            .stacks
            .iter()
            .map(|stack| stack.folder.as_str())
            .collect();
        let hint = if folders.is_empty() {
            format!("declare it in {PROJECT_FILE}: [stacks.NAME] with its folder")
        } else {
            format!(
                "go to the folder of one ({}), or name it with --stack",
                folders.join(", ")
            )
        };
        Failure::new(Exit::NotFound, "no-stack", "This is no stack", detail).with_hint(hint)
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self
            .settings
            .stacks
            .iter()
            .map(|stack| stack.name.as_str())
            .collect();
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    }
}

/// The folder from the root of the repository, as stacks name it.
fn relative(root: &Path, folder: &Path) -> Option<String> {
    let inside = folder.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = inside
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    let path = parts?.join("/");
    Some(if path.is_empty() { ".".to_owned() } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_root() {
        let of = |folder: &str| relative(Path::new("/r"), Path::new(folder));
        assert_eq!(of("/r").as_deref(), Some("."));
        assert_eq!(of("/r/a/b").as_deref(), Some("a/b"));
        assert_eq!(of("/elsewhere"), None);
    }
}
