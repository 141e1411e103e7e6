//! Speakers set out otherwise than `Maya: ...`: times on lines of their own, other signs, verbs that report, dates without a year, CHAT.

use super::tests::{check, knowing, left, lines};
use super::*;

const PLAIN: [&str; 4] = ["T What is it?", "S1 My dog.", "T Why?", "S1 He ran."];
const TIMED: [&str; 4] = ["T 0:01 What is it?", "S1 0:04 My dog.", "T 0:09 Why?", "S1 0:12 He ran."];

/// A talk of four lines, each as `form` has it: `{n}` who speaks, `{t}` when, `{s}` what is said.
fn talk(form: &str, teacher: &str, child: &str) -> String {
    let says = [(teacher, "00:00:01", "What is it?"), (child, "00:00:04", "My dog."), (teacher, "00:00:09", "Why?"), (child, "00:00:12", "He ran.")];
    says.iter().map(|(name, time, said)| form.replace("{n}", name).replace("{t}", time).replace("{s}", said)).collect()
}

#[test]
fn names_and_times_stand_over_paragraphs_in_any_order() {
    for form in [
        "{t}  {n}\n{s}\n",
        "{n}   {t}\n{s}\n\n",
        "[{t}] {n}\n{s}\n",
        "{t}\t{n}\n\n{s}\n\n",
        "{n}\n{t}\n{s}\n",
        "{t}\n{n}\n{s}\n\n",
        "{n}\n\n{t}\n\n{s}\n\n",
        "{t}\n\n{n}\n\n{s}\n\n",
        "{n}\n\n{t}\n{s}\n\n\n",
    ] {
        for (teacher, child) in [("Ms. Lee", "Maya"), ("teacher", "maya"), ("MS. LEE", "MAYA R.")] {
            check(&talk(form, teacher, child), &TIMED, &[]);
        }
        // A child who speaks once, and lines that go on.
        let once = talk(form, "Ms. Lee", "Maya").replacen("Maya", "Omar", 1).replace("My dog.", "My\ndog.");
        check(&once, &["T 0:01 What is it?", "S1 0:04 My dog.", "T 0:09 Why?", "S2 0:12 He ran."], &[]);
    }
}

#[test]
fn other_signs_than_a_colon_part_who_speaks_where_they_recur() {
    for sign in [" = ", " => ", "= ", " - ", "- ", " -", " – ", "— ", "| ", " | ", "|", "-> ", " → ", " » ", " ~ ", " == "] {
        for (teacher, child) in [("Teacher", "Maya"), ("t", "s"), ("MS. LEE", "MAYA R")] {
            check(&talk(&format!("{{n}}{sign}{{s}}\n"), teacher, child), &PLAIN, &[]);
            check(&talk(&format!("[{{t}}] {{n}}{sign}{{s}}\n\n"), teacher, child), &TIMED, &[]);
        }
    }
    check(
        "Monday\n\nMs. Lee = Remember: show it,\nas you know.\n\nMaya = OK: now\nx is 4.\n\nMs. Lee = Why?\n\nOmar = I know - so.\n",
        &["T Remember: show it, as you know.", "S1 OK: now x is 4.", "T Why?", "S2 I know - so."],
        &["Monday"],
    );
    // What a dash, or such a sign, parts in what is said names nobody, however often.
    for sign in [" - ", " – ", "— ", " = ", "| "] {
        let said = format!("So{sign}he ran. So{sign}he fell. Rex{sign}my dog. Rex{sign}my cat.");
        let text = format!("Teacher: What is it?\nMaya: My dog{sign}Rex.\n{}\nTeacher: Oh.\nMaya: Yes.\n", said.replace(". ", ".\n"));
        check(&text, &["T What is it?", &format!("S1 My dog{sign}Rex. {said}"), "T Oh.", "S1 Yes."], &[]);
        assert!(read_bytes(format!("So{sign}he ran.\nSo{sign}he fell.\nThen{sign}boom.\nThen{sign}no.\n").as_bytes(), &Known::default(), None).is_err());
    }
}

#[test]
fn verbs_that_report_belong_to_the_label() {
    for (teacher, child) in [
        ("Ms. Lee says: ", "Maya says: "),
        ("TEACHER asks: ", "MAYA answers: "),
        ("teacher said: ", "maya said: "),
        ("Mrs. Day asked:\t", "Maya replied:\t"),
        ("**Teacher asks:** ", "**Maya says:** "),
        ("Teacher: ", "Maya says: "),
        ("Ms. Lee says\n", "Maya says\n"),
    ] {
        let typed = check(&talk("{n}{s}\n\n", teacher, child), &PLAIN, &[]);
        assert_eq!(typed.student_names, ["Maya"], "{child}");
    }
    // Whether each line reports or not, it is the same speaker; and how it is said is kept.
    check(
        "Ms. Lee asks: What is it?\nMaya: My dog.\nMs. Lee: Why?\nMaya whispers: He ran.\n",
        &["T What is it?", "S1 My dog.", "T Why?", "S1 (whispers) He ran."],
        &[],
    );
    let quoted = ["T “What is it?”", "S1 “My dog.”", "T “Why?”", "S1 “He ran.”"];
    check(&talk("{n}, “{s}”\n", "Ms. Lee asked", "Maya said"), &quoted, &[]);
    let timed = ["T 0:01 “What is it?”", "S1 0:04 “My dog.”", "T 0:09 “Why?”", "S1 0:12 “He ran.”"];
    check(&talk("{t} {n}, “{s}”\n\n", "TEACHER ASKED", "Omar said"), &timed, &[]);
    // Who is told of in a story that is read says nothing here.
    check(
        "Teacher: Read it.\nMaya: OK.\nMr. Fox said: come here.\nHen said: no!\nMr. Fox said: please.\nTeacher: And then?\nMaya: He left.\n",
        &["T Read it.", "S1 OK. Mr. Fox said: come here. Hen said: no! Mr. Fox said: please.", "T And then?", "S1 He left."],
        &[],
    );
}

#[test]
fn a_date_without_a_year_is_no_label_and_no_time() {
    for date in [
        "12 March",
        "March 12",
        "3/12",
        "MARCH 12TH",
        "Monday, Mar. 12",
        "12. März",
        "Date: 3/12",
        "March 12, 10:30",
        "12 March: Maya",
        "May 12: Maya",
        "Mon 3/12",
    ] {
        for (form, teacher, child, said) in [
            ("{n}: {s}\n", "Teacher", "Maya", &PLAIN),
            ("{n}\n{s}\n\n", "Ms. Lee", "Maya", &PLAIN),
            ("{n} {t}\n{s}\n\n", "ms lee", "maya", &TIMED),
            ("{n} - {s}\n", "Teacher", "Maya", &PLAIN),
        ] {
            for gap in ["\n", "\n\n"] {
                let typed = check(&format!("{date}{gap}{}", talk(form, teacher, child)), said, &[date]);
                assert_eq!((typed.said_at, typed.student_names.as_slice()), (None, &["Maya".to_owned()][..]), "{date}");
            }
        }
    }
    // Between the days of a page it is nobody's, and right behind a name it is said; a child may be called so.
    check("T: What?\nS: No.\n\n12 March\n\nT: When?\nS: OK.\n", &["T What?", "S1 No.", "T When?", "S1 OK."], &["12 March"]);
    check("Teacher:\n\nWhen?\n\nLeo:\n\nMarch 12\n\nTeacher:\n\nOh.\n", &["T When?", "S1 March 12", "T Oh."], &[]);
    check("1 Teacher: What?\n2 June: No.\n3 Teacher: Why?\n4 June: OK.\n", &["T What?", "S1 No.", "T Why?", "S1 OK."], &[]);
    check("1 Teacher: What?\n2 Maya: No.\n3 Teacher: Why?\n4 Marta: OK.\n", &["T What?", "S1 No.", "T Why?", "S2 OK."], &[]);
}

#[test]
fn chat_names_who_is_meant_and_its_lines_about_the_talk_are_listed() {
    let said = ["T what is it ?", "S1 my dog .", "T why ?", "S2 he ran ."];
    let body = "*TEA:\twhat is\n\tit ?\n%com:\tshe points\n*CHI:\tmy dog .\n%mor:\tdet|my\n\tn|dog .\n*TEA:\twhy ?\n\n*OMA:\the ran .\n";
    let tiers = ["%com:\tshe points", "%mor:\tdet|my", "n|dog ."];
    for top in [
        "@UTF8\n@Begin\n@Participants:\tCHI Maya Target_Child, OMA Omar Child, TEA Anna_Lee Teacher\n",
        "@Begin\n@Participants:\tTEA Teacher, CHI Maya Target_Child,\n\tOMA Omar Child\n",
        "@Participants: CHI Maya Target_Child, TEA Teacher Adult, OMA Omar Student\n",
        "@begin\n@participants: chi Maya target_child, tea Lee investigator, oma Omar child\n\n",
    ] {
        let left: Vec<&str> = top.lines().filter(|line| !line.is_empty()).map(str::trim).chain(tiers).collect();
        let typed = check(&format!("{top}{body}"), &said, &left);
        assert_eq!((typed.student_names.as_slice(), typed.is_teacher_sure), (&["Maya".to_owned(), "Omar".to_owned()][..], true), "{top}");
    }
    // Without its top, and without names.
    assert_eq!(left(&check(body, &said, &tiers)), tiers);
    let nameless = knowing(&format!("@Begin\n@Participants:\tCHI Target_Child, OMA Child, TEA Teacher\n{body}"), &[], &[]);
    assert_eq!((lines(&nameless).as_slice(), nameless.is_teacher_sure), (&said.map(str::to_owned)[..], true));
}
