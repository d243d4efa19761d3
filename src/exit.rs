//! The exit status: what a script may rely on.

use std::process::ExitCode;

/// How a run ended. The output format never changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// Done; nothing wrong.
    Yes = 0,
    /// Findings at or above `--fail-on`; no tag wins.
    No = 1,
    /// Wrong flags, wrong settings file.
    Usage = 2,
    /// A file, the repository, a registry or a cluster is unreachable, or something cannot be rendered.
    CouldNotLook = 3,
    /// `--timeout` passed.
    TimedOut = 4,
    /// Ctrl-C, as a shell reports it.
    Interrupted = 130,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        ExitCode::from(status as u8)
    }
}
