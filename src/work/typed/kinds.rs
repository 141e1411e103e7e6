//! Kinds of pages that were read wrongly once: a small one of each.

use super::tests::{check, left, lines};
use super::*;

fn read(text: &str) -> Typed {
    read_bytes(text.as_bytes(), &Known::default(), None).unwrap_or_else(|err| panic!("{err}: {text}"))
}

#[test]
fn a_child_who_speaks_once_is_never_who_spoke_before() {
    for name in ["leo", "Leo", "LEO"] {
        check(
            &format!("Teacher: What is it?\nTake your time.\n{name}: my dog died\nTeacher: Oh, Leo.\nThank you.\n"),
            &["T What is it? Take your time.", "S1 my dog died", "T Oh, Leo. Thank you."],
            &[],
        );
    }
    // Of whom nothing else is said: nobody knows.
    check(
        "Ms. Keller: Tell me.\nLeo: It is about Rex\nand the cat.\nLeo: He died.\nlast week\nmaya: can I go?\nMs. Keller: Yes.\n",
        &["T Tell me.", "S1 It is about Rex and the cat.", "S1 He died. last week", "unknown maya: can I go?", "T Yes."],
        &[],
    );
    assert!(!read("Teacher: What is it?\nTake your time.\nTeacher: Oh.\n").is_teacher_sure);
    // What hangs below the first words of a line goes on.
    check(
        "Ms. Keller: Writers tell every small\n            step: first this.\nLeo:        OK.\nMs. Keller: Go.\nLeo:        Yes.\n",
        &["T Writers tell every small step: first this.", "S1 OK.", "T Go.", "S1 Yes."],
        &[],
    );
}

#[test]
fn names_that_are_words_too_are_names() {
    for name in ["Will B.", "Can Yilmaz", "An Tran", "My Le", "A. Lopez"] {
        check(
            &format!("Ms. Keller: What is it?\n{name}: my dog\nand a cat\nMs. Keller: Oh, {name}\nGo on.\n{name}: OK.\n"),
            &["T What is it?", "S1 my dog and a cat", &format!("T Oh, {name} Go on."), "S1 OK."],
            &[],
        );
    }
}

#[test]
fn an_answer_that_is_a_number_is_no_number_of_a_page() {
    check("Teacher\n\nHow many?\n\nLeo\n\n5\n\nTeacher\n\nAnd now?\n\nLeo\n\n7\n", &["T How many?", "S1 5", "T And now?", "S1 7"], &[]);
}

#[test]
fn columns_in_any_order_and_cells_too_many_lose_nobodys_words() {
    check(
        "start,text,speaker\n0:01,What is it?,Teacher\n0:04,My dog.,Leo\n0:06,Oh.,Teacher\n",
        &["T 0:01 What is it?", "S1 0:04 My dog.", "T 0:06 Oh."],
        &["speaker\tstart\ttext"],
    );
    check("Teacher  : What?\nLeo      : My dog.\nTeacher  : Oh.\nLeo      : Yes.\n", &["T What?", "S1 My dog.", "T Oh.", "S1 Yes."], &[]);
    let typed = read("Teacher\tLeo\nWhat?\t\n\tYes.\tI did.\nWhy?\t\n\tNo.\n");
    assert!(lines(&typed).contains(&"S1 Yes.".to_owned()) && left(&typed).iter().any(|left| left.contains("I did.")), "{typed:?}");
}

#[test]
fn who_is_told_of_does_not_speak() {
    for told in
        ["The teacher says: sit down!", "My teacher said: write more.", "Mr. Fox said: come here.", "Miss Honey smiled: come in.", "Chapter 1: The Bone."]
    {
        check(
            &format!("Ms. K: Who is in it?\nLeo: A girl.\n{told}\nMs. K: And then?\nLeo: The end.\n"),
            &["T Who is in it?", &format!("S1 A girl. {told}"), "T And then?", "S1 The end."],
            &[],
        );
    }
    check("T: Read me.\nS: OK.\nTitle: The Dog\nOnce\nT: Oh.\nS: Yes.\n", &["T Read me.", "S1 OK. Title: The Dog Once", "T Oh.", "S1 Yes."], &[]);
}

#[test]
fn a_colon_behind_a_tab_or_a_dash_is_said() {
    for sign in ["\t", " - "] {
        check(
            &format!("Teacher{sign}What do you see first: the dog?\nLeo{sign}Yes.\nTeacher{sign}Put a star there: now.\nLeo{sign}OK.\n"),
            &["T What do you see first: the dog?", "S1 Yes.", "T Put a star there: now.", "S1 OK."],
            &[],
        );
    }
    check(
        "Teacher\tWhat is it?\nLeo\tMy dog Teacher said: no.\nTeacher\tWhy?\nLeo\tOK.\n",
        &["T What is it?", "S1 My dog Teacher said: no.", "T Why?", "S1 OK."],
        &[],
    );
}

#[test]
fn what_stands_below_a_name_is_said() {
    check(
        "Teacher:\nWhat is it?\n\nLeo:\nMy dog: Rex.\n\nTeacher:\nAnd?\n\nLeo:\nThe cat: Tom.\n",
        &["T What is it?", "S1 My dog: Rex.", "T And?", "S1 The cat: Tom."],
        &[],
    );
    check("Teacher\nWhen?\n\nLeo\n10:30\n\nTeacher\nWhy?\n\nLeo\n…\n", &["T When?", "S1 10:30", "T Why?", "S1 …"], &[]);
    check("Ms. K  0:01\nWhen?\n\nLeo  0:04\n10:30\n\nMs. K  0:07\nOK?\n\nLeo  0:09\n?\n", &["T 0:01 When?", "S1 0:04 10:30", "T 0:07 OK?", "S1 0:09 ?"], &[]);
}

#[test]
fn what_recurs_before_a_colon_is_a_label_whatever_its_signs() {
    for (teacher, child) in [
        ("Assist. Teacher", "Leo"),
        ("Teacher/Ms. K.", "Leo"),
        ("Teacher 2026", "Leo"),
        ("Ms. Anna Maria Luisa de la Cruz y Gomez", "Leo"),
        ("Teacher", "LEO!"),
        ("Teacher", "Leo..."),
        ("Teacher", "Leo (8)"),
        ("Teacher", "leo (3rd grade)"),
        ("teacher", "leo@school.org"),
    ] {
        check(
            &format!("{teacher}: What is it?\n{child}: My dog.\n{teacher}: Tell me more.\n{child}: He ran.\n"),
            &["T What is it?", "S1 My dog.", "T Tell me more.", "S1 He ran."],
            &[],
        );
    }
    check("T: Who?\nS1: Me.\nS2: No.\nS?: Me too.\nT: OK\n", &["T Who?", "S1 Me.", "S2 No.", "unknown Me too.", "T OK"], &[]);
}

#[test]
fn a_talk_on_one_line_and_pieces_of_web_pages() {
    let expected = ["T What is it?", "S1 My dog.", "T Tell me more.", "S1 He ran: away."];
    check("T: What is it? S: My dog. T: Tell me more. S: He ran: away.", &expected, &[]);
    check("<pre>T: What is it?\nS: My dog.\nT: Tell me more.\nS: He ran: away.\n</pre>", &expected, &[]);
    check("<p><b>T</b>: What is it?</p>\n<p><b>S</b>: My dog.</p><p>T: Tell me more.</p><p>S: He ran: away.</p>", &expected, &[]);
    check("<p>Maestra: &iquest;Qu&eacute;?</p><p>Leo: Mi caf&eacute;.</p><p>Maestra: Ya.</p>", &["T ¿Qué?", "S1 Mi café.", "T Ya."], &[]);
}

#[test]
fn tables_by_what_their_columns_are() {
    check("Teacher\tLeo\nWhat is it?\t\n\tMy dog.\nTell me.\t\n\tHe ran.\n", &["T What is it?", "S1 My dog.", "T Tell me.", "S1 He ran."], &[]);
    check(
        "Who\tText\tMy comment\nT\tWhat is it?\topen\nL\tMy dog.\t\nT\tTell me.\t\n",
        &["T What is it?", "S1 My dog.", "T Tell me."],
        &["Who\tText\tMy comment", "open"],
    );
    for by in [',', ';'] {
        let table = format!("Start{by}Speaker{by}Text\n00:00:01{by}Teacher{by}\"What{by} then?\"\n00:00:03{by}Leo{by}My dog.\n00:00:06{by}Teacher{by}OK.\n");
        let said = format!("T 0:01 What{by} then?");
        check(&table, &[&said, "S1 0:03 My dog.", "T 0:06 OK."], &["Start\tSpeaker\tText"]);
    }
}

#[test]
fn slips_of_the_hand() {
    let text = "Teacher: Why?\nLeo: He died.\nTeahcer: Oh.\nLeo; I can't.\nTeacher: OK.\nLeo He was old.\nTeacher: I see\nLeo: Yes.\n";
    check(text, &["T Why?", "S1 He died.", "T Oh.", "unknown Leo; I can't.", "T OK.", "unknown Leo He was old.", "T I see", "S1 Yes."], &["Teahcer:"]);
}

#[test]
fn what_stands_over_under_and_beside_the_talk() {
    let talk = ["T What is it?", "S1 My dog.", "T Go on.", "S1 He ran."];
    check("T: What is it?\nS: My dog.\n\nPage 1 of 3\n\nT: Go on.\n\nPage 2 of 3\n\nS: He ran.\n", &talk, &["Page 1 of 3", "Page 2 of 3"]);
    check("Research\nT: What is it?\nS: My dog.\n\nTeach\nT: Go on.\nS: He ran.\n", &talk, &["Research", "Teach"]);
    check("T: What is it?\nS: My dog.\n((S writes))\nT: Go on.\nS: He ran.\n", &talk, &["((S writes))"]);
    for below in ["Reflection:", "My notes:", "Next steps:"] {
        let left = [below, "Leo was shy."];
        check(&format!("T: What is it?\nS: My dog.\nT: Go on.\nS: He ran.\n\n{below}\nLeo was shy.\n"), &talk, &left);
    }
    check("K: Ms. Keller (teacher)\nL: Leo\n\nK: What is it?\nL: My dog.\nK: Go on.\nL: He ran.\n", &talk, &["K: Ms. Keller (teacher)", "L: Leo"]);
}

#[test]
fn subtitles_as_players_need_them() {
    let rolling = "WEBVTT\n\n00:00:00.000 --> 00:00:03.000\nhi<00:00:00.300><c> leo</c>\n\n00:00:03.000 --> 00:00:03.010\nhi leo\n \n\n00:00:03.100 --> 00:00:06.000\nhi leo\nmy<00:00:03.400><c> dog</c>\n";
    assert_eq!(read(rolling).transcript.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["hi", "leo", "my", "dog"]);
    let typed = read(
        "WEBVTT\n\nNOTE not sure\nof this\n\n00:01.000 --> 00:02.000\n{\\an8}Teacher: How old?\n\n00:03.000 --> 00:04.000\nLeo: He is\n9\n\n00:05.000 --> 00:06.000\nTeacher: Oh.\n",
    );
    assert_eq!(lines(&typed), ["T 0:01 How old?", "S1 0:03 He is 9", "T 0:05 Oh."]);
    assert_eq!(left(&typed), ["NOTE not sure", "of this"]);
}

#[test]
fn times_that_mean_one_because_each_line_has_one() {
    for (first, second) in [("00.01", "00.06"), ("0'01\"", "0'06\""), ("0min1s", "0min6s")] {
        check(&format!("{first} T: What?\n{second} S: My dog.\n"), &["T 0:01 What?", "S1 0:06 My dog."], &[]);
    }
    for (first, second) in [("2026-11-30 10:14:02", "2026-11-30 10:14:32"), ("[11/30/26, 10:14:02 AM]", "[11/30/26, 10:14:32 AM]")] {
        check(&format!("{first} T: What?\n{second} S: My dog.\n"), &["T 0:00 What?", "S1 0:30 My dog."], &[]);
    }
    check("T) What?\nS) My dog.\nT) Oh.\nS) Yes.\n", &["T What?", "S1 My dog.", "T Oh.", "S1 Yes."], &[]);
    check(
        "Ms. K\n0 minutes 1 seconds\n0:01\nMs. K 0 minutes 1 seconds\nWhat?\nLeo\n0 minutes 6 seconds\n0:06\nLeo 0 minutes 6 seconds\nMy dog.\n",
        &["T 0:01 What?", "S1 0:06 My dog."],
        &[],
    );
}

#[test]
fn stars_stay_as_typed() {
    check("T: What?\nS: My dog. **wow** _and_\nT: Oh.\n", &["T What?", "S1 My dog. **wow** _and_", "T Oh."], &[]);
}
