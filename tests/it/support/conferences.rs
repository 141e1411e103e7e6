//! Conferences for the tests of sharing: one small, with everything a format must show, and one full of names.

use afterbell::conference::*;

/// A small conference that has everything a format must show.
pub fn rain() -> ConferenceRecord {
    let script: [(u8, f64, f64, &str); 6] = [
        (0, 0.5, 3.0, "What are you working on today?"),
        (1, 6.0, 9.0, "A poem about *rain* & <thunder>,"),
        (0, 9.1, 9.5, "mm-hm"),
        (1, 9.8, 12.0, "it goes --> on."),
        (0, 14.0, 21.0, "Poets look closely, and then they look again, so that a reader can stand in the rain with them and hear it on the roof."),
        (1, 22.0, 23.0, "Okay."),
    ];
    let mut words = Vec::new();
    let mut spans = Vec::new();
    for (voice, start, end, text) in script {
        spans.push(VoiceSpan { span: Span::from_secs(start, end), voice: Voice(voice) });
        let texts: Vec<&str> = text.split(' ').collect();
        for (index, text) in texts.iter().enumerate() {
            let at = |index: usize| start + (end - start) * index as f64 / texts.len() as f64;
            words.push(Word { text: (*text).into(), span: Span::from_secs(at(index), at(index + 1)), confidence: 0.9 });
        }
    }
    let mut record = ConferenceRecord::new(ConferenceData {
        id: ConferenceId::from_u128(7),
        title: "Rain poem".into(),
        participants: vec![Participant { student: Student { id: StudentId::from_u128(3), name: "Zoë".into() }, voice: Some(1) }],
        students: 1,
        started_unix_ms: 0,
        length: Millis(25_000),
        audio: "a.wav".into(),
        audio_sha256: String::new(),
        stage: Stage::Transcribed,
        is_sample: true,
        transcript: Transcript {
            words,
            untranscribed: vec![Untranscribed { span: Span::from_secs(13.0, 13.8), reason: NoWords::NotUnderstood }],
            model: "base-q8_0".into(),
            language: "en".into(),
        },
        voices: Voices { spans, roles: vec![Speaker::Teacher, Speaker::Student(1)], teacher_known: TeacherKnown::ByTeacher, doubtful_at: None, doubt: None },
        marks: vec![Millis(15_000)],
        dropouts: Vec::new(),
        reflection: Reflection::default(),
        envelope: vec![1, 2, 3],
        corrections: Corrections::default(),
        typed: None,
    });
    record.apply(Edit::Rate(Question::Pacing, Some(Rating::GettingThere)));
    record.apply(Edit::Note(Question::Compliment, "Quote her words back.".into()));
    record
}

/// A conference full of names: said, written, corrected, in the title, in the names of students.
pub fn named() -> ConferenceRecord {
    let mut facts = rain().data().clone();
    let script = [
        "Hi Maya, MAYA Lopez! Ms. Harper says you and Omar sat together.",
        "Yes, Mya is what Zoe calls me. Omar's dog ate Zoë’s story, and maya cried.",
        "Did Joshua tell you? Josh reads with Mayas group. Will said: =SUM(A1), \"so, what\" & <why>.",
        "Lopez is my name. I wrote Maya  Lopez at the top.",
    ];
    facts.transcript.words.clear();
    facts.voices.spans.clear();
    facts.length = Millis(script.len() as i64 * 10_000);
    for (index, text) in script.iter().enumerate() {
        let start = index as f64 * 10.0;
        facts.voices.spans.push(VoiceSpan { span: Span::from_secs(start, start + 8.0), voice: Voice(index as u8 % 2) });
        let texts: Vec<&str> = text.split_whitespace().collect();
        for (place, text) in texts.iter().enumerate() {
            let at = |place: usize| start + 8.0 * place as f64 / texts.len() as f64;
            facts.transcript.words.push(Word { text: (*text).into(), span: Span::from_secs(at(place), at(place + 1)), confidence: 0.9 });
        }
    }
    facts.title = "Maya_Lopez and Omar: the müller’s dog".into();
    let student = |id, name: &str, voice| Participant { student: Student { id: StudentId::from_u128(id), name: name.into() }, voice: Some(voice) };
    facts.participants = vec![student(3, "Maya Lopez", 1), student(4, "Omar Haddad", 2)];
    facts.corrections.texts = vec![TextOverride {
        span: Span::from_secs(30.0, 31.0),
        words: vec![Word { text: "Haddad,".into(), span: Span::from_secs(30.0, 31.0), confidence: 1.0 }],
    }];
    let mut record = ConferenceRecord::new(facts);
    record.apply(Edit::Note(Question::Strategy, "Maya’s lead; next time with Omar Haddad.\nAsk Mrs. Quill.".into()));
    record.apply(Edit::Extra(Question::Strategy, "Writers like Zoë look twice.".into()));
    record.apply(Edit::Rate(Question::Pacing, Some(Rating::Good)));
    record
}

/// The class list that goes with it.
pub fn class() -> Vec<String> {
    ["Omar Haddad", "Zoë Kim", "Joshua Ruiz", "Will Ng", "Maya Lopez"].map(str::to_owned).to_vec()
}

/// Pieces of names that nobody may find, lower case.
pub const NAMES: [&str; 15] =
    ["maya", "lopez", "mya", "omar", "haddad", "zoe", "zoë", "joshua", "josh", "harper", "quill", "ruiz", "will said", "will ng", "omar's"];

/// A conference with something of every kind in it: these words, begun then, with this child.
pub fn facts(audio: &str, said: &str, started: i64, student: Option<Student>) -> ConferenceData {
    let words: Vec<Word> = said
        .split(' ')
        .enumerate()
        .map(|(n, text)| Word { text: text.into(), span: Span::new(Millis(n as i64 * 300), Millis(n as i64 * 300 + 250)), confidence: 0.75 })
        .collect();
    let end = Millis(words.len() as i64 * 300);
    ConferenceData {
        id: ConferenceId::NONE,
        title: "A small moment".into(),
        students: 1,
        participants: student.into_iter().map(|student| Participant { student, voice: Some(1) }).collect(),
        started_unix_ms: started,
        length: end,
        audio: audio.into(),
        audio_sha256: "ab".into(),
        stage: Stage::Transcribed,
        is_sample: false,
        transcript: Transcript {
            words,
            untranscribed: vec![Untranscribed { span: Span::new(Millis(10), Millis(20)), reason: NoWords::EngineFailed }],
            model: "base-q8_0".into(),
            language: "en".into(),
        },
        voices: Voices {
            spans: vec![
                VoiceSpan { span: Span::new(Millis(0), Millis(600)), voice: Voice(0) },
                VoiceSpan { span: Span::new(Millis(600), end), voice: Voice(1) },
            ],
            roles: vec![Speaker::Teacher, Speaker::Student(1)],
            teacher_known: TeacherKnown::Guessed,
            doubtful_at: Some(Millis(250)),
            doubt: Some(Doubt {
                count: VoiceCount::HardToTell,
                is_noisy: true,
                moments: vec![Millis(0), Millis(600)],
                stretches: vec![VoiceSpan { span: Span::new(Millis(300), Millis(600)), voice: Voice(1) }],
            }),
        },
        marks: vec![Millis(100), Millis(700)],
        dropouts: vec![Span::new(Millis(5), Millis(9))],
        reflection: Reflection::default(),
        envelope: vec![0, 128, 255],
        corrections: Corrections::default(),
        typed: None,
    }
}
