//! Why an object is suspended, and until when: what `suspend` leaves in its annotations. And how long a state lasts.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::object::Live;

/// The annotation that says why an object is suspended.
pub const SUSPEND_REASON: &str = "homelab.dev/suspend-reason";
/// The annotation that says when the suspension should end: a time in RFC 3339, or a day.
pub const SUSPEND_UNTIL: &str = "homelab.dev/suspend-until";

/// What is known of a suspension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suspension {
    /// Why, in the words of who did it.
    pub reason: Option<String>,
    /// When it should end, as it was written.
    pub until: Option<String>,
}

impl Live {
    /// Returns what is known of the suspension; nothing where the object is not suspended, whatever its annotations say.
    pub fn suspension(&self) -> Option<Suspension> {
        let text = |key| {
            self.annotation(key)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        self.is_suspended().then(|| Suspension {
            reason: text(SUSPEND_REASON),
            until: text(SUSPEND_UNTIL),
        })
    }
}

impl Suspension {
    /// Returns what was said about it, to stand behind "it is suspended": `: new disk, until 2026-12-24`, or nothing.
    pub fn words(&self) -> String {
        let until = self.until.as_ref().map(|until| format!("until {until}"));
        let said: Vec<String> = self.reason.clone().into_iter().chain(until).collect();
        match said.is_empty() {
            true => String::new(),
            false => format!(": {}", said.join(", ")),
        }
    }

    /// Tells whether it should have ended by `now`, in seconds since 1970. A day means its start in UTC; what is no time is
    /// never over.
    pub fn is_overdue(&self, now: i64) -> bool {
        self.until
            .as_deref()
            .and_then(seconds)
            .is_some_and(|until| until <= now)
    }
}

/// Reads until when something is stopped: a day, a time in RFC 3339, or how long from `now` (seconds since 1970) on, such as
/// `2h` or `3d`. Returns it as the annotation has it.
///
/// # Errors
/// It is none of these, or past; a lower-case fragment.
pub fn until(text: &str, now: i64) -> Result<String, String> {
    let wrong = || {
        format!(
            "{text:?} is no time: write a day (2026-12-24), a time (2026-12-24T18:00:00Z), or how long (2h, 3d, 1w)"
        )
    };
    let until = match seconds(text) {
        Some(_) => text.to_owned(),
        None => {
            let end = now.checked_add(length(text).ok_or_else(wrong)?);
            let end = end.and_then(|end| Timestamp::from_second(end).ok());
            end.ok_or_else(wrong)?.to_string()
        }
    };
    match seconds(&until) {
        Some(end) if end > now => Ok(until),
        _ => Err(format!("{text} is past")),
    }
}

/// Reads a length of time in seconds: numbers with `s`, `m`, `h`, `d` or `w`, the larger first or not.
fn length(text: &str) -> Option<i64> {
    let mut whole: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let mut tail = tail.chars();
        let unit = match tail.next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        let part = number.parse::<i64>().ok()?.checked_mul(unit)?;
        whole = whole.checked_add(part)?;
        rest = tail.as_str();
    }
    (whole > 0).then_some(whole)
}

/// Returns how long something lasts that began `since` (RFC 3339), in seconds. What begins in the future, because two clocks
/// differ, begins now.
pub fn age(since: &str, now: i64) -> Option<u64> {
    let age = now.saturating_sub(seconds(since)?);
    Some(u64::try_from(age).unwrap_or_default())
}

fn seconds(text: &str) -> Option<i64> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    let day = text.parse::<Date>().ok()?;
    let start = day.to_zoned(TimeZone::UTC).ok()?;
    Some(start.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn suspended(suspend: bool) -> Live {
        Live::of(json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"name": "apps", "annotations": {SUSPEND_REASON: "waiting for a disk", SUSPEND_UNTIL: "2026-12-01"}},
            "spec": {"suspend": suspend},
        }))
        .unwrap()
    }

    #[test]
    fn annotations_count_while_the_object_is_suspended() {
        assert_eq!(suspended(false).suspension(), None);
        let suspension = suspended(true).suspension().unwrap();
        assert_eq!(suspension.reason.as_deref(), Some("waiting for a disk"));
        assert!(!suspension.is_overdue(1_796_083_199));
        assert!(suspension.is_overdue(1_796_083_200));
        let never = Suspension {
            until: Some("soon".to_owned()),
            ..suspension
        };
        assert!(!never.is_overdue(i64::MAX));
    }

    #[test]
    fn what_begins_in_the_future_begins_now() {
        assert_eq!(age("2026-12-01T00:00:00Z", 1_796_083_260), Some(60));
        assert_eq!(age("2026-12-01T01:00:00+01:00", 1_796_083_200), Some(0));
        assert_eq!(age("2026-12-01T00:00:05Z", 1_796_083_200), Some(0));
        assert_eq!(age("", 0), None);
        assert_eq!(age("yesterday", 0), None);
    }

    #[test]
    fn an_end_is_a_day_a_time_or_a_length() {
        const NOW: i64 = 1_796_083_200;
        for (text, expected) in [
            ("2026-12-24", "2026-12-24"),
            ("2026-12-01T02:00:00+01:00", "2026-12-01T02:00:00+01:00"),
            ("2h", "2026-12-01T02:00:00Z"),
            ("3d", "2026-12-04T00:00:00Z"),
            ("1w1m30s", "2026-12-08T00:01:30Z"),
        ] {
            assert_eq!(until(text, NOW).as_deref(), Ok(expected), "{text}");
        }
        for wrong in [
            "2020-01-01",
            "",
            "0h",
            "2",
            "h",
            "soon",
            "-1h",
            "2 h",
            "1é",
            "99999999999999999999d",
            "9999999999w",
        ] {
            assert!(until(wrong, NOW).is_err(), "{wrong}");
        }
    }
}
