//! The children: nobody is taken for somebody else, and nobody who was there is forgotten while there is anything of theirs.

use crate::support::TestEnv;
use crate::support::conferences::rain;
use afterbell::conference::*;
use afterbell::error::ErrorKind;
use afterbell::export::{Contents, Format};
use afterbell::library::Library;
use afterbell::settings::OwnNames;
use afterbell::work::share::{self, ShareRequest};
use afterbell::work::{DeletedKey, Desk, Event, LibraryCommand, deleted};
use std::sync::Arc;
use std::time::Duration;

fn with(audio: &str, participants: Vec<Participant>) -> ConferenceData {
    let students = participants.len().max(1) as u8;
    ConferenceData { id: ConferenceId::NONE, audio: audio.into(), participants, students, is_sample: false, ..rain().data().clone() }
}

fn participant(student: &Student, voice: Option<u8>) -> Participant {
    Participant { student: student.clone(), voice }
}

#[test]
fn a_name_is_offered_as_the_same_child_however_it_is_typed() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let emile = library.add_student("Émile", None).unwrap();
    for typed in ["Émile", "émile", "ÉMILE ", "E\u{301}mile", " e\u{301}mile"] {
        let found = library.students_named(typed).unwrap();
        assert_eq!(found.iter().map(|one| one.student.clone()).collect::<Vec<_>>(), std::slice::from_ref(&emile), "{typed:?}");
    }
    assert!(library.students_named("Emile").unwrap().is_empty(), "another name");
}

#[test]
fn next_years_maya_is_another_maya() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let last_year = library.add_student("Maya", None).unwrap();
    let id = library.insert(&with("a.wav", vec![participant(&last_year, Some(1))])).unwrap();
    let old = library.classes().unwrap()[0].clone();
    library.end_class(old.id, Some(9)).unwrap();
    assert!(library.students().unwrap().is_empty(), "the year has ended");
    let new = library.add_class("5B").unwrap();
    let this_year = library.add_student("Maya", None).unwrap();
    assert_ne!(this_year.id, last_year.id);
    assert_eq!(library.students().unwrap(), std::slice::from_ref(&this_year));
    let named = library.students_named("maya").unwrap();
    assert_eq!(named.iter().map(|one| one.student.id).collect::<Vec<_>>(), [this_year.id, last_year.id], "who is there now comes first");
    assert_eq!(named[0].class, Some(new.id));
    assert_eq!(library.load(id).unwrap().data().participants, [participant(&last_year, Some(1))]);
    // The child of last year is in the new class too, by name the same: moved, not merged.
    library.move_student(last_year.id, new.id).unwrap();
    assert_eq!(library.students().unwrap().len(), 2);
    assert_eq!(library.summaries().unwrap()[0].participants[0].student.id, last_year.id);
}

#[test]
fn a_child_may_be_given_the_name_of_another() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let (maya, omar) = (library.add_student("Maya", None).unwrap(), library.add_student("Omar", None).unwrap());
    library.rename_student(omar.id, " MAYA ").unwrap();
    assert_eq!(library.student(omar.id).unwrap().unwrap().name, "MAYA");
    assert_eq!(library.student(maya.id).unwrap().unwrap().name, "Maya");
    let error = library.rename_student(omar.id, "  ").unwrap_err();
    assert_eq!(error.kind, ErrorKind::NoName);
    assert!(!error.advice().contains("--help"), "{}", error.advice());
    assert_eq!(library.add_student(" ", None).unwrap_err().kind, ErrorKind::NoName);
    assert_eq!(library.rename_student(StudentId::from_u128(77), "Leo").unwrap_err().kind, ErrorKind::NotFound);
}

#[test]
fn who_left_keeps_the_conferences_and_is_still_hidden_in_what_is_shared() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let (maya, leo) = (library.add_student("Maya", None).unwrap(), library.add_student("Leo", None).unwrap());
    let id = library.insert(&with("a.wav", vec![participant(&maya, Some(1))])).unwrap();
    library.save_edit(id, Edit::Note(Question::Pacing, "As with Leo, and Zoe at the table.".into())).unwrap();
    // Zoe is known from one table conference only.
    let zoe = Student { id: afterbell::work::new_id(), name: "Zoe".into() };
    library.insert(&with("b.wav", vec![participant(&maya, Some(1)), participant(&zoe, Some(2))])).unwrap();
    library.archive_student(leo.id, 9).unwrap();
    assert_eq!(library.students().unwrap(), std::slice::from_ref(&maya));
    let wanted = ShareRequest { format: Format::Json, contents: Contents::ALL, hide_names: true, own: OwnNames::default(), question: String::new() };
    let hidden = share::hidden(&library, &[id], &wanted).unwrap();
    let json = serde_json::to_string(&hidden[0]).unwrap();
    for name in ["Leo", "Maya", "Zoe", maya.id.to_string().as_str()] {
        assert!(!json.contains(name), "{name}: {json}");
    }
    library.unarchive_student(leo.id).unwrap();
    assert_eq!(library.students().unwrap().len(), 2);
}

#[test]
fn who_is_known_from_one_conference_only_goes_with_it() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let maya = library.add_student("Maya", None).unwrap();
    let ana = Student { id: afterbell::work::new_id(), name: "Quittengeleechen".into() };
    let both = vec![participant(&maya, Some(2)), participant(&ana, Some(1))];
    let id = library.insert(&with("a.wav", both.clone())).unwrap();
    assert_eq!(library.load(id).unwrap().data().participants, both);
    assert_eq!(library.students().unwrap(), std::slice::from_ref(&maya), "a name for one conference is not on the class list");
    // Taken away and put back, as undo does.
    library.save_edit(id, Edit::Participants(vec![participant(&maya, Some(2))])).unwrap();
    assert_eq!(library.all_students().unwrap().len(), 1);
    library.save_edit(id, Edit::Participants(both.clone())).unwrap();
    assert_eq!(library.load(id).unwrap().data().participants, both);
    library.back_up("2026-11-02").unwrap();
    library.delete(id, 1).unwrap();
    deleted::forget(&mut library, &env.folders(), &[DeletedKey::Conference(id)]).unwrap();
    assert_eq!(library.all_students().unwrap().iter().map(|one| one.student.clone()).collect::<Vec<_>>(), [maya]);
    drop(library);
    for file in [env.folders().database(), env.library().join("backups/2026-11-02.sqlite")] {
        assert!(!String::from_utf8_lossy(&std::fs::read(&file).unwrap()).contains("Quittengeleechen"), "{}", file.display());
    }
}

#[test]
fn the_command_line_keeps_classes_and_children() {
    let env = TestEnv::new();
    let ok = |arguments: &[&str]| {
        let (code, out, err) = env.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {err}");
        out
    };
    let names = |list: serde_json::Value| -> Vec<String> { list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect() };
    ok(&["class", "add", "4A"]);
    for name in ["Maya", "Omar", "Émile"] {
        ok(&["student", "add", name]);
    }
    assert_eq!(names(env.json(&["student", "list"])), ["Maya", "Omar", "Émile"]);
    let (code, _, said) = env.run(&["student", "add", "e\u{301}mile"]);
    assert!(code == 2 && said.contains("There is a child of that name.") && !said.contains("--help"), "{code} {said}");
    ok(&["student", "add", "Maya", "--another"]);
    let (code, _, said) = env.run(&["student", "archive", "maya"]);
    assert!(code == 2 && said.contains("More than one in your library fits this."), "{code} {said}");
    let list = env.json(&["student", "list"]);
    let maya = list.as_array().unwrap().iter().find(|one| one["name"] == "Maya").unwrap()["id"].as_str().unwrap().to_owned();
    ok(&["student", "rename", &maya[maya.len() - 6..], "Omar"]);
    ok(&["student", "archive", "Maya"]);
    assert_eq!(names(env.json(&["student", "list"])), ["Omar", "Omar", "Émile"]);
    assert_eq!(names(env.json(&["student", "list", "--all"])), ["Maya", "Omar", "Omar", "Émile"]);
    ok(&["student", "restore", "Maya"]);
    ok(&["class", "end", "4a"]);
    assert!(names(env.json(&["student", "list"])).is_empty());
    ok(&["class", "add", "5A"]);
    ok(&["student", "move", "Émile", "5A"]);
    assert_eq!(names(env.json(&["student", "list"])), ["Émile"]);
    let classes = env.json(&["class", "list"]);
    assert_eq!((classes[0]["name"].as_str(), classes[0]["ended_unix_ms"].is_null(), classes[1]["ended_unix_ms"].is_null()), (Some("5A"), true, false));
    ok(&["class", "reopen", "4A"]);
    assert_eq!(names(env.json(&["student", "list"])).len(), 4);
    assert!(ok(&["student", "list"]).contains("5A") && ok(&["class", "list"]).contains("3 children"));
}

#[test]
fn the_class_list_on_screen_adds_no_child_twice_and_never_brings_back_another() {
    let env = TestEnv::new();
    let (desk, events) = Desk::start(env.folders(), Arc::new(|| {})).unwrap();
    let hear = |wanted: &dyn Fn(&Event) -> bool| {
        let heard = std::iter::from_fn(|| events.recv_timeout(Duration::from_secs(60)).ok()).find(|event| wanted(event));
        heard.unwrap()
    };
    let listed = |count: usize| move |event: &Event| matches!(event, Event::Students(students) if students.len() == count);
    desk.send(LibraryCommand::AddStudents(vec!["Émile".into(), "Omar".into()]).into());
    hear(&listed(2));
    desk.send(LibraryCommand::AddStudents(vec!["E\u{301}MILE".into(), "Ana".into()]).into());
    let said = hear(&|event| matches!(event, Event::Notice(_)));
    assert!(matches!(&said, Event::Notice(said) if said.starts_with("Already on your class list: Émile.")), "{said:?}");
    let Event::Students(students) = hear(&listed(3)) else { return };
    let first = students.iter().find(|student| student.name == "Émile").unwrap().id;
    // Émile leaves; the Émile who comes next year is another child.
    desk.send(LibraryCommand::Delete(DeletedKey::Student(first)).into());
    hear(&listed(2));
    desk.send(LibraryCommand::AddStudents(vec!["Émile".into()]).into());
    let Event::Students(students) = hear(&listed(3)) else { return };
    let second = students.iter().find(|student| student.name == "Émile").unwrap().id;
    assert_ne!(second, first);
    desk.send(LibraryCommand::RenameStudent(second, "omar".into()).into());
    hear(&|event| matches!(event, Event::Students(students) if students.iter().filter(|student| student.name.eq_ignore_ascii_case("omar")).count() == 2));
}

#[test]
fn a_class_that_nobody_is_in_can_be_deleted() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let (kept, other) = (library.add_class("4B").unwrap(), library.add_class("Writing club").unwrap());
    let maya = library.add_student("Maya", Some(other.id)).unwrap();
    assert_eq!(library.delete_class(other.id).unwrap_err().kind, ErrorKind::BadRequest, "there is a child in it");
    assert_eq!(library.classes().unwrap().len(), 2, "nothing was changed");
    deleted::delete(&mut library, &env.folders(), &DeletedKey::Student(maya.id), 1_000).unwrap();
    library.delete_class(other.id).unwrap();
    assert_eq!(library.classes().unwrap(), std::slice::from_ref(&kept));
    // A child who was taken off its list comes back into the class there is.
    deleted::restore(&mut library, &env.folders(), &DeletedKey::Student(maya.id)).unwrap();
    assert_eq!(library.students().unwrap(), std::slice::from_ref(&maya));
    assert_eq!(library.delete_class(other.id).unwrap_err().kind, ErrorKind::NotFound);
}
