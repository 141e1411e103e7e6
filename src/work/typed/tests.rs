//! Every layout people bring, with names, numbers of speakers and mess of its own; and that no word of any text is lost.

use super::*;
use proptest::prelude::*;

pub(super) fn knowing(text: &str, teachers: &[&str], students: &[&str]) -> Typed {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    read_bytes(text.as_bytes(), &Known { teachers: own(teachers), students: own(students) }, None).unwrap_or_else(|err| panic!("{err}: {text}"))
}

/// Who says what, a line each: `teacher 0:01 What now?`.
pub(super) fn lines(typed: &Typed) -> Vec<String> {
    let line = |turn: &Turn| {
        let at = if typed.times.binary_search(&turn.span.start()).is_ok() { format!(" {}", turn.span.start().clock()) } else { String::new() };
        let who = turn.speaker.key().replace("teacher", "T").replace("student", "S");
        format!("{who}{at} {}", typed.transcript.text(&turn.words))
    };
    typed.turns.iter().map(line).collect()
}

pub(super) fn left(typed: &Typed) -> Vec<&str> {
    typed.leftovers.iter().map(|one| one.text.as_str()).collect()
}

/// Reads it, and compares who says what, and what is left.
pub(super) fn check(text: &str, expected: &[&str], leftovers: &[&str]) -> Typed {
    let typed = knowing(text, &[], &[]);
    assert_eq!(lines(&typed), expected, "{text}\nleft: {:?}", left(&typed));
    assert_eq!(left(&typed), leftovers, "{text}");
    // With the line ends of Windows, a mark at the beginning, and spaces behind, it is the same.
    let windows = format!("\u{feff}{}", text.replace('\n', " \r\n"));
    assert_eq!(lines(&knowing(&windows, &[], &[])), expected, "{windows:?}");
    typed
}

#[test]
fn lines_with_labels_in_any_case() {
    check(
        "[0:01] Ms Lee: What are you writing about?\n[0:04] maya: I wrote about my bike.\n[0:08] Ms Lee: Tell me more.\n[0:11] maya: I fell off.\n",
        &["T 0:01 What are you writing about?", "S1 0:04 I wrote about my bike.", "T 0:08 Tell me more.", "S1 0:11 I fell off."],
        &[],
    );
    check(
        "Teacher: What are you writing about?\nMaya: I wrote about my bike: the red one.\nTeacher: Remember: show, don't tell.\nAnd another thing: use your senses.\nMaya: (laughs) OK\n[pause]\nMaya: [whispering] I can do that.\n",
        &[
            "T What are you writing about?",
            "S1 I wrote about my bike: the red one.",
            "T Remember: show, don't tell. And another thing: use your senses.",
            "S1 (laughs) OK",
            "S1 [whispering] I can do that.",
        ],
        &["[pause]"],
    );
    check(
        "MRS. ORTEGA: How's it going, DeShawn?\nDESHAWN: good\nMRS. ORTEGA: What's your lead?\nDESHAWN: um it's a question\n",
        &["T How's it going, DeShawn?", "S1 good", "T What's your lead?", "S1 um it's a question"],
        &[],
    );
    // A page of initials, and a child who speaks once.
    check(
        "JK: What now?\nam: I don't know.\nJK: Look again.\nam: Oh.\nJK: See?\n",
        &["T What now?", "S1 I don't know.", "T Look again.", "S1 Oh.", "T See?"],
        &[],
    );
    check("Teacher: Who begins?\nOmar: I do.\nTeacher: Then?\nZoë: Me.\n", &["T Who begins?", "S1 I do.", "T Then?", "S2 Me."], &[]);
    let typed = check("t: hi\ns: hello\nT: so?\nS: so.\n", &["T hi", "S1 hello", "T so?", "S1 so."], &[]);
    assert!(typed.is_teacher_sure);
}

#[test]
fn a_child_in_small_letters_who_speaks_once_is_somebody_where_every_line_has_a_name() {
    check("Ms Lee: What are you working on?\nmaya: a poem\nMs Lee: Nice.\n", &["T What are you working on?", "S1 a poem", "T Nice."], &[]);
    check("teacher: hi\nomar b: hi\nteacher: so?\nteacher: go on\n", &["T hi", "S1 hi", "T so?", "T go on"], &[]);
    // Lines that go on have none: what stands before a colon there may as well be said.
    check(
        "Ms Lee: I have two ideas.\nrhyme: words that sound alike\nand rhythm\nMs Lee: Try one.\n",
        &["T I have two ideas. rhyme: words that sound alike and rhythm", "T Try one."],
        &[],
    );
    check("Ms Lee: Two things.\nremember: ask\nMs Lee: Try one.\n", &["T Two things. remember: ask", "T Try one."], &[]);
}

#[test]
fn names_with_titles_initials_accents_and_several_words() {
    let typed = check(
        "Dr. J. O'Brien-Núñez: What's new?\nAna María de la Cruz: My story.\nDr. J. O'Brien-Núñez: Go on.\nAna María de la Cruz: It has a dog.\nJ. R.: Mine too.\n",
        &["T What's new?", "S1 My story.", "T Go on.", "S1 It has a dog.", "S2 Mine too."],
        &[],
    );
    assert_eq!(typed.student_names, ["Ana María de la Cruz", "J. R."]);
    check(
        "the boy in the red shirt: I did it.\nMs. P: You did?\nthe boy in the red shirt: Yes.\nMs. P: How?\nthe boy in the red shirt: Slowly.\n",
        &["S1 I did it.", "T You did?", "S1 Yes.", "T How?", "S1 Slowly."],
        &[],
    );
    let typed = knowing("Kim (Teacher): Go.\nLee (she/her): OK.\nKim (Teacher): And?\nLee (she/her): Done.\n", &[], &[]);
    assert_eq!(lines(&typed), ["T Go.", "S1 OK.", "T And?", "S1 Done."]);
    assert_eq!(typed.student_names, ["Lee"]);
}

#[test]
fn labels_of_other_scripts_and_signs() {
    check(
        "老师：你在写什么？\n小明：我在写我的狗。\n老师：告诉我更多。\n小明：它很大。\n",
        &["T 你在写什么？", "S1 我在写我的狗。", "T 告诉我更多。", "S1 它很大。"],
        &[],
    );
    check(
        "先生：何を書いていますか？\nゆき：犬のことです。\n先生：それから？\nゆき：おわり。\n",
        &["T 何を書いていますか？", "S1 犬のことです。", "T それから？", "S1 おわり。"],
        &[],
    );
    check(
        "Учительница: О чём ты пишешь?\nмиша: О собаке.\nУчительница: Расскажи.\nмиша: Она большая.\n",
        &["T О чём ты пишешь?", "S1 О собаке.", "T Расскажи.", "S1 Она большая."],
        &[],
    );
    check("المعلمة: ماذا تكتب؟\nسامي: عن كلبي.\nالمعلمة: أخبرني.\nسامي: هو كبير.\n", &["T ماذا تكتب؟", "S1 عن كلبي.", "T أخبرني.", "S1 هو كبير."], &[]);
    check("המורה: על מה אתה כותב?\nדן: על הכלב.\nהמורה: ספר לי.\nדן: הוא גדול.\n", &["T על מה אתה כותב?", "S1 על הכלב.", "T ספר לי.", "S1 הוא גדול."], &[]);
    check(
        "Maîtresse : Qu'est-ce que tu écris ?\nÉlodie : Un poème.\nMaîtresse : Lis-le.\nÉlodie : D'accord.\n",
        &["T Qu'est-ce que tu écris ?", "S1 Un poème.", "T Lis-le.", "S1 D'accord."],
        &[],
    );
}

#[test]
fn marks_lists_tables_and_dashes() {
    check("- **T:** Hi.\n- **S:** Hello.\n- **T:** So?\n", &["T Hi.", "S1 Hello.", "T So?"], &[]);
    check("**Ms. Roy** (0:03): Hi.\n\n**Leo** (0:05): Hello.\n\n**Ms. Roy** (0:07): So?\n", &["T 0:03 Hi.", "S1 0:05 Hello.", "T 0:07 So?"], &[]);
    check("T - Hi.\nS – Hello.\nT — So?\n", &["T Hi.", "S1 Hello.", "T So?"], &[]);
    check(
        "| Speaker | Text |\n|---|---|\n| Teacher | What now? |\n| Ivy | A poem. |\n| Teacher | Read it. |\n",
        &["T What now?", "S1 A poem.", "T Read it."],
        &["| Speaker | Text |"],
    );
    check(
        "Time\tSpeaker\tText\n0:01\tMs Kay\tWhat now?\n0:03\tIvy\tA poem.\n0:06\tMs Kay\tRead it.\n",
        &["T 0:01 What now?", "S1 0:03 A poem.", "T 0:06 Read it."],
        &["Time\tSpeaker\tText"],
    );
    check("1. Teacher: What now?\n2. Ivy: A poem.\n3. Teacher: Read it.\n", &["T What now?", "S1 A poem.", "T Read it."], &[]);
    check("01 T: what now\n02 L: a poem\n03 T: read it\n04 L: okay\n", &["T what now", "S1 a poem", "T read it", "S1 okay"], &[]);
    check(
        "[Teacher] What now?\n[Ivy] A poem.\n[laughs]\n[Teacher] Read it.\n[Ivy] Okay.\n",
        &["T What now?", "S1 A poem.", "T Read it.", "S1 Okay."],
        &["[laughs]"],
    );
    check(">> TEACHER: What now?\n>> IVY: A poem.\n>> TEACHER: Read it.\n", &["T What now?", "S1 A poem.", "T Read it."], &[]);
}

#[test]
fn what_has_a_colon_and_is_no_name() {
    check(
        "Meeting transcript\nDate: May 3\nGrade: 4\n\nMs Lee: Look at this: https://example.org/poem and at 10:30 we stop.\nTheo: My title is Dogs: A Story.\nSo: it has two parts.\nMs Lee: Note: writers do that.\nNote: a bell rings here\nTheo: Why?\n",
        &[
            "T Look at this: https://example.org/poem and at 10:30 we stop.",
            "S1 My title is Dogs: A Story. So: it has two parts.",
            "T Note: writers do that.",
            "S1 Why?",
        ],
        &["Meeting transcript", "Date: May 3", "Grade: 4", "Note: a bell rings here"],
    );
    check(
        "T: How's it\ngoing today?\nRemember: it is early.\n(a bell rings)\n\nS: Fine.\nT: Good.",
        &["T How's it going today? Remember: it is early.", "S1 Fine.", "T Good."],
        &["(a bell rings)"],
    );
    check(
        "Mr. Diaz: Read it.\nPriya: He said: go away.\nThen she said: no.\nAnd then he said: fine.\nMr. Diaz: What happens next?\nPriya: They go.\nhttps://example.org\n",
        &["T Read it.", "S1 He said: go away. Then she said: no. And then he said: fine.", "T What happens next?", "S1 They go."],
        &["https://example.org"],
    );
}

#[test]
fn names_on_lines_of_their_own() {
    check(
        "TEACHER\nWhat are you working on?\n\nMAYA\nA poem.\nIt has rain.\n\nTEACHER\nRead it.\n\nMAYA\nYeah\n",
        &["T What are you working on?", "S1 A poem. It has rain.", "T Read it.", "S1 Yeah"],
        &[],
    );
    check(
        "Conference notes\n\nMs. Fox:\nWhat now?\n\nLi Wei:\nA poem.\n\nMs. Fox:\nRead it.\n",
        &["T What now?", "S1 A poem.", "T Read it."],
        &["Conference notes"],
    );
    check("Ms. Fox\nWhat now?\nli\nNo\nMs. Fox\nWhy?\nli\nNo\n", &["T What now?", "S1 No", "T Why?", "S1 No"], &[]);
}

#[test]
fn times_before_behind_and_in_every_form() {
    for text in [
        "[0:05] T: One two.\n[0:09] S: Three.",
        "0:05 T: One two.\n0:09 S: Three.",
        "T (0:05): One two.\nS (0:09): Three.",
        "T: [0:05] One two.\nS: [00:00:09] Three.",
        "0:05 - T: One two.\n0:09 - S: Three.",
        "T 0:05: One two.\nS 0:09: Three.",
        "[00:00:05.000 --> 00:00:08.000] T: One two.\n[00:00:09.000 --> 00:00:10.000] S: Three.",
        "T  0:05  One two.\nS  0:09  Three.",
        "T: 0:05 One two.\nS: 0:09 Three.",
        "T: One two. [0:05]\nS: Three. [0:09]",
        "#00:00:05-0# T: One two.\n#00:00:09-0# S: Three.",
        "T\t0:05\tOne two.\nS\t0:09\tThree.",
        "(0:05)\nT: One two.\n(0:09)\nS: Three.",
    ] {
        let typed = read_typed(text).unwrap_or_else(|err| panic!("{err}: {text}"));
        assert!(typed.timed, "{text}");
        assert_eq!(lines(&typed), ["T 0:05 One two.", "S1 0:09 Three."], "{text}");
    }
    let none = read_typed("T: One.\nS: Two.").unwrap();
    assert!(!none.timed && none.times.is_empty());
    // Times that go back are no times.
    let back = read_typed("[0:05] T: One.\n[0:02] S: Two.\n[0:09] T: Three.").unwrap();
    assert_eq!(lines(&back), ["T 0:05 One.", "S1 Two.", "T 0:09 Three."]);
}

#[test]
fn pages_as_people_make_them() {
    // Two columns of dashes, notes in between, a child with no capital, a stage direction.
    check(
        "Conference with Ravi — Tuesday\nGenre: memoir\n\nMrs. Bell: What's the heart of it?\nravi: um. my grandpa\n\n(ravi looks out of the window)\n\nMrs. Bell: Your grandpa: tell me about him.\nravi: he had a boat: a red one.\nhe took me fishing\nevery summer.\n\nMrs. Bell: Write that.\n",
        &[
            "T What's the heart of it?",
            "S1 um. my grandpa",
            "T Your grandpa: tell me about him.",
            "S1 he had a boat: a red one. he took me fishing every summer.",
            "T Write that.",
        ],
        &["Conference with Ravi — Tuesday", "Genre: memoir", "(ravi looks out of the window)"],
    );
    // A table of four, one of whom speaks once; two share a first letter.
    check(
        "Teacher: Who wants to start?\nAnna: Me.\nAmir: No, me!\nTeacher: Anna first.\nAnna: It is about a cat.\nBo: I have a cat.\nAmir: I have two.\nTeacher: Cats, then.\n",
        &["T Who wants to start?", "S1 Me.", "S2 No, me!", "T Anna first.", "S1 It is about a cat.", "S3 I have a cat.", "S2 I have two.", "T Cats, then."],
        &[],
    );
    // How it is said stands with what is said.
    check(
        "Ms Ng (smiling): So?\nJo (quietly): It's about my mom.\nMs Ng: Your mom.\nJo (louder): Yes.\n",
        &["T (smiling) So?", "S1 (quietly) It's about my mom.", "T Your mom.", "S1 (louder) Yes."],
        &[],
    );
    // Questions and answers.
    check(
        "Q: What is your piece about?\nA: My dog.\nQ: Why your dog?\nA: He is funny.\nQ: Show me where.\nA: Here.\n",
        &["T What is your piece about?", "S1 My dog.", "T Why your dog?", "S1 He is funny.", "T Show me where.", "S1 Here."],
        &[],
    );
    // Pasted from a chat: names in bold, times in brackets behind, blank lines everywhere.
    check(
        "\n\n**Ms. Okafor** [10:02]\n\nWhat did you try today?\n\n\n**Tomás** [10:03]\n\nI tried a list.\n\n**Ms. Okafor** [10:03]\n\nOf what?\n\n**Tomás** [10:04]\n\nSmells.\n",
        &["T 10:02 What did you try today?", "S1 10:03 I tried a list.", "T Of what?", "S1 10:04 Smells."],
        &[],
    );
    // Old line ends of Macs, and what Word puts for Shift+Enter.
    assert_eq!(lines(&knowing("T: Hi.\rS: Hello.\rT: So?", &[], &[])), ["T Hi.", "S1 Hello.", "T So?"]);
    assert_eq!(lines(&knowing("T: Hi.\u{b}S: Hello.\u{b}T: So?\u{b}and then?", &[], &[])), ["T Hi.", "S1 Hello.", "T So? and then?"]);
    // Copied from a terminal, with its colours and a link; and signs that were commands once.
    check(
        "\u{1b}[1;34mMs. Lee\u{1b}[0m: What \u{1b}[3mnow\u{1b}[23m?\n\u{1b}[32mmaya:\u{1b}[0m My \u{1b}]8;;http://a.b/\u{1b}\\bike\u{1b}]8;;\u{1b}\\.\nMs.\u{8} Lee\u{0}: And?\n\u{1f}maya\u{fffe}: That is it.\n",
        &["T What now?", "S1 My bike.", "T And?", "S1 That is it."],
        &[],
    );
    // Hours, parts of seconds, ranges.
    check(
        "[01:00:05.120 - 01:00:07.900] Coach Ray: Go on.\n[01:00:08.000 - 01:00:09.000] Mei-Ling: I will.\n[01:00:09.500 - 01:00:11.000] Coach Ray: Good?\n",
        &["T 1:00:05 Go on.", "S1 1:00:08 I will.", "T 1:00:09 Good?"],
        &[],
    );
    // A name behind "Speaker", letters for students.
    check(
        "Teacher: Well?\nStudent A: Fine.\nStudent B: Me too.\nTeacher: Good.\nStudent A: Yes.\n",
        &["T Well?", "S1 Fine.", "S2 Me too.", "T Good.", "S1 Yes."],
        &[],
    );
}

#[test]
fn who_is_there_may_stand_over_the_talk() {
    let typed = check(
        "Transcript of conference\nStudent: Luca B.\nTeacher: Dana Romano\nDate: 10/12\n\nDana: Ciao Luca. What's up?\nLuca: I finished.\nDana: You finished!\nLuca: \"And so: home.\"\n",
        &["T Ciao Luca. What's up?", "S1 I finished.", "T You finished!", "S1 \"And so: home.\""],
        &["Transcript of conference", "Student: Luca B.", "Teacher: Dana Romano", "Date: 10/12"],
    );
    assert!(typed.is_teacher_sure);
    check(
        "Students: Ida, Leo and Pia\n\nRae: Hi all.\nIda: Hi.\nRae: Who's first?\nLeo: Me.\n",
        &["T Hi all.", "S1 Hi.", "T Who's first?", "S2 Me."],
        &["Students: Ida, Leo and Pia"],
    );
    // The first who speaks is no title.
    check("Student: I'm done.\nTeacher: So soon?\nStudent: Yes.\n", &["S1 I'm done.", "T So soon?", "S1 Yes."], &[]);
}

#[test]
fn a_text_without_speakers_is_refused() {
    for text in ["", "Once upon a time\nthere was a wolf\nand a goat.", "\0\u{1}\u{2}", "a: b", "{\"turns\": 5}", "[]", "WEBVTT\n"] {
        assert_eq!(read_bytes(text.as_bytes(), &Known::default(), None).unwrap_err().kind, ErrorKind::NotATranscript, "{text}");
    }
}

#[test]
fn who_is_the_teacher_is_known_or_asked() {
    let sure = |text: &str, teachers: &[&str], students: &[&str]| {
        let typed = knowing(text, teachers, students);
        let teacher = typed.speakers.iter().find(|one| one.role == Speaker::Teacher).map(|one| one.label.clone());
        (teacher.unwrap_or_default(), typed.is_teacher_sure)
    };
    let names = "Dana: Hi Sky.\nSky: Hi Dana.\nDana: So.\nSky: So.\n";
    assert!(!sure(names, &[], &[]).1, "two names alone say nothing");
    assert_eq!(sure(names, &["Sky Walker"], &[]), ("Sky".into(), true));
    assert_eq!(sure(names, &[], &["Dana K."]), ("Sky".into(), true));
    assert_eq!(sure(names, &[], &["Sky"]), ("Dana".into(), true));
    assert!(!sure(names, &[], &["Sky", "Dana"]).1);
    let asks = "Speaker 2: Mine.\nSpeaker 1: What are you working on? How is it going?\nSpeaker 2: A poem.\nSpeaker 1: Tell me more. Why rain?\nSpeaker 2: It drips.\nSpeaker 1: What else?\n";
    assert_eq!(sure(asks, &[], &[]), ("Speaker 1".into(), true), "nobody else asks");
    assert!(!sure("S1: Hi.\nS2: Hi.\nS1: So.\nS2: So.\n", &[], &[]).1);
    assert!(!sure("Ms. A: Hi.\nMr. B: Hi.\nMs. A: So?\nMr. B: So.\n", &[], &[]).1, "two with a title");
    // What somebody said counts.
    let told = |told: TeacherChoice| lines(&read_bytes(names.as_bytes(), &Known::default(), Some(&told)).unwrap());
    assert_eq!(told(TeacherChoice::Teacher("sky".into())), ["S1 Hi Sky.", "T Hi Dana.", "S1 So.", "T So."]);
    assert_eq!(told(TeacherChoice::NoTeacher), ["S1 Hi Sky.", "S2 Hi Dana.", "S1 So.", "S2 So."]);
    // And there is something to tell by.
    let asked = knowing(names, &[], &[]);
    assert_eq!(asked.speakers.iter().map(|one| (one.label.as_str(), one.turns, one.first_lines.len())).collect::<Vec<_>>(), [("Dana", 2, 2), ("Sky", 2, 2)]);
    assert_eq!(asked.voices.teacher_known, TeacherKnown::Guessed);
    assert_eq!(knowing("Ms Lee: Hi.\nMAYA: Hi.\nMs Lee: So?\nMAYA: So.\n", &[], &["Maya Rodriguez"]).student_names, ["Maya Rodriguez"]);
}

#[test]
fn what_our_own_text_says_meanwhile_is_said() {
    check(
        "Writing conference with Maya\nWith: Maya\nLength: 0:20\n\nTranscript\n\n[Research 0:00–0:12]\n[0:00] Teacher: Poets look closely.\n        (Maya: Mm-hm.)\n[0:05] * Maya: I see rain.\n[0:07] (could not hear this well)\n[0:09] Teacher: Write it.\n\nReflection\n\nMy note: slow down\n",
        &["T 0:00 Poets look closely.", "S1 Mm-hm.", "S1 0:05 I see rain.", "T 0:09 Write it."],
        &[
            "Writing conference with Maya",
            "With: Maya",
            "Length: 0:20",
            "Transcript",
            "[Research 0:00–0:12]",
            "[0:07] (could not hear this well)",
            "Reflection",
            "My note: slow down",
        ],
    );
}

#[test]
fn a_page_that_changes_its_layout_names_its_speakers_in_each() {
    let teacher = ["T What now?", "S1 A poem.", "T Tell me.", "S1 It rains."];
    for text in [
        // A chat, then names on lines of their own.
        "10:00:03 From Ms. Lee to Everyone: What now?\n10:00:07 From Maya to Everyone: A poem.\n\nMs. Lee\nTell me.\n\nMaya\nIt rains.\n",
        // Voice tags, then names on lines of their own.
        "00:00:03.000 --> 00:00:05.500\n<v Ms. Lee>What now?</v>\n\n00:00:07.000 --> 00:00:09.500\n<v Maya>A poem.</v>\n\nMs. Lee\nTell me.\n\nMaya\nIt rains.\n",
        // Times in front, then Otter.
        "[0:03] Ms. Lee: What now?\n[0:07] Maya: A poem.\nMs. Lee  0:11\nTell me.\n\nMaya  0:15\nIt rains.\n",
        // Subtitles, then a typed page with the colon of another script.
        "1\n00:00:03,000 --> 00:00:05,500\nMs. Lee: What now?\n\n2\n00:00:07,000 --> 00:00:09,500\nMaya: A poem.\n\nMs. Lee：Tell me.\nMaya：It rains.\n",
    ] {
        let said: Vec<String> =
            lines(&knowing(text, &[], &[])).iter().map(|line| line.split(' ').filter(|word| !word.contains(':')).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(said, teacher, "{text}");
    }
}

/// Words with a letter, as often as they stand; in a script without spaces each letter.
fn counted(texts: impl IntoIterator<Item = String>) -> std::collections::BTreeMap<String, usize> {
    let mut counted = std::collections::BTreeMap::new();
    for text in texts {
        for word in text.split(|c: char| !c.is_alphanumeric()).flat_map(split).filter(|word| word.chars().any(char::is_alphabetic)) {
            *counted.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    counted
}

/// Words that are part of a time or of the form of subtitles, and nothing that is said.
fn is_form(word: &str) -> bool {
    [
        "webvtt", "am", "pm", "m", "s", "h", "minutes", "minute", "seconds", "second", "hours", "hour", "v", "i", "b", "u", "c", "to", "bis", "from", "align",
        "start",
    ]
    .contains(&word)
}

/// Every word of a text stands in what was said or in what was left, as often as it stands in the text; a name of a speaker may stand in its name alone.
fn nothing_is_lost(text: &str) -> Result<(), TestCaseError> {
    let Ok(typed) = read_bytes(text.as_bytes(), &Known::default(), None) else { return Ok(()) };
    let words = &typed.transcript.words;
    prop_assert!(words.windows(2).all(|pair| pair[0].span.end() <= pair[1].span.start()), "{text:?}");
    prop_assert!(typed.times.is_sorted());
    let said = typed.transcript.words.iter().map(|word| word.text.clone()).chain(typed.leftovers.iter().map(|one| one.text.clone()));
    let kept = counted(said);
    let names = counted(typed.speakers.iter().map(|one| one.label.clone()).chain(typed.speakers.iter().map(|one| one.label.replace('_', " "))));
    let labelled: usize = typed.turns.len();
    for (word, times) in counted([text.to_owned()]) {
        let found = kept.get(&word).copied().unwrap_or(0);
        let as_name = names.get(&word).copied().unwrap_or(0) * labelled;
        prop_assert!(
            is_form(&word) || found + as_name >= times,
            "“{word}” stands {times} times and is found {found} times: {text:?}\n{:?}\n{:?}",
            lines(&typed),
            left(&typed)
        );
    }
    Ok(())
}

/// Lines of all layouts, and lines of none.
fn any_line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "T",
        "maya",
        "Ms. Lee",
        "Speaker 1",
        "SPEAKER_00",
        "老师",
        "Zoë O'Neil",
        "the boy",
        "S2",
        "Note",
        "So",
        "Teacher (Ana)",
        "Lee, Anna",
    ]);
    let said = prop::sample::select(vec![
        "I wrote about my bike.",
        "so: it goes",
        "Why?",
        "at 10:30 we stop",
        "(laughs) OK",
        "[pause]",
        "see https://example.org/a:b",
        "yes",
        "我写狗。",
        "a - b",
        "x < y & z",
        "first: one",
        "Dogs  and cats",
        "//S01: mhm//",
        "#tag",
    ]);
    let time = prop::sample::select(vec![
        "0:01",
        "[0:04]",
        "(12:31)",
        "00:00:07,000 --> 00:00:09,000",
        "10:03:22 AM",
        "#00:00:04-5#",
        "1 minute 4 seconds",
        "0:05 - 0:09",
        "",
    ]);
    (name, said, time, 0_usize..22).prop_map(|(name, said, time, form)| match form {
        0 => format!("{time} {name}: {said}"),
        1 => format!("{name}: {said}"),
        2 => format!("{name} {time}: {said}"),
        3 => format!("{name}  {time}"),
        4 => name.to_owned(),
        5 => said.to_owned(),
        6 => String::new(),
        7 => time.to_owned(),
        8 => format!("<v {name}>{said}</v>"),
        9 => format!("{name}：{said}"),
        10 => format!("{name}\t{time}\t{said}"),
        11 => format!("| {name} | {said} |"),
        12 => format!("[{name}]: {said}"),
        13 => format!("{said} {time}"),
        14 => format!("- {said}"),
        15 => format!("{name} - {said}"),
        16 => "WEBVTT".to_owned(),
        17 => "12".to_owned(),
        18 => format!("({name}: {said})"),
        19 => "Transcript".to_owned(),
        20 => format!("[{name}] {time}"),
        _ => format!("**{name}** ({time}): {said}"),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_word_of_any_page_is_lost(page in prop::collection::vec(any_line(), 0..24), ends in prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n"])) {
        nothing_is_lost(&page.join(ends))?;
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(([TS][0-9]?|Teacher|Ms Lee|é|\\[?[0-9]{1,9}:[0-9.,]{1,9}\\]?)?[:–( -]{0,3}[a-zé?*_ ]{0,12}\n?){0,20}") {
        nothing_is_lost(&text)?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_bytes(&bytes, &Known::default(), None).ok();
    }
}
