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
    /// Tells whether it should have ended by `now`, in seconds since 1970. A day means its start in UTC; what is no time is
    /// never over.
    pub fn is_overdue(&self, now: i64) -> bool {
        self.until
            .as_deref()
            .and_then(seconds)
            .is_some_and(|until| until <= now)
    }
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
}
