//! How far work has come: on a conference, and on opening the library.

/// What is done before the library is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpeningStage {
    /// It is read through.
    Checking,
    /// It was damaged and is made again.
    Rebuilding {
        /// Conferences taken in so far.
        done: usize,
        /// Of so many.
        of: usize,
    },
}

/// The stages of the work on a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkStage {
    /// In the queue, or standing back while a recording runs.
    Waiting,
    /// Reading the sound.
    Reading,
    /// Telling voices apart.
    Voices,
    /// Writing words.
    Words,
    /// Saving.
    Saving,
}

impl WorkStage {
    /// As the screen says it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Reading => "Reading the sound",
            Self::Voices => "Telling the voices apart",
            Self::Words => "Transcribing",
            Self::Saving => "Saving",
        }
    }
}
