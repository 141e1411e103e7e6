//! Pacing: who talked how much, waits, minute by minute, and how all of it is counted.

use super::covered::guessed;
use super::parts::{BEFORE, CardAction, correct, pill, remark};
use super::view::{EvidenceView, PUT_BACK};
use crate::conference::{ConferenceRecord, Millis, Span, Speaker, Stage, Waits};
use crate::ui::kit::charts;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// The product's definitions, in plain words.
const DEFINITIONS: [(&str, &str); 7] = [
    ("Talk share", "a person’s seconds of speech, over everybody’s seconds of speech. When two speak at once, it counts for both."),
    ("Turn", "speech of one person without a pause of a second or more. A short “mm-hm” inside the other’s talk is a sign of listening, not a turn."),
    (
        "Wait after a question",
        "from the end of your question’s sound to the next speech by anyone, yourself too, when it is at least 0.3 s (Rowe’s wait time 1).",
    ),
    ("Wait after the student", "from the end of the student’s turn to the start of yours, when it is at least 0.3 s (wait time 2)."),
    ("Words a minute", "words over that person’s own minutes of speech, not over the length of the recording."),
    ("Quiet", "the recorded time without anybody’s speech. Stretches that were not recorded are in no measure."),
    ("A question", "a sentence of yours that asks: by its question mark or by how it begins (“what”, “did you”, “tell me”)."),
];

impl EvidenceView {
    pub fn pacing_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, chosen: Option<&[Span]>, asked: &mut Vec<CardAction>) {
        let measures = record.measures();
        if measures.speakers.is_empty() {
            widgets::label(ui, theme::BODY, palette.ink2, no_speech(record));
            return;
        }
        let who = if record.data().students > 1 { "the students".to_owned() } else { record.speaker_name(Speaker::Student(1)) };
        if let Some(guessed) = guessed(record, &who) {
            widgets::label(ui, theme::SECONDARY, palette.ink2, guessed);
        }
        ui.horizontal(|ui| {
            for (index, (&speaker, talk)) in measures.speakers.iter().enumerate() {
                if index > 0 {
                    ui.add_space(8.0);
                }
                widgets::line(ui, theme::BUTTON, palette.speaker(speaker), format!("{} {}", record.speaker_name(speaker), talk.talk_share()));
            }
        });
        let width = ui.available_width();
        charts::talk_bar(ui, vec2(width, 16.0), measures.teacher_share().unwrap_or(0.0), measures.student_share().unwrap_or(0.0));
        if let Some(doubt) = record.data().voices.doubt.as_ref().filter(|_| measures.teacher_talk().is_some_and(|talk| talk.range.is_some())) {
            widgets::label(ui, theme::SECONDARY, palette.ink2, doubt.why());
            let places = doubt.places();
            if !places.is_empty() {
                ui.horizontal(|ui| places.into_iter().for_each(|at| pill(ui, at, asked)));
            }
        }
        let label = if self.more_pacing { "Show less" } else { "More about pacing, and how it is counted" };
        if !record.data().has_sound() {
            widgets::label(ui, theme::BODY, palette.ink2, "Typed: shares are of the words. There are no waits, lengths or pace to measure.");
            if Button::new(Kind::Quiet, label).small().show(ui).clicked() {
                self.more_pacing = !self.more_pacing;
            }
            if self.more_pacing {
                typed_ui(ui, palette, record, asked);
            }
            return;
        }
        let own_waits = record.data().corrections.waits.as_ref().map(Vec::len);
        let is_hers = own_waits.is_some();
        let sentence = match (self.fixing, chosen) {
            // It follows live.
            (true, Some(chosen)) => widgets::number_of(chosen.len(), "wait chosen", "waits chosen"),
            _ => String::new(),
        };
        let sentence = if sentence.is_empty() {
            waited(palette, measures.wait_one_after_questions, own_waits, &measures.wait_one)
        } else {
            egui::text::LayoutJob::simple_singleline(sentence, theme::BUTTON.font(), palette.ink)
        };
        self.head(ui, |ui| drop(ui.add(egui::Label::new(sentence).wrap())));
        if self.fixing {
            self.waits_fix_ui(ui, palette, record, chosen, asked);
            remark(ui, palette, "If the shares are off, somebody’s turn may be under the wrong name: press Correct, or right-click a turn.");
        } else if is_hers && Button::new(Kind::Quiet, PUT_BACK).icon(icons::ARROW_COUNTER_CLOCKWISE).small().show(ui).clicked() {
            asked.push(correct(record, |all| all.waits = None));
        }
        self.all_waits |= waits_ui(ui, palette, &measures.wait_one, self.more_pacing || self.all_waits, asked);
        if let Some(quiet) = measures.longest_silence {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("Longest quiet: {:.0} s", quiet.length().secs()));
                pill(ui, quiet.start(), asked);
            });
            widgets::label(ui, theme::SECONDARY, palette.ink2, format!("Quiet for {} of {}", measures.silence, measures.recorded()));
        }
        if measures.unrecorded > Millis::ZERO {
            let left_out = format!("{} was not recorded. Quiet, waits, turns and pace leave it out.", measures.unrecorded);
            widgets::label(ui, theme::SECONDARY, palette.ink2, left_out);
        }
        if Button::new(Kind::Quiet, label).small().show(ui).clicked() {
            self.more_pacing = !self.more_pacing;
        }
        if !self.more_pacing {
            return;
        }
        if !measures.wait_one_after_questions {
            widgets::label(ui, theme::SECONDARY, palette.ink2, "Without words, waits are counted after your turns instead of after your questions.");
        }
        let after = if measures.wait_one_after_questions { "After questions" } else { "After your turns" };
        longest_ui(ui, palette, after, &measures.wait_one, asked);
        longest_ui(ui, palette, &format!("After {who} spoke"), &measures.wait_two, asked);
        for (&speaker, talk) in &measures.speakers {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY_BOLD, palette.speaker(speaker), record.speaker_name(speaker));
                let turns = widgets::number_of(talk.turns, "turn", "turns");
                let longest = talk.longest_turn_time.map(|time| format!(", the longest {:.0} s", time.secs())).unwrap_or_default();
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{turns}{longest}"));
                if let Some(turn) = talk.longest_turn {
                    pill(ui, turn.start(), asked);
                }
            });
            let pace = talk.words_per_minute.map(|pace| format!("about {pace:.0} words a minute of talk; ")).unwrap_or_default();
            let signs = widgets::number_of(talk.backchannels, "sign of listening", "signs of listening");
            widgets::label(ui, theme::SECONDARY, palette.ink2, format!("{pace}{signs}"));
        }
        minutes_ui(ui, palette, record, asked);
        phase_shares_ui(ui, palette, record, asked);
        let context =
            format!("This one took {}. Conferences are often planned for about 5–7 minutes; 3–5 s of wait time is commonly advised.", measures.length);
        widgets::label(ui, theme::SECONDARY, palette.ink2, context);
        for (name, meaning) in DEFINITIONS {
            let mut job = egui::text::LayoutJob::default();
            job.append(name, 0.0, theme::SECONDARY_BOLD.format(palette.ink));
            job.append(": ", 0.0, theme::SECONDARY.format(palette.ink2));
            job.append(meaning, 0.0, theme::SECONDARY.format(palette.ink2));
            ui.add(egui::Label::new(job).wrap());
        }
    }
}

/// Before it was worked on nothing can be said; afterwards there was none.
pub(super) fn no_speech(record: &ConferenceRecord) -> &'static str {
    if record.data().stage == Stage::Recorded { "Measured as soon as it is transcribed" } else { "No speech was found" }
}

/// What can be counted without a clock.
fn typed_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<CardAction>) {
    for (&speaker, talk) in &record.measures().speakers {
        ui.horizontal(|ui| {
            widgets::line(ui, theme::SECONDARY_BOLD, palette.speaker(speaker), record.speaker_name(speaker));
            let (turns, words) = (widgets::number_of(talk.turns, "turn", "turns"), widgets::number_of(talk.words, "word", "words"));
            widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{turns}, {words}"));
        });
    }
    phase_shares_ui(ui, palette, record, asked);
    let definition = "Share of the words: a person’s words over everybody’s words.";
    widgets::label(ui, theme::SECONDARY, palette.ink2, definition);
}

fn phase_shares_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<CardAction>) {
    let shares = record.evidence().phase_shares();
    if shares.is_empty() {
        return;
    }
    widgets::label(ui, theme::SECONDARY, palette.ink2, "Share of each part");
    ui.horizontal_wrapped(|ui| {
        for (phase, at, share) in shares {
            widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{} {:.0}%", phase.name(), share * 100.0));
            pill(ui, at, asked);
        }
        if let Some((at, share)) = record.evidence().unsure_share().filter(|(_, share)| *share >= 0.005) {
            widgets::line(ui, theme::SECONDARY, palette.ink2, format!("not sure {:.0}%", share * 100.0));
            pill(ui, at, asked);
        }
    });
}

/// Waits listed beyond those drawn as bars: a conference of an hour has fewer.
const LISTED: usize = 100;

/// What the bars of the waits say, in a sentence.
fn waited(palette: &Palette, after_questions: bool, chosen: Option<usize>, waits: &Waits) -> egui::text::LayoutJob {
    let mut job = egui::text::LayoutJob::default();
    match waits.median {
        Some(median) => {
            let many = if after_questions { "questions" } else { "of your turns" };
            let after = widgets::number_of(waits.waits.len(), if after_questions { "question" } else { many }, many);
            let begins = if chosen.is_some() {
                format!("You chose {}, of about ", widgets::number_of(waits.waits.len(), "wait", "waits"))
            } else {
                format!("After {after} you waited about ")
            };
            job.append(&begins, 0.0, theme::BODY.format(palette.ink));
            job.append(&format!("{:.1} seconds", median.secs()), 0.0, theme::BUTTON.format(palette.ink));
            job.append(&format!(" · {} under 3 s", waits.under_three_seconds), 0.0, theme::BODY.format(palette.ink2));
        }
        None if chosen.is_some_and(|many| many > 0) => job.append("What you chose is not there any more.", 0.0, theme::BODY.format(palette.ink)),
        None if chosen.is_some() => job.append("There was none, you said.", 0.0, theme::BODY.format(palette.ink)),
        None => job.append("No waits of 0.3 s or more were found.", 0.0, theme::BODY.format(palette.ink2)),
    }
    job
}

/// Each wait as a bar with its seconds and moment, those under 3 s in outline; those for which there is no room in a list, when `all` are wanted. True when
/// they are asked for.
fn waits_ui(ui: &mut Ui, palette: &Palette, waits: &Waits, all: bool, asked: &mut Vec<CardAction>) -> bool {
    if waits.waits.is_empty() {
        return false;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 16.0;
        for (is_short, says) in [(true, "under 3 s"), (false, "3 s or more")] {
            let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), Sense::hover());
            paint_bar(ui, palette, rect.shrink(1.0), is_short);
            widgets::line(ui, theme::SMALL, palette.ink2, says);
            ui.add_space(8.0);
        }
    });
    let step = 52.0;
    let fits = (ui.available_width() / step) as usize;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 96.0), Sense::hover());
    let longest = waits.longest.map_or(3.0, |longest| longest.secs().max(3.0)) as f32;
    let (top, base) = (rect.top() + 18.0, rect.bottom() - 20.0);
    let advised = base - (base - top) * 3.0 / longest;
    ui.painter().extend(egui::Shape::dashed_line(&[pos2(rect.left(), advised), pos2(rect.right(), advised)], Stroke::new(1.0, palette.edge), 4.0, 3.0));
    ui.painter().text(pos2(rect.right(), advised - 9.0), Align2::RIGHT_CENTER, "3 s", theme::SMALL.font(), palette.ink2);
    ui.painter().hline(rect.x_range(), base, Stroke::new(1.0, palette.edge));
    for (index, wait) in waits.waits.iter().take(fits).enumerate() {
        let center = rect.left() + step * index as f32 + 22.0;
        // An outline lower than this would look filled.
        let height = (wait.length().secs() as f32 / longest * (base - top)).max(6.0);
        let bar = Rect::from_min_max(pos2(center - 14.0, base - height), pos2(center + 14.0, base));
        paint_bar(ui, palette, bar, wait.length() < crate::conference::ADVISED_WAIT);
        let seconds = ui.painter().layout_no_wrap(format!("{:.1} s", wait.length().secs()), theme::SMALL_BOLD.font(), palette.ink);
        let place = Rect::from_center_size(pos2(center, bar.top() - 8.0), seconds.size());
        // The dashed line must not run through the number.
        ui.painter().rect_filled(place.shrink2(vec2(0.0, 3.0)), 0, palette.card);
        ui.painter().galley(place.min, seconds, palette.ink);
        ui.painter().text(pos2(center, base + 10.0), Align2::CENTER_CENTER, wait.start().clock(), theme::SMALL.font(), palette.ink2);
        let column = Rect::from_min_max(pos2(center - 25.0, rect.top()), pos2(center + 25.0, rect.bottom()));
        let response = ui.interact(column, egui::Id::unique(("wait", wait.start().0)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Wait of {:.1} seconds at {}", wait.length().secs(), wait.start())));
        widgets::focus_ring(ui, &response, column, CornerRadius::same(4));
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            asked.push(CardAction::Hear((wait.start() - BEFORE).max(Millis::ZERO)));
        }
    }
    if waits.waits.len() > fits {
        if !all {
            return Button::new(Kind::Quiet, &format!("and {} more", waits.waits.len() - fits)).small().show(ui).clicked();
        }
        ui.horizontal_wrapped(|ui| {
            for wait in waits.waits.iter().skip(fits).take(LISTED) {
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{:.1} s", wait.length().secs()));
                pill(ui, wait.start(), asked);
            }
        });
    }
    false
}

/// A short wait is outlined, a longer one filled.
fn paint_bar(ui: &Ui, palette: &Palette, bar: Rect, is_short: bool) {
    let radius = CornerRadius { nw: 4, ne: 4, sw: 0, se: 0 };
    let fill = if is_short { palette.card } else { palette.pine };
    ui.painter().rect(bar, radius, fill, Stroke::new(1.5, palette.pine), StrokeKind::Inside);
}

/// The middle and the longest wait of one kind, how many were short, and the longest to hear.
fn longest_ui(ui: &mut Ui, palette: &Palette, after: &str, waits: &Waits, asked: &mut Vec<CardAction>) {
    let (Some(median), Some(longest)) = (waits.median, waits.waits.iter().max_by_key(|wait| wait.length())) else { return };
    let text = format!(
        "{after} you waited about {:.1} s, {} of {} times less than 3 s; the longest {:.1} s ",
        median.secs(),
        waits.under_three_seconds,
        waits.waits.len(),
        longest.length().secs()
    );
    ui.horizontal_wrapped(|ui| {
        widgets::label(ui, theme::SECONDARY, palette.ink2, text);
        pill(ui, longest.start(), asked);
    });
}

/// Talk by minute: teacher, students and silence stacked; each minute can be heard.
fn minutes_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<CardAction>) {
    let minutes = &record.measures().minutes;
    if minutes.is_empty() {
        return;
    }
    widgets::label(ui, theme::SECONDARY, palette.ink2, "Minute by minute");
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let total = record.data().end().0.max(1) as f32;
    let mut left = rect.left();
    for (number, minute) in minutes.iter().enumerate() {
        let at = Millis(number as i64 * 60_000);
        let length = (record.data().end() - at).0.clamp(1, 60_000) as f32;
        let width = (rect.width() * length / total - 2.0).max(1.0);
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        ui.painter().rect_filled(cell, CornerRadius::same(3), palette.sunk);
        let mut x = cell.left();
        for (part, color) in [(minute.teacher, palette.teacher), (minute.students, palette.student)] {
            let wide = cell.width() * part.0 as f32 / length;
            ui.painter().rect_filled(Rect::from_min_size(pos2(x, cell.top()), vec2(wide, cell.height())), CornerRadius::same(2), color);
            x += wide;
        }
        // Of what there is sound of; who speaks at once with another counts for both.
        let recorded = (minute.teacher + minute.students + minute.silence).0.max(1) as f32;
        let percent = |part: Millis| part.0 as f32 / recorded * 100.0;
        let name = format!("{at}: you {:.0}%, students {:.0}%, quiet {:.0}%", percent(minute.teacher), percent(minute.students), percent(minute.silence));
        let response = ui.interact(cell, egui::Id::unique(("minute", record.data().id, number)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        widgets::focus_ring(ui, &response, cell, CornerRadius::same(3));
        if response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(&name).clicked() {
            asked.push(CardAction::Hear(at));
        }
        left += width + 2.0;
    }
}
