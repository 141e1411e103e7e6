//! What is promised to a teacher, tried on the whole program: one program with all tests, so that it is linked once. `tests/README.md` lists the promises.
//!
//! Each file tells what it tries; what several of them need is in `support`. Tests of the audio callbacks count allocations and are a program of
//! their own (`tests/realtime.rs`).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says by panicking what went wrong, and prints what it measured"
)]

mod support;

mod again;
mod broken_input;
mod bundles;
mod choosing;
mod clock;
mod coming_back;
mod commands;
mod cutting;
mod damage;
mod dates;
mod decoding;
mod deleted_screen;
mod dialogues;
mod download;
mod editing;
mod end_to_end;
mod engine;
mod every_word;
mod exports;
mod fitting;
mod forgetting;
mod guessing;
mod identity;
mod importing;
mod kills;
mod lanes;
mod library;
mod listening;
mod listing;
mod live;
mod load;
mod loss;
mod microphone;
mod navigation;
mod old_library;
mod ordinary_work;
mod overlays;
mod people;
mod powercut;
mod problems;
mod reflect;
mod samples;
mod screens;
mod share_dialog;
mod sharing;
mod typed;
mod voices;
mod web_page;
mod window;
