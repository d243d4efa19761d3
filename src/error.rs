//! Failures: a kind that gives the exit status, a message, and a way out.

use crate::exit::ExitStatus;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The user asked for something that does not exist.
    Usage,
    /// Something could not be read or rendered.
    CouldNotLook,
    /// The time that `--timeout` gives has passed.
    TimedOut,
    /// Ctrl-C.
    Interrupted,
}

/// A failure that ends a run.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What kind.
    pub kind: ErrorKind,
    /// A lower-case fragment: what is wrong, with file and line where there are any.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl Error {
    /// Makes a usage error.
    pub fn usage(message: impl Into<String>) -> Self {
        Error {
            kind: ErrorKind::Usage,
            message: message.into(),
            hint: None,
        }
    }

    /// Makes an error for what cannot be read or rendered.
    pub fn could_not_look(message: impl Into<String>) -> Self {
        Error {
            kind: ErrorKind::CouldNotLook,
            message: message.into(),
            hint: None,
        }
    }

    /// Makes an error for what took longer than `--timeout` allows.
    pub fn timed_out(message: impl Into<String>) -> Self {
        Error {
            kind: ErrorKind::TimedOut,
            message: message.into(),
            hint: None,
        }
    }

    /// Makes an error for what Ctrl-C ended.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Error {
            kind: ErrorKind::Interrupted,
            message: message.into(),
            hint: None,
        }
    }

    /// Adds a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the status that the process ends with.
    pub fn status(&self) -> ExitStatus {
        match self.kind {
            ErrorKind::Usage => ExitStatus::Usage,
            ErrorKind::CouldNotLook => ExitStatus::CouldNotLook,
            ErrorKind::TimedOut => ExitStatus::TimedOut,
            ErrorKind::Interrupted => ExitStatus::Interrupted,
        }
    }
}
