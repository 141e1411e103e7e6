//! The conference screen, where the teacher listens and reflects: transcript, sound, the five question cards.
//!
//! May use `dialogs` and `kit`. Edits go to the `EditSession`; nothing here keeps an undo stack or a pending save.

pub mod cards;
pub mod conference_screen;
pub mod editing;
pub mod hard_to_hear;
pub mod phase_marks;
pub mod timeline;
pub mod transcript;
pub mod transport;
pub mod turn_layout;
pub mod voices_panel;
