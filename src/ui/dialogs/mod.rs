//! What is drawn over a screen: dialogs, messages, the list of keys.
//!
//! May use `kit`. A dialog asks for what is to be done; it never does it.

pub mod import_dialog;
pub mod keys;
pub mod overlays;
pub mod participants_dialog;
pub mod paste_dialog;
pub mod retranscribe_dialog;
pub mod share_dialog;
pub mod share_preview;
pub mod teacher_dialog;
