//! The data of a conference: time, words, speakers, people, what was found, what the teacher overrode, the reflection. What the library stores.
//!
//! May use nothing else of the conference. Computes nothing about the talk: that is `talk` and `evidence`.

pub mod data;
pub mod doubt;
pub mod ids;
pub mod overrides;
pub mod people;
pub mod phase;
pub mod punctuation;
pub mod reflection;
pub mod remarks;
pub mod spacing;
pub mod speakers;
pub mod time;
pub mod transcript;
