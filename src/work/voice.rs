//! The teacher's voice: learned from reading aloud or from a conference whose voices were confirmed, so that Afterbell knows it the next time.
//! Kept in the library only, never exported, forgotten with one press. Students' voices are never kept.

use super::analysis;
use crate::audio::{self, Meters, Mic};
use crate::conference::{ConferenceId, Millis, Samples, Span, Speaker, VoiceCount};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{Forgetting, Library, StillThere, StoredProfile};
use crate::settings::Settings;
use crate::speech::{self, Embedding, SpeakerConstraints, SpeakerEmbeddings, VoiceProfile};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So much speech is asked for when the teacher reads aloud (recipe: 10 to 20 s).
pub const READ_ALOUD: Millis = Millis(20_000);
/// Less speech than this says too little of a voice.
pub const LEAST_SPEECH: Millis = Millis(8_000);
/// Nobody reads so slowly: then the microphone is the trouble.
const LONGEST_READING: Duration = Duration::from_secs(60);
/// How often it is looked how much was read.
const LOOK: Duration = Duration::from_millis(500);
/// A second voice with less of the speech than this does not count: a cough, a door.
const SECOND_VOICE: f64 = 0.2;
/// What was learned before counts as at most this much: a voice changes over the years.
const MOST_REMEMBERED_S: f64 = 300.0;
/// A piece counts for the voice in whose turns at least this much of it lies.
const MOSTLY: f64 = 0.8;

/// Forgets the teacher's voice, in every copy of the library.
///
/// # Errors
/// When the library cannot be written.
pub fn forget(library: &mut Library) -> Result<StillThere> {
    library.forget(&Forgetting { voice: true, ..Forgetting::default() })
}

/// Learns the teacher's voice anew from 16 kHz mono in which the teacher alone speaks. Returns how many seconds of speech there were.
///
/// # Errors
/// [`ErrorKind::TooLittleSpeech`], [`ErrorKind::SeveralVoices`], or what `check` says; what was known before stays then.
pub fn enrol(library: &mut Library, samples: &(impl Samples + ?Sized), check: &mut dyn FnMut(f32) -> Result<()>) -> Result<f64> {
    let learned = learn(samples, check)?;
    library.set_voice_profile(Some(&StoredProfile { embedding: learned.embedding.0, seconds: learned.seconds }))?;
    Ok(learned.seconds)
}

/// What a voice is like, from 16 kHz mono in which nobody else speaks. Nothing is kept.
///
/// # Errors
/// As [`enrol`].
pub fn learn(samples: &(impl Samples + ?Sized), check: &mut dyn FnMut(f32) -> Result<()>) -> Result<VoiceProfile> {
    let doing = "learning the teacher's voice";
    let embeddings = analysis::embed(samples, check)?;
    let spoken: Millis = embeddings.speech().iter().map(|span| span.length()).sum();
    if spoken < LEAST_SPEECH {
        return Err(Error::new(ErrorKind::TooLittleSpeech, doing, format!("{} s of speech", spoken.secs())));
    }
    let found = speech::diarize(samples, &embeddings, &SpeakerConstraints { students: 1, ..SpeakerConstraints::default() }, &mut |_| Ok(()))?;
    let second: Millis = found.spans.iter().filter(|piece| piece.voice.0 > 0).map(|piece| piece.span.length()).sum();
    let share = second.secs() / spoken.secs();
    if found.count == VoiceCount::AsExpected && (SECOND_VOICE..=1.0 - SECOND_VOICE).contains(&share) {
        return Err(Error::new(ErrorKind::SeveralVoices, doing, format!("a second voice has {share:.2} of the speech")));
    }
    of_stretches(&embeddings, &embeddings.speech()).ok_or(Error::bare(ErrorKind::TooLittleSpeech, doing))
}

/// Learns the teacher's voice from a conference in which it is known which voice is the teacher's; added to what is known already. Returns the seconds of speech
/// behind it now.
///
/// # Errors
/// [`ErrorKind::TooLittleSpeech`] when the teacher hardly speaks in it; when the conference or its sound is not there; what `check` says.
pub fn remember(library: &mut Library, id: ConferenceId, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<f64> {
    let record = library.load(id)?;
    let embeddings = analysis::speaker_embeddings(library, &record, check)?;
    let teacher: Vec<Span> = record.speaker_spans().iter().filter(|piece| piece.speaker == Speaker::Teacher).map(|piece| piece.span).collect();
    let new = of_stretches(&embeddings, &teacher).filter(|new| new.seconds >= LEAST_SPEECH.secs());
    let new = new.ok_or(Error::bare(ErrorKind::TooLittleSpeech, "remembering the teacher's voice"))?;
    let old = super::voice_profile::stored(library)?;
    let all = old.map_or(new.clone(), |old| mixed(&old, &new));
    library.set_voice_profile(Some(&StoredProfile { embedding: all.embedding.0, seconds: all.seconds }))?;
    Ok(all.seconds)
}

/// The voice in the given stretches; none when no piece lies in them.
fn of_stretches(embeddings: &SpeakerEmbeddings, stretches: &[Span]) -> Option<VoiceProfile> {
    let inside = |span: Span| stretches.iter().filter_map(|stretch| stretch.overlap(span)).map(Span::length).sum::<Millis>().secs();
    let pieces = embeddings.pieces().iter().zip(embeddings.embeddings()).filter(|(piece, _)| inside(piece.span()) >= MOSTLY * f64::from(piece.secs()));
    let seconds = pieces.clone().map(|(piece, _)| f64::from(piece.secs())).sum();
    let embedding = Embedding::weighted_mean(pieces.map(|(_, embedding)| (embedding, 1.0)))?;
    Some(VoiceProfile { embedding, seconds })
}

fn mixed(old: &VoiceProfile, new: &VoiceProfile) -> VoiceProfile {
    let (a, b) = (old.seconds.min(MOST_REMEMBERED_S) as f32, new.seconds.min(MOST_REMEMBERED_S) as f32);
    let values = old.embedding.0.iter().zip(&new.embedding.0).map(|(old, new)| a * old + b * new).collect();
    VoiceProfile { embedding: Embedding::normalised(values), seconds: old.seconds + new.seconds }
}

/// Listens to the teacher reading aloud, until there is speech enough. The sound stays in memory and is gone afterwards. `check` hears after each half
/// second how much of what is asked for has been read, 0 to 1.
///
/// # Errors
/// When there is no microphone or it goes away; what `check` says; as [`enrol`] when hardly anything was read in a minute.
pub fn listen_to_reading(settings: &Settings, meters: &Arc<Meters>, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Vec<f32>> {
    let doing = "listening to the teacher reading";
    let (mut capture, troubles) = super::microphone::open(&Mic::Device(settings.microphone.clone()), meters, &mut || check(0.0))?;
    let mut resampler = audio::Resampler::new(capture.sample_rate_hz, audio::SPEECH_RATE_HZ)?;
    let mut samples = Vec::new();
    let begun = Instant::now();
    loop {
        std::thread::sleep(LOOK);
        let before = samples.len();
        if let Ok(chunk) = capture.ring.read_chunk(capture.ring.slots()) {
            let (first, second) = chunk.as_slices();
            resampler.push(first, &mut samples)?;
            resampler.push(second, &mut samples)?;
            chunk.commit_all();
        }
        meters.set_level(audio::level(audio::rms(&samples[before..])), audio::LevelAdvice::Listening);
        if let Ok(audio::MicTrouble::Lost(kind, cause)) = troubles.try_recv() {
            return Err(Error::new(kind, doing, cause));
        }
        let read: Millis = speech::speech_spans(&samples).iter().map(|span| span.length()).sum();
        check((read.secs() / READ_ALOUD.secs()).min(1.0) as f32)?;
        if read >= READ_ALOUD || begun.elapsed() >= LONGEST_READING {
            return Ok(samples);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_is_the_mean_of_what_was_heard_by_its_length() {
        let voice = |at: usize, seconds: f64| {
            let mut values = vec![0.0; speech::EMBEDDING];
            values[at] = 1.0;
            VoiceProfile { embedding: Embedding::normalised(values), seconds }
        };
        let both = mixed(&voice(0, 60.0), &voice(1, 20.0));
        assert!((both.embedding.0[0] / both.embedding.0[1] - 3.0).abs() < 1e-4 && both.seconds == 80.0);
        // Years of conferences do not make a voice deaf to today's.
        assert!(mixed(&voice(0, 9000.0), &voice(1, 300.0)).embedding.0[1] > 0.7);
    }
}
