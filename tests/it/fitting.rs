//! Nothing of Reflect lies on anything else, at any size: header, find, transport, the chart of waits.

use crate::support::window::{SMALLEST, USUAL, Window, list, open, record, student, welcomed};
use afterbell::conference::*;
use afterbell::settings::Settings;
use afterbell::work::Playhead;
use afterbell::work::{Event, Reply};
use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect, Shape};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

const SIZES: [[f32; 2]; 4] = [SMALLEST, [1024.0, 640.0], USUAL, [1920.0, 1080.0]];

fn rect_of(node: egui::accesskit::Rect) -> Rect {
    Rect::from_min_max(egui::pos2(node.x0 as f32, node.y0 as f32), egui::pos2(node.x1 as f32, node.y1 as f32))
}

/// What is named and has nothing named in it, in this part of the window.
fn named(window: &Window, within: Rect) -> Vec<(String, Rect)> {
    let nodes = window.harness.root().children_recursive();
    nodes
        .filter(|node| node.children().next().is_none())
        .filter_map(|node| {
            let node = node.accesskit_node();
            // Of what is typed, as much as its field shows.
            let field = node.parent().filter(|_| node.role() == Role::TextRun).and_then(|field| field.bounding_box()).map_or(Rect::EVERYTHING, rect_of);
            let rect = rect_of(node.bounding_box()?).intersect(field);
            let name = node.label().or(node.value())?;
            (!name.trim().is_empty() && rect.area() > 1.0 && within.contains_rect(rect)).then_some((name, rect))
        })
        .collect()
}

fn overlaps(window: &Window, within: Rect) -> Vec<(String, String)> {
    let all = named(window, within);
    let mut found = Vec::new();
    for (index, (name, rect)) in all.iter().enumerate() {
        for (other, theirs) in all[index + 1..].iter().filter(|(other, _)| other != name) {
            if rect.shrink(1.0).intersects(theirs.shrink(1.0)) {
                found.push((format!("{name} {rect:?}"), format!("{other} {theirs:?}")));
            }
        }
    }
    found
}

fn header(size: [f32; 2]) -> Rect {
    Rect::from_min_max(egui::pos2(88.0, 0.0), egui::pos2(size[0], 64.0))
}

/// With a long name and title.
fn long_named() -> Arc<ConferenceRecord> {
    let facts = record(40).data().clone();
    let participants = vec![Participant { student: student(1, "Maya, Alexandra van der Westhuizen-Oppenheimer"), voice: Some(1) }];
    Arc::new(ConferenceRecord::new(ConferenceData { title: "The time I fell off my bike and nobody saw it".into(), participants, ..facts }))
}

#[test]
fn the_header_never_overlaps() {
    for size in SIZES {
        for settings in [welcomed(), Settings { guess_first: true, ..welcomed() }] {
            let mut window = Window::open(size, settings);
            open(&mut window, &record(40));
            assert_eq!(overlaps(&window, header(size)), [], "{size:?}");
            window.tell(Event::Replies(record(40).data().id, Arc::new(vec![Reply::default()])));
            assert_eq!(overlaps(&window, header(size)), [], "with a reply, {size:?}");
            window.press("Correct");
            assert_eq!(overlaps(&window, header(size)), [], "correcting, {size:?}");
            for control in ["Done correcting", "Undo", "Redo (Ctrl+Y)", "Back to the conferences"] {
                assert!(window.is_within(control), "{size:?}: {control}");
            }
        }
    }
}

#[test]
fn a_long_name_and_title_give_way_to_the_buttons() {
    for size in SIZES {
        let mut window = Window::open(size, welcomed());
        open(&mut window, &long_named());
        assert_eq!(overlaps(&window, header(size)), [], "{size:?}");
    }
}

#[test]
fn the_count_of_finds_is_readable_and_over_nothing() {
    for size in SIZES {
        let mut window = Window::open(size, welcomed());
        open(&mut window, &record(40));
        window.key_with(Modifiers::COMMAND, Key::F);
        window.harness.event(egui::Event::Text("working".into()));
        window.harness.run_steps(4);
        assert_eq!(overlaps(&window, header(size)), [], "{size:?}");
        assert!(window.has("1 of 20") && window.is_within("1 of 20"), "{size:?}");
        assert!(!window.cut_off().iter().any(|text| text.contains("of 20")), "{size:?}");
        assert!(window.is_within("Close find") && window.is_within("Share"), "{size:?}");
    }
}

#[test]
fn the_transport_keeps_its_total_and_its_labels() {
    for size in SIZES {
        let mut window = Window::open(size, welcomed());
        let record = record(40);
        open(&mut window, &record);
        window.tell(Event::Listening { id: record.data().id.into(), playhead: Arc::new(Playhead::new(Millis(30_000), false)) });
        let total = format!("/ {}", record.data().length);
        assert!(window.has(&total) && window.is_within(&total), "{size:?}");
        let mark = if window.has("Mark") { "Mark" } else { "Mark this moment (M)" };
        for control in ["Back 5 seconds (J)", "Forward 5 seconds (L)", "Sound", mark] {
            assert!(window.has(control) && window.is_within(control), "{size:?}: {control}");
        }
        let transport = Rect::from_min_max(
            egui::pos2(88.0, window.rect(&total).top() - 20.0),
            egui::pos2(window.rect("Question 2: Did you rush through the research part?").left(), size[1]),
        );
        assert_eq!(overlaps(&window, transport), [], "{size:?}");
        assert!(
            !window.cut_off().iter().any(|text| text == "Phases" || text == "You" || text == "Maya" || text.starts_with("Skip")),
            "{size:?}: {:?}",
            window.cut_off()
        );
    }
}

/// A short wait is outlined and a long one filled, as the legend has it; those for which there is no room are listed.
#[test]
fn the_chart_of_waits_has_a_legend_with_true_fills_and_its_rest_opens() {
    for size in SIZES {
        let mut window = Window::open(size, welcomed());
        let record = record(40);
        assert!(record.measures().wait_one.waits.len() > 15);
        open(&mut window, &record);
        assert!(window.has("under 3 s") && window.has("3 s or more"), "{size:?}");
        let more = {
            let nodes = window.harness.root().children_recursive();
            nodes.into_iter().find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with("and ") && label.ends_with(" more"))).unwrap()
        };
        window.press_unseen(&more);
        assert!(!window.has(&more), "{size:?}");
        let last = record.measures().wait_one.waits.last().unwrap().start().clock();
        assert!(window.has(&format!("Play from {last}")), "{size:?}: the last one is listed");
        // All of these waits are short: their bars are outlines.
        let first = &record.measures().wait_one.waits[0];
        let column = window.harness.get_by_label(&format!("Wait of {:.1} seconds at {}", first.length().secs(), first.start())).rect();
        let color = |hex: &str| egui::Color32::from_hex(hex).unwrap();
        let (pine, card) = (color("#12645B"), color("#FFFDF9"));
        let bars: Vec<_> = window
            .harness
            .output()
            .shapes
            .iter()
            .filter_map(|clipped| if let Shape::Rect(rect) = &clipped.shape { Some(rect) } else { None })
            .filter(|rect| column.contains_rect(rect.rect) && rect.stroke.color == pine && rect.rect.width() > 20.0)
            .collect();
        assert!(!bars.is_empty() && bars.iter().all(|bar| bar.fill == card), "{size:?}: {bars:?}");
    }
}

/// The roster beside the list, its head, and the rows.
#[test]
fn nothing_of_the_list_lies_on_anything_else() {
    for size in SIZES {
        let mut window = Window::open(size, welcomed());
        let row = list(&mut window, &record(4));
        let whole = Rect::from_min_max(egui::pos2(88.0, 0.0), egui::pos2(size[0], size[1]));
        let found: Vec<(String, String)> =
            overlaps(&window, whole).into_iter().filter(|(one, other)| !one.starts_with(&row) && !other.starts_with(&row)).collect();
        assert_eq!(found, [], "{size:?}");
        assert!(!window.cut_off().iter().any(|text| text == "Transcribed" || text == "Reflected"), "{size:?}: {:?}", window.cut_off());
    }
}
