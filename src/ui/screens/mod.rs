//! The other screens, one file each: what it shows, and what it asks for.
//!
//! May use `reflect`, `dialogs` and `kit`. A screen never reads, writes, waits or spawns.

pub mod conference_rows;
pub mod conferences;
pub mod deleted;
pub mod list_filters;
pub mod received;
pub mod record;
pub mod recording;
pub mod settings;
pub mod settings_models;
pub mod settings_parts;
pub mod welcome;
