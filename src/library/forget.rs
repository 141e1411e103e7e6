//! What is gone for good. One owner: no other file removes a file, a row or a copy of a conference.
//!
//! # The inventory: every copy there is, and how it goes
//!
//! | copy | where | how |
//! |---|---|---|
//! | words, voices, marks, notes, corrections, embeddings, replies, channels | `library.sqlite`, rows of `conference` and below | deleted; `secure_delete` overwrites; `VACUUM` |
//! | what search looks in | `line` and its index | deleted, the index merged, `VACUUM` |
//! | pages of before | `library.sqlite-wal` | checkpoint, cut to nothing; tried again while somebody reads |
//! | the name of a child who is in no class, once no conference holds it | `student` | deleted here and in every copy |
//! | the teacher's voice | `voice_profile`, here and in every copy; `voice.json` | deleted; removed |
//! | the same name in the class list, and in a file beside a recording that could not be read | `classes.json`, `*.json.damaged` | written anew; removed |
//! | a colleague's conference, comments on it | `shared`, `removed_comment`, `shared/TOKEN.wav`, `.json` | as above |
//! | sound, every part of a long recording; a typed transcript | `recordings/NAME.wav`, `NAME.2.wav` ..., `NAME.txt` | removed |
//! | sidecar | `NAME.json`, and what could not be read of one: `NAME.json.damaged` | removed |
//! | what was transcribed so far, with embeddings | `NAME.draft` | removed |
//! | session | `NAME.session.json`, `NAME.running` | removed |
//! | half-made files: imports, and anything written whole | `NAME.part`, `.NAME.json.XXXXXX.tmp`, `.classes.json.XXXXXX.tmp` and the like | removed |
//! | backups, one a day, and from before somebody went back | `backups/*.sqlite` | rows as above; what cannot be cleaned is removed |
//! | half-made backups and libraries | `backups/*.part`, `library.part`, with their journals | removed |
//! | databases that were damaged and set aside | `damaged *` | rows as above; what cannot be cleaned is removed |
//! | a line of the log that names the file | `afterbell.log`, `.log.old` | that line is taken out |
//!
//! Exports go where the teacher puts them and are the teacher's own; while one is written there is a temporary file beside it, never in the library folder.
//!
//! # How it survives
//!
//! What is to go is written down first (`forgetting.json`: names of files, nothing said) and crossed out last. A kill, a file that another program holds or a
//! disk that is away leave it there: it is tried again at each start and each purge, and nothing named in it is adopted, listed or taken in meanwhile.

use super::beside::{CLASS_LIST, VOICE, is_set_aside, voice_path};
use super::comments::drop_comment;
use super::copies::{SET_ASIDE, backup_folder, backups};
use super::failure::failure;
use super::open::Library;
use super::schema;
use crate::error::{Error, ErrorKind, Result};
use crate::files::{sync_folder, temporary_prefix, with_ending, write_whole};
use crate::settings::Folders;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What is to go is written down here.
const FILE: &str = "forgetting.json";
/// The endings of all files that belong to a recording; the numbered parts of a long one come to them.
const ENDINGS: [&str; 7] = ["wav", "txt", "json", "session.json", "running", "draft", "part"];

/// What is to go for good, by names that outlive the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Forgetting {
    /// Conferences and cut-off recordings, by the name of their sound.
    pub audio: BTreeSet<String>,
    /// Conferences of colleagues, by the name their bundle gave them.
    pub shared: BTreeSet<String>,
    /// Comments: on which conference of a colleague, the moment in milliseconds, and the words.
    pub comments: BTreeSet<(String, i64, String)>,
    /// Children who are in no class and whom no conference names: id and name.
    pub students: BTreeSet<(String, String)>,
    /// The teacher's voice.
    pub voice: bool,
}

/// How a pass over what is to go ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StillThere {
    /// Files that could not be removed this time; they are tried again.
    pub files: usize,
}

impl StillThere {
    /// Said to the teacher when something could not be removed.
    #[must_use]
    pub fn sentence(self) -> Option<String> {
        let what = match self.files {
            0 => return None,
            1 => "One file of what you deleted could not be removed from this computer yet".to_owned(),
            files => format!("{files} files of what you deleted could not be removed from this computer yet"),
        };
        Some(format!("{what}. Another program may be using it. Afterbell tries again by itself until it is gone."))
    }
}

impl Forgetting {
    fn path(folders: &Folders) -> PathBuf {
        folders.library().join(FILE)
    }

    /// What is still to go. A list that cannot be read counts as empty, and is said in the log.
    #[must_use]
    pub fn pending(folders: &Folders) -> Self {
        let Ok(bytes) = std::fs::read(Self::path(folders)) else { return Self::default() };
        serde_json::from_slice(&bytes).unwrap_or_else(|err| {
            tracing::error!("the list of what is to be removed cannot be read: {err}");
            Self::default()
        })
    }

    /// Whether a file of the recordings folder belongs to what is to go.
    #[must_use]
    pub fn names_file(&self, file: &str) -> bool {
        self.audio.iter().any(|audio| belongs(file, stem(audio)))
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn write(&self, folders: &Folders) -> Result<()> {
        if !self.is_empty() {
            let bytes = serde_json::to_vec(self).map_err(|err| Error::new(ErrorKind::Bug, "writing what is to be removed", err))?;
            return write_whole(&Self::path(folders), &bytes);
        }
        match std::fs::remove_file(Self::path(folders)) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => Err(Error::writing("crossing out what was removed", err)),
            _ => sync_folder(folders.library()),
        }
    }

    fn add(&mut self, more: &Self) {
        self.audio.extend(more.audio.iter().cloned());
        self.shared.extend(more.shared.iter().cloned());
        self.comments.extend(more.comments.iter().cloned());
        self.students.extend(more.students.iter().cloned());
        self.voice |= more.voice;
    }

    /// What a line of the log must not say any more.
    fn words(&self) -> impl Iterator<Item = &str> {
        self.audio.iter().map(|audio| stem(audio)).chain(self.shared.iter().map(String::as_str)).chain(self.students.iter().map(|(_, name)| name.as_str()))
    }
}

/// Removes the files of a recording that never came into the library: an import that failed, a session without a sample.
pub fn forget_files(folders: &Folders, audio: &str) {
    let what = Forgetting { audio: BTreeSet::from([audio.to_owned()]), ..Forgetting::default() };
    let mut pending = Forgetting::pending(folders);
    let is_new = pending.audio.insert(audio.to_owned());
    let noted = pending.write(folders);
    let files = remove_files(folders, &what, &BTreeSet::new());
    let crossed_out = if files == 0 && is_new {
        pending.audio.remove(audio);
        pending.write(folders)
    } else {
        noted
    };
    if let Err(err) = crossed_out {
        tracing::warn!("what is to be removed is not written down: {err}");
    }
}

/// A conference of a colleague that was opened again is not to go any more.
///
/// # Errors
/// When the list cannot be written.
pub(super) fn keep_after_all(folders: &Folders, token: &str) -> Result<()> {
    let mut pending = Forgetting::pending(folders);
    if pending.shared.remove(token) { pending.write(folders) } else { Ok(()) }
}

impl Library {
    /// Removes for good: written down first, then done as far as it can be. What is left is tried again by [`Library::finish_forgetting`].
    ///
    /// # Errors
    /// When it cannot be written down, or the database cannot be written.
    pub fn forget(&mut self, what: &Forgetting) -> Result<StillThere> {
        let mut pending = Forgetting::pending(&self.folders);
        pending.add(what);
        if let Err(err) = pending.write(&self.folders) {
            if err.kind != ErrorKind::DiskFull {
                return Err(err);
            }
            // Somebody deletes because the disk is full: the sound makes room. Its row is still there, so nobody takes it for a forgotten recording.
            remove_files(&self.folders, &pending, &self.kept_audio(&pending)?);
            pending.write(&self.folders)?;
        }
        self.finish_forgetting()
    }

    /// Goes on with what is still to be removed; nothing happens when there is nothing.
    ///
    /// # Errors
    /// When the database cannot be written; it stays written down what is to go.
    pub fn finish_forgetting(&mut self) -> Result<StillThere> {
        let pending = Forgetting::pending(&self.folders);
        if pending.is_empty() {
            return Ok(StillThere::default());
        }
        let doing = "removing for good";
        let mut left = remove_files(&self.folders, &pending, &self.kept_audio(&pending)?) + remove_what_names(&self.folders, &pending);
        self.change(doing, |db| forget_in(db, &pending, false))?;
        self.class_list_changed = true;
        if pending.voice {
            left += usize::from(!remove(&voice_path(&self.folders)));
        }
        for (token, ..) in &pending.comments {
            self.changed_shared.extend(self.find_shared(token)?);
        }
        if let Err(err) = self.keep_sidecars() {
            tracing::warn!("a sidecar may still hold what is to be removed: {err}");
            left += 1;
        }
        left += usize::from(!sweep_pages(&self.connection)?);
        for copy in copies(&self.folders) {
            left += usize::from(!clean_copy(&copy, &pending));
        }
        left += scrub_log(&self.folders.log(), &pending) + scrub_log(&self.folders.log().with_extension("log.old"), &pending);
        if left == 0 {
            Forgetting::default().write(&self.folders)?;
        } else {
            tracing::warn!("{left} files of what is to be removed are still there");
        }
        Ok(StillThere { files: left })
    }

    /// The sounds of conferences that stay: none of them is removed, whatever its name looks like.
    fn kept_audio(&self, pending: &Forgetting) -> Result<BTreeSet<String>> {
        let doing = "looking for what stays";
        let mut query = self.connection.prepare("SELECT audio FROM conference").map_err(|err| failure(doing, err))?;
        let all: BTreeSet<String> = query.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(|err| failure(doing, err))?;
        Ok(all.difference(&pending.audio).cloned().collect())
    }
}

/// The name of a recording without its ending.
fn stem(audio: &str) -> &str {
    audio.rsplit_once('.').map_or(audio, |(stem, _)| stem)
}

/// Whether a file belongs to the recording of this name: one of the inventory's endings, a numbered part, or half of one of them.
fn belongs(file: &str, stem: &str) -> bool {
    if file.starts_with(&temporary_prefix(&format!("{stem}."))) {
        return true;
    }
    if is_set_aside(file, &format!("{stem}.json")) {
        return true;
    }
    let Some(ending) = file.strip_prefix(stem).and_then(|rest| rest.strip_prefix('.')) else { return false };
    let is_part = ending.strip_suffix(".wav").is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
    is_part || ENDINGS.contains(&ending)
}

/// Removes the files; how many are still there.
fn remove_files(folders: &Folders, what: &Forgetting, kept: &BTreeSet<String>) -> usize {
    let mut left = 0;
    for (folder, names) in [(folders.recordings(), &what.audio), (folders.shared(), &what.shared)] {
        let stems: Vec<&str> = names.iter().map(|name| if folder == folders.shared() { name.as_str() } else { stem(name) }).collect();
        if stems.is_empty() {
            continue;
        }
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => continue,
            Err(err) => {
                tracing::warn!("a folder with something to remove cannot be read: {err}");
                left += 1;
                continue;
            }
        };
        for entry in entries.flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            if !kept.contains(&file) && stems.iter().any(|stem| belongs(&file, stem)) {
                left += usize::from(!remove(&entry.path()));
            }
        }
        // Durable, before it is crossed out: a power cut must not bring a recording back.
        if let Err(err) = sync_folder(&folder) {
            tracing::warn!("a removal may not be on the disk yet: {err}");
            left += 1;
        }
    }
    left
}

/// Files that cannot be read and so not be cleaned either, in which something stands that is to go, and halves of lists; how many are still there.
fn remove_what_names(folders: &Folders, what: &Forgetting) -> usize {
    let names = what.students.iter().flat_map(|(id, name)| [id.clone(), name.clone(), in_json(name)]);
    let words = what.comments.iter().flat_map(|(_, _, text)| [text.clone(), in_json(text), in_json(&in_json(text))]);
    let going: Vec<String> = names.chain(words).filter(|word| !word.trim().is_empty()).collect();
    let halves = [CLASS_LIST, VOICE, FILE].map(temporary_prefix);
    let mut left = 0;
    for folder in [folders.library().to_path_buf(), folders.recordings(), folders.shared()] {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            let is_aside = file.rsplit_once(".json").is_some_and(|(stem, _)| is_set_aside(&file, &format!("{stem}.json")));
            let holds = |bytes: &[u8]| going.iter().any(|word| bytes.windows(word.len()).any(|piece| piece == word.as_bytes()));
            // One that cannot be read at all may hold anything.
            if halves.iter().any(|half| file.starts_with(half))
                || is_aside && !going.is_empty() && std::fs::read(entry.path()).map_or(true, |bytes| holds(&bytes))
            {
                left += usize::from(!remove(&entry.path()));
            }
        }
    }
    left
}

/// Words as they stand within JSON.
fn in_json(words: &str) -> String {
    let quoted = serde_json::Value::from(words).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Whether it is gone.
pub(super) fn remove(path: &Path) -> bool {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(err) if err.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("something deleted could not be removed: {err}");
            false
        }
        _ => true,
    }
}

/// Takes the rows out of a database of today's schema: the one in use, or a copy, which may still hold a comment that was deleted since.
pub(super) fn forget_in(db: &Connection, what: &Forgetting, is_copy: bool) -> Result<()> {
    let fail = |err| failure("removing for good", err);
    for audio in &what.audio {
        db.execute("DELETE FROM line WHERE conference IN (SELECT id FROM conference WHERE audio = ?1)", [audio]).map_err(fail)?;
        db.execute("DELETE FROM conference WHERE audio = ?1", [audio]).map_err(fail)?;
    }
    for token in &what.shared {
        db.execute("DELETE FROM shared WHERE token = ?1", [token]).map_err(fail)?;
    }
    for (token, at, text) in &what.comments {
        drop_comment(db, token, *at, text, is_copy)?;
    }
    for (id, _) in &what.students {
        // In a copy the child may still be in a class.
        db.execute("UPDATE student SET class = NULL, archived_unix_ms = NULL, deleted_unix_ms = NULL WHERE uuid = ?1", [id]).map_err(fail)?;
        db.execute("DELETE FROM student WHERE uuid = ?1 AND NOT EXISTS (SELECT 1 FROM participant WHERE participant.student = student.id)", [id])
            .map_err(fail)?;
    }
    if what.voice {
        db.execute("DELETE FROM voice_profile", []).map_err(fail)?;
    }
    Ok(())
}

/// Merges the index, gives free pages back and empties the log. Whether the log is empty: while somebody reads, it cannot be.
fn sweep_pages(db: &Connection) -> Result<bool> {
    let fail = |err| failure("removing for good", err);
    db.execute_batch("INSERT INTO line(line) VALUES ('optimize'); VACUUM;").map_err(fail)?;
    let is_busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(fail)?;
    if is_busy != 0 {
        tracing::warn!("somebody reads the library: its log is emptied later");
    }
    Ok(is_busy == 0)
}

/// Databases besides the one in use: backups, whole or half-made, and damaged ones that were set aside.
fn copies(folders: &Folders) -> Vec<PathBuf> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let half_made = entries(&backup_folder(folders)).into_iter().filter(|path| !name(path).ends_with(".sqlite"));
    let damaged = entries(folders.library()).into_iter().filter(|path| name(path).starts_with(SET_ASIDE) || name(path).starts_with("library.part"));
    backups(folders).into_iter().map(|backup| backup.path).chain(half_made).chain(damaged).collect()
}

/// Takes what is to go out of a copy; one that cannot be cleaned is removed: a copy that may still hold what was to be gone is worth less than the promise
/// that it is gone. Whether nothing is left in it.
fn clean_copy(path: &Path, what: &Forgetting) -> bool {
    if !path.exists() {
        // Its log went with it.
        return true;
    }
    if path.extension().is_some_and(|ending| ending == "sqlite") {
        match clean(path, what) {
            Ok(()) => return true,
            Err(err) => tracing::warn!("a copy of the library could not be cleaned and is removed: {err}"),
        }
        return ["", "-wal", "-shm", "-journal"].map(|ending| remove(&with_ending(path, ending))).iter().all(|gone| *gone);
    }
    // The log of a copy goes with its copy, which was cleaned or removed; what belongs to none is of no use to anybody.
    let of_a_copy = path.to_string_lossy().rsplit_once(".sqlite").is_some_and(|(copy, _)| Path::new(&format!("{copy}.sqlite")).exists());
    of_a_copy || remove(path)
}

fn clean(path: &Path, what: &Forgetting) -> Result<()> {
    let fail = |err| failure("cleaning a copy of the library", err);
    schema::refuse_newer(path)?;
    let mut db = Connection::open(path).map_err(fail)?;
    db.execute_batch("PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON;").map_err(fail)?;
    schema::migrate(&mut db)?;
    let transaction = db.transaction().map_err(fail)?;
    forget_in(&transaction, what, true)?;
    transaction.commit().map_err(fail)?;
    db.execute_batch("INSERT INTO line(line) VALUES ('optimize'); VACUUM;").map_err(fail)?;
    // Everything in one file again.
    let mode: String = db.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).map_err(fail)?;
    if mode != "delete" {
        return Err(Error::new(ErrorKind::LibraryInUse, "cleaning a copy of the library", mode));
    }
    schema::check(&db, false)
}

/// Takes the lines that name what is gone out of a log. 1 when that did not work.
fn scrub_log(log: &Path, what: &Forgetting) -> usize {
    let Ok(bytes) = std::fs::read(log) else { return 0 };
    let text = String::from_utf8_lossy(&bytes);
    let names_it = |line: &str| what.words().any(|word| !word.is_empty() && has_word(line, word));
    if !text.lines().any(names_it) {
        return 0;
    }
    let rest: String = text.split_inclusive('\n').filter(|line| !names_it(line)).collect();
    // In place: a log that is being written is appended to wherever it ends.
    match std::fs::write(log, rest) {
        Ok(()) => 0,
        Err(err) => {
            tracing::warn!("the log could not be cleaned: {err}");
            1
        }
    }
}

/// Whether a line holds these words, not as a part of longer ones.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_recording_belongs_to_it_and_no_other_does() {
        let stem = "2026-11-25 22.04.50 1a2b";
        for ending in ["wav", "2.wav", "13.wav", "txt", "json", "session.json", "running", "draft", "part", "json.damaged", "json (2).damaged"] {
            assert!(belongs(&format!("{stem}.{ending}"), stem), "{ending}");
        }
        assert!(belongs(&format!("{}Xy12ab.tmp", temporary_prefix(&format!("{stem}.json"))), stem), "half of a sidecar");
        for other in
            ["2026-11-25 22.04.50 1a2c.wav", "2026-11-25 22.04.50 1a2b5.wav", "2026-11-25 22.04.50 1a2b.mp3", "2026-11-25 22.04.50 1a2b.old.wav", "notes.json"]
        {
            assert!(!belongs(other, stem), "{other}");
        }
    }

    #[test]
    fn a_line_of_the_log_goes_only_for_the_whole_name() {
        assert!(has_word("kept \"Ann\" there", "Ann") && has_word("Ann", "Ann") && has_word("x/1a2b.wav", "1a2b"));
        assert!(!has_word("Annotation", "Ann") && !has_word("JoAnn", "Ann"));
    }
}
