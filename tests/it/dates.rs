//! When a recording was made, as each kind of file says it: BWF, ID3, MP4, Matroska, comments; and that a clock which was never set says nothing.

use crate::support::bench::Bench;
use afterbell::audio::recorded_at;
use afterbell::conference::Millis;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The same moment by the clock on the wall and by that of the world.
const WALL: &str = "2025-03-04T08:42:07";
/// The file was written long after.
const WRITTEN_S: u64 = 1_750_000_000;

fn local(text: &str) -> i64 {
    text.parse::<DateTime>().unwrap().to_zoned_datetime(TimeZone::system()).unwrap().timestamp().as_millisecond()
}

fn world(text: &str) -> i64 {
    text.parse::<DateTime>().unwrap().to_zoned_datetime(TimeZone::UTC).unwrap().timestamp().as_millisecond()
}

fn at(path: &Path) -> i64 {
    File::options().write(true).open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(WRITTEN_S)).unwrap();
    recorded_at(path, Millis(3000))
}

const WAV: &str = "-c:a pcm_s16le -write_bext 1 -metadata origination_date=2025-03-04 -metadata origination_time=08:42:07";

#[test]
fn every_kind_of_file_that_carries_its_moment_says_it() {
    let Some(bench) = Bench::new(3) else { return };
    let by_the_wall = [
        ("bwf.wav", WAV.to_owned()),
        ("rf64.wav", format!("{WAV} -rf64 always")),
        ("v24.mp3", format!("-c:a libmp3lame -id3v2_version 4 -metadata date={WALL}")),
        ("v24.aac", format!("-c:a aac -write_id3v2 1 -metadata date={WALL}")),
        ("memo.flac", format!("-c:a flac -metadata date={WALL}")),
        ("memo.ogg", format!("-c:a libvorbis -metadata date={WALL}")),
        ("memo.opus", format!("-c:a libopus -metadata date={WALL}")),
    ];
    for (name, arguments) in by_the_wall {
        assert_eq!(at(&bench.made(&arguments, name)), local(WALL), "{name}");
    }
    for (name, codec) in [
        ("memo.m4a", "aac"),
        ("memo.mp4", "aac"),
        ("memo.mov", "alac"),
        ("memo.3gp", "aac"),
        ("memo.mka", "libvorbis"),
        ("memo.mkv", "aac"),
        ("memo.webm", "libopus"),
        ("zulu.flac", "flac"),
        ("zulu.opus", "libopus"),
    ] {
        let path = bench.made(&format!("-c:a {codec} -metadata creation_time={WALL}Z"), name);
        assert_eq!(at(&path), world(WALL), "{name}");
    }
    // In fragments too, and with the index in front.
    for flags in ["+frag_keyframe+empty_moov", "+faststart"] {
        let path = bench.made(&format!("-c:a aac -movflags {flags} -metadata creation_time={WALL}Z"), "flags.mp4");
        assert_eq!(at(&path), world(WALL), "{flags}");
    }
}

/// Replaces the first of these bytes by others as long.
fn patched(path: &Path, what: &[u8], by: &[u8]) {
    let mut bytes = std::fs::read(path).unwrap();
    let place = bytes.windows(what.len()).position(|window| window == what).unwrap_or_else(|| panic!("{what:?} is not there"));
    bytes[place..place + by.len()].copy_from_slice(by);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn broadcast_wavs_say_it_as_their_makers_write_it() {
    let Some(bench) = Bench::new(3) else { return };
    let path = bench.made(&format!("{WAV} -rf64 always"), "field.wav");
    patched(&path, b"RF64", b"BW64");
    assert_eq!(at(&path), local(WALL), "BW64");
    for written in ["2025:03:0408-42-07", "2025/03/0408.42.07", "2025.03.0408:42:07", "2025_03_0408_42_07"] {
        let path = bench.made(WAV, "field.wav");
        patched(&path, b"2025-03-0408:42:07", written.as_bytes());
        assert_eq!(at(&path), local(WALL), "{written}");
    }
    // Nobody set the clock of the recorder: the notes of the file, else its name, else when it was written.
    for never in ["0000-00-0000:00:00", "1970-01-0100:00:00", "1980-01-0100:00:00", "2036-02-0706:28:16", "                  "] {
        let path = bench.made(&format!("{WAV} -metadata date=2025-03-04"), "notes.wav");
        patched(&path, b"2025-03-0408:42:07", never.as_bytes());
        assert_eq!(at(&path), local("2025-03-04T12:00:00"), "{never}, and a day among the notes");
        let path = bench.made(WAV, "20250304_084207.wav");
        patched(&path, b"2025-03-0408:42:07", never.as_bytes());
        assert_eq!(at(&path), local(WALL), "{never}, and a name");
        let path = bench.made(WAV, "field.wav");
        patched(&path, b"2025-03-0408:42:07", never.as_bytes());
        assert_eq!(at(&path), WRITTEN_S as i64 * 1000 - 3000, "{never} alone");
    }
}

/// A tag of ID3 with one frame each.
fn id3(version: u8, frames: &[(&[u8; 4], Vec<u8>)], sound: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, text) in frames {
        body.extend_from_slice(*name);
        body.extend((text.len() as u32).to_be_bytes());
        body.extend([0, 0]);
        body.extend(text);
    }
    let mut tag = vec![b'I', b'D', b'3', version, 0, 0];
    tag.extend([21, 14, 7, 0].map(|shift| (body.len() >> shift & 0x7F) as u8));
    [tag, body, sound.to_vec()].concat()
}

fn latin(text: &str) -> Vec<u8> {
    [&[0], text.as_bytes(), &[0]].concat()
}

fn wide(text: &str) -> Vec<u8> {
    [vec![1, 0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect(), vec![0, 0]].concat()
}

#[test]
fn id3_of_every_version_and_coding_says_it() {
    let Some(bench) = Bench::new(3) else { return };
    let sound = std::fs::read(bench.made("-c:a libmp3lame -id3v2_version 0 -write_id3v1 0", "plain.mp3")).unwrap();
    let path = bench.path("tagged.mp3");
    type Code = fn(&str) -> Vec<u8>;
    for (name, code) in [("latin", latin as Code), ("wide", wide), ("utf-8", |text| [&[3], text.as_bytes()].concat())] {
        std::fs::write(&path, id3(4, &[(b"TIT2", code("Poem 1999-01-01")), (b"TDRC", code("2025-03-04T08:42:07"))], &sound)).unwrap();
        assert_eq!(at(&path), local(WALL), "{name}, 2.4");
        std::fs::write(&path, id3(3, &[(b"TYER", code("2025")), (b"TDAT", code("0403")), (b"TIME", code("0842"))], &sound)).unwrap();
        assert_eq!(at(&path), local("2025-03-04T08:42:00"), "{name}, 2.3");
        std::fs::write(&path, id3(3, &[(b"TYER", code("2025")), (b"TDAT", code("0403"))], &sound)).unwrap();
        assert_eq!(at(&path), local("2025-03-04T12:00:00"), "{name}, 2.3 with a day alone");
        // A year is no moment, a year that is wrong none at all.
        for year in ["2025", "1970-01-01", "2036-02-07T06:28:16", "0000-00-00"] {
            std::fs::write(&path, id3(4, &[(b"TDRC", code(year))], &sound)).unwrap();
            assert_eq!(at(&path), WRITTEN_S as i64 * 1000 - 3000, "{name}, {year}");
        }
    }
}

#[test]
fn a_moment_that_cannot_be_says_nothing_whatever_carries_it() {
    let Some(bench) = Bench::new(3) else { return };
    for never in ["1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1979-12-31T23:00:00Z", "2036-02-07T06:28:16Z"] {
        for (ending, codec) in [("m4a", "aac"), ("mov", "alac"), ("mka", "libvorbis"), ("webm", "libopus"), ("flac", "flac"), ("opus", "libopus")] {
            let path = bench.made(&format!("-c:a {codec} -metadata creation_time={never}"), &format!("memo.{ending}"));
            assert_eq!(at(&path), WRITTEN_S as i64 * 1000 - 3000, "{ending} {never}");
        }
    }
}
