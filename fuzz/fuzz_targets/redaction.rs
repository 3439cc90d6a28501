//! A plan with a sensitive value in it, marked in one place and copied to many: no output has it.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use lockkeeper_fuzz::{everything, mutate, planted};

fuzz_target!(|plan: &[u8]| {
    if let Some(plan) = planted::plan(plan) {
        let made = everything::of(&plan, 100);
        assert!(!made.shown.contains(planted::SECRET), "in what is shown");
        assert!(!made.data.contains(planted::SECRET), "in the data");
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    match mutate::json_document(&data[..size], seed).filter(|altered| altered.len() <= max_size) {
        Some(altered) => {
            data[..altered.len()].copy_from_slice(&altered);
            altered.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});
