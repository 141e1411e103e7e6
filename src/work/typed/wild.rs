//! Layouts as they are met outside: plays read aloud, talks on one line, dates, roles with names, marks of subtitles, and what programs and people write.

use super::tests::{check, knowing, left, lines};
use super::*;

/// All pages whose lines are another's, or lost.
fn all_read(pages: &[(&str, &str, &[&str])]) {
    let wrong: Vec<String> = pages
        .iter()
        .filter_map(|(name, text, expected)| {
            let read = read_bytes(text.as_bytes(), &Known::default(), None).map(|typed| (lines(&typed), left(&typed).join(" | ")));
            let (said, left) = read.unwrap_or_else(|err| (vec![err.to_string()], String::new()));
            (said != *expected).then(|| format!("{name}:\n  is   {said:?}\n  not  {expected:?}\n  left {left}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_piece_in_parts_is_said_by_who_reads_it() {
    let play = "T Read me your play.|S1 OK. It's about a wolf. Wolf: Let me in! Pig: No! Wolf: Please. Pig: Never.|T What happens next?|S1 He blows.";
    let play: Vec<&str> = play.split('|').collect();
    let romeo = ["T What did you write?", "S1 It's a play. I'll read it. Romeo: But soft! Juliet: O Romeo. Romeo: I love you.", "S1 That's all.", "T Wow."];
    all_read(&[
        (
            "a wolf and a pig",
            "Teacher: Read me your play.\nMaya: OK. It's about a wolf.\nWolf: Let me in!\nPig: No!\nWolf: Please.\nPig: Never.\nTeacher: What happens next?\nMaya: He blows.\n",
            &play,
        ),
        (
            "characters who recur",
            "Teacher: What did you write?\nMaya: It's a play. I'll read it.\nRomeo: But soft!\nJuliet: O Romeo.\nRomeo: I love you.\nMaya: That's all.\nTeacher: Wow.\n",
            &romeo,
        ),
        (
            "set further in",
            "Teacher: Go on.\nMaya: Sure.\n    Ben: Where is it?\n    Tom: Here!\n    Ben: Oh.\nTeacher: Nice.\nMaya: Thanks.\n",
            &["T Go on.", "S1 Sure. Ben: Where is it? Tom: Here! Ben: Oh.", "T Nice.", "S1 Thanks."],
        ),
        (
            "without the times all others have",
            "[0:01] Teacher: Go on.\n[0:04] Maya: Sure.\nBen: Where is it?\nTom: Here!\nBen: Oh.\n[0:20] Teacher: Nice.\n[0:24] Maya: Thanks.\n",
            &["T 0:01 Go on.", "S1 0:04 Sure. Ben: Where is it? Tom: Here! Ben: Oh.", "T 0:20 Nice.", "S1 0:24 Thanks."],
        ),
        (
            "in quotation marks",
            "Teacher: Go on.\nMaya: Sure.\n\"Ben: Where is it?\"\n\"Tom: Here!\"\nTeacher: Nice.\nMaya: Thanks.\n",
            &["T Go on.", "S1 Sure. \"Ben: Where is it?\" \"Tom: Here!\"", "T Nice.", "S1 Thanks."],
        ),
    ]);
    // Children at a table speak for themselves.
    all_read(&[
        (
            "a table",
            "Teacher: What are you writing?\nMaya: I wrote about my dog.\nOmar: I have a dog too.\nAna: Me too.\nOmar: Mine is big.\nTeacher: So?\nMaya: He ran.\n",
            &["T What are you writing?", "S1 I wrote about my dog.", "S2 I have a dog too.", "S3 Me too.", "S2 Mine is big.", "T So?", "S1 He ran."],
        ),
        (
            "who answers to a play",
            "Teacher: Omar and Ana, what do you think of her play?\nMaya: This is it.\nOmar: I like it.\nAna: Me too.\nTeacher: Good.\n",
            &["T Omar and Ana, what do you think of her play?", "S1 This is it.", "S2 I like it.", "S3 Me too.", "T Good."],
        ),
    ]);
    // One on the class list is no character.
    let listed = knowing("Teacher: Read me the play.\nMaya: Here.\nRomeo: May I?\nAna: No.\nTeacher: Go.\n", &[], &["Romeo Díaz", "Ana B", "Maya"]);
    assert_eq!(lines(&listed), ["T Read me the play.", "S1 Here.", "S2 May I?", "S3 No.", "T Go."]);
}

#[test]
fn what_a_poem_or_a_plan_has_before_a_colon_is_nobody() {
    all_read(&[
        (
            "words of writing that recur",
            "Teacher: Read it.\nMaya: Here.\nrhyme: cat, hat\nand bat\nrhyme: dog, log\nTeacher: Good.\nMaya: Yes.\n",
            &["T Read it.", "S1 Here. rhyme: cat, hat and bat rhyme: dog, log", "T Good.", "S1 Yes."],
        ),
        (
            "with capitals",
            "Teacher: Read it.\nMaya: Here.\nTitle: Snow\nVerse 1: It falls.\nVerse 2: It melts.\nMain idea: winter\nTeacher: Good.\nMaya: Yes.\n",
            &["T Read it.", "S1 Here. Title: Snow Verse 1: It falls. Verse 2: It melts. Main idea: winter", "T Good.", "S1 Yes."],
        ),
        (
            "a label, and lines that go on",
            "Teacher: What is it?\nmaya: my story\nis about snow\nand ice\nTeacher: Go on.\nTell me.\n",
            &["T What is it?", "S1 my story is about snow and ice", "T Go on. Tell me."],
        ),
        (
            "small letters throughout",
            "teacher: what is it\nmaya: my story\nis about snow\nteacher: go on\nmaya: it\nmelts\n",
            &["T what is it", "S1 my story is about snow", "T go on", "S1 it melts"],
        ),
    ]);
}

#[test]
fn a_talk_on_one_line_has_its_turns() {
    let said = ["T hi.", "S1 hello.", "T What is it?", "S1 My dog."];
    all_read(&[
        ("two who recur", "Teacher: hi. Maya: hello. Teacher: What is it? Maya: My dog.", &said),
        ("titles", "Ms. Lee: hi. Maya: hello. Ms. Lee: What is it? Maya: My dog.", &said),
        ("one who speaks once", "Teacher: hi. Maya: hello. Teacher: What is it?", &said[..3]),
        ("no signs between", "Teacher: hi. Maya: hello. Teacher: so Maya: ok Teacher: good", &["T hi.", "S1 hello.", "T so", "S1 ok", "T good"]),
        ("in brackets", "[Teacher]: hi. [Maya]: hello. [Teacher]: What is it? [Maya]: My dog.", &said),
        ("in bold", "**Teacher:** hi. **Maya:** hello. **Teacher:** What is it? **Maya:** My dog.", &said),
        (
            "times before",
            "[0:01] Teacher: hi. [0:04] Maya: hello. [0:06] Teacher: What is it? [0:09] Maya: My dog.",
            &["T 0:01 hi.", "S1 0:04 hello.", "T 0:06 What is it?", "S1 0:09 My dog."],
        ),
        (
            "times without brackets",
            "0:01 Teacher: hi. 0:04 Maya: hello. 0:06 Teacher: What is it? 0:09 Maya: My dog.",
            &["T 0:01 hi.", "S1 0:04 hello.", "T 0:06 What is it?", "S1 0:09 My dog."],
        ),
        (
            "times behind",
            "Teacher (0:01): hi. Maya (0:04): hello. Teacher (0:06): What is it? Maya (0:09): My dog.",
            &["T 0:01 hi.", "S1 0:04 hello.", "T 0:06 What is it?", "S1 0:09 My dog."],
        ),
        ("under a title", "Conference with Maya\n\nTeacher: hi. Maya: hello. Teacher: What is it? Maya: My dog.\n", &said),
        (
            "a few long lines",
            "Teacher: hi. Maya: hello. Teacher: So?\nMaya: A dog. Teacher: Oh. Maya: Yes.\n",
            &["T hi.", "S1 hello.", "T So?", "S1 A dog.", "T Oh.", "S1 Yes."],
        ),
    ]);
    // What is quoted in a line is said.
    check(
        "Teacher: What then?\nMaya: He said: go. Then she said: no.\nTeacher: Why?\nMaya: She was: sad.\n",
        &["T What then?", "S1 He said: go. Then she said: no.", "T Why?", "S1 She was: sad."],
        &[],
    );
}

#[test]
fn dates_say_when_and_are_not_dropped_unsaid() {
    let said = ["T 0:00 What?", "S1 0:30 My dog.", "T 1:00 Oh."];
    for text in [
        "2026-03-01 10:04:00 Teacher: What?\n2026-03-01 10:04:30 Maya: My dog.\n2026-03-01 10:05:00 Teacher: Oh.\n",
        "[3/1/26, 10:04:00 AM] Teacher: What?\n[3/1/26, 10:04:30 AM] Maya: My dog.\n[3/1/26, 10:05:00 AM] Teacher: Oh.\n",
        "01.03.2026 10:04:00 - Teacher: What?\n01.03.2026 10:04:30 - Maya: My dog.\n01.03.2026 10:05:00 - Teacher: Oh.\n",
        "[10:04:00 AM, 3/1/2026] Teacher: What?\n[10:04:30 AM, 3/1/2026] Maya: My dog.\n[10:05:00 AM, 3/1/2026] Teacher: Oh.\n",
        "Teacher, [01.03.2026 10:04:00]\nWhat?\n\nMaya, [01.03.2026 10:04:30]\nMy dog.\n\nTeacher, [01.03.2026 10:05:00]\nOh.\n",
        "Teacher (2026-03-01 10:04:00): What?\nMaya (2026-03-01 10:04:30): My dog.\nTeacher (2026-03-01 10:05:00): Oh.\n",
    ] {
        let typed = knowing(text, &[], &[]);
        assert_eq!((lines(&typed), left(&typed)), (said.map(str::to_owned).to_vec(), vec![]), "{text}");
        assert_eq!(typed.said_at, Some(SaidAt::Local("2026-03-01T10:04:00".parse().unwrap())), "{text}");
    }
    // The minutes of a clock are no seconds, and the next day is later.
    let chat = "3/1/26, 10:04 AM - Ms. Lee: What?\n3/1/26, 10:06 AM - Maya: My dog.\n3/2/26, 10:04 AM - Ms. Lee: Oh.\n";
    check(chat, &["T 0:00 What?", "S1 2:00 My dog.", "T 24:00:00 Oh."], &[]);
    // What is left of such a line is listed as it is typed, and a day between others is nobody's.
    check(
        "3/1/26, 10:00 AM - Messages are encrypted.\nMarch 1, 2026\n3/1/26, 10:04 AM - Ms. Lee: What?\n3/1/26, 10:06 AM - Maya: My dog.\nMarch 2, 2026\n3/1/26, 10:07 AM - Ms. Lee: Oh.\n",
        &["T 0:00 What?", "S1 2:00 My dog.", "T 3:00 Oh."],
        &["3/1/26, 10:00 AM - Messages are encrypted.", "March 1, 2026", "March 2, 2026"],
    );
    // Over the talk it is listed, and says when too.
    let typed = check("Date: May 3, 2026\n\nT: What?\nS: My dog.\nT: Oh.\n", &["T What?", "S1 My dog.", "T Oh."], &["Date: May 3, 2026"]);
    assert_eq!(typed.said_at, Some(SaidAt::Day("2026-05-03".parse().unwrap())));
}

#[test]
fn a_role_with_a_name_is_who_has_the_name() {
    let said = ["T Hi.", "S1 My dog.", "S2 My cat.", "T Why?", "S1 OK.", "S2 Yes."];
    for (teacher, maya, omar) in [
        ("Teacher", "Student - Maya", "Student - Omar"),
        ("Teacher - Ms. Lee", "Student – Maya", "Student – Omar"),
        ("Teacher (Ms. Lee)", "Student (Maya)", "Student (Omar)"),
        ("Teacher", "S1 – Maya", "S2 – Omar"),
        ("Teacher", "S1 (Maya)", "S2 (Omar)"),
        ("Teacher", "Maya - Student", "Omar - Student"),
        ("Teacher", "Student Maya", "Student Omar"),
        ("Teacher", "Student/Maya", "Student/Omar"),
        ("Teacher", "Maya (S1)", "Omar (S2)"),
        ("Ms. Lee", "Student A (Maya)", "Student B (Omar)"),
    ] {
        let text = format!("{teacher}: Hi.\n{maya}: My dog.\n{omar}: My cat.\n{teacher}: Why?\n{maya}: OK.\n{omar}: Yes.\n");
        let typed = knowing(&text, &[], &[]);
        assert_eq!(lines(&typed), said, "{text}");
        assert_eq!(typed.student_names, ["Maya", "Omar"], "{text}");
        assert!(typed.is_teacher_sure, "{text}");
        // And on lines of their own.
        let alone = format!("{teacher}\nHi.\n\n{maya}\nMy dog.\n\n{omar}\nMy cat.\n\n{teacher}\nWhy?\n\n{maya}\nOK.\n\n{omar}\nYes.\n");
        let typed = knowing(&alone, &[], &[]);
        assert_eq!((lines(&typed), typed.student_names.as_slice()), (said.map(str::to_owned).to_vec(), &["Maya".to_owned(), "Omar".to_owned()][..]), "{alone}");
    }
    // Named once, it is the same child in every line; how something is said names nobody.
    let typed = knowing("Teacher: Hi.\nS1 (Maya): My dog.\nTeacher: Why?\nS1: OK.\nS1 (Maya): Yes.\n", &[], &[]);
    assert_eq!(
        (lines(&typed).as_slice(), typed.student_names.as_slice()),
        (&["T Hi.", "S1 My dog.", "T Why?", "S1 OK.", "S1 Yes."].map(str::to_owned)[..], &["Maya".to_owned()][..])
    );
    let typed = knowing("Teacher: Hi.\nStudent (Quietly): My dog.\nTeacher: Why?\nStudent (Whispering): OK.\n", &[], &[]);
    assert_eq!(typed.student_names, [""]);
    // A name behind a dash in the midst of what is said.
    let dashes = "Teacher - Maya: your turn.\nMaya - My dog.\nTeacher - Why?\nMaya - OK.\nTeacher - Good.\n";
    assert_eq!(lines(&knowing(dashes, &[], &[])), ["T Maya: your turn.", "S1 My dog.", "T Why?", "S1 OK.", "T Good."]);
}

#[test]
fn signs_of_subtitles_and_letters_are_no_words() {
    let said = ["T 0:01 What?", "S1 0:03 My dog.", "T 0:05 Oh."];
    let cues = |one: &str, two: &str, three: &str| {
        format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{one}\n\n00:03.000 --> 00:04.000\n{two}\n\n00:05.000 --> 00:06.000\n{three}\n")
    };
    for (one, two, three) in [
        ("<v.loud Ms. Lee>What?", "<v.first.loud Esme>My dog.</v>", "<v Ms. Lee>Oh."),
        ("<v\tMs. Lee>What?</v>", "<v Esme><i>My</i> dog.</v>", "<v.loud Ms. Lee><c.yellow>Oh.</c></v>"),
        ("{\\an8}<i>Teacher: What?</i>", "{\\an8}Esme: My {\\i1}dog{\\i0}.", "<b>Teacher:</b> Oh."),
        ("<font color=\"#fff\">Teacher:</font> What?", "<b>Esme</b>: My dog.", "**Teacher:** Oh."),
    ] {
        let typed = knowing(&cues(one, two, three), &[], &[]);
        assert_eq!((lines(&typed), left(&typed)), (said.map(str::to_owned).to_vec(), vec![]), "{one}");
    }
    let typed = knowing(
        "WEBVTT\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:fred\nwidth:40%\n\nNOTE not sure\n00:01.000 --> 00:02.000 position:10%,line-left align:left size:35%\nTeacher: What?\n\nopening\n00:03.000 --> 00:04.000 line:-1\nEsme: My dog.\n\nNOTE\nmore\n\nthe end\n00:05.000 --> 00:06.000\nTeacher: Oh.\n",
        &[],
        &[],
    );
    assert_eq!(lines(&typed), said);
    assert_eq!(
        left(&typed),
        ["Kind: captions", "STYLE", "::cue { color: red }", "REGION", "id:fred", "width:40%", "NOTE not sure", "opening", "NOTE", "more", "the end"]
    );
    let plain = ["T What?", "S1 My dog.", "T Oh."];
    for text in [
        "<b>Teacher:</b> What?\n<b>Maya:</b> My dog.\n<b>Teacher:</b> Oh.\n",
        "<strong>Teacher</strong>: What?<br><strong>Maya</strong>: My dog.<br/><strong>Teacher</strong>: Oh.",
        "Talk\n\n<b>Teacher:</b> What?\n<b>Maya:</b> My dog.\n<b>Teacher:</b> Oh.\n",
        "**Teacher:** What?\n**Maya:** My dog.\n**Teacher:** Oh.\n",
        "**Teacher**: What?\n\n**Maya**: My dog.\n\n**Teacher**: Oh.\n",
        "***Teacher:*** What?\n***Maya:*** My dog.\n***Teacher:*** Oh.\n",
        "__Teacher:__ What?\n__Maya:__ My dog.\n__Teacher:__ Oh.\n",
        "*Teacher:* What?\n*Maya:* My dog.\n*Teacher:* Oh.\n",
        "> **Teacher:** What?\n> **Maya:** My dog.\n> **Teacher:** Oh.\n",
    ] {
        assert_eq!(lines(&knowing(text, &[], &[])), plain, "{text}");
    }
}

#[test]
fn what_programs_export() {
    let timed = ["T 0:01 What is it?", "S1 0:04 My dog.", "T 0:09 Why?", "S1 0:12 He ran."];
    let plain = ["T What is it?", "S1 My dog.", "T Why?", "S1 He ran."];
    all_read(&[
        ("Otter with speaker lines", "Ms. Lee 0:01\nWhat is it?\n\nmaya 0:04\nMy dog.\n\nMs. Lee 0:09\nWhy?\n\nmaya 0:12\nHe ran.\n", &timed),
        (
            "Zoom's saved transcript",
            "[Ms. Lee] 00:00:01\nWhat is it?\n\n[maya rodriguez] 00:00:04\nMy dog.\n\n[Ms. Lee] 00:00:09\nWhy?\n\n[maya rodriguez] 00:00:12\nHe ran.\n",
            &timed,
        ),
        (
            "Teams' Word file",
            "Ms. Lee   0:01\nWhat is it?\n\nRodriguez, Maya   0:04\nMy dog.\n\nMs. Lee   0:09\nWhy?\n\nRodriguez, Maya   0:12\nHe ran.\n",
            &timed,
        ),
        ("Rev", "Ms. Lee (00:01):\nWhat is it?\n\nMaya (00:04):\nMy dog.\n\nMs. Lee (00:09):\nWhy?\n\nMaya (00:12):\nHe ran.\n", &timed),
        (
            "Descript",
            "**Ms. Lee:** [00:00:01] What is it?\n\n**Maya:** [00:00:04] My dog.\n\n**Ms. Lee:** [00:00:09] Why?\n\n**Maya:** [00:00:12] He ran.\n",
            &timed,
        ),
        ("Sonix", "[00:00:01]\nMs. Lee: What is it?\n\n[00:00:04]\nMaya: My dog.\n\n[00:00:09]\nMs. Lee: Why?\n\n[00:00:12]\nMaya: He ran.\n", &timed),
        ("Fireflies", "Ms. Lee - 00:01\nWhat is it?\n\nMaya - 00:04\nMy dog.\n\nMs. Lee - 00:09\nWhy?\n\nMaya - 00:12\nHe ran.\n", &timed),
        (
            "noScribe",
            "Transcribed with noScribe vers. 0.6\n\nLee: [00:00:01] What is it? Why?\n\nMaya: [00:00:04] My dog.\n\nLee: [00:00:09] Why? What else? How?\n\nMaya: [00:00:12] He ran.\n",
            &["T 0:01 What is it? Why?", "S1 0:04 My dog.", "T 0:09 Why? What else? How?", "S1 0:12 He ran."],
        ),
        (
            "WhisperX",
            "[SPEAKER_00]: What is it? Tell me more.\n[SPEAKER_01]: My dog.\n[SPEAKER_00]: Why? What else?\n[SPEAKER_01]: He ran.\n",
            &["T What is it? Tell me more.", "S1 My dog.", "T Why? What else?", "S1 He ran."],
        ),
        (
            "WhisperX subtitles",
            "1\n00:00:01,000 --> 00:00:03,000\n[SPEAKER_00]: What is it? Tell me more.\n\n2\n00:00:04,000 --> 00:00:06,000\n[SPEAKER_01]: My dog.\n\n3\n00:00:09,000 --> 00:00:10,000\n[SPEAKER_00]: Why? What else?\n",
            &["T 0:01 What is it? Tell me more.", "S1 0:04 My dog.", "T 0:09 Why? What else?"],
        ),
        (
            "f4",
            "T: What is it? #00:00:01-2#\n\nM: My dog. #00:00:04-0#\n\nT: Why? #00:00:09-0#\n\nM: He ran. #00:00:12-0#\n",
            &["T What is it?", "S1 0:01 My dog.", "T 0:04 Why?", "S1 0:09 He ran."],
        ),
        ("MAXQDA", "T: #00:00:01-2# What is it?\nM: #00:00:04-0# My dog.\nT: #00:00:09-0# Why?\nM: #00:00:12-0# He ran.\n", &timed),
        (
            "ELAN text with tabs",
            "Teacher\t00:00:01.000\t00:00:03.000\tWhat is it?\nMaya\t00:00:04.000\t00:00:06.000\tMy dog.\nTeacher\t00:00:09.000\t00:00:10.000\tWhy?\nMaya\t00:00:12.000\t00:00:13.000\tHe ran.\n",
            &timed,
        ),
        (
            "CLAN",
            "@UTF8\n@Begin\n@Languages:\teng\n@Participants:\tTEA Teacher, CHI Maya Child\n@ID:\teng|x|CHI|||||Child|||\n*TEA:\twhat is it ?\n*CHI:\tmy dog .\n%mor:\tdet|my n|dog .\n*TEA:\twhy ?\n*CHI:\the ran .\n@End\n",
            &["T what is it ?", "S1 my dog .", "T why ?", "S1 he ran ."],
        ),
        (
            "TSV with columns",
            "start\tend\tspeaker\ttext\n1.0\t3.0\tTeacher\tWhat is it?\n4.0\t6.0\tMaya\tMy dog.\n9.0\t10.0\tTeacher\tWhy?\n12.0\t13.0\tMaya\tHe ran.\n",
            &timed,
        ),
        (
            "CSV with columns",
            "start,end,speaker,text\n1.0,3.0,Teacher,What is it?\n4.0,6.0,Maya,My dog.\n9.0,10.0,Teacher,Why?\n12.0,13.0,Maya,He ran.\n",
            &timed,
        ),
        (
            "CSV of a meeting",
            "\"Timestamp\",\"Speaker\",\"Transcript\"\n\"00:00:01\",\"Teacher\",\"What is it?\"\n\"00:00:04\",\"Maya\",\"My dog.\"\n\"00:00:09\",\"Teacher\",\"Why?\"\n\"00:00:12\",\"Maya\",\"He ran.\"\n",
            &timed,
        ),
        (
            "Markdown table",
            "| Time | Speaker | Text |\n| --- | --- | --- |\n| 0:01 | Teacher | What is it? |\n| 0:04 | Maya | My dog. |\n| 0:09 | Teacher | Why? |\n| 0:12 | Maya | He ran. |\n",
            &timed,
        ),
        ("Google Docs voice typing", "Teacher: What is it?\nMaya: My dog.\nTeacher: Why?\nMaya: He ran.\n", &plain),
        (
            "Google Meet",
            "00:00:00\n\nMs. Lee: What is it?\nMaya: My dog.\n\n00:05:00\n\nMs. Lee: Why?\nMaya: He ran.\n\nTranscription ended after 00:06:00\n",
            &["T 0:00 What is it?", "S1 My dog.", "T 5:00 Why?", "S1 He ran."],
        ),
        ("a script of a film", "TEACHER\n        What is it?\n\nMAYA\n        My dog.\n\nTEACHER\n        Why?\n\nMAYA\n        He ran.\n", &plain),
        (
            "Slack",
            "Ms. Lee  10:04 AM\nWhat is it?\nMaya  10:05 AM\nMy dog.\nMs. Lee  10:06 AM\nWhy?\nMaya  10:07 AM\nHe ran.\n",
            &["T 0:00 What is it?", "S1 1:00 My dog.", "T 2:00 Why?", "S1 3:00 He ran."],
        ),
    ]);
}

#[test]
fn what_people_type() {
    let plain = ["T What is it?", "S1 My dog.", "T Why?", "S1 He ran."];
    all_read(&[
        ("initials", "T: What is it?\nS: My dog.\nT: Why?\nS: He ran.\n", &plain),
        ("initials with points", "T. What is it?\nS. My dog.\nT. Why?\nS. He ran.\n", &plain),
        ("me and her", "Me: What is it?\nHer: My dog.\nMe: Why?\nHer: He ran.\n", &plain),
        ("I and M", "me - What is it?\nmaya - My dog.\nme - Why?\nmaya - He ran.\n", &plain),
        ("arrows", "Teacher -> What is it?\nMaya -> My dog.\nTeacher -> Why?\nMaya -> He ran.\n", &plain),
        ("angles", "<Teacher> What is it?\n<Maya> My dog.\n<Teacher> Why?\n<Maya> He ran.\n", &plain),
        ("a stroke", "Teacher | What is it?\nMaya | My dog.\nTeacher | Why?\nMaya | He ran.\n", &plain),
        ("a space before", "Teacher : What is it?\nMaya : My dog.\nTeacher : Why?\nMaya : He ran.\n", &plain),
        ("numbers of turns", "1) Teacher: What is it?\n2) Maya: My dog.\n3) Teacher: Why?\n4) Maya: He ran.\n", &plain),
        ("numbers in brackets", "(1) Teacher: What is it?\n(2) Maya: My dog.\n(3) Teacher: Why?\n(4) Maya: He ran.\n", &plain),
        ("line numbers", "001 Teacher: What is it?\n002 Maya: My dog.\n003 Teacher: Why?\n004 Maya: He ran.\n", &plain),
        ("hanging tabs", "Teacher:\tWhat\n\tis it?\nMaya:\tMy dog.\nTeacher:\tWhy?\nMaya:\tHe\n\tran.\n", &plain),
        ("a name of six words", "Teacher: What is it?\nAna María de la Cruz Gómez: My dog.\nTeacher: Why?\nAna María de la Cruz Gómez: He ran.\n", &plain),
        ("a name from right to left", "מורה: What is it?\nנועה: My dog.\nמורה: Why?\nנועה: He ran.\n", &plain),
        (
            "marks of direction",
            "\u{202b}المعلمة\u{202c}: What is it?\n\u{202b}سامي\u{202c}: My dog.\n\u{202b}المعلمة\u{202c}: Why?\n\u{202b}سامي\u{202c}: He ran.\n",
            &plain,
        ),
        ("a name with a hyphen and an apostrophe", "Teacher: What is it?\nJean-Luc D'Angelo: My dog.\nTeacher: Why?\nJean-Luc D'Angelo: He ran.\n", &plain),
        ("pronouns", "Teacher (she/her): What is it?\nMaya (they/them): My dog.\nTeacher (she/her): Why?\nMaya (they/them): He ran.\n", &plain),
        ("capitals", "TEACHER: What is it?\nMAYA R.: My dog.\nTEACHER: Why?\nMAYA R.: He ran.\n", &plain),
        ("bullets", "• Teacher: What is it?\n• Maya: My dog.\n• Teacher: Why?\n• Maya: He ran.\n", &plain),
        ("bullets within bullets", "- Teacher: What is it?\n  - Maya: My dog.\n- Teacher: Why?\n  - Maya: He ran.\n", &plain),
        ("a blank line between all", "Teacher: What is it?\n\n\nMaya: My dog.\n\n\nTeacher: Why?\n\n\nMaya: He ran.\n", &plain),
        ("headings", "## Teacher\nWhat is it?\n## Maya\nMy dog.\n## Teacher\nWhy?\n## Maya\nHe ran.\n", &plain),
        ("emoji", "👩‍🏫 Teacher: What is it?\n🧒 Maya: My dog.\n👩‍🏫 Teacher: Why?\n🧒 Maya: He ran.\n", &plain),
        (
            "quotation marks",
            "Teacher: \"What is it?\"\nMaya: \"My dog.\"\nTeacher: \"Why?\"\nMaya: \"He ran.\"\n",
            &["T \"What is it?\"", "S1 \"My dog.\"", "T \"Why?\"", "S1 \"He ran.\""],
        ),
    ]);
}

/// A page of so many lines of a kind that made each line look at all others.
fn page_of(kind: usize, count: usize) -> String {
    // Letters alone: "aaab".
    let word = |mut number: usize| {
        let mut word = String::new();
        for _ in 0..5 {
            word.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
            number /= 26;
        }
        word
    };
    let line = |at: usize| match kind {
        0 => format!("{}: {}\n", if at.is_multiple_of(2) { "Teacher" } else { "maya" }, word(at)),
        // Each named once, in small letters, and lines that go on.
        1 => format!("{}: hello\n", if at.is_multiple_of(3) { "Teacher".to_owned() } else { word(at) }),
        2 => format!("Name{}: hello\nand more\n", word(at / 2)),
        3 => format!("Teacher {}: hello\n", word(at)),
        4 => format!("{}\n0:05\nhello there\n\n", word(at / 3)),
        5 => format!("[0:0{}] Ms. {}: hi\n", at % 7, word(at / 2)),
        6 => format!("{}: hi. ", if at.is_multiple_of(2) { "Teacher".to_owned() } else { format!("Name{}", word(at / 4)) }),
        7 => format!("Teacher - Name{}: hi\n", word(at)),
        8 => "<v ".to_owned() + &word(at) + "> a < b & c",
        _ => format!("{}\n\n", word(at % 50)),
    };
    let head = if kind == 8 { "00:01.000 --> 00:02.000\n" } else { "" };
    head.to_owned() + &(0..count).map(line).collect::<String>()
}

#[test]
fn a_very_long_page_is_read_as_fast_as_its_lines_are_many() {
    // Built unoptimised or not, alone or beside others: a page eight times as long takes about eight times as long, not sixty.
    for kind in 0..10 {
        let took = |count: usize| {
            let page = page_of(kind, count);
            let begun = std::time::Instant::now();
            read_bytes(page.as_bytes(), &Known::default(), None).ok();
            begun.elapsed().as_secs_f64()
        };
        took(10);
        let small = (0..2).map(|_| took(500)).fold(f64::MAX, f64::min).max(0.01);
        let large = took(4_000);
        println!("kind {kind}: {small:.3} s for 500 lines, {large:.3} s for 4,000");
        assert!(large < small * 24.0, "kind {kind}: {small:.3} s for 500 lines, {large:.3} s for 4,000");
    }
}
