//! A very long recording is several files: `NAME.wav`, `NAME.2.wav` and so on, each a whole WAV, played and read one after the other.
//!
//! A WAV counts its bytes in 32 bits, so one file ends before that; the conference does not.

use std::path::{Path, PathBuf};

/// The file of segment `number` (1 is the first, which has no number).
pub(super) fn segment_path(first: &Path, number: u32) -> PathBuf {
    if number <= 1 { first.to_path_buf() } else { first.with_extension(format!("{number}.wav")) }
}

/// The files of the recording that begins with `first`, in order; at least `first` itself, there or not.
#[must_use]
pub fn segments(first: &Path) -> Vec<PathBuf> {
    let later = (2..).map(|number| segment_path(first, number)).take_while(|path| path.exists());
    std::iter::once(first.to_path_buf()).chain(later).collect()
}

/// The recording this file is a later segment of, by its name; none for a first segment.
#[must_use]
pub fn first_segment(path: &Path) -> Option<PathBuf> {
    let (name, number) = path.file_name()?.to_str()?.strip_suffix(".wav")?.rsplit_once('.')?;
    let number: u32 = number.parse().ok()?;
    let first = path.with_file_name(format!("{name}.wav"));
    (number > 1 && segment_path(&first, number) == path).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_by_their_names_and_nothing_else_is_taken_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("2026-11-25 22.04.50 1a2b.wav");
        for number in [1, 2, 3, 5] {
            std::fs::write(segment_path(&first, number), "").unwrap();
        }
        assert_eq!(segments(&first), [1, 2, 3].map(|number| segment_path(&first, number)), "the fifth without a fourth is none");
        assert_eq!(first_segment(&segment_path(&first, 3)), Some(first.clone()));
        for other in [first, folder.path().join("talk.1.wav"), folder.path().join("talk.02.wav"), folder.path().join("talk.2.mp3")] {
            assert_eq!(first_segment(&other), None, "{other:?}");
        }
    }
}
