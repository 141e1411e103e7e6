//! How right we are on the sample conferences: the real pipeline with the shipped models, against their truth.

use crate::support;

/// Bounds with a little headroom over what was measured; the figures are in the commit that last changed them.
fn check(name: &str, most_wer: f64, most_share_pp: f64, most_der: f64) {
    let env = support::TestEnv::new();
    let scores = env.json(&["sample", name, "--check"]);
    let score = &scores[0];
    println!("{score}");
    let figure = |key: &str| score[key].as_f64().unwrap();
    assert!(figure("wer") <= most_wer, "word error rate of {name}: {score}");
    assert!(figure("talk_share_error_pp").abs() <= most_share_pp, "talk share of {name}: {score}");
    assert!(figure("der_collar") <= most_der, "who spoke when in {name}: {score}");
    // One in a hundred; of first words and of replies of a word, one in a sample.
    let words = &score["speakers_of_words"];
    let count = |key: &str| words[key].as_u64().unwrap();
    assert!(count("matched") > 400 && count("wrong") * 100 <= count("matched"), "whose words are whose in {name}: {score}");
    assert!(count("wrong_first_words") <= 1 && count("wrong_replies") <= 1, "first words and replies in {name}: {score}");
}

#[test]
fn maya_is_heard_right() {
    check("maya", 0.012, 2.0, 0.10);
}

#[test]
fn omar_is_heard_right() {
    check("omar", 0.014, 2.0, 0.10);
}

#[test]
fn leo_is_heard_right() {
    check("leo", 0.015, 2.0, 0.10);
}

#[test]
fn a_table_of_four_is_heard_right() {
    check("table", 0.02, 5.0, 0.15);
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
        eprintln!("SKIPPED: no right to take the network away");
        return;
    }
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("Teacher: "), "{}", String::from_utf8_lossy(&output.stdout));
}
