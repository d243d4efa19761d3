//! Checks: a verdict each, with the detail and the way out.

/// What a check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was looked at, and is well.
    Pass,
    /// Bootstrap would fail, or the result would not work.
    Fail,
    /// It works, with trouble ahead.
    Warn,
    /// It cannot be known; never taken for a pass.
    Unknown,
}

/// What a check is about; the parts of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// The repository as it is on this machine.
    Repository,
    /// The programs of this machine.
    Machine,
    /// The server of the repository, and the token for it.
    Forge,
    /// The cluster.
    Cluster,
}

/// One line of the checklist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What stays the same between versions, such as `key/read-write-trap`.
    pub id: &'static str,
    /// What it is about.
    pub area: Area,
    /// What was looked at, in a few words: `deploy key may write`.
    pub title: String,
    /// What it says.
    pub verdict: Verdict,
    /// What was found, in one sentence with names and numbers.
    pub detail: String,
    /// The way out; always there when the verdict is fail or warn.
    pub help: Option<String>,
}

impl Check {
    /// Makes one without a way out.
    pub(super) fn new(
        area: Area,
        id: &'static str,
        title: impl Into<String>,
        verdict: Verdict,
        detail: impl Into<String>,
    ) -> Self {
        Check {
            id,
            area,
            title: title.into(),
            verdict,
            detail: detail.into(),
            help: None,
        }
    }

    /// Adds the way out.
    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
