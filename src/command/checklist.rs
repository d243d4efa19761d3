//! What `bootstrap` and `doctor` share: showing a checklist, and what it comes to.

use super::{Global, Terminal};
use crate::adapter::cluster::ClusterOptions;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::output::{Checklist, ChecklistFormat, ChecklistStyle, write_checklist};
use crate::preflight::{Check, Facts, Forge, Unavailable, Verdict, Why};

/// Shows a checklist.
///
/// # Errors
/// The answer cannot be written.
pub(super) fn show(
    format: ChecklistFormat,
    list: &Checklist<'_>,
    terminal: &mut Terminal<'_>,
) -> Result<(), Error> {
    let style = ChecklistStyle {
        width: terminal.width(),
        color: terminal.color,
        is_verbose: terminal.is_verbose(),
    };
    let written = write_checklist(format, list, style, terminal.out);
    terminal.written(written)
}

/// Returns how to reach the cluster; nothing where the network is ruled out.
///
/// # Errors
/// Several clusters are named.
pub(super) fn cluster(global: &Global, what: &str) -> Result<Option<ClusterOptions>, Error> {
    match global.offline {
        true => Ok(None),
        false => global.one_cluster(what).map(Some),
    }
}

/// Says what `--offline` rules out.
pub(super) fn offline() -> Unavailable {
    Unavailable::not_asked("`--offline` rules out the network")
}

/// Tells whether some check fails.
pub(super) fn fails(checks: &[Check]) -> bool {
    checks.iter().any(|check| check.verdict == Verdict::Fail)
}

/// Returns which sides could not be looked at at all, by their names, with the reason.
pub(super) fn unseen(facts: &Facts) -> Vec<(&'static str, &Unavailable)> {
    let is_plain = facts
        .plan
        .as_ref()
        .is_some_and(|plan| plan.forge.value == Forge::Git);
    let forge = facts.forge.as_ref();
    let forge = match is_plain {
        // Plain git has nothing to ask, over SSH at least, unless nothing is to be asked, or nobody answers.
        true => forge
            .and_then(|forge| forge.branch.as_ref().err())
            .filter(|none| {
                matches!(none.why, Why::Unreachable | Why::TimedOut) || **none == offline()
            }),
        false => forge.and_then(|forge| forge.repository.as_ref().err()),
    };
    let forge = forge.map(|why| ("the server of the repository", why));
    let cluster = facts.cluster.as_ref().err().map(|why| ("the cluster", why));
    forge.into_iter().chain(cluster).collect()
}

/// The check that fails where there is no cluster to look at, which is no answer.
const REACHABLE: &str = "cluster/reachable";

/// Returns the exit status: what fails comes first, then what took too long, then what could not be looked at.
pub(super) fn status(checks: &[Check], facts: &Facts) -> ExitStatus {
    let is_no = |check: &Check| check.verdict == Verdict::Fail && check.id != REACHABLE;
    if checks.iter().any(is_no) {
        return ExitStatus::No;
    }
    let unseen = unseen(facts);
    let is_late = |why: &Unavailable| why.why == Why::TimedOut;
    match unseen.as_slice() {
        [] => ExitStatus::Yes,
        some if some.iter().any(|(_, why)| is_late(why)) => ExitStatus::TimedOut,
        _ => ExitStatus::CouldNotLook,
    }
}
