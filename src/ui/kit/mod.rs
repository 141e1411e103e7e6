//! What all screens are made of: the theme, icons, widgets, text in reading order, dates, and the state that the app lends them.
//!
//! May use nothing else of the window. Knows no screen.

pub mod app_state;
pub mod charts;
pub mod choices;
pub mod dates;
pub mod icons;
pub mod language_choice;
pub mod overlay;
pub mod reading_order;
pub mod roster;
pub mod student_picker;
pub mod theme;
pub mod widgets;
