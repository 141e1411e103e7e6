//! Which conferences of the list are shown, and in which order: chips over it, and the heads of its columns.

use crate::conference::{ConferenceSummary, Stage, StudentId, names, search_key};
use crate::ui::kit::app_state::AppState;
use crate::ui::kit::choices;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets;
use crate::ui::kit::{dates, icons};
use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeSet;

/// Between two chips, and from one row of them to the next.
const GAP: f32 = 8.0;
const CHIP_ROW: f32 = 40.0;
/// The field beside them has at least this much.
const LEAST_FIELD: f32 = 200.0;
/// A strategy's own words may be long: so much of them stands in its chip, and all of them in the list it opens.
const LONGEST_CHOICE: f32 = 150.0;

/// Which conferences are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Show {
    #[default]
    All,
    ToReflect,
    Marked,
}

/// By what they are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) enum SortBy {
    Student,
    #[default]
    Date,
    Length,
    Talk,
    Status,
}

impl SortBy {
    pub(super) const ALL: [Self; 5] = [Self::Student, Self::Date, Self::Length, Self::Talk, Self::Status];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Student => "Student",
            Self::Date => "Date",
            Self::Length => "Length",
            Self::Talk => "Talk time",
            Self::Status => "Status",
        }
    }
}

/// What was chosen over the list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct ListFilters {
    show: Show,
    pub student: Option<StudentId>,
    this_term: bool,
    strategy: Option<String>,
    sort: SortBy,
    /// The other way around than at first.
    is_reversed: bool,
}

/// One chip over the list.
enum Chip {
    Show(Show, String),
    Term,
    Strategy,
    Student(String),
}

impl ListFilters {
    /// The conferences that are shown, in order.
    pub fn shown<'a>(&self, state: &'a AppState) -> Vec<&'a ConferenceSummary> {
        let since = dates::term_start(state.now_unix_ms);
        let mut shown: Vec<&ConferenceSummary> = state.conferences.iter().filter(|one| self.shows(one, since)).collect();
        // Newest first is how they come, and what ties leave.
        let order = |one: &&ConferenceSummary, other: &&ConferenceSummary| match self.sort {
            SortBy::Student => name_key(one).cmp(&name_key(other)),
            SortBy::Date => Reverse(one.started_unix_ms).cmp(&Reverse(other.started_unix_ms)),
            SortBy::Length => Reverse(one.length).cmp(&Reverse(other.length)),
            SortBy::Talk => by_share(state, one, other),
            SortBy::Status => one.stage.cmp(&other.stage),
        };
        shown.sort_by(|one, other| if self.is_reversed { order(other, one) } else { order(one, other) });
        shown
    }

    pub fn shows(&self, one: &ConferenceSummary, term_start: i64) -> bool {
        let shown = match self.show {
            Show::All => true,
            Show::ToReflect => one.stage == Stage::Transcribed,
            Show::Marked => one.marks > 0,
        };
        let is_of_term = !self.this_term || one.started_unix_ms >= term_start;
        let has_strategy = self.strategy.as_ref().is_none_or(|strategy| one.strategy == *strategy);
        shown && is_of_term && has_strategy && self.student.is_none_or(|student| one.is_with(student))
    }

    /// All are shown again; the order stays.
    pub fn clear(&mut self) {
        *self = Self { sort: self.sort, is_reversed: self.is_reversed, ..Self::default() };
    }

    /// How wide the field beside the chips is, and how high both together are, in this much width; `beside` is for what stands at the right end.
    pub fn room(&self, ui: &Ui, state: &AppState, (width, beside): (f32, f32)) -> (f32, f32) {
        let widths = self.widths(ui, state);
        let chips: f32 = widths.iter().map(|(_, width)| width + GAP).sum();
        let field = width - chips - beside - GAP;
        if field >= LEAST_FIELD {
            return (field.min(320.0), CHIP_ROW);
        }
        (width - beside - GAP, CHIP_ROW + placed(&widths, width - beside).last().map_or(0.0, |place| place.bottom() + GAP))
    }

    fn widths(&self, ui: &Ui, state: &AppState) -> Vec<(Chip, f32)> {
        let to_reflect = state.conferences.iter().filter(|one| one.stage == Stage::Transcribed).count();
        let mut chips = vec![
            Chip::Show(Show::All, "All".to_owned()),
            Chip::Show(Show::ToReflect, format!("To reflect on  {to_reflect}")),
            Chip::Show(Show::Marked, "With marks".into()),
            Chip::Term,
        ];
        // Where none was ever written there is nothing to choose.
        chips.extend((!strategies(state).is_empty()).then_some(Chip::Strategy));
        chips.extend(self.student.and_then(|id| state.student(id)).map(|student| Chip::Student(student.name.clone())));
        let text = |text: &str| ui.painter().layout_no_wrap(text.to_owned(), theme::SECONDARY_BOLD.font(), egui::Color32::PLACEHOLDER).size().x;
        let width = |chip: Chip| {
            let width = match &chip {
                Chip::Show(_, name) => text(name) + 26.0,
                Chip::Student(name) => text(name) + 50.0,
                Chip::Term => choices::filter_width(ui, if self.this_term { THIS_TERM } else { ALL_TERMS }, LONGEST_CHOICE),
                Chip::Strategy => choices::filter_width(ui, self.strategy.as_deref().unwrap_or(ANY_STRATEGY), LONGEST_CHOICE),
            };
            (chip, width)
        };
        chips.into_iter().map(width).collect()
    }

    /// The chips, beside the field or below it.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, (rect, field): (Rect, f32)) {
        let widths = self.widths(ui, state);
        let chips: f32 = widths.iter().map(|(_, width)| width + GAP).sum();
        // As reckoned in `room`, but for rounding.
        let is_beside = field + chips + GAP <= rect.width() + 0.5;
        let origin = if is_beside { rect.min + vec2(field + GAP, 2.0) } else { rect.min + vec2(0.0, CHIP_ROW + 4.0) };
        let places = placed(&widths, if is_beside { f32::INFINITY } else { rect.width() });
        for ((chip, _), place) in widths.into_iter().zip(places) {
            widgets::area(ui, place.translate(origin.to_vec2()), |ui| self.chip_ui(ui, state, chip));
        }
    }

    fn chip_ui(&mut self, ui: &mut Ui, state: &AppState, chip: Chip) {
        match chip {
            Chip::Show(show, name) => {
                if widgets::chip(ui, None, &name, self.show == show).clicked() {
                    self.show = show;
                }
            }
            Chip::Student(name) => {
                if widgets::chip(ui, Some(icons::X), &name, true).clicked() {
                    self.student = None;
                }
            }
            Chip::Term => {
                let since = format!("{THIS_TERM}, since {}", dates::day(dates::term_start(state.now_unix_ms)));
                let shown = if self.this_term { THIS_TERM } else { ALL_TERMS };
                if let Some(picked) = choices::filter(ui, "Term", (shown, LONGEST_CHOICE), &[ALL_TERMS.to_owned(), since], usize::from(self.this_term)) {
                    self.this_term = picked == 1;
                }
            }
            Chip::Strategy => {
                let all = strategies(state);
                let options: Vec<String> = std::iter::once(ANY_STRATEGY.to_owned()).chain(all.iter().map(|&one| one.to_owned())).collect();
                let chosen = self.strategy.as_ref().and_then(|strategy| options.iter().skip(1).position(|one| one == strategy)).map_or(0, |at| at + 1);
                let shown = self.strategy.clone().unwrap_or_else(|| ANY_STRATEGY.to_owned());
                if let Some(picked) = choices::filter(ui, "Strategy", (&shown, LONGEST_CHOICE), &options, chosen) {
                    self.strategy = options.get(picked).filter(|_| picked > 0).cloned();
                }
            }
        }
    }

    /// The head of a column: a press orders the list by it, another one the other way around.
    pub fn head_ui(&mut self, ui: &mut Ui, palette: &Palette, by: SortBy, rect: Rect) {
        let response = ui.interact(rect, egui::Id::unique(("sort the list", by.label())), Sense::click());
        let is_on = self.sort == by;
        let says = if is_on && self.is_reversed {
            "Sorted the other way by"
        } else if is_on {
            "Sorted by"
        } else {
            "Sort by"
        };
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, format!("{says} {}", by.label().to_lowercase())));
        let color = if is_on || response.hovered() { palette.ink } else { palette.ink2 };
        let text = ui.painter().text(pos2(rect.left(), rect.center().y), Align2::LEFT_CENTER, by.label(), theme::SECONDARY_BOLD.font(), color);
        if is_on {
            let icon = if self.is_reversed { icons::CARET_UP } else { icons::CARET_DOWN };
            widgets::paint_icon(ui, icon, pos2(text.right() + 10.0, rect.center().y), 14.0, color);
        }
        widgets::focus_ring(ui, &response, rect.expand2(vec2(4.0, 0.0)), CornerRadius::same(4));
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            self.is_reversed = is_on && !self.is_reversed;
            self.sort = by;
        }
    }
}

const ALL_TERMS: &str = "All terms";
const THIS_TERM: &str = "This term";
const ANY_STRATEGY: &str = "Any strategy";

/// What the teacher wrote as the one strategy, each once, by the alphabet.
fn strategies(state: &AppState) -> BTreeSet<&str> {
    state.conferences.iter().map(|one| one.strategy.as_str()).filter(|strategy| !strategy.is_empty()).collect()
}

/// From left to right, and on in the next row.
fn placed(widths: &[(Chip, f32)], room: f32) -> Vec<Rect> {
    let mut at = pos2(0.0, 0.0);
    let place = |width: f32| {
        if at.x > 0.0 && at.x + width > room {
            at = pos2(0.0, at.y + CHIP_ROW);
        }
        let place = Rect::from_min_size(at, vec2(width, 32.0));
        at.x += width + GAP;
        place
    };
    widths.iter().map(|(_, width)| *width).map(place).collect()
}

/// Without a name after all that have one.
fn name_key(one: &ConferenceSummary) -> (bool, String) {
    let name = names(&one.participants).unwrap_or_else(|| one.title.clone());
    (name.is_empty(), search_key(&name))
}

/// Most of the teacher's talk first; what is not counted, or not looked at yet, last.
fn by_share(state: &AppState, one: &ConferenceSummary, other: &ConferenceSummary) -> Ordering {
    let share = |one: &ConferenceSummary| state.seen_talk(one).map_or(-1.0, |talk| talk.share);
    share(other).total_cmp(&share(one))
}
