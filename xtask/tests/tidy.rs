//! The work tree keeps the rules of the house.

use std::path::Path;

#[test]
fn the_work_tree_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let findings = xtask::tidy::check(root).unwrap();
    let listed: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(
        findings.is_empty(),
        "{} to mend:\n{}",
        findings.len(),
        listed.join("\n")
    );
}
