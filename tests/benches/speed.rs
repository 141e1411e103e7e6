//! How long things take, printed, never asserted: `cargo bench --bench speed`.
//!
//! A conference of three hours and 30,000 words: opening it (corrections, turns, evidence, measures), correcting a turn, saving it in each format, and the frames of the
//! Reflect screen while it plays (laid out and tessellated on the processor, without a graphics card).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench says by panicking what went wrong, and prints what it measured"
)]

#[expect(dead_code, reason = "the bench uses a part of it")]
#[path = "../it/support/window.rs"]
mod window;

use afterbell::conference::{turns as turns_of, *};
use afterbell::export::{Contents, Format, Hider, PackedSound, find_names, render};
use afterbell::settings::OwnNames;
use afterbell::work::{Event, Playhead};
use std::sync::Arc;
use std::time::{Duration, Instant};
use window::{Window, welcomed};

const LINES: [(&str, u8); 8] = [
    ("So tell me what you are working on as a writer today, and what is hard about it?", 0),
    ("I am writing about my dog and I want the reader to see him, but the ending is boring.", 1),
    ("Can you show me the place where you slow down?", 0),
    ("Here, where his ears go flat.", 1),
    ("I notice how you put in his ears going flat, so that your reader can picture him. Not every writer does that.", 0),
    ("Today I want to teach you that writers often end by going back to the beginning. Try it now.", 0),
    ("Okay, he is waiting at the door again.", 1),
    ("From now on, whenever you are stuck at an end, you can reread your first lines.", 0),
];

/// Three hours of talk, 30,000 words.
fn long_talk() -> ConferenceData {
    let (mut words, mut spans, mut at) = (Vec::new(), Vec::new(), 0);
    for (number, (line, voice)) in LINES.iter().cycle().enumerate() {
        if words.len() >= 30_000 {
            break;
        }
        let start = at;
        // No two sentences are the same, as in life.
        let name = format!("Name{number},");
        for text in std::iter::once(name.as_str()).chain(line.split_whitespace()) {
            words.push(Word { text: text.into(), span: Span::new(Millis(at), Millis(at + 280)), confidence: 0.9 });
            at += 320;
        }
        spans.push(VoiceSpan { span: Span::new(Millis(start), Millis(at)), voice: Voice(*voice) });
        at += 600;
    }
    ConferenceData {
        length: Millis(at),
        transcript: Transcript { words, language: "en".into(), ..Transcript::default() },
        voices: Voices { spans, roles: vec![Speaker::Teacher, Speaker::Student(1)], teacher_known: TeacherKnown::ByTeacher, doubtful_at: None, doubt: None },
        marks: Vec::new(),
        envelope: vec![180; (at / 100) as usize],
        ..window::record(2).data().clone()
    }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = work();
    println!("{what:<52} {:>8.1} ms", start.elapsed().as_secs_f64() * 1000.0);
    made
}

fn frames(what: &str, count: usize, mut frame: impl FnMut(usize)) {
    let mut times: Vec<Duration> = (0..count)
        .map(|index| {
            let start = Instant::now();
            frame(index);
            start.elapsed()
        })
        .collect();
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("{what:<52} {:>8.2} ms median, {:.2} ms worst of {count}", ms(times[count / 2]), ms(times[count - 1]));
}

/// Each format of a three-hour conference: how long it takes and how large it is.
fn exports(record: &ConferenceRecord) {
    let names = timed("hide names: find them", || find_names(&[record], &["Maya Lopez".to_owned(), "Omar".to_owned()], &OwnNames::default()));
    let hidden = timed("hide names: take them out", || Hider::new(&names).record(record));
    for format in Format::ALL {
        let start = Instant::now();
        let bytes = render(&hidden, format, &Contents::ALL, None).unwrap().len();
        println!("export: {:<44} {:>8.1} ms  {:>8.1} kB", format.label(), start.elapsed().as_secs_f64() * 1000.0, bytes as f64 / 1000.0);
    }
    let sound = three_hours_of_sound();
    let packed = PackedSound { bytes: timed("pack 3 h of sound", || afterbell::audio::encode_opus(sound.path(), None, &mut |_| Ok(())).unwrap()) };
    let contents = Contents { sound: true, ..Contents::ALL };
    for format in [Format::Html, Format::Bundle] {
        let bytes = timed(&format!("export with sound: {}", format.label()), || render(&hidden, format, &contents, Some(&packed)).unwrap()).len();
        println!("  is {:.1} MB", bytes as f64 / 1e6);
    }
}

/// A sample conference again and again, as the recorder would have kept it.
fn three_hours_of_sound() -> tempfile::NamedTempFile {
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
    let sample = afterbell::audio::decode_file(&sample, &mut |_| Ok(())).unwrap().samples;
    let file = tempfile::Builder::new().suffix(".wav").tempfile().unwrap();
    let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut wav = hound::WavWriter::create(file.path(), spec).unwrap();
    for sample in sample.iter().cycle().take(3 * 3600 * 16_000) {
        wav.write_sample((sample * 32_767.0) as i16).unwrap();
    }
    wav.finalize().unwrap();
    file
}

fn main() {
    let facts = long_talk();
    println!("{} words, {}", facts.transcript.words.len(), facts.length);
    timed("the table of signs, once", || find_evidence(&facts.transcript.words[..1], &[], "en"));
    timed("open: turns, evidence, measures", || ConferenceRecord::new(facts.clone()));
    let mut record = timed("open again", || ConferenceRecord::new(facts));
    let edit = timed("correct a turn: find the edit", || record.rewrite_turn(400, "Something else was said here.").unwrap());
    timed("correct a turn: apply it, measure all again", || record.apply(edit));
    for number in 0..3 {
        let tagged = record.data().corrections.with_phase(Span::new(Millis(100_000 * number), Millis(100_000 * number + 90_000)), Phase::Teach);
        timed("tag turns: apply it, measure all again", || record.apply(Edit::Correct(Box::new(tagged))));
    }
    let (words, turns) = (record.transcript().words.clone(), record.turns().to_vec());
    timed("  of this: evidence", || find_evidence(&words, &turns, "en"));
    timed("  of this: turns", || turns_of(&words, record.speaker_spans(), &record.data().corrections, record.data().has_sound()));
    let questions: Vec<Vec<usize>> = record.evidence().questions.iter().map(|question| question.words.clone()).collect();
    let (facts, spans) = (record.data(), record.speaker_spans());
    let of =
        Measured { length: facts.length, envelope: &facts.envelope, words: &words, spans, turns: &turns, questions: Some(&questions), ..Measured::default() };
    timed("  of this: measures", || measure(&of));
    exports(&record);

    let record = Arc::new(record);
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window::open(&mut window, &record);
    timed("first frames of the Reflect screen (all measured)", || window.harness.run_steps(16));
    let playhead = Arc::new(Playhead::new(Millis(60_000), true));
    window.tell(Event::Listening { id: record.data().id.into(), playhead: Arc::clone(&playhead) });
    frames("a frame while it plays", 300, |index| {
        playhead.set(Millis(60_000 + index as i64 * 33));
        window.harness.step();
    });
    frames("a frame while it jumps about", 100, |index| {
        playhead.set(Millis(index as i64 * 97_000));
        window.harness.step();
    });
}
