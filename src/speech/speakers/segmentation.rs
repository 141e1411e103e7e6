//! Step 1: windows of 10 s through pyannote's segmentation network. Of its classes (nobody, one of three voices, two of them at once) three curves
//! are made: how likely speech is, how likely two at once are, and how much the voice changes. Which of its three voices is which is not used:
//! in one room it takes two people for one.

use super::fbank::HOP;
use crate::conference::Samples;
use crate::error::Result;
use crate::speech::lift::Lift;
use crate::speech::network::{Network, Shipped};
use half::f16;
use std::sync::Arc;

static SEGMENTATION: Shipped = Shipped::new("hearing where voices change", include_bytes!("../../../models/segmentation_10s_f16.onnx"));

const RATE: usize = 16_000;
/// Samples of a window.
const WINDOW: usize = 10 * RATE;
/// Seconds from one window to the next: 1, 2 and 5 are equal on the development set.
const STEP_S: usize = 5;
/// Frames the network divides a window into, where the first one's middle is, and how far apart they are, in samples.
const FRAMES: usize = 589;
const FIRST: f64 = 495.0;
const APART: f64 = 270.0;
/// What each class says of the three voices: none, 1, 2, 3, 1 and 2, 1 and 3, 2 and 3.
const CLASSES: usize = 7;
const VOICES_OF_CLASS: [[f32; 3]; CLASSES] =
    [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]];
const FIRST_OVERLAP: usize = 4;
/// A change is judged between this many frames before and after: about 0.24 s in all.
const REACH: usize = 7;

/// The curves of one window, on the network's own frames.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SegmentationWindow {
    /// Where it begins, in whole seconds.
    pub start_s: usize,
    /// Speech, overlap and change, one after another; as 16-bit floats, because they are kept.
    pub curves: Vec<f16>,
}

/// Values in [`SegmentationWindow::curves`].
pub(super) const WINDOW_VALUES: usize = 3 * FRAMES;

/// How much of each there is, 0 to 1, in each frame of 10 ms.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Curves {
    pub speech: Vec<f32>,
    pub overlap: Vec<f32>,
    pub change: Vec<f32>,
}

/// Frames of 10 ms that a sound of so many samples is divided into; the last one is at its end.
pub(super) fn frames_of(samples: usize) -> usize {
    samples / HOP + 1
}

/// Where windows begin that together hear all of so many samples: every [`STEP_S`] seconds, and one that reaches the end.
fn starts_of(samples: usize) -> Vec<usize> {
    let last = samples.saturating_sub(WINDOW).div_ceil(RATE);
    (0..=last).filter(|start| start.is_multiple_of(STEP_S) || *start == last).collect()
}

/// Hears windows.
pub(super) struct Segmentation {
    network: Arc<Network>,
}

impl Segmentation {
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new() -> Result<Self> {
        Ok(Self { network: SEGMENTATION.load()? })
    }

    /// All windows of a whole sound, lifted; those of `known` that are the same in it are not heard again. `check` hears how much is done, 0 to 1.
    ///
    /// # Errors
    /// What `check` says.
    pub fn windows(
        &self,
        samples: &(impl Samples + ?Sized),
        lift: &Lift,
        known: Vec<SegmentationWindow>,
        check: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Vec<SegmentationWindow>> {
        let starts = starts_of(samples.count());
        let mut known = known.into_iter().peekable();
        let mut windows = Vec::with_capacity(starts.len());
        for (done, &start) in starts.iter().enumerate() {
            while known.next_if(|window| window.start_s < start).is_some() {}
            let is_whole = start.is_multiple_of(STEP_S) && start * RATE + WINDOW <= samples.count();
            let same = known.next_if(|window| is_whole && window.start_s == start);
            windows.push(same.map_or_else(|| self.segment_window(&samples.range(start * RATE, start * RATE + WINDOW), lift, start), Ok)?);
            check((done + 1) as f32 / starts.len() as f32)?;
        }
        Ok(windows)
    }

    /// The next window after so many, if all of its sound has arrived and can be lifted; `sound` begins at sample `from` of the recording.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn next_window(&self, count: usize, sound: &[f32], from: usize, lift: &Lift) -> Result<Option<SegmentationWindow>> {
        let start = count * STEP_S;
        let at = (start * RATE).checked_sub(from).filter(|at| at + WINDOW <= sound.len() && start * RATE + WINDOW <= lift.known());
        at.map(|at| self.segment_window(&sound[at..], lift, start)).transpose()
    }

    /// The window that `sound` begins with; silence after its end.
    fn segment_window(&self, sound: &[f32], lift: &Lift, start_s: usize) -> Result<SegmentationWindow> {
        let mut padded = sound[..sound.len().min(WINDOW)].to_vec();
        lift.apply(&mut padded, start_s * RATE);
        padded.resize(WINDOW, 0.0);
        let found = self.network.run(&[(&[1, 1, WINDOW], &padded)])?.into_iter().next().unwrap_or_default();
        Ok(SegmentationWindow { start_s, curves: curves_of(&found) })
    }
}

/// From log-probabilities of the classes.
fn curves_of(log_probabilities: &[f32]) -> Vec<f16> {
    let (mut speech, mut overlap, mut voices) = (Vec::with_capacity(FRAMES), Vec::with_capacity(FRAMES), Vec::with_capacity(FRAMES));
    for frame in log_probabilities.chunks_exact(CLASSES) {
        let sum: f32 = frame.iter().map(|value| value.exp()).sum();
        let classes: [f32; CLASSES] = std::array::from_fn(|class| frame[class].exp() / sum);
        speech.push(1.0 - classes[0]);
        overlap.push(classes[FIRST_OVERLAP..].iter().sum::<f32>());
        voices.push(std::array::from_fn::<f32, 3, _>(|voice| classes.iter().zip(&VOICES_OF_CLASS).map(|(p, voices)| p * voices[voice]).sum::<f32>() + 1e-3));
    }
    let change = (0..voices.len()).map(|at| {
        let (a, b) = (&voices[at.saturating_sub(REACH)], &voices[(at + REACH).min(voices.len() - 1)]);
        let dot = |a: &[f32; 3], b: &[f32; 3]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        1.0 - dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    });
    let change: Vec<f32> = change.collect();
    speech.into_iter().chain(overlap).chain(change).map(f16::from_f32).collect()
}

/// The curves of a sound of so many samples: where windows overlap, their mean, with more weight on what is in the middle of a window.
pub(super) fn curves(windows: &[SegmentationWindow], samples: usize) -> Curves {
    let frames = frames_of(samples);
    let hamming: Vec<f32> = (0..FRAMES).map(|n| (0.54 - 0.46 * (std::f64::consts::TAU * n as f64 / (FRAMES - 1) as f64).cos()) as f32).collect();
    let (first, apart) = (FIRST / HOP as f64, APART / HOP as f64);
    let mut sums = vec![[0.0_f32; 4]; frames];
    for window in windows.iter().filter(|window| window.curves.len() == WINDOW_VALUES) {
        let begins = (window.start_s * RATE / HOP) as f64 + first;
        let from = if window.start_s > 0 { begins.ceil() as usize } else { 0 };
        let to = frames.min((begins + (FRAMES - 1) as f64 * apart) as usize + 1);
        for (frame, sums) in sums.iter_mut().enumerate().take(to).skip(from) {
            let at = ((frame as f64 - begins) / apart).round().clamp(0.0, (FRAMES - 1) as f64) as usize;
            for (curve, sum) in sums[..3].iter_mut().enumerate() {
                *sum += window.curves[curve * FRAMES + at].to_f32() * hamming[at];
            }
            sums[3] += hamming[at];
        }
    }
    let curve = |which: usize| sums.iter().map(|sums| sums[which] / sums[3].max(1e-9)).collect::<Vec<f32>>();
    // Rounded, so that frames between which the network knows no difference are equal.
    let change = curve(2).into_iter().map(|value| f16::from_f32(value).to_f32()).collect();
    Curves { speech: curve(0), overlap: curve(1), change }
}
