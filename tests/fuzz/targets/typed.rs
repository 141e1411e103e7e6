#![no_main]

#[expect(dead_code, reason = "each target uses one")]
#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::typed(bytes));
