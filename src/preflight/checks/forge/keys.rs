//! Checks of the deploy keys: may they be made, is the cluster's among them, may it do what is asked of it.

use super::view::{View, check, count, day};
use crate::preflight::check::{Check, Verdict};
use crate::preflight::fact::{Unavailable, Why};
use crate::preflight::facts::{DeployKey, TokenKind};
use crate::preflight::plan::Forge;

pub(super) fn checks(view: &View<'_>) -> Vec<Check> {
    if view.is_plain_git() || !view.makes_key() {
        return Vec::new();
    }
    let keys = match &view.forge.keys {
        Ok(keys) => keys,
        Err(why) => return list_refused(view, why).into_iter().collect(),
    };
    let mut all = vec![check(
        "key/list",
        "deploy keys can be seen",
        Verdict::Pass,
        match keys.len() {
            0 => "there is none".to_owned(),
            number => format!("there {} {}", are(number), count(number, "key")),
        },
    )];
    all.push(present(view));
    all.extend(matches_cluster(view, keys));
    all.extend(read_only(view));
    all.extend(enabled(view, keys));
    all.extend(shared_title(view));
    all
}

fn are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

fn list_refused(view: &View<'_>, why: &Unavailable) -> Option<Check> {
    let (id, title) = ("key/list", "deploy keys can be seen");
    let page = view.token_page();
    let help = match (view.plan.forge.value, view.kind()) {
        (_, Some(TokenKind::FineGrained)) => format!(
            "at {page} choose the token, then Repository permissions: Administration \"Read and write\""
        ),
        (_, Some(TokenKind::AppInstallation)) => {
            "the GITHUB_TOKEN of a workflow cannot have the permission Administration: give a personal access token".to_owned()
        }
        (Forge::GitLab, _) => format!("it takes a Maintainer, and a token with the scope api: {page}"),
        (Forge::GitHub, _) => format!(
            "it takes an administrator of the repository ({}), and a token with the scope repo ({page})",
            view.page("/settings/access")
        ),
        _ => format!(
            "it takes an administrator of the repository ({}), and a token with the scope write:repository ({page})",
            view.page("/settings/collaboration")
        ),
    };
    match &why.why {
        Why::NotFound => {
            let detail = format!(
                "{}; {} answers so where the user is no administrator",
                why.message,
                view.product()
            );
            Some(check(id, title, Verdict::Fail, detail).help(help))
        }
        Why::Forbidden { .. } => Some(view.refused(id, title, why, help)),
        // token/present, or repository/exists, has said why.
        Why::NotAsked if view.repository().is_none() || view.forge.token.is_err() => None,
        _ => Some(view.unknown(id, title, why)),
    }
}

fn present(view: &View<'_>) -> Check {
    let (id, title) = ("key/present", "the deploy key of this bootstrap");
    let name = view.plan.key_title();
    let detail = match view.key_by_title() {
        Some(key) => format!("\"{name}\" is there ({})", described(key)),
        None if matches!(view.secret(), Ok(Some(_))) => {
            format!(
                "no key is called \"{name}\", and bootstrap makes none while the Secret {} is there",
                view.plan.secret
            )
        }
        None => format!("no key is called \"{name}\": bootstrap makes it"),
    };
    check(id, title, Verdict::Pass, detail)
}

/// Says of a key what there is to know.
fn described(key: &DeployKey) -> String {
    let right = match key.is_read_only {
        Some(true) => Some("may only read".to_owned()),
        Some(false) => Some("may write".to_owned()),
        None => None,
    };
    let made = key.created.map(|time| format!("made {}", day(time)));
    let used = key.last_used.map(|time| format!("last used {}", day(time)));
    let parts = [Some(format!("number {}", key.id)), right, made, used];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn matches_cluster(view: &View<'_>, keys: &[DeployKey]) -> Option<Check> {
    let (id, title) = ("key/matches-cluster", "the cluster's key is a deploy key");
    let secret = match view.secret() {
        Ok(secret) => secret?,
        Err(why) => return Some(view.unknown(id, title, &why)),
    };
    let name = format!("{}/{}", view.plan.namespace, view.plan.secret);
    let Some(public) = &secret.public_key else {
        let is_token = secret.keys.iter().any(|key| key == "password");
        let detail = match is_token {
            true => return None,
            false => format!("the Secret {name} holds no identity.pub, so that nobody can tell"),
        };
        return Some(check(id, title, Verdict::Unknown, detail));
    };
    if let Some(key) = view.key_of_cluster() {
        let detail = format!("it is \"{}\" ({})", key.title, described(key));
        return Some(check(id, title, Verdict::Pass, detail));
    }
    let among = match keys.len() {
        0 => "and the repository has no deploy key".to_owned(),
        1 => "which is not the deploy key of the repository".to_owned(),
        number => format!("which is none of the {}", count(number, "deploy key")),
    };
    let detail = format!(
        "the Secret {name} holds a key ({}) {among}: the cluster cannot read it, and bootstrap keeps a Secret that is there",
        public.algorithm
    );
    let help = format!(
        "{}, then bootstrap again: it makes a new key; or add the key of the Secret at {}",
        view.delete_secret(),
        view.keys_page()
    );
    Some(check(id, title, Verdict::Fail, detail).help(help))
}

/// Looks at the key that the cluster has and keeps.
fn read_only(view: &View<'_>) -> Option<Check> {
    let (id, title) = ("key/read-only", "what the cluster's key may do");
    let key = view.key_of_cluster()?;
    let writer = writer(view);
    Some(match (key.is_read_only, writer) {
        (None, _) => check(id, title, Verdict::Unknown, format!("{} does not say whether it may write", view.product())),
        (Some(true), Some(writer)) => check(
            id,
            title,
            Verdict::Fail,
            format!("\"{}\" may only read, but {writer} pushes (\"the key you are authenticating with has been marked as read only\")", key.title),
        )
        .help(format!(
            "a key cannot be changed, and --read-write-key does nothing while the Secret is there: {}, then bootstrap with `--read-write-key`",
            view.delete_secret()
        )),
        (Some(true), None) => check(id, title, Verdict::Pass, "it may only read, and nothing here pushes"),
        (Some(false), Some(writer)) => check(id, title, Verdict::Pass, format!("it may write, as {writer} needs")),
        (Some(false), None) => check(id, title, Verdict::Pass, "it may write, though nothing here pushes"),
    })
}

/// Names an automation that pushes to this repository.
pub(super) fn writer(view: &View<'_>) -> Option<String> {
    let repository = view.facts.repository.as_ref().ok()?;
    let mut automations = repository.automations.iter();
    let found = automations.find(|one| one.writes_here && !one.is_suspended)?;
    let (id, place) = (&found.id, &found.place);
    Some(format!(
        "ImageUpdateAutomation {}/{} ({place})",
        id.namespace, id.name
    ))
}

fn enabled(view: &View<'_>, keys: &[DeployKey]) -> Option<Check> {
    let (id, title) = ("key/enabled", "deploy keys are allowed");
    let owner = &view.plan.owner.value;
    let is_organisation = view.repository()?.owner_is_organisation == Some(true);
    let settings = match is_organisation {
        true => format!(
            "{}/organizations/{owner}/settings/deploy_keys",
            view.server()
        ),
        false => view.keys_page(),
    };
    if let Some(key) = keys.iter().find(|key| key.is_enabled == Some(false)) {
        let detail = format!(
            "\"{}\" is disabled: {owner} does not allow deploy keys, and a new one is refused (422)",
            key.title
        );
        let help = format!("allow them at {settings}, or use `--token-auth`");
        return Some(check(id, title, Verdict::Fail, detail).help(help));
    }
    let unverified = view
        .key_of_cluster()
        .filter(|key| key.is_verified == Some(false));
    if let Some(key) = unverified {
        let detail = format!("{} has not verified \"{}\"", view.product(), key.title);
        return Some(
            check(id, title, Verdict::Warn, detail)
                .help(format!("verify it at {}", view.keys_page())),
        );
    }
    if keys.iter().any(|key| key.is_enabled == Some(true)) {
        return Some(check(
            id,
            title,
            Verdict::Pass,
            "those that are there are enabled",
        ));
    }
    let is_github = view.plan.forge.value == Forge::GitHub;
    (is_github && is_organisation).then(|| {
        check(id, title, Verdict::Unknown, format!("{owner} is an organisation, which may forbid deploy keys (new ones do), and has none that would tell"))
            .help(format!("look at {settings}"))
    })
}

/// A key with our title that is not the cluster's belongs to another cluster: bootstrap would delete it.
fn shared_title(view: &View<'_>) -> Option<Check> {
    let (id, title) = (
        "key/shared-title",
        "no other cluster has a key of this title",
    );
    let key = view.key_by_title()?;
    let secret = match view.secret() {
        Ok(secret) => secret,
        Err(why) => return Some(view.unknown(id, title, &why)),
    };
    if view.key_of_cluster().is_some_and(|own| own.id == key.id) {
        return Some(check(
            id,
            title,
            Verdict::Pass,
            "the one that is there is this cluster's",
        ));
    }
    if secret.is_some() {
        // Bootstrap keeps the Secret and touches no key; key/matches-cluster has the rest.
        return None;
    }
    let detail = format!(
        "this cluster has no Secret yet, so \"{}\" ({}) is of another cluster, or of this one before it was set up anew: bootstrap deletes it, and whoever uses it stops syncing",
        key.title,
        described(key)
    );
    let help = "if another cluster uses it, give this one a `--path` or `--secret-name` of its own; otherwise go on";
    Some(check(id, title, Verdict::Warn, detail).help(help))
}
