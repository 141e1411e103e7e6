//! How right we are on the sample conferences: the real pipeline with the shipped models, against their truth.

use crate::support;
use crate::support::samples::analysed;
use afterbell::conference::{Speaker, Voices, share, word_error_rate};
use afterbell::work::samples::FoundInSample;

/// What was measured (the table in README.md) and a margin for another processor's rounding: about a word or two, a point of the share of the talk, and one
/// in a hundred of the speech.
struct Bounds {
    wer: f64,
    talk_share_pp: f64,
    der: f64,
}

/// Imported and transcribed by the real program; the bounds are shares, and percentage points for the teacher's share of the talk.
fn check(name: &str, bounds: &Bounds) {
    let found = analysed(name);
    let score = found.score();
    println!("{name}: {score:?}");
    assert!(score.wer <= bounds.wer, "word error rate of {name}: {score:?}");
    assert!(score.talk_share_error_pp.abs() <= bounds.talk_share_pp, "talk share of {name}: {score:?}");
    assert!(score.der_collar <= bounds.der, "who spoke when in {name}: {score:?}");
    // One in a hundred; of first words and of replies of a word, one in a sample.
    let words = score.speakers_of_words;
    assert!(words.matched > 400 && words.wrong * 100 <= words.matched, "whose words are whose in {name}: {score:?}");
    assert!(words.wrong_first_words <= 1 && words.wrong_replies <= 1, "first words and replies in {name}: {score:?}");
}

#[test]
fn maya_is_heard_right() {
    check("maya", &Bounds { wer: 0.006, talk_share_pp: 1.6, der: 0.085 });
}

#[test]
fn omar_is_heard_right() {
    check("omar", &Bounds { wer: 0.014, talk_share_pp: 2.0, der: 0.045 });
}

#[test]
fn leo_is_heard_right() {
    check("leo", &Bounds { wer: 0.015, talk_share_pp: 1.4, der: 0.03 });
    if support::is_long() {
        // What the command says that checks a sample, which transcribes it once more, is what is counted here.
        let said = support::TestEnv::new().json(&["sample", "leo", "--check"]);
        let expected = analysed("leo").score();
        for (key, expected) in [("wer", expected.wer), ("talk_share_error_pp", expected.talk_share_error_pp), ("der_collar", expected.der_collar)] {
            let said = said[0][key].as_f64().unwrap();
            assert!((said - expected).abs() < 1e-6, "{key}: {said}, {expected}");
        }
        assert_eq!(said[0]["speakers_of_words"], serde_json::to_value(expected.speakers_of_words).unwrap());
    }
}

#[test]
fn a_table_of_four_is_heard_right() {
    check("table", &Bounds { wer: 0.02, talk_share_pp: 1.6, der: 0.05 });
}

/// A newcomer sees it at once, and waits for nothing.
#[test]
fn what_comes_with_a_sample_is_what_is_found_in_it() {
    let analysed = analysed("maya");
    let found = FoundInSample::of(analysed.record.data());
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.found.json");
    if std::env::var_os("AFTERBELL_WRITE_SAMPLES").is_some() {
        std::fs::write(&path, serde_json::to_vec(&found).unwrap()).unwrap();
    }
    let shipped = serde_json::from_slice::<FoundInSample>(&std::fs::read(&path).unwrap()).unwrap();
    let text = |found: &FoundInSample| found.transcript.text(&(0..found.transcript.words.len()).collect::<Vec<_>>());
    let errors = word_error_rate(&text(&shipped), &text(&found));
    // Another processor rounds otherwise, as above.
    assert!(errors.substitutions + errors.insertions + errors.deletions <= 2, "{errors:?}");
    assert_eq!((shipped.transcript.language, shipped.transcript.model), (found.transcript.language, found.transcript.model));
    assert_eq!((&shipped.voices.roles, shipped.voices.teacher_known), (&found.voices.roles, found.voices.teacher_known));
    let teachers = |voices: &Voices| {
        let spans = voices.spans.iter().map(|piece| (piece.span, voices.speaker(piece.voice))).collect::<Vec<_>>();
        share(&spans, Speaker::Teacher)
    };
    assert!((teachers(&shipped.voices) - teachers(&found.voices)).abs() < 0.01);
    assert_eq!((shipped.length, shipped.envelope.len()), (found.length, found.envelope.len()));
    assert!(shipped.envelope.iter().zip(&found.envelope).all(|(one, other)| one.abs_diff(*other) <= 1));
}

#[test]
fn without_a_network_everything_works_as_well() {
    if !support::has("unshare") {
        return support::skip("no unshare");
    }
    let env = support::TestEnv::new();
    let clip = support::clip(env.folder.path(), "leo", 12.0);
    let output = std::process::Command::new("unshare")
        .args(["--net", "--map-root-user", support::PROGRAM, "--library"])
        .arg(env.library())
        .args(["transcribe"])
        .arg(&clip)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("unshare failed") {
        return support::skip_for_want_of_right("to take the network away");
    }
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("Teacher: "), "{}", String::from_utf8_lossy(&output.stdout));
}
