//! Packets on their way to a decoder, with what is known of their time.

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::packet::Packet;

/// Packets that belong together, with what is known of their time.
pub(super) struct Group {
    pub packets: Vec<Packet>,
    pub time: Time,
    /// What follows needs a new decoder.
    pub params: Option<AudioCodecParameters>,
    /// Another recording begins here, with a clock of its own.
    pub begins: bool,
    /// A piece of the file may be gone before it, of which nothing tells how long it was.
    pub is_after_cut: bool,
}

/// When a group is heard, in seconds on the clock of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Time {
    /// It begins here, and lasts so long (zero: nobody says).
    Begins(f64, f64),
    /// It ends here. Of the last of a stream only so much is to be heard; it begins where the one before ended, or, when it is the only one, at the delay.
    Ends { end: f64, is_last: bool, is_after_loss: bool, delay: f64 },
}

/// What comes of asking for more.
pub(super) enum NextGroup {
    Group(Group),
    /// The end; broken: what follows cannot be read.
    End {
        is_broken: bool,
    },
}
