//! Moments as servers write them, in seconds since 1970.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Reads a moment: RFC 3339, `2027-10-12 09:00:00 UTC`, `2027-10-12 09:00:00 +0200`, or a day, which begins in UTC.
pub(super) fn moment(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    if let Ok(day) = text.parse::<Date>() {
        let start = day.to_zoned(TimeZone::UTC).ok()?;
        return Some(start.timestamp().as_second());
    }
    let mut words = text.split_whitespace();
    let (day, time, zone) = (words.next()?, words.next()?, words.next().unwrap_or("UTC"));
    let civil: DateTime = format!("{day}T{time}").parse().ok()?;
    let utc = civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
    utc.checked_sub(offset(zone)?)
}

/// Reads `UTC`, `Z`, `+0200`, `-07:00` as seconds to the east.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "UTC" | "GMT" | "Z") {
        return Some(0);
    }
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let number: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    Some(sign * (number / 100 * 3600 + number % 100 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_servers_write() {
        let nine = Some(1_823_331_600);
        for (text, expected) in [
            ("2027-10-12 09:00:00 UTC", nine),
            ("2027-10-12 09:00:00 +0000", nine),
            ("2027-10-12 11:00:00 +0200", nine),
            ("2027-10-12 02:00:00 -07:00", nine),
            ("2027-10-12T09:00:00Z", nine),
            ("2027-10-12T11:00:00.123+02:00", nine),
            ("2027-10-12", Some(1_823_299_200)),
            ("2027-10-12 09:00:00 CEST", None),
            ("2027-13-12 09:00:00 UTC", None),
            ("soon", None),
            ("", None),
            ("9999999999999-01-01 00:00:00 +9999", None),
        ] {
            assert_eq!(moment(text), expected, "{text}");
        }
    }
}
