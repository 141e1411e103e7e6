//! Speed with the pitch kept: `timestretch`, fed from a queue and asked where it is.

use crate::error::{Error, ErrorKind, Result};
use std::collections::VecDeque;
use timestretch::{Parameters, PreparedSession, ProcessStatus, SessionConfig, SessionError, StreamSession, TempoRate};

/// A stream of samples played faster or slower. What comes out is not delayed, and as long as it should be.
pub(super) struct Stretch {
    session: StreamSession,
    /// Source samples not yet taken.
    queue: VecDeque<f32>,
}

fn bug(err: SessionError) -> Error {
    Error::new(ErrorKind::Bug, "changing the speed", err.to_string())
}

impl Stretch {
    /// At a rate in Hz, `speed` times as fast.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn new(rate: u32, speed: f32) -> Result<Self> {
        let config = SessionConfig {
            channels: 1,
            source_sample_rate: rate,
            output_sample_rate: rate,
            parameters: Parameters::keylock(TempoRate::new(f64::from(speed)).map_err(bug)?),
            ..SessionConfig::default()
        };
        Ok(Self { session: PreparedSession::new(config).map_err(bug)?.activate(), queue: VecDeque::new() })
    }

    /// Takes samples in; `take` is given what is ready, in pieces, each with the number of the source sample at its start.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn push(&mut self, samples: &[f32], take: &mut dyn FnMut(&[f32], u64)) -> Result<()> {
        self.queue.extend(samples);
        self.turn(false, take)
    }

    /// Ends the stream: gives the rest.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn finish(mut self, take: &mut dyn FnMut(&[f32], u64)) -> Result<()> {
        self.turn(true, take)
    }

    fn turn(&mut self, is_last: bool, take: &mut dyn FnMut(&[f32], u64)) -> Result<()> {
        let mut block = [0.0_f32; 512];
        loop {
            let status = self.session.advance(8).status;
            loop {
                let at = self.session.position().max(0.0) as u64;
                let stamp = self.session.read_output(&mut block).map_err(bug)?;
                if stamp.frames == 0 {
                    break;
                }
                take(&block[..stamp.frames], at);
                self.session.acknowledge(stamp.consumed(stamp.frames).map_err(bug)?).map_err(bug)?;
            }
            match status {
                ProcessStatus::NeedSource => {
                    let Some(request) = self.session.source_request() else { return Ok(()) };
                    let given: Vec<f32> = self.queue.drain(..request.frames.min(self.queue.len())).collect();
                    if !given.is_empty() {
                        self.session.supply(request, &given).map_err(bug)?;
                    } else if is_last {
                        self.session.finish_input().map_err(bug)?;
                    } else {
                        return Ok(());
                    }
                }
                ProcessStatus::NeedAcknowledgement => while self.session.next_applied().is_some() {},
                ProcessStatus::Fault => return Err(bug(self.session.fault().unwrap_or(SessionError::InvalidState))),
                ProcessStatus::Finished | ProcessStatus::Paused | ProcessStatus::Rendered => return Ok(()),
                ProcessStatus::Priming | ProcessStatus::Progress | ProcessStatus::NeedOutput => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    fn stretched(samples: &[f32], speed: f32) -> (Vec<f32>, Vec<(usize, u64)>) {
        let (mut out, mut places) = (Vec::new(), Vec::new());
        let mut take = |piece: &[f32], at| {
            places.push((out.len(), at));
            out.extend_from_slice(piece);
        };
        let mut stretch = Stretch::new(RATE, speed).unwrap();
        for block in samples.chunks(960) {
            stretch.push(block, &mut take).unwrap();
        }
        stretch.finish(&mut take).unwrap();
        (out, places)
    }

    fn pitch(samples: &[f32]) -> f64 {
        let up: Vec<usize> = (1..samples.len()).filter(|&n| samples[n - 1] < 0.0 && samples[n] >= 0.0).collect();
        (up.len() - 1) as f64 * f64::from(RATE) / (up[up.len() - 1] - up[0]) as f64
    }

    #[test]
    fn a_tone_keeps_its_pitch_and_takes_the_right_time_at_every_speed() {
        let tone: Vec<f32> = (0..6 * RATE).map(|n| (f64::from(n) * 440.0 * std::f64::consts::TAU / f64::from(RATE)).sin() as f32 * 0.5).collect();
        for speed in [0.5, 0.75, 1.25, 1.5, 1.75, 2.0] {
            let (out, places) = stretched(&tone, speed);
            let expected = tone.len() as f64 / f64::from(speed);
            println!("{speed}: {:.2} Hz, length {:.4} of what it should be", pitch(&out[4800..out.len() - 4800]), out.len() as f64 / expected);
            assert!((out.len() as f64 / expected - 1.0).abs() < 0.005, "{speed}: {} instead of {expected}", out.len());
            assert!((pitch(&out[4800..out.len() - 4800]) / 440.0 - 1.0).abs() < 0.01, "{speed}");
            // It knows which source sample it is at.
            let worst = places.iter().map(|&(out, source)| (out as f64 * f64::from(speed) - source as f64).abs()).fold(0.0, f64::max);
            assert!(worst < 0.05 * f64::from(RATE), "{speed}: {worst} samples off");
        }
    }

    #[test]
    fn a_click_is_heard_when_it_should_be() {
        for speed in [0.5_f32, 1.5, 2.0] {
            let mut silence = vec![0.0; 2 * RATE as usize];
            silence[RATE as usize..RATE as usize + 48].fill(0.8);
            let (out, _) = stretched(&silence, speed);
            let loudest = out.iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).unwrap().0;
            let off = loudest as f32 * speed - RATE as f32;
            println!("{speed}: {:.1} ms off", off / 48.0);
            assert!(off.abs() < 0.03 * RATE as f32, "{speed}: {off} samples");
        }
    }
}
