//! A library as the schema before ids and participants had it (3), written with that schema's own SQL.

use rusqlite::{Connection, params};
use std::path::Path;

/// A library of schema 3 with `conferences` conferences, and the three children of its class list, one of whom has left.
pub fn write(folder: &Path, conferences: usize) -> Connection {
    std::fs::create_dir_all(folder.join("recordings")).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/library-3.sqlite");
    let path = folder.join("library.sqlite");
    std::fs::copy(kept, &path).unwrap();
    let mut db = Connection::open(path).unwrap();
    db.execute_batch(
        "PRAGMA foreign_keys = ON; DELETE FROM line; DELETE FROM conference; DELETE FROM sqlite_sequence;
         INSERT INTO student VALUES (1, 'Maya', 0), (2, 'Omar', 0), (3, 'Émile', 1);",
    )
    .unwrap();
    let all = db.transaction().unwrap();
    for number in 0..conferences {
        add(&all, number);
    }
    all.commit().unwrap();
    db
}

/// One conference: by turns alone with a child of the list, at a table with names, with a name typed for it alone, and with nobody chosen.
fn add(db: &Connection, number: usize) {
    let (student, students, names): (Option<i64>, u8, &str) = match number % 4 {
        0 => (Some(1), 1, "[]"),
        1 => (Some(2), 3, "[\"maya\",\"\",\"Zoe\"]"),
        2 => (None, 1, "[\"Ana\"]"),
        _ => (None, 1, "[]"),
    };
    let started = 1_700_000_000_000 + number as i64 * 86_400_000;
    db.execute(
        "INSERT INTO conference (title, student, students, student_names, started_unix_ms, length_ms, audio, audio_sha256, stage, is_sample, model, language,
         teacher_known, hard_to_tell, dropouts, envelope, corrections)
         VALUES (?1, ?2, ?3, ?4, ?5, 60000, ?6, ?7, 'transcribed', 0, 'base-q8_0', 'en', 'by_teacher', 0, '[[5,9]]', x'0080ff', ?8)",
        params![
            format!("Title {number}"),
            student,
            students,
            names,
            started,
            format!("{number}.wav"),
            format!("{number:064x}"),
            format!(r#"{{"texts":[{{"span":[300,600],"words":[{{"text":"corrected{number}","span":[300,600],"confidence":1.0}}]}}]}}"#),
        ],
    )
    .unwrap();
    let row = db.last_insert_rowid();
    for position in 0..40 {
        let (text, start) = (format!("word{position} of{number}"), position * 300);
        db.execute("INSERT INTO word VALUES (?1, ?2, ?3, ?4, ?5, 0.75)", params![row, position, text, start, start + 250]).unwrap();
    }
    db.execute("INSERT INTO voice_span VALUES (?1, 0, 6000, 0), (?1, 6000, 12000, 1)", [row]).unwrap();
    db.execute("INSERT INTO role VALUES (?1, 0, 'teacher'), (?1, 1, 'student1')", [row]).unwrap();
    db.execute("INSERT INTO mark VALUES (?1, 700), (?1, 1400)", [row]).unwrap();
    for question in 1..=5 {
        let said = (format!("Note {question} of {number}"), format!("Extra {question} of {number}"));
        db.execute("INSERT INTO answer VALUES (?1, ?2, 'good', ?3, ?4)", params![row, question, said.0, said.1]).unwrap();
    }
    db.execute("INSERT INTO reply (conference, received_unix_ms, reply) VALUES (?1, 7, ?2)", params![row, reply(number)]).unwrap();
    db.execute("INSERT INTO channel_span VALUES (?1, 0, 6000, 0)", [row]).unwrap();
}

/// What a colleague said to it.
pub fn reply(number: usize) -> String {
    let answer = r#"{"rating":null,"note":"","extra":""}"#;
    format!(r#"{{"mentor":"Ruth","comments":[{{"at":1000,"text":"To {number}"}}],"answers":[{}]}}"#, [answer; 5].join(","))
}

/// What a bundle of schema 3 called the conference of this row.
pub fn token(number: usize, row: i64) -> String {
    use sha2::{Digest as _, Sha256};
    let started = 1_700_000_000_000 + number as i64 * 86_400_000;
    let hash = Sha256::digest(format!("afterbell share {number:064x} {started} {row}"));
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
