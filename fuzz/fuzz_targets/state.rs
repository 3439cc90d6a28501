//! Any body as the description of a lock and as a state. What is taken can be sent and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lockkeeper_domain::state_lock::LockDescription;
use lockkeeper_domain::state_version::StateFacts;

fuzz_target!(|body: &[u8]| {
    if let Ok(description) = LockDescription::parse(body) {
        let sent = serde_json::to_vec(&description).expect("a description is JSON");
        // Escapes may make it longer than what is taken.
        if let Ok(again) = LockDescription::parse(&sent) {
            assert_eq!(again, description);
        }
    }
    if let Ok(facts) = StateFacts::parse(body) {
        assert!(facts.serial >= 0 && !facts.lineage.is_empty());
    }
});
