//! The state service, with Terraform as its client and by hand.
#![allow(clippy::disallowed_methods, reason = "tests start the programs themselves")]

use std::io::{Read, Write};
use std::process::Command;

use crate::world::{Ended, World, ended};

/// Sends a request by hand; answers the status and the body.
pub fn request(world: &World, who: &str, method: &str, address: &str, body: &[u8]) -> (u16, String) {
    let path = address.strip_prefix(&world.address()).unwrap();
    let mut stream = std::net::TcpStream::connect(world.address().trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
        world.token(who),
        body.len()
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned())
        .unwrap_or_default();
    (status, body)
}

struct Laptop<'a> {
    world: &'a World,
    folder: tempfile::TempDir,
    address: String,
}

impl<'a> Laptop<'a> {
    fn new(world: &'a World) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let main =
            "terraform {\n  backend \"http\" {}\n}\nresource \"terraform_data\" \"a\" {\n  input = 1\n}\n";
        std::fs::write(folder.path().join("main.tf"), main).unwrap();
        let address = format!(
            "{}/api/v1/projects/shop/environments/staging/stacks/laptop/state",
            world.address()
        );
        Self {
            world,
            folder,
            address,
        }
    }

    fn terraform(&self, who: &str, arguments: &[&str], gitlab: bool) -> Ended {
        let lock = if gitlab {
            format!("{}/lock", self.address)
        } else {
            self.address.clone()
        };
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_HTTP_ADDRESS", &self.address)
            .env("TF_HTTP_LOCK_ADDRESS", &lock)
            .env("TF_HTTP_UNLOCK_ADDRESS", &lock)
            .env("TF_HTTP_USERNAME", who)
            .env("TF_HTTP_PASSWORD", self.world.token(who))
            .env("TF_HTTP_RETRY_MAX", "0");
        if gitlab {
            command
                .env("TF_HTTP_LOCK_METHOD", "POST")
                .env("TF_HTTP_UNLOCK_METHOD", "DELETE");
        }
        ended(command.output().unwrap())
    }
}

#[test]
fn terraform_unchanged() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop.terraform("dave", &["init", "-input=false"], false).code(0);
    laptop
        .terraform("dave", &["apply", "-auto-approve"], false)
        .code(0);
    let versions = world
        .run("alice", &["state", "versions", "staging", "laptop", "--json"])
        .code(0)
        .json();
    assert_eq!(versions["items"][0]["written_by"], "dave");

    // A lock that somebody holds is told with its holder, and broken by those who may.
    let held = br#"{"ID":"11111111-2222-3333-4444-555555555555","Who":"eve@elsewhere","Operation":"OperationTypeApply"}"#;
    assert_eq!(request(&world, "dave", "LOCK", &laptop.address, held).0, 200);
    let refused = laptop.terraform("dave", &["plan"], false).code(1);
    assert!(
        refused.error.contains("Error acquiring the state lock"),
        "{refused:?}"
    );
    laptop
        .terraform(
            "dave",
            &["force-unlock", "-force", "11111111-2222-3333-4444-555555555555"],
            false,
        )
        .code(0);
    laptop
        .terraform(
            "dave",
            &["apply", "-auto-approve", "-replace=terraform_data.a"],
            false,
        )
        .code(0);

    // A write under another's lock is refused, and one without any lock.
    let body = br#"{"version":4,"serial":99,"lineage":"x","resources":[]}"#;
    assert_eq!(request(&world, "dave", "POST", &laptop.address, body).0, 409);
    assert_eq!(request(&world, "dave", "LOCK", &laptop.address, held).0, 200);
    let (status, holder) = request(
        &world,
        "dave",
        "POST",
        &format!("{}?ID=another", laptop.address),
        body,
    );
    assert_eq!(status, 423);
    assert!(holder.contains("eve@elsewhere"), "{holder}");
    assert_eq!(request(&world, "alice", "UNLOCK", &laptop.address, b"").0, 403);
    assert_eq!(request(&world, "dave", "UNLOCK", &laptop.address, b"").0, 200);
    let log = world.run("alice", &["audit", "list", "--json"]).code(0).out;
    assert!(log.contains("state.force-unlock"), "{log}");
    assert_eq!(request(&world, "erin", "GET", &laptop.address, b"").0, 403);
    laptop
        .terraform("dave", &["destroy", "-auto-approve"], false)
        .code(0);
}

#[test]
fn terraform_with_gitlabs_variables() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop.terraform("dave", &["init", "-input=false"], true).code(0);
    laptop
        .terraform("dave", &["apply", "-auto-approve"], true)
        .code(0);
    let output = laptop.terraform("dave", &["state", "list"], true).code(0);
    assert!(output.out.contains("terraform_data.a"), "{output:?}");
    let states = world.run("alice", &["state", "list", "--json"]).code(0).json();
    assert!(states["items"][0].get("lock").is_none(), "{states:#}");
}

#[test]
fn nothing_on_disk_tells_a_state() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    let main = "terraform {\n  backend \"http\" {}\n}\nresource \"terraform_data\" \"a\" {\n  input = \"correct-horse-battery\"\n}\n";
    std::fs::write(laptop.folder.path().join("main.tf"), main).unwrap();
    laptop.terraform("dave", &["init", "-input=false"], false).code(0);
    laptop
        .terraform("dave", &["apply", "-auto-approve"], false)
        .code(0);
    let mut folders = vec![world.data()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let bytes = std::fs::read(entry.path()).unwrap();
            let found = bytes.windows(21).any(|window| window == b"correct-horse-battery");
            assert!(!found, "{} tells the state", entry.path().display());
        }
    }
}
