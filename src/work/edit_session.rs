//! One conference being edited. Owns the record on screen, what can be taken back and done again, what waits to be saved, and the turn that is open for typing;
//! nothing else keeps any of them.
//!
//! The open turn is known by its time and its words ([`TurnKey`]), never by its number. Whatever else changes the talk (undo, redo, another correction, voices
//! told apart again, a new transcription), what was typed is first kept as an edit of the turn it was typed in; then the change is made; then the turn is
//! looked for by its key, and stays open as it now reads, or is closed where it is no more. So typed words can be lost in none of them, and reach no other turn.

mod history;
mod merge;
mod open_turn;

use crate::conference::{Change, ConferenceRecord, Edit, Question, Rediarized, Span, Speaker, Turn, TurnKey, Voices, Word, needs_space, tidy};
use history::{History, is_about_talk};
use merge::merged;
pub use open_turn::OpenTurn;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Typing in a note is kept this long after the last key, so that it is one change and still on the disk within a second.
const TYPING_PAUSE: Duration = Duration::from_millis(400);
/// What could not be saved is saved again after this.
const SAVE_AGAIN: Duration = Duration::from_secs(3);
/// Whoever goes on in the same field within this time makes one change, that is taken back in one step.
const ONE_RUN: Duration = Duration::from_secs(2);
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
    history: History,
    typing: Option<Typing>,
    open: Option<OpenTurn>,
    openings: u64,
    /// Half-written words are on the disk that the record does not have.
    has_draft: bool,
    /// The words that were found, as they are in the record: corrections are made on them.
    words: Arc<[Word]>,
    /// To be saved, in this order.
    saves: Vec<Change>,
    /// Something could not be saved: when all is saved again.
    save_again: Option<Instant>,
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
            words: record.data().transcript.words.clone().into(),
            record,
            talk_revision: 0,
            history: History::default(),
            typing: None,
            open: None,
            openings: 0,
            has_draft: false,
            saves: Vec::new(),
            save_again: None,
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

    /// Which change was the last, by a number that no other has; none while something is being typed, which would be the first to go.
    #[must_use]
    pub fn last_change(&self) -> Option<u64> {
        (!self.has_typed()).then_some(self.history.changes())
    }

    /// Whether there is something to take back.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        self.history.can_undo() || self.has_typed()
    }

    /// Whether there is something to do again.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        self.history.can_redo() && !self.has_typed()
    }

    /// Makes an edit of the teacher's. Of corrections only what concerns the five questions is taken: words, speakers and turns are changed by
    /// [`EditSession::change`], which looks at them after what is being typed was kept.
    pub fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Correct(corrections) => {
                let corrections = corrections.with_talk_of(&self.record.data().corrections);
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

    /// Voices were told apart anew, from what was known some seconds ago.
    pub fn rediarized(&mut self, change: Change) {
        let change = change.on(self.record.data());
        self.apply(change);
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
        let Some(edit) = self.history.pop(forward) else { return };
        let inverse = self.put_and_save(edit);
        self.history.stepped(forward, inverse);
        self.find_open_again();
    }

    /// The record is being loaded again: what is changed from now on may not be in it.
    pub fn asked_again(&mut self) {
        self.asked = Some(self.record.data().voices.clone());
    }

    /// The record was loaded again: a new transcription, or nothing new. What was found in the sound is taken from it; what the teacher entered here stays as it
    /// is here, with corrections and names of voices carried over to the new words and voices, and is saved again where the disk has it otherwise.
    pub fn arrived(&mut self, found: Arc<ConferenceRecord>) {
        self.keep_typed();
        let base = self.asked.take().unwrap_or_else(|| self.record.data().voices.clone());
        let merged = if self.has_edited { merged(self.record.data(), &base, found.data()) } else { found.data().clone() };
        let now = self.record.data();
        let is_other_talk = merged.transcript != now.transcript || merged.voices.spans != now.voices.spans;
        self.words = found.data().transcript.words.clone().into();
        let mut save = |edit| self.saves.push(Change::new(edit, &self.words, &found.data().voices));
        if !merged.voices.is_diarized_as(&found.data().voices) {
            let (students, others, people) = (merged.students, merged.corrections.others, merged.corrections.people);
            let (pointed_at, voices) = (merged.corrections.pointed_at.clone(), merged.voices.clone());
            save(Edit::Voices(Box::new(Rediarized { students, others, people, pointed_at, voices })));
        } else if merged.voices != found.data().voices {
            save(Edit::Roles(merged.voices.roles.clone(), merged.voices.teacher_known));
        }
        if merged.corrections != found.data().corrections {
            save(Edit::Correct(Box::new(merged.corrections.clone())));
        }
        if is_other_talk {
            self.history.forget_talk();
        }
        self.record = if merged == *found.data() { found } else { Arc::new(ConferenceRecord::new(merged)) };
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

    /// Opens the turn to type before the word at this position, and says before which letter that is. With `room` for words that are put in there.
    pub fn open_turn_at(&mut self, turn: usize, position: usize, room: bool) -> Option<usize> {
        if !self.open_turn(turn) {
            return None;
        }
        let (turn, _) = self.open()?;
        let words = &self.record.turns().get(turn)?.words;
        let (before, after) = words.split_at_checked(position)?;
        let (before, after) = (self.record.transcript().text(before), self.record.transcript().text(after));
        let open = self.open.as_mut()?;
        let has_space = |one: &str, next: &str| room && needs_space(one, next);
        // What will be typed is of the script it stands in: between two words of one without spaces no room is left.
        let left = if needs_space(&before, &after) || has_space(&before, "a") && after.is_empty() { " " } else { "" };
        let right = if has_space(&before, &after) || has_space("a", &after) && before.is_empty() { " " } else { "" };
        open.text = format!("{before}{left}{right}{after}");
        open.on_disk.clone_from(&open.text);
        Some(before.chars().count() + left.len())
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
        let is_meant = |record: &ConferenceRecord, turn: usize| turn.checked_sub(1).is_some_and(|beside| is_still(record, beside, above.as_ref()));
        self.with_open(|record, turn| record.join_above(turn).filter(|_| is_meant(record, turn)), |_| None);
        self.close();
    }

    /// Joins the turn below to the open one, and closes it.
    pub fn join_below(&mut self) {
        let below = self.beside(|turn| turn.checked_add(1));
        self.with_open(|record, turn| record.join_above(turn + 1).filter(|_| is_still(record, turn + 1, below.as_ref())), |_| None);
        self.close();
    }

    /// The turn beside the open one: what is typed may have made it part of this one, or of the next but one, and those are not meant.
    fn beside(&self, which: impl FnOnce(usize) -> Option<usize>) -> Option<TurnKey> {
        let (turn, _) = self.open()?;
        self.record.turn_key(which(turn)?)
    }

    /// Keeps what was typed, makes the edit of the open turn, and opens the turn that then holds the word `opens` says (of the words it had before).
    fn with_open(&mut self, edit: impl FnOnce(&ConferenceRecord, usize) -> Option<Edit>, opens: impl FnOnce(&[Word]) -> Option<Word>) {
        let Some(typed) = self.open().map(|(_, open)| tidy(&open.text)) else { return };
        self.keep_typed();
        let Some((turn, open)) = self.open() else { return };
        // What was typed (nothing, a sign of listening) may have made the turn one with another: the other's words were not meant.
        if tidy(&open.text) != typed {
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

    /// Something could not be saved: after a while all that the teacher entered is, as it is then. Not a mark that was taken away, how many students there
    /// were, nor voices told apart anew: those have to be done again.
    pub fn not_saved(&mut self, now: Instant) {
        self.save_again = Some(now + SAVE_AGAIN);
    }

    fn save_everything(&mut self) {
        let facts = self.record.data();
        let mut edits = vec![Edit::Title(facts.title.clone()), Edit::Participants(facts.participants.clone())];
        edits.push(Edit::Roles(facts.voices.roles.clone(), facts.voices.teacher_known));
        edits.extend(facts.marks.iter().map(|mark| Edit::AddMark(*mark)));
        for question in Question::ALL {
            let answer = facts.reflection.answer(question);
            edits.extend([Edit::Rate(question, answer.rating), Edit::Note(question, answer.note.clone()), Edit::Extra(question, answer.extra.clone())]);
        }
        edits.push(Edit::Correct(Box::new(facts.corrections.clone())));
        edits.into_iter().for_each(|edit| self.save(self.made_now(edit)));
    }

    /// What is to be saved by now, in order.
    pub fn due(&mut self, now: Instant) -> Vec<Change> {
        if self.save_again.take_if(|at| now >= *at).is_some() {
            self.save_everything();
        }
        if self.typing.as_ref().and_then(|typing| typing.unsaved).is_some_and(|since| now.saturating_duration_since(since) >= TYPING_PAUSE) {
            self.save_typing();
        }
        self.draft(now, false);
        std::mem::take(&mut self.saves)
    }

    /// All that is to be saved, because the screen or the window goes: half-written words too.
    pub fn all_due(&mut self, now: Instant) -> Vec<Change> {
        self.end_typing();
        if self.save_again.take().is_some() {
            self.save_everything();
        }
        self.draft(now, true);
        std::mem::take(&mut self.saves)
    }

    /// How long until something is due.
    #[must_use]
    pub fn due_in(&self, now: Instant) -> Option<Duration> {
        let typing = self.typing.as_ref().and_then(|typing| typing.unsaved).map(|since| TYPING_PAUSE.saturating_sub(now.saturating_duration_since(since)));
        let draft = self.open.as_ref().and_then(|open| open.due_in(now));
        let again = self.save_again.map(|at| at.saturating_duration_since(now));
        typing.into_iter().chain(draft).chain(again).min()
    }

    /// Puts half-written words on the disk when it is time, or all are to be kept. On screen, and to be taken back, they count only once they are kept.
    fn draft(&mut self, now: Instant, all: bool) {
        let Some((turn, open)) = self.open_mut() else { return };
        let Some(text) = open.take_draft(now, all) else { return };
        let as_it_is = || Edit::Correct(Box::new(self.record.data().corrections.clone()));
        let edit = self.record.rewrite_turn(turn, &text).unwrap_or_else(as_it_is);
        self.saves.push(self.made_now(edit));
        self.has_draft = true;
    }

    fn take_draft_back(&mut self) {
        if self.has_draft {
            let as_it_is = Edit::Correct(Box::new(self.record.data().corrections.clone()));
            self.save(self.made_now(as_it_is));
        }
    }

    fn has_typed(&self) -> bool {
        self.open.as_ref().is_some_and(OpenTurn::has_typed)
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
        let text = tidy(&text);
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
        self.open = Some(OpenTurn::new(key, text, self.openings));
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
        if goes_on {
            self.history.extend_last()
        } else {
            self.history.push(inverse)
        }
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
            self.save(edit.into());
        }
    }

    /// A new step.
    fn make(&mut self, edit: Edit) {
        self.end_typing();
        let inverse = self.put_and_save(edit);
        self.history.push(inverse);
    }

    fn put_and_save(&mut self, edit: Edit) -> Edit {
        let change = self.made_now(edit.clone());
        let inverse = self.put(edit);
        self.save(change);
        inverse
    }

    /// An edit as it is about to be made.
    fn made_now(&self, edit: Edit) -> Change {
        Change::new(edit, &self.words, &self.record.data().voices)
    }

    /// Changes the record, and says what changes it back.
    fn put(&mut self, edit: Edit) -> Edit {
        let is_about_talk = match &edit {
            Edit::Correct(corrections) => !corrections.is_same_talk(&self.record.data().corrections),
            edit => is_about_talk(edit),
        };
        self.talk_revision += u64::from(is_about_talk);
        Arc::make_mut(&mut self.record).apply(edit)
    }

    fn save(&mut self, change: Change) {
        self.has_edited = true;
        if matches!(change.edit(), Edit::Correct(_)) {
            // Half-written words are not on the disk any more: they follow again.
            self.has_draft = false;
            if let Some(open) = &mut self.open {
                open.on_disk.clone_from(&open.before);
            }
        }
        self.saves.push(change);
    }
}

fn is_still(record: &ConferenceRecord, turn: usize, key: Option<&TurnKey>) -> bool {
    key.is_some_and(|key| record.find_turn(key) == Some(turn))
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

#[cfg(test)]
mod tests;
