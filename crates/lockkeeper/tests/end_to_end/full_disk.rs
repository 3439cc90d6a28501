//! The disk is full.

use crate::state_service::request;
use crate::world::World;

/// A state that does not compress well.
fn state(serial: u32, size: usize) -> Vec<u8> {
    let mut noise = 0x2545_f491_4f6c_dd1d_u64;
    let mut filler = String::with_capacity(size);
    while filler.len() < size {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        filler.push_str(&format!("{noise:016x}"));
    }
    format!(r#"{{"version":4,"serial":{serial},"lineage":"l","resources":[],"x":"{filler}"}}"#).into_bytes()
}

#[test]
fn a_write_that_does_not_fit_is_refused_and_nothing_is_lost() {
    let world = World::on_disk_of(48);
    let address = format!(
        "{}/api/v1/projects/shop/environments/staging/stacks/network/state",
        world.address()
    );
    let lock = br#"{"ID":"l","Who":"dave@laptop","Operation":"OperationTypeApply"}"#;
    assert_eq!(request(&world, "dave", "LOCK", &address, lock).0, 200);
    let write = |serial, size| {
        request(
            &world,
            "dave",
            "POST",
            &format!("{address}?ID=l"),
            &state(serial, size),
        )
    };
    assert_eq!(write(1, 1000).0, 200);

    let filler = world.data().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    let chunk = vec![0u8; 64 * 1024];
    while std::io::Write::write_all(&mut file, &chunk).is_ok() {}
    drop(file);

    let (status, body) = write(2, 4 << 20);
    assert_eq!(status, 507, "{body}");
    assert!(body.contains("no room left"), "{body}");
    let (status, body) = request(&world, "dave", "GET", &address, b"");
    assert_eq!(status, 200);
    assert!(body.contains(r#""serial":1"#), "{body}");

    std::fs::remove_file(filler).unwrap();
    assert_eq!(write(2, 4 << 20).0, 200);
    assert_eq!(request(&world, "dave", "UNLOCK", &address, lock).0, 200);
    let verified = world.run("alice", &["audit", "verify", "--json"]).code(0).json();
    assert_eq!(verified["intact"], true);
}
