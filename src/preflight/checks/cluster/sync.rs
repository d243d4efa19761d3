//! `cluster/sync-path`, `cluster/other-repository` and `cluster/operator`: whether the cluster follows something else already.

use super::say::Say;
use super::{Look, key};
use crate::preflight::check::Check;
use crate::preflight::facts::SyncFacts;
use crate::preflight::plan::{Auth, Forge, Plan};
use crate::preflight::remote::RemoteUrl;

pub(super) fn sync_path(look: &Look<'_>) -> Option<Check> {
    let plan = look.plan?;
    let say = Say::new("cluster/sync-path", "the cluster follows the same folder");
    let live = match &look.cluster.sync {
        Ok(live) => live.as_ref()?,
        Err(why) => return Some(say.unavailable(why)),
    };
    let planned = &plan.path.value;
    if normal(planned) == normal(&live.path) {
        return Some(say.pass(format!("Kustomization and plan name {}", normal(planned))));
    }
    let name = &look.cluster.flux_namespace;
    let detail = format!(
        "Kustomization {name}/{name} of the cluster applies {}, and the plan is {}: flux pushes its components to the new folder first, and then stops with \"sync path configuration (...) would overwrite path (...) of existing Kustomization\"",
        shown(&live.path),
        shown(planned)
    );
    let help = format!(
        "`--path={}` keeps the folder; another cluster is chosen by --context; to move on purpose, move the folder in git first and `kubectl {} patch kustomization {name} --type=merge -p '{{\"spec\":{{\"path\":\"{}\"}}}}'`",
        live.path,
        look.in_namespace(),
        normal(planned)
    );
    Some(say.fail(detail, help))
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "./" } else { path }
}

/// Makes paths alike as flux does it (flux2 v2.9.5 `pkg/bootstrap` `kustomizationPathDiffers`).
fn normal(path: &str) -> String {
    let path = match path {
        long if long.len() > 2 => long.strip_suffix('/').unwrap_or(long),
        short => short,
    };
    format!("./{}", path.strip_prefix("./").unwrap_or(path))
}

pub(super) fn other_repository(look: &Look<'_>) -> Option<Check> {
    let plan = look.plan?;
    let say = Say::new(
        "cluster/other-repository",
        "the cluster follows the same repository",
    );
    let live = match &look.cluster.sync {
        Ok(live) => live.as_ref()?,
        Err(why) => return Some(say.unavailable(why)),
    };
    let url = live.url.as_deref()?;
    if is_planned(url, plan) {
        return Some(say.pass(format!("the cluster follows {url}")));
    }
    Some(differs(look, plan, live, say, &planned(plan)))
}

fn differs(look: &Look<'_>, plan: &Plan, live: &SyncFacts, say: Say, planned: &str) -> Check {
    let url = live.url.as_deref().unwrap_or_default();
    let (namespace, secret) = (look.in_namespace(), &look.cluster.secret_name);
    let found = format!("the cluster follows {url}, and the plan is {planned}");
    let prune = "Flux deletes from the cluster what the new repository does not have (prune), so compare them first";
    let keeps = matches!(plan.auth.value, Auth::DeployKey { .. })
        && !matches!(look.cluster.secret, Ok(None));
    if !keeps {
        return say.warn(
            found,
            format!("{prune}; another cluster is chosen by --context"),
        );
    }
    if key::is_known_to_forge(look) == Some(true) {
        let detail = format!(
            "{found}, where the key of the cluster is installed: it looks like the same repository by a new name"
        );
        return say.warn(
            detail,
            "bootstrap writes the new URL; nothing else is to be done",
        );
    }
    let detail = format!(
        "{found}; bootstrap keeps the Secret {secret} with the key of the old one, so that Flux cannot read the new one (flux2#2414)"
    );
    let help = format!(
        "another cluster is chosen by --context; to move on purpose: `kubectl {namespace} delete secret {secret}`, then bootstrap, which makes a new key; {prune}"
    );
    say.fail(detail, help)
}

pub(super) fn operator(look: &Look<'_>) -> Option<Check> {
    let plan = look.plan?;
    let say = Say::new("cluster/operator", "nobody else installs Flux");
    let instance = match &look.cluster.operator {
        Ok(instance) => instance.as_ref()?,
        Err(why) => return Some(say.unavailable(why)),
    };
    let detail = format!(
        "the Flux Operator runs Flux here by FluxInstance {instance}: it puts back what bootstrap changes, and both would own the controllers"
    );
    let help = format!(
        "do not bootstrap; `kubectl -n {} edit fluxinstance {}` and set spec.sync to {} and {}",
        instance.namespace,
        instance.name,
        planned(plan),
        plan.path.value
    );
    Some(say.fail(detail, help))
}

/// Tells whether a URL leads to the repository of the plan, whatever the way there.
fn is_planned(url: &str, plan: &Plan) -> bool {
    let (Ok(live), Ok(planned)) = (RemoteUrl::parse(url), RemoteUrl::parse(&plan.url)) else {
        return url == plan.url;
    };
    // Ports are left out: ssh and https have different ones.
    let (ssh, _) = key::ssh_host(plan);
    let same_host = live.web_host() == planned.web_host() || live.host == ssh;
    // Git servers with an API do not tell upper and lower case apart, all others do.
    let same_path = match plan.forge.value {
        Forge::Git => live.path == planned.path,
        _ => live.path.eq_ignore_ascii_case(&planned.path),
    };
    same_host && same_path
}

/// Returns how the repository of the plan is called here.
fn planned(plan: &Plan) -> String {
    match RemoteUrl::parse(&plan.url) {
        Ok(url) => format!("{}/{}", url.web_host(), url.path),
        Err(_) => plan.full_name(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{bootstrapped, cluster, deploy_key, first, forge, fresh};
    use super::*;
    use crate::flux::ObjectRef;
    use crate::preflight::fact::Unavailable;
    use crate::preflight::{Chosen, Facts};

    #[test]
    fn another_folder_fails_before_flux_pushes_anything() {
        let mut facts = bootstrapped();
        assert_eq!(
            first(&facts, "cluster/sync-path"),
            "pass cluster/sync-path: Kustomization and plan name ./clusters/home"
        );
        facts.plan.as_mut().unwrap().path = Chosen::new("./clusters/lab".to_owned(), "--path");
        insta::assert_snapshot!(first(&facts, "cluster/sync-path"), @r#"
        fail cluster/sync-path: Kustomization flux-system/flux-system of the cluster applies ./clusters/home, and the plan is ./clusters/lab: flux pushes its components to the new folder first, and then stops with "sync path configuration (...) would overwrite path (...) of existing Kustomization"
          help: `--path=./clusters/home` keeps the folder; another cluster is chosen by --context; to move on purpose, move the folder in git first and `kubectl -n flux-system patch kustomization flux-system --type=merge -p '{"spec":{"path":"./clusters/lab"}}'`
        "#);
        cluster(&mut facts).sync = Err(Unavailable::not_asked("nobody asked"));
        assert_eq!(
            first(&facts, "cluster/sync-path"),
            "unknown cluster/sync-path: nobody asked"
        );
        assert_eq!(first(&fresh(), "cluster/sync-path"), "");
    }

    #[test]
    fn paths_are_alike_as_flux_sees_it() {
        for (one, other) in [
            ("", "./"),
            ("./", "."),
            ("clusters/home", "./clusters/home/"),
            ("./ab", "ab/"),
        ] {
            let same = normal(one) == normal(other);
            // flux takes "." for a name of its own, and so does this.
            assert_eq!(same, other != ".", "{one} {other}");
        }
        assert_ne!(normal("/clusters/home"), normal("clusters/home"));
    }

    fn following(url: &str) -> Facts {
        let mut facts = bootstrapped();
        let sync = cluster(&mut facts).sync.as_mut().unwrap().as_mut().unwrap();
        sync.url = Some(url.to_owned());
        facts
    }

    #[test]
    fn the_same_repository_has_many_urls() {
        for url in [
            "ssh://git@github.com/me/home",
            "https://github.com/me/home.git",
            "ssh://git@ssh.github.com:443/Me/Home",
            "git@GitHub.com:me/home.git",
            "https://user:pw@github.com/me/home/",
        ] {
            assert!(
                first(&following(url), "cluster/other-repository").starts_with("pass"),
                "{url}"
            );
        }
        for url in [
            "ssh://git@github.com/me/house",
            "https://gitlab.com/me/home",
            "nonsense",
            "https://github.com",
        ] {
            assert!(
                first(&following(url), "cluster/other-repository").starts_with("fail"),
                "{url}"
            );
        }
        let mut facts = following("ssh://git@git.lan:2222/me/home");
        let ssh = Chosen::new("git.lan:2222".to_owned(), "a flag");
        facts.plan.as_mut().unwrap().ssh_host = Some(ssh);
        assert!(first(&facts, "cluster/other-repository").starts_with("pass"));
        facts.plan.as_mut().unwrap().forge.value = Forge::Git;
        assert!(first(&facts, "cluster/other-repository").starts_with("pass"));
        let mut facts = following("ssh://git@github.com/Me/home");
        facts.plan.as_mut().unwrap().forge.value = Forge::Git;
        assert!(first(&facts, "cluster/other-repository").starts_with("fail"));
    }

    #[test]
    fn another_repository_is_told_with_what_follows() {
        let mut facts = following("ssh://git@github.com/me/old");
        insta::assert_snapshot!(first(&facts, "cluster/other-repository"), @"
        fail cluster/other-repository: the cluster follows ssh://git@github.com/me/old, and the plan is github.com/me/home; bootstrap keeps the Secret flux-system with the key of the old one, so that Flux cannot read the new one (flux2#2414)
          help: another cluster is chosen by --context; to move on purpose: `kubectl -n flux-system delete secret flux-system`, then bootstrap, which makes a new key; Flux deletes from the cluster what the new repository does not have (prune), so compare them first
        ");
        forge(&mut facts).keys = Ok(vec![deploy_key(Some(true))]);
        insta::assert_snapshot!(first(&facts, "cluster/other-repository"), @"
        warn cluster/other-repository: the cluster follows ssh://git@github.com/me/old, and the plan is github.com/me/home, where the key of the cluster is installed: it looks like the same repository by a new name
          help: bootstrap writes the new URL; nothing else is to be done
        ");
        facts.plan.as_mut().unwrap().auth.value = Auth::Token;
        insta::assert_snapshot!(first(&facts, "cluster/other-repository"), @"
        warn cluster/other-repository: the cluster follows ssh://git@github.com/me/old, and the plan is github.com/me/home
          help: Flux deletes from the cluster what the new repository does not have (prune), so compare them first; another cluster is chosen by --context
        ");
        cluster(&mut facts).sync = Err(Unavailable::not_asked("nobody asked"));
        assert!(first(&facts, "cluster/other-repository").starts_with("unknown"));
    }

    #[test]
    fn the_operator_is_left_alone() {
        let mut facts = bootstrapped();
        assert_eq!(first(&facts, "cluster/operator"), "");
        cluster(&mut facts).operator = Ok(Some(ObjectRef::new("flux-system", "flux")));
        insta::assert_snapshot!(first(&facts, "cluster/operator"), @"
        fail cluster/operator: the Flux Operator runs Flux here by FluxInstance flux-system/flux: it puts back what bootstrap changes, and both would own the controllers
          help: do not bootstrap; `kubectl -n flux-system edit fluxinstance flux` and set spec.sync to github.com/me/home and ./clusters/home
        ");
        cluster(&mut facts).operator = Err(Unavailable::not_asked("nobody asked"));
        assert!(first(&facts, "cluster/operator").starts_with("unknown"));
    }
}
