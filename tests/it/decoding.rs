//! What comes in is whole: by the clock of its file, to its end, or said. Each kind of trouble in every container that can have it, made here by ffmpeg.

use crate::support;
use crate::support::bench::{Bench, Damage, ENCODED, all_beep, beeps, damage, missing, read, secs};
use afterbell::audio::{decode_file, import_to_wav};
use afterbell::conference::{Millis, Remark};
use afterbell::error::ErrorKind;
use std::path::Path;

/// Formats with a clock of their own.
const CLOCKED: [(&str, &str); 8] = [
    ("m4a", "-c:a aac -b:a 64k"),
    ("mp4", "-c:a aac -b:a 96k -ar 44100 -ac 2"),
    ("m4a", "-c:a alac"),
    ("webm", "-c:a libopus -b:a 32k"),
    ("mka", "-c:a libvorbis"),
    ("mkv", "-c:a aac -b:a 64k"),
    ("mka", "-c:a flac"),
    ("mkv", "-c:a pcm_s16le"),
];

#[test]
fn the_encoders_own_silence_is_left_out() {
    let Some(bench) = Bench::new(6) else { return };
    for (number, (ending, arguments)) in ENCODED.iter().enumerate() {
        let sound = read(&bench.made(arguments, &format!("{number}.{ending}")));
        // A bare AAC stream says nothing of it.
        if *ending != "aac" {
            // Matroska says nothing of the silence at the end: up to a packet of AAC stays.
            assert!((secs(&sound) - 6.0).abs() < 0.05, "{ending} {arguments}: {}", secs(&sound));
        }
        all_beep(&sound, 0..6, 0.0, &format!("{ending} {arguments}"));
        assert_eq!(sound.remarks, [], "{ending} {arguments}");
    }
}

#[test]
fn gaps_between_time_stamps_are_filled_and_said() {
    let Some(bench) = Bench::new(12) else { return };
    for (number, (ending, arguments)) in CLOCKED.iter().enumerate() {
        // From 4 to 7 s nothing is sent.
        let gap = format!("{arguments} -af aselect='not(between(t\\,4\\,7))'");
        let sound = read(&bench.made(&gap, &format!("{number}.{ending}")));
        let what = format!("{ending} {arguments}");
        all_beep(&sound, 0..4, 0.0, &what);
        all_beep(&sound, 8..12, 0.0, &what);
        let [(start, end)] = missing(&sound)[..] else { panic!("{what}: {:?}", sound.remarks) };
        assert!((start - 4.0).abs() < 0.15 && (end - 7.0).abs() < 0.15, "{what}: {start} to {end}");
    }
}

#[test]
fn sound_that_begins_later_than_the_picture_keeps_its_time() {
    let Some(bench) = Bench::new(6) else { return };
    for (ending, arguments) in [("mp4", "-c:v mpeg4 -c:a aac"), ("mkv", "-c:v mpeg4 -c:a libvorbis"), ("mov", "-c:v mpeg4 -c:a alac")] {
        let path = bench.ffmpeg(
            &format!("-f lavfi -i color=c=gray:s=64x64:r=5:d=9 -itsoffset 2.5 -i source.wav -map 0:v -map 1:a {arguments}"),
            &format!("later.{ending}"),
        );
        let sound = read(&path);
        all_beep(&sound, 0..6, 2.5, ending);
        assert_eq!(missing(&sound), [], "{ending}: it began later, nothing is missing");
    }
}

/// Writes another edit list into an MP4 of which the first track has one entry.
fn with_edit(path: &Path, lasts_ms: u32, from_ticks: u32) {
    let mut bytes = std::fs::read(path).unwrap();
    let place = bytes.windows(4).position(|window| window == b"elst").unwrap();
    bytes[place + 12..place + 16].copy_from_slice(&lasts_ms.to_be_bytes());
    bytes[place + 16..place + 20].copy_from_slice(&from_ticks.to_be_bytes());
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_was_trimmed_on_the_phone_stays_trimmed() {
    let Some(bench) = Bench::new(12) else { return };
    for (ending, arguments) in [("m4a", "-c:a aac"), ("mov", "-c:a aac -movflags +faststart"), ("m4a", "-c:a alac")] {
        let path = bench.made(&format!("{arguments} -movie_timescale 1000"), &format!("trimmed {}.{ending}", arguments.len()).replace(' ', "-"));
        // Seconds 3 to 8 are to be heard; encoders begin 1024 ticks earlier.
        let delay = if arguments.contains("alac") { 0 } else { 1024 };
        with_edit(&path, 5000, 3 * 48_000 + delay);
        let sound = read(&path);
        assert!((secs(&sound) - 5.0).abs() < 0.02, "{arguments}: {}", secs(&sound));
        let wrong: Vec<usize> = (3..8).filter(|&n| !beeps(&sound, n, n as f64 - 3.0)).collect();
        assert!(wrong.is_empty(), "{arguments}: {wrong:?}");
        assert_eq!(sound.remarks, [], "{arguments}: to trim is no damage");
    }
}

#[test]
fn files_joined_one_behind_the_other_are_heard_whole() {
    let Some(bench) = Bench::new(10) else { return };
    let kinds = [
        ("opus", "-c:a libopus -b:a 32k"),
        ("opus", "-c:a libopus -b:a 64k -ac 2"),
        ("ogg", "-c:a libvorbis"),
        ("ogg", "-c:a libvorbis -ac 2 -ar 22050"),
        ("oga", "-c:a flac"),
        ("mp3", "-c:a libmp3lame -b:a 64k"),
        ("mp3", "-c:a libmp3lame -q:a 5 -ac 2 -id3v2_version 3 -metadata title=Maya"),
        ("aac", "-c:a aac"),
    ];
    for (number, (ending, arguments)) in kinds.iter().enumerate() {
        let one = bench.made(arguments, &format!("{number}.{ending}"));
        // The second may be of another rate, with more channels.
        let two = if *ending == "mp3" { bench.made("-c:a libmp3lame -ar 22050", "two.mp3") } else { one.clone() };
        let path = bench.path(&format!("both{number}.{ending}"));
        std::fs::write(&path, [std::fs::read(&one).unwrap(), std::fs::read(&two).unwrap()].concat()).unwrap();
        let sound = read(&path);
        let what = format!("{ending} {arguments}");
        assert!((secs(&sound) - 20.0).abs() < 0.2, "{what}: {}", secs(&sound));
        all_beep(&sound, 0..10, 0.0, &what);
        let wrong: Vec<usize> = (0..10).filter(|&n| !(-3..=3).any(|late| beeps(&sound, n, 10.0 + n as f64 + f64::from(late) * 0.03))).collect();
        assert!(wrong.is_empty(), "{what}: {wrong:?} of the second");
        assert_eq!(missing(&sound), [], "{what}");
    }
}

#[test]
fn counts_that_are_wrong_cut_nothing_off() {
    let Some(bench) = Bench::new(20) else { return };
    let path = bench.made("-c:a libmp3lame -b:a 64k", "counted.mp3");
    let bytes = std::fs::read(&path).unwrap();
    let place = bytes.windows(4).position(|window| window == b"Xing" || window == b"Info").unwrap() + 8;
    let frames = u32::from_be_bytes(bytes[place..place + 4].try_into().unwrap());
    for count in [frames / 4, 1, 0, frames * 10, frames - 1, u32::MAX] {
        let mut wrong = bytes.clone();
        wrong[place..place + 4].copy_from_slice(&count.to_be_bytes());
        std::fs::write(&path, wrong).unwrap();
        let sound = read(&path);
        assert!((secs(&sound) - 20.0).abs() < 0.1, "{count}: {}", secs(&sound));
        all_beep(&sound, 0..20, 0.0, &format!("{count} of {frames}"));
        assert_eq!(sound.remarks, [], "{count}");
    }
}

#[test]
fn a_picture_of_megabytes_in_front_is_passed_over() {
    let Some(bench) = Bench::new(6) else { return };
    for (ending, arguments) in [("mp3", "-c:a libmp3lame"), ("aac", "-c:a aac"), ("flac", "-c:a flac")] {
        let sound = std::fs::read(bench.made(arguments, &format!("plain.{ending}"))).unwrap();
        // A picture in which there is much that looks like frames.
        let picture: Vec<u8> = [0xFF, 0xFB, 0x90, 0x44, 0xFF, 0xF1, 0x50, 0x80].iter().copied().cycle().take(9_000_000).collect();
        let size = picture.len() + 10;
        let mut tag = b"ID3\x03\0\0".to_vec();
        tag.extend([21, 14, 7, 0].map(|shift| (size >> shift & 0x7F) as u8));
        tag.extend(b"APIC");
        tag.extend((picture.len() as u32).to_be_bytes());
        tag.extend([0, 0]);
        tag.extend(&picture);
        tag.extend(sound);
        let path = bench.path(&format!("art.{ending}"));
        std::fs::write(&path, tag).unwrap();
        let sound = read(&path);
        assert!((secs(&sound) - 6.0).abs() < 0.1, "{ending}: {}", secs(&sound));
        all_beep(&sound, 0..6, 0.0, ending);
    }
}

#[test]
fn sides_that_cancel_each_other_and_silent_sides_lose_nothing() {
    let Some(bench) = Bench::new(8) else { return };
    let sides = [("c1=-1*c0", Remark::TurnedSide), ("c1=-0.9*c0", Remark::TurnedSide), ("c1=0*c0", Remark::SilentSide)];
    for (ending, codec) in [("wav", "pcm_s16le"), ("m4a", "aac"), ("opus", "libopus -b:a 96k"), ("mp3", "libmp3lame -joint_stereo 0"), ("flac", "flac")] {
        for (side, said) in &sides {
            let path = bench.made(&format!("-af pan=stereo|c0=c0|{side} -c:a {codec}"), &format!("{}.{ending}", side.len()));
            let sound = read(&path);
            let what = format!("{ending} {side}");
            all_beep(&sound, 0..8, 0.0, &what);
            assert_eq!(sound.remarks, std::slice::from_ref(said), "{what}");
        }
    }
}

#[test]
fn silence_is_said_to_be_silence() {
    let Some(bench) = Bench::new(1) else { return };
    for (ending, codec) in [("wav", "pcm_s16le"), ("m4a", "aac"), ("opus", "libopus")] {
        let path = bench.ffmpeg(&format!("-f lavfi -i anullsrc=r=48000:cl=stereo -t 5 -c:a {codec}"), &format!("silent.{ending}"));
        assert_eq!(read(&path).remarks, [Remark::OnlySilence], "{ending}");
    }
}

#[test]
fn of_several_tracks_the_one_with_speech_is_taken() {
    let Some(bench) = Bench::new(1) else { return };
    let speech = support::clip(bench.folder.path(), "maya", 20.0);
    let expected = afterbell::audio::rms(&read(&speech).samples);
    for (ending, codec) in [("mka", "libopus"), ("mp4", "aac"), ("mkv", "flac"), ("ts", "aac")] {
        for (number, maps) in ["-map 1:a -map 0:a", "-map 0:a -map 1:a", "-map 1:a -map 2:a -map 0:a"].iter().enumerate() {
            let path = bench.ffmpeg(
                &format!(
                    "-i {} -f lavfi -i anullsrc=r=48000:cl=mono -f lavfi -i sine=f=300:r=48000 -t 20 {maps} -c:a {codec} -strict -2",
                    speech.file_name().unwrap().to_str().unwrap()
                ),
                &format!("{number}.{ending}"),
            );
            let sound = read(&path);
            let level = afterbell::audio::rms(&sound.samples);
            assert!((level / expected - 1.0).abs() < 0.2, "{ending} {maps}: {level} for {expected}");
            let taken = sound.remarks.iter().find_map(|remark| if let Remark::Track { taken, of } = remark { Some((*taken, *of)) } else { None });
            assert_eq!(taken, [Some((2, 2)), Some((1, 2)), Some((3, 3))][number], "{ending} {maps}");
        }
    }
}

#[test]
fn formats_that_few_know_are_read() {
    let Some(bench) = Bench::new(10) else { return };
    let kinds = [
        ("rf64.wav", "-c:a pcm_s16le -rf64 always"),
        ("rf64-24.wav", "-c:a pcm_s24le -ac 2 -rf64 always"),
        ("long.w64", "-c:a pcm_s16le"),
        ("float.w64", "-c:a pcm_f32le -ac 2"),
        ("memo.caf", "-c:a pcm_s16le"),
        ("memo-alac.caf", "-c:a alac"),
        ("dictation.mp2", "-c:a mp2 -b:a 128k"),
        ("film.ac3", "-c:a ac3 -b:a 128k"),
        ("film.eac3", "-c:a eac3 -b:a 128k"),
        ("memo.3gp", "-c:a aac"),
        ("film.ts", "-c:a aac"),
        ("film2.ts", "-c:a mp2"),
        ("film.avi", "-c:a libmp3lame"),
        ("film.flv", "-c:a libmp3lame -ar 44100"),
        ("memo.wma", "-c:a wmav2"),
        ("memo.au", "-c:a pcm_mulaw"),
        ("ms.wav", "-c:a adpcm_ms"),
        ("in24.mov", "-c:a pcm_s24be"),
        ("in24le.mov", "-c:a pcm_s24le"),
        ("in32.mov", "-c:a pcm_s32be -ac 2"),
        ("fl32.mov", "-c:a pcm_f32be"),
        ("fl64.mov", "-c:a pcm_f64be"),
        ("ima.wav", "-c:a adpcm_ima_wav"),
        ("phone.wav", "-c:a pcm_mulaw -ar 8000"),
        ("phone2.wav", "-c:a pcm_alaw -ar 8000"),
        ("memo.wv", "-c:a wavpack"),
        ("memo.qta", "-c:a aac -f mov"),
        ("memo2.qta", "-c:a alac -f mov"),
    ];
    for (name, arguments) in kinds {
        let path = bench.made(arguments, name);
        let sound = read(&path);
        assert!((secs(&sound) - 10.0).abs() < 0.15, "{name}: {}", secs(&sound));
        let wrong: Vec<usize> = (0..10).filter(|&n| !(-3..=3).any(|late| beeps(&sound, n, n as f64 + f64::from(late) * 0.03))).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        // By its contents, not by its name.
        let other = bench.path("anything.dat");
        std::fs::copy(&path, &other).unwrap();
        assert_eq!(read(&other).samples.len(), sound.samples.len(), "{name} under another name");
    }
}

/// Something else with a few bytes in it that look like a frame of MP3.
#[test]
fn what_looks_like_sound_in_another_kind_of_file_is_none() {
    let env = support::TestEnv::new();
    let mut state = 7_u32;
    let mut noise = |count: usize| -> Vec<u8> {
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect()
    };
    let frame = [&[0xFF, 0xFB, 0x90, 0x44][..], &[0; 413]].concat();
    let adts = [&[0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC][..], &[0; 9]].concat();
    let files = [
        ("film.mp3", [noise(40_000), frame.repeat(4), noise(40_000)].concat()),
        ("pack.m4a", [noise(40_000), adts.repeat(6), noise(40_000)].concat()),
        ("page.mp3", [b"<html><body>".repeat(500), frame.repeat(2), b"</body>".repeat(500)].concat()),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:10,\n/etc/passwd\n#EXT-X-ENDLIST\n".to_vec()),
        ("list.wav", b"ffconcat version 1.0\nfile 'maya.wav'\n".to_vec()),
        ("empty.wav", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\0\0\0\0".to_vec()),
    ];
    support::clip(env.folder.path(), "maya", 2.0);
    for (name, bytes) in files {
        let path = env.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let (code, _, said) = env.run(&["import", "--no-transcript", path.to_str().unwrap()]);
        assert!(code == 1 && said.contains(name), "{name}: {said}");
    }
    assert_eq!(env.json(&["list"]), serde_json::json!([]), "a failure leaves no row");
    let left: Vec<_> = std::fs::read_dir(env.folders().recordings()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.is_empty(), "and no file: {left:?}");
}

#[test]
fn a_phone_that_never_finished_its_file_is_said_to_have_not() {
    let Some(bench) = Bench::new(6) else { return };
    for (ending, arguments) in [("m4a", "-c:a aac"), ("mp4", "-c:a aac -ac 2"), ("mov", "-c:a alac"), ("3gp", "-c:a aac")] {
        let path = bench.made(arguments, &format!("unfinished.{ending}"));
        let bytes = std::fs::read(&path).unwrap();
        let place = bytes.windows(4).position(|window| window == b"moov").unwrap() - 4;
        std::fs::write(&path, &bytes[..place]).unwrap();
        let err = decode_file(&path, &mut |_| Ok(())).unwrap_err();
        assert_eq!(err.kind, ErrorKind::UnfinishedFile, "{ending}");
        assert!(err.advice().contains("never finished"), "{}", err.advice());
    }
}

#[test]
fn louder_than_full_scale_is_made_quieter_and_not_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loud.wav");
    let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
    for loudest in [2.0_f32, 8.0, 30_000.0] {
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        (0..32_000).for_each(|n| writer.write_sample((n as f32 * 0.2).sin() * loudest).unwrap());
        writer.finalize().unwrap();
        let sound = read(&path);
        let peak = sound.samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!((0.95..1.0).contains(&peak), "{loudest}: {peak}");
        let level = afterbell::audio::rms(&sound.samples);
        assert!((level / peak - 0.707).abs() < 0.01, "{loudest}: a sine is still a sine: {}", level / peak);
        assert_eq!(sound.remarks, [Remark::TooLoud]);
        let to = folder.path().join("copy.wav");
        std::fs::remove_file(&to).ok();
        assert_eq!(import_to_wav(&path, &to, &mut |_| Ok(())).unwrap().length, Millis(2000));
    }
    // A number gone wrong makes nothing else quiet.
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    (0..32_000).for_each(|n| {
        writer
            .write_sample(if n == 9000 {
                f32::MAX
            } else if n == 9001 {
                f32::NAN
            } else {
                (n as f32 * 0.2).sin() * 0.5
            })
            .unwrap()
    });
    writer.finalize().unwrap();
    assert!((afterbell::audio::rms(&read(&path).samples) - 0.353).abs() < 0.01);
}

#[test]
fn the_same_recording_is_said_to_be_there_and_is_not_doubled_unless_asked() {
    let Some(bench) = Bench::new(3) else { return };
    let env = support::TestEnv::new();
    for (count, (ending, codec)) in [("wav", "pcm_s16le"), ("m4a", "aac"), ("opus", "libopus"), ("mp3", "libmp3lame")].iter().enumerate() {
        let path = bench.made(&format!("-c:a {codec}"), &format!("memo.{ending}"));
        let path = path.to_str().unwrap();
        assert_eq!(env.run(&["import", "--no-transcript", path]).0, 0);
        let copy = bench.path(&format!("copy of memo.{ending}"));
        std::fs::copy(path, &copy).unwrap();
        let (code, _, said) = env.run(&["import", "--no-transcript", copy.to_str().unwrap()]);
        assert!(code == 0 && said.contains("already"), "{ending}: {said}");
        assert_eq!(env.json(&["list"]).as_array().unwrap().len(), count * 2 + 1);
        assert_eq!(env.run(&["import", "--no-transcript", "--again", copy.to_str().unwrap()]).0, 0);
        assert_eq!(env.json(&["list"]).as_array().unwrap().len(), count * 2 + 2);
    }
}

#[test]
fn what_could_not_be_read_is_kept_with_the_conference_and_shown() {
    let Some(bench) = Bench::new(40) else { return };
    let env = support::TestEnv::new();
    let path = bench.made("-c:a aac -movflags +faststart", "memo.m4a");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * 3 / 4]).unwrap();
    damage(&path, Damage::Zeros);
    let (code, _, said) = env.run(&["import", "--no-transcript", path.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("The last 10 seconds") && said.contains("there is no sound"), "{said}");
    let (_, _, shown) = env.run(&["show", "--last"]);
    assert!(shown.contains("The last 10 seconds") && shown.contains("there is no sound"), "{shown}");
}

#[test]
fn two_bad_files_of_a_folder_give_two_names_and_what_was_passed_over_is_named() {
    let env = support::TestEnv::new();
    let phone = env.folder.path().join("phone");
    std::fs::create_dir_all(phone.join("week 2")).unwrap();
    support::clip(&phone.join("week 2"), "maya", 2.0);
    for name in ["._maya.wav", ".DS_Store", "week 2/._maya.wav"] {
        std::fs::write(phone.join(name), b"\0\x05\x16\x07").unwrap();
    }
    std::fs::write(phone.join("one.mp3"), b"<html>not found</html>").unwrap();
    std::fs::write(phone.join("week 2/two.m4a"), vec![0; 5000]).unwrap();
    std::fs::write(phone.join("plan.pages"), b"a plan").unwrap();
    let (code, out, said) = env.run(&["--json", "import", "--no-transcript", phone.to_str().unwrap()]);
    assert_eq!(code, 1);
    let (failed, good): (Vec<_>, Vec<_>) = serde_json::from_str::<Vec<serde_json::Value>>(&out).unwrap().into_iter().partition(|file| file.get("id").is_none());
    assert_eq!((good.len(), failed.len()), (1, 2), "{out}");
    for name in ["one.mp3", "two.m4a", "plan.pages"] {
        assert!(said.contains(name), "{name} in {said}");
    }
    assert!(!said.contains("._") && !said.contains("DS_Store"), "{said}");
}

#[test]
fn a_recording_that_runs_backwards_is_refused() {
    let env = support::TestEnv::new();
    let clip = support::clip(env.folder.path(), "maya", 1.0);
    let clip = clip.to_str().unwrap();
    for wrong in
        [&["--speed", "0"][..], &["--speed", "-1"], &["--speed", "nan"], &["--speed", "inf"], &["--seconds", "-5"], &["--seconds", "nan"], &["--seconds", "0"]]
    {
        let (code, _, said) = env.run(&[&["record", "--no-transcript", "--play", clip][..], wrong].concat());
        assert!(code == 2 && said.contains("above zero"), "{wrong:?}: {code} {said}");
    }
    assert_eq!(env.json(&["list"]), serde_json::json!([]));
}
