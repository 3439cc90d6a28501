//! `.lockkeeper/project.toml`: the stacks, windows, freezes, environments and policy of a repository.

mod environments;
mod folder;
mod policies;
mod policy;
mod secrets;
mod stacks;
mod verification;
mod windows;

use std::collections::{BTreeMap, BTreeSet};

use lockkeeper_domain::name::Name;
use lockkeeper_domain::policy::Policy;
use lockkeeper_domain::stack::Stack;
use lockkeeper_domain::window::{Calendar, Freeze, Window};

use crate::problem::{ConfigProblem, ConfigProblems};
use crate::reading::{self, Problems, Section, Value};

pub use policies::PoliciesConfig;
pub use secrets::AllowedSecret;

/// What a repository says about its infrastructure. A repository without the file has the default: no
/// stacks, no windows, and the default policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProjectConfig {
    /// The project on the server, for commands that are typed in the repository.
    pub project: Option<Name>,
    /// What `lockkeeper tf` starts; Terraform when absent. What the server starts is its own setting.
    pub tool: Option<ProjectTool>,
    /// The stacks, by name.
    pub stacks: Vec<Stack>,
    /// What gates ask for.
    pub policy: Policy,
    /// What the policies in Rego are asked.
    pub policies: PoliciesConfig,
    /// The windows that environments may name.
    pub windows: BTreeMap<Name, Window>,
    /// The freezes.
    pub freezes: Vec<FreezeConfig>,
    /// Settings of environments. An environment that is absent here has none.
    pub environments: BTreeMap<Name, EnvironmentConfig>,
    /// Files in which what looks like a secret is none.
    pub allowed_secrets: Vec<AllowedSecret>,
    // The text, and where in it the folders stand: for what is found out later about the files.
    text: String,
    folder_spans: stacks::FolderSpans,
}

/// A tool that a repository may choose: by name only, because a path would let a commit choose a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProjectTool {
    /// `terraform`.
    Terraform,
    /// `tofu`.
    OpenTofu,
}

/// A stack that a folder of the repository belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StackPlace<'c, 'f> {
    /// The stack.
    pub stack: &'c Stack,
    /// The environment, where the folder names it.
    pub environment: Option<&'f str>,
}

/// Settings of one environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentConfig {
    /// The windows in which its runs start; any time when empty.
    pub windows: Vec<Name>,
    /// What a month may cost.
    pub budget: Option<Budget>,
}

/// A monthly budget, as it is written: `150 EUR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The amount: digits, and up to two behind a point.
    pub amount: String,
    /// The currency, as three capital letters (ISO 4217).
    pub currency: String,
}

/// A freeze, and the environments that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeConfig {
    /// The freeze.
    pub freeze: Freeze,
    /// The environments; all of them when empty.
    pub environments: BTreeSet<Name>,
}

impl FreezeConfig {
    /// Whether the freeze holds the environment.
    pub fn holds(&self, environment: &Name) -> bool {
        self.environments.is_empty() || self.environments.contains(environment)
    }
}

impl ProjectConfig {
    /// Reads the text of a `.lockkeeper/project.toml`.
    ///
    /// # Errors
    /// Every mistake in the text.
    pub fn parse(text: &str) -> Result<Self, ConfigProblems> {
        reading::parse(text, None, |root, problems| Some(read(text, root, problems)))
    }

    /// The stack of that name.
    pub fn stack(&self, name: &Name) -> Option<&Stack> {
        self.stacks.iter().find(|stack| stack.name == *name)
    }

    /// The stack whose folder this is, from the repository's root (`.` for the root itself).
    pub fn stack_at<'f>(&self, folder: &'f str) -> Option<StackPlace<'_, 'f>> {
        self.stacks.iter().find_map(|stack| {
            let environment = folder::environment_in(&stack.folder, folder)?;
            Some(StackPlace { stack, environment })
        })
    }

    /// The windows and freezes of the environment.
    pub fn calendar(&self, environment: &Name) -> Calendar {
        let named = self
            .environments
            .get(environment)
            .into_iter()
            .flat_map(|settings| &settings.windows);
        let freezes = self.freezes.iter().filter(|freeze| freeze.holds(environment));
        Calendar {
            windows: named.filter_map(|name| self.windows.get(name)).cloned().collect(),
            freezes: freezes.map(|freeze| freeze.freeze.clone()).collect(),
        }
    }

    /// Why what looks like a secret in the file is none; `None` when the file is not allowed.
    pub fn allows_secret_in(&self, path: &str) -> Option<&str> {
        self.allowed_secrets
            .iter()
            .find(|allowed| allowed.matches(path))
            .map(|allowed| allowed.reason.as_str())
    }

    /// Reports every stack whose folder holds no configuration in any environment, given the paths of
    /// all files of the commit from the repository's root.
    pub fn check_files<'f>(&self, files: impl IntoIterator<Item = &'f str>) -> Vec<ConfigProblem> {
        let folders = folder::with_configuration(files);
        let mut problems = Problems::new(&self.text);
        for stack in &self.stacks {
            if folders.iter().any(|folder| folder::is_of(&stack.folder, folder)) {
                continue;
            }
            let span = self.folder_spans.get(&stack.name).cloned().unwrap_or_default();
            let message = format!(
                "No folder of the commit is `{}` and holds a `.tf` file: the stack {} has no configuration.",
                stack.folder, stack.name
            );
            let hint = "Add the configuration, or correct the folder; `{environment}` stands for the name of an environment.";
            problems.add(span, message, Some(hint.to_owned()));
        }
        problems.into_problems().0
    }
}

fn read(text: &str, root: &mut Section<'_>, problems: &mut Problems<'_>) -> ProjectConfig {
    let (stacks, folder_spans) = stacks::read(root.section("stacks", problems), problems);
    let windows = windows::read_windows(root.section("windows", problems), problems);
    let project = root.take("project").and_then(|value| value.parsed(problems));
    let tool = root.take("tool").and_then(|value| read_tool(&value, problems));
    ProjectConfig {
        project,
        tool,
        stacks,
        text: text.to_owned(),
        folder_spans,
        policy: policy::read(root.section("policy", problems), problems),
        policies: policies::read(root.section("policies", problems), problems),
        freezes: windows::read_freezes(root.section("freezes", problems), problems),
        environments: environments::read(root.section("environments", problems), &windows, problems),
        windows: windows
            .into_iter()
            .filter_map(|(name, window)| Some((name, window?)))
            .collect(),
        allowed_secrets: secrets::read(root.section("secrets", problems), problems),
    }
}

fn read_tool(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<ProjectTool> {
    match value.filled_text(problems)? {
        "terraform" => Some(ProjectTool::Terraform),
        "tofu" => Some(ProjectTool::OpenTofu),
        other => {
            let hint = Some("Use `terraform` or `tofu`; a path is for LOCKKEEPER_TF_TOOL.".to_owned());
            value.refuse(problems, format!("`{other}` is not a tool."), hint)
        }
    }
}

#[cfg(test)]
mod tests;
