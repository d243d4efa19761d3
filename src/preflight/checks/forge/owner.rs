//! Checks of the owner: it is there, and it is written as the server writes it.

use super::view::{View, check};
use crate::preflight::check::{Check, Verdict};
use crate::preflight::fact::Why;
use crate::preflight::facts::OwnerFacts;

pub(super) fn checks(view: &View<'_>) -> Vec<Check> {
    if view.is_plain_git() {
        return Vec::new();
    }
    let (id, title) = ("owner/exists", "the owner is there");
    vec![match &view.forge.owner {
        Ok(owner) => exists(view, owner),
        Err(why) if why.why == Why::NotFound => missing(view),
        Err(why) => match owner_of(view) {
            Some(owner) if owner == view.plan.owner.value => check(
                id,
                title,
                Verdict::Pass,
                format!("{owner} has the repository"),
            ),
            Some(owner) => otherwise_written(view, owner),
            None => view.unknown(id, title, why),
        },
    }]
}

/// Returns the owner as the repository names it.
fn owner_of<'f>(view: &View<'f>) -> Option<&'f str> {
    let (owner, _) = view.repository()?.full_name.rsplit_once('/')?;
    Some(owner)
}

fn otherwise_written(view: &View<'_>, owner: &str) -> Check {
    let given = &view.plan.owner.value;
    let detail = format!(
        "the server writes {owner}, the plan says {given}: flux compares letter by letter when it has to make the repository"
    );
    let verdict = match view.repository() {
        Some(_) => Verdict::Warn,
        None => Verdict::Fail,
    };
    check("owner/exists", "the owner is there", verdict, detail).help(format!("`--owner={owner}`"))
}

fn exists(view: &View<'_>, owner: &OwnerFacts) -> Check {
    let (id, title) = ("owner/exists", "the owner is there");
    let given = &view.plan.owner.value;
    let what = match owner.is_organisation {
        true => "an organisation or group",
        false => "a user",
    };
    if owner.login != *given {
        return otherwise_written(view, &owner.login);
    }
    if view.plan.personal == Some(true) && owner.is_organisation {
        return check(
            id,
            title,
            Verdict::Warn,
            format!("{given} is {what}, and --personal says that it is a user"),
        )
        .help("leave `--personal` out");
    }
    check(id, title, Verdict::Pass, format!("{given} is {what}"))
}

fn missing(view: &View<'_>) -> Check {
    let owner = &view.plan.owner.value;
    let (detail, help) = match owner.contains('@') {
        true => (
            format!("{owner} is an address, and no name of an account"),
            "give the name of the account with `--owner`".to_owned(),
        ),
        false => (
            format!(
                "{} knows no account {owner}, or shows it to nobody",
                view.plan.host.value
            ),
            format!(
                "see {}/{owner}, and name the right one with `--owner`",
                view.server()
            ),
        ),
    };
    check("owner/exists", "the owner is there", Verdict::Fail, detail).help(help)
}
