//! Dates before the times of a page, and over it: `2026-03-01 10:04:12 Teacher: ...`, `[3/1/26, 10:04 AM] Ms. Lee: ...`, `01.03.2026 10:04 - Name: ...`.
//!
//! They say when the talk was, and on which day each line was said; a page with dates has no other clock.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use regex::{Captures, Regex};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// When a talk was, as its page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaidAt {
    /// Milliseconds since 1970.
    World(i64),
    /// By the clock on the wall.
    Local(DateTime),
    /// A day without a time.
    Day(Date),
}

/// A page whose dates are taken out.
#[derive(Debug, Default)]
pub(super) struct Dated {
    /// The same lines with times alone.
    pub text: String,
    /// By the place of the line: its day, counted from the first, and the line as it is typed.
    pub lines: BTreeMap<usize, (i64, String)>,
    /// When the first of them was said.
    pub said_at: Option<SaidAt>,
}

/// A date in all its forms.
const DATE: &str = concat!(
    r"(?:(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d\d?)[-/.](?P<d>\d\d?)",
    r"|(?P<sa>\d\d?)/(?P<sb>\d\d?)/(?P<sy>(?:20)?\d\d)",
    r"|(?P<pd>\d\d?)[.-](?P<pm>\d\d?)[.-](?P<py>(?:20)?\d\d)",
    r"|(?:[^\W\d_]{2,10}\.?,? )?(?:(?P<n1>[^\W\d_]{3,10})\.? (?P<n1d>\d\d?)(?:st|nd|rd|th)?,? (?P<n1y>20\d\d)",
    r"|(?P<n2d>\d\d?)(?:st|nd|rd|th)?\.?[ -](?P<n2>[^\W\d_]{3,10})\.?,?[ -](?P<n2y>20\d\d)))",
);
/// The time of the day beside it, and how far that is from the world's.
const CLOCK: &str = r"(?P<time>\d\d?:\d\d(?::\d\d)?(?:[.,]\d{1,6})?(?:[\s\u{202f}]?[AaPp]\.?[Mm]\.?)?)(?P<zone>Z|[+-]\d\d:?\d\d)?";

/// The pieces of a line that has a date beside a time, or a date alone.
struct Forms {
    /// The date first: `[3/1/26, 10:04 AM]`, `2026-03-01T10:04:12Z`.
    before: Regex,
    /// The time first, in brackets: `[10:04 AM, 3/1/2026]`.
    behind: Regex,
    /// A date and nothing else, perhaps with the name of the day.
    alone: Regex,
    /// A date somewhere in a line over the talk.
    within: Regex,
    /// A day of no year and nothing else: `12 March`, `Monday, March 12th`, `3/12`.
    yearless: Regex,
}

static FORMS: LazyLock<Option<Forms>> = LazyLock::new(|| {
    let one = |text: &str| Regex::new(text).ok();
    Some(Forms {
        before: one(&format!(
            r"^(?P<lead>[^:\n]{{0,48}}?)(?P<open>[\[(]?){DATE}(?P<sep>,? (?:at|um|a las|à|kl\.?) |[,T]\s*|\s+|\s*[-–—·•|]\s*|[\])]\s*[\[(]?){CLOCK}"
        ))?,
        behind: one(&format!(r"^(?P<lead>[^:\n]{{0,48}}?)(?P<open>[\[(]?){CLOCK},? {DATE}"))?,
        alone: one(&format!(r"^[-–—=*_#\s]*{DATE}[-–—=*_#\s]*$"))?,
        within: one(&format!(r"(?:^|[^\w/.-]){DATE}(?:(?:,? (?:at|um) |,?\s+|T){CLOCK})?(?:$|[^\w/-])"))?,
        yearless: one(
            r"^[-–—=*_#\s]*(?:[^\W\d_]{2,10}\.?,? )?(?:[^\W\d_]{3,10}\.? \d\d?(?:st|nd|rd|th)?|\d\d?(?:st|nd|rd|th|\.)? [^\W\d_]{3,10}|(?P<a>\d\d?)/(?P<b>\d\d?))\.?[-–—=*_#\s]*$",
        )?,
    })
});

const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "janv", "gen"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "mrz", "maa"],
    &["apr", "abr", "avr"],
    &["may", "mai", "mei", "mag"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "ago", "aoû", "aou"],
    &["sep", "set"],
    &["oct", "okt", "ott", "out"],
    &["nov"],
    &["dec", "dez", "dic", "déc"],
];

/// Months as pages write them; a name that only begins so is somebody's: "Marta", "Maya".
const MONTH_NAMES: &str = "january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov \
    dec januar februar märz mai juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre décembre enero febrero marzo \
    abril mayo junio julio agosto septiembre octubre noviembre diciembre";

fn month(name: &str) -> Option<i8> {
    let name = name.to_lowercase();
    let fits = |names: &[&str]| names.iter().any(|begin| name.starts_with(begin));
    MONTHS.iter().position(|names| fits(names)).and_then(|at| i8::try_from(at + 1).ok())
}

/// The day a match says; `day_first`: how numbers with strokes between are read.
fn day(found: &Captures<'_>, day_first: bool) -> Option<Date> {
    let number = |group: &str| found.name(group).and_then(|digits| digits.as_str().parse::<i16>().ok());
    let year = |group: &str| number(group).map(|year| if year < 100 { 2000 + year } else { year });
    let date = |year: i16, month: i16, day: i16| Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
    if let Some(whole) = number("y") {
        return date(whole, number("m")?, number("d")?);
    }
    if let Some(year) = year("sy") {
        let (first, second) = (number("sa")?, number("sb")?);
        return if day_first { date(year, second, first) } else { date(year, first, second) };
    }
    if let Some(year) = year("py") {
        return date(year, number("pm")?, number("pd")?);
    }
    let named = |name: &str, day: &str, year: &str| Some((found.name(name)?.as_str(), number(day)?, number(year)?));
    let (name, day, year) = named("n1", "n1d", "n1y").or_else(|| named("n2", "n2d", "n2y"))?;
    date(year, i16::from(month(name)?), day)
}

/// Whether the day stands before the month, by all dates of a page: what cannot be a month is a day. Where all could be either: a day with a zero before it
/// and no AM or PM in capitals is how countries write that put the day first.
fn is_day_first(all: &[Captures<'_>]) -> bool {
    let parts = |found: &Captures<'_>| Some((found.name("sa")?.as_str().to_owned(), found.name("sb")?.as_str().to_owned()));
    let slashed: Vec<(String, String)> = all.iter().filter_map(parts).collect();
    let above = |one: &String| one.parse::<u8>().is_ok_and(|number| number > 12);
    if slashed.iter().any(|(first, _)| above(first)) {
        return true;
    }
    let is_american = |found: &Captures<'_>| found.name("time").is_some_and(|time| time.as_str().contains('M'));
    !slashed.iter().any(|(_, second)| above(second))
        && slashed.iter().any(|(first, second)| first.starts_with('0') || second.starts_with('0'))
        && !all.iter().any(is_american)
}

/// Signs that are not seen: a mark of the order of bytes, of direction, of a place to break.
pub(super) fn is_unseen(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{ad}')
}

/// Takes dates from before the times of lines, where at least two lines have them, or one at its very beginning; the days are counted from the first.
pub(super) fn without_dates(text: &str) -> Dated {
    let whole = || Dated { text: text.to_owned(), ..Dated::default() };
    let Some(forms) = FORMS.as_ref() else { return whole() };
    if !text.contains("20") && !text.contains('/') && !text.contains('.') {
        return whole();
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let begins = |line: &str| line.len() - line.trim_start_matches(|c: char| c.is_whitespace() || is_unseen(c)).len();
    let found: Vec<(usize, Captures<'_>)> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains(':'))
        .filter_map(|(at, line)| {
            let line = &line[begins(line)..];
            forms.before.captures(line).or_else(|| forms.behind.captures(line)).map(|found| (at, found))
        })
        .collect();
    // One line by itself may as well be a title; with a label behind it is none.
    let is_first = |at: usize, found: &Captures<'_>| {
        let line = &lines[at][begins(lines[at])..];
        !found["lead"].contains(char::is_alphanumeric) && found.get(0).is_some_and(|whole| line[whole.end()..].contains([':', '：']))
    };
    let said = lines.iter().filter(|line| !line.trim().is_empty()).count();
    // In some layouts what is said stands on the next line, and one who says more has several.
    let is_layout = found.len() >= 2 && found.len() * 5 >= said;
    let found: Vec<(usize, Captures<'_>)> = found.into_iter().filter(|(at, found)| is_layout || is_first(*at, found)).collect();
    let all: Vec<Captures<'_>> = found.iter().filter_map(|(at, _)| recaptured(forms, &lines[*at][begins(lines[*at])..])).collect();
    let day_first = is_day_first(&all);
    let mut dated = Dated::default();
    let mut first: Option<Date> = None;
    let mut changed: BTreeMap<usize, String> = BTreeMap::new();
    for (at, found) in &found {
        let Some(day) = day(found, day_first) else { continue };
        let first = *first.get_or_insert(day);
        let Some(whole) = found.get(0) else { continue };
        let time = clock(&found["time"]);
        if dated.said_at.is_none() {
            dated.said_at = Some(moment(day, &time, found.name("zone").map(|zone| zone.as_str())));
        }
        let line = &lines[*at][begins(lines[*at])..];
        // Where the date stood the time stands now, in the bracket that holds it.
        let is_closed = found.name("sep").is_some_and(|sep| sep.as_str().contains([']', ')']) && !sep.as_str().contains(['[', '(']));
        let open = if is_closed { "" } else { &found["open"] };
        changed.insert(*at, format!("{}{open}{time}{}", &found["lead"], &line[whole.end()..]));
        let days = i64::from((day - first).get_days());
        dated.lines.insert(*at, (days, lines[*at].trim().to_owned()));
    }
    let text: Vec<&str> = lines.iter().enumerate().map(|(at, line)| changed.get(&at).map_or(*line, String::as_str)).collect();
    dated.text = text.join("\n");
    dated
}

fn recaptured<'a>(forms: &Forms, line: &'a str) -> Option<Captures<'a>> {
    forms.before.captures(line).or_else(|| forms.behind.captures(line))
}

/// A clock of the day shows hours first: with seconds it cannot be read as minutes.
fn clock(time: &str) -> String {
    let is_short = time.matches(':').count() == 1 && !time.contains(['M', 'm']);
    if is_short { format!("{time}:00") } else { time.to_owned() }
}

/// A day and a time as a moment.
fn moment(day: Date, time: &str, zone: Option<&str>) -> SaidAt {
    let Some(secs) = super::times::whole(time).map(|stamp| stamp.at.0 / 1000) else { return SaidAt::Day(day) };
    let part = |size: i64, most: i64| i8::try_from(secs / size % most).unwrap_or(0);
    let Ok(clock) = Time::new(part(3600, 24), part(60, 60), part(1, 60), 0) else { return SaidAt::Day(day) };
    let at = day.to_datetime(clock);
    let Some(zone) = zone else { return SaidAt::Local(at) };
    let Ok(utc) = at.to_zoned_datetime(TimeZone::UTC) else { return SaidAt::Local(at) };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let minutes = number(digits.get(..2)) * 60 + number(digits.get(2..4));
    SaidAt::World(utc.timestamp().as_millisecond() - if zone.starts_with('-') { -minutes } else { minutes } * 60_000)
}

/// A line that is a date and nothing else: "Sunday, March 1, 2026" between the days of a chat.
pub(super) fn is_date(line: &str) -> bool {
    let may_be = line.len() <= 80 && line.contains(|c: char| c.is_ascii_digit());
    FORMS
        .as_ref()
        .filter(|_| may_be)
        .and_then(|forms| forms.alone.captures(line))
        .is_some_and(|found| day(&found, false).or_else(|| day(&found, true)).is_some())
}

/// A line that is a day without its year and nothing else: when it was is not known.
pub(super) fn is_yearless_date(line: &str) -> bool {
    let may_be = line.len() <= 80 && line.contains(|c: char| c.is_ascii_digit());
    let Some(found) = FORMS.as_ref().filter(|_| may_be).and_then(|forms| forms.yearless.captures(line)) else { return false };
    let number = |group: &str| found.name(group).and_then(|digits| digits.as_str().parse::<u8>().ok());
    match (number("a"), number("b")) {
        (Some(one), Some(other)) => (1..=12).contains(&one.min(other)) && one.max(other) <= 31,
        _ => has_day(line.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))),
    }
}

/// Whether a day and a month stand side by side among the words of a name.
pub(super) fn has_day<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    let is_day = |word: &str| {
        let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
        matches!(digits.parse(), Ok(1..=31_u8)) && ["", "st", "nd", "rd", "th", ".", ","].contains(&&word[digits.len()..])
    };
    let mut before = "";
    words.into_iter().any(|word| {
        let side_by_side = is_day(word) && is_month(before) || is_day(before) && is_month(word);
        before = word;
        side_by_side
    })
}

/// A month by its whole name, or as it is shortened.
pub(super) fn is_month(word: &str) -> bool {
    let word = word.trim_end_matches(['.', ',']).to_lowercase();
    MONTH_NAMES.split_whitespace().any(|name| name == word)
}

/// When a talk was, where a line over it says so: "Date: May 3, 2026", "Tue, May 2, 2023 10:03AM".
pub(super) fn said_over(line: &str) -> Option<SaidAt> {
    let found = FORMS.as_ref()?.within.captures(line)?;
    let day_first = is_day_first(std::slice::from_ref(&found));
    let day = day(&found, day_first)?;
    Some(found.name("time").map_or(SaidAt::Day(day), |time| moment(day, &clock(time.as_str()), found.name("zone").map(|zone| zone.as_str()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(text: &str) -> SaidAt {
        SaidAt::Local(text.parse().unwrap())
    }

    #[test]
    fn dates_in_every_common_form_are_understood() {
        for (line, left, at) in [
            ("2026-03-01 10:04:12 Teacher: hi", "10:04:12 Teacher: hi", local("2026-03-01T10:04:12")),
            ("2026/03/01, 10:04 Teacher: hi", "10:04:00 Teacher: hi", local("2026-03-01T10:04:00")),
            ("2026-03-01T10:04:12Z Teacher: hi", "10:04:12 Teacher: hi", SaidAt::World(1_772_359_452_000)),
            ("2026-03-01T10:04:12.500+02:00 Teacher: hi", "10:04:12.500 Teacher: hi", SaidAt::World(1_772_352_252_000)),
            ("[3/13/26, 10:04 AM] Ms. Lee: hi", "[10:04 AM] Ms. Lee: hi", local("2026-03-13T10:04:00")),
            ("[3/1/26, 10:04:05\u{202f}PM] Ms. Lee: hi", "[10:04:05\u{202f}PM] Ms. Lee: hi", local("2026-03-01T22:04:05")),
            ("\u{200e}[3/1/26, 10:04 AM] Ms. Lee: hi", "[10:04 AM] Ms. Lee: hi", local("2026-03-01T10:04:00")),
            ("3/1/26, 10:04 AM - Ms. Lee: hi", "10:04 AM - Ms. Lee: hi", local("2026-03-01T10:04:00")),
            ("01/03/2026, 10:04 - Ms. Lee: hi", "10:04:00 - Ms. Lee: hi", local("2026-03-01T10:04:00")),
            ("01.03.2026 10:04 - Ms. Lee: hi", "10:04:00 - Ms. Lee: hi", local("2026-03-01T10:04:00")),
            ("[01.03.26, 10:04:12] Ms. Lee: hi", "[10:04:12] Ms. Lee: hi", local("2026-03-01T10:04:12")),
            ("[10:04 AM, 3/1/2026] Ms. Lee: hi", "[10:04 AM] Ms. Lee: hi", local("2026-03-01T10:04:00")),
            ("Ms. Lee, [01.03.2026 10:04]", "Ms. Lee, [10:04:00]", local("2026-03-01T10:04:00")),
            ("March 1, 2026 at 10:04 AM Ms. Lee: hi", "10:04 AM Ms. Lee: hi", local("2026-03-01T10:04:00")),
            ("1 March 2026 10:04 Ms. Lee: hi", "10:04:00 Ms. Lee: hi", local("2026-03-01T10:04:00")),
        ] {
            let dated = without_dates(&format!("{line}\n{line}"));
            assert_eq!((dated.text.as_str(), dated.said_at), (format!("{left}\n{left}").as_str(), Some(at)), "{line}");
        }
    }

    #[test]
    fn a_day_and_a_month_are_told_apart_by_the_page() {
        let of = |text: &str| without_dates(text).said_at;
        assert_eq!(of("3/1/26, 10:04 - A: x\n13/1/26, 10:05 - A: x"), Some(local("2026-01-03T10:04:00")));
        assert_eq!(of("3/1/26, 10:04 - A: x\n3/13/26, 10:05 - A: x"), Some(local("2026-03-01T10:04:00")));
        let days = without_dates("[3/1/26, 10:04 AM] A: x\n[3/3/26, 10:04 AM] A: x").lines;
        assert_eq!(days.values().map(|(days, _)| *days).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn what_is_said_keeps_its_dates() {
        for text in ["Maya: on 3/1/26 at 10:04 I woke\nT: Why?\nMaya: no\nT: Oh.\nMaya: so\nT: see", "T: 1/2/3 10:04", "T: 99.99.2026 10:04 is none"] {
            assert_eq!(without_dates(text).text, text);
        }
        assert!(is_date("Sunday, March 1, 2026") && is_date("--- 3/1/2026 ---") && is_date("2026-03-01"));
        assert!(!is_date("March 1 was cold") && !is_date("Nobody 1, 2026"));
    }

    #[test]
    fn a_line_over_the_talk_may_say_when() {
        let day = |text: &str| SaidAt::Day(text.parse().unwrap());
        for (line, at) in [
            ("Date: May 3, 2026", day("2026-05-03")),
            ("Date: 5/13/26", day("2026-05-13")),
            ("Tue, May 2, 2023 10:03AM • 12:44", local("2023-05-02T10:03:00")),
            ("Conference (2024-03-05 10:03 GMT) - Transcript", local("2024-03-05T10:03:00")),
            ("@Date:\t01-MAR-2026", day("2026-03-01")),
            ("Datum: 13.10.2026", day("2026-10-13")),
        ] {
            assert_eq!(said_over(line), Some(at), "{line}");
        }
        for line in ["Date: May 3", "Grade: 4", "Length: 0:20", "10/12"] {
            assert_eq!(said_over(line), None, "{line}");
        }
    }
}
