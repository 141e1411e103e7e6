//! The other screens, one file each: what it shows, and what it asks for.
//!
//! May use `reflect`, `dialogs` and `kit`. A screen never reads, writes, waits or spawns.

pub mod conferences;
pub mod deleted;
pub mod received;
pub mod record;
pub mod recording;
pub mod settings;
pub mod welcome;
