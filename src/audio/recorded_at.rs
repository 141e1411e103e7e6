//! When a recording was made, as its file tells: by what is written inside, by its name, by when it was last changed.
//!
//! Clocks of recorders are often not set: a moment before there were such files, or one that has not come yet, says nothing, wherever it stands.

use super::mp4_index;
use super::spliced::ByteWindow;
use crate::conference::Millis;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use regex::Regex;
use std::fs::File;
use std::path::Path;
use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

/// 1995: before that no file was recorded that anybody imports, and the clocks that begin at 1904, 1970 and 1980 are past.
const EARLIEST_MS: i64 = 788_918_400_000;
/// Clocks of time zones apart: a day and a half may lie ahead.
const AHEAD_MS: i64 = 36 * 3_600_000;
/// Tags stand at the beginning.
const HEAD: usize = 1 << 16;
/// From 1970 to 2001, where Matroska begins to count.
const MATROSKA_EPOCH_S: i64 = 978_307_200;

/// When a recording of this length began, in milliseconds since 1970: by the moment inside the file (MP4, BWF, ID3, Vorbis comments, Matroska), by its
/// name, by when it was last changed; now, when nothing of this says anything.
#[must_use]
pub fn recorded_at(path: &Path, length: Millis) -> i64 {
    let now = Timestamp::now().as_millisecond();
    let plausible = |moment: &i64| is_plausible(*moment);
    let changed = std::fs::metadata(path).and_then(|file| file.modified()).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let changed = changed.map(|since| since.as_millis() as i64).filter(plausible);
    let window = File::open(path).and_then(ByteWindow::new).ok();
    let inside = window.and_then(|mut window| inside(&mut window)).and_then(|inside| inside.moment(changed)).filter(|(moment, _)| plausible(moment));
    if let Some((moment, may_be_end)) = inside {
        // Some phones write down when they began, others when they ended; at the end the file itself was written too.
        let is_end = may_be_end && changed.is_some_and(|changed| (changed - moment).abs() < length.0 / 2);
        return if is_end { moment - length.0 } else { moment };
    }
    // A recorder writes the file when the recording ends.
    named_moment(path, changed).or(changed.map(|changed| changed - length.0)).unwrap_or(now)
}

/// When what a file of this name holds was said, in milliseconds since 1970, if its name tells; `changed`: when the file was last changed.
#[must_use]
pub fn named_moment(path: &Path, changed: Option<i64>) -> Option<i64> {
    let name = path.file_stem()?.to_string_lossy();
    of_name(&name)?.moment(changed).map(|(moment, _)| moment).filter(|&moment| is_plausible(moment))
}

/// Whether a conference may have been held then: after there were such files, and not ahead of all clocks.
#[must_use]
pub fn is_plausible(moment: i64) -> bool {
    (EARLIEST_MS..=Timestamp::now().as_millisecond() + AHEAD_MS).contains(&moment)
}

/// A moment as it was found.
#[derive(Debug, Clone, Copy, PartialEq)]
enum FoundMoment {
    /// Of the whole world; may be when it ended.
    World(i64),
    /// By the clock on the wall.
    Local(DateTime),
    /// A day without a time.
    Day(Date),
}

impl FoundMoment {
    /// In milliseconds since 1970; of a day alone the time of the file, if it was written then, or noon. And whether it may be the end.
    fn moment(self, changed: Option<i64>) -> Option<(i64, bool)> {
        let local = |moment: DateTime| moment.to_zoned_datetime(TimeZone::system()).ok().map(|zoned| zoned.timestamp().as_millisecond());
        match self {
            Self::World(moment) => Some((moment, true)),
            Self::Local(moment) => Some((local(moment)?, false)),
            Self::Day(day) => {
                let noon = local(day.to_datetime(Time::constant(12, 0, 0, 0)))?;
                let written =
                    changed.filter(|&changed| Timestamp::from_millisecond(changed).is_ok_and(|at| at.to_zoned_datetime(TimeZone::system()).date() == day));
                Some((written.unwrap_or(noon), written.is_some()))
            }
        }
    }
}

fn inside(window: &mut ByteWindow) -> Option<FoundMoment> {
    let head = window.at(0, HEAD).ok()?.to_vec();
    match head.as_slice() {
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => mp4_index::read(window).ok()??.created_unix_ms.map(FoundMoment::World),
        [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..] => of_wav(window),
        [b'I', b'D', b'3', ..] => of_id3(&head),
        [0x1A, 0x45, 0xDF, 0xA3, ..] => of_matroska(&head).or_else(|| of_comments(&head)),
        [b'f', b'L', b'a', b'C', ..] | [b'O', b'g', b'g', b'S', ..] => of_comments(&head),
        _ => None,
    }
}

/// The origination date and time of a broadcast WAV, or the date among its notes.
fn of_wav(window: &mut ByteWindow) -> Option<FoundMoment> {
    let (mut at, mut day) = (12, None);
    for _ in 0..64 {
        let Some(head) = window.exactly::<8>(at) else { break };
        let size = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let body = at + 8;
        match &head[..4] {
            b"bext" => {
                let text: [u8; 18] = window.exactly(body + 320)?;
                let found = stamp(&format!("{} {}", String::from_utf8_lossy(&text[..10]), String::from_utf8_lossy(&text[10..])));
                // A clock that was never set says nothing; the notes may.
                if found.and_then(|found| found.moment(None)).is_some_and(|(moment, _)| is_plausible(moment)) {
                    return found;
                }
            }
            b"LIST" => {
                let notes = window.at(body, usize::try_from(size).unwrap_or(0).min(HEAD)).ok()?;
                if let Some(place) = notes.windows(4).position(|name| name == b"ICRD") {
                    let text = &notes[(place + 8).min(notes.len())..(place + 40).min(notes.len())];
                    day = stamp(&String::from_utf8_lossy(text.split(|byte| *byte == 0).next().unwrap_or_default())).or(day);
                }
            }
            _ => {}
        }
        at = body + size.next_multiple_of(2);
    }
    day
}

/// `TDRC` of ID3 2.4, or `TYER`, `TDAT` and `TIME` of 2.3.
fn of_id3(head: &[u8]) -> Option<FoundMoment> {
    let text = |name: &[u8; 4]| {
        let place = head.windows(4).position(|window| window == name)?;
        let body = head.get(place + 11..(place + 11 + 48).min(head.len()))?;
        let wide = matches!(head.get(place + 10), Some(1 | 2));
        let end = if wide { body.len() } else { body.iter().position(|&byte| byte < 0x20).unwrap_or(body.len()) };
        let clean = body[..end].iter().filter(|byte| byte.is_ascii_graphic() || **byte == b' ').map(|&byte| byte as char);
        Some(clean.collect::<String>())
    };
    if let Some(tagged) = text(b"TDRC").and_then(|text| stamp(&text)) {
        return Some(tagged);
    }
    let (year, day) = (text(b"TYER")?, text(b"TDAT")?);
    let time = text(b"TIME").filter(|time| time.len() >= 4).unwrap_or_default();
    let date = format!("{}-{}-{}", year.get(..4)?, day.get(2..4)?, day.get(..2)?);
    stamp(&match (time.get(..2), time.get(2..4)) {
        (Some(hour), Some(minute)) => format!("{date} {hour}:{minute}"),
        _ => date,
    })
}

/// `CREATION_TIME=` or `DATE=` among the comments of FLAC and Ogg.
fn of_comments(head: &[u8]) -> Option<FoundMoment> {
    ["creation_time", "date"].iter().find_map(|name| {
        let place = head.windows(name.len()).position(|window| window.eq_ignore_ascii_case(name.as_bytes()))?;
        let text: String = head.get(place + name.len()..)?.iter().take(48).map(|&byte| if byte.is_ascii_graphic() { byte as char } else { ' ' }).collect();
        stamp(text.trim_start_matches(|c: char| !c.is_ascii_digit()))
    })
}

/// `DateUTC`: nanoseconds since 2001.
fn of_matroska(head: &[u8]) -> Option<FoundMoment> {
    let place = head.windows(3).position(|window| window == [0x44, 0x61, 0x88])?;
    let nanos = i64::from_be_bytes(head.get(place + 3..place + 11)?.try_into().ok()?);
    Some(FoundMoment::World((nanos / 1_000_000).checked_add(MATROSKA_EPOCH_S * 1000)?))
}

/// What a tag says: `2026-10-13`, `2026-10-13T08:42:00Z`, `2026:10:13 08-42`.
fn stamp(text: &str) -> Option<FoundMoment> {
    static STAMP: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^\s*(\d{4})[-:/._](\d\d)[-:/._](\d\d)(?:[T _](\d\d)[-:._](\d\d)(?:[-:._](\d\d))?(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?)?").ok()
    });
    let found = STAMP.as_ref()?.captures(text)?;
    let number = |group: usize| found.get(group).and_then(|digits| digits.as_str().parse::<i8>().ok());
    let day = Date::new(found.get(1)?.as_str().parse().ok()?, number(2)?, number(3)?).ok()?;
    let Some(hour) = number(4) else { return Some(FoundMoment::Day(day)) };
    let moment = day.to_datetime(Time::new(hour, number(5)?, number(6).unwrap_or(0), 0).ok()?);
    let Some(zone) = found.get(7).map(|zone| zone.as_str()) else { return Some(FoundMoment::Local(moment)) };
    let utc = moment.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp().as_millisecond();
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let minutes: i64 = if zone == "Z" { 0 } else { digits.get(..2)?.parse::<i64>().ok()? * 60 + digits.get(2..4)?.parse::<i64>().ok()? };
    Some(FoundMoment::World(utc - if zone.starts_with('-') { -minutes } else { minutes } * 60_000))
}

/// What the name of a file says, as phones, recorders and messengers write it.
fn of_name(name: &str) -> Option<FoundMoment> {
    static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [
            // Zoom meetings are named in world time.
            r"(?P<utc>GMT)(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)[-_](?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)",
            // Signal: 2026-10-13-084200.
            r"(?:^|\D)(?P<y>(?:19|20)\d\d)-(?P<m>\d\d)-(?P<d>\d\d)[-_ T](?P<H>[0-2]\d)(?P<M>[0-5]\d)(?P<S>[0-5]\d)(?:\D|$)",
            // 2026-10-13 at 08.42.00 (WhatsApp), 2026-10-13 08-42-00, 2026_10_13T08_42, 2026.10.13 8:42 PM.
            r"(?:^|\D)(?P<y>(?:19|20)\d\d)[-_.](?P<m>\d\d?)[-_.](?P<d>\d\d?)(?:(?:[ T_,-]+(?:at |um |a las |à )?)(?P<H>\d\d?)[-_.:h ](?P<M>\d\d)(?:[-_.: ](?P<S>\d\d))?(?: ?(?P<half>[AaPp])\.?[Mm])?)?(?:\D|$)",
            // 20261013_084200, 20261013-0842, REC20261013084200, PTT-20261013-WA0001.
            r"(?:^|\D)(?P<y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?:[-_ T]?(?P<H>[0-2]\d)(?P<M>[0-5]\d)(?P<S>[0-5]\d)?)?(?:\D|$)",
            // 13.10.2026 08.42, 13-10-2026.
            r"(?:^|\D)(?P<d>\d\d?)[-.](?P<m>\d\d?)[-.](?P<y>(?:19|20)\d\d)(?:[ T_,-]+(?:at |um )?(?P<H>\d\d?)[-_.:h ](?P<M>\d\d)(?:[-_.: ](?P<S>\d\d))?)?(?:\D|$)",
            // Voice_261013_084207.
            r"\D(?P<yy>\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)[-_](?P<H>[0-2]\d)(?P<M>[0-5]\d)(?P<S>[0-5]\d)(?:\D|$)",
            // Dictation machines: 261013_0842.
            r"^(?P<yy>\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)[-_](?P<H>[0-2]\d)(?P<M>[0-5]\d)(?P<S>[0-5]\d)?(?:\D|$)",
        ]
        .iter()
        .filter_map(|pattern| Regex::new(pattern).ok())
        .collect()
    });
    PATTERNS.iter().find_map(|pattern| {
        let found = pattern.captures(name)?;
        let number = |group: &str| found.name(group).and_then(|digits| digits.as_str().parse::<i16>().ok());
        let year = number("y").or_else(|| number("yy").map(|year| 2000 + year))?;
        let day = Date::new(year, number("m")?.try_into().ok()?, number("d")?.try_into().ok()?).ok()?;
        let (Some(hour), Some(minute)) = (number("H"), number("M")) else { return Some(FoundMoment::Day(day)) };
        let hour = match found.name("half").map(|half| half.as_str().to_ascii_lowercase()) {
            Some(half) if half == "p" && hour < 12 => hour + 12,
            Some(half) if half == "a" && hour == 12 => 0,
            _ => hour,
        };
        let Ok(time) = Time::new(hour.try_into().ok()?, minute.try_into().ok()?, number("S").unwrap_or(0).try_into().ok()?, 0) else {
            return Some(FoundMoment::Day(day));
        };
        let moment = day.to_datetime(time);
        if found.name("utc").is_some() {
            return Some(FoundMoment::World(moment.to_zoned_datetime(TimeZone::UTC).ok()?.timestamp().as_millisecond()));
        }
        Some(FoundMoment::Local(moment))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> FoundMoment {
        FoundMoment::Local(text.parse().unwrap())
    }

    #[test]
    fn names_of_phones_recorders_and_messengers_say_when() {
        for (name, at) in [
            ("WhatsApp Audio 2026-10-13 at 08.42.07", "2026-10-13T08:42:07"),
            ("WhatsApp Ptt 2026-10-13 at 8.42.07 PM", "2026-10-13T20:42:07"),
            ("20261013_084207", "2026-10-13T08:42:07"),
            ("Recording 20261013-084207 Maya", "2026-10-13T08:42:07"),
            ("REC20261013084207", "2026-10-13T08:42:07"),
            ("2026-10-13 08-42-07", "2026-10-13T08:42:07"),
            ("Voice_2026_10_13T08_42", "2026-10-13T08:42:00"),
            ("Aufnahme 13.10.2026 08.42", "2026-10-13T08:42:00"),
            ("261013_0842", "2026-10-13T08:42:00"),
            ("signal-2026-10-13-084207", "2026-10-13T08:42:07"),
            ("signal-2026-10-13-08-42-07-123", "2026-10-13T08:42:07"),
            ("Voice 261013_084207", "2026-10-13T08:42:07"),
        ] {
            assert_eq!(of_name(name), Some(local(at)), "{name}");
        }
        assert_eq!(of_name("PTT-20261013-WA0001"), Some(FoundMoment::Day(Date::constant(2026, 10, 13))));
        assert_eq!(of_name("AUD-20261013-WA0012"), Some(FoundMoment::Day(Date::constant(2026, 10, 13))));
        assert_eq!(of_name("GMT20261013-084207_Recording"), Some(FoundMoment::World(1_791_880_927_000)));
        for name in ["Maya 3", "Recording 12", "conference 20269913", "12345678901234567890", "New Recording", "2026"] {
            assert_eq!(of_name(name), None, "{name}");
        }
    }

    #[test]
    fn tags_say_when_and_with_which_clock() {
        assert_eq!(stamp("2026-10-13T08:42:00Z"), Some(FoundMoment::World(1_791_880_920_000)));
        assert_eq!(stamp("2026-10-13T10:42:00+0200"), Some(FoundMoment::World(1_791_880_920_000)));
        assert_eq!(stamp("2026-10-13 08-42-00"), Some(local("2026-10-13T08:42:00")));
        assert_eq!(stamp("2026-10-13"), Some(FoundMoment::Day(Date::constant(2026, 10, 13))));
        assert_eq!(stamp("2026"), None, "a year is no moment");
        assert_eq!(stamp("0000-00-00"), None);
    }

    #[test]
    fn a_clock_that_was_never_set_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::now().as_millisecond();
        for name in ["19700101_000000.wav", "19800101_000000.wav", "20360207_062816.wav", "20991231_235959.wav"] {
            let path = folder.path().join(name);
            std::fs::write(&path, b"not much").unwrap();
            assert!((recorded_at(&path, Millis(0)) - now).abs() < 60_000, "{name}");
            let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(315_532_800);
            File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
            assert!((recorded_at(&path, Millis(0)) - now).abs() < 60_000, "{name}, and the file of 1980");
        }
    }
}
