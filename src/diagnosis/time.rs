//! How long ago something was.

use jiff::Timestamp;

/// Returns how many seconds ago a time in RFC 3339 was; nothing where it does not read.
fn seconds(now: Option<Timestamp>, then: &str) -> Option<i64> {
    let then: Timestamp = then.parse().ok()?;
    Some(now?.as_second().saturating_sub(then.as_second()).max(0))
}

/// Tells whether a time was more than so many seconds ago.
pub(super) fn is_older(now: Option<Timestamp>, then: &str, limit: i64) -> Option<bool> {
    Some(seconds(now, then)? > limit)
}

/// Returns how long ago a time was, as kubectl shows ages: `45s`, `12m`, `3h`, `9d`.
pub(super) fn age(now: Option<Timestamp>, then: &str) -> Option<String> {
    let seconds = seconds(now, then)?;
    Some(match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short() {
        let now = "2026-01-03T00:00:00Z".parse().ok();
        let of = |then| age(now, then).unwrap();
        assert_eq!(of("2026-01-02T23:59:15Z"), "45s");
        assert_eq!(of("2026-01-02T23:48:00+00:00"), "12m");
        assert_eq!(of("2026-01-02T20:59:00Z"), "3h");
        assert_eq!(of("2025-12-25T00:00:00Z"), "9d");
        assert_eq!(of("2027-01-01T00:00:00Z"), "0s");
        assert_eq!(age(now, "yesterday"), None);
        assert_eq!(is_older(now, "2026-01-02T23:00:00Z", 60), Some(true));
    }
}
