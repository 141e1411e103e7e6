//! Which voice is the teacher's, by the profile that is stored of it.

use super::encoder::{Embedding, VoiceProfile};
use crate::conference::Voice;

/// The voice most like the profile, and how much more than the next.
pub(super) fn best_match(centroids: &[Embedding], profile: &VoiceProfile) -> Option<(Voice, f32)> {
    let mut scores: Vec<(usize, f32)> = centroids.iter().map(|centroid| centroid.similarity(&profile.embedding)).enumerate().collect();
    scores.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = scores.first()?;
    let next = scores.get(1).map_or(0.0, |next| next.1);
    Some((Voice(best.0 as u8), best.1 - next))
}
