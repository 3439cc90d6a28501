//! Every answer is as the OpenAPI document says, and none is a server error: Schemathesis tries.
#![allow(clippy::disallowed_methods, reason = "tests start the programs themselves")]

use std::path::Path;
use std::process::Command;

use crate::world::{World, ended};

/// What is asserted about every answer.
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

#[test]
fn every_answer_is_as_documented() {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/python/bin/schemathesis");
    assert!(
        program.exists(),
        "Schemathesis is missing: `.ci/install packages schemathesis` installs it"
    );
    let world = World::new();
    let ended = ended(
        Command::new(program)
            .args(["run", &format!("{}/api/v1/openapi.json", world.address())])
            .args([
                "--header",
                &format!("Authorization: Bearer {}", world.token("admin")),
            ])
            .args([
                "--checks",
                CHECKS,
                "--max-examples",
                "15",
                "--seed",
                "7",
                "--request-timeout",
                "20",
            ])
            .args([
                "--phases",
                "examples,coverage,fuzzing",
                "--mode",
                "all",
                "--no-color",
            ])
            // Disabling oneself or revoking the only token would end the test, not the server.
            .args(["--exclude-path-regex", "/log/events$|/disable$|/tokens/"])
            .current_dir(world.folder.path())
            .env("PYTHONWARNINGS", "ignore")
            .output()
            .unwrap(),
    );
    assert_eq!(ended.code, 0, "{}\n{}", ended.out, ended.error);
}
