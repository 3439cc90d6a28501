//! Any file for secrets: every finding has a place in the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lockkeeper_scan::secrets::{built_in, scan_file};

const NAMES: [&str; 6] = [
    "main.tf",
    "a.json",
    ".env",
    "id_rsa",
    "k8s/secret.yaml",
    "README.md",
];

fuzz_target!(|content: &[u8]| {
    let name = NAMES[content.len() % NAMES.len()];
    let lines = content.split(|byte| *byte == b'\n').count();
    for finding in scan_file(name, content) {
        assert!((1..=lines).contains(&finding.line), "{finding}");
        assert!(finding.column >= 1 && !finding.message.is_empty(), "{finding}");
    }
    _ = built_in().expect("the rules load").scan(name, content);
});
