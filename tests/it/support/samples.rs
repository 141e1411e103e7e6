//! The sample conferences: each imported, transcribed and diarized once for all tests, by the real program.

use super::shared;
use super::{TestEnv, sample};
use afterbell::conference::{
    ConferenceRecord, Millis, Span, Speaker, SpeakerSpan, WordSpeakerErrors, der, mapping, share, union, word_error_rate, word_speaker_errors,
};
use afterbell::library::Library;
use afterbell::speech::SpeakerEmbeddings;
use afterbell::work::samples::{self, Sample};
use std::path::{Path, PathBuf};

/// Left out on either side of a true edge, as the program's own evaluation does.
const COLLAR: Millis = Millis(250);

/// The sound of a sample, and its truth.
pub fn sample_files(name: &str) -> [PathBuf; 2] {
    ["flac", "json"].map(|ending| sample(name).with_extension(ending))
}

/// The samples of a sample, 16 kHz.
pub fn sound(name: &str) -> Vec<f32> {
    afterbell::audio::decode_file(&sample(name), &mut |_| Ok(())).unwrap().samples
}

/// A sample as the program hears it.
pub struct Analysed {
    pub sample: Sample,
    pub record: ConferenceRecord,
    pub embeddings: SpeakerEmbeddings,
}

/// Imports a sample as a teacher would, and lets it be transcribed; the first test that asks does it for all of them.
pub fn analysed(name: &str) -> Analysed {
    let sample = samples::sample(name).unwrap();
    let sound = sample.sound.to_str().unwrap();
    let students = sample.truth.students().to_string();
    let arguments = ["import", sound, "--students", students.as_str()];
    let env = TestEnv::new();
    shared::copy_into(&env, name, (name, &arguments.join(" ")), |env| {
        env.json(&arguments);
    });
    let library = Library::open(&env.folders()).unwrap();
    let id = library.last_conference().unwrap().unwrap();
    let record = library.load(id).unwrap();
    let embeddings = SpeakerEmbeddings::from_bytes(&library.embeddings(id).unwrap().unwrap()).unwrap();
    drop(library);
    Analysed { sample, record, embeddings }
}

/// How right it is. Shares of the true speech, but for the teacher's share of the talk, which is off by so many percentage points.
#[derive(Debug)]
pub struct Score {
    pub wer: f64,
    pub talk_share_error_pp: f64,
    pub der_collar: f64,
    pub confusion: f64,
    /// The confusion if all that is heard were one voice's.
    pub confusion_of_one_voice: f64,
    pub speakers_of_words: WordSpeakerErrors,
}

impl Analysed {
    pub fn score(&self) -> Score {
        let named = |spans: &[SpeakerSpan]| spans.iter().map(|piece| (piece.span, piece.speaker)).collect::<Vec<_>>();
        let (truth, found) = (named(&self.sample.truth.spans()), named(self.record.speaker_spans()));
        let all: Vec<usize> = (0..self.record.transcript().words.len()).collect();
        let whole = der(&truth, &found, Millis::ZERO);
        let one: Vec<(Span, Speaker)> = union(found.iter().map(|(span, _)| *span)).into_iter().map(|span| (span, Speaker::Teacher)).collect();
        let of_one = der(&truth, &one, Millis::ZERO);
        Score {
            wer: word_error_rate(&self.sample.truth.text(), &self.record.transcript().text(&all)).rate().unwrap(),
            talk_share_error_pp: (share(&found, Speaker::Teacher) - share(&truth, Speaker::Teacher)) * 100.0,
            der_collar: der(&truth, &found, COLLAR).rate(),
            confusion: whole.confusion_s / whole.speech_s,
            confusion_of_one_voice: of_one.confusion_s / of_one.speech_s,
            speakers_of_words: self.speakers_of_words(&truth, &found),
        }
    }

    fn speakers_of_words(&self, truth: &[(Span, Speaker)], found: &[(Span, Speaker)]) -> WordSpeakerErrors {
        let names = mapping(truth, found);
        let words = &self.record.transcript().words;
        let mut whose: Vec<Option<Speaker>> = vec![None; words.len()];
        for turn in self.record.turns() {
            let inside = turn.backchannels.iter().map(|inside| (inside.speaker, &inside.words));
            for (speaker, indices) in inside.chain([(turn.speaker, &turn.words)]) {
                indices.iter().for_each(|&index| whose[index] = names.get(&speaker).copied());
            }
        }
        let said: Vec<(&str, Speaker)> = self.sample.truth.turns.iter().map(|turn| (turn.text.as_str(), turn.speaker())).collect();
        let heard: Vec<(&str, Option<Speaker>)> = words.iter().map(|word| word.text.as_str()).zip(whose).collect();
        word_speaker_errors(&said, &heard)
    }
}

/// Puts a sample with its truth into a folder, as `afterbell evaluate` reads them: `NAME.flac` and `NAME.rttm`.
pub fn copy_with_truth(folder: &Path, name: &str) {
    std::fs::copy(sample(name), folder.join(format!("{name}.flac"))).unwrap();
    let line = |piece: &SpeakerSpan| {
        format!("SPEAKER {name} 1 {:.3} {:.3} <NA> <NA> {} <NA> <NA>\n", piece.span.start().secs(), piece.span.length().secs(), piece.speaker.key())
    };
    let truth = samples::sample(name).unwrap().truth.spans();
    std::fs::write(folder.join(format!("{name}.rttm")), truth.iter().map(line).collect::<String>()).unwrap();
}
