//! Every stage of the recipe against its reference implementation (Python, ONNX Runtime, 32-bit), on the first 40 s of a sample conference.

use super::diarize::{SpeakerConstraints, diarize};
use super::doubts::RESULT;
use super::embedded_pieces::Pieces;
use super::embeddings::SpeakerEmbeddings;
use super::encoder::EMBEDDING;
use super::fbank::Fbank;
use super::foreground::runs;
use super::lanes::{Speech, labels_of, whose};
use super::pieces::Piece;
use super::resegmentation::{VoiceEvidence, resegment};
use super::single_speaker::probability_of_two;
use crate::conference::VoiceCount;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Check {
    seconds: usize,
    curve_step: usize,
    speech: Vec<f32>,
    overlap: Vec<f32>,
    change: Vec<f32>,
    level: Vec<f32>,
    fbank_frames: [usize; 2],
    fbank: Vec<f32>,
    pieces: Vec<[usize; 2]>,
    embeddings: Vec<Vec<f32>>,
    shares: Vec<f32>,
    likelihood: f32,
    cosine: f32,
    two: f32,
    cells: Vec<usize>,
    whose: Vec<usize>,
    lanes: Vec<Vec<[usize; 2]>>,
}

fn worst<'a>(found: impl Iterator<Item = &'a f32>, expected: &[f32]) -> f32 {
    found.zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn every_stage_is_the_reference_recipes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let check: Check = serde_json::from_str(&std::fs::read_to_string(root.join("tests/data/speakers-maya.json")).unwrap()).unwrap();
    let mut samples = crate::audio::decode_file(&root.join("assets/samples/maya.flac"), &mut |_| Ok(())).unwrap().samples;
    samples.truncate(check.seconds * 16_000);

    // Features: the reference reckons in 64 bits; kept with four decimals.
    let [from, to] = check.fbank_frames;
    let found = Fbank::new().frames(&samples, from, to);
    assert!(found.len() == check.fbank.len() && worst(found.iter(), &check.fbank) < 1e-3, "{}", worst(found.iter(), &check.fbank));

    // Steps 1 and 2: the curves are kept as 16-bit floats, and the reference with three decimals.
    let (embeddings, foreground) = SpeakerEmbeddings::by_recipe(&samples).unwrap();
    let curves = embeddings.curves();
    let curve = |name: &str, found: &[f32], expected: &[f32]| {
        assert_eq!(found.len().div_ceil(check.curve_step), expected.len());
        // A frame that lies just on the edge between two of the network's, or two chunks, is the earlier's or the later's by the last bit of a division.
        let off: Vec<f32> = found.iter().step_by(check.curve_step).zip(expected).map(|(a, b)| (a - b).abs()).filter(|off| *off > 3e-3).collect();
        assert!(off.len() * 16 <= expected.len() && off.iter().all(|off| *off < 0.5), "{name}: {off:?} of {}", expected.len());
    };
    curve("speech", &curves.speech, &check.speech);
    curve("overlap", &curves.overlap, &check.overlap);
    curve("change", &curves.change, &check.change);
    curve("level", &foreground.level, &check.level);

    // Step 3.
    let pieces: Vec<[usize; 2]> = embeddings.pieces().iter().map(|piece| [piece.start, piece.end]).collect();
    assert_eq!(pieces, check.pieces);
    for (found, expected) in embeddings.embeddings().iter().zip(&check.embeddings) {
        assert!(worst(found.0.iter(), expected) < 1e-3);
    }

    // Step 4: which of the two comes first does not matter.
    let of = Pieces { pieces: embeddings.pieces(), embeddings: embeddings.embeddings(), labelled: vec![None; embeddings.pieces().len()] };
    let voices = of.cluster(2, &mut |_| Ok(())).unwrap();
    let is_swapped = (voices.shares[0] - check.shares[0]).abs() > (voices.shares[1] - check.shares[0]).abs();
    let share = voices.shares[usize::from(is_swapped)];
    assert!((share - check.shares[0]).abs() < 2e-3 && (voices.likelihood - check.likelihood).abs() < 1e-2, "{share}, {}", voices.likelihood);
    assert!((voices.centroids[0].similarity(&voices.centroids[1]) - check.cosine).abs() < 2e-3);
    assert!((probability_of_two(&of, &voices).unwrap() - check.two).abs() < 5e-3);

    // Step 5: the mixtures begin elsewhere, so that a few cells at the edges of turns may differ.
    let scores: Vec<Vec<f32>> = (0..pieces.len()).map(|index| of.scores(index, RESULT, &voices.centroids, &voices.shares)).collect();
    let cells = resegment(&samples, &VoiceEvidence { pieces: &of, scores: &scores, labelled: &[], change: &curves.change }, &mut |_| Ok(())).unwrap();
    let same =
        check.cells.iter().zip(&check.whose).filter(|(cell, whose)| cells.voices[**cell] == Some(if is_swapped { 1 - **whose } else { **whose })).count();
    assert!(same * 100 >= check.cells.len() * 97, "{same} of {} cells", check.cells.len());

    // Steps 6 to 8: all but a few frames.
    let whose = whose(&scores);
    let lanes = Speech::new(&of, &voices, &whose, &foreground, &curves).lanes(labels_of(&of, &whose, Some(&cells.voices), curves.speech.len()), 2, &curves);
    for (voice, expected) in check.lanes.iter().enumerate() {
        let found = &lanes[if is_swapped { 1 - voice } else { voice }];
        let inside = |frame: usize| expected.iter().any(|&[from, to]| (from..to).contains(&frame));
        let off = found.iter().enumerate().filter(|(frame, speaks)| inside(*frame) != **speaks).count();
        assert!(off * 100 <= found.len() * 2, "voice {voice}: {off} of {} frames; {:?} for {expected:?}", found.len(), runs(found));
    }
    let found = diarize(&samples, &embeddings, &SpeakerConstraints { students: 1, ..SpeakerConstraints::default() }, &mut |_| Ok(())).unwrap();
    assert_eq!((found.count, found.is_noisy), (VoiceCount::AsExpected, false));
}

#[test]
fn what_is_kept_is_what_was_heard() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let samples = crate::audio::decode_file(&root.join("assets/samples/leo.flac"), &mut |_| Ok(())).unwrap().samples;
    let embeddings = SpeakerEmbeddings::embed(&samples[..16_000 * 21], SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap();
    let bytes = embeddings.to_bytes().unwrap();
    let again = SpeakerEmbeddings::from_bytes(&bytes).unwrap();
    let pieces: &[Piece] = again.pieces();
    assert!(pieces == embeddings.pieces() && pieces.len() > 5 && again.curves() == embeddings.curves());
    assert!(embeddings.embeddings().iter().zip(again.embeddings()).all(|(a, b)| a.similarity(b) > 0.9999));
    assert!((0..bytes.len()).step_by(37).all(|cut| SpeakerEmbeddings::from_bytes(&bytes[..cut]).is_none()));
    // Nothing of the networks' own memory is kept with it: that would be half a megabyte a piece.
    assert!(embeddings.embeddings().iter().all(|embedding| embedding.0.capacity() < 2 * EMBEDDING));
    // Of the version before: the voices are heard anew.
    assert_eq!(SpeakerEmbeddings::from_bytes(&[1, 200, 1, 20, 0, 0, 0]), None);
    // Kept of the whole, nothing is heard again; of a beginning, only the rest.
    assert_eq!(SpeakerEmbeddings::embed(&samples[..16_000 * 21], again.clone(), &mut |_| Ok(())).unwrap(), again);
    let longer = SpeakerEmbeddings::embed(&samples[..16_000 * 30], again, &mut |_| Ok(())).unwrap();
    let whole = SpeakerEmbeddings::embed(&samples[..16_000 * 30], SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap();
    assert!(longer.pieces() == whole.pieces() && longer.embeddings().iter().zip(whole.embeddings()).all(|(a, b)| a.similarity(b) > 0.9));
}
