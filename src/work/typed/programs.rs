//! What programs write: each in its layout, as it comes.

use super::tests::{check, knowing, lines};

#[test]
fn otter() {
    let typed = check(
        "Ms Lee  0:01  \nWhat are you writing about?\n\nMaya R  0:04  \nI wrote about my bike.\n\nMs Lee  0:08  \nTell me more.\n\nMaya R  0:11  \nI fell off and my dad ran to me.\n\nTranscribed by https://otter.ai\n",
        &["T 0:01 What are you writing about?", "S1 0:04 I wrote about my bike.", "T 0:08 Tell me more.", "S1 0:11 I fell off and my dad ran to me."],
        &["Transcribed by https://otter.ai"],
    );
    assert_eq!(typed.student_names, ["Maya R"]);
    let typed = check(
        "Fourth period\nTue, May 2, 2023 10:03AM • 12:44\n\nSUMMARY KEYWORDS\ndog, park, writing\n\nSPEAKERS\nSpeaker 1, Speaker 2\n\nSpeaker 1  00:00\nHow is it going? What are you working on?\n\nSpeaker 2  00:05\nMy story\nabout a dog.\n\nSpeaker 1  01:10\nWhy a dog?\n\nUnknown Speaker  01:15\nBye.\n",
        &["T 0:00 How is it going? What are you working on?", "S1 0:05 My story about a dog.", "T 1:10 Why a dog?", "unknown 1:15 Bye."],
        &["Fourth period", "Tue, May 2, 2023 10:03AM • 12:44", "SUMMARY KEYWORDS", "dog, park, writing", "SPEAKERS", "Speaker 1, Speaker 2"],
    );
    assert_eq!(typed.student_names, [""], "a number is no name");
    check(
        "Coach Dan  1:02:03\nGo on.\n\nÉmile  1:02:08\nI will: now.\n\nCoach Dan  1:02:11\nGood?\n",
        &["T 1:02:03 Go on.", "S1 1:02:08 I will: now.", "T 1:02:11 Good?"],
        &[],
    );
}

#[test]
fn zoom() {
    check(
        "WEBVTT\n\n1\n00:00:02.910 --> 00:00:05.190\nMs. Patel: Okay, what did you try?\n\n2\n00:00:05.400 --> 00:00:07.000\nNoor A.: a new lead.\n\n3\n00:00:07.100 --> 00:00:08.000\nNoor A.: with a sound.\n\n4\n00:00:09.000 --> 00:00:10.000\nMs. Patel: Read it?\n",
        &["T 0:02 Okay, what did you try?", "S1 0:05 a new lead.", "S1 0:07 with a sound.", "T 0:09 Read it?"],
        &[],
    );
    check(
        "[Ms. Patel] 10:03:22\nWhat did you try?\n\n[noor] 10:03:30\nA new lead.\n\n[Ms. Patel] 10:03:41\nRead it?\n",
        &["T 0:00 What did you try?", "S1 0:08 A new lead.", "T 0:19 Read it?"],
        &[],
    );
    check(
        "10:03:22 From Ms. Patel : What did you try?\n10:03:30 From Noor : A new lead.\n10:03:41 From Ms. Patel : Read it?\n10:04:00 From Noor : OK.\n",
        &["T 0:00 What did you try?", "S1 0:08 A new lead.", "T 0:19 Read it?", "S1 0:38 OK."],
        &[],
    );
}

#[test]
fn teams() {
    check(
        "WEBVTT\n\n3fa85f64-5717/12-0\n00:00:03.450 --> 00:00:06.120\n<v Jane Doe (Teacher)>What are you\nworking on?</v>\n\n3fa85f64-5717/13-0\n00:00:06.500 --> 00:00:09.000\n<v Sam>A <i>poem</i> &amp; a song.</v>\n\n3fa85f64-5717/14-0\n00:00:10.000 --> 00:00:11.000\n<v Jane Doe (Teacher)>Oh?</v>\n",
        &["T 0:03 What are you working on?", "S1 0:06 A poem & a song.", "T 0:10 Oh?"],
        &[],
    );
    check(
        "Writing time-20230504_100312-Meeting Recording\nMay 4, 2023, 2:03PM\n34m 5s\n\nMiss Ito started transcription\n\nMiss Ito   0:03\nWhat are you working on?\n\nKai   0:06\nA poem.\nAbout rain.\n\nMiss Ito   0:10\nOh?\n\nMiss Ito stopped transcription\n",
        &["T 0:03 What are you working on?", "S1 0:06 A poem. About rain.", "T 0:10 Oh?"],
        &["Writing time-20230504_100312-Meeting Recording", "May 4, 2023, 2:03PM", "Miss Ito started transcription", "Miss Ito stopped transcription"],
    );
    check(
        "0:0:3.450 --> 0:0:6.120\nMiss Ito\nWhat are you working on?\n\n0:0:6.500 --> 0:0:9.0\nkai\nA poem.\n\n0:0:10.0 --> 0:0:11.0\nMiss Ito\nOh?\n\n0:0:12.0 --> 0:0:13.0\nkai\nYes.\n",
        &["T 0:03 What are you working on?", "S1 0:06 A poem.", "T 0:10 Oh?", "S1 0:12 Yes."],
        &[],
    );
    check(
        "Miss Ito 0 minutes 3 seconds\nWhat are you working on?\nKai 0 minutes 6 seconds\nA poem.\nMiss Ito 1 minute 10 seconds\nOh?\n",
        &["T 0:03 What are you working on?", "S1 0:06 A poem.", "T 1:10 Oh?"],
        &[],
    );
}

#[test]
fn google_meet() {
    check(
        "Conference (2024-03-05 10:03 GMT) - Transcript\nAttendees\nAva Stone, Ms. Green\nTranscript\nMs. Green: What is hard?\nAva Stone: The ending.\nMs. Green: Say more.\n00:05:00\nAva Stone: It stops: bang.\nMeeting ended after 00:07:12 👋\nThis editable transcript was computer generated and might contain errors.\n",
        &["T What is hard?", "S1 The ending.", "T Say more.", "S1 5:00 It stops: bang."],
        &[
            "Conference (2024-03-05 10:03 GMT) - Transcript",
            "Attendees",
            "Ava Stone, Ms. Green",
            "Transcript",
            "Meeting ended after 00:07:12 👋",
            "This editable transcript was computer generated and might contain errors.",
        ],
    );
    check(
        "00:00:00\n\nMs. Green: What is hard?\nava: The ending.\n\n00:05:00\n\nMs. Green: Say more.\nava: It stops.\n",
        &["T 0:00 What is hard?", "S1 The ending.", "T 5:00 Say more.", "S1 It stops."],
        &[],
    );
    check(
        "Ms. Green\n10:03\nWhat is hard?\nAva Stone\n10:04\nThe ending.\nMs. Green\n10:05\nSay more.\n",
        &["T 10:03 What is hard?", "S1 10:04 The ending.", "T 10:05 Say more."],
        &[],
    );
}

#[test]
fn words_own_transcript() {
    check(
        "Audio file\nconference.m4a\nTranscript\n00:00:03 Speaker 1\nWhat are you working on? How is it going?\n00:00:06 Speaker 2\nA poem.\n00:00:10 Speaker 1\nOh? Why?\n",
        &["T 0:03 What are you working on? How is it going?", "S1 0:06 A poem.", "T 0:10 Oh? Why?"],
        &["Audio file", "conference.m4a", "Transcript"],
    );
    check(
        "00:00:03 Mr Hall\nWhat are you working on?\n00:00:06 Bea\nA poem.\n\n00:00:10 Mr Hall\nOh?\n00:00:12 Cy\nMine too.\n",
        &["T 0:03 What are you working on?", "S1 0:06 A poem.", "T 0:10 Oh?", "S2 0:12 Mine too."],
        &[],
    );
    check(
        "Speaker 1\n00:03\nWhat are you working on?\nSpeaker 2\n00:06\nA poem.\nSpeaker 1\n00:10\nWhy?\n",
        &["T 0:03 What are you working on?", "S1 0:06 A poem.", "T 0:10 Why?"],
        &[],
    );
}

#[test]
fn noscribe_and_whisperx() {
    check(
        "Transcribed with noScribe vers. 0.5\nAudio source: talk.wav\n\nS00: [00:00:01] What are you working on? Why?\n\nS01: [00:00:04] A poem. (..) I think.\n\n//S00: mhm//\n\nS01: Yes.\n",
        &["T 0:01 What are you working on? Why?", "S1 0:04 A poem. (..) I think.", "T mhm", "S1 Yes."],
        &["Transcribed with noScribe vers. 0.5", "Audio source: talk.wav"],
    );
    check("[SPEAKER_00]: What are you working on?\n[SPEAKER_01]: A poem.\n[SPEAKER_00]: Why?\n", &["T What are you working on?", "S1 A poem.", "T Why?"], &[]);
    check(
        "1\n00:00:01,000 --> 00:00:03,000\n[SPEAKER_01]: What are you working on?\n\n2\n00:00:04,000 --> 00:00:06,000\n[SPEAKER_00]: A poem.\n\n3\n00:00:06,500 --> 00:00:07,000\n[SPEAKER_01]: Why?\n",
        &["T 0:01 What are you working on?", "S1 0:04 A poem.", "T 0:06 Why?"],
        &[],
    );
    let json = r#"{"segments": [{"start": 1.0, "end": 3.0, "text": " What are you working on?", "speaker": "SPEAKER_01"}, {"start": 4.0, "end": 6.0, "text": " A poem.", "speaker": "SPEAKER_00"},
        {"start": 6.5, "end": 7.0, "text": "Why?", "speaker": "SPEAKER_01"}], "language": "en"}"#;
    assert_eq!(lines(&knowing(json, &[], &[])), ["T 0:01 What are you working on?", "S1 0:04 A poem.", "T 0:06 Why?"]);
}

#[test]
fn subtitles() {
    check(
        "1\n00:00:01,000 --> 00:00:03,000\nTeacher: What are you writing about?\n\n2\n00:00:04,000 --> 00:00:06,000\nMaya: I wrote about my bike.\n\n3\n00:00:06,500 --> 00:00:07,000\nTeacher: Tell me more.\n\n4\n00:00:07,500 --> 00:00:09,000\nMaya: I fell off.\n",
        &["T 0:01 What are you writing about?", "S1 0:04 I wrote about my bike.", "T 0:06 Tell me more.", "S1 0:07 I fell off."],
        &[],
    );
    check(
        "WEBVTT Kind: captions\n\nNOTE made by hand\n\nintro\n00:01.000 --> 00:03.000 align:start position:0%\n<v.loud Mrs. Quinn>What now?\n<v Ali>Nothing.\n\n00:04.000 --> 00:05.000\n<v Mrs. Quinn><00:04.500>Nothing, <b>Ali</b>? I < you.</v>\n",
        &["T 0:01 What now?", "S1 Nothing.", "T 0:04 Nothing, Ali? I < you."],
        &["WEBVTT Kind: captions", "NOTE made by hand", "intro"],
    );
    // The second line of a cue, and a cue without a name, go on.
    check(
        "1\n00:00:01,000 --> 00:00:03,000\nMrs. Quinn: What did you\nwrite about?\n2\n00:00:03,500 --> 00:00:05,000\nAnd why?\n3\n00:00:05,500 --> 00:00:06,000\nALI: My cat.\n4\n00:00:07,000 --> 00:00:08,000\nMrs. Quinn: Oh?\n",
        &["T 0:01 What did you write about?", "T 0:03 And why?", "S1 0:05 My cat.", "T 0:07 Oh?"],
        &[],
    );
    let nobody = check(
        "1\n00:00:01,000 --> 00:00:03,000\nWhat did you write about?\n\n2\n00:00:05,500 --> 00:00:06,000\nMy cat.\n",
        &["unknown 0:01 What did you write about?", "unknown 0:05 My cat."],
        &[],
    );
    assert!(!nobody.is_teacher_sure);
}

#[test]
fn what_other_programs_write() {
    // Rev, Sonix, Descript, Riverside, Fireflies, tl;dv, Trint.
    check(
        "Speaker 1 (00:03):\nWhat are you working on?\n\nSpeaker 2 (00:06):\nA poem.\n\nSpeaker 1 (00:10):\nWhy a poem?\n",
        &["T 0:03 What are you working on?", "S1 0:06 A poem.", "T 0:10 Why a poem?"],
        &[],
    );
    check(
        "Speaker 1: (00:03)\nWhat are you working on?\n\nSpeaker 2: (00:06)\nA poem.\n\nSpeaker 1: (00:10)\nWhy a poem?\n",
        &["T 0:03 What are you working on?", "S1 0:06 A poem.", "T 0:10 Why a poem?"],
        &[],
    );
    check(
        "Ms. Hall (00:00)\nWhat now?\n\nIda (00:04)\nA list.\n\nMs. Hall (00:08)\nRead it.\n",
        &["T 0:00 What now?", "S1 0:04 A list.", "T 0:08 Read it."],
        &[],
    );
    check(
        "Ms. Hall - 00:00\nWhat now?\n\nIda - 00:04\nA list.\n\nMs. Hall - 00:08\nRead it.\n",
        &["T 0:00 What now?", "S1 0:04 A list.", "T 0:08 Read it."],
        &[],
    );
    check(
        "[00:00:00] Ms. Hall: What now?\n[00:00:04] Ida: A list.\nof smells\n[00:00:08] Ms. Hall: Read it.\n",
        &["T 0:00 What now?", "S1 0:04 A list. of smells", "T 0:08 Read it."],
        &[],
    );
    check(
        "[00:00:00]\nMs. Hall: What now?\n[00:00:04]\nIda: A list.\n[00:00:08]\nMs. Hall: Read it.\n",
        &["T 0:00 What now?", "S1 0:04 A list.", "T 0:08 Read it."],
        &[],
    );
    // whisper.cpp and others with ranges in brackets, without speakers.
    check("[00:00:00.000 --> 00:00:04.000]   What now?\n[00:00:04.000 --> 00:00:06.000]   A list.\n", &["unknown 0:00 What now?", "unknown 0:04 A list."], &[]);
    // f4: the time at the end of the paragraph.
    check(
        "L: Was schreibst du? #00:00:04-5#\nK1: Ein Gedicht. #00:00:07-1#\nL: Lies vor. #00:00:09-0#\nK1: Gut. #00:00:12-0#\n",
        &["T Was schreibst du?", "S1 0:04 Ein Gedicht.", "T 0:07 Lies vor.", "S1 0:09 Gut."],
        &[],
    );
    // Deepgram, AssemblyAI (milliseconds), our own.
    for json in [
        r#"{"results": {"utterances": [{"speaker": 0, "start": 1.5, "end": 2.0, "transcript": "What now? Why?"}, {"speaker": 1, "start": 4.0, "transcript": "A list."}, {"speaker": 0, "start": 8.0, "transcript": "Read it. Where?"}]}}"#,
        r#"{"text": "all of it", "utterances": [{"speaker": "A", "start": 1500, "text": "What now? Why?"}, {"speaker": "B", "start": 4000, "text": "A list."}, {"speaker": "A", "start": 8000, "text": "Read it. Where?"}]}"#,
        r#"[{"name": "Ms. Hall", "timestamp": "00:00:01.500", "text": "What now? Why?"}, {"name": "Ida", "timestamp": "0:04", "text": "A list."}, {"name": "Ms. Hall", "timestamp": "0:08", "text": "Read it. Where?"}]"#,
    ] {
        assert_eq!(lines(&knowing(json, &[], &[])), ["T 0:01 What now? Why?", "S1 0:04 A list.", "T 0:08 Read it. Where?"], "{json}");
    }
}
