//! The state service, with Terraform as its client and by hand.

use std::io::{Read, Write};

use crate::laptop::{HTTP, Laptop};
use crate::world::World;

/// Sends a request by hand; answers the status and the body.
pub fn request(world: &World, who: &str, method: &str, address: &str, body: &[u8]) -> (u16, String) {
    request_with(world, who, method, address, "", body)
}

/// As [`request`], with further lines of the header, each ended.
pub fn request_with(
    world: &World,
    who: &str,
    method: &str,
    address: &str,
    header: &str,
    body: &[u8],
) -> (u16, String) {
    let path = address.strip_prefix(&world.address()).unwrap();
    let mut stream = std::net::TcpStream::connect(world.address().trim_start_matches("http://")).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\nContent-Type: application/json\r\nConnection: close\r\n{header}\r\n",
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

#[test]
fn terraform_unchanged() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop.terraform("dave", &["init", "-input=false"]).code(0);
    laptop.terraform("dave", &["apply", "-auto-approve"]).code(0);
    let versions = world
        .run("alice", &["state", "versions", "staging", "laptop", "--json"])
        .code(0)
        .json();
    assert_eq!(versions["items"][0]["written_by"], "dave");

    // A lock that somebody holds is told with its holder, and broken by those who may.
    let held = br#"{"ID":"11111111-2222-3333-4444-555555555555","Who":"eve@elsewhere","Operation":"OperationTypeApply"}"#;
    assert_eq!(request(&world, "dave", "LOCK", &laptop.address, held).0, 200);
    let refused = laptop.terraform("dave", &["plan"]).code(1);
    assert!(
        refused.error.contains("Error acquiring the state lock"),
        "{refused:?}"
    );
    laptop
        .terraform(
            "dave",
            &["force-unlock", "-force", "11111111-2222-3333-4444-555555555555"],
        )
        .code(0);
    laptop
        .terraform("dave", &["apply", "-auto-approve", "-replace=terraform_data.a"])
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
    laptop.terraform("dave", &["destroy", "-auto-approve"]).code(0);
}

#[test]
fn terraform_with_gitlabs_variables() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop
        .terraform_by_gitlabs_variables("dave", &["init", "-input=false"])
        .code(0);
    laptop
        .terraform_by_gitlabs_variables("dave", &["apply", "-auto-approve"])
        .code(0);
    let output = laptop
        .terraform_by_gitlabs_variables("dave", &["state", "list"])
        .code(0);
    assert!(output.out.contains("terraform_data.a"), "{output:?}");
    let states = world.run("alice", &["state", "list", "--json"]).code(0).json();
    assert!(states["items"][0].get("lock").is_none(), "{states:#}");
}

#[test]
fn nothing_on_disk_tells_a_state() {
    let world = World::new();
    let laptop = Laptop::new(&world);
    laptop.write(&HTTP.replace("input = 1", "input = \"correct-horse-battery\""));
    laptop.terraform("dave", &["init", "-input=false"]).code(0);
    laptop.terraform("dave", &["apply", "-auto-approve"]).code(0);
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
