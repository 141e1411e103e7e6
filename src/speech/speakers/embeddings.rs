//! What was heard of a recording's voices: all that telling them apart needs besides the sound, kept with the conference so that a correction can
//! tell them apart again in a moment. It is made as sound arrives, or of a whole recording; what was begun is gone on with.

use super::encoder::{EMBEDDING, Embedding, Encoder};
use super::fbank::HOP;
use super::foreground::{Detected, Detector, Foreground};
use super::pieces::{Piece, pieces};
use super::segmentation::{Curves, Segmentation, SegmentationWindow, WINDOW_VALUES, curves};
use crate::conference::{Millis, Samples, Span, blocks, union};
use crate::error::{Error, ErrorKind, Result};
use crate::speech::lift::Lift;
use crate::speech::silero::CHUNK;
use half::f16;
use serde::{Deserialize, Serialize};

/// The version of the kept form. What was kept in another one (1: embeddings of the encoder before; 2: soft voices were not lifted; 3: less than now) is made anew.
const VERSION: u8 = 4;
/// A piece whose edges have moved by no more than this many frames sounds much as it did: enough for the screen while recording.
const MUCH_THE_SAME: usize = 3;
/// How the time is divided: detector, segmentation, pieces.
const OF_DETECTOR: f32 = 0.1;
const OF_SEGMENTATION: f32 = 0.4;

/// What was heard of the voices in a recording, or in its beginning.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpeakerEmbeddings {
    detected: Detected,
    windows: Vec<SegmentationWindow>,
    pieces: Vec<Piece>,
    embeddings: Vec<Embedding>,
}

#[derive(Serialize, Deserialize)]
struct StoredEmbeddings {
    version: u8,
    samples: usize,
    probabilities: Vec<u16>,
    powers: Vec<f32>,
    starts: Vec<usize>,
    curves: Vec<u16>,
    pieces: Vec<Piece>,
    values: Vec<u8>,
}

impl SpeakerEmbeddings {
    /// Of a whole recording, 16 kHz mono; `begun`: what was heard of its beginning. `check` hears how much is done, 0 to 1.
    ///
    /// # Errors
    /// What `check` says.
    pub fn embed(samples: &(impl Samples + ?Sized), begun: Self, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Self> {
        let (mut all, lift) = begun.detect(samples, &mut |done| check(OF_DETECTOR * done))?;
        let begun = std::mem::take(&mut all.windows);
        all.windows = Segmentation::new()?.windows(samples, &lift, begun, &mut |done| check(OF_DETECTOR + (OF_SEGMENTATION - OF_DETECTOR) * done))?;
        let known = std::mem::take(&mut all.pieces).into_iter().zip(std::mem::take(&mut all.embeddings));
        let known: Vec<EmbeddedPiece> = known.map(|(piece, embedding)| EmbeddedPiece { piece, embedding }).collect();
        all.pieces = all.fresh_pieces();
        let encoder = Encoder::new()?;
        let mut embeddings = Vec::with_capacity(all.pieces.len());
        for (done, &piece) in all.pieces.iter().enumerate() {
            embeddings.push(same(&known, piece).map_or_else(|| encoder.embed_of(samples, piece), |known| Ok(known.embedding.clone()))?);
            check(OF_SEGMENTATION + (1.0 - OF_SEGMENTATION) * (done + 1) as f32 / all.pieces.len() as f32)?;
        }
        all.embeddings = embeddings;
        Ok(all)
    }

    /// As the reference recipe hears a sound: nothing is lifted, and levels are of the whole only.
    #[cfg(test)]
    pub(super) fn by_recipe(samples: &[f32]) -> Result<(Self, Foreground)> {
        let mut silero = crate::speech::silero::Silero::new()?;
        let mut probabilities = Vec::new();
        silero.push(samples, &mut probabilities)?;
        probabilities.push(silero.peek()?);
        let powers = (0..probabilities.len()).map(|chunk| super::foreground::power(&samples[chunk * CHUNK..samples.len().min((chunk + 1) * CHUNK)])).collect();
        let detected = Detected { samples: samples.len(), probabilities, powers };
        let windows = Segmentation::new()?.windows(samples, &Lift::default(), Vec::new(), &mut |_| Ok(()))?;
        let mut all = Self { detected, windows, ..Self::default() };
        let curves = all.curves();
        let foreground = Foreground::with(&all.detected, &curves, |levels, _| vec![f32::MIN; levels.len()]);
        all.pieces = pieces(&foreground, &curves);
        let encoder = Encoder::new()?;
        all.embeddings = all.pieces.iter().map(|&piece| encoder.embed_of(samples, piece)).collect::<Result<_>>()?;
        Ok((all, foreground))
    }

    /// The first of it: how likely speech is, and how loud; and how much is lifted.
    fn detect(self, samples: &(impl Samples + ?Sized), check: &mut dyn FnMut(f32) -> Result<()>) -> Result<(Self, Lift)> {
        if self.detected.samples == samples.count() {
            return Ok((self, Lift::of(samples)));
        }
        let mut detector = Detector::new()?;
        for (done, block) in blocks(samples, BLOCK).enumerate() {
            detector.push(&block)?;
            check((done * BLOCK) as f32 / samples.count() as f32)?;
        }
        let (detected, lift) = detector.detected()?;
        Ok((Self { detected, ..self }, lift))
    }

    fn fresh_pieces(&self) -> Vec<Piece> {
        let curves = self.curves();
        pieces(&self.foreground(&curves), &curves)
    }

    /// How many samples of 16 kHz were heard.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.detected.samples
    }

    /// Where somebody near speaks, generously: pieces of one voice each, sorted and disjoint.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// What each piece sounds like.
    #[must_use]
    pub fn embeddings(&self) -> &[Embedding] {
        &self.embeddings
    }

    /// Where somebody near speaks, sorted and disjoint.
    #[must_use]
    pub fn speech(&self) -> Vec<Span> {
        union(self.pieces.iter().map(|piece| piece.span()))
    }

    pub(super) fn curves(&self) -> Curves {
        curves(&self.windows, self.detected.samples)
    }

    pub(super) fn foreground(&self, curves: &Curves) -> Foreground {
        Foreground::new(&self.detected, curves)
    }

    /// The form in which it is kept: about 70 kB a minute.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let kept = StoredEmbeddings {
            version: VERSION,
            samples: self.detected.samples,
            probabilities: self.detected.probabilities.iter().map(|&value| f16::from_f32(value).to_bits()).collect(),
            powers: self.detected.powers.clone(),
            starts: self.windows.iter().map(|window| window.start_s).collect(),
            curves: self.windows.iter().flat_map(|window| window.curves.iter().map(|value| value.to_bits())).collect(),
            pieces: self.pieces.clone(),
            values: self.embeddings.iter().flat_map(Embedding::to_bytes).collect(),
        };
        postcard::to_stdvec(&kept).map_err(|err| Error::new(ErrorKind::Bug, "keeping what the voices are like", err))
    }

    /// From the kept form; none when it is damaged or of another version: then the sound is listened to anew. Room is made for as many samples as it says
    /// were heard, so that is believed only as far as there are probabilities for them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        // The version stands first, so that a form of another shape is known by it.
        let kept: StoredEmbeddings = bytes.first().filter(|version| **version == VERSION).and_then(|_| postcard::from_bytes(bytes).ok())?;
        let size = 2 * EMBEDDING;
        let frames = kept.samples / HOP + 1;
        let fits = kept.curves.len() == kept.starts.len() * WINDOW_VALUES
            && kept.values.len() == kept.pieces.len() * size
            && kept.powers.len() == kept.probabilities.len()
            && kept.samples <= kept.probabilities.len() * CHUNK
            && kept.starts.is_sorted()
            && kept.starts.last().is_none_or(|&start_s| start_s <= kept.samples / RATE)
            && kept.pieces.iter().all(|piece| piece.start < piece.end && piece.end <= frames)
            && kept.pieces.windows(2).all(|pair| pair[0].end <= pair[1].start);
        let windows = kept.starts.iter().zip(kept.curves.chunks_exact(WINDOW_VALUES));
        fits.then(|| Self {
            detected: Detected {
                samples: kept.samples,
                probabilities: kept.probabilities.into_iter().map(|bits| f16::from_bits(bits).to_f32()).collect(),
                powers: kept.powers,
            },
            windows: windows.map(|(&start_s, curves)| SegmentationWindow { start_s, curves: curves.iter().copied().map(f16::from_bits).collect() }).collect(),
            embeddings: kept.values.chunks_exact(size).map(Embedding::from_bytes).collect(),
            pieces: kept.pieces,
        })
    }
}

/// 16 kHz.
const RATE: usize = 16_000;
/// Samples between two questions whether the work is still wanted: 30 s, which take a twentieth of a second.
const BLOCK: usize = 30 * 16_000;

/// A piece that was heard, and what it sounded like.
#[derive(Clone)]
struct EmbeddedPiece {
    piece: Piece,
    embedding: Embedding,
}

/// Of pieces heard before, sorted, the very same one.
fn same(embedded: &[EmbeddedPiece], piece: Piece) -> Option<&EmbeddedPiece> {
    embedded.binary_search_by_key(&piece, |embedded| embedded.piece).ok().map(|at| &embedded[at])
}

/// Of pieces heard before, sorted, the one that is nearest to `piece`, and by how many frames it has moved, if that is so little that it sounds much the same.
fn nearest(embedded: &[EmbeddedPiece], piece: Piece) -> Option<(&EmbeddedPiece, usize)> {
    let moved = |embedded: &EmbeddedPiece| embedded.piece.start.abs_diff(piece.start).max(embedded.piece.end.abs_diff(piece.end));
    let from = embedded.partition_point(|embedded| embedded.piece.start + MUCH_THE_SAME < piece.start);
    let near = embedded[from..].iter().take_while(|embedded| embedded.piece.start <= piece.start + MUCH_THE_SAME).map(|embedded| (embedded, moved(embedded)));
    near.min_by_key(|&(_, moved)| moved).filter(|&(_, moved)| moved <= MUCH_THE_SAME)
}

/// Hears voices as sound arrives, so that afterwards hardly anything is left to be heard.
///
/// Where pieces begin and end follows from how loud the whole is, which is known better with each window. So pieces that were heard are divided anew,
/// and the last minutes of sound are kept to hear some of those again that have moved.
pub struct StreamingEmbedder {
    detector: Detector,
    segmentation: Segmentation,
    encoder: Encoder,
    windows: Vec<SegmentationWindow>,
    /// Sorted by where they begin; by the levels as they were when each was heard.
    embedded: Vec<EmbeddedPiece>,
    /// Everything before this frame was divided into pieces.
    until: usize,
    /// The sound from sample `from` of the recording on.
    sound: Vec<f32>,
    from: usize,
}

impl StreamingEmbedder {
    /// Nothing heard yet.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new() -> Result<Self> {
        let (detector, segmentation, encoder) = (Detector::new()?, Segmentation::new()?, Encoder::new()?);
        Ok(Self { detector, segmentation, encoder, windows: Vec::new(), embedded: Vec::new(), until: 0, sound: Vec::new(), from: 0 })
    }

    /// Hears more 16 kHz mono; each window when all its sound has arrived, and the pieces that are certain by it.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.detector.push(samples)?;
        self.sound.extend_from_slice(samples);
        while let Some(window) = self.segmentation.next_window(self.windows.len(), &self.sound, self.from, self.detector.lift())? {
            let certain = (window.start_s + CERTAIN_S) * RATE / HOP;
            self.windows.push(window);
            self.hear_pieces(certain)?;
        }
        if self.sound.len() > KEPT_S * RATE * 5 / 4 {
            let gone = (self.sound.len() - KEPT_S * RATE) / HOP * HOP;
            self.sound.drain(..gone);
            self.from += gone;
        }
        Ok(())
    }

    /// Nothing more will come.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn finish(&mut self) -> Result<()> {
        self.detector.finish()
    }

    /// How much of the sound is lifted, as far as it is known by now.
    pub(in crate::speech) fn lift(&self) -> &Lift {
        self.detector.lift()
    }

    /// Hears the pieces that are new, and some of the earlier ones that are not where they were: first those that have moved most.
    fn hear_pieces(&mut self, certain: usize) -> Result<()> {
        let first = self.from / HOP;
        let mut embedded = Vec::with_capacity(self.embedded.len() + AGAIN);
        let mut moved = Vec::new();
        for piece in self.divided()?.fresh_pieces().into_iter().filter(|piece| piece.end <= certain) {
            let has_sound = piece.start >= first + BEFORE || first == 0;
            match nearest(&self.embedded, piece) {
                Some((known, 0)) => embedded.push(known.clone()),
                _ if has_sound && piece.start >= self.until => embedded.push(self.embed_piece(piece)?),
                Some((known, by)) if has_sound => moved.push((by, piece, Some(known))),
                Some((known, _)) => embedded.push(known.clone()),
                None if has_sound => moved.push((usize::MAX, piece, None)),
                None => {}
            }
            self.until = self.until.max(piece.end);
        }
        moved.sort_by_key(|&(by, ..)| std::cmp::Reverse(by));
        for (at, (_, piece, known)) in moved.into_iter().enumerate() {
            match known {
                _ if at < AGAIN => embedded.push(self.embed_piece(piece)?),
                Some(known) => embedded.push(known.clone()),
                None => {}
            }
        }
        embedded.sort_by_key(|embedded| embedded.piece);
        self.embedded = embedded;
        Ok(())
    }

    fn embed_piece(&self, piece: Piece) -> Result<EmbeddedPiece> {
        Ok(EmbeddedPiece { piece, embedding: self.encoder.embed(&self.sound, self.from / HOP, piece)? })
    }

    /// Everything but the pieces.
    fn divided(&self) -> Result<SpeakerEmbeddings> {
        Ok(SpeakerEmbeddings { detected: self.detector.detected()?.0, windows: self.windows.clone(), ..SpeakerEmbeddings::default() })
    }

    /// Where somebody near speaks, as far as it is certain by now, and until when that is.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn near_so_far(&self) -> Result<(Vec<Span>, Millis)> {
        let all = self.divided()?;
        let until = Millis::from_secs(self.windows.last().map_or(0, |window| window.start_s + CERTAIN_S) as f64);
        let certain = SpeakerEmbeddings { pieces: all.fresh_pieces(), ..all }.speech().into_iter().filter(|span| span.start() < until);
        Ok((certain.map(|span| Span::new(span.start(), span.end().min(until))).collect(), until))
    }

    /// All that was heard so far, for the screen: a piece that has moved a little has the embedding that it had.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn so_far(&self) -> Result<SpeakerEmbeddings> {
        self.with_pieces(|piece| nearest(&self.embedded, piece).map(|(embedded, _)| embedded))
    }

    /// What need not be heard again: the pieces that are where they were heard.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn certain(&self) -> Result<SpeakerEmbeddings> {
        self.with_pieces(|piece| same(&self.embedded, piece))
    }

    fn with_pieces<'a>(&'a self, known: impl Fn(Piece) -> Option<&'a EmbeddedPiece>) -> Result<SpeakerEmbeddings> {
        let all = self.divided()?;
        let embedded = |piece: Piece| known(piece).map(|embedded| (piece, embedded.embedding.clone()));
        let (pieces, embeddings) = all.fresh_pieces().into_iter().filter_map(embedded).unzip();
        Ok(SpeakerEmbeddings { pieces, embeddings, ..all })
    }
}

/// Pieces that end within so many seconds of a window's beginning will not move when the next one is heard, but for a few frames.
const CERTAIN_S: usize = 7;
/// Frames before a piece that the encoder hears, and the widening of a short one.
const BEFORE: usize = 20;
/// Seconds of sound kept to hear pieces again, and how many of them with each window.
const KEPT_S: usize = 300;
const AGAIN: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// Beside a loud voice a soft one is found as it would be alone and louder.
    #[test]
    fn a_voice_far_softer_than_the_other_is_near_as_well() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let sample = crate::audio::decode_file(&root.join("assets/samples/maya.flac"), &mut |_| Ok(())).unwrap().samples;
        let half = 20 * RATE;
        let spoken = |gain: f32| {
            let mut seed = 1_u32;
            let mut noise = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((seed >> 8) as f32 / 8_388_608.0 - 1.0) * 0.0006
            };
            let sound: Vec<f32> = (0..2 * half).map(|at| sample[at] * if at < half { 1.0 } else { gain } + noise()).collect();
            let heard = SpeakerEmbeddings::embed(&sound, SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap();
            let later = Span::new(Millis(20_000), Millis(40_000));
            heard.speech().into_iter().filter_map(|span| span.overlap(later)).map(|span| span.length().secs()).sum::<f64>()
        };
        let (loud, soft) = (spoken(1.0), spoken(0.05));
        println!("{loud} s of the voice as it is, {soft} s of it 26 dB softer");
        assert!(loud > 5.0 && soft > 0.8 * loud, "{soft} of {loud}");
    }

    /// Where a loud voice turns the microphone down, the room is softer beneath the soft voice than between the turns.
    #[test]
    fn a_child_as_soft_as_the_room_between_the_turns_is_near() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut sound = crate::audio::decode_file(&root.join("assets/samples/maya.flac"), &mut |_| Ok(())).unwrap().samples;
        let truth: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(root.join("assets/samples/maya.json")).unwrap()).unwrap();
        let at = |turn: &serde_json::Value, key: &str| Millis((turn[key].as_f64().unwrap() * 1_000.0) as i64);
        let turns = truth["turns"].as_array().unwrap().iter().filter(|turn| turn["speaker"] != "teacher");
        let child: Vec<Span> = turns.map(|turn| Span::new(at(turn, "start_s"), at(turn, "end_s"))).filter(|turn| turn.end() < Millis(60_000)).collect();
        for turn in &child {
            sound[turn.start().samples(16_000)..turn.end().samples(16_000)].iter_mut().for_each(|x| *x *= 0.1);
        }
        sound.truncate(60 * RATE);
        let mut seed = 1_u32;
        for x in &mut sound {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // -61 dBFS.
            *x += ((seed >> 8) as f32 / 8_388_608.0 - 1.0) * 0.001_54;
        }
        let near = SpeakerEmbeddings::embed(&sound, SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap().speech();
        let shared = |turn: &Span| near.iter().filter_map(|span| span.overlap(*turn)).map(|span| span.length().secs()).sum::<f64>();
        let (found, all) = (child.iter().map(shared).sum::<f64>(), child.iter().map(|turn| turn.length().secs()).sum::<f64>());
        println!("{found:.1} of {all:.1} s of the child");
        assert!(all > 20.0 && found > 0.5 * all, "{found:.1} of {all:.1} s");
    }

    /// Whatever is changed in it, what is read asks for no more memory than the sound it was heard of.
    #[test]
    fn damaged_voices_ask_for_no_more_than_was_heard() {
        let of = |samples: usize, start_s: usize| {
            let window = SegmentationWindow { start_s, curves: vec![f16::ZERO; WINDOW_VALUES] };
            let detected = Detected { samples, probabilities: vec![0.5; 40], powers: vec![0.1; 40] };
            SpeakerEmbeddings { detected, windows: vec![window], ..SpeakerEmbeddings::default() }.to_bytes().unwrap()
        };
        let most = 40 * CHUNK;
        let read = SpeakerEmbeddings::from_bytes(&of(most, 1)).unwrap();
        assert_eq!((read.samples(), read.curves().speech.len()), (most, most / HOP + 1));
        for bytes in [of(most + 1, 0), of(1 << 40, 0), of(usize::MAX, 0), of(most, 2), of(most, usize::MAX)] {
            assert_eq!(SpeakerEmbeddings::from_bytes(&bytes), None);
        }
        let bytes = of(most, 1);
        // The numbers of samples and of what follows stand here, and then the windows' beginnings.
        for at in (0..10).chain(80..100).chain(240..260) {
            for value in 0..=255 {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                let mut longer = damaged.clone();
                longer.splice(at..at, [0xff; 4]);
                for bytes in [damaged, longer] {
                    let is_modest = SpeakerEmbeddings::from_bytes(&bytes).is_none_or(|read| read.curves().speech.len() <= 2 * most / HOP);
                    assert!(is_modest, "{value} at {at}");
                }
            }
        }
    }
}
