//! What time it is.

/// Returns the time in UTC to the second, as `2026-05-26T13:10:00Z`.
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    let whole = jiff::Timestamp::from_second(now.as_second());
    whole.unwrap_or(now).to_string()
}

/// Returns the seconds since 1970.
pub fn seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}
