//! What the program and its speech engine say to each other: one header in JSON and raw samples, each with its length before it.
//!
//! Reading is total: any bytes give a message or an error, never a panic and never more memory than the limits below.

use serde::{Serialize, de::DeserializeOwned};
use std::io::{self, Read, Write};

/// Changes whenever the messages do. The engine is the same binary, so a difference means a mix-up of installations.
pub(super) const VERSION: u32 = 5;

/// Marks the beginning of each message, so that stray output is noticed at once ("AfterBell Engine").
const MAGIC: [u8; 4] = *b"ABE1";

/// 4 MiB: thirty seconds hold under 200 words of about 100 bytes each; even a runaway answer stays far below.
const LONGEST_HEADER: usize = 4 << 20;

/// 60 s at 16 kHz: twice the longest chunk.
const MOST_SAMPLES: usize = 60 * 16_000;

/// Writes one message and flushes it.
///
/// # Errors
/// When the other side is gone, or the message is larger than the other side would accept.
pub(super) fn write_message(out: &mut impl Write, header: &impl Serialize, samples: &[f32]) -> io::Result<()> {
    let header = serde_json::to_vec(header)?;
    if header.len() > LONGEST_HEADER || samples.len() > MOST_SAMPLES {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "message too large"));
    }
    let mut bytes = Vec::with_capacity(12 + header.len() + samples.len() * 4);
    bytes.extend(MAGIC);
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend((samples.len() as u32).to_le_bytes());
    bytes.extend(header);
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    out.write_all(&bytes)?;
    out.flush()
}

/// Reads one message. `None` = the other side ended between two messages, as it should.
///
/// # Errors
/// When the stream breaks inside a message, or what arrives is not one.
pub(super) fn read_message<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<(T, Vec<f32>)>> {
    let mut prefix = [0_u8; 12];
    let mut filled = 0;
    while filled < prefix.len() {
        match input.read(&mut prefix[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
    let [m0, m1, m2, m3, h0, h1, h2, h3, s0, s1, s2, s3] = prefix;
    let header_bytes = u32::from_le_bytes([h0, h1, h2, h3]) as usize;
    let sample_count = u32::from_le_bytes([s0, s1, s2, s3]) as usize;
    if [m0, m1, m2, m3] != MAGIC || header_bytes > LONGEST_HEADER || sample_count > MOST_SAMPLES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a message of the speech engine"));
    }
    let header = serde_json::from_slice(&read_exactly(input, header_bytes)?)?;
    let samples = read_exactly(input, sample_count * 4)?;
    let samples = samples.as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
    Ok(Some((header, samples)))
}

/// Grows with what really arrives: a false length costs no memory.
fn read_exactly(input: &mut impl Read, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.by_ref().take(count as u64).read_to_end(&mut bytes)?;
    if bytes.len() < count { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The files by which a fuzzer reached ever more of this (tests/fuzz).
    #[test]
    fn what_a_fuzzer_found_its_way_with_is_survived() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz/engine_messages.zip");
        let mut corpus = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        assert!(corpus.len() > 20);
        for index in 0..corpus.len() {
            let mut bytes = Vec::new();
            corpus.by_index(index).unwrap().read_to_end(&mut bytes).unwrap();
            let mut rest = bytes.as_slice();
            while let Ok(Some((_, samples))) = read_message::<serde_json::Value>(&mut rest) {
                assert!(samples.len() <= MOST_SAMPLES);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn messages_arrive_as_they_were_sent(header in ".{0,40}", bits in prop::collection::vec(any::<u32>(), 0..300)) {
            let samples: Vec<f32> = bits.iter().map(|&bits| f32::from_bits(bits)).collect();
            let mut stream = Vec::new();
            write_message(&mut stream, &header, &samples).unwrap();
            write_message(&mut stream, &"second", &[]).unwrap();
            let mut stream = stream.as_slice();
            let (got, arrived) = read_message::<String>(&mut stream).unwrap().unwrap();
            prop_assert_eq!(got, header);
            prop_assert_eq!(arrived.iter().map(|sample| sample.to_bits()).collect::<Vec<_>>(), bits);
            prop_assert_eq!(read_message::<String>(&mut stream).unwrap().unwrap().0, "second");
            prop_assert!(read_message::<String>(&mut stream).unwrap().is_none());
        }

        #[test]
        fn a_message_cut_anywhere_is_an_error(cut in 1_usize..60) {
            let mut stream = Vec::new();
            write_message(&mut stream, &"forty or so bytes of header", &[0.5; 8]).unwrap();
            prop_assume!(cut < stream.len());
            prop_assert!(read_message::<String>(&mut &stream[..cut]).is_err());
        }

        #[test]
        fn a_message_altered_anywhere_is_survived(at in 0_usize..400, value: u8, length in prop::option::of(any::<u32>())) {
            let mut stream = Vec::new();
            write_message(&mut stream, &"a header that tells of words", &[0.5; 80]).unwrap();
            if let Some(length) = length {
                let at = at % 9 + 4;
                stream[at..at + 4].copy_from_slice(&length.to_le_bytes());
            }
            let at = at % stream.len();
            stream[at] = value;
            // Whatever it says, reading ends.
            let mut rest = stream.as_slice();
            while let Ok(Some(_)) = read_message::<String>(&mut rest) {}
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), with_magic: bool) {
            let mut stream = if with_magic { MAGIC.to_vec() } else { Vec::new() };
            stream.extend(bytes);
            let answer = read_message::<String>(&mut stream.as_slice());
            prop_assert!(with_magic || stream.is_empty() || stream.starts_with(&MAGIC) || answer.is_err());
        }
    }
}
