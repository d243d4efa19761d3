//! Whether a bootstrap did what it should: checks over what the cluster and the server say afterwards.

use super::check::{Area, Check, Verdict};
use super::fact::{Fact, Unavailable};
use super::facts::{ClusterFacts, DeployKey, ForgeFacts, PublicKey, SecretFacts, SyncFacts};
use super::plan::{Auth, DEFAULT_COMPONENTS, Forge, Plan, flux_path};

/// How many digits of a commit are shown.
const SHORT: usize = 8;

/// Looks at what there is after `flux bootstrap` has ended.
pub fn verify(plan: &Plan, forge: &ForgeFacts, cluster: &Fact<ClusterFacts>) -> Vec<Check> {
    let cluster = match cluster {
        Ok(cluster) => cluster,
        Err(why) => {
            let title = "the cluster answers";
            return vec![unknown("verify/cluster", Area::Cluster, title, why)];
        }
    };
    let mut checks = vec![controllers(plan, cluster)];
    checks.extend(applied(plan, forge, cluster));
    checks.push(secret(plan, cluster));
    checks.extend(key(plan, forge, cluster));
    checks
}

fn check(id: &'static str, area: Area, title: &str, verdict: Verdict, detail: String) -> Check {
    Check {
        id,
        area,
        title: title.to_owned(),
        verdict,
        detail,
        help: None,
    }
}

fn unknown(id: &'static str, area: Area, title: &str, why: &Unavailable) -> Check {
    Check {
        help: why.help.clone(),
        ..check(id, area, title, Verdict::Unknown, why.message.clone())
    }
}

/// All controllers of the plan are there and ready.
fn controllers(plan: &Plan, cluster: &ClusterFacts) -> Check {
    let (id, title) = ("verify/controllers", "the controllers are ready");
    let found = match &cluster.controllers {
        Ok(found) => found,
        Err(why) => return unknown(id, Area::Cluster, title, why),
    };
    let base: Vec<&str> = match &plan.components {
        Some(components) => components.value.iter().map(String::as_str).collect(),
        None => DEFAULT_COMPONENTS.to_vec(),
    };
    let extra = plan.components_extra.iter().map(|one| one.value.as_str());
    let wanted: Vec<&str> = base.into_iter().chain(extra).collect();
    let missing: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|name| !found.iter().any(|one| one.name == *name))
        .collect();
    let troubles: Vec<String> = found
        .iter()
        .filter_map(|one| Some(format!("{}: {}", one.name, one.trouble.as_ref()?)))
        .collect();
    let (verdict, detail) = match (missing.as_slice(), troubles.as_slice()) {
        ([], []) => (Verdict::Pass, format!("{} of {}", found.len(), found.len())),
        ([], troubles) => (Verdict::Fail, troubles.join("; ")),
        (missing, _) => (Verdict::Fail, format!("missing: {}", missing.join(", "))),
    };
    let namespace = &plan.namespace;
    let help = format!("kubectl -n {namespace} get deployments,pods; `homelab diagnose` says why");
    with_help(check(id, Area::Cluster, title, verdict, detail), &help)
}

/// Adds the way out to what is not well.
fn with_help(check: Check, help: &str) -> Check {
    let is_well = check.verdict == Verdict::Pass;
    Check {
        help: (!is_well).then(|| help.to_owned()),
        ..check
    }
}

/// The source has the head of the branch, and the Kustomization has applied what the source has.
fn applied(plan: &Plan, forge: &ForgeFacts, cluster: &ClusterFacts) -> Vec<Check> {
    let (source, kustomization) = ("verify/source", "verify/applied");
    let (source_title, title) = (
        "the source is at the head of the branch",
        "the Kustomization has applied it",
    );
    let sync = match &cluster.sync {
        Ok(Some(sync)) => sync,
        Ok(None) => {
            let detail = format!("there is no Kustomization {0}/{0}", plan.namespace);
            let missing = check(kustomization, Area::Cluster, title, Verdict::Fail, detail);
            return vec![with_help(missing, "run `homelab bootstrap` again")];
        }
        Err(why) => return vec![unknown(kustomization, Area::Cluster, title, why)],
    };
    let ready =
        "`homelab diagnose` says why, `homelab reconcile ks/flux-system --with-source` tries again";
    let (verdict, detail) = at_head(plan, forge, sync);
    let source = check(source, Area::Cluster, source_title, verdict, detail);
    let (verdict, detail) = is_applied(plan, sync);
    let applied = check(kustomization, Area::Cluster, title, verdict, detail);
    vec![with_help(source, ready), with_help(applied, ready)]
}

fn at_head(plan: &Plan, forge: &ForgeFacts, sync: &SyncFacts) -> (Verdict, String) {
    if let Some(trouble) = &sync.source_trouble {
        return (Verdict::Fail, trouble.clone());
    }
    let Some(revision) = &sync.source_revision else {
        return (Verdict::Fail, "the source has no artifact yet".to_owned());
    };
    let here = commit(revision);
    let head = match &forge.branch {
        Ok(Some(branch)) => branch.head.as_deref(),
        Ok(None) | Err(_) => None,
    };
    match head {
        Some(head) if head == here => (
            Verdict::Pass,
            format!("{} is at {}", plan.branch.value, short(here)),
        ),
        Some(head) => {
            let detail = format!(
                "the source is at {}, {} at {}",
                short(here),
                plan.branch.value,
                short(head)
            );
            (Verdict::Warn, detail)
        }
        None => {
            let why = forge.branch.as_ref().err().map(|why| why.message.as_str());
            let why = why.unwrap_or("the server does not say it");
            let detail = format!(
                "the source is at {}; the head of the branch is not known: {why}",
                short(here)
            );
            (Verdict::Unknown, detail)
        }
    }
}

fn is_applied(plan: &Plan, sync: &SyncFacts) -> (Verdict, String) {
    if let Some(trouble) = &sync.trouble {
        return (Verdict::Fail, trouble.clone());
    }
    if sync.is_suspended {
        return (Verdict::Fail, "it is suspended".to_owned());
    }
    if flux_path(&sync.path) != plan.path.value {
        let detail = format!("it applies {}, not {}", sync.path, plan.path.value);
        return (Verdict::Fail, detail);
    }
    match (&sync.revision, &sync.source_revision) {
        (Some(applied), Some(source)) if commit(applied) == commit(source) => (
            Verdict::Pass,
            format!("{} of {}", sync.path, short(commit(applied))),
        ),
        (Some(applied), _) => {
            let detail = format!(
                "it has applied {}, which is not what the source has",
                short(commit(applied))
            );
            (Verdict::Warn, detail)
        }
        (None, _) => (Verdict::Fail, "it has applied nothing yet".to_owned()),
    }
}

/// Returns the commit of a revision such as `main@sha1:2a3b…` (Flux 2), or `main/2a3b…` (before).
fn commit(revision: &str) -> &str {
    let end = revision.rsplit(['@', '/']).next().unwrap_or(revision);
    end.split_once(':').map_or(end, |(_, hash)| hash)
}

fn short(commit: &str) -> &str {
    commit.get(..SHORT).unwrap_or(commit)
}

/// The Secret has what the plan needs.
fn secret(plan: &Plan, cluster: &ClusterFacts) -> Check {
    let (id, title) = ("verify/secret", "the Secret has the credentials");
    let name = format!("{}/{}", plan.namespace, plan.secret);
    let secret = match &cluster.secret {
        Ok(Some(secret)) => secret,
        Ok(None) => {
            let missing = check(
                id,
                Area::Cluster,
                title,
                Verdict::Fail,
                format!("there is no Secret {name}"),
            );
            return with_help(missing, "run `homelab bootstrap` again");
        }
        Err(why) => return unknown(id, Area::Cluster, title, why),
    };
    let wanted: &[&str] = match plan.auth.value {
        Auth::Token => &["password"],
        Auth::DeployKey { .. } | Auth::PrivateKey(_) => &["identity", "known_hosts"],
    };
    let has = |key: &str| secret.keys.iter().any(|one| one == key);
    // A bearer token takes the place of name and password.
    let is_bearer = plan.auth.value == Auth::Token && has("bearerToken");
    let missing: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|key| !has(key) && !is_bearer)
        .collect();
    match missing.as_slice() {
        [] => check(
            id,
            Area::Cluster,
            title,
            Verdict::Pass,
            format!("{name} has {}", secret.keys.join(", ")),
        ),
        missing => {
            let detail = format!("{name} has no {}", missing.join(" and no "));
            let help = format!(
                "kubectl -n {} delete secret {}, then run `homelab bootstrap` again",
                plan.namespace, plan.secret
            );
            with_help(
                check(id, Area::Cluster, title, Verdict::Fail, detail),
                &help,
            )
        }
    }
}

/// The server knows the key of the cluster, and lets it do what the plan says.
fn key(plan: &Plan, forge: &ForgeFacts, cluster: &ClusterFacts) -> Option<Check> {
    let Auth::DeployKey { read_write } = plan.auth.value else {
        return None;
    };
    if plan.forge.value == Forge::Git {
        return None;
    }
    let (id, title) = match read_write {
        true => ("verify/key", "the deploy key may write"),
        false => ("verify/key", "the deploy key is there"),
    };
    let ours = match &cluster.secret {
        Ok(Some(SecretFacts {
            public_key: Some(key),
            ..
        })) => key,
        Ok(_) => return None,
        Err(why) => return Some(unknown(id, Area::Forge, title, why)),
    };
    let keys = match &forge.keys {
        Ok(keys) => keys,
        Err(why) => return Some(unknown(id, Area::Forge, title, why)),
    };
    let (verdict, detail) = of_key(keys, ours, read_write);
    let help = format!(
        "kubectl -n {} delete secret {}, then run `homelab bootstrap{}` again: flux makes a new key",
        plan.namespace,
        plan.secret,
        if read_write { " --read-write-key" } else { "" }
    );
    Some(with_help(
        check(id, Area::Forge, title, verdict, detail),
        &help,
    ))
}

fn of_key(keys: &[DeployKey], ours: &PublicKey, read_write: bool) -> (Verdict, String) {
    let found = keys.iter().find(|one| one.key.as_ref() == Some(ours));
    let Some(key) = found else {
        let detail = format!(
            "none of the {} keys of the repository is the cluster's",
            keys.len()
        );
        return (Verdict::Fail, detail);
    };
    let title = &key.title;
    match (read_write, key.is_read_only) {
        _ if key.is_enabled == Some(false) => (Verdict::Fail, format!("`{title}` is disabled")),
        (true, Some(true)) => (Verdict::Fail, format!("`{title}` may only read")),
        (true, None) => (
            Verdict::Unknown,
            format!("the server does not say whether `{title}` may write"),
        ),
        (true, Some(false)) => (Verdict::Pass, format!("`{title}`")),
        (false, Some(false)) => (Verdict::Pass, format!("`{title}`, and it may write")),
        (false, _) => (Verdict::Pass, format!("`{title}`, and it only reads")),
    }
}

#[cfg(test)]
mod tests;
