//! Dates as a teacher says them, in the computer's own time zone.

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

fn zoned(unix_ms: i64) -> ZonedDateTime {
    Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned_datetime(TimeZone::system())
}

/// Whole days between two moments, by the calendar and not by hours.
#[must_use]
pub fn days_between(earlier_unix_ms: i64, later_unix_ms: i64) -> i64 {
    let day = |unix_ms| zoned(unix_ms).date();
    day(earlier_unix_ms).until(day(later_unix_ms)).map_or(0, |span| i64::from(span.get_days()))
}

/// "Today, 10:42", "Yesterday, 10:42", "Tue 13 Oct, 10:42"; with the year when it is another one.
#[must_use]
pub fn when(unix_ms: i64, now_unix_ms: i64) -> String {
    let (at, now) = (zoned(unix_ms), zoned(now_unix_ms));
    match days_between(unix_ms, now_unix_ms) {
        0 => at.strftime("Today, %H:%M").to_string(),
        1 => at.strftime("Yesterday, %H:%M").to_string(),
        _ if at.year() == now.year() => at.strftime("%a %-d %b, %H:%M").to_string(),
        _ => at.strftime("%a %-d %b %Y, %H:%M").to_string(),
    }
}

/// When the term began that a moment is in: a school year has one from August and one from January.
#[must_use]
pub fn term_start(now_unix_ms: i64) -> i64 {
    let today = zoned(now_unix_ms);
    let month = if today.month() >= 8 { 8 } else { 1 };
    let first = jiff::civil::Date::new(today.year(), month, 1).and_then(|first| first.at(0, 0, 0, 0).to_zoned_datetime(TimeZone::system()));
    first.map_or(now_unix_ms, |first| first.timestamp().as_millisecond())
}

/// "21 Sep".
#[must_use]
pub fn day(unix_ms: i64) -> String {
    zoned(unix_ms).strftime("%-d %b").to_string()
}

/// "Tuesday 13 October".
#[must_use]
pub fn long_day(unix_ms: i64) -> String {
    zoned(unix_ms).strftime("%A %-d %B").to_string()
}

/// "today", "yesterday", "22 days ago".
#[must_use]
pub fn ago(unix_ms: i64, now_unix_ms: i64) -> String {
    match days_between(unix_ms, now_unix_ms) {
        i64::MIN..=0 => "today".into(),
        1 => "yesterday".into(),
        days => format!("{days} days ago"),
    }
}

/// "about 2 minutes left".
#[must_use]
pub fn left(secs: u64) -> String {
    match secs {
        0..=59 => "less than a minute left".into(),
        60..=89 => "about 1 minute left".into(),
        _ => format!("about {} minutes left", (secs + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_by_the_calendar() {
        let now = 1_792_000_000_000;
        assert_eq!(ago(now, now), "today");
        assert_eq!(ago(now - 22 * 86_400_000, now), "22 days ago");
        assert!(when(now, now).starts_with("Today, "));
        assert_eq!(left(61), "about 1 minute left");
        // In October since August, in May since January.
        assert_eq!(day(term_start(now)), "1 Aug");
        assert_eq!(day(term_start(now + 210 * 86_400_000)), "1 Jan");
        assert_eq!(left(400), "about 7 minutes left");
    }
}
