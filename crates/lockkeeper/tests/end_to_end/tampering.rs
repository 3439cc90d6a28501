//! Somebody alters the database behind the server's back.

use crate::world::World;

#[test]
fn an_altered_audit_entry_is_found() {
    let mut world = World::new();
    let verified = world.run("alice", &["audit", "verify", "--json"]).code(0).json();
    assert_eq!(verified["intact"], true);
    // A server that stops in good order leaves everything in one file.
    world.stop();
    let file = world.data().join("lockkeeper.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let (written, forged) = (b"environment.create", b"environment.cremate");
    let places: Vec<usize> = (0..bytes.len() - written.len())
        .filter(|at| bytes[*at..].starts_with(written))
        .collect();
    assert!(!places.is_empty(), "the entry is in the file");
    // It may stand in a page that is no longer in use, too.
    for at in places {
        bytes[at..at + written.len()].copy_from_slice(&forged[..written.len()]);
    }
    std::fs::write(&file, bytes).unwrap();
    world.start_again();
    let broken = world.run("alice", &["audit", "verify"]).code(1);
    assert!(
        broken.out.contains("altered") || broken.error.contains("altered"),
        "{broken:?}"
    );
}
