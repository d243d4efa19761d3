//! When to ask again: what a registry wishes (`Retry-After`), and what is polite where it says nothing.

use std::time::{Duration, SystemTime};

/// How often one request is sent before its failure counts.
pub(super) const ATTEMPTS: u32 = 4;

/// A registry that wants a longer pause than this gets none: the run fails and says so.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Reads `Retry-After`: seconds, or a date in the form that RFC 9110 prefers. A date in the past is no wait.
pub(in crate::adapter) fn retry_after(header: &str, now: SystemTime) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(http_date(header)?))?;
    Some(at.duration_since(now).unwrap_or_default())
}

/// Returns how long to wait after the attempt with this number (from 1): the base, doubled each time.
pub(in crate::adapter) fn pause(base: Duration, attempt: u32) -> Duration {
    base.saturating_mul(1 << attempt.saturating_sub(1).min(10))
        .min(LONGEST_PAUSE)
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT` as seconds since 1970.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: u64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year: u64 = words.next()?.parse().ok()?;
    let mut clock = words
        .next()?
        .splitn(3, ':')
        .map(|part| part.parse::<u64>().ok());
    let mut part = |limit: u64| clock.next().flatten().filter(|n| *n <= limit);
    let (hour, minute, second) = (part(23)?, part(59)?, part(60)?);
    if words.next() != Some("GMT") || !(1970..=9999).contains(&year) || !(1..=31).contains(&day) {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Counts the days from 1970-01-01, in years that begin in March, so that a leap day comes last (H. Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms").
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn reads_seconds_and_dates() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let table = [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            (date, Some(37)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 00:00:00 GMT", Some(925_053_060)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 Nov 1994 25:49:37 GMT", None),
            ("-1", None),
            ("soon", None),
            ("", None),
        ];
        for (header, expected) in table {
            let found = retry_after(header, at(784_111_740));
            assert_eq!(found, expected.map(Duration::from_secs), "{header}");
        }
    }

    #[test]
    fn pauses_double() {
        let base = Duration::from_millis(200);
        let pauses = [1, 2, 3, 50].map(|n| pause(base, n).as_millis());
        assert_eq!(pauses, [200, 400, 800, 60_000]);
    }
}
