//! Plays a recording: play, pause, seek, speed with the pitch kept.

use crate::conference::Millis;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Where the player is; read by the window each frame.
#[derive(Debug, Default)]
pub struct Playhead {
    millis: AtomicI64,
    playing: AtomicBool,
}

impl Playhead {
    /// The position being heard.
    #[must_use]
    pub fn position(&self) -> Millis {
        Millis(self.millis.load(Ordering::Relaxed))
    }

    /// Whether sound is playing.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.playing.load(Ordering::Relaxed)
    }
}
