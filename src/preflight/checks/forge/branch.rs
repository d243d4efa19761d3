//! Checks of the branch: it is there, and lets commits of bootstrap and of the cluster through.

use std::cmp::Ordering;

use super::keys::writer;
use super::view::{View, check};
use crate::preflight::check::{Check, Verdict};
use crate::preflight::facts::{Blocker, BranchFacts, Bypass, Effect};
use crate::preflight::plan::{Auth, Forge};

pub(super) fn checks(view: &View<'_>) -> Vec<Check> {
    // repository/exists, or token/present, has said why nothing is known.
    let is_seen = view.is_plain_git() || view.repository().is_some();
    if !is_seen {
        return Vec::new();
    }
    let mut all = exists(view);
    all.extend(protection(view));
    all
}

fn exists(view: &View<'_>) -> Vec<Check> {
    let (id, title) = ("branch/exists", "the branch is there");
    let name = &view.plan.branch.value;
    vec![match &view.forge.branch {
        Ok(Some(branch)) => check(id, title, Verdict::Pass, found(name, branch)),
        Ok(None) => missing(view, name),
        Err(why) => view.unknown(id, title, why),
    }]
}

fn found(name: &str, branch: &BranchFacts) -> String {
    match &branch.head {
        Some(head) => format!("{name}, at {}", head.get(..8).unwrap_or(head)),
        None => name.to_owned(),
    }
}

fn missing(view: &View<'_>, name: &str) -> Check {
    let (id, title) = ("branch/exists", "the branch is there");
    let repository = view.repository();
    if repository.is_some_and(|found| found.is_empty) {
        let detail = format!("the repository has no commit yet: bootstrap makes {name}");
        return check(id, title, Verdict::Pass, detail);
    }
    let default = repository.and_then(|found| found.default_branch.as_deref());
    let default = default.filter(|default| *default != name);
    let other = default.map_or_else(String::new, |default| {
        format!(", or `--branch={default}`, which is the default branch")
    });
    check(
        id,
        title,
        Verdict::Fail,
        format!("there is no {name}: flux cannot clone it (\"couldn't find remote ref refs/heads/{name}\")"),
    )
    .help(format!("`git push origin HEAD:{name}`{other}"))
}

fn protection(view: &View<'_>) -> Vec<Check> {
    let (id, title) = ("branch/protection", "the branch takes commits");
    if view.is_plain_git() {
        return Vec::new();
    }
    match &view.forge.blockers {
        Ok(blockers) if blockers.is_empty() => {
            vec![check(id, title, Verdict::Pass, "no rule stands in the way")]
        }
        Ok(blockers) => blockers
            .iter()
            .map(|blocker| blocked(view, blocker))
            .collect(),
        Err(why) => vec![view.unknown(id, title, why)],
    }
}

fn blocked(view: &View<'_>, blocker: &Blocker) -> Check {
    let (id, title) = ("branch/protection", "the branch takes commits");
    let (worst, who) = worst(view, blocker);
    let rule = format!("{} ({})", blocker.source, blocker.rule);
    let does = effect(&blocker.effect);
    let detail = match worst {
        Verdict::Pass => format!("{rule} {does}, but lets commits of {who} through"),
        Verdict::Unknown if blocker.effect == Effect::Unknown => {
            format!("{rule}: what it asks for is not shown to this token")
        }
        Verdict::Unknown => format!(
            "{rule} {does}; whether commits of {who} are let through is not shown to this token"
        ),
        Verdict::Warn => format!("{rule} {does}, which commits of {who} may not fulfil"),
        Verdict::Fail => format!("{rule} {does}, which stops commits of {who}"),
    };
    let found = check(id, title, worst, detail);
    match worst {
        Verdict::Pass => found,
        _ => found.help(way_out(view, blocker)),
    }
}

/// Returns the worse verdict of bootstrap's own push and that of an automation, and whom it is about.
fn worst(view: &View<'_>, blocker: &Blocker) -> (Verdict, String) {
    let (signs, robots_sign) = signs(view, &blocker.effect);
    let bootstrap = verdict(blocker, blocker.bypass_user, signs);
    let bypass = match view.plan.auth.value {
        Auth::Token => blocker.bypass_user,
        _ => blocker.bypass,
    };
    let Some(writer) = writer(view) else {
        return (bootstrap, "bootstrap".to_owned());
    };
    let robot = verdict(blocker, bypass, robots_sign);
    match rank(robot).cmp(&rank(bootstrap)) {
        Ordering::Greater => (robot, writer),
        Ordering::Equal => (robot, format!("bootstrap and of {writer}")),
        Ordering::Less => (bootstrap, "bootstrap".to_owned()),
    }
}

fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass => 0,
        Verdict::Warn => 1,
        Verdict::Unknown => 2,
        Verdict::Fail => 3,
    }
}

/// Judges one who pushes: `fulfils` tells whether the commits do what the rule asks for.
fn verdict(blocker: &Blocker, bypass: Bypass, fulfils: bool) -> Verdict {
    match (bypass, &blocker.effect) {
        (Bypass::Yes, _) => Verdict::Pass,
        _ if fulfils => Verdict::Pass,
        (_, Effect::Unknown) => Verdict::Unknown,
        // Whether a message or an address matches is not worked out here.
        (_, Effect::NeedsPattern(..)) => Verdict::Warn,
        (Bypass::No, _) => Verdict::Fail,
        (Bypass::Unknown, _) => Verdict::Unknown,
    }
}

/// Tells whether bootstrap, and the automations, sign their commits, where that is what a rule asks for.
fn signs(view: &View<'_>, effect: &Effect) -> (bool, bool) {
    if *effect != Effect::NeedsSignature {
        return (false, false);
    }
    let mut flags = view.plan.extra.iter();
    let signs = flags
        .any(|flag| flag.value.starts_with("--gpg-key") || flag.value.starts_with("--ssh-signing"));
    let automations = view
        .facts
        .repository
        .as_ref()
        .map(|found| &found.automations);
    let robots = automations.is_ok_and(|all| {
        let mut writers = all
            .iter()
            .filter(|one| one.writes_here && !one.is_suspended);
        writers.all(|one| one.signs)
    });
    (signs, robots)
}

/// Completes "the rule ...".
fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Refuses => "refuses commits that are pushed straight to the branch".to_owned(),
        Effect::NeedsSignature => "refuses commits that are not signed".to_owned(),
        Effect::NeedsChecks => "refuses commits whose checks have not passed".to_owned(),
        Effect::NeedsPattern(what, pattern) => format!("asks of {what}: {pattern}"),
        Effect::Unknown => "is there".to_owned(),
    }
}

fn way_out(view: &View<'_>, blocker: &Blocker) -> String {
    let page = match view.plan.forge.value {
        Forge::GitHub if blocker.source.starts_with("the branch protection") => {
            view.page("/settings/branches")
        }
        Forge::GitHub => view.page("/settings/rules"),
        Forge::GitLab => view.page("/-/settings/repository#js-protected-branches-settings"),
        _ => view.page("/settings/branches"),
    };
    match &blocker.effect {
        Effect::NeedsSignature => format!(
            "sign: `--gpg-key-ring` of flux bootstrap, and `spec.git.commit.signingKey` of each ImageUpdateAutomation; or add a bypass at {page}"
        ),
        Effect::NeedsPattern(what, _) if what.contains("paths") => format!(
            "bootstrap writes to {}/flux-system: take that out of the rule at {page}",
            view.plan.path.value.trim_end_matches('/')
        ),
        Effect::NeedsPattern(..) => format!(
            "flux commits as \"Flux\" with \"Add Flux ... manifests\" (`--author-email`, `--commit-message-appendix`); compare with the rule at {page}"
        ),
        Effect::Unknown => format!("look at {page} as an administrator"),
        _ => format!(
            "let deploy keys and the user of the token bypass it at {page}, or use another branch with `--branch`"
        ),
    }
}
