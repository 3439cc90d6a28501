//! Any text as `.lockkeeper/project.toml`: read, or refused with mistakes that can be printed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lockkeeper_config::project::ProjectConfig;

fuzz_target!(|text: &str| {
    match ProjectConfig::parse(text) {
        Ok(config) => {
            for path in ["", "main.tf", "environments/staging/network/main.tf", "a/../b"] {
                _ = config.allows_secret_in(path);
            }
            _ = config.check_files(["environments/staging/network/main.tf", "/", "…/x.tf"]);
            for stack in &config.stacks {
                assert!(config.stack(&stack.name).is_some());
            }
        }
        Err(problems) => assert!(!problems.to_string().is_empty()),
    }
});
