//! Is this file a whole Whisper model? whisper.cpp loads a truncated one without a word and crashes on an altered one, so we look first.

use crate::error::{Error, ErrorKind, Result};
use std::io::{BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

/// "ggml" as whisper.cpp writes it.
const MAGIC: u32 = 0x6767_6d6c;

/// Bytes per block and elements per block of the tensor types whisper.cpp's models use (ggml's type numbers).
fn block(kind: i32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (4, 1),      // f32
        1 => (2, 1),      // f16
        2 => (18, 32),    // q4_0
        3 => (20, 32),    // q4_1
        6 => (22, 32),    // q5_0
        7 => (24, 32),    // q5_1
        8 => (34, 32),    // q8_0
        12 => (144, 256), // q4_K
        13 => (176, 256), // q5_K
        14 => (210, 256), // q6_K
        _ => return None,
    })
}

/// Walks the file from its magic number to the last tensor, reading headers only.
///
/// # Errors
/// [`ErrorKind::NotAModel`] when it does not begin like one, [`ErrorKind::ModelDamaged`] when it does not end like one,
/// [`ErrorKind::FileUnreadable`] when it cannot be read.
pub fn check_model(path: &Path) -> Result<()> {
    let doing = "checking a speech model";
    let file = std::fs::File::open(path).map_err(|err| Error::reading(doing, err))?;
    let metadata = file.metadata().map_err(|err| Error::reading(doing, err))?;
    if !metadata.is_file() {
        return Err(Error::bare(ErrorKind::NotAModel, doing));
    }
    let size = metadata.len();
    let mut walk = Walk { reader: BufReader::new(file), at: 0, size };
    if walk.number().ok().map(|number| number as u32) != Some(MAGIC) {
        return Err(Error::bare(ErrorKind::NotAModel, doing));
    }
    walk.body()
}

struct Walk {
    reader: BufReader<std::fs::File>,
    at: u64,
    size: u64,
}

impl Walk {
    fn damaged(&self, why: &str) -> Error {
        Error::new(ErrorKind::ModelDamaged, "checking a speech model", format!("{why} at byte {} of {}", self.at, self.size))
    }

    fn number(&mut self) -> Result<i32> {
        let mut bytes = [0; 4];
        self.reader.read_exact(&mut bytes).map_err(|err| self.damaged(&err.to_string()))?;
        self.at += 4;
        Ok(i32::from_le_bytes(bytes))
    }

    fn number_within(&mut self, range: std::ops::RangeInclusive<i32>, what: &str) -> Result<u64> {
        let number = self.number()?;
        if range.contains(&number) { Ok(number as u64) } else { Err(self.damaged(&format!("{what} is {number}"))) }
    }

    fn skip(&mut self, bytes: u64) -> Result<()> {
        if bytes > self.size - self.at {
            return Err(self.damaged("the end is missing"));
        }
        self.at += bytes;
        // Small skips stay within the buffer.
        let moved = match i64::try_from(bytes) {
            Ok(bytes) => self.reader.seek_relative(bytes),
            Err(_) => self.reader.seek(SeekFrom::Start(self.at)).map(drop),
        };
        moved.map_err(|err| self.damaged(&err.to_string()))
    }

    fn body(&mut self) -> Result<()> {
        // The bounds hold for every Whisper from tiny (4 layers of 384) to large (32 layers of 1280).
        self.number_within(51_000..=52_000, "vocabulary")?;
        self.number_within(1500..=1500, "audio context")?;
        let audio_state = self.number_within(384..=1280, "audio state")?;
        let audio_heads = self.number_within(6..=20, "audio heads")?;
        let audio_layers = self.number_within(1..=32, "audio layers")?;
        self.number_within(448..=448, "text context")?;
        let text_state = self.number_within(384..=1280, "text state")?;
        let text_heads = self.number_within(6..=20, "text heads")?;
        let text_layers = self.number_within(1..=32, "text layers")?;
        let mels = self.number_within(80..=128, "mel bands")?;
        self.number()?; // file type: each tensor says its own
        if audio_state != audio_heads * 64 || text_state != text_heads * 64 || audio_state != text_state {
            return Err(self.damaged("the sizes do not fit each other"));
        }
        if self.number()? as u64 != mels {
            return Err(self.damaged("the mel filters do not fit"));
        }
        let bins = self.number_within(201..=201, "mel filter length")?;
        self.skip(mels * bins * 4)?;
        let tokens = self.number_within(50_000..=52_000, "tokens")?;
        for _ in 0..tokens {
            let length = self.number_within(0..=256, "token length")?;
            self.skip(length)?;
        }
        // Layers of an encoder have 15 tensors, of a decoder 24, and there are 11 besides.
        let expected = 11 + 15 * audio_layers + 24 * text_layers;
        let mut tensors = 0;
        while self.at < self.size {
            self.tensor()?;
            tensors += 1;
        }
        if tensors == expected { Ok(()) } else { Err(self.damaged(&format!("{tensors} tensors of {expected}"))) }
    }

    fn tensor(&mut self) -> Result<()> {
        let dimensions = self.number_within(1..=4, "tensor dimensions")?;
        let name = self.number_within(1..=128, "tensor name")?;
        let kind = self.number()?;
        let Some((bytes, elements)) = block(kind) else { return Err(self.damaged(&format!("tensor type {kind}"))) };
        let mut count = 1_u64;
        for _ in 0..dimensions {
            count *= self.number_within(1..=60_000, "tensor size")?;
        }
        if !count.is_multiple_of(elements) {
            return Err(self.damaged("a tensor of broken blocks"));
        }
        self.skip(name)?;
        self.skip(count / elements * bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> Vec<u8> {
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/ggml-base-q8_0.bin")).unwrap()
    }

    fn kind(bytes: &[u8]) -> Option<ErrorKind> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        check_model(file.path()).err().map(|err| err.kind)
    }

    #[test]
    fn the_shipped_model_is_whole_and_cut_anywhere_it_is_not() {
        let whole = shipped();
        assert_eq!(kind(&whole), None);
        for cut in [5, 40, 60, 70_000, 500_000, 2_000_000, whole.len() / 2, whole.len() - 1] {
            assert_eq!(kind(&whole[..cut]), Some(ErrorKind::ModelDamaged), "cut at {cut}");
        }
    }

    #[test]
    fn other_files_are_not_models() {
        assert_eq!(kind(b""), Some(ErrorKind::NotAModel));
        assert_eq!(kind(b"<html><body>This network does not allow it</body></html>"), Some(ErrorKind::NotAModel));
        assert_eq!(kind(&[0; 10_000]), Some(ErrorKind::NotAModel));
        assert_eq!(kind(b"GGUF\x03\x00\x00\x00 and more"), Some(ErrorKind::NotAModel));
    }

    #[test]
    fn an_altered_header_is_damage() {
        let whole = shipped();
        for field in 1..10 {
            let mut altered = whole.clone();
            altered[4 * field + 1] ^= 0x7f;
            assert_eq!(kind(&altered), Some(ErrorKind::ModelDamaged), "field {field}");
        }
    }
}
