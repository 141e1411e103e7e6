//! What the words show for the five questions: sentences with their signs, questions, phases, compliments, teaching, and all of it together in `findings`.
//!
//! May use `model` and `talk`. Changes nothing: overrides by the teacher are read, never made.

pub mod compliment;
pub mod cues;
pub mod findings;
pub mod lexicon;
pub mod phase_model;
pub mod phases;
pub mod questions;
pub mod sentences;
pub mod sequence;
pub mod signs;
pub mod teaching;
