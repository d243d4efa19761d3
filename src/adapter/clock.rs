//! What time it is, and how it passes.

use std::time::{Duration, Instant};

/// Returns the time in UTC to the second, as `2026-05-26T13:10:00Z`.
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    let whole = jiff::Timestamp::from_second(now.as_second());
    whole.unwrap_or(now).to_string()
}

/// Returns a text that no other moment gives: the time in UTC to the nanosecond, as `2026-05-26T13:10:00.123456789Z`.
pub fn token() -> String {
    format!("{:.9}", jiff::Timestamp::now())
}

/// Time that passes.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    /// Returns how long ago it was started.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Lets time pass.
pub async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Returns the seconds since 1970.
pub fn seconds() -> i64 {
    jiff::Timestamp::now().as_second()
}
