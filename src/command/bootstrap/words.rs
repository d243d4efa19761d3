//! What a bootstrap says beside its checklist: what it is about, why nothing is run, how flux ended, what to do next.

use super::Found;
use crate::command::checklist;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::output::Ran;
use crate::preflight::{Auth, Check, Facts, Forge, Verdict, way_out};

/// Returns what is looked at, in a line.
pub(super) fn subject(facts: &Facts) -> String {
    match &facts.plan {
        Some(plan) => format!(
            "Bootstrap of `{}` on branch `{}` of {}",
            plan.path.value, plan.branch.value, plan.url
        ),
        None => "Bootstrap".to_owned(),
    }
}

/// Returns the worst verdict; what is not known is worse than a pass.
pub(super) fn worst(checks: &[Check]) -> Verdict {
    let any = |verdict| checks.iter().any(|check| check.verdict == verdict);
    let order = [Verdict::Fail, Verdict::Warn, Verdict::Unknown];
    let found = order.into_iter().find(|verdict| any(*verdict));
    found.unwrap_or(Verdict::Pass)
}

/// Says why the command is not run.
pub(super) fn not_run(found: &Found) -> Error {
    let failing = found
        .checks
        .iter()
        .filter(|check| check.verdict == Verdict::Fail)
        .count();
    match failing {
        0 => {
            let unseen = checklist::unseen(&found.facts);
            let names: Vec<&str> = unseen.iter().map(|(name, _)| *name).collect();
            let why: Vec<&str> = unseen.iter().map(|(_, why)| why.message.as_str()).collect();
            let message = format!(
                "not run: {} could not be looked at ({})",
                names.join(" and "),
                why.join("; ")
            );
            Error::could_not_look(message)
                .hint("flux would fail there too, after it has changed the repository")
        }
        1 => Error::could_not_look("not run: 1 check fails"),
        many => Error::could_not_look(format!("not run: {many} checks fail")),
    }
}

/// Says how flux ended, in its own last words.
pub(super) fn failed(ran: &Ran) -> Error {
    let error = Error::could_not_look(format!("flux bootstrap failed ({})", ran.ended));
    let words = ran
        .last
        .iter()
        .rev()
        .find(|line| line.contains('✗'))
        .or(ran.last.last());
    let said = words.map(|words| format!("it said: {}", words.trim()));
    let help = way_out(&ran.last).map(str::to_owned);
    let hint: Vec<String> = said.into_iter().chain(help).collect();
    match hint.as_slice() {
        [] => error,
        hint => error.hint(hint.join("; ")),
    }
}

pub(super) fn ran_status(ran: &Ran) -> ExitStatus {
    match ran.succeeded {
        true if checklist::fails(&ran.after) => ExitStatus::No,
        true => ExitStatus::Yes,
        false if ran.timed_out => ExitStatus::TimedOut,
        false => ExitStatus::No,
    }
}

/// Returns what to do next, before anything is run.
pub(super) fn next(found: &Found) -> Vec<String> {
    if checklist::fails(&found.checks) {
        return vec!["put right what fails, then run `homelab bootstrap` again".to_owned()];
    }
    if found.is_run {
        return Vec::new();
    }
    let needs_token = found
        .facts
        .plan
        .as_ref()
        .is_some_and(|plan| plan.forge.value != Forge::Git || plan.auth.value == Auth::Token);
    let by_hand = match needs_token {
        true => format!("; by hand, set {} first", found.line.variable),
        false => String::new(),
    };
    vec![format!(
        "`homelab bootstrap --run` runs the command and looks again afterwards{by_hand}"
    )]
}

/// Returns what to do after the run.
pub(super) fn next_after(ran: &Ran) -> Vec<String> {
    match ran_status(ran) {
        ExitStatus::Yes => vec![
            "git pull: flux has committed to the repository".to_owned(),
            "`homelab status` shows what the cluster applies".to_owned(),
        ],
        _ => vec![
            "`homelab diagnose` says why something is not ready".to_owned(),
            "`homelab bootstrap` looks at everything again; running flux again goes on where it ended".to_owned(),
        ],
    }
}
