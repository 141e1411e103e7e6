#![no_main]

// Private to the program, and of no use to anybody else.
#[expect(dead_code, reason = "only reading is tried")]
#[path = "../../../src/speech/engine_messages.rs"]
mod engine_messages;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    // Whatever it says, reading ends.
    while let Ok(Some((_, samples))) = engine_messages::read_message::<serde_json::Value>(&mut rest) {
        assert!(samples.len() <= 60 * 16_000);
    }
});
