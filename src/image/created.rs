//! When an image was made, as it says itself.

use serde::{Deserialize, Serialize};

/// The year of the first image that can be in a registry; what says to be older was built without a clock: reproducible
/// builds say 1970 (`SOURCE_DATE_EPOCH=0`), 1980 (Nix, Bazel) or year 1 (Go's zero).
const FIRST_YEAR: &str = "2013";

/// The time at which an image was made: `org.opencontainers.image.created`, RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created(String);

impl Created {
    /// Reads RFC 3339. What is none, or is no time at which images were made, is nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let shape = b"dddd-dd-ddTdd:dd:dd";
        let (time, zone) = text.split_at_checked(shape.len())?;
        let fits = |(byte, shape): (u8, &u8)| match shape {
            b'd' => byte.is_ascii_digit(),
            other => byte == *other,
        };
        let zone_byte = |b: u8| b.is_ascii_digit() || b"+-:.Z".contains(&b);
        let sane = time.bytes().zip(shape).all(fits)
            && (1..=32).contains(&zone.len())
            && zone.bytes().all(zone_byte);
        let within = |range: std::ops::Range<usize>, least: &str, most: &str| {
            text.get(range).is_some_and(|t| t >= least && t <= most)
        };
        (sane
            && within(0..4, FIRST_YEAR, "9999")
            && within(5..7, "01", "12")
            && within(8..10, "01", "31"))
        .then(|| Created(text.to_owned()))
    }

    /// Returns the time as RFC 3339.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the day: `2026-10-01`.
    pub fn day(&self) -> &str {
        self.0.get(..10).unwrap_or(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_that_can_be() {
        let day = |text| Created::parse(text).map(|c| c.day().to_owned());
        let known = Some("2026-10-01".to_owned());
        assert_eq!(day("2026-10-01T08:09:10Z"), known);
        assert_eq!(day("2026-10-01T08:09:10.123456789Z"), known);
        assert_eq!(day("2026-10-01T08:09:10+02:00"), known);
        for unknown in [
            "",
            "1970-01-01T00:00:00Z",
            "1980-01-01T00:00:01Z",
            "0001-01-01T00:00:00Z",
            "2026-10-01",
            "2026-10-01 08:09:10",
            "2026-13-01T08:09:10Z",
            "2026-10-01T08:09:10\u{1b}[31m",
            "20é6-10-01T08:09:10Z",
        ] {
            assert_eq!(day(unknown), None, "{unknown}");
        }
    }
}
