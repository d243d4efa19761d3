//! The integration tests: one binary, a file for each subject.
#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests are an outside world of their own"
)]

mod rules;
mod support;
