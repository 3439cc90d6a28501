//! The changes to `examples/shop` make the plans and the site that its README promises, with the real
//! Terraform.
#![allow(clippy::unwrap_used, reason = "a test says by its panic what went wrong")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use xtask::command::output_with;
use xtask::shop::{self, Change, Place};

struct Shop {
    _folder: tempfile::TempDir,
    repository: PathBuf,
    site: PathBuf,
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (repository, site) = (folder.path().join("infra"), folder.path().join("a site"));
        let place = Place {
            repository: repository.clone(),
            site: site.clone(),
            port: 9,
            window_day: "monday".to_owned(),
        };
        shop::create(workspace(), &place).unwrap();
        Self {
            _folder: folder,
            repository,
            site,
        }
    }

    fn terraform(&self, environment: &str, arguments: &[&str]) -> String {
        let tool = if which("terraform") { "terraform" } else { "tofu" };
        let folder = self
            .repository
            .join(format!("environments/{environment}/website"));
        let site = self.site.to_string_lossy();
        let variables = [
            ("CHECKPOINT_DISABLE", "1"),
            ("TF_CLI_CONFIG_FILE", "/dev/null"),
            ("TF_VAR_site_folder", &site),
        ];
        output_with(&folder, tool, arguments, &variables).unwrap()
    }

    /// Plans and applies; answers the actions of what changes, by the address below the module.
    fn apply(&self, environment: &str) -> BTreeMap<String, String> {
        self.terraform(environment, &["init", "-input=false"]);
        self.terraform(environment, &["plan", "-input=false", "-out=run.tfplan"]);
        let plan: Value =
            serde_json::from_str(&self.terraform(environment, &["show", "-json", "run.tfplan"])).unwrap();
        self.terraform(environment, &["apply", "-input=false", "run.tfplan"]);
        let changes = plan["resource_changes"].as_array().unwrap().iter();
        let actions = |change: &Value| {
            let list = change["change"]["actions"].as_array().unwrap();
            list.iter()
                .map(|action| action.as_str().unwrap())
                .collect::<Vec<_>>()
                .join("+")
        };
        changes
            .map(|change| {
                let address = change["address"].as_str().unwrap();
                (
                    address
                        .trim_start_matches("module.website.terraform_data.")
                        .to_owned(),
                    actions(change),
                )
            })
            .filter(|(_, actions)| actions != "no-op")
            .collect()
    }

    fn health(&self, environment: &str) -> String {
        std::fs::read_to_string(self.site.join(environment).join("health")).unwrap()
    }
}

fn which(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|folder| folder.join(program).is_file())
}

fn actions(expected: &[(&str, &str)]) -> BTreeMap<String, String> {
    expected
        .iter()
        .map(|(address, actions)| ((*address).to_owned(), (*actions).to_owned()))
        .collect()
}

#[test]
fn the_project_file_has_no_mistake() {
    let shop = Shop::new();
    let text = std::fs::read_to_string(shop.repository.join(lockkeeper_config::PROJECT_FILE)).unwrap();
    let project = lockkeeper_config::ProjectConfig::parse(&text).unwrap();
    let stack = project.stack(&"website".parse().unwrap()).unwrap();
    assert_eq!(
        stack.variables["site_folder"],
        shop.site.to_string_lossy().as_ref()
    );
    assert!(stack.automatic_rollback && stack.verification.is_some());
    let [window] = project
        .calendar(&"production".parse().unwrap())
        .windows
        .try_into()
        .unwrap();
    assert!(window.days.iter().map(|day| day.as_str()).eq(["monday"]));
    assert!(project.calendar(&"staging".parse().unwrap()).windows.is_empty());
}

#[test]
fn each_change_makes_the_plan_that_it_promises() {
    let shop = Shop::new();
    let first = [
        ("settings", "create"),
        ("database", "create"),
        ("release[\"1.0.0\"]", "create"),
    ];
    for environment in ["staging", "production"] {
        assert_eq!(shop.apply(environment), actions(&first));
        assert_eq!(shop.health(environment), "healthy\n");
    }

    shop::propose(workspace(), &shop.repository, Change::PublishRelease).unwrap();
    let published = [("settings", "update"), ("release[\"1.1.0\"]", "create")];
    assert_eq!(shop.apply("staging"), actions(&published));
    assert_eq!(shop.apply("production"), actions(&published));
    shop::merge(&shop.repository, Change::PublishRelease.name()).unwrap();

    shop::propose(workspace(), &shop.repository, Change::PublishBrokenRelease).unwrap();
    assert_eq!(
        shop.apply("staging"),
        actions(&[("settings", "update"), ("release[\"1.2.0\"]", "create")])
    );
    assert_eq!(shop.health("staging"), "failing: the basket does not answer\n");

    // Going back: the configuration of `main` is applied again.
    output_with(&shop.repository, "git", &["checkout", "--quiet", "main"], &[]).unwrap();
    assert_eq!(
        shop.apply("staging"),
        actions(&[("settings", "update"), ("release[\"1.2.0\"]", "delete")])
    );
    assert_eq!(shop.health("staging"), "healthy\n");

    shop::propose(workspace(), &shop.repository, Change::ReplaceDatabase).unwrap();
    assert_eq!(shop.apply("staging"), actions(&[("database", "delete+create")]));
}

#[test]
fn all_releases_can_be_withdrawn_at_once() {
    let shop = Shop::new();
    shop::propose(workspace(), &shop.repository, Change::PublishRelease).unwrap();
    shop.apply("staging");
    shop.terraform("staging", &["destroy", "-auto-approve", "-input=false"]);
    assert!(!shop.site.join("staging/health").exists());
    assert!(!shop.site.join("staging/.lock").exists());
}
