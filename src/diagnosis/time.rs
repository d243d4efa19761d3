//! How long ago something was.

use crate::flux::live;

/// Tells whether a time (RFC 3339) was more than so many seconds ago, `now` being in seconds since 1970.
pub(super) fn is_older(now: Option<i64>, then: &str, limit: u64) -> Option<bool> {
    Some(live::age(then, now?)? > limit)
}

/// Returns how long ago a time was, as kubectl shows ages: `45s`, `12m`, `3h`, `9d`.
pub(super) fn age(now: Option<i64>, then: &str) -> Option<String> {
    let seconds = live::age(then, now?)?;
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
        let now = live::age("1970-01-01T00:00:00Z", 1_767_398_400)
            .and_then(|now| i64::try_from(now).ok());
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
