//! Files that lost a piece, or hold something else in its place: what can be read stands at its time, and what is missing is said.

use crate::support;
use crate::support::bench::{Bench, Damage, ENCODED, all_beep, cut, damage, missing, missing_end, read, secs};
use afterbell::audio::{Sound, rms};
use afterbell::conference::{Millis, Remark, Span};

#[test]
fn a_damaged_middle_moves_nothing_that_comes_later() {
    let Some(bench) = Bench::new(40) else { return };
    for (number, (ending, arguments)) in ENCODED.iter().enumerate() {
        for how in [Damage::Zeros, Damage::Noise] {
            let what = format!("{ending} {arguments} {how:?}");
            let path = bench.made(arguments, &format!("{number}{how:?}.{ending}"));
            damage(&path, how);
            let sound = read(&path);
            assert!((secs(&sound) - 40.0).abs() < 1.0, "{what}: {} s; {:?}", secs(&sound), sound.remarks);
            all_beep(&sound, 0..15, 0.0, &what);
            all_beep(&sound, 26..39, 0.0, &what);
            let lost: f64 = missing(&sound).iter().map(|(start, end)| end - start).sum();
            // Noise may look like packets of ALAC, which have no checksum; those sound like noise, at their time.
            assert!(lost > if arguments.contains("alac") { 0.2 } else { 0.5 }, "{what}: {:?}", sound.remarks);
        }
    }
}

/// A tenth of the file is gone: where frames or pages have a number, a time or a count, what comes later keeps its time.
#[test]
fn a_piece_that_was_cut_out_is_a_gap_where_the_file_can_tell() {
    let Some(bench) = Bench::new(40) else { return };
    let kinds = [
        ("opus", "-c:a libopus"),
        ("ogg", "-c:a libvorbis"),
        ("flac", "-c:a flac"),
        ("mp3", "-c:a libmp3lame -b:a 64k"),
        ("webm", "-c:a libopus"),
        ("mka", "-c:a libvorbis"),
    ];
    for (number, (ending, arguments)) in kinds.iter().enumerate() {
        let path = bench.made(arguments, &format!("{number}.{ending}"));
        cut(&path, 0.45, 0.55);
        let sound = read(&path);
        let what = format!("{ending} {arguments}");
        all_beep(&sound, 0..12, 0.0, &what);
        all_beep(&sound, 28..39, 0.0, &what);
        assert_eq!(missing(&sound).len(), 1, "{what}: {:?}", sound.remarks);
    }
}

#[test]
fn a_damaged_or_missing_end_is_said_and_all_before_is_kept() {
    let Some(bench) = Bench::new(40) else { return };
    let kinds = [
        ("m4a", "-c:a aac -movflags +faststart"),
        ("mp4", "-c:a aac -ar 44100 -ac 2 -movflags +faststart"),
        ("webm", "-c:a libopus"),
        ("mka", "-c:a libvorbis"),
        ("mp3", "-c:a libmp3lame"),
        ("flac", "-c:a flac"),
        ("wav", "-c:a pcm_s16le"),
        ("aiff", "-c:a pcm_s16be"),
    ];
    for (number, (ending, arguments)) in kinds.iter().enumerate() {
        let path = bench.made(arguments, &format!("{number}.{ending}"));
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() * 3 / 4]).unwrap();
        let sound = read(&path);
        let what = format!("{ending} {arguments}: {} s, {:?}", secs(&sound), sound.remarks);
        assert!((28.0..31.5).contains(&secs(&sound)), "{what}");
        all_beep(&sound, 0..28, 0.0, &what);
        assert!(missing_end(&sound).is_some_and(|end| (end - (40.0 - secs(&sound))).abs() < 1.0), "{what}");
    }
}

/// The index of an MP4 says where each packet stood: what is behind the piece is found again, wherever the index is and whatever the codec.
#[test]
fn a_piece_cut_out_of_an_mp4_is_a_gap_and_nothing_behind_it_is_lost() {
    let Some(bench) = Bench::new(40) else { return };
    let kinds = [
        ("m4a", "-c:a aac -b:a 64k"),
        ("m4a", "-c:a aac -b:a 64k -movflags +faststart"),
        ("mp4", "-c:a aac -b:a 96k -ar 44100 -ac 2"),
        ("mp4", "-c:a aac -ar 44100 -ac 2 -movflags +faststart"),
        ("mov", "-c:a aac -b:a 48k -ar 16000"),
        ("3gp", "-c:a aac -b:a 32k -ar 16000"),
        ("m4a", "-c:a alac"),
        ("m4a", "-c:a alac -ac 2 -movflags +faststart"),
    ];
    for (number, (ending, arguments)) in kinds.iter().enumerate() {
        for (from, to) in [(0.45, 0.55), (0.2, 0.3), (0.61, 0.615)] {
            let path = bench.made(arguments, &format!("{number}.{ending}"));
            cut(&path, from, to);
            let sound = read(&path);
            let what = format!("{ending} {arguments}, {from} to {to}");
            let (first, last) = ((40.0 * from) as usize - 2, (40.0 * to) as usize + 3);
            assert!((secs(&sound) - 40.0).abs() < 0.1, "{what}: {} s, {:?}", secs(&sound), sound.remarks);
            all_beep(&sound, 0..first, 0.0, &what);
            all_beep(&sound, last..39, 0.0, &what);
            let lost: f64 = missing(&sound).iter().map(|(start, end)| end - start).sum();
            assert!(lost > 40.0 * (to - from) * 0.5 && lost < 40.0 * (to - from) * 1.5 + 0.6, "{what}: {:?}", sound.remarks);
            quiet_where_missing(&sound, &what);
        }
    }
}

/// Where something is missing there is silence, and never the noise that a decoder makes of what is none of its own.
#[track_caller]
fn quiet_where_missing(sound: &Sound, what: &str) {
    for (start, end) in missing(sound) {
        let place = |secs: f64| ((secs * 16_000.0) as usize).min(sound.samples.len());
        let level = rms(&sound.samples[place(start + 0.05)..place(end - 0.05)]);
        assert!(level < 0.01, "{what}: from {start} to {end} there is {level}");
    }
}

const FRAGMENTED: [&str; 4] = [
    "-c:a aac -b:a 64k -movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 1000000",
    "-c:a aac -b:a 64k -movflags +frag_keyframe+empty_moov -frag_duration 2000000",
    "-c:a aac -ar 44100 -ac 2 -movflags +dash+frag_keyframe -frag_duration 500000",
    "-c:a libopus -b:a 32k -strict -2 -movflags +frag_keyframe+empty_moov+default_base_moof -frag_duration 1000000",
];

#[test]
fn mp4_in_fragments_is_read_to_its_end_and_by_its_own_clock() {
    let Some(bench) = Bench::new(40) else { return };
    for (number, arguments) in FRAGMENTED.iter().enumerate() {
        let path = bench.made(arguments, &format!("{number}.mp4"));
        let whole = std::fs::read(&path).unwrap();
        let sound = read(&path);
        assert!((secs(&sound) - 40.0).abs() < 0.05, "{arguments}: {}", secs(&sound));
        all_beep(&sound, 0..40, 0.0, arguments);
        assert_eq!(sound.remarks, [], "{arguments}");

        // A piece is gone: the fragments behind it know when they begin.
        cut(&path, 0.45, 0.55);
        let sound = read(&path);
        all_beep(&sound, 0..14, 0.0, &format!("{arguments}, cut"));
        all_beep(&sound, 26..39, 0.0, &format!("{arguments}, cut"));
        assert_eq!(missing(&sound).len(), 1, "{arguments}, cut: {:?}", sound.remarks);

        // Damage in the middle, over indexes and sound alike.
        for how in [Damage::Zeros, Damage::Noise] {
            std::fs::write(&path, &whole).unwrap();
            damage(&path, how);
            let sound = read(&path);
            let what = format!("{arguments}, {how:?}");
            all_beep(&sound, 0..14, 0.0, &what);
            all_beep(&sound, 26..39, 0.0, &what);
            assert!(!missing(&sound).is_empty(), "{what}: {:?}", sound.remarks);
            assert!((secs(&sound) - 40.0).abs() < 0.1, "{what}: {}", secs(&sound));
        }

        // The end is cut off.
        std::fs::write(&path, &whole[..whole.len() * 3 / 4]).unwrap();
        let sound = read(&path);
        all_beep(&sound, 0..27, 0.0, &format!("{arguments}, cut off"));
        assert!(missing_end(&sound).is_some() || sound.remarks.contains(&Remark::BreaksOff), "{arguments}, cut off: {:?}", sound.remarks);

        // Nothing was sent for five seconds: the clock of what follows goes on by so much.
        let later = moved(&whole, 20, 5.0);
        std::fs::write(&path, later).unwrap();
        let sound = read(&path);
        assert!((secs(&sound) - 45.0).abs() < 0.1, "{arguments}, later: {}", secs(&sound));
        all_beep(&sound, 0..4, 0.0, &format!("{arguments}, later"));
        all_beep(&sound, 36..40, 5.0, &format!("{arguments}, later"));
        let [(start, end)] = missing(&sound)[..] else { panic!("{arguments}, later: {:?}", sound.remarks) };
        assert!((end - start - 5.0).abs() < 0.1, "{arguments}: {start} to {end}");

        // A stream that was joined late begins with what there is.
        std::fs::write(&path, moved(&whole, 0, 1800.0)).unwrap();
        let sound = read(&path);
        assert!((secs(&sound) - 40.0).abs() < 0.1, "{arguments}, joined late: {}", secs(&sound));
        all_beep(&sound, 0..40, 0.0, &format!("{arguments}, joined late"));
    }
}

/// An MP4 in fragments of which all from this one on begin later by so much.
fn moved(whole: &[u8], first: usize, secs: f64) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    let head = bytes.windows(4).position(|name| name == b"mdhd").unwrap();
    let rate = u32::from_be_bytes(bytes[head + 16..head + 20].try_into().unwrap());
    let places: Vec<usize> = bytes.windows(4).enumerate().filter(|(_, name)| *name == b"tfdt").map(|(place, _)| place).collect();
    let first = first.min(places.len() / 2);
    for &place in &places[first..] {
        let is_long = bytes[place + 4] == 1;
        let field = if is_long { place + 8..place + 16 } else { place + 8..place + 12 };
        let time = bytes[field.clone()].iter().fold(0_u64, |time, &byte| time << 8 | u64::from(byte)) + (secs * f64::from(rate)) as u64;
        let width = field.len();
        bytes[field].copy_from_slice(&time.to_be_bytes()[8 - width..]);
    }
    bytes
}

/// Frames without a number, a time or a count: how much is gone cannot be told, but that something is can.
#[test]
fn a_piece_cut_out_of_bare_frames_is_said_though_its_length_is_not_known() {
    let Some(bench) = Bench::new(40) else { return };
    let kinds = [
        ("aac", "-c:a aac -b:a 64k"),
        ("aac", "-c:a aac -b:a 96k -ar 44100 -ac 2"),
        ("aac", "-c:a aac -b:a 32k -ar 16000"),
        ("mp3", "-c:a libmp3lame -b:a 64k -write_xing 0"),
        ("mp3", "-c:a libmp3lame -q:a 4 -ac 2 -ar 44100 -write_xing 0"),
        ("mp2", "-c:a mp2 -b:a 128k"),
    ];
    for (number, (ending, arguments)) in kinds.iter().enumerate() {
        for (from, to) in [(0.45, 0.55), (0.301, 0.402), (0.7003, 0.8)] {
            let path = bench.made(arguments, &format!("{number}.{ending}"));
            cut(&path, from, to);
            let sound = read(&path);
            let what = format!("{ending} {arguments}, {from} to {to}: {:?}", sound.remarks);
            all_beep(&sound, 0..(40.0 * from) as usize - 2, 0.0, &what);
            let at = sound.remarks.iter().find_map(|remark| if let Remark::Cut(places) = remark { places.first().copied() } else { None });
            assert!(at.is_some_and(|at| (at.secs() - 40.0 * from).abs() < 1.5), "{what}");
        }
    }
}

/// Of frames that all last as long, damaged bytes tell how many there were.
#[test]
fn damaged_frames_of_a_constant_rate_are_silence_of_their_length() {
    let Some(bench) = Bench::new(40) else { return };
    let kinds = [
        ("mp2", "-c:a mp2 -b:a 128k"),
        ("mp2", "-c:a mp2 -b:a 192k -ar 44100 -ac 2"),
        ("mp3", "-c:a libmp3lame -b:a 64k -write_xing 0"),
        ("aac", "-c:a aac -b:a 64k"),
        ("aac", "-c:a aac -b:a 96k -ar 44100 -ac 2"),
        ("ac3", "-c:a ac3 -b:a 96k"),
        ("ac3", "-c:a ac3 -b:a 192k -ar 44100 -ac 2"),
        ("ac3", "-c:a ac3 -b:a 128k -ar 32000"),
        ("eac3", "-c:a eac3"),
    ];
    for (number, (ending, arguments)) in kinds.iter().enumerate() {
        let path = bench.made(arguments, &format!("{number}.{ending}"));
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(read(&path).remarks, [], "{ending} {arguments}: nothing is wrong with it");
        for how in [Damage::Zeros, Damage::Noise] {
            std::fs::write(&path, &whole).unwrap();
            damage(&path, how);
            let sound = read(&path);
            let what = format!("{ending} {arguments} {how:?}: {} s, {:?}", secs(&sound), sound.remarks);
            all_beep(&sound, 0..17, 0.0, &what);
            all_beep(&sound, 23..39, 0.0, &what);
            let [(start, end)] = missing(&sound)[..] else { panic!("{what}") };
            assert!((start - 18.0).abs() < 0.7 && (end - 22.0).abs() < 0.7, "{what}");
        }
    }
}

#[test]
fn a_file_that_breaks_off_is_said_to_whatever_it_is() {
    let Some(bench) = Bench::new(40) else { return };
    let kinds = [
        ("aac", "-c:a aac -b:a 64k"),
        ("aac", "-c:a aac -ar 44100 -ac 2"),
        ("opus", "-c:a libopus -b:a 32k"),
        ("opus", "-c:a libopus -b:a 64k -ac 2 -page_duration 200000"),
        ("ogg", "-c:a libvorbis"),
        ("mp3", "-c:a libmp3lame -write_xing 0"),
        ("caf", "-c:a pcm_s16le"),
        ("caf", "-c:a pcm_s24be -ac 2"),
        ("caf", "-c:a adpcm_ima_qt"),
        ("w64", "-c:a pcm_s16le"),
        ("aiff", "-c:a pcm_s16be"),
        ("aiff", "-c:a pcm_s24be -ac 2"),
        ("mp2", "-c:a mp2 -b:a 128k"),
        ("mp2", "-c:a mp2 -b:a 192k -ar 44100 -ac 2"),
        // Of these what is built in knows nothing.
        ("mp2", "-c:a mp2 -b:a 384k -ar 48000 -ac 1"),
        ("mp2", "-c:a mp2 -b:a 64k -ar 16000 -ac 1"),
        ("mp2", "-c:a mp2 -b:a 160k -ar 22050 -ac 2"),
        ("ac3", "-c:a ac3 -b:a 96k"),
        ("ac3", "-c:a ac3 -b:a 192k -ar 44100 -ac 2"),
        ("eac3", "-c:a eac3"),
        ("wav", "-c:a adpcm_ima_wav"),
        ("wav", "-c:a adpcm_ms -ac 2"),
        ("mov", "-c:a pcm_s16be -ac 2 -movflags +faststart"),
        ("mov", "-c:a pcm_s24le -movflags +faststart"),
    ];
    for (number, (ending, arguments)) in kinds.iter().enumerate() {
        let path = bench.made(arguments, &format!("{number}.{ending}"));
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(read(&path).remarks, [], "{ending} {arguments}: nothing is wrong with it");
        for part in [0.75, 0.503, 0.9] {
            std::fs::write(&path, &whole[..(whole.len() as f64 * part) as usize | 1]).unwrap();
            let sound = read(&path);
            let what = format!("{ending} {arguments}, {part}: {} s, {:?}", secs(&sound), sound.remarks);
            all_beep(&sound, 0..(40.0 * part) as usize - 3, 0.0, &what);
            let is_said = missing_end(&sound).is_some_and(|end| (end - (40.0 - secs(&sound))).abs() < 1.0) || sound.remarks.contains(&Remark::BreaksOff);
            assert!(is_said, "{what}");
        }
    }
}

#[test]
fn numbers_that_are_none_are_silence_and_nothing_beside_them_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nan.wav");
    let spec = hound::WavSpec { channels: 2, sample_rate: 16_000, bits_per_sample: 32, sample_format: hound::SampleFormat::Float };
    for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for (name, is_wrong) in [("each tenth", (|n: usize| n.is_multiple_of(10)) as fn(usize) -> bool), ("a second", |n| (32_000..48_000).contains(&n))] {
            let mut writer = hound::WavWriter::create(&path, spec).unwrap();
            for n in 0..64_000 {
                let sound = (n as f32 * 0.2).sin() * 0.5;
                writer.write_sample(if is_wrong(n) { wrong } else { sound }).unwrap();
                writer.write_sample(sound).unwrap();
            }
            writer.finalize().unwrap();
            let sound = read(&path);
            assert!(sound.samples.iter().all(|sample| sample.is_finite()), "{wrong} {name}");
            assert!((rms(&sound.samples[..16_000]) - 0.35).abs() < 0.06, "{wrong} {name}: {}", rms(&sound.samples[..16_000]));
        }
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        (0..64_000).for_each(|_| writer.write_sample(wrong).unwrap());
        writer.finalize().unwrap();
        assert!(read(&path).remarks.contains(&Remark::OnlySilence), "{wrong} alone");
    }
}

/// What is read by another program is only as good as what that says: each place it stumbles over is said, as a gap or as a place where a piece may be gone.
#[test]
fn what_another_decoder_stumbles_over_is_said() {
    let Some(bench) = Bench::new(40) else { return };
    let kinds = [
        ("ac3", "-c:a ac3 -ar 48000"),
        ("eac3", "-c:a eac3 -ar 48000"),
        ("mp2", "-c:a mp2 -b:a 384k -ar 48000 -ac 1"),
        ("ts", "-c:a aac -f mpegts"),
        ("wma", "-c:a wmav2"),
    ];
    for (number, (ending, arguments)) in kinds.iter().enumerate() {
        let path = bench.made(arguments, &format!("{number}.{ending}"));
        assert_eq!(read(&path).remarks, [], "{ending}: nothing is wrong with it");
        cut(&path, 0.4503, 0.5507);
        let sound = read(&path);
        let near = |secs: f64| (15.0..25.0).contains(&secs);
        let is_said = |remark: &Remark| matches!(remark, Remark::Cut(places) if places.iter().any(|place| near(place.secs())));
        assert!(sound.remarks.iter().any(is_said) || missing(&sound).iter().any(|&(start, _)| near(start)), "{ending}: {:?}", sound.remarks);
        all_beep(&sound, 0..15, 0.0, ending);
    }
}

/// AMR as a telephone writes it: 10 s of 12.2 kbit/s or of AMR-WB, whatever they say.
#[test]
fn damaged_amr_keeps_its_time_and_what_is_gone_is_said() {
    if !support::has("ffmpeg") {
        return support::skip("no ffmpeg");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memo.amr");
    for (magic, head, size) in [("#!AMR\n", 0x3C, 31), ("#!AMR-WB\n", 0x44, 60), ("#!AMR-WB\n", 0x14, 32)] {
        let mut state = 1_u32;
        let mut noise = |count: usize| -> Vec<u8> {
            let next = |_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            (0..count).map(next).collect()
        };
        let mut frames = |count: usize| -> Vec<u8> { (0..count).flat_map(|_| [vec![head], noise(size)].concat()).collect() };
        let whole = [magic.as_bytes(), &frames(500)].concat();
        let tried = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let sound = read(&path);
            let remarks: Vec<Remark> = sound.remarks.iter().filter(|remark| **remark != Remark::TooLoud).cloned().collect();
            (secs(&sound), remarks)
        };
        let (length, remarks) = tried(&whole);
        assert!((length - 10.0).abs() < 0.1 && remarks.is_empty(), "{magic} {head}: {length} {remarks:?}");
        let (length, remarks) = tried(&whole[..whole.len() * 3 / 4]);
        assert!((length - 7.5).abs() < 0.1 && remarks == [Remark::BreaksOff], "{magic} {head}: {length} {remarks:?}");
        let from = magic.len() + 200 * (size + 1);
        let zeros = [&whole[..from], &vec![0; 100 * (size + 1)], &whole[from + 100 * (size + 1)..]].concat();
        let (length, remarks) = tried(&zeros);
        let [Remark::Missing(gaps)] = &remarks[..] else { panic!("{magic} {head}: {length} {remarks:?}") };
        let is_near = |gap: Span| (gap.start().secs() - 4.0).abs() < 0.1 && (gap.end().secs() - 6.0).abs() < 0.1;
        assert!((length - 10.0).abs() < 0.1 && is_near(gaps[0]), "{magic} {head}: {length} {remarks:?}");
        let (length, remarks) = tried(&[&whole[..from], &whole[from + 50 * (size + 1) + 7..]].concat());
        assert!((length - 9.0).abs() < 0.2 && matches!(&remarks[..], [Remark::Cut(_)]), "{magic} {head}: {length} {remarks:?}");
    }
}

/// Samples that are written as they are have nothing that could look wrong, and are no different.
#[test]
fn damage_in_samples_that_are_written_as_they_are_is_silent_and_said() {
    let Some(bench) = Bench::new(40) else { return };
    let kinds = [
        ("wav", "-c:a pcm_s16le"),
        ("wav", "-c:a pcm_s16le -ac 2 -ar 44100"),
        ("wav", "-c:a pcm_s24le"),
        ("wav", "-c:a pcm_f32le"),
        ("w64", "-c:a pcm_s16le"),
        ("aiff", "-c:a pcm_s16be"),
        ("caf", "-c:a pcm_s16le"),
    ];
    for (number, (ending, arguments)) in kinds.iter().enumerate() {
        for how in [Damage::Zeros, Damage::Noise] {
            let path = bench.made(arguments, &format!("{number}{how:?}.{ending}"));
            assert_eq!(read(&path).remarks, [], "{ending}: nothing is wrong with it");
            damage(&path, how);
            let sound = read(&path);
            let what = format!("{ending} {arguments} {how:?}: {:?}", sound.remarks);
            assert!((secs(&sound) - 40.0).abs() < 0.1, "{what}: {} s", secs(&sound));
            all_beep(&sound, 0..17, 0.0, &what);
            all_beep(&sound, 23..39, 0.0, &what);
            let [(start, end)] = missing(&sound)[..] else { panic!("{what}") };
            assert!((start - 18.0).abs() < 0.3 && (end - 22.0).abs() < 0.3, "{what}");
        }
    }
}

/// A piece is gone that was no whole number of samples: all that follows would be noise.
#[test]
fn a_piece_that_was_no_whole_number_of_samples_makes_no_noise_of_the_rest() {
    let Some(bench) = Bench::new(40) else { return };
    let kinds = [
        ("wav", "-c:a pcm_s16le", 2),
        ("wav", "-c:a pcm_s16le -ac 2 -ar 44100", 4),
        ("wav", "-c:a pcm_s24le", 3),
        ("wav", "-c:a pcm_s24le -af aformat=flt,volume=0.7317", 3),
        ("wav", "-c:a pcm_s32le", 4),
        ("wav", "-c:a pcm_f32le", 4),
        ("w64", "-c:a pcm_s24le -ac 2", 6),
        ("aiff", "-c:a pcm_s16be", 2),
        ("aiff", "-c:a pcm_s24be", 3),
        ("aiff", "-c:a pcm_s24be -af aformat=flt,volume=0.7317 -ac 2", 6),
        ("aiff", "-c:a pcm_s32be", 4),
        ("caf", "-c:a pcm_s16le", 2),
        ("caf", "-c:a pcm_s24be", 3),
        ("mov", "-c:a pcm_s16le", 2),
        ("mov", "-c:a pcm_s16be -ac 2", 4),
        ("mov", "-c:a pcm_s24le", 3),
        ("mov", "-c:a pcm_s24be -ac 2", 6),
        ("mov", "-c:a pcm_s16le -movflags +faststart", 2),
        ("mov", "-c:a pcm_s24be -movflags +faststart", 3),
        ("mov", "-c:a pcm_f32le -ac 2 -movflags +faststart", 8),
    ];
    for (number, (ending, arguments, frame)) in kinds.iter().enumerate() {
        let path = bench.made(arguments, &format!("{number}.{ending}"));
        let bytes = std::fs::read(&path).unwrap();
        for more in [1, frame - 1] {
            let (from, tenth) = (bytes.len() * 45 / 100 / frame * frame, bytes.len() / 10 / frame * frame);
            std::fs::write(&path, [&bytes[..from], &bytes[from + tenth - more..]].concat()).unwrap();
            let sound = read(&path);
            let what = format!("{ending} {arguments} {more}: {:?}", sound.remarks);
            all_beep(&sound, 0..17, 0.0, &what);
            all_beep(&sound, 24..39, -4.0, &what);
            // An index behind the sound makes the piece a millisecond longer than a tenth of it, and the beep at 25.1 s comes so much earlier.
            assert!(rms(&sound.samples[16_000 * 25..16_000 * 25 + 1500]) < 0.01, "{what}: silent between two beeps");
            let is_there = |place: Millis| (place.secs() - 18.5).abs() < 1.0;
            let is_said = |remark: &Remark| matches!(remark, Remark::Cut(places) if is_there(places[0]));
            assert!(sound.remarks.iter().any(is_said), "{what}");
        }
    }
}
