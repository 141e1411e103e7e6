//! What follows from words and voices alone: turns, shares, pauses, pace.
//!
//! May use `model`. Never asks what the words mean: that is `evidence`.

pub mod measures;
pub mod turns;
pub mod waits;
