//! `afterbell sample`: a sample conference processed for real, and held against its truth with `--check`.

use super::evaluate::{COLLAR, word_speakers};
use super::{CommandContext, ProgressLine, show};
use crate::conference::{ConferenceRecord, Speaker, SpeakerSpan, WordSpeakerErrors, der, share, word_error_rate};
use crate::error::{Error, Result};
use crate::export::{self, Contents, Format};
use crate::work::analysis::{self, AnalysisOptions};
use crate::work::partial_file::LiveResult;
use crate::work::samples::{SAMPLES, Sample};
use clap::Args;
use serde::Serialize;
use std::time::Instant;

#[derive(Debug, Args)]
pub(super) struct SampleArgs {
    /// Which: maya, omar, leo or table. With --check and no name: all of them.
    name: Option<String>,
    /// Compare with the truth: word error rate, talk-share error, diarization error rate.
    #[arg(long)]
    check: bool,
}

/// How one sample fared.
#[derive(Debug, Serialize)]
struct Score {
    name: String,
    audio_s: f64,
    wall_s: f64,
    /// Word errors over words spoken.
    wer: Option<f64>,
    /// Teacher's share found less the true one, in percentage points.
    talk_share_error_pp: f64,
    /// Diarization error rate with the collar left out.
    der_collar: f64,
    /// Its three parts, as shares of the true speech.
    missed: f64,
    false_alarm: f64,
    confusion: f64,
    words: usize,
    /// Of the words that were heard right, those given to somebody else than who said them.
    speakers_of_words: WordSpeakerErrors,
}

pub(super) fn sample(context: &mut CommandContext<'_>, args: &SampleArgs) -> Result<()> {
    context.catch_ctrl_c();
    let names: Vec<&str> = match &args.name {
        Some(name) => vec![name.as_str()],
        None if args.check => SAMPLES.to_vec(),
        None => vec![SAMPLES[0]],
    };
    let mut scores = Vec::new();
    for name in names {
        let sample = crate::work::samples::sample(name)?;
        let start = Instant::now();
        let record = listen(context, &sample, args.check)?;
        let wall_s = start.elapsed().as_secs_f64();
        if args.check {
            let score = score(&sample, &record, wall_s);
            if !context.json {
                context.say(format!(
                    "{:<6} {:>5.0} s of sound in {:>5.1} s   word error rate {:>6}   talk share off by {:>4.1} points   who-spoke-when error {:>4.1} %   {} of {} words given to the wrong speaker",
                    score.name,
                    score.audio_s,
                    score.wall_s,
                    score.wer.map_or_else(|| "none".into(), |wer| format!("{:.1} %", wer * 100.0)),
                    score.talk_share_error_pp.abs(),
                    score.der_collar * 100.0,
                    score.speakers_of_words.wrong,
                    score.speakers_of_words.matched
                ))?;
            }
            scores.push(score);
        } else {
            let format = if context.json { Format::Json } else { Format::Txt };
            let bytes = export::render(&record, format, &Contents::ALL, None)?;
            context.out.write_all(&bytes).map_err(super::printing)?;
            if !context.json {
                context.say(format!("\nFound\n{}", show::findings(&record)))?;
            }
        }
    }
    if args.check && context.json { context.json(&scores) } else { Ok(()) }
}

/// Processes a sample. `needs_words`: without a working engine there is nothing to be compared.
fn listen(context: &CommandContext<'_>, sample: &Sample, needs_words: bool) -> Result<ConferenceRecord> {
    let progress = ProgressLine::new(context, &sample.name);
    let students = sample.truth.students();
    let options = AnalysisOptions::new(&context.folders, &context.settings, students, None);
    let found =
        analysis::analyse(std::slice::from_ref(&sample.sound), &options, LiveResult::default(), &mut |stage, fraction| progress.check(stage, fraction))?;
    drop(progress);
    if let Some(kind) = found.without_words.filter(|_| needs_words) {
        return Err(Error::bare(kind, "comparing a sample with its truth"));
    }
    if let Some(kind) = found.without_words {
        super::notice(kind.advice());
    }
    Ok(analysis::sample_record(sample, found))
}

fn score(sample: &Sample, record: &ConferenceRecord, wall_s: f64) -> Score {
    let named = |spans: &[SpeakerSpan]| spans.iter().map(|piece| (piece.span, piece.speaker)).collect::<Vec<_>>();
    let (truth, found) = (named(&sample.truth.spans()), named(record.speaker_spans()));
    let turns: Vec<(&str, Speaker)> = sample.truth.turns.iter().map(|turn| (turn.text.as_str(), turn.speaker())).collect();
    let all: Vec<usize> = (0..record.transcript().words.len()).collect();
    let words = word_error_rate(&sample.truth.text(), &record.transcript().text(&all));
    let length = record.data().length;
    let errors = der(&truth, &found, COLLAR);
    let part = |seconds: f64| if errors.speech_s > 0.0 { seconds / errors.speech_s } else { 0.0 };
    Score {
        name: sample.name.clone(),
        audio_s: length.secs(),
        wall_s,
        wer: words.rate(),
        talk_share_error_pp: (share(&found, Speaker::Teacher) - share(&truth, Speaker::Teacher)) * 100.0,
        der_collar: errors.rate(),
        missed: part(errors.missed_s),
        false_alarm: part(errors.false_alarm_s),
        confusion: part(errors.confusion_s),
        words: all.len(),
        speakers_of_words: word_speakers(record, &truth, &turns),
    }
}
