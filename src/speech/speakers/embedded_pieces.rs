//! Pieces of speech with what they sound like.

use super::encoder::Embedding;
use super::pieces::Piece;

/// Pieces with what they sound like.
pub(super) struct Pieces<'a> {
    pub pieces: &'a [Piece],
    pub embeddings: &'a [Embedding],
    /// Of which voice a piece is, where the teacher said so.
    pub labelled: Vec<Option<usize>>,
}

impl Pieces<'_> {
    /// The length of a piece in seconds.
    pub fn secs(&self, index: usize) -> f32 {
        self.pieces[index].secs()
    }
}
