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
        Err(why) => view.unknown(id, title, why),
    }]
}

fn exists(view: &View<'_>, owner: &OwnerFacts) -> Check {
    let (id, title) = ("owner/exists", "the owner is there");
    let given = &view.plan.owner.value;
    let what = match owner.is_organisation {
        true => "an organisation or group",
        false => "a user",
    };
    if owner.login != *given {
        let help = format!("`--owner={}`", owner.login);
        let detail = format!(
            "the server writes {}, the plan says {given}: flux compares letter by letter when it has to make the repository",
            owner.login
        );
        let verdict = match view.repository() {
            Some(_) => Verdict::Warn,
            None => Verdict::Fail,
        };
        return check(id, title, verdict, detail).help(help);
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
