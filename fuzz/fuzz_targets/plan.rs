//! Any bytes as a plan: nothing panics, and nothing that is shown steers a terminal.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use lockkeeper_fuzz::{everything, mutate};

fuzz_target!(|plan: &[u8]| {
    let width = plan.len() % 160;
    assert!(everything::is_safe(&everything::of(plan, width).shown));
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // Every eighth time as bytes: what is broken must be refused well.
    let altered = (seed % 8 > 0)
        .then(|| mutate::json_document(&data[..size], seed))
        .flatten();
    match altered.filter(|altered| altered.len() <= max_size) {
        Some(altered) => {
            data[..altered.len()].copy_from_slice(&altered);
            altered.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});
