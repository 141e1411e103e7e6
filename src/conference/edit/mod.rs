//! A conference as the teacher changes it: the record with all that follows from it, the operations that make overrides, and overrides laid over other words.
//!
//! May use `model`, `talk` and `evidence`. Never reads or writes a file: who saves an edit is `work`.

pub mod edits;
pub mod hard_to_hear;
pub mod rebase;
pub mod record;
pub mod turn_key;
