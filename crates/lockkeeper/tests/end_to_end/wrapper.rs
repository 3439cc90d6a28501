//! `lockkeeper tf`, with the real Terraform: what it says, and what it does.
#![allow(clippy::disallowed_methods, reason = "tests start the programs themselves")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::world::{Ended, World, ended};

/// A clone of the repository on the machine of somebody.
struct Clone<'a> {
    world: &'a World,
    who: &'static str,
    folder: tempfile::TempDir,
}

impl<'a> Clone<'a> {
    fn of(world: &'a World, who: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cloned = Command::new("git")
            .args(["clone", "--quiet"])
            .arg(world.repository.path())
            .arg(folder.path().join("infra"))
            .status()
            .unwrap();
        assert!(cloned.success());
        Self { world, who, folder }
    }

    fn stack(&self) -> PathBuf {
        self.folder.path().join("infra/environments/staging/network")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.stack().join(name), text).unwrap();
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.stack())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lockkeeper"));
        command
            .arg("tf")
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("CHECKPOINT_DISABLE", "1")
            .env("LOCKKEEPER_ADDRESS", self.world.address())
            .env("LOCKKEEPER_TOKEN", self.world.token(self.who))
            .current_dir(self.stack())
            .stdin(Stdio::null());
        command
    }

    fn tf(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }

    /// Types a command that must not come to Terraform; answers what is said.
    fn refused(&self, arguments: &[&str], code: i32) -> String {
        let ended = self.tf(arguments).code(code);
        assert_eq!(ended.out, "", "{ended:?}");
        ended.error
    }
}

#[test]
fn an_author_works_in_a_state_of_their_own() {
    let world = World::new();
    let clone = Clone::of(&world, "alice");
    let said = clone.refused(&["plan"], 1);
    assert!(
        said.contains("is not initialised yet") && said.contains("lockkeeper tf init"),
        "{said}"
    );
    let init = clone.tf(&["init", "-input=false"]).code(0);
    assert!(
        init.error.contains("your own state of network in staging"),
        "{init:?}"
    );
    // Terraform's own exit codes go through.
    clone.tf(&["plan", "-input=false", "-detailed-exitcode"]).code(2);
    clone.tf(&["apply", "-auto-approve"]).code(0);
    clone.tf(&["plan", "-detailed-exitcode"]).code(0);
    let output = clone.tf(&["output", "-json"]).code(0);
    assert_eq!(output.json()["settings"]["value"], "one");

    // Nobody else sees it, nothing of it is in the shared state, and nothing was left behind.
    let bob = Clone::of(&world, "dave");
    bob.tf(&["init", "-input=false"]).code(0);
    assert_eq!(bob.tf(&["state", "list"]).out, "");
    assert_eq!(bob.tf(&["state", "list", "--shared"]).out, "");
    assert_eq!(
        clone.names(),
        [".terraform", "main.tf"],
        "the override file is gone"
    );
    let kept = std::fs::read_to_string(clone.stack().join(".terraform/terraform.tfstate")).unwrap();
    assert!(!kept.contains("lk_") && !kept.contains("127.0.0.1"), "{kept}");
    let good = world.run("alice", &["token", "list"]).code(0).out;
    assert!(!good.contains("lockkeeper tf"), "{good}");
    let list = ["token", "list", "--all", "--json"];
    let tokens = world.run("alice", &list).code(0).json();
    let all = tokens["items"].as_array().unwrap();
    let made: Vec<_> = all
        .iter()
        .filter(|token| token["label"].as_str().unwrap().starts_with("lockkeeper tf"))
        .collect();
    assert!(
        !made.is_empty() && made.iter().all(|token| token["revoked_at"].is_string()),
        "{tokens:#}"
    );
    assert!(
        made.iter().all(|token| token["state"]["project"] == "shop"),
        "{tokens:#}"
    );

    let refused = clone.refused(&["plan", "--shared"], 4);
    assert!(refused.contains("neither lock nor write it"), "{refused}");
    clone.tf(&["plan", "--shared", "-lock=false"]).code(0);
}

#[test]
fn an_author_proposes_what_is_protected_and_nothing_is_left_out() {
    let world = World::new();
    let protect = ["environment", "edit", "staging", "--protect-states", "true"];
    world.run("admin", &protect).code(0);
    let clone = Clone::of(&world, "alice");
    // The repository has no .gitignore, and `.terraform` stands in nobody's way.
    clone.tf(&["init", "-input=false", "--shared"]).code(0);
    let lost = clone.refused(&["--shared", "apply", "-destroy", "-auto-approve"], 5);
    assert!(lost.contains("-destroy would be lost"), "{lost}");
    // Nothing was ever written to the state: its environment protects it.
    let proposed = clone.tf(&["--shared", "apply", "-auto-approve"]).code(0);
    assert!(
        proposed.error.contains("goes through a change instead"),
        "{proposed:?}"
    );
    let again = clone.tf(&["--shared", "apply", "-auto-approve"]).code(0);
    assert!(again.error.contains("INFRA-1 proposes commit"), "{again:?}");

    let unsaid = clone.refused(&["init", "-migrate-state"], 2);
    assert!(
        unsaid.contains("lockkeeper tf --shared init -migrate-state"),
        "{unsaid}"
    );
    let migrated = clone.refused(&["--shared", "init", "-migrate-state"], 5);
    assert!(
        migrated.contains("lockkeeper state unprotect staging network"),
        "{migrated}"
    );
}

#[test]
fn what_is_missing_is_said_before_terraform_is_started() {
    let world = World::new();
    let clone = Clone::of(&world, "alice");
    let said = |arguments: &[&str], code: i32, expected: &[&str]| {
        let text = clone.refused(arguments, code);
        for part in expected {
            assert!(text.contains(part), "{arguments:?}: {part} is not in {text}");
        }
    };
    said(
        &["plan", "--environment", "production"],
        2,
        &["the folder of staging", "production was asked for"],
    );
    said(
        &["--stack", "nothing", "plan"],
        3,
        &["declares no stack `nothing`", "network"],
    );
    said(
        &[
            "--stack",
            "network",
            "--environment",
            "moon",
            "-chdir=../../..",
            "plan",
        ],
        3,
        &["no environment `moon`", "staging, production"],
    );
    said(
        &["-chdir=../../..", "plan"],
        3,
        &[
            "is not the folder of a stack",
            "environments/{environment}/network",
        ],
    );
    said(
        &["plan", "-var-file=none.tfvars"],
        2,
        &["none.tfvars", "is not there"],
    );
    clone.write("backend.tf", "terraform {\n  backend \"s3\" {}\n}\n");
    said(
        &["init"],
        5,
        &[
            "backend.tf declares backend \"s3\"",
            "lockkeeper tf --shared init -migrate-state",
        ],
    );
    clone.write(
        "backend.tf",
        "terraform {\n  required_version = \"~> 0.12\"\n  backend \"http\" {}\n}\n",
    );
    said(&["init"], 1, &["the stack wants ~> 0.12", "LOCKKEEPER_TF_TOOL"]);
    std::fs::remove_file(clone.stack().join("backend.tf")).unwrap();

    let with = |name: &str, value: &str, arguments: &[&str]| {
        ended(clone.command(arguments).env(name, value).output().unwrap())
    };
    let tool = with("LOCKKEEPER_TF_TOOL", "tofu-of-nowhere", &["init"]).code(1);
    assert!(
        tool.error.contains("`tofu-of-nowhere` is not on the search path"),
        "{tool:?}"
    );
    let server = with("LOCKKEEPER_ADDRESS", "http://127.0.0.1:1", &["init"]).code(6);
    assert!(
        server.error.contains("cannot reach http://127.0.0.1:1"),
        "{server:?}"
    );
    let token = with("LOCKKEEPER_TOKEN", "lk_unknown", &["init"]).code(4);
    assert!(token.error.contains("lockkeeper login"), "{token:?}");
    let project = with("LOCKKEEPER_PROJECT", "none", &["init"]).code(3);
    assert!(
        project.error.contains("lockkeeper project create none"),
        "{project:?}"
    );
    let viewer = Clone::of(&world, "erin");
    let role = viewer.refused(&["init"], 4);
    assert!(
        role.contains("the role viewer in shop for staging, which may not read states"),
        "{role}"
    );
    let elsewhere = ended(
        clone
            .command(&["plan"])
            .current_dir(clone.folder.path())
            .output()
            .unwrap(),
    )
    .code(3);
    assert!(elsewhere.error.contains("lockkeeper init"), "{elsewhere:?}");
}

#[test]
fn a_lock_is_told_with_its_holder() {
    let world = World::new();
    let clone = Clone::of(&world, "dave");
    clone.tf(&["init", "-input=false", "--shared"]).code(0);
    let address = format!(
        "{}/api/v1/projects/shop/environments/staging/stacks/network/state",
        world.address()
    );
    let held = br#"{"ID":"11111111-2222-3333-4444-555555555555","Who":"eve@elsewhere","Operation":"OperationTypeApply"}"#;
    assert_eq!(
        crate::state_service::request(&world, "dave", "LOCK", &address, held).0,
        200
    );
    let said = clone.refused(&["plan", "--shared"], 5);
    assert!(
        said.contains("locked by dave (eve@elsewhere)")
            && said.contains("lockkeeper state unlock staging network"),
        "{said}"
    );
    clone.tf(&["output", "--shared"]).code(0);
    // Terraform would break any lock, and make what it cannot store.
    let other = clone.refused(&["force-unlock", "--shared", "-force", "another"], 5);
    assert!(other.contains("11111111-2222-3333-4444-555555555555"), "{other}");
    let unlocked = clone.refused(&["apply", "--shared", "-lock=false", "-auto-approve"], 5);
    assert!(unlocked.contains("could not be stored"), "{unlocked}");
    let deleted = world
        .run("admin", &["state", "delete", "staging", "network", "--yes"])
        .code(5);
    assert!(
        deleted
            .error
            .contains("locked by eve@elsewhere for OperationTypeApply"),
        "{deleted:?}"
    );
    clone
        .tf(&[
            "force-unlock",
            "--shared",
            "-force",
            "11111111-2222-3333-4444-555555555555",
        ])
        .code(0);
    clone.tf(&["plan", "--shared"]).code(0);
}

#[test]
fn dotenv_files_are_read_and_do_not_choose_programs() {
    let world = World::new();
    let clone = Clone::of(&world, "alice");
    let hostile = clone.folder.path().join("hostile");
    std::fs::create_dir(&hostile).unwrap();
    std::fs::write(
        clone.folder.path().join("infra/.env"),
        format!(
            "PATH={}\nTF_VAR_release='from the root'\nexport LOCKKEEPER_ENVIRONMENT=staging\n",
            hostile.display()
        ),
    )
    .unwrap();
    clone.write("release.tf", "output \"release\" {\n  value = var.release\n}\n");
    let init = clone.tf(&["init", "-input=false"]).code(0);
    assert!(
        init.error.contains("not taken over") && init.error.contains("PATH"),
        "{init:?}"
    );
    clone.write(".env", "TF_VAR_release=\"$(touch pwned) near\"\n");
    clone.tf(&["apply", "-auto-approve"]).code(0);
    assert_eq!(
        clone.tf(&["output", "-raw", "release"]).code(0).out,
        "$(touch pwned) near"
    );
    assert!(!clone.names().contains(&"pwned".to_owned()));
    let shell = ended(
        clone
            .command(&["plan", "-no-color"])
            .env("TF_VAR_release", "shell")
            .output()
            .unwrap(),
    )
    .code(0);
    assert!(shell.out.contains("\"shell\""), "{shell:?}");
    clone.write(".env", "A=hunter2 \"\nhunter2\n");
    let broken = clone.refused(&["plan"], 2);
    assert!(
        broken.contains("line 2") && !broken.contains("hunter2"),
        "{broken}"
    );
    // Whoever writes the address into a file must not get the token of the shell.
    clone.write(".env", "LOCKKEEPER_ADDRESS=http://127.0.0.1:1\n");
    clone.tf(&["plan"]).code(0);
}

#[test]
fn a_graph_is_drawn_and_a_folder_is_cleaned() {
    let world = World::new();
    let clone = Clone::of(&world, "alice");
    clone.write(
        "more.tf",
        "resource \"terraform_data\" \"after\" {\n  input = terraform_data.settings.output\n}\n",
    );
    clone.tf(&["init", "-input=false"]).code(0);
    clone.tf(&["graph", "-o", "graph.svg"]).code(0);
    let svg = std::fs::read_to_string(clone.stack().join("graph.svg")).unwrap();
    assert!(
        svg.starts_with("<svg") && svg.contains("terraform_data.after needs terraform_data.settings"),
        "{svg}"
    );
    assert_eq!(clone.tf(&["graph"]).code(0).out, svg);
    clone.tf(&["plan", "-out=release"]).code(0);
    clone.write("terraform.tfstate.backup", "{}");
    let dry = clone.tf(&["clean", "--dry-run"]).code(0);
    assert!(
        dry.error.contains("would remove") && clone.names().contains(&"release".to_owned()),
        "{dry:?}"
    );
    // What it does not know is not ignored: it removes.
    for unknown in ["-dry-run", "--dryrun", "../../production"] {
        let refused = clone.refused(&["clean", unknown], 2);
        assert!(refused.contains(unknown), "{refused}");
    }
    let cleaned = clone.tf(&["clean"]).code(0);
    assert!(cleaned.error.contains("lockkeeper tf init"), "{cleaned:?}");
    assert_eq!(
        clone.names(),
        ["graph.svg", "main.tf", "more.tf", "terraform.tfstate.backup"]
    );
}

#[test]
fn a_state_that_could_not_be_stored_is_checked_and_uploaded() {
    let world = World::new();
    let clone = Clone::of(&world, "dave");
    clone.tf(&["init", "-input=false", "--shared"]).code(0);
    clone.tf(&["apply", "--shared", "-auto-approve"]).code(0);
    let pulled = clone.tf(&["state", "pull", "--shared"]).code(0).json();
    let serial = pulled["serial"].as_i64().unwrap();
    let with = |serial: i64, lineage: &str| {
        let mut state = pulled.clone();
        state["serial"] = serial.into();
        state["lineage"] = lineage.into();
        clone.write("errored.tfstate", &state.to_string());
    };
    let lineage = pulled["lineage"].as_str().unwrap();
    with(serial + 1, lineage);
    let said = clone.refused(&["apply", "--shared", "-auto-approve"], 5);
    assert!(
        said.contains("known nowhere else") && said.contains("lockkeeper tf push-errored"),
        "{said}"
    );
    // One's own state is empty: nothing says whether the file belongs to it.
    let unsure = clone.refused(&["push-errored"], 5);
    assert!(
        unsure.contains("your own state of network in staging is empty") && unsure.contains("--yes"),
        "{unsure}"
    );
    // Terraform leaves no lineage where it could not ask whether there is a state.
    with(0, "");
    let first = clone.tf(&["push-errored", "--yes"]).code(0);
    assert!(first.error.contains("uploaded and checked"), "{first:?}");
    let own = clone.tf(&["state", "pull"]).code(0).json();
    assert_eq!(own["serial"], 1);
    with(serial + 1, lineage);
    let done = clone.tf(&["push-errored", "--shared"]).code(0);
    assert!(done.error.contains("uploaded and checked"), "{done:?}");
    assert_eq!(
        clone.tf(&["state", "pull", "--shared"]).code(0).json()["serial"],
        serial + 1
    );
    assert!(
        clone
            .names()
            .iter()
            .any(|name| name.ends_with(".tfstate.uploaded"))
    );
    with(serial, lineage);
    assert!(
        clone
            .refused(&["push-errored", "--shared"], 5)
            .contains("somebody wrote the state since")
    );
    with(serial + 5, "another");
    clone.refused(&["push-errored", "network", "--shared"], 2);
    let another = clone.refused(&["push-errored", "--shared"], 5);
    assert!(
        another.contains("another lineage") && !another.contains("--personal"),
        "{another}"
    );
    let left = world.run("dave", &["state", "list", "--json"]).code(0).json();
    assert!(left["items"][0].get("lock").is_none(), "{left:#}");
}

/// Breaks the lock of the apply from within, so that the state service refuses what the tool wants to store.
const BREAKS_ITS_LOCK: &str = r#"
resource "terraform_data" "settings" {
  input = "one"
  provisioner "local-exec" {
    command = "sh FILE"
  }
}
"#;

#[test]
fn a_run_stores_the_state_that_its_tool_could_not() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("break.sh");
    let world = World::with(
        crate::world::PROJECT,
        &BREAKS_ITS_LOCK.replace("FILE", script.to_str().unwrap()),
    );
    let address = format!(
        "{}/api/v1/projects/shop/environments/staging/stacks/network/state/lock",
        world.address()
    );
    let text = format!(
        "curl --silent --fail --request DELETE --header 'Authorization: Bearer {}' {address}",
        world.token("dave")
    );
    std::fs::write(script, text).unwrap();
    let propose = [
        "change",
        "propose",
        "--stack",
        "network",
        "--ref",
        "main",
        "--title",
        "first",
        "--environment",
        "staging",
        "--json",
    ];
    let key = world.run("alice", &propose).code(0).json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    world.run("alice", &["change", "approve", &key]).code(0);
    let applied = world.apply(&key, "staging");
    assert_ne!(applied.code, 0, "{applied:?}");
    let runs = world
        .run("alice", &["run", "list", "--change", &key, "--json"])
        .code(0)
        .json();
    let run = &runs["items"][0];
    assert_eq!(run["status"], "failed", "{run:#}");
    let message = run["message"].as_str().unwrap();
    assert!(
        message.contains("Lockkeeper stored it afterwards, as serial"),
        "{run:#}"
    );
    let states = world.run("alice", &["state", "list", "--json"]).code(0).json();
    assert_eq!(states["items"][0]["versions"], 1, "{states:#}");
    assert!(states["items"][0].get("lock").is_none(), "{states:#}");
}
