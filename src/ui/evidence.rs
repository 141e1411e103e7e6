//! What each open card shows of the five questions: found in her own words, each with its moment, each correctable. Never a verdict.

use super::cards::{Asked, pill, quote, remark, talked};
use super::icons;
use super::theme::{self, Palette};
use super::timeline::paint_phase;
use super::widgets::{self, Button, Kind};
use crate::conference::{
    Compliment, ConferenceRecord, Corrections, Edit, Evidence, FoundQuestion, Meant, Millis, Moment, NotSought, Phase, Question, QuestionKind, Span, Speaker,
    Sureness, TeachingPoint,
};
use egui::{Align, CornerRadius, Layout, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Questions shown before "Show all".
const FEW: usize = 4;

/// Room for "Not quite right?" at the right of a line, and for the kind and moment of a question.
const FIX: f32 = 164.0;
/// Room for "Fix" or "Done" in its place, with large text in a small window.
const NARROW_FIX: f32 = 84.0;
const KIND: f32 = 130.0;
/// How several are spoken of.
const STUDENTS: &str = "The students";

/// What the evidence of the open card remembers.
#[derive(Default)]
pub(super) struct EvidenceView {
    /// "Not quite right?" was pressed.
    pub fixing: bool,
    all_questions: bool,
    whole_quote: bool,
    definitions: bool,
}

/// A stretch of turns chosen in the transcript.
pub(super) type Chosen = Option<Span>;

fn correct(record: &ConferenceRecord, change: impl FnOnce(&mut Corrections)) -> Asked {
    let mut corrections = record.facts().corrections.clone();
    change(&mut corrections);
    Asked::Change(Edit::Correct(Box::new(corrections)))
}

/// Why there is nothing to show, in plain words; none when something was looked for.
fn not_sought(record: &ConferenceRecord) -> Option<&'static str> {
    Some(match record.evidence().not_sought? {
        NotSought::NoWords => "This is found in the words. There are none yet; you can listen, mark and write what you notice.",
        NotSought::Language => "Afterbell finds the parts of a conference in English only so far. You can tag the turns yourself: choose Correct.",
        NotSought::NoTeacher => "First say which voice is yours, above the transcript.",
    })
}

impl EvidenceView {
    /// Research: how long, who talked, which questions.
    pub fn research_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, chosen: Chosen, asked: &mut Vec<Asked>) {
        if let Some(text) = not_sought(record) {
            widgets::label(ui, theme::BODY, palette.ink2, text);
            return;
        }
        let evidence = record.evidence();
        let is_hers = record.facts().corrections.phases.iter().any(|fix| fix.phase == Phase::Research || fix.phase == Phase::Other);
        match &evidence.research {
            Some(research) => {
                let was = record.found_evidence().research.as_ref().map(|found| found.length).filter(|&was| is_hers && was != research.length);
                let looks = match (is_hers, research.is_sure) {
                    (true, _) => "Research is",
                    (false, true) => "Research looks like",
                    (false, false) => "Not sure: research may be",
                };
                let has_sound = record.facts().has_sound();
                let share = format!("{:.0}% of the {}", research.share * 100.0, if has_sound { "time" } else { "words" });
                self.head(ui, |ui| {
                    if has_sound {
                        rich(ui, palette, &[(looks, false), (&format!(" {}", research.length), true), (&format!(", {share}"), false)]);
                    } else {
                        rich(ui, palette, &[(looks, false), (&format!(" {share}"), true)]);
                    }
                    if let Some(was) = was.filter(|_| has_sound) {
                        widgets::line(ui, theme::SECONDARY_BOLD, palette.pine, format!("was {was}"));
                    }
                });
                phases_ui(ui, palette, record, asked);
                unsure_ui(ui, palette, record, asked);
                let (from, to, who) = (research.span.start(), research.span.end(), talked(record));
                ui.horizontal(|ui| {
                    pill(ui, from, asked);
                    widgets::line(
                        ui,
                        theme::SECONDARY,
                        palette.ink2,
                        format!("{}{who} talked {:.0}% of it", if has_sound { format!("to {to}. ") } else { String::new() }, research.student_share * 100.0),
                    );
                });
            }
            None => {
                self.head(ui, |ui| {
                    widgets::label(ui, theme::BODY, palette.ink, "Did not hear research. Was there some? Show me where.");
                });
                phases_ui(ui, palette, record, asked);
                unsure_ui(ui, palette, record, asked);
            }
        }
        if self.fixing {
            let mine = chosen.map(|span| correct(record, |all| *all = all.with_phase(span, Phase::Research)));
            let none = evidence.research.as_ref().map(|_| correct(record, |all| *all = without_phase(record, all, Phase::Research)));
            let back = is_hers.then(|| correct(record, |all| all.phases.clear()));
            self.fix_ui(ui, palette, "What should count as research?", chosen, mine, none, "There wasn’t any", back, asked);
        }
        self.questions_ui(ui, palette, record, asked);
        match evidence.first_teaching {
            Some(at) => moment_line(ui, palette, "First teaching words", at, asked),
            None => {
                remark(ui, palette, "Did not hear teaching words.");
            }
        }
    }

    fn questions_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<Asked>) {
        let evidence = record.evidence();
        let inside: Vec<&FoundQuestion> = match &evidence.research {
            Some(research) => research.questions.iter().filter_map(|&index| evidence.questions.get(index)).collect(),
            None => evidence.questions.iter().collect(),
        };
        let of = |kind| inside.iter().filter(|question| question.kind == kind).count();
        let place = if evidence.research.is_some() { "here" } else { "in the whole conference" };
        let mut parts = vec![format!("{} open, {} closed", of(QuestionKind::Open), of(QuestionKind::Closed))];
        if of(QuestionKind::Tag) > 0 {
            parts.push(format!("{} like “right?”", of(QuestionKind::Tag)));
        }
        let followed = inside.iter().filter(|question| !question.takes_up.is_empty()).count();
        if followed > 0 {
            parts.push(format!("{followed} {} up {} words", if followed == 1 { "takes" } else { "take" }, whose(record)));
        }
        let answered = inside.iter().filter(|question| question.answered_by_teacher).count();
        if answered > 0 {
            parts.push(format!("{answered} you answered yourself"));
        }
        let count = inside.len();
        remark(ui, palette, format!("You asked {} {place}: {}", widgets::number_of(count, "question", "questions"), parts.join(" · ")));
        self.question_list_ui(ui, palette, record, &inside, asked);
    }

    /// Questions with their kind and moment; while fixing, each can be taken off.
    fn question_list_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, questions: &[&FoundQuestion], asked: &mut Vec<Asked>) {
        let count = questions.len();
        let shown = if self.all_questions { count } else { count.min(FEW) };
        for question in &questions[..shown] {
            question_ui(ui, palette, record, question, self.fixing, asked);
        }
        if count > FEW {
            let label = if self.all_questions { "Show fewer".to_owned() } else { format!("Show all {count} questions") };
            if Button::new(Kind::Quiet, &label).small().show(ui).clicked() {
                self.all_questions = !self.all_questions;
            }
        }
        let taken_off = record.facts().corrections.not_questions.len();
        if taken_off > 0 && self.fixing {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{taken_off} taken off by you."));
                if Button::new(Kind::Quiet, PUT_BACK).icon(icons::ARROW_COUNTER_CLOCKWISE).small().show(ui).clicked() {
                    asked.push(correct(record, |all| all.not_questions.clear()));
                }
            });
        }
    }

    /// Pacing: what the waits were counted after, to be corrected.
    pub fn waited_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, contents: impl FnOnce(&mut Ui), asked: &mut Vec<Asked>) {
        self.head(ui, contents);
        if !self.fixing {
            return;
        }
        if record.evidence().not_sought.is_none() {
            widgets::label(ui, theme::SECONDARY_BOLD, palette.ink, "Which of these were questions?");
            let questions: Vec<&FoundQuestion> = record.evidence().questions.iter().collect();
            self.question_list_ui(ui, palette, record, &questions, asked);
        }
        remark(ui, palette, "If the shares are off, somebody’s turn may be under the wrong name: press Correct, or right-click a turn.");
    }

    /// Compliment: quoted, counted, its elements; praise of other kinds apart.
    pub fn compliment_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, chosen: Chosen, asked: &mut Vec<Asked>) {
        if let Some(text) = not_sought(record) {
            widgets::label(ui, theme::BODY, palette.ink2, text);
            return;
        }
        let evidence = record.evidence();
        let hers = record.facts().corrections.compliment;
        match main_compliment(evidence) {
            Some(compliment) => {
                self.head(ui, |ui| {
                    let found = if hers.is_some() { "You showed" } else { found_word(compliment.sureness) };
                    rich(ui, palette, &[(found, false), (&format!(" {}", counted(compliment)), true)]);
                    pill(ui, compliment.span.start(), asked);
                });
                self.quote_ui(ui, palette, record, &compliment.words, palette.teacher);
                remark(ui, palette, elements(record, compliment));
                if let Some(but) = &compliment.but_after {
                    said_line(ui, palette, record, "A “but” comes right after it:", but, asked);
                }
                let others: Vec<Millis> = evidence.compliments.iter().filter(|other| other.span != compliment.span).map(|other| other.span.start()).collect();
                pills_line(ui, palette, "Also found", &others, asked);
            }
            None if hers == Some(Meant::Nothing) => self.head(ui, |ui| {
                widgets::label(ui, theme::BODY, palette.ink, "There wasn’t one, you said.");
            }),
            None => self.head(ui, |ui| {
                widgets::label(ui, theme::BODY, palette.ink, "Did not find a compliment. Was there one? Show me where.");
            }),
        }
        if self.fixing {
            let mine = chosen.map(|span| correct(record, |all| all.compliment = Some(Meant::Here(span))));
            let none = (hers != Some(Meant::Nothing)).then(|| correct(record, |all| all.compliment = Some(Meant::Nothing)));
            let back = hers.is_some().then(|| correct(record, |all| all.compliment = None));
            self.fix_ui(ui, palette, "What should count as the compliment?", chosen, mine, none, "There wasn’t one", back, asked);
        }
        let starts = |all: &[crate::conference::Praise]| all.iter().map(|praise| praise.span.start()).collect::<Vec<_>>();
        pills_line(ui, palette, "Praise of the person (“you’re so smart”)", &starts(&evidence.person_praise), asked);
        pills_line(ui, palette, "Short praise (“good job”)", &starts(&evidence.bare_praise), asked);
        pills_line(ui, palette, "Praise of behaviour", &starts(&evidence.behaviour_praise), asked);
        self.definition_ui(
            ui,
            palette,
            "What counts as a paragraph here",
            "Three sentences or more, or 35 words or more, with at least two of four elements: what the writer did, where, what it does for a reader, and that it \
             can be done again. That is Afterbell’s own choice, for counting; yours may differ.",
        );
    }

    /// One strategy: each point taught, in its own sentence.
    pub fn strategy_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, chosen: Chosen, asked: &mut Vec<Asked>) {
        if let Some(text) = not_sought(record) {
            widgets::label(ui, theme::BODY, palette.ink2, text);
            return;
        }
        let evidence = record.evidence();
        let hers = record.facts().corrections.strategy;
        match evidence.teaching_points.as_slice() {
            [] => self.head(ui, |ui| {
                let text = if hers == Some(Meant::Nothing) { "None was taught, you said." } else { "Did not find one. Type it, or pick a turn." };
                widgets::label(ui, theme::BODY, palette.ink, text);
            }),
            [point] => {
                self.head(ui, |ui| {
                    let found = if hers.is_some() { "You meant " } else { "Found " };
                    rich(ui, palette, &[(found, false), ("1 strategy", true)]);
                    pill(ui, point.span.start(), asked);
                });
                self.quote_ui(ui, palette, record, &point.words, palette.teacher);
                remark(ui, palette, wording(record, point));
            }
            points => {
                self.head(ui, |ui| {
                    let text = format!("Found {} that could be strategies. Which one did you mean?", points.len());
                    widgets::label(ui, theme::BODY, palette.ink, text);
                });
                for point in points {
                    quote(ui, palette, &record.transcript().text(&point.words), palette.teacher);
                    remark(ui, palette, wording(record, point));
                    ui.horizontal(|ui| {
                        pill(ui, point.span.start(), asked);
                        if Button::new(Kind::Quiet, "This one").small().show(ui).clicked() {
                            asked.push(correct(record, |all| all.strategy = Some(Meant::Here(point.whole))));
                        }
                    });
                }
            }
        }
        if self.fixing {
            let mine = chosen.map(|span| correct(record, |all| all.strategy = Some(Meant::Here(span))));
            let none = (hers != Some(Meant::Nothing)).then(|| correct(record, |all| all.strategy = Some(Meant::Nothing)));
            let back = hers.is_some().then(|| correct(record, |all| all.strategy = None));
            self.fix_ui(ui, palette, "Where did you teach it?", chosen, mine, none, "There wasn’t one", back, asked);
        } else if hers.is_some() && Button::new(Kind::Quiet, PUT_BACK).icon(icons::ARROW_COUNTER_CLOCKWISE).small().show(ui).clicked() {
            asked.push(correct(record, |all| all.strategy = None));
        }
        let who = talked(record);
        match evidence.try_its.first() {
            Some(tried) => moment_line(ui, palette, &format!("{who} tried it"), tried.span.start(), asked),
            None => {
                remark(ui, palette, format!("Did not hear {who} try it."));
            }
        }
        link_ui(ui, palette, evidence, asked);
        let fixed: Vec<Millis> = evidence.fixing.iter().map(|moment| moment.span.start()).collect();
        pills_line(ui, palette, "Corrections (spelling, capitals …), counted apart", &fixed, asked);
        widgets::label(ui, theme::BUTTON, palette.ink, "In one sentence that works for other writing too");
        extra_ui(ui, record, Question::Strategy, "Writers can …", 2, asked);
    }

    /// Best point: nothing is measured; what the student said stands beside what was taught.
    pub fn best_point_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, menu: &[String], asked: &mut Vec<Asked>) {
        remark(ui, palette, "This can’t be measured. It is yours to think about.");
        if let Some(text) = not_sought(record) {
            widgets::label(ui, theme::BODY, palette.ink2, text);
        } else {
            let evidence = record.evidence();
            let who = talked(record);
            if evidence.troubles.is_empty() {
                remark(ui, palette, format!("Did not hear {who} say what was tricky."));
            }
            let few = if self.all_questions { evidence.troubles.len() } else { evidence.troubles.len().min(2) };
            for trouble in &evidence.troubles[..few] {
                moment_line(ui, palette, &format!("{who} said about the work"), trouble.span.start(), asked);
                quote(ui, palette, &record.transcript().text(&trouble.words), palette.student);
            }
            if evidence.troubles.len() > 2 {
                let label = if self.all_questions { "Show fewer".to_owned() } else { format!("Show all {}", evidence.troubles.len()) };
                if Button::new(Kind::Quiet, &label).small().show(ui).clicked() {
                    self.all_questions = !self.all_questions;
                }
            }
            for point in &evidence.teaching_points {
                moment_line(ui, palette, "You taught", point.span.start(), asked);
                quote(ui, palette, &record.transcript().text(&point.words), palette.teacher);
            }
            link_ui(ui, palette, evidence, asked);
        }
        widgets::label(ui, theme::BUTTON, palette.ink, "Roads not taken");
        let text = &record.facts().reflection.answer(Question::BestPoint).extra;
        let taken: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let mut now = taken.clone();
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
            let beside = taken.iter().copied().filter(|road| !menu.iter().any(|point| point.trim() == *road));
            for road in menu.iter().map(|point| point.trim()).filter(|point| !point.is_empty()).chain(beside) {
                let on = taken.contains(&road);
                if widgets::chip(ui, on.then_some(icons::CHECK), road, on).clicked() {
                    if on { now.retain(|other| *other != road) } else { now.push(road) }
                }
            }
        });
        if now != taken {
            asked.push(Asked::Change(Edit::Extra(Question::BestPoint, now.join("\n"))));
        }
        if menu.is_empty() {
            remark(ui, palette, "Your own menu of teaching points is empty. Fill it in Settings.");
        }
    }

    /// A line with "Not quite right?" at its right.
    fn head(&mut self, ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
        ui.horizontal_top(|ui| {
            let is_narrow = ui.available_width() < 400.0;
            let left = vec2(ui.available_width() - if is_narrow { NARROW_FIX } else { FIX }, 32.0);
            ui.allocate_ui_with_layout(left, Layout::left_to_right(Align::Center).with_main_wrap(true), |ui| {
                ui.set_min_width(left.x);
                contents(ui);
            });
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                let label = match (self.fixing, is_narrow) {
                    (true, _) => "Done",
                    (false, true) => "Fix",
                    (false, false) => "Not quite right?",
                };
                let icon = if self.fixing { icons::CHECK } else { icons::PENCIL_SIMPLE };
                if Button::new(Kind::Quiet, label).icon(icon).small().show(ui).clicked() {
                    self.fixing = !self.fixing;
                }
            });
        });
    }

    #[expect(clippy::too_many_arguments, reason = "a question, what it may be answered with, and where the answers go")]
    fn fix_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        question: &str,
        chosen: Chosen,
        mine: Option<Asked>,
        none: Option<Asked>,
        none_label: &str,
        back: Option<Asked>,
        asked: &mut Vec<Asked>,
    ) {
        widgets::label(ui, theme::SECONDARY_BOLD, palette.ink, question);
        match chosen {
            Some(span) => {
                ui.horizontal(|ui| {
                    widgets::line(ui, theme::BODY, palette.ink, "From");
                    pill(ui, span.start(), asked);
                    widgets::line(ui, theme::BODY, palette.ink, "to");
                    pill(ui, span.end(), asked);
                });
            }
            None => {
                remark(ui, palette, "Select turns in the transcript: press Correct, then drag along the band at their left, or hold Shift and click.");
            }
        }
        ui.horizontal(|ui| {
            if let Some(mine) = mine
                && Button::new(Kind::Secondary, "Use the selected turns").small().show(ui).clicked()
            {
                asked.push(mine);
            }
            if let Some(none) = none
                && Button::new(Kind::Secondary, none_label).small().show(ui).clicked()
            {
                asked.push(none);
            }
        });
        if let Some(back) = back {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, "Your version is kept.");
                if Button::new(Kind::Quiet, PUT_BACK).icon(icons::ARROW_COUNTER_CLOCKWISE).small().show(ui).clicked() {
                    asked.push(back);
                }
            });
        }
    }

    fn quote_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, words: &[usize], color: egui::Color32) {
        const SHORT: usize = 22;
        let long = words.len() > SHORT + 6;
        let shown = if long && !self.whole_quote { &words[..SHORT] } else { words };
        let more = if shown.len() < words.len() { "…" } else { "" };
        quote(ui, palette, &format!("{}{more}", record.transcript().text(shown)), color);
        if long {
            let label = if self.whole_quote { "Show less" } else { "Show all" };
            if Button::new(Kind::Quiet, label).small().show(ui).clicked() {
                self.whole_quote = !self.whole_quote;
            }
        }
    }

    fn definition_ui(&mut self, ui: &mut Ui, palette: &Palette, label: &str, text: &str) {
        if Button::new(Kind::Quiet, label).icon(icons::INFO).small().show(ui).clicked() {
            self.definitions = !self.definitions;
        }
        if self.definitions {
            remark(ui, palette, text);
        }
    }
}

/// What of the phases is not sure, and what to do about it.
fn unsure_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<Asked>) {
    let Some((at, share)) = record.evidence().unsure_share() else { return };
    // Half of the talk: then what stands beside it is hardly more.
    if share > 0.5 {
        remark(ui, palette, "These phases are a guess. Drag across turns to change them.");
        return;
    }
    ui.horizontal(|ui| {
        pill(ui, at, asked);
        widgets::line(ui, theme::SECONDARY, palette.ink2, format!("Not sure of the phases of {}: hatched", percent(share)));
    });
}

fn percent(share: f64) -> String {
    if share < 0.01 { "less than 1%".to_owned() } else { format!("{:.0}%", share * 100.0) }
}

const PUT_BACK: &str = "Put back what Afterbell found";

/// Corrections in which nothing is of this phase any more.
fn without_phase(record: &ConferenceRecord, corrections: &Corrections, phase: Phase) -> Corrections {
    let stretches = record.evidence().phases.iter().filter(|stretch| stretch.phase == phase);
    stretches.fold(corrections.clone(), |all, stretch| all.with_phase(stretch.span, Phase::Other))
}

/// The compliment the card is about: the longest.
pub(super) fn main_compliment(evidence: &Evidence) -> Option<&Compliment> {
    evidence.compliments.iter().max_by_key(|compliment| (compliment.is_paragraph, compliment.word_count))
}

fn found_word(sureness: Sureness) -> &'static str {
    if sureness == Sureness::Guess { "Perhaps" } else { "Found" }
}

/// "4 sentences, 38 words".
pub(super) fn counted(compliment: &Compliment) -> String {
    let (sentences, words) = (widgets::number_of(compliment.sentences, "sentence", "sentences"), widgets::number_of(compliment.word_count, "word", "words"));
    format!("{sentences}, {words}")
}

/// Within a sentence.
fn inside(who: &str) -> String {
    if who == STUDENTS { who.to_lowercase() } else { who.to_owned() }
}

fn whose(record: &ConferenceRecord) -> String {
    let who = talked(record);
    if who == STUDENTS { "the students’".into() } else { format!("{who}’s") }
}

fn elements(record: &ConferenceRecord, compliment: &Compliment) -> String {
    let who = talked(record);
    let elements = &compliment.elements;
    let found: Vec<String> = [
        (elements.named_move.is_empty(), format!("names what {} did", inside(&who))),
        (elements.evidence.is_empty(), "points to where".to_owned()),
        (elements.effect.is_empty(), "says what it does for a reader".to_owned()),
        (elements.transfer.is_empty(), "says it can be done again".to_owned()),
    ]
    .into_iter()
    .filter(|(is_empty, _)| !is_empty)
    .map(|(_, text)| text)
    .collect();
    let length = if compliment.is_paragraph { "It counts as a paragraph here" } else { "Shorter than what counts as a paragraph here" };
    match found.split_last() {
        None => format!("{length}."),
        Some((only, [])) => format!("Looks like it {only}. {length}."),
        Some((last, rest)) => format!("Looks like it {}, and {last}. {length}.", rest.join(", ")),
    }
}

fn wording(record: &ConferenceRecord, point: &TeachingPoint) -> String {
    let words = |signs: &[crate::conference::FoundSign]| signs.first().map(|sign| record.transcript().text(&sign.words)).filter(|text| !text.is_empty());
    match (words(&point.transferable), words(&point.only_this_piece)) {
        (Some(again), _) => format!("Words for using it again: “{again}”"),
        (None, Some(here)) => format!("Sounds like words for this piece only: “{here}”"),
        (None, None) => "Did not hear words for using it again.".to_owned(),
    }
}

fn link_ui(ui: &mut Ui, palette: &Palette, evidence: &Evidence, asked: &mut Vec<Asked>) {
    match evidence.links.first() {
        Some(link) => moment_line(ui, palette, "Link to other writing: found", link.span.start(), asked),
        None => {
            remark(ui, palette, "Link to other writing: did not find a link");
        }
    }
}

fn question_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, question: &FoundQuestion, fixing: bool, asked: &mut Vec<Asked>) {
    let kind = match question.kind {
        QuestionKind::Open => "open",
        QuestionKind::Closed => "closed",
        QuestionKind::Tag => "tag",
    };
    ui.horizontal_top(|ui| {
        let text = format!("“{}”", record.transcript().text(&question.words));
        // The cross that takes it off needs room beside the kind.
        let kind_room = KIND + if fixing { 32.0 } else { 0.0 };
        let left = vec2(ui.available_width() - kind_room, 24.0);
        ui.allocate_ui_with_layout(left, Layout::top_down(Align::Min), |ui| {
            ui.set_min_width(left.x);
            ui.spacing_mut().item_spacing.y = 0.0;
            widgets::label(ui, theme::BODY, palette.ink, text);
            let mut notes = Vec::new();
            if !question.takes_up.is_empty() {
                notes.push(format!("takes up “{}”", record.transcript().text(&question.takes_up)));
            }
            if question.answered_by_teacher {
                notes.push("you answered it yourself".to_owned());
            }
            if !notes.is_empty() {
                widgets::label(ui, theme::SMALL, palette.ink2, notes.join(", "));
            }
        });
        ui.allocate_ui_with_layout(vec2(ui.available_width(), 24.0), Layout::right_to_left(Align::Center), |ui| {
            pill(ui, question.at.start(), asked);
            if fixing && widgets::icon_button(ui, icons::X, "This is not a question", false, 24.0).clicked() {
                let at = question.at.start();
                asked.push(correct(record, |all| all.not_questions.push(at)));
            }
            widgets::line(ui, theme::SMALL, palette.ink2, kind);
        });
    });
}

/// The phases as a strip; each piece can be heard.
fn phases_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<Asked>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let length = record.facts().length.0.max(1) as f32;
    let x = |at: Millis| rect.left() + rect.width() * (at.0 as f32 / length).clamp(0.0, 1.0);
    ui.painter().rect_filled(rect, CornerRadius::same(3), palette.sunk);
    for stretch in record.evidence().phases.iter().filter(|stretch| stretch.phase != Phase::Other) {
        let piece = Rect::from_min_max(
            pos2(x(stretch.span.start()), rect.top()),
            pos2((x(stretch.span.end()) - 1.0).max(x(stretch.span.start()) + 2.0), rect.bottom()),
        );
        paint_phase(ui, palette, stretch.phase, piece);
        let name = stretch.phase.name();
        let response = ui.interact(piece, ui.scope_id().with(("phase", stretch.span.start().0)), Sense::click());
        let has_sound = record.facts().has_sound();
        response.widget_info(|| {
            let when = if has_sound { format!(", {} to {}", stretch.span.start(), stretch.span.end()) } else { String::new() };
            WidgetInfo::labeled(Role::Button, true, format!("{name}{when}"))
        });
        widgets::focus_ring(ui, &response, piece, CornerRadius::same(3));
        let when = if has_sound { format!("{name} {}–{}", stretch.span.start(), stretch.span.end()) } else { name.to_owned() };
        if response.on_hover_text(when).clicked() {
            asked.push(Asked::Hear(stretch.span.start()));
        }
    }
}

/// The icon of a phase.
pub(super) fn phase_icon(phase: Phase) -> Option<icons::Icon> {
    match phase {
        Phase::Research => Some(icons::EAR),
        Phase::Compliment => Some(icons::HAND_HEART),
        Phase::Teach => Some(icons::LIGHTBULB),
        Phase::Link => Some(icons::LINK_SIMPLE),
        Phase::Other => None,
    }
}

fn rich(ui: &mut Ui, palette: &Palette, parts: &[(&str, bool)]) {
    let mut job = egui::text::LayoutJob::default();
    for (text, bold) in parts {
        job.append(text, 0.0, if *bold { theme::BUTTON.format(palette.ink) } else { theme::BODY.format(palette.ink) });
    }
    ui.add(egui::Label::new(job));
}

fn moment_line(ui: &mut Ui, palette: &Palette, text: &str, at: Millis, asked: &mut Vec<Asked>) {
    ui.horizontal(|ui| {
        widgets::line(ui, theme::SECONDARY, palette.ink2, text);
        pill(ui, at, asked);
    });
}

fn said_line(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, text: &str, words: &[usize], asked: &mut Vec<Asked>) {
    let Some(at) = words.first().and_then(|&word| record.transcript().words.get(word)).map(|word| word.span.start()) else { return };
    moment_line(ui, palette, &format!("{text} “{}”", record.transcript().text(words)), at, asked);
}

fn pills_line(ui: &mut Ui, palette: &Palette, text: &str, moments: &[Millis], asked: &mut Vec<Asked>) {
    if moments.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        widgets::line(ui, theme::SECONDARY, palette.ink2, text);
        for &at in moments {
            pill(ui, at, asked);
        }
    });
}

fn extra_ui(ui: &mut Ui, record: &ConferenceRecord, question: Question, hint: &str, rows: usize, asked: &mut Vec<Asked>) {
    let before = &record.facts().reflection.answer(question).extra;
    let mut text = before.clone();
    let palette = theme::palette(ui);
    let edit = egui::TextEdit::multiline(&mut text)
        .id(widgets::field_id(record.facts().id, ("extra", question.number())))
        .hint_text(theme::BODY.text(hint, palette.ink2))
        .font(theme::BODY.font())
        .margin(12.0)
        .desired_rows(rows)
        .desired_width(ui.available_width());
    ui.add(edit).widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, hint));
    if text != *before {
        asked.push(Asked::Change(Edit::Extra(question, text)));
    }
}

/// The one line of evidence on a closed card; the moment it can be heard at.
pub(super) fn closed_line(record: &ConferenceRecord, question: Question) -> Option<(String, Option<Millis>)> {
    let evidence = record.evidence();
    if evidence.not_sought.is_some() {
        return None;
    }
    let quoted = |words: &[usize]| {
        let few = &words[..words.len().min(7)];
        format!("“{}{}”", record.transcript().text(few), if few.len() < words.len() { "…" } else { "" })
    };
    let moment = |moment: &Moment| Some(moment.span.start());
    Some(match question {
        Question::Pacing => return None,
        Question::Research => match &evidence.research {
            Some(research) => {
                let questions = widgets::number_of(research.questions.len(), "question", "questions");
                let share = research.share * 100.0;
                let looks = if record.facts().has_sound() {
                    format!("{}, {share:.0}% of the time", research.span.length())
                } else {
                    format!("{share:.0}% of the words")
                };
                (format!("Looks like {looks} · {questions}"), None)
            }
            None => ("Did not hear research".to_owned(), None),
        },
        Question::Compliment => match main_compliment(evidence) {
            Some(compliment) => (format!("Found {}", counted(compliment)), Some(compliment.span.start())),
            None => ("Did not find a compliment".to_owned(), None),
        },
        Question::Strategy => match evidence.teaching_points.as_slice() {
            [] => ("Did not find a strategy".to_owned(), None),
            [point] => (format!("Found 1: {}", quoted(&point.words)), Some(point.span.start())),
            points => (format!("Found {} that could be strategies", points.len()), None),
        },
        Question::BestPoint => match evidence.troubles.first() {
            Some(trouble) => (format!("{} said: {}", talked(record), quoted(&trouble.words)), moment(trouble)),
            None => (
                if evidence.links.is_empty() { "Did not find a link" } else { "Link to other writing: found" }.to_owned(),
                evidence.links.first().and_then(moment),
            ),
        },
    })
}

/// Of the Correct mode: the tags for the chosen turns, with their keys.
pub(super) const TAGS: [(Phase, egui::Key); 5] = [
    (Phase::Research, egui::Key::R),
    (Phase::Compliment, egui::Key::C),
    (Phase::Teach, egui::Key::T),
    (Phase::Link, egui::Key::L),
    (Phase::Other, egui::Key::Num0),
];

/// Whose words a student's are on the cards.
pub(super) fn student_of(record: &ConferenceRecord) -> String {
    if record.facts().students > 1 { STUDENTS.into() } else { record.speaker_name(Speaker::Student(1)) }
}
