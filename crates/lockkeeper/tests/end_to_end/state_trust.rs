//! Personal and protected states, rollbacks and moves, with Terraform itself as the client.
#![allow(clippy::disallowed_methods, reason = "tests start the programs themselves")]

use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::state_service::request;
use crate::world::{Ended, World, ended};

const MAIN: &str =
    "terraform {\n  backend \"http\" {}\n}\nresource \"terraform_data\" \"a\" {\n  input = 1\n}\n";

/// A folder with a stack, whose state is at an address.
struct Folder<'a> {
    world: &'a World,
    folder: tempfile::TempDir,
    address: String,
    who: &'a str,
}

impl<'a> Folder<'a> {
    fn new(world: &'a World, who: &'a str, place: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("main.tf"), MAIN).unwrap();
        let address = format!(
            "{}/api/v1/projects/shop/environments/{place}/state",
            world.address()
        );
        Self {
            world,
            folder,
            address,
            who,
        }
    }

    fn write(&self, main: &str) {
        std::fs::write(self.path().join("main.tf"), main).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_HTTP_ADDRESS", &self.address)
            .env("TF_HTTP_LOCK_ADDRESS", &self.address)
            .env("TF_HTTP_UNLOCK_ADDRESS", &self.address)
            .env("TF_HTTP_USERNAME", self.who)
            .env("TF_HTTP_PASSWORD", self.world.token(self.who))
            .env("TF_HTTP_RETRY_MAX", "0");
        command
    }

    fn terraform(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }

    fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    fn initialise(&self) {
        self.terraform(&["init", "-input=false"]).code(0);
    }

    fn apply(&self) -> Ended {
        self.terraform(&["apply", "-auto-approve"])
    }
}

#[test]
fn an_author_works_on_a_copy_and_the_shared_state_stays() {
    let world = World::new();
    let shared = Folder::new(&world, "dave", "staging/stacks/web");
    shared.initialise();
    shared.apply().code(0);
    let serial = |place: &str| {
        let listed = world.run("alice", &["state", place, "--json"]).code(0).json();
        listed["items"][0]["serial"].as_i64().unwrap()
    };
    let before = serial("list");

    // Before it is made, Terraform must not take it for an empty state.
    let own = Folder::new(&world, "alice", "staging/stacks/web/personal/alice");
    own.terraform(&["init", "-input=false"]).code(1);
    let personal = |verb: &str| world.run("alice", &["state", "personal", verb, "staging", "web"]);
    personal("create").code(0);
    own.initialise();
    own.terraform(&["plan", "-detailed-exitcode"]).code(0);
    own.write(&MAIN.replace("input = 1", "input = 2"));
    own.apply().code(0);
    own.terraform(&["state", "mv", "terraform_data.a", "terraform_data.b"])
        .code(0);
    own.terraform(&["state", "rm", "terraform_data.b"]).code(0);
    let lock =
        br#"{"ID":"11111111-2222-3333-4444-555555555555","Who":"a@b","Operation":"OperationTypeApply"}"#;
    assert_eq!(request(&world, "alice", "LOCK", &own.address, lock).0, 200);
    own.apply().code(1);
    own.terraform(&["force-unlock", "-force", "11111111-2222-3333-4444-555555555555"])
        .code(0);
    own.apply().code(0);

    // The copy cannot be pushed over the shared state, not even by who may write that.
    let pulled = own.terraform(&["state", "pull"]).code(0).out;
    std::fs::write(shared.path().join("own.tfstate"), pulled).unwrap();
    shared
        .terraform(&["state", "push", "-force", "own.tfstate"])
        .code(1);
    assert_eq!(serial("list"), before);
    personal("refresh").code(0);
    own.write(MAIN);
    own.terraform(&["plan", "-detailed-exitcode"]).code(0);
    personal("remove").code(0);
    own.terraform(&["plan"]).code(1);
}

#[test]
fn a_laptop_plans_production_and_cannot_apply_it() {
    let world = World::new();
    let laptop = Folder::new(&world, "dave", "production/stacks/web");
    laptop.write(
        "terraform {\n  backend \"http\" {}\n}\nresource \"terraform_data\" \"a\" {\n  provisioner \"local-exec\" {\n    command = \"touch applied\"\n  }\n}\n",
    );
    laptop.initialise();
    laptop.terraform(&["plan"]).code(0);
    let refused = laptop.apply().code(1);
    assert!(
        refused.error.contains("lockkeeper change propose --stack web"),
        "{refused:?}"
    );
    assert!(
        !laptop.path().join("applied").exists(),
        "it was applied before it was refused"
    );
    assert!(!laptop.path().join("errored.tfstate").exists());
    let unprotect = ["state", "unprotect", "production", "web", "--reason", "INC-1"];
    world.run("dave", &unprotect).code(4);
    let main = laptop.path().join("main.tf");
    let import = ["state", "import", "production", "web", main.to_str().unwrap()];
    let refused = world.run("dave", &import).code(4);
    assert!(
        refused
            .error
            .contains("is protected: only an administrator brings in"),
        "{refused:?}"
    );
    world.run("admin", &unprotect).code(0);
    laptop.apply().code(0);
    let log = world.run("alice", &["audit", "list", "--json"]).code(0).out;
    assert!(log.contains("state.unprotect") && log.contains("INC-1"), "{log}");
}

#[test]
fn terraform_waits_its_turn_for_a_lock() {
    let world = World::new();
    let first = Folder::new(&world, "dave", "staging/stacks/web");
    let second = Folder::new(&world, "dave", "staging/stacks/web");
    let held =
        br#"{"ID":"11111111-2222-3333-4444-555555555555","Who":"a@b","Operation":"OperationTypeApply"}"#;
    for folder in [&first, &second] {
        folder.initialise();
    }
    assert_eq!(request(&world, "admin", "LOCK", &first.address, held).0, 200);
    let waiting = |count: usize| loop {
        let detail = world
            .run("dave", &["state", "show", "staging", "web", "--json"])
            .code(0)
            .json();
        if detail["waiting"].as_array().unwrap().len() == count {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    let apply = ["apply", "-auto-approve", "-lock-timeout=60s"];
    let one = first.begin(&apply);
    waiting(1);
    let two = second.begin(&apply);
    waiting(2);
    let unlock = [
        "state",
        "unlock",
        "staging",
        "web",
        "--yes",
        "--reason",
        "the test goes on",
    ];
    world.run("dave", &unlock).code(0);
    ended(one.wait_with_output().unwrap()).code(0);
    ended(two.wait_with_output().unwrap()).code(0);
}

#[test]
fn a_state_is_put_back_compared_found_and_moved_in() {
    let world = World::new();
    let folder = Folder::new(&world, "dave", "staging/stacks/web");
    folder.initialise();
    folder.apply().code(0);
    folder.write(&MAIN.replace("input = 1", "input = 2"));
    folder.apply().code(0);
    let serials = || {
        let versions = world
            .run("dave", &["state", "versions", "staging", "web", "--json"])
            .code(0)
            .json();
        let items = versions["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["serial"].as_i64().unwrap())
            .collect::<Vec<i64>>()
    };
    let newest = serials()[0];
    let diff = world
        .run("dave", &["state", "diff", "staging", "web"])
        .code(0)
        .out;
    assert!(
        diff.contains("! terraform_data.a") && diff.contains("input.value: 1 -> 2"),
        "{diff}"
    );
    assert!(diff.ends_with("`!` changed\n"), "{diff}");
    let found = world
        .run("dave", &["state", "find", "terraform_data.a", "--json"])
        .code(0)
        .json();
    assert_eq!(found["items"][0]["stack"], "web");
    let before = serials()[1].to_string();
    let rollback = [
        "state",
        "rollback",
        "staging",
        "web",
        &before,
        "--reason",
        "input 2 was wrong",
    ];
    world.run("dave", &rollback).code(0);
    assert_eq!(serials()[0], newest + 1);
    folder.write(MAIN);
    folder.terraform(&["plan", "-detailed-exitcode"]).code(0);

    // A push that goes back needs leave, which the next write uses up.
    let old = world
        .run("dave", &["state", "pull", "staging", "web", "--serial", &before])
        .code(0)
        .out;
    std::fs::write(folder.path().join("old.tfstate"), old).unwrap();
    folder
        .terraform(&["state", "push", "-force", "old.tfstate"])
        .code(1);
    world
        .run(
            "dave",
            &[
                "state",
                "allow-overwrite",
                "staging",
                "web",
                "--reason",
                "for the test",
                "--for",
                "1m",
            ],
        )
        .code(0);
    folder
        .terraform(&["state", "push", "-force", "old.tfstate"])
        .code(0);

    // What was deleted is put back from its versions.
    let delete = ["state", "delete", "staging", "web"];
    world.run("admin", &delete).code(2);
    world.run("dave", &[&delete[..], &["--yes"]].concat()).code(4);
    world.run("admin", &[&delete[..], &["--yes"]].concat()).code(0);
    world.run("dave", &["state", "pull", "staging", "web"]).code(3);
    world.run("dave", &rollback).code(0);
    folder.terraform(&["plan", "-detailed-exitcode"]).code(0);

    // From a file of Terraform's own, by Terraform and by hand.
    let local = Folder::new(&world, "dave", "staging/stacks/moved");
    local.write(&MAIN.replace("backend \"http\" {}", ""));
    local.initialise();
    local.apply().code(0);
    local.write(MAIN);
    local
        .terraform(&["init", "-migrate-state", "-force-copy", "-input=false"])
        .code(0);
    local.terraform(&["plan", "-detailed-exitcode"]).code(0);
    local.terraform(&["workspace", "new", "other"]).code(1);
    let export = local.path().join("export.tfstate");
    let export = export.to_str().unwrap();
    world
        .run("dave", &["state", "export", "staging", "moved", export])
        .code(0);
    world
        .run("dave", &["state", "import", "staging", "imported", export])
        .code(0);
    let imported = world
        .run("dave", &["state", "show", "staging", "imported", "--json"])
        .code(0)
        .json();
    assert_eq!(imported["resources"], 1);

    // Another lineage begins to count anew: the serial alone does not tell its versions apart.
    let other = std::fs::read_to_string(export).unwrap();
    let lineage = &other[other.find("lineage").unwrap()..][..48];
    let other = other.replace(lineage, &lineage.replace(char::is_numeric, "0"));
    std::fs::write(export, other).unwrap();
    world
        .run(
            "dave",
            &[
                "state",
                "import",
                "staging",
                "imported",
                export,
                "--replace",
                "--reason",
                "r",
            ],
        )
        .code(0);
    let kept = world
        .run("dave", &["state", "versions", "staging", "imported", "--json"])
        .code(0)
        .json();
    let all = local.path().join("all");
    world
        .run(
            "dave",
            &[
                "state",
                "export",
                "staging",
                "imported",
                all.to_str().unwrap(),
                "--all-versions",
            ],
        )
        .code(0);
    let shown = world
        .run("dave", &["state", "versions", "staging", "imported"])
        .code(0);
    for version in kept["items"].as_array().unwrap() {
        let id = version["id"].as_str().unwrap();
        assert!(shown.out.contains(id), "{shown:?}");
        let pulled = world
            .run("dave", &["state", "pull", "staging", "imported", "--serial", id])
            .code(0);
        let file = all.join(format!("{}-{id}.tfstate", version["serial"]));
        assert_eq!(std::fs::read_to_string(file).unwrap(), pulled.out);
    }
}
