//! A check of the cluster in the making.

use crate::preflight::check::{Area, Check, Verdict};
use crate::preflight::fact::Unavailable;

/// A check without its verdict.
#[derive(Clone, Copy)]
pub(super) struct Say {
    id: &'static str,
    title: &'static str,
}

impl Say {
    pub(super) const fn new(id: &'static str, title: &'static str) -> Self {
        Say { id, title }
    }

    pub(super) fn pass(self, detail: impl Into<String>) -> Check {
        self.made(Verdict::Pass, detail.into(), None)
    }

    pub(super) fn fail(self, detail: impl Into<String>, help: impl Into<String>) -> Check {
        self.made(Verdict::Fail, detail.into(), Some(help.into()))
    }

    pub(super) fn warn(self, detail: impl Into<String>, help: impl Into<String>) -> Check {
        self.made(Verdict::Warn, detail.into(), Some(help.into()))
    }

    pub(super) fn unknown(self, detail: impl Into<String>, help: impl Into<String>) -> Check {
        self.made(Verdict::Unknown, detail.into(), Some(help.into()))
    }

    /// Says why it cannot be known.
    pub(super) fn unavailable(self, why: &Unavailable) -> Check {
        self.made(Verdict::Unknown, why.message.clone(), why.help.clone())
    }

    /// Puts several troubles into one check, as bad as the worst of them; nothing where there are none.
    pub(super) fn all(self, troubles: Vec<Trouble>) -> Option<Check> {
        let is_fatal = troubles.iter().any(|trouble| trouble.is_fatal);
        let verdict = if is_fatal {
            Verdict::Fail
        } else {
            Verdict::Warn
        };
        if troubles.is_empty() {
            return None;
        }
        let join = |part: fn(&Trouble) -> &str| {
            let parts: Vec<&str> = troubles.iter().map(part).collect();
            parts.join("; ")
        };
        let help = join(|trouble| &trouble.help);
        Some(self.made(verdict, join(|trouble| &trouble.detail), Some(help)))
    }

    fn made(self, verdict: Verdict, detail: String, help: Option<String>) -> Check {
        Check {
            id: self.id,
            area: Area::Cluster,
            title: self.title.to_owned(),
            verdict,
            detail,
            help,
        }
    }
}

/// One of several things that are wrong.
pub(super) struct Trouble {
    is_fatal: bool,
    detail: String,
    help: String,
}

impl Trouble {
    pub(super) fn fatal(detail: impl Into<String>, help: impl Into<String>) -> Self {
        Trouble {
            is_fatal: true,
            detail: detail.into(),
            help: help.into(),
        }
    }

    pub(super) fn light(detail: impl Into<String>, help: impl Into<String>) -> Self {
        Trouble {
            is_fatal: false,
            ..Trouble::fatal(detail, help)
        }
    }
}
