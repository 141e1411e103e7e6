//! One conference being edited. Owns the record on screen, what can be taken back and done again, what waits to be saved, and the turn that is open for typing;
//! nothing else keeps any of them.
//!
//! The open turn is known by its time and its words ([`TurnKey`]), never by its number. Whatever else changes the talk (undo, redo, another correction, voices
//! told apart again, a new transcription), what was typed is first kept as an edit of the turn it was typed in; then the change is made; then the turn is
//! looked for by its key, and stays open as it now reads, or is closed where it is no more. So typed words can be lost in none of them, and reach no other turn.

use crate::conference::{ConferenceFacts, ConferenceRecord, Edit, Millis, Question, Span, Speaker, ToldApart, Turn, TurnKey, Voices, Word};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Typing in a note is kept this long after the last key, so that it is one change and still on the disk within a second.
const TYPING_PAUSE: Duration = Duration::from_millis(400);
/// Whoever goes on in the same field within this time makes one change, that is taken back in one step.
const ONE_RUN: Duration = Duration::from_secs(2);
/// Half-written words of the open turn are on the disk this soon.
const DRAFT_WITHIN: Duration = Duration::from_millis(450);

/// The turn that is open for typing.
#[derive(Debug)]
pub struct OpenTurn {
    key: TurnKey,
    /// Its words as they are being typed.
    pub text: String,
    /// As the record has them.
    before: String,
    /// What of the text is on the disk, and since when some of it is not.
    on_disk: String,
    since: Option<Instant>,
    /// Counts what was opened: two openings never share what an editor remembers.
    opening: u64,
}

impl OpenTurn {
    /// A number no other opening in this session has.
    #[must_use]
    pub fn opening(&self) -> u64 {
        self.opening
    }
}

/// A run of typing in one field.
#[derive(Debug)]
struct Typing {
    edit: Edit,
    /// The last key.
    last: Instant,
    /// Since when some of it is not saved.
    unsaved: Option<Instant>,
}

/// See the module.
#[derive(Debug)]
pub struct EditSession {
    record: Arc<ConferenceRecord>,
    /// How often words, speakers or turns changed.
    talk_revision: u64,
    /// The edits that take back, and that do again; the next one last.
    undo: Vec<Edit>,
    redo: Vec<Edit>,
    typing: Option<Typing>,
    open: Option<OpenTurn>,
    openings: u64,
    /// Half-written words are on the disk that the record does not have.
    has_draft: bool,
    /// To be saved, in this order.
    saves: Vec<Edit>,
    /// Something was changed here since the record came.
    has_edited: bool,
    /// The voices as they were when the record was asked for again.
    asked: Option<Voices>,
}

impl EditSession {
    /// Of a record as it was loaded.
    #[must_use]
    pub fn new(record: Arc<ConferenceRecord>) -> Self {
        Self {
            record,
            talk_revision: 0,
            undo: Vec::new(),
            redo: Vec::new(),
            typing: None,
            open: None,
            openings: 0,
            has_draft: false,
            saves: Vec::new(),
            has_edited: false,
            asked: None,
        }
    }

    /// The record as it is now.
    #[must_use]
    pub fn record(&self) -> &Arc<ConferenceRecord> {
        &self.record
    }

    /// Another number whenever words, speakers or turns have changed: what was computed from them is to be computed again.
    #[must_use]
    pub fn talk_revision(&self) -> u64 {
        self.talk_revision
    }

    /// Whether there is something to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty() || self.has_typed()
    }

    /// Whether there is something to do again.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty() && !self.has_typed()
    }

    /// Makes an edit of the teacher's. Of corrections only what concerns the five questions is taken: words, speakers and turns are changed by
    /// [`EditSession::change`], which looks at them after what is being typed was kept.
    pub fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Correct(corrections) => {
                let corrections = corrections.with_talk_of(&self.record.facts().corrections);
                self.make(Edit::Correct(Box::new(corrections)));
            }
            Edit::Roles(..) | Edit::Voices(_) => self.change(|_| Some(edit)),
            edit if is_typing(&edit) => self.type_on(edit),
            edit => self.make(edit),
        }
    }

    /// Makes the edit that `which` finds to be made, if any, with what is being typed kept first.
    pub fn change(&mut self, which: impl FnOnce(&ConferenceRecord) -> Option<Edit>) {
        self.keep_typed();
        if let Some(edit) = which(&self.record) {
            self.make(edit);
            self.find_open_again();
        }
    }

    /// Gives the turn that has this number now to `speaker`.
    pub fn give(&mut self, turn: usize, speaker: Speaker) {
        let Some(key) = self.record.turn_key(turn) else { return };
        self.change(|record| record.give_turn(record.find_turn(&key)?, speaker));
    }

    /// Voices were told apart anew.
    pub fn told_apart(&mut self, told: Box<ToldApart>) {
        self.apply(Edit::Voices(told));
    }

    /// Takes back the last change; what is being typed in the open turn is one.
    pub fn undo(&mut self) {
        self.step(false);
    }

    /// Does again what was taken back last. Nothing when something was typed since.
    pub fn redo(&mut self) {
        self.step(true);
    }

    fn step(&mut self, forward: bool) {
        self.keep_typed();
        self.end_typing();
        let Some(edit) = (if forward { &mut self.redo } else { &mut self.undo }).pop() else { return };
        let inverse = self.put(edit.clone());
        (if forward { &mut self.undo } else { &mut self.redo }).push(inverse);
        self.save(edit);
        self.find_open_again();
    }

    /// The record is being loaded again: what is changed from now on may not be in it.
    pub fn asked_again(&mut self) {
        self.asked = Some(self.record.facts().voices.clone());
    }

    /// The record was loaded again: a new transcription, or nothing new. What was found in the sound is taken from it; what the teacher entered here stays as it
    /// is here, with corrections and names of voices carried over to the new words and voices, and is saved again where the disk has it otherwise.
    pub fn arrived(&mut self, found: Arc<ConferenceRecord>) {
        self.keep_typed();
        let base = self.asked.take().unwrap_or_else(|| self.record.facts().voices.clone());
        let merged = if self.has_edited { merged(self.record.facts(), &base, found.facts()) } else { found.facts().clone() };
        let now = self.record.facts();
        let is_other_talk = merged.transcript != now.transcript || merged.voices.spans != now.voices.spans;
        if merged.voices.spans != found.facts().voices.spans {
            let (students, others, said) = (merged.students, merged.corrections.others, merged.corrections.said.clone());
            self.saves.push(Edit::Voices(Box::new(ToldApart { students, others, said, voices: merged.voices.clone() })));
        } else if merged.voices != found.facts().voices {
            self.saves.push(Edit::Roles(merged.voices.roles.clone(), merged.voices.teacher_known));
        }
        if merged.corrections != found.facts().corrections {
            self.saves.push(Edit::Correct(Box::new(merged.corrections.clone())));
        }
        if is_other_talk {
            // What would take back a correction of the old words, or names for the old voices, has nothing to stand on any more; nor has what lies below it.
            for steps in [&mut self.undo, &mut self.redo] {
                let from = steps.iter().rposition(is_about_talk).map_or(0, |last| last + 1);
                steps.drain(..from);
            }
        }
        self.record = if merged == *found.facts() { found } else { Arc::new(ConferenceRecord::new(merged)) };
        self.talk_revision += 1;
        self.find_open_again();
    }

    /// The turn that is open, and its number as turns are counted now.
    #[must_use]
    pub fn open(&self) -> Option<(usize, &OpenTurn)> {
        let open = self.open.as_ref()?;
        Some((self.record.find_turn(&open.key)?, open))
    }

    /// As [`EditSession::open`], to type in.
    pub fn open_mut(&mut self) -> Option<(usize, &mut OpenTurn)> {
        let turn = self.record.find_turn(&self.open.as_ref()?.key)?;
        self.open.as_mut().map(|open| (turn, open))
    }

    /// Opens the turn that has this number now; one that was open is kept and closed. False when there is no such turn.
    pub fn open_turn(&mut self, turn: usize) -> bool {
        let key = self.record.turn_key(turn);
        self.close();
        key.is_some_and(|key| self.open_like(&key))
    }

    /// Closes the open turn; what was typed is kept.
    pub fn close(&mut self) {
        self.keep_typed();
        self.open = None;
        self.take_draft_back();
    }

    /// Closes the open turn; what was typed since it was opened (or last kept) is not kept.
    pub fn cancel(&mut self) {
        self.open = None;
        self.take_draft_back();
    }

    /// Begins a new turn at this word of the text in the open turn, which is open next: as often as not somebody else says it.
    pub fn split(&mut self, word: usize) {
        self.with_open(|record, turn| record.split_turn(turn, word), |words| words.get(word).cloned());
    }

    /// The speaker of the open turn is another; it stays open.
    pub fn give_open(&mut self, speaker: Speaker) {
        self.with_open(|record, turn| record.give_turn(turn, speaker), |words| words.first().cloned());
    }

    /// Joins the open turn to the one above, and closes it.
    pub fn join_above(&mut self) {
        let above = self.beside(|turn| turn.checked_sub(1));
        self.with_open(|record, turn| record.join_above(turn).filter(|_| above == turn.checked_sub(1).and_then(|above| starts(record, above))), |_| None);
        self.close();
    }

    /// Joins the turn below to the open one, and closes it.
    pub fn join_below(&mut self) {
        let below = self.beside(|turn| turn.checked_add(1));
        self.with_open(|record, turn| record.join_above(turn + 1).filter(|_| below == starts(record, turn + 1)), |_| None);
        self.close();
    }

    /// When the turn beside the open one begins: what is typed may have made it part of this one, and then the next is not meant.
    fn beside(&self, which: impl FnOnce(usize) -> Option<usize>) -> Option<Millis> {
        let (turn, _) = self.open()?;
        starts(&self.record, which(turn)?)
    }

    /// Keeps what was typed, makes the edit of the open turn, and opens the turn that then holds the word `opens` says (of the words it had before).
    fn with_open(&mut self, edit: impl FnOnce(&ConferenceRecord, usize) -> Option<Edit>, opens: impl FnOnce(&[Word]) -> Option<Word>) {
        let Some(typed) = self.open().map(|(_, open)| words_of(&open.text)) else { return };
        self.keep_typed();
        let Some((turn, open)) = self.open() else { return };
        // What was typed (nothing, a sign of listening) may have made the turn one with another: the other's words were not meant.
        if words_of(&open.text) != typed {
            return;
        }
        let Some(edit) = edit(&self.record, turn) else { return };
        let words = self.record.turns().get(turn).map(|turn| turn.words.iter().map(|&word| self.record.transcript().words[word].clone()).collect::<Vec<_>>());
        self.make(edit);
        match words.as_deref().and_then(opens).and_then(|word| self.record.turn_key(self.record.turn_with(&word)?)) {
            Some(key) => drop(self.open_like(&key)),
            None => self.find_open_again(),
        }
    }

    /// What is to be saved by now, in order.
    pub fn due(&mut self, now: Instant) -> Vec<Edit> {
        if self.typing.as_ref().and_then(|typing| typing.unsaved).is_some_and(|since| now.saturating_duration_since(since) >= TYPING_PAUSE) {
            self.save_typing();
        }
        self.draft(now, false);
        std::mem::take(&mut self.saves)
    }

    /// All that is to be saved, because the screen or the window goes: half-written words too.
    pub fn all_due(&mut self, now: Instant) -> Vec<Edit> {
        self.end_typing();
        self.draft(now, true);
        std::mem::take(&mut self.saves)
    }

    /// How long until something is due.
    #[must_use]
    pub fn due_in(&self, now: Instant) -> Option<Duration> {
        let left = |since: Instant, after: Duration| after.saturating_sub(now.saturating_duration_since(since));
        let typing = self.typing.as_ref().and_then(|typing| typing.unsaved).map(|since| left(since, TYPING_PAUSE));
        let draft = self.open.as_ref().and_then(|open| open.since).map(|since| left(since, DRAFT_WITHIN));
        typing.into_iter().chain(draft).min()
    }

    /// Puts half-written words on the disk when it is time, or all are to be kept. On screen, and to be taken back, they count only once they are kept.
    fn draft(&mut self, now: Instant, all: bool) {
        let Some((turn, open)) = self.open_mut() else { return };
        if open.text == open.on_disk {
            open.since = None;
            return;
        }
        let since = *open.since.get_or_insert(now);
        if !all && now.saturating_duration_since(since) < DRAFT_WITHIN {
            return;
        }
        open.since = None;
        open.on_disk.clone_from(&open.text);
        let text = open.text.clone();
        let as_it_is = || Edit::Correct(Box::new(self.record.facts().corrections.clone()));
        let edit = self.record.rewrite_turn(turn, &text).unwrap_or_else(as_it_is);
        self.saves.push(edit);
        self.has_draft = true;
    }

    fn take_draft_back(&mut self) {
        if self.has_draft {
            self.save(Edit::Correct(Box::new(self.record.facts().corrections.clone())));
        }
    }

    fn has_typed(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.text.split_whitespace().ne(open.before.split_whitespace()))
    }

    /// Makes what was typed in the open turn an edit of it.
    fn keep_typed(&mut self) {
        if !self.has_typed() {
            return;
        }
        let Some((turn, open)) = self.open() else { return };
        let text = open.text.clone();
        let Some(edit) = self.record.rewrite_turn(turn, &text) else { return };
        let (span, speaker) = (open.key.span(), open.key.speaker());
        self.make(edit);
        // The same turn, with its words as they are now. Where they made it one with the next (a sign of listening parts no turn), that is open now.
        let text = words_of(&text);
        let reads_so = |turn: &Turn| turn.speaker == speaker && turn.span.overlap(span).is_some() && self.record.transcript().text(&turn.words) == text;
        let shared = |turn: &Turn| turn.span.overlap(span).filter(|_| turn.speaker == speaker).map(Span::length);
        let turns = self.record.turns();
        let exact = turns.iter().position(reads_so);
        let key = exact.or_else(|| (0..turns.len()).filter(|&turn| shared(&turns[turn]).is_some()).max_by_key(|&turn| shared(&turns[turn])));
        match (key.and_then(|turn| self.record.turn_key(turn)), &mut self.open) {
            (Some(key), Some(open)) if exact.is_some() => (open.key, open.before) = (key, text),
            (Some(key), _) => drop(self.open_like(&key)),
            (None, _) => self.open = None,
        }
    }

    /// After a change: the turn that was open, as it now reads, or none.
    fn find_open_again(&mut self) {
        let Some(open) = &self.open else { return };
        let Some(turn) = self.record.find_turn_like(&open.key) else {
            self.open = None;
            return self.take_draft_back();
        };
        let Some(key) = self.record.turn_key(turn) else { return };
        let text = self.record.transcript().text(&self.record.turns()[turn].words);
        if text == open.before {
            if let Some(open) = &mut self.open {
                open.key = key;
            }
        } else {
            self.open_like(&key);
        }
    }

    fn open_like(&mut self, key: &TurnKey) -> bool {
        let Some(turn) = self.record.find_turn_like(key) else { return false };
        let Some(key) = self.record.turn_key(turn) else { return false };
        let text = self.record.transcript().text(&self.record.turns()[turn].words);
        self.openings += 1;
        self.open = Some(OpenTurn { key, before: text.clone(), on_disk: text.clone(), text, since: None, opening: self.openings });
        true
    }

    /// A letter more in a note: a run of them is one step back, and one save.
    fn type_on(&mut self, edit: Edit) {
        let now = Instant::now();
        let goes_on = self.typing.as_ref().is_some_and(|typing| is_same_field(&typing.edit, &edit) && now - typing.last < ONE_RUN);
        if !goes_on {
            self.end_typing();
        }
        let inverse = self.put(edit.clone());
        if !goes_on {
            self.undo.push(inverse);
        }
        self.redo.clear();
        self.has_edited = true;
        // A steady typist is saved twice a second all the same.
        let unsaved = self.typing.take().and_then(|typing| typing.unsaved).or(Some(now));
        self.typing = Some(Typing { edit, last: now, unsaved });
    }

    /// Saves what was typed, and ends the run.
    fn end_typing(&mut self) {
        self.save_typing();
        self.typing = None;
    }

    fn save_typing(&mut self) {
        if let Some(typing) = &mut self.typing
            && typing.unsaved.take().is_some()
        {
            let edit = typing.edit.clone();
            self.save(edit);
        }
    }

    /// A new step.
    fn make(&mut self, edit: Edit) {
        self.end_typing();
        let inverse = self.put(edit.clone());
        self.undo.push(inverse);
        self.redo.clear();
        self.save(edit);
    }

    /// Changes the record, and says what changes it back.
    fn put(&mut self, edit: Edit) -> Edit {
        let is_about_talk = match &edit {
            Edit::Correct(corrections) => !corrections.is_same_talk(&self.record.facts().corrections),
            edit => is_about_talk(edit),
        };
        self.talk_revision += u64::from(is_about_talk);
        Arc::make_mut(&mut self.record).apply(edit)
    }

    fn save(&mut self, edit: Edit) {
        self.has_edited = true;
        if matches!(edit, Edit::Correct(_)) {
            // Half-written words are not on the disk any more: they follow again.
            self.has_draft = false;
            if let Some(open) = &mut self.open {
                open.on_disk.clone_from(&open.before);
            }
        }
        self.saves.push(edit);
    }
}

fn starts(record: &ConferenceRecord, turn: usize) -> Option<Millis> {
    record.turns().get(turn).map(|turn| turn.span.start())
}

/// What the teacher entered as it is here, what was found in the sound as it came; `base` are the voices as they were when it was asked for.
fn merged(mine: &ConferenceFacts, base: &Voices, found: &ConferenceFacts) -> ConferenceFacts {
    let voices = found.voices.clone().found_beside(base, &mine.voices);
    let is_same_words = mine.transcript.words == found.transcript.words;
    let corrections = if is_same_words || mine.transcript.words.is_empty() || found.transcript.words.is_empty() {
        mine.corrections.clone()
    } else {
        mine.corrections.carried(&mine.transcript.words, &found.transcript.words)
    };
    ConferenceFacts {
        title: mine.title.clone(),
        participants: mine.participants.clone(),
        students: mine.students,
        marks: mine.marks.clone(),
        reflection: mine.reflection.clone(),
        voices,
        corrections,
        ..found.clone()
    }
}

/// Whether an edit concerns words, speakers or voices: what a new transcription makes anew.
fn is_about_talk(edit: &Edit) -> bool {
    matches!(edit, Edit::Correct(_) | Edit::Roles(..) | Edit::Voices(_))
}

/// What is typed letter by letter.
fn is_typing(edit: &Edit) -> bool {
    matches!(edit, Edit::Note(..) | Edit::Extra(Question::Strategy, _) | Edit::Title(_))
}

fn is_same_field(one: &Edit, other: &Edit) -> bool {
    match (one, other) {
        (Edit::Note(one, _), Edit::Note(other, _)) | (Edit::Extra(one, _), Edit::Extra(other, _)) => one == other,
        (Edit::Title(_), Edit::Title(_)) => true,
        _ => false,
    }
}

/// Text as the record will have it.
fn words_of(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::fixture::talk;
    use crate::conference::{Corrections, Meant, Participant, Phase, Rating, TeacherKnown, Voice, VoiceSpan};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn session(script: &str) -> EditSession {
        EditSession::new(Arc::new(talk(script)))
    }

    fn said(record: &ConferenceRecord) -> Vec<String> {
        record.turns().iter().map(|turn| format!("{} {}", turn.speaker.key(), record.transcript().text(&turn.words))).collect()
    }

    fn write(session: &mut EditSession, text: &str) {
        session.open_mut().unwrap().1.text = text.into();
    }

    /// What is on the disk after these saves.
    fn kept(disk: &mut ConferenceRecord, saves: Vec<Edit>) -> Vec<String> {
        saves.into_iter().for_each(|edit| drop(disk.apply(edit)));
        said(disk)
    }

    const TALK: &str = "T 0-4 one two three four | S 6-8 five six | T 10-12 seven eight";

    #[test]
    fn a_turn_that_a_split_made_is_closed_by_its_undo_and_the_next_stays_as_it_is() {
        let mut session = session(TALK);
        session.open_turn(0);
        session.split(2);
        assert_eq!(said(session.record()), ["teacher one two", "teacher three four", "student1 five six", "teacher seven eight"]);
        assert_eq!(session.open().map(|(turn, open)| (turn, open.text.as_str())), Some((1, "three four")));
        session.undo();
        assert!(session.open().is_none());
        session.close();
        assert_eq!(said(session.record()), said(&talk(TALK)));
        session.redo();
        assert_eq!(said(session.record()).len(), 4);
    }

    #[test]
    fn a_turn_that_typing_made_one_with_the_next_is_open_as_it_then_reads() {
        // Not asked any more, the student's one word is a sign of listening, and the teacher's two turns are one.
        let mut session = session("T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 I like it. | S 10-12 ba");
        session.open_turn(0);
        write(&mut session, "Well");
        session.join_below();
        assert_eq!(said(session.record()), ["teacher Well I like it.", "student1 ba"], "the turn below was joined by what was typed");
        session.undo();
        session.open_turn(0);
        write(&mut session, "Well");
        session.apply(Edit::Roles(session.record().facts().voices.roles.clone(), TeacherKnown::ByTeacher));
        assert_eq!(session.open().map(|(turn, open)| (turn, open.text.as_str())), Some((0, "Well I like it.")));
    }

    #[test]
    fn undo_takes_back_what_is_being_typed_and_redo_brings_it_again() {
        let mut session = session(TALK);
        session.open_turn(1);
        write(&mut session, "five and six");
        assert!(session.can_undo() && !session.can_redo());
        session.undo();
        assert_eq!(session.open().map(|(turn, open)| (turn, open.text.as_str())), Some((1, "five six")));
        session.redo();
        assert_eq!(session.open().map(|(turn, open)| (turn, open.text.as_str())), Some((1, "five and six")));
        assert_eq!(said(session.record())[1], "student1 five and six");
    }

    #[test]
    fn half_written_words_are_on_the_disk_and_gone_from_it_after_cancel() {
        let (mut session, mut disk) = (session(TALK), talk(TALK));
        session.open_turn(1);
        write(&mut session, "five or six");
        let now = Instant::now();
        assert_eq!(session.due(now), [], "not at every letter");
        assert!(session.due_in(now).is_some());
        assert_eq!(kept(&mut disk, session.due(now + DRAFT_WITHIN))[1], "student1 five or six");
        assert_eq!(said(session.record()), said(&talk(TALK)), "not on screen");
        // Something else that is saved has the words of the disk without them: they follow again.
        session.apply(Edit::Correct(Box::new(Corrections { not_questions: vec![Millis(3)], ..Corrections::default() })));
        kept(&mut disk, session.due(now + DRAFT_WITHIN));
        assert_eq!(kept(&mut disk, session.due(now + DRAFT_WITHIN * 3))[1], "student1 five or six");
        session.cancel();
        assert_eq!(kept(&mut disk, session.due(now)), said(&talk(TALK)));
        assert_eq!(disk.facts(), session.record().facts());
    }

    #[test]
    fn who_is_who_said_while_the_record_is_loaded_again_is_carried_over_and_saved() {
        let mut session = session(TALK);
        session.asked_again();
        session.apply(Edit::Roles(vec![Speaker::Student(1), Speaker::Teacher], TeacherKnown::ByTeacher));
        session.due(Instant::now());
        // The same two voices, in the other order.
        let mut facts = talk(TALK).facts().clone();
        let piece = |from: i64, to: i64, voice: u8| VoiceSpan { span: Span::new(Millis(from), Millis(to)), voice: Voice(voice) };
        facts.voices.spans = vec![piece(0, 3900, 1), piece(6000, 8000, 0), piece(10_000, 12_000, 1)];
        facts.voices.roles = vec![Speaker::Student(1), Speaker::Teacher];
        session.arrived(Arc::new(ConferenceRecord::new(facts)));
        assert_eq!(session.record().turns().iter().map(|turn| turn.speaker).collect::<Vec<_>>(), [Speaker::Student(1), Speaker::Teacher, Speaker::Student(1)]);
        assert_eq!(session.due(Instant::now()), [Edit::Roles(vec![Speaker::Teacher, Speaker::Student(1)], TeacherKnown::ByTeacher)]);
    }

    #[test]
    fn a_name_is_replaced_in_a_long_talk_at_once() {
        let talk = talk(
            &(0..600)
                .map(|turn| format!("{} {}-{} you know what you want to write and what you do not", ["T", "S"][turn % 2], turn * 6, turn * 6 + 5))
                .collect::<Vec<_>>()
                .join(" | "),
        );
        let begun = Instant::now();
        assert_eq!(talk.count_of("you"), 1800);
        let counted = begun.elapsed();
        let mut session = EditSession::new(Arc::new(talk));
        session.change(|record| record.replace_everywhere("you", "they all"));
        println!("an hour of 7,200 words: counted in {counted:?}, replaced in {:?}", begun.elapsed() - counted);
        assert_eq!(session.record().count_of("they all"), 1800);
        assert_eq!(session.due(begun).len(), 1, "one edit");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Open(usize),
        Write(String),
        Close,
        Cancel,
        Split(usize),
        JoinAbove,
        JoinBelow,
        GiveOpen(Speaker),
        Give(usize, Speaker),
        Replace(String, String),
        Apply(Edit),
        TellApart(Vec<(i64, u8)>),
        Due,
        Undo,
        Redo,
        /// The work was stopped: the record comes as it is on the disk.
        Again,
        /// Another model: every word so much later.
        Transcribed(i64),
    }

    fn any_speaker() -> impl Strategy<Value = Speaker> {
        prop::sample::select(vec![Speaker::Teacher, Speaker::Student(1), Speaker::Other])
    }

    fn any_edit() -> impl Strategy<Value = Edit> {
        let question = prop::sample::select(Question::ALL.to_vec());
        let stretch = (0_i64..13_000, 1_i64..6000).prop_map(|(from, length)| Span::new(Millis(from), Millis(from + length)));
        let correct = |change: fn(&mut Corrections, Span)| {
            move |span: Span| {
                let mut all = Corrections::default();
                change(&mut all, span);
                Edit::Correct(Box::new(all))
            }
        };
        prop_oneof![
            (question.clone(), prop::option::of(prop::sample::select(Rating::ALL.to_vec()))).prop_map(|(question, rating)| Edit::Rate(question, rating)),
            (question.clone(), "[a-z ]{0,5}").prop_map(|(question, note)| Edit::Note(question, note)),
            (question, "[a-z ]{0,5}").prop_map(|(question, text)| Edit::Extra(question, text)),
            "[a-z]{0,4}".prop_map(Edit::Title),
            (0_i64..5).prop_map(|at| Edit::AddMark(Millis(at))),
            (0_i64..5).prop_map(|at| Edit::RemoveMark(Millis(at))),
            prop::collection::vec(any_speaker(), 2..4).prop_map(|roles| Edit::Roles(roles, TeacherKnown::ByTeacher)),
            prop::collection::vec(1_u8..3, 0..2).prop_map(|voices| {
                let known = talk("T 0-1 a").facts().participants.clone();
                Edit::Participants(
                    voices.into_iter().flat_map(|voice| known.iter().map(move |one| Participant { voice: Some(voice), ..one.clone() })).collect(),
                )
            }),
            (1_u8..4).prop_map(Edit::Students),
            stretch.clone().prop_map(correct(|all, span| *all = all.with_phase(span, Phase::Teach))),
            stretch.clone().prop_map(correct(|all, span| all.compliment = Some(Meant::Here(span)))),
            stretch.prop_map(correct(|all, span| all.not_questions.push(span.start()))),
        ]
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0_usize..6).prop_map(Step::Open),
            5 => "[abC]{1,2}[.?]?( [abC]{1,2}[.?]?){0,6}".prop_map(Step::Write),
            1 => Just(Step::Write(String::new())),
            2 => Just(Step::Close),
            1 => Just(Step::Cancel),
            2 => (0_usize..5).prop_map(Step::Split),
            1 => Just(Step::JoinAbove),
            1 => Just(Step::JoinBelow),
            1 => any_speaker().prop_map(Step::GiveOpen),
            2 => (0_usize..6, any_speaker()).prop_map(|(turn, speaker)| Step::Give(turn, speaker)),
            2 => ("[abC]", "[abC]( [abC])?").prop_map(|(name, with)| Step::Replace(name, with)),
            4 => any_edit().prop_map(Step::Apply),
            1 => prop::collection::vec((0_i64..13_000, 0_u8..3), 1..6).prop_map(Step::TellApart),
            2 => Just(Step::Due),
            3 => Just(Step::Undo),
            2 => Just(Step::Redo),
            1 => Just(Step::Again),
        ]
    }

    const START: &str = "T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 I noticed how you used b | S 10-12 ba a b | T 12-13 Today I want to teach you to use ab";

    /// Whose each word is, by its text and time.
    fn owners(record: &ConferenceRecord) -> BTreeMap<(Span, String), Speaker> {
        let key = |word: usize| (record.transcript().words[word].span, record.transcript().words[word].text.clone());
        let mut owners = BTreeMap::new();
        for turn in record.turns() {
            owners.extend(turn.words.iter().map(|&word| (key(word), turn.speaker)));
            turn.backchannels.iter().for_each(|aside| owners.extend(aside.words.iter().map(|&word| (key(word), aside.speaker))));
        }
        owners
    }

    fn words_in(record: &ConferenceRecord, turn: usize) -> Vec<(Span, String)> {
        let words = record.turns().get(turn).map(|turn| turn.words.clone()).unwrap_or_default();
        words.into_iter().map(|word| (record.transcript().words[word].span, record.transcript().words[word].text.clone())).collect()
    }

    /// Takes a step. What it names is not to be compared; none when it is a step that may change all.
    fn take(session: &mut EditSession, disk: &mut ConferenceRecord, step: Step) -> Option<Vec<(Span, String)>> {
        let record = Arc::clone(session.record());
        let open = session.open().map(|(turn, _)| turn);
        // What is being typed may be kept by whatever comes.
        let mut named = open.map(|turn| words_in(&record, turn)).unwrap_or_default();
        match step {
            Step::Open(turn) => drop(session.open_turn(turn)),
            Step::Write(text) => session.open_mut().into_iter().for_each(|(_, open)| open.text.clone_from(&text)),
            Step::Close => session.close(),
            Step::Cancel => session.cancel(),
            Step::Split(word) => session.split(word),
            Step::JoinAbove => session.join_above(),
            Step::JoinBelow => {
                named.extend(open.map(|turn| words_in(&record, turn + 1)).unwrap_or_default());
                session.join_below();
            }
            Step::GiveOpen(speaker) => session.give_open(speaker),
            Step::Give(turn, speaker) => {
                named.extend(words_in(&record, turn));
                session.give(turn, speaker);
            }
            Step::Replace(name, with) => {
                let is_named = |(_, text): &(Span, String)| text.trim_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case(&name);
                named.extend(owners(&record).into_keys().filter(is_named));
                session.change(|record| record.replace_everywhere(&name, &with));
            }
            Step::Apply(edit) => {
                let is_roles = matches!(edit, Edit::Roles(..));
                session.apply(edit);
                if is_roles {
                    return None;
                }
            }
            Step::TellApart(mut pieces) => {
                pieces.sort_unstable();
                let ends = pieces.iter().skip(1).map(|piece| piece.0).chain([14_000]).collect::<Vec<_>>();
                let spans = pieces.iter().zip(ends).map(|(&(from, voice), to)| VoiceSpan { span: Span::new(Millis(from), Millis(to)), voice: Voice(voice) });
                let voices = Voices {
                    spans: spans.collect(),
                    roles: vec![Speaker::Teacher, Speaker::Student(1), Speaker::Other],
                    teacher_known: TeacherKnown::Guessed,
                    hard_to_tell: None,
                };
                session.told_apart(Box::new(ToldApart { students: 1, others: 0, said: Vec::new(), voices }));
                return None;
            }
            Step::Due => save(disk, session.due(Instant::now() + DRAFT_WITHIN * 2)),
            Step::Undo | Step::Redo => {
                if matches!(step, Step::Undo) {
                    session.undo()
                } else {
                    session.redo()
                }
                return None;
            }
            Step::Again => {
                save(disk, session.all_due(Instant::now()));
                session.asked_again();
                session.arrived(Arc::new(ConferenceRecord::new(disk.facts().clone())));
            }
            Step::Transcribed(later) => {
                save(disk, session.all_due(Instant::now()));
                session.asked_again();
                let mut facts = disk.facts().clone();
                for word in &mut facts.transcript.words {
                    word.span = Span::new(word.span.start() + Millis(later), word.span.end() + Millis(later));
                }
                facts.corrections = facts.corrections.carried(&disk.facts().transcript.words, &facts.transcript.words);
                *disk = ConferenceRecord::new(facts);
                session.arrived(Arc::new(disk.clone()));
                return None;
            }
        }
        Some(named)
    }

    fn save(disk: &mut ConferenceRecord, saves: Vec<Edit>) {
        saves.into_iter().for_each(|edit| drop(disk.apply(edit)));
    }

    /// Every word stands in one turn or aside, once.
    fn is_whole(record: &ConferenceRecord) -> bool {
        let mut shown: Vec<usize> =
            record.turns().iter().flat_map(|turn| turn.words.iter().chain(turn.backchannels.iter().flat_map(|aside| &aside.words))).copied().collect();
        shown.sort_unstable();
        shown == (0..record.transcript().words.len()).collect::<Vec<_>>()
    }

    #[test]
    fn a_turn_that_was_emptied_and_given_away_takes_no_other_turn_along() {
        let mut session = EditSession::new(Arc::new(talk(START)));
        assert!(session.open_turn(0));
        session.open_mut().unwrap().1.text.clear();
        let before = owners(session.record());
        session.give_open(Speaker::Student(1));
        let after = owners(session.record());
        assert!(after.iter().all(|(word, speaker)| before[word] == *speaker), "{after:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

        #[test]
        fn no_step_loses_a_word_moves_one_or_touches_a_turn_it_did_not_name(steps in prop::collection::vec(any_step(), 0..25)) {
            let original = talk(START);
            let (mut session, mut disk) = (EditSession::new(Arc::new(original.clone())), original.clone());
            for step in steps {
                let before = owners(session.record());
                let typed = match (&step, session.open()) {
                    (Step::Close | Step::Open(_), Some((turn, open))) => Some((words_in(session.record(), turn), words_of(&open.text), session.record().turns()[turn].speaker)),
                    _ => None,
                };
                let named = take(&mut session, &mut disk, step.clone());
                prop_assert!(is_whole(session.record()), "{step:?}");
                let after = owners(session.record());
                if let Some(named) = &named {
                    for (word, speaker) in before.iter().filter(|(word, _)| !named.contains(word)) {
                        prop_assert_eq!(after.get(word), Some(speaker), "{:?}: {:?}", step, word);
                    }
                }
                if let Some((was, text, speaker)) = typed {
                    // What was typed is there, as it was typed, and is said by whoever says the turn.
                    let others: Vec<_> = before.keys().filter(|word| !was.contains(word)).collect();
                    let (new, speakers): (Vec<_>, Vec<_>) = after.iter().filter(|(word, _)| !others.contains(word)).map(|((_, text), speaker)| (text.as_str(), *speaker)).unzip();
                    prop_assert_eq!(new.join(" "), text);
                    prop_assert!(speakers.iter().all(|&is| is == speaker), "{:?}", speakers);
                }
            }
            session.close();
            save(&mut disk, session.all_due(Instant::now()));
            prop_assert_eq!(disk.facts(), session.record().facts(), "what is on the disk is what is on screen");
            let end = session.record().facts().clone();
            let mut steps = 0;
            while session.can_undo() {
                session.undo();
                steps += 1;
            }
            prop_assert_eq!(session.record().facts(), original.facts());
            (0..steps).for_each(|_| session.redo());
            prop_assert_eq!(session.record().facts(), &end);
            save(&mut disk, session.all_due(Instant::now()));
            prop_assert_eq!(disk.facts(), &end);
        }

        #[test]
        fn a_new_transcription_between_any_steps_loses_no_word(
            steps in prop::collection::vec(any_step(), 0..12),
            later in -300_i64..300,
            more in prop::collection::vec(any_step(), 0..12),
        ) {
            let original = talk(START);
            let (mut session, mut disk) = (EditSession::new(Arc::new(original.clone())), original);
            for step in steps.into_iter().chain([Step::Transcribed(later)]).chain(more) {
                let is_new = matches!(step, Step::Transcribed(_));
                // The words that are typed in the open turn count.
                let text = |session: &EditSession| session.record().transcript().words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
                if is_new {
                    session.close();
                }
                let before = text(&session);
                take(&mut session, &mut disk, step);
                prop_assert!(is_whole(session.record()));
                if is_new {
                    prop_assert_eq!(text(&session).len(), before.len(), "{:?} and {:?}", text(&session), before);
                }
            }
            session.close();
            save(&mut disk, session.all_due(Instant::now()));
            prop_assert_eq!(disk.facts(), session.record().facts(), "what is on the disk is what is on screen");
        }
    }
}
