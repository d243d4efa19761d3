//! Checks of the token: is there one, of which kind, whose, what may it do, for how long.

use super::view::{View, check, count, day};
use crate::preflight::check::{Check, Verdict};
use crate::preflight::fact::{Unavailable, Why};
use crate::preflight::facts::{TokenFacts, TokenKind};
use crate::preflight::plan::{Auth, Forge};

/// Fewer days than this are worth a warning.
const SOON: i64 = 14;
const DAY: i64 = 86_400;

pub(super) fn checks(view: &View<'_>) -> Vec<Check> {
    let is_needed = !view.is_plain_git() || view.plan.url.starts_with("http");
    if !is_needed {
        return Vec::new();
    }
    let token = match &view.forge.token {
        Ok(token) => token,
        Err(why) => return vec![absent(view, why)],
    };
    let mut all = vec![present(token)];
    all.extend(kind(view, token));
    if !view.is_plain_git() {
        all.push(valid(view, token));
        all.extend(owner(view, token));
        all.extend(scopes(view, token));
        all.extend(expiry(view, token));
    }
    all
}

fn absent(view: &View<'_>, why: &Unavailable) -> Check {
    let needs = match view.plan.forge.value {
        Forge::GitHub => {
            "fine-grained with Administration and Contents \"Read and write\", or classic with the scope repo"
        }
        Forge::GitLab => "with the scope api",
        Forge::Gitea => "with the scopes write:repository and read:user",
        Forge::Git => "a password, or what the server takes for one",
    };
    let page = view.token_page();
    let variable = view.plan.forge.value.token_variable();
    let make = match view.is_plain_git() {
        true => String::new(),
        false => format!("make one at {page} ({needs}); then "),
    };
    check("token/present", "a token is at hand", Verdict::Fail, why.message.clone()).help(format!(
        "{make}put it into {variable}, or say where it is: `--token-from env:NAME|file:PATH|op://VAULT/ITEM/FIELD`"
    ))
}

fn present(token: &TokenFacts) -> Check {
    let title = "a token is at hand";
    let from = format!("taken from {}", token.origin);
    match &token.note {
        None => check("token/present", title, Verdict::Pass, from),
        Some(note) => check(
            "token/present",
            title,
            Verdict::Warn,
            format!("{from}, but {note}"),
        )
        .help(format!("`chmod 600 {}`", token.origin)),
    }
}

fn kind(view: &View<'_>, token: &TokenFacts) -> Option<Check> {
    let stays = view.plan.auth.value == Auth::Token;
    let line = |verdict, detail: &str| check("token/kind", "kind of the token", verdict, detail);
    let page = view.token_page();
    let own = format!("make a personal access token at {page}");
    Some(match token.kind {
        TokenKind::Classic => line(Verdict::Pass, "a classic personal access token"),
        TokenKind::FineGrained => line(Verdict::Pass, "a fine-grained personal access token"),
        TokenKind::GitLabPersonal => line(Verdict::Pass, "a personal, project or group access token"),
        TokenKind::OAuth if stays => {
            line(Verdict::Warn, "it belongs to a program that logged in, such as gh; the cluster would lose its access with the next `gh auth logout`")
                .help(own)
        }
        TokenKind::OAuth => {
            line(Verdict::Warn, "it belongs to a program that logged in, such as gh; GitHub removes the deploy keys that it made when the login is revoked")
                .help(own)
        }
        TokenKind::AppUser if stays => {
            line(Verdict::Fail, "it is the token of an app for a user and ends within hours; with --token-auth the cluster would lose its access then").help(own)
        }
        TokenKind::AppUser => {
            line(Verdict::Warn, "it is the token of an app for a user, which ends within hours").help(own)
        }
        TokenKind::AppInstallation if stays => {
            line(Verdict::Fail, "it is the token of an app, such as the GITHUB_TOKEN of a workflow, and ends within an hour or with its job; with --token-auth the cluster would lose its access then").help(own)
        }
        TokenKind::AppInstallation => {
            line(Verdict::Pass, "the token of an app, such as the GITHUB_TOKEN of a workflow; deploy keys that it makes stay when it ends")
        }
        TokenKind::GitLabDeploy => {
            line(Verdict::Fail, "a deploy token, which GitLab's API does not take").help(own)
        }
        TokenKind::Other => match view.plan.forge.value {
            Forge::Gitea | Forge::Git => return None,
            _ => {
                let what = format!("it does not begin as tokens of {} do", view.product());
                line(Verdict::Unknown, &what)
            }
        },
    })
}

fn valid(view: &View<'_>, token: &TokenFacts) -> Check {
    let (id, title) = ("token/valid", "the server accepts the token");
    let pass = |detail: String| check(id, title, Verdict::Pass, detail);
    let help = format!(
        "make a new one at {}; nothing else was asked with this one, for many wrong tries lock everybody out",
        view.token_page()
    );
    if let Some(why) = unauthorized(view, token) {
        return view.refused(id, title, why, help);
    }
    match &token.login {
        // A scope is missing: the token itself was recognised.
        Err(why) if matches!(why.why, Why::Forbidden { .. }) => pass(format!(
            "the server knows it, but does not say whose it is ({})",
            why.message
        )),
        Err(_) if view.forge.repository.is_ok() => {
            pass("the server answers it; it belongs to no user that it could name".to_owned())
        }
        Err(why) => view.unknown(id, title, why),
        Ok(login) => pass(format!("it belongs to {login}")),
    }
}

/// Returns the first answer that refused the token itself.
fn unauthorized<'f>(view: &View<'f>, token: &'f TokenFacts) -> Option<&'f Unavailable> {
    let forge = view.forge;
    let errors = [
        token.login.as_ref().err(),
        forge.repository.as_ref().err(),
        forge.owner.as_ref().err(),
    ];
    let mut errors = errors.into_iter().flatten();
    errors.find(|why| why.why == Why::Unauthorized)
}

fn owner(view: &View<'_>, token: &TokenFacts) -> Option<Check> {
    let (id, title) = ("token/owner", "the token belongs to the owner");
    let login = token.login.as_ref().ok()?;
    let owner = view.forge.owner.as_ref().ok()?;
    let name = &owner.login;
    if owner.is_organisation {
        let what = match view.plan.forge.value {
            Forge::GitLab => "group",
            _ => "organisation",
        };
        let detail =
            format!("{name} is a {what}, for which {login} acts").replace("a organ", "an organ");
        return Some(check(id, title, Verdict::Pass, detail));
    }
    if login.eq_ignore_ascii_case(name) {
        return Some(check(id, title, Verdict::Pass, login.clone()));
    }
    let other = format!(
        "it belongs to {login}, and {} to {name}",
        view.plan.full_name()
    );
    let help = format!("give a token of {name}: {}", view.token_page());
    Some(match view.repository() {
        Some(_) => check(id, title, Verdict::Warn, other).help(format!(
            "{help}; what {login} may do with the repository is looked at below"
        )),
        None => check(
            id,
            title,
            Verdict::Fail,
            format!("{other}: flux would refuse to make the repository (\"the specified owner doesn't match the identity\")"),
        )
        .help(help),
    })
}

fn scopes(view: &View<'_>, token: &TokenFacts) -> Option<Check> {
    let (id, title) = ("token/scopes", "what the token may do");
    if unauthorized(view, token).is_some() {
        return None;
    }
    if let Some(refusal) = missing_permission(view) {
        return Some(refusal);
    }
    let Some(list) = &token.scopes else {
        return unlisted(view, token);
    };
    let has = |name: &str| list.iter().any(|scope| scope == name);
    let listed = match list.as_slice() {
        [] => "it has no scope at all".to_owned(),
        list => format!("its scopes are {}", list.join(", ")),
    };
    let (needed, is_enough) = match view.plan.forge.value {
        Forge::GitLab => ("api", has("api")),
        Forge::Gitea => ("write:repository", has("write:repository") || has("all")),
        _ => ("repo", has("repo")),
    };
    let is_public = view.repository().is_some_and(|found| !found.is_private);
    Some(if is_enough {
        check(id, title, Verdict::Pass, listed)
    } else if has("public_repo") && is_public && view.plan.forge.value == Forge::GitHub {
        check(
            id,
            title,
            Verdict::Warn,
            format!("{listed}: enough as long as the repository is public"),
        )
        .help(format!("add the scope repo at {}", view.token_page()))
    } else {
        check(
            id,
            title,
            Verdict::Fail,
            format!("{listed}: without {needed} bootstrap cannot write to the repository"),
        )
        .help(format!("add the scope {needed} at {}", view.token_page()))
    })
}

/// Says what is known of a token whose scopes or permissions the server does not list.
fn unlisted(view: &View<'_>, token: &TokenFacts) -> Option<Check> {
    let (id, title) = ("token/scopes", "what the token may do");
    let is_gitea = view.plan.forge.value == Forge::Gitea;
    if is_gitea && view.forge.push == Ok(true) {
        let detail = "it may push, which takes the scope write:repository";
        return Some(check(id, title, Verdict::Pass, detail));
    }
    // Where nothing was answered there is nothing to say that token/valid does not.
    if token.login.is_err() && view.forge.repository.is_err() {
        return None;
    }
    let whose = match is_gitea {
        true => "",
        false => " for this kind of token",
    };
    let detail = format!(
        "{} does not list that{whose}; {}",
        view.product(),
        proven(view)
    );
    Some(check(id, title, Verdict::Unknown, detail))
}

/// Says what a server without a list of permissions has refused.
fn missing_permission(view: &View<'_>) -> Option<Check> {
    let (id, title) = ("token/scopes", "what the token may do");
    let forge = view.forge;
    let keys = forge.keys.as_ref().err().filter(|_| view.makes_key());
    let errors = [forge.repository.as_ref().err(), keys];
    let refusal = errors.into_iter().flatten().find(|why| {
        matches!(
            &why.why,
            Why::Forbidden {
                needed: Some(_),
                sso: None
            }
        )
    })?;
    let Why::Forbidden {
        needed: Some(needed),
        ..
    } = &refusal.why
    else {
        return None;
    };
    let page = view.token_page();
    let help = match view.kind() {
        Some(TokenKind::FineGrained) => format!(
            "at {page} choose the token, then Repository permissions: Administration and Contents \"Read and write\" for {}",
            view.plan.full_name()
        ),
        Some(TokenKind::AppInstallation) => {
            "the GITHUB_TOKEN of a workflow cannot have the permission Administration: give a personal access token".to_owned()
        }
        _ => format!("make one with more scopes at {page}"),
    };
    let detail = match refusal.message.contains(needed) {
        true => refusal.message.clone(),
        false => format!(
            "{}: it lacks {}",
            refusal.message,
            needed.replace('=', ": ")
        ),
    };
    Some(check(id, title, Verdict::Fail, detail).help(help))
}

/// Says what the answers prove of a token whose permissions are not listed, and what nothing but trying would.
fn proven(view: &View<'_>) -> String {
    let mut seen = Vec::new();
    if view.repository().is_some() {
        seen.push("see the repository");
    }
    if view.forge.keys.is_ok() && view.makes_key() {
        seen.push("list its deploy keys");
    }
    if view.forge.push == Ok(true) {
        seen.push("push");
    }
    let seen = match seen.as_slice() {
        [] => "nothing is proven".to_owned(),
        list => format!("proven is that it may {}", list.join(", ")),
    };
    match view.makes_key() {
        true => format!("{seen}; whether it may add a deploy key is known only once it tries"),
        false => seen,
    }
}

fn expiry(view: &View<'_>, token: &TokenFacts) -> Option<Check> {
    let (id, title) = ("token/expiry", "how long the token lasts");
    let Some(end) = token.expires else {
        let names_ends = view.plan.forge.value != Forge::Gitea
            && token.login.is_ok()
            && token.kind != TokenKind::Other;
        return names_ends.then(|| check(id, title, Verdict::Pass, "the server names no end"));
    };
    let left = (end - view.facts.now).div_euclid(DAY);
    let page = view.token_page();
    let help = format!("make a new one, or a longer one, at {page}");
    Some(if end <= view.facts.now {
        check(
            id,
            title,
            Verdict::Fail,
            format!("it ended on {}", day(end)),
        )
        .help(help)
    } else if left < SOON {
        let days = count(usize::try_from(left).unwrap_or_default(), "day");
        let then = match view.plan.auth.value {
            Auth::Token => "then the cluster loses its access to the repository",
            _ => "the cluster does not need it afterwards, but the next bootstrap does",
        };
        check(
            id,
            title,
            Verdict::Warn,
            format!("it ends on {}, in {days}; {then}", day(end)),
        )
        .help(help)
    } else {
        check(
            id,
            title,
            Verdict::Pass,
            format!("until {}, {left} days", day(end)),
        )
    })
}
