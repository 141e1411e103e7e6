//! A sound that is looked at piece by piece: in memory, or on the disk when it is hours long.

use std::borrow::Cow;

/// 16 kHz mono, -1 to 1.
pub trait Samples {
    /// How many there are.
    fn count(&self) -> usize;

    /// From one sample up to another, as far as they are there.
    fn range(&self, from: usize, to: usize) -> Cow<'_, [f32]>;
}

impl Samples for [f32] {
    fn count(&self) -> usize {
        self.len()
    }

    fn range(&self, from: usize, to: usize) -> Cow<'_, [f32]> {
        let to = to.min(self.len());
        Cow::Borrowed(&self[from.min(to)..to])
    }
}

impl Samples for Vec<f32> {
    fn count(&self) -> usize {
        self.len()
    }

    fn range(&self, from: usize, to: usize) -> Cow<'_, [f32]> {
        self.as_slice().range(from, to)
    }
}

impl<const N: usize> Samples for [f32; N] {
    fn count(&self) -> usize {
        N
    }

    fn range(&self, from: usize, to: usize) -> Cow<'_, [f32]> {
        self.as_slice().range(from, to)
    }
}

/// All of a sound, in blocks of so many.
pub fn blocks(sound: &(impl Samples + ?Sized), size: usize) -> impl Iterator<Item = Cow<'_, [f32]>> {
    (0..sound.count()).step_by(size.max(1)).map(move |from| sound.range(from, from + size.max(1)))
}
