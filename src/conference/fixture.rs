//! Small talks for tests: `T 0.0-4.2 How's it going? | S 7.4-9.0 Fine.` (T, S, S2, O; words are spread evenly over their span).

use super::*;

pub(crate) fn talk(script: &str) -> ConferenceRecord {
    let mut spans = Vec::new();
    let mut words = Vec::new();
    let mut roles = Vec::new();
    for piece in script.split('|').map(str::trim) {
        let mut parts = piece.splitn(3, ' ');
        let speaker = match parts.next().unwrap() {
            "T" => Speaker::Teacher,
            "S" => Speaker::Student(1),
            "S2" => Speaker::Student(2),
            "O" => Speaker::Other,
            other => panic!("who is {other}?"),
        };
        let (start, end) = parts.next().unwrap().split_once('-').unwrap();
        let span = Span::from_secs(start.parse().unwrap(), end.parse().unwrap());
        let voice = roles.iter().position(|&role| role == speaker).unwrap_or_else(|| {
            roles.push(speaker);
            roles.len() - 1
        });
        spans.push(VoiceSpan { span, voice: Voice(voice as u8) });
        let texts: Vec<&str> = parts.next().unwrap_or("").split_whitespace().collect();
        for (index, text) in texts.iter().enumerate() {
            let at = |index: usize| Millis(span.start().0 + span.length().0 * index as i64 / texts.len() as i64);
            words.push(Word { text: (*text).into(), span: Span::new(at(index), at(index + 1)), confidence: 1.0 });
        }
    }
    ConferenceRecord::new(facts(words, Voices { spans, roles, teacher_known: TeacherKnown::Guessed, doubtful_at: None, doubt: None }))
}

fn facts(words: Vec<Word>, voices: Voices) -> ConferenceData {
    ConferenceData {
        id: ConferenceId::from_u128(1),
        participants: vec![Participant { student: Student { id: StudentId::from_u128(1), name: "Maya".into() }, voice: Some(1) }],
        started_unix_ms: 1_792_000_000_000,
        length: voices.spans.last().map_or(Millis::ZERO, |piece| piece.span.end()),
        stage: Stage::Transcribed,
        transcript: Transcript { words, ..Transcript::default() },
        voices,
        ..ConferenceData::empty()
    }
}
