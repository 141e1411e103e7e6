//! Looks through a speech model file before anything is loaded from it.
//!
//! whisper.cpp loads a truncated file without a word and writes rubbish, and an altered header makes it abort, loop or ask for
//! 8 GB. So the whole table of contents is walked here, in a few milliseconds and without reading the weights: what passes has
//! the shape of a Whisper model and every byte of it. (A byte altered inside the weights is found by the checksum, not here.)

use crate::error::{Error, ErrorKind, Result};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// "ggml", as whisper.cpp's `GGML_FILE_MAGIC`.
const MAGIC: u32 = 0x6767_6d6c;

/// Checks that the file is a whole Whisper model in whisper.cpp's format.
///
/// # Errors
/// `ModelMissing` when there is no such file, `FileUnreadable` when it cannot be read, `NotAModel` when it is something else,
/// `ModelDamaged` when it begins like a model and is cut, altered or of an unknown shape.
pub fn check_model(path: &Path) -> Result<()> {
    let doing = "looking at a speech model file";
    let open_failed = |err: std::io::Error| match err.kind() {
        std::io::ErrorKind::NotFound => Error::new(ErrorKind::ModelMissing, doing, err),
        _ => Error::reading(doing, err),
    };
    let file = File::open(path).map_err(open_failed)?;
    let about = file.metadata().map_err(|err| Error::reading(doing, err))?;
    if !about.is_file() {
        return Err(Error::new(ErrorKind::NotAModel, doing, "not a file"));
    }
    walk(BufReader::new(file), about.len())
}

/// As [`check_model`], for a source of `bytes` bytes.
fn walk(source: impl Read + Seek, bytes: u64) -> Result<()> {
    let mut walk = Walk { source, at: 0, bytes };
    if walk.u32().map_err(|_short| Error::new(ErrorKind::NotAModel, "looking at a speech model file", "shorter than four bytes"))? != MAGIC {
        return Err(Error::new(ErrorKind::NotAModel, "looking at a speech model file", "does not begin with the ggml magic"));
    }
    let shape = walk.shape()?;
    walk.vocabulary(&shape)?;
    walk.tensors(&shape)
}

struct Shape {
    n_vocab: u32,
    state: u32,
    audio_layers: u32,
    text_layers: u32,
    mel_bands: u32,
    /// The ggml type of the big tensors.
    weights: u32,
}

/// (width, encoder layers) of the five sizes OpenAI published; whisper.cpp knows no others.
const SIZES: [(u32, u32); 5] = [(384, 4), (512, 6), (768, 12), (1024, 24), (1280, 32)];

/// Positions of the encoder and of the decoder, the same in every Whisper model.
const AUDIO_CONTEXT: u32 = 1500;
const TEXT_CONTEXT: u32 = 448;

struct Walk<S> {
    source: S,
    at: u64,
    bytes: u64,
}

impl<S: Read + Seek> Walk<S> {
    fn shape(&mut self) -> Result<Shape> {
        let mut header = [0_u32; 11];
        for field in &mut header {
            *field = self.u32()?;
        }
        let [n_vocab, audio_ctx, state, audio_head, audio_layers, text_ctx, text_state, text_head, text_layers, mel_bands, ftype] = header;
        let known_size = SIZES.contains(&(state, audio_layers)) && text_state == state && audio_head == state / 64 && text_head == state / 64;
        let known_rest = (51_864..=51_866).contains(&n_vocab)
            && audio_ctx == AUDIO_CONTEXT
            && text_ctx == TEXT_CONTEXT
            && (1..=audio_layers).contains(&text_layers)
            && matches!(mel_bands, 80 | 128);
        // Thousands hold the version of the quantisation: 0 for files without, 1 and 2 for those in use.
        let weights = if ftype / 1000 <= 2 { weights_of(ftype % 1000) } else { None };
        let (true, true, Some(weights)) = (known_size, known_rest, weights) else {
            return Err(damaged("the header describes no known model"));
        };
        // 201 = 400 / 2 + 1 points of the 25 ms spectrum at 16 kHz.
        if (self.u32()?, self.u32()?) != (mel_bands, 201) {
            return Err(damaged("the filter bank has another size"));
        }
        self.skip(u64::from(mel_bands) * 201 * 4)?;
        Ok(Shape { n_vocab, state, audio_layers, text_layers, mel_bands, weights })
    }

    fn vocabulary(&mut self, shape: &Shape) -> Result<()> {
        let count = self.u32()?;
        // 50256 or 50257 written words; the marks for time and language above them are made by the loader.
        if !(50_000..=shape.n_vocab).contains(&count) {
            return Err(damaged("the vocabulary has another size"));
        }
        for _ in 0..count {
            let length = self.u32()?;
            // The longest in the published models has 128 bytes.
            if length > 1024 {
                return Err(damaged("a word of the vocabulary is too long"));
            }
            self.skip(u64::from(length))?;
        }
        Ok(())
    }

    fn tensors(&mut self, shape: &Shape) -> Result<()> {
        let mut count = 0;
        while self.at < self.bytes {
            let (dims, name_length, kind) = (self.u32()?, self.u32()?, self.u32()?);
            // Names are like `decoder.blocks.31.cross_attn.query.weight`.
            let (true, Some((block, block_bytes))) = ((1..=3).contains(&dims) && (1..=64).contains(&name_length), block_of(kind)) else {
                return Err(damaged("an entry of the table is not one"));
            };
            let mut size = [1_u32; 3];
            for side in size.iter_mut().take(dims as usize) {
                *side = self.u32()?;
            }
            let mut name = vec![0_u8; name_length as usize];
            self.fill(&mut name)?;
            let expected = match name.as_slice() {
                b"decoder.token_embedding.weight" => Some(([shape.state, shape.n_vocab, 1], shape.weights)),
                b"encoder.positional_embedding" => Some(([shape.state, AUDIO_CONTEXT, 1], 0)),
                b"decoder.positional_embedding" => Some(([shape.state, TEXT_CONTEXT, 1], 0)),
                b"encoder.conv1.weight" => Some(([3, shape.mel_bands, shape.state], kind)),
                _ => None,
            };
            let elements = size.iter().try_fold(1_u64, |product, &side| product.checked_mul(u64::from(side)));
            let (Some(elements), false) = (elements, expected.is_some_and(|expected| expected != (size, kind))) else {
                return Err(damaged("a tensor does not fit the header"));
            };
            if elements == 0 || !elements.is_multiple_of(block) {
                return Err(damaged("a tensor has an impossible size"));
            }
            self.skip((elements / block).saturating_mul(block_bytes))?;
            count += 1;
        }
        // 11 around the blocks, 15 in each of the encoder's and 24 in each of the decoder's.
        if count != 11 + 15 * shape.audio_layers + 24 * shape.text_layers {
            return Err(damaged("tensors are missing"));
        }
        Ok(())
    }

    fn u32(&mut self) -> Result<u32> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.source.read_exact(bytes).map_err(|err| Error::new(ErrorKind::ModelDamaged, "looking at a speech model file", err))?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    fn skip(&mut self, count: u64) -> Result<()> {
        if count > self.bytes.saturating_sub(self.at) {
            return Err(damaged("the file is cut off"));
        }
        self.at += count;
        self.source.seek_relative(count as i64).map_err(|err| Error::reading("looking at a speech model file", err))
    }
}

fn damaged(cause: &'static str) -> Error {
    Error::new(ErrorKind::ModelDamaged, "looking at a speech model file", cause)
}

/// The ggml type of the big tensors for a file type (`ggml_ftype_to_ggml_type`), for the kinds whisper.cpp publishes or quantises to.
fn weights_of(ftype: u32) -> Option<u32> {
    Some(match ftype {
        0..=3 => ftype,
        7 => 8,
        8 => 6,
        9 => 7,
        10..=14 => ftype,
        _ => return None,
    })
}

/// (elements, bytes) of one block of a ggml type.
fn block_of(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 => (1, 4),
        1 => (1, 2),
        2 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        10 => (256, 84),
        11 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, SeekFrom};

    fn shipped() -> File {
        File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/models/ggml-base-q8_0.bin")).unwrap()
    }

    /// The kind of failure for the shipped model cut to `length`.
    fn cut_to(length: u64) -> Result<()> {
        walk(BufReader::new(shipped().take_seekable(length)), length)
    }

    /// A file that ends early, without a copy of 80 MB.
    struct Cut(File, u64);
    trait TakeSeekable {
        fn take_seekable(self, length: u64) -> Cut;
    }
    impl TakeSeekable for File {
        fn take_seekable(self, length: u64) -> Cut {
            Cut(self, length)
        }
    }
    impl Read for Cut {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let left = self.1.saturating_sub(self.0.stream_position()?).min(buffer.len() as u64) as usize;
            self.0.read(&mut buffer[..left])
        }
    }
    impl Seek for Cut {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn the_shipped_model_is_whole() {
        let bytes = shipped().metadata().unwrap().len();
        cut_to(bytes).unwrap();
    }

    #[test]
    fn the_shipped_model_cut_anywhere_is_damaged() {
        let bytes = shipped().metadata().unwrap().len();
        for length in [4, 7, 48, 56, 57, 64_000, 64_400, 600_000, 1_000_000, bytes / 4, bytes / 2, bytes - 5_000_000, bytes - 4096, bytes - 1] {
            let kind = cut_to(length).unwrap_err().kind;
            assert_eq!(kind, ErrorKind::ModelDamaged, "cut to {length}");
        }
        for length in [0, 1, 3] {
            assert_eq!(cut_to(length).unwrap_err().kind, ErrorKind::NotAModel, "cut to {length}");
        }
    }

    #[test]
    fn an_altered_header_field_is_damaged_whatever_it_says() {
        let mut start = vec![0; 700_000];
        shipped().read_exact(&mut start).unwrap();
        for field in 1..14 {
            for value in [0_u32, 1, 7, 32, 12_000, 51_864, 0x7fff_ffff, 0xffff_ffff] {
                if (field, value) == (11, 7) {
                    continue; // 8 bits, as 2007 says too: the thousands only number the layout.
                }
                let mut altered = start.clone();
                altered[field * 4..field * 4 + 4].copy_from_slice(&value.to_le_bytes());
                // The rest of the file stays as it is.
                let result = walk(Altered { start: Cursor::new(altered), rest: shipped(), at: 0 }, shipped().metadata().unwrap().len());
                assert_eq!(result.unwrap_err().kind, ErrorKind::ModelDamaged, "field {field} = {value}");
            }
        }
    }

    /// The shipped model with another beginning.
    struct Altered {
        start: Cursor<Vec<u8>>,
        rest: File,
        at: u64,
    }
    impl Read for Altered {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = if self.at < self.start.get_ref().len() as u64 {
                self.start.set_position(self.at);
                self.start.read(buffer)?
            } else {
                self.rest.seek(SeekFrom::Start(self.at))?;
                self.rest.read(buffer)?
            };
            self.at += count as u64;
            Ok(count)
        }
    }
    impl Seek for Altered {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.at = match to {
                SeekFrom::Start(at) => at,
                SeekFrom::Current(by) => self.at.saturating_add_signed(by),
                SeekFrom::End(_) => return Err(std::io::ErrorKind::Unsupported.into()),
            };
            Ok(self.at)
        }
    }

    #[test]
    fn what_is_no_model_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        let kind_of = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            check_model(&path).unwrap_err().kind
        };
        assert_eq!(kind_of("empty.bin", b""), ErrorKind::NotAModel);
        assert_eq!(kind_of("text.bin", b"Dear teacher, this is a letter."), ErrorKind::NotAModel);
        assert_eq!(kind_of("page.bin", b"<!DOCTYPE html><html>Sign in to the school network</html>"), ErrorKind::NotAModel);
        assert_eq!(kind_of("garbage.bin", &[0xa5; 5000]), ErrorKind::NotAModel);
        assert_eq!(kind_of("magic only.bin", b"lmgg"), ErrorKind::ModelDamaged);
        assert_eq!(kind_of("magic and garbage.bin", &[b"lmgg".as_slice(), &[0x11; 5000]].concat()), ErrorKind::ModelDamaged);
        assert_eq!(check_model(folder.path()).unwrap_err().kind, ErrorKind::NotAModel);
        assert_eq!(check_model(&folder.path().join("gone.bin")).unwrap_err().kind, ErrorKind::ModelMissing);
    }
}
