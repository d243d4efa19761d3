//! Checks of the repository on its server: it is there, can be written to, and by whom.

use super::view::{View, check};
use crate::preflight::check::{Check, Verdict};
use crate::preflight::fact::Why;
use crate::preflight::facts::{RemoteRepository, Role, TokenKind};
use crate::preflight::plan::Forge;

pub(super) fn checks(view: &View<'_>) -> Vec<Check> {
    let mut all = Vec::new();
    if !view.is_plain_git() {
        all.push(exists(view));
    }
    if let Some(found) = view.repository() {
        all.push(archived(view, found));
        // What an app may do is no role: token/scopes and key/list have it.
        if view.kind() != Some(TokenKind::AppInstallation) {
            all.push(role(view, found));
        }
    }
    all.extend(push(view));
    all
}

fn exists(view: &View<'_>) -> Check {
    let (id, title) = ("repository/exists", "the repository is there");
    match &view.forge.repository {
        Ok(Some(found)) => there(view, found),
        Ok(None) => not_there(view),
        Err(why) => match &why.why {
            Why::Forbidden { sso: Some(_), .. } => view.refused(id, title, why, ""),
            Why::Forbidden { .. } => {
                let help = format!(
                    "give a token that may read {}: {}",
                    view.plan.full_name(),
                    view.token_page()
                );
                view.refused(id, title, why, help)
            }
            _ => view.unknown(id, title, why),
        },
    }
}

fn there(view: &View<'_>, found: &RemoteRepository) -> Check {
    let (id, title) = ("repository/exists", "the repository is there");
    let wanted = view.plan.full_name();
    if found.is_disabled {
        return check(
            id,
            title,
            Verdict::Fail,
            format!("the server has disabled {}", found.full_name),
        )
        .help(format!(
            "ask its support; the page of the repository says why: {}",
            view.page("")
        ));
    }
    if !found.full_name.eq_ignore_ascii_case(&wanted) {
        let (owner, name) = found
            .full_name
            .rsplit_once('/')
            .unwrap_or(("", &found.full_name));
        return check(
            id,
            title,
            Verdict::Warn,
            format!(
                "{wanted} has moved to {}; the old name works until somebody takes it",
                found.full_name
            ),
        )
        .help(format!(
            "`--owner={owner} --repository={name}`, and `git remote set-url` with the new address"
        ));
    }
    let kind = match (found.is_private, found.is_empty) {
        (true, true) => "private, without a commit",
        (true, false) => "private",
        (false, true) => "public, without a commit",
        (false, false) => "public",
    };
    check(
        id,
        title,
        Verdict::Pass,
        format!("{}, {kind}", found.full_name),
    )
}

fn not_there(view: &View<'_>) -> Check {
    let (id, title) = ("repository/exists", "the repository is there");
    let (name, product) = (view.plan.full_name(), view.product());
    let creates = "flux takes it for missing and would try to make it";
    let token = view.forge.token.as_ref().ok();
    if token.is_none() {
        return check(
            id,
            title,
            Verdict::Unknown,
            format!("{product} shows no {name} to those without a token"),
        )
        .help("give a token; without one a private repository looks like none");
    }
    // A classic token with this scope sees all that its user owns.
    let sees_all = token.and_then(|token| token.scopes.as_ref());
    let sees_all = sees_all.is_some_and(|scopes| scopes.iter().any(|scope| scope == "repo"));
    let is_own = view.login() == Some(view.plan.owner.value.as_str());
    let make = match view.plan.forge.value {
        Forge::GitHub => format!("`gh repo create {name} --private`"),
        _ => format!("make it at {}", view.server()),
    };
    if sees_all && is_own {
        return check(
            id,
            title,
            Verdict::Warn,
            format!("{product} answers 404 for {name}: {creates}"),
        )
        .help(format!(
            "if that is not what you want, look at `git remote -v`; to make it yourself: {make}"
        ));
    }
    let grant = match view.kind() {
        Some(TokenKind::FineGrained) => format!(
            "at {} choose the token, then Repository access: {} has to be among the repositories, and {} the resource owner",
            view.token_page(),
            view.plan.repository.value,
            view.plan.owner.value
        ),
        Some(TokenKind::AppInstallation) => "install the app for this repository".to_owned(),
        _ => {
            let sso = match view.plan.forge.value {
                Forge::GitHub => " (with single sign-on: \"Configure SSO\")",
                _ => "",
            };
            format!("give the token access at {}{sso}", view.token_page())
        }
    };
    check(
        id,
        title,
        Verdict::Fail,
        format!("{product} answers 404 for {name}: it is not there, or the token may not see it, which looks the same; {creates}"),
    )
    .help(format!("{grant}; if it really is not there: {make}"))
}

fn archived(view: &View<'_>, found: &RemoteRepository) -> Check {
    let (id, title) = ("repository/archived", "the repository can be written to");
    match found.is_archived {
        false => check(id, title, Verdict::Pass, "it is not archived"),
        true => check(
            id,
            title,
            Verdict::Fail,
            format!("{} is archived: every push is refused", found.full_name),
        )
        .help(format!("unarchive it under {}", view.page("/settings"))),
    }
}

fn role(view: &View<'_>, found: &RemoteRepository) -> Check {
    let (id, title) = ("repository/role", "the role of the token's user");
    let (needed, why) = match (view.makes_key(), view.plan.forge.value) {
        (true, Forge::GitLab) => (Role::Maintain, "deploy keys take a Maintainer"),
        (true, _) => (Role::Admin, "deploy keys take an administrator"),
        (false, _) => (Role::Write, "bootstrap pushes commits"),
    };
    let user = view.login().unwrap_or("the user of the token");
    let Some(role) = found.role else {
        return check(
            id,
            title,
            Verdict::Unknown,
            format!("{} does not say it here", view.product()),
        );
    };
    let name = name(role, view.plan.forge.value);
    if role >= needed {
        return check(id, title, Verdict::Pass, format!("{user} {name}"));
    }
    let members = match view.plan.forge.value {
        Forge::GitHub => view.page("/settings/access"),
        Forge::GitLab => view.page("/-/project_members"),
        _ => view.page("/settings/collaboration"),
    };
    let other = match view.makes_key() && role >= Role::Write {
        true => ", or use `--token-auth`, for which writing is enough",
        false => "",
    };
    check(
        id,
        title,
        Verdict::Fail,
        format!("{user} {name}, but {why}"),
    )
    .help(format!(
        "an administrator raises the role at {members}{other}"
    ))
}

/// Completes "somebody ...".
fn name(role: Role, forge: Forge) -> &'static str {
    match (role, forge) {
        (Role::None, _) => "has no role",
        (Role::Read, _) => "may only read",
        (Role::Write, Forge::GitLab) => "is a Developer",
        (Role::Maintain, Forge::GitLab) => "is a Maintainer",
        (Role::Admin, Forge::GitLab) => "is an Owner",
        (Role::Write, _) => "may write",
        (Role::Maintain, _) => "is a maintainer",
        (Role::Admin, _) => "is an administrator",
    }
}

fn push(view: &View<'_>) -> Option<Check> {
    let (id, title) = ("repository/push", "the token may push");
    let asked = "as the git server says when it is asked for git-receive-pack";
    match &view.forge.push {
        Ok(true) => Some(check(id, title, Verdict::Pass, format!("it may, {asked}"))),
        Ok(false) => {
            let help = match (view.plan.forge.value, view.kind()) {
                (Forge::GitHub, Some(TokenKind::FineGrained)) => format!(
                    "at {} choose the token, then Repository permissions: Contents \"Read and write\"",
                    view.token_page()
                ),
                (Forge::GitHub, _) => {
                    format!("the token needs the scope repo: {}", view.token_page())
                }
                (Forge::GitLab, _) => {
                    format!("the token needs the scope api: {}", view.token_page())
                }
                (Forge::Gitea, _) => format!(
                    "the token needs the scope write:repository: {}",
                    view.token_page()
                ),
                (Forge::Git, _) => {
                    "see that the user may write, with `git push --dry-run`".to_owned()
                }
            };
            Some(check(id, title, Verdict::Fail, format!("it may not, {asked}")).help(help))
        }
        // Said once is enough: token/present does, or repository/exists.
        Err(_) if view.forge.token.is_err() && !view.is_plain_git() => None,
        Err(_) if view.repository().is_none() && !view.is_plain_git() => None,
        Err(why) => Some(view.unknown(id, title, why)),
    }
}
