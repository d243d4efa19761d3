//! The exit status: what a script may rely on.

use std::process::ExitCode;

/// How a run ended. The output format never changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done; nothing wrong.
    Yes = 0,
    /// Findings at or above `--fail-on`.
    No = 1,
    /// Wrong flags, wrong settings file.
    Usage = 2,
    /// A file or the repository is unreachable, or cannot be rendered.
    CouldNotLook = 3,
    /// `--timeout` passed.
    TimedOut = 4,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        ExitCode::from(status as u8)
    }
}
