//! What people do with Terraform's own commands on a state in Lockkeeper, and what OpenTofu does otherwise.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use lockkeeper_testkit::postgres::Postgres;
use serde_json::Value;

use crate::laptop::{HTTP, Laptop};
use crate::state_service::request;
use crate::world::{World, ended};

/// The state as Terraform reads it.
fn pulled(laptop: &Laptop<'_>) -> Value {
    laptop.terraform("dave", &["state", "pull"]).code(0).json()
}

/// Makes the stack real with its state somewhere else, then brings the state in.
fn migrates_from(backend: &str) {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop.write(&HTTP.replace("backend \"http\" {}", backend));
    laptop.terraform("dave", &["init", "-input=false"]).code(0);
    laptop.terraform("dave", &["apply", "-auto-approve"]).code(0);
    let before = pulled(&laptop);

    laptop.write(HTTP);
    let migrate = ["init", "-migrate-state", "-force-copy", "-input=false"];
    let migrated = laptop.terraform("dave", &migrate).code(0);
    assert!(migrated.out.contains("Successfully configured"), "{migrated:?}");
    // Where nothing was, Terraform begins a new lineage.
    let after = pulled(&laptop);
    assert_eq!(after["resources"], before["resources"]);
    laptop.terraform("dave", &["plan", "-detailed-exitcode"]).code(0);
    let states = world.run("alice", &["state", "list", "--json"]).code(0).json();
    assert_eq!(states["items"][0]["lineage"], after["lineage"], "{states:#}");
    assert!(states["items"][0].get("lock").is_none(), "{states:#}");
}

#[test]
fn a_local_state_migrates() {
    migrates_from("backend \"local\" {}");
}

#[test]
fn a_state_in_the_pg_backend_migrates() {
    let database = Postgres::start();
    migrates_from(&format!(
        "backend \"pg\" {{\n    conn_str = \"{}\"\n  }}",
        database.url()
    ));
}

/// Makes the stack real with its state somewhere else, then takes a copy of it, and leaves the folder as it is.
fn is_imported_from(backend: &str) {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop.write(&HTTP.replace("backend \"http\" {}", backend));
    let folder = laptop.folder().to_str().unwrap();
    let import = |name: &str| {
        let reason = ["--reason", "from before"];
        let arguments = ["state", "import", "staging", name, "--from-backend", folder];
        world.run("dave", &[&arguments[..], &reason].concat())
    };
    let early = import("laptop").code(1);
    assert!(early.error.contains("terraform init"), "{early:?}");
    laptop.terraform("dave", &["init", "-input=false"]).code(0);
    let empty = import("laptop");
    assert!(empty.error.contains("has no state"), "{empty:?}");
    laptop.terraform("dave", &["apply", "-auto-approve"]).code(0);
    let before = pulled(&laptop);
    import("laptop").code(0);

    let kept = world
        .run("dave", &["state", "pull", "staging", "laptop"])
        .code(0)
        .json();
    assert_eq!(kept, before);
    let listed = ["state", "versions", "staging", "laptop", "--json"];
    let versions = world.run("alice", &listed).code(0).json();
    assert_eq!(versions["items"][0]["origin"], "import", "{versions:#}");
    assert_eq!(versions["items"][0]["reason"], "from before", "{versions:#}");
    // It was read, and nothing else.
    laptop.terraform("dave", &["plan", "-detailed-exitcode"]).code(0);
    assert_eq!(pulled(&laptop), before);
}

#[test]
fn a_local_state_is_imported_by_terraform_itself() {
    is_imported_from("backend \"local\" {}");
}

#[test]
fn a_state_in_the_pg_backend_is_imported_by_terraform_itself() {
    let database = Postgres::start();
    is_imported_from(&format!(
        "backend \"pg\" {{\n    conn_str = \"{}\"\n  }}",
        database.url()
    ));
}

#[test]
fn states_are_pushed_and_resources_moved_and_removed() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop.terraform("dave", &["init", "-input=false"]).code(0);
    laptop.terraform("dave", &["apply", "-auto-approve"]).code(0);
    laptop
        .terraform("dave", &["state", "mv", "terraform_data.a", "terraform_data.b"])
        .code(0);
    let listed = laptop.terraform("dave", &["state", "list"]).code(0);
    assert_eq!(listed.out.trim(), "terraform_data.b");

    let mut state = pulled(&laptop);
    let serial = state["serial"].as_i64().unwrap();
    state["serial"] = (serial + 1).into();
    laptop.write_file("newer.tfstate", &state.to_string());
    laptop
        .terraform("dave", &["state", "push", "newer.tfstate"])
        .code(0);
    // Terraform counts on by itself.
    let newest = pulled(&laptop)["serial"].as_i64().unwrap();
    assert!(newest > serial);

    // Terraform itself stops an older one; with -force it asks, and the service refuses.
    state["serial"] = (serial - 1).into();
    laptop.write_file("older.tfstate", &state.to_string());
    laptop
        .terraform("dave", &["state", "push", "older.tfstate"])
        .code(1);
    let forced = laptop
        .terraform("dave", &["state", "push", "-force", "older.tfstate"])
        .code(1);
    assert!(forced.error.contains("HTTP error: 409"), "{forced:?}");
    assert_eq!(pulled(&laptop)["serial"], newest);

    laptop
        .terraform("dave", &["state", "rm", "terraform_data.b"])
        .code(0);
    assert_eq!(pulled(&laptop)["resources"], Value::Array(Vec::new()));
    let versions = world
        .run("alice", &["state", "versions", "staging", "laptop", "--json"])
        .code(0)
        .json();
    assert_eq!(versions["items"].as_array().unwrap().len(), 4, "{versions:#}");
}

#[test]
fn terraform_waits_for_a_lock_until_its_holder_lets_go() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop.terraform("dave", &["init", "-input=false"]).code(0);
    let lock = br#"{"ID":"11111111-2222-3333-4444-555555555555","Who":"eve@elsewhere","Operation":"OperationTypeApply"}"#;
    assert_eq!(request(&world, "dave", "LOCK", &laptop.address, lock).0, 200);
    let mut waiting = laptop
        .command("dave", &["apply", "-auto-approve", "-lock-timeout=90s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(waiting.stdout.take().unwrap()).lines();
    let waits = said.find(|line| line.as_ref().unwrap().contains("Acquiring state lock"));
    assert!(
        waits.is_some(),
        "it did not wait: {:?}",
        waiting.wait_with_output()
    );
    assert_eq!(request(&world, "dave", "UNLOCK", &laptop.address, lock).0, 200);
    let rest: Vec<String> = said.map(Result::unwrap).collect();
    let ended = ended(waiting.wait_with_output().unwrap()).code(0);
    assert!(rest.concat().contains("Apply complete"), "{rest:?} {ended:?}");
}

#[test]
fn workspaces_are_refused_as_terraform_does() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop.terraform("dave", &["init", "-input=false"]).code(0);
    let refused = laptop.terraform("dave", &["workspace", "new", "mine"]).code(1);
    assert!(refused.error.contains("workspaces not supported"), "{refused:?}");
}

#[test]
fn many_apply_at_once() {
    let world = World::new();
    let own: Vec<Laptop<'_>> = (0..4)
        .map(|number| Laptop::of_stack(&world, &format!("own-{number}")))
        .collect();
    let common: Vec<Laptop<'_>> = (0..3).map(|_| Laptop::of_stack(&world, "common")).collect();
    for laptop in own.iter().chain(&common) {
        laptop.terraform("dave", &["init", "-input=false"]).code(0);
    }
    // On states of their own they do not see each other; on a common one they wait.
    let apply = [
        "apply",
        "-auto-approve",
        "-replace=terraform_data.a",
        "-lock-timeout=120s",
    ];
    let applies: Vec<_> = own
        .iter()
        .chain(&common)
        .map(|laptop| {
            let mut command = laptop.command("dave", &apply);
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in applies {
        ended(child.wait_with_output().unwrap()).code(0);
    }
    let states = world.run("alice", &["state", "list", "--json"]).code(0).json();
    let states = states["items"].as_array().unwrap();
    assert_eq!(states.len(), 5, "{states:#?}");
    for state in states {
        assert!(state.get("lock").is_none(), "{state:#}");
        let expected = if state["stack"] == "common" { 3 } else { 1 };
        assert!(state["versions"].as_i64().unwrap() >= expected, "{state:#}");
    }
}

/// What OpenTofu sends where it differs from Terraform: written down from its source
/// (`internal/backend/remote-state/http/client.go`, `internal/encryption/{base,state}.go`).
#[test]
fn opentofus_unlock_and_its_encrypted_states() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    let address = &laptop.address;
    let id = "8d5a36bd-a08d-5a96-2d53-2e5b0b0a1f2c";
    let lock = format!(
        r#"{{"ID":"{id}","Operation":"OperationTypeApply","Info":"","Who":"dave@laptop","Version":"1.10.6","Created":"2026-11-20T10:00:00.123456789Z","Path":""}}"#
    );
    let encrypted = |serial: u32, data: &str| {
        format!(
            r#"{{"serial":{serial},"lineage":"6c5b8e34-1f1c-2a7d-5a38-0f4f6c5c8f7e","meta":{{"key_provider.pbkdf2.passphrase":"eyJzYWx0IjoiIn0="}},"encrypted_data":"{data}","encryption_version":"v0"}}"#
        )
    };
    let post = |body: &str| {
        let (status, answer) = request(
            &world,
            "dave",
            "POST",
            &format!("{address}?ID={id}"),
            body.as_bytes(),
        );
        (status, answer)
    };
    assert_eq!(request(&world, "dave", "LOCK", address, lock.as_bytes()).0, 200);
    assert_eq!(request(&world, "dave", "GET", address, b"").0, 204);
    let first = encrypted(1, "c2VjcmV0");
    assert_eq!(post(&first).0, 200);
    // Encrypting the same state again makes other bytes, so that a repeated request is one of the same bytes.
    assert_eq!(post(&first).0, 200);
    assert_eq!(post(&encrypted(1, "b3RoZXI=")).0, 409);
    assert_eq!(post(&encrypted(2, "bmV3ZXI=")).0, 200);
    assert_eq!(post(&encrypted(1, "c2VjcmV0")).0, 409);
    let (status, body) = request(&world, "dave", "GET", address, b"");
    assert_eq!((status, body), (200, encrypted(2, "bmV3ZXI=")));

    // It unlocks with nothing but the identifier, also when it breaks a lock that it did not take itself.
    let unlock = format!(r#"{{"ID":"{id}"}}"#);
    assert_eq!(
        request(&world, "dave", "UNLOCK", address, br#"{"ID":"another"}"#).0,
        423
    );
    assert_eq!(
        request(&world, "dave", "UNLOCK", address, unlock.as_bytes()).0,
        200
    );
    assert_eq!(
        request(&world, "dave", "UNLOCK", address, unlock.as_bytes()).0,
        200
    );
    let states = world.run("alice", &["state", "list", "--json"]).code(0).json();
    assert_eq!(states["items"][0]["serial"], 2, "{states:#}");
    assert!(states["items"][0].get("lock").is_none(), "{states:#}");
}
