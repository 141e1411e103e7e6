#![no_main]

#[expect(dead_code, reason = "each target uses one")]
#[path = "../checks.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(
    init: {
        // A decoder's panic is caught by the program and said in words; libFuzzer's hook would end it all before that. What nobody catches still ends it.
        drop(std::panic::take_hook());
    },
    |bytes: &[u8]| checks::decode(bytes)
);
