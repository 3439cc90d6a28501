//! `[terraform]`.

use std::path::PathBuf;
use std::time::Duration;

use globset::{Glob, GlobMatcher};

use super::{read_number, read_path};
use crate::reading::{Problems, Section, Value};

/// How Terraform or OpenTofu is started.
#[derive(Debug, Clone)]
pub struct TerraformConfig {
    /// The program.
    pub tool: Tool,
    /// The names of variables that a child may see of the server's environment, with `*` for any text:
    /// `AWS_*`.
    pub environment: Vec<String>,
    /// A folder of providers, in the layout of `terraform providers mirror`, instead of the registry.
    pub provider_mirror: Option<PathBuf>,
    /// How long one plan or apply may take.
    pub time_limit: Duration,
    matchers: Vec<GlobMatcher>,
}

impl TerraformConfig {
    /// Whether the variable is passed on to a child. Lockkeeper's own never are.
    pub fn passes(&self, variable: &str) -> bool {
        !variable.starts_with(super::PREFIX) && self.matchers.iter().any(|matcher| matcher.is_match(variable))
    }
}

/// The program that is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tool {
    /// `terraform`, from the search path.
    Terraform,
    /// `tofu`, from the search path.
    OpenTofu,
    /// The program at that path.
    Path(PathBuf),
}

impl Tool {
    /// The name or path to start.
    pub fn program(&self) -> PathBuf {
        match self {
            Tool::Terraform => PathBuf::from("terraform"),
            Tool::OpenTofu => PathBuf::from("tofu"),
            Tool::Path(path) => path.clone(),
        }
    }
}

const DEFAULT_TIME_LIMIT_SECONDS: u64 = 3600;
const LONGEST_TIME_LIMIT_SECONDS: u64 = 7 * 24 * 3600;

pub(super) fn read(mut section: Section<'_>, problems: &mut Problems<'_>) -> Option<TerraformConfig> {
    let tool = section
        .take("tool")
        .map_or(Some(Tool::Terraform), |value| read_tool(&value, problems));
    let listed = section
        .take("environment")
        .and_then(|value| value.list(problems))
        .unwrap_or_default();
    let passed: Vec<(String, GlobMatcher)> = listed
        .iter()
        .filter_map(|value| read_pattern(value, problems))
        .collect();
    let (environment, matchers) = passed.into_iter().unzip();
    let provider_mirror = read_path(section.take("provider_mirror"), problems);
    let seconds = read_number(
        section.take("time_limit_seconds"),
        DEFAULT_TIME_LIMIT_SECONDS,
        LONGEST_TIME_LIMIT_SECONDS,
        problems,
    );
    section.finish(problems);
    let time_limit = Duration::from_secs(u64::try_from(seconds?).ok()?);
    Some(TerraformConfig {
        tool: tool?,
        environment,
        provider_mirror,
        time_limit,
        matchers,
    })
}

fn read_tool(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<Tool> {
    match value.filled_text(problems)? {
        "terraform" => Some(Tool::Terraform),
        "tofu" => Some(Tool::OpenTofu),
        path if path.contains(['/', '\\']) => Some(Tool::Path(PathBuf::from(path))),
        other => {
            let hint = Some("Use `terraform`, `tofu`, or the path of one of them.".to_owned());
            value.refuse(problems, format!("`{other}` is not a tool."), hint)
        }
    }
}

/// A variable's name in which `*` stands for any text. One that matches everything would pass on every
/// secret that the server was started with.
pub(super) fn read_pattern(value: &Value<'_>, problems: &mut Problems<'_>) -> Option<(String, GlobMatcher)> {
    let text = value.filled_text(problems)?;
    let well_formed = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'*');
    let names_something = text.bytes().any(|byte| byte != b'*');
    let glob = Glob::new(text).ok().filter(|_| well_formed && names_something);
    match glob {
        Some(glob) => Some((text.to_owned(), glob.compile_matcher())),
        None => {
            let hint = Some(
                "Write it like `AWS_*`; a lone `*` would pass on every secret of the server.".to_owned(),
            );
            value.refuse(
                problems,
                format!("`{text}` does not name variables to pass on."),
                hint,
            )
        }
    }
}
