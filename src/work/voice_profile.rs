//! The teacher's voice as the library keeps it, for whoever tells voices apart.

use crate::error::Result;
use crate::library::Library;
use crate::speech::{EMBEDDING, Embedding, VoiceProfile};

/// The teacher's voice as it is stored; none when it was learned by another encoder.
///
/// # Errors
/// When the library cannot be read.
pub fn stored(library: &Library) -> Result<Option<VoiceProfile>> {
    let stored = library.voice_profile()?;
    // What an encoder before this one made has another number of values, and says nothing to this one.
    let stored = stored.filter(|stored| stored.embedding.len() == EMBEDDING);
    Ok(stored.map(|stored| VoiceProfile { embedding: Embedding::normalised(stored.embedding), seconds: stored.seconds }))
}

/// Whether the kept voice was learned by an encoder before this one. It says nothing to this one, and has to be learned again.
///
/// # Errors
/// When the library cannot be read.
pub fn is_outdated(library: &Library) -> Result<bool> {
    Ok(library.voice_profile()?.is_some_and(|stored| stored.embedding.len() != EMBEDDING))
}
