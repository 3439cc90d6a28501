//! What is generated, as text.

use std::fmt::Write as _;

use super::found_stacks::FoundStack;

/// A generated part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What Terraform leaves in folders, and secrets.
    Gitignore,
    /// One line for each habit: `make plan`.
    Makefile,
    /// Checks of a pipeline, for GitHub.
    GithubWorkflow,
    /// Checks of a pipeline, for GitLab.
    GitlabPipeline,
}

impl Part {
    /// Every part.
    pub(super) const ALL: [Part; 4] = [
        Part::Gitignore,
        Part::Makefile,
        Part::GithubWorkflow,
        Part::GitlabPipeline,
    ];

    /// The file, from the root of the repository.
    pub(super) fn path(self) -> &'static str {
        match self {
            Part::Gitignore => ".gitignore",
            Part::Makefile => "Makefile",
            Part::GithubWorkflow => ".github/workflows/lockkeeper.yml",
            Part::GitlabPipeline => ".gitlab/lockkeeper.yml",
        }
    }

    /// What stands between the marks.
    pub(super) fn content(self) -> String {
        match self {
            Part::Gitignore => ".terraform/\n*.tfstate\n*.tfstate.*\n*.tfplan\ntfplan\ncrash.log\ncrash.*.log\n\
                lockkeeper_override.tf.json\n.env\nlockkeeper-data/\n"
                .to_owned(),
            Part::Makefile => makefile(),
            Part::GithubWorkflow => "# Needs `lockkeeper` in the runner's PATH.\nname: lockkeeper\non: [push]\npermissions:\n  contents: read\njobs:\n  check:\n    \
                runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: lockkeeper config check .\n      \
                - run: lockkeeper upgrade-repository --check\n      - run: lockkeeper policy test\n"
                .to_owned(),
            Part::GitlabPipeline => "# Take it in in .gitlab-ci.yml: include: [{ local: .gitlab/lockkeeper.yml }]. Needs `lockkeeper` in the image.\n\
                lockkeeper:\n  stage: test\n  script:\n    - lockkeeper config check .\n    \
                - lockkeeper upgrade-repository --check\n    - lockkeeper policy test\n"
                .to_owned(),
        }
    }
}

fn makefile() -> String {
    const COMMANDS: [&str; 9] = [
        "init", "plan", "apply", "destroy", "fmt", "validate", "graph", "clean", "output",
    ];
    let mut text = String::new();
    let _ = writeln!(text, ".PHONY: lockkeeper {}", COMMANDS.join(" "));
    // The first target is what `make` alone does: it lists, and alters nothing.
    let _ = writeln!(
        text,
        "lockkeeper:\n\t@echo 'make {}'\n\t@echo 'as in: make plan STACK=network ENVIRONMENT=staging ARGS=-out=release'",
        COMMANDS.join("|")
    );
    let options = "$(if $(STACK),--stack $(STACK)) $(if $(ENVIRONMENT),--environment $(ENVIRONMENT))";
    for command in COMMANDS {
        let _ = writeln!(text, "{command}:\n\tlockkeeper tf {options} {command} $(ARGS)");
    }
    text
}

/// A `.lockkeeper/project.toml` with the stacks that were found.
pub(super) fn project(project: Option<&str>, stacks: &[FoundStack]) -> String {
    let mut text = String::from(
        "# What Lockkeeper is to know about this repository. Check it: lockkeeper config check\n",
    );
    if let Some(project) = project {
        let _ = writeln!(text, "project = {}", quoted(project));
    }
    if stacks.is_empty() {
        text.push_str("\n# [stacks.network]\n# folder = \"environments/{environment}/network\"\n");
    }
    for stack in stacks {
        let _ = write!(
            text,
            "\n[stacks.{}]\nfolder = {}\nrollback = \"Apply the revision before.\"\n",
            stack.name,
            quoted(&stack.folder)
        );
    }
    text
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// The block that says in a stack's folder where its state is.
pub(super) const BACKEND: &str =
    "# The address and the credentials come from `lockkeeper tf`.\nterraform {\n  backend \"http\" {}\n}\n";

/// A policy to begin with.
pub(super) const POLICY: &str = "# A rule of your own. Try it: lockkeeper policy check plan.json\npackage main\n\nimport rego.v1\n\n\
    deny contains message if {\n\tsome change in input.resource_changes\n\t\"delete\" in change.change.actions\n\t\
    change.type == \"aws_db_instance\"\n\tmessage := sprintf(\"%s: databases are not deleted by a plan\", [change.address])\n}\n";

#[cfg(test)]
mod tests {
    use lockkeeper_config::ProjectConfig;

    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let stacks = super::super::found_stacks::find(["a \"b\"/main.tf", "staging/web/main.tf"]);
        let text = project(Some("shop"), &stacks);
        let read = ProjectConfig::parse(&text).unwrap();
        assert_eq!(read.project.unwrap().as_str(), "shop");
        assert_eq!(read.stacks.len(), 2);
        ProjectConfig::parse(&project(None, &[])).unwrap();
    }

    #[test]
    fn the_makefile_has_one_line_for_each_habit() {
        let text = Part::Makefile.content();
        assert!(text.contains("plan:\n\tlockkeeper tf $(if $(STACK)"), "{text}");
        let first = text.lines().find(|line| line.ends_with(':'));
        assert_eq!(first, Some("lockkeeper:"), "`make` alone must start nothing");
    }
}
