//! `cluster/secret-keys` and `cluster/needed-secrets`: whether the Secrets in the cluster hold what Flux looks for.

use super::key::ssh_host;
use super::say::Trouble;
use super::{Look, Say, few};
use crate::preflight::check::Check;
use crate::preflight::facts::{NeededSecret, SecretFacts};
use crate::preflight::plan::Auth;

/// How the source is to be read, which decides what its Secret has to hold.
enum Way {
    /// ssh, from this host and port.
    Ssh(Option<(String, u16)>),
    Https,
}

pub(super) fn secret_keys(look: &Look<'_>) -> Option<Check> {
    let say = Say::new(
        "cluster/secret-keys",
        "the Secret fits the URL of the source",
    );
    let name = &look.cluster.secret_name;
    let way = match look.plan.map(|plan| &plan.auth.value) {
        Some(Auth::DeployKey { .. }) => Way::Ssh(look.plan.map(ssh_host)),
        Some(Auth::Token) => {
            return rewritten(look, say, "username and password");
        }
        Some(Auth::PrivateKey(_)) => {
            return rewritten(look, say, "your key and the keys of the host");
        }
        None => live_way(look)?,
    };
    let secret = match &look.cluster.secret {
        Ok(Some(secret)) => secret,
        Ok(None) if look.plan.is_some() => {
            return Some(say.pass(format!("there is no Secret {name} yet; bootstrap makes it")));
        }
        Ok(None) => {
            let detail = format!("the source names no Secret {name} that is there");
            return Some(say.warn(detail, "`homelab bootstrap` makes it"));
        }
        Err(why) => return Some(say.unavailable(why)),
    };
    let wanted: &[&str] = match way {
        Way::Ssh(_) => &["identity", "known_hosts"],
        Way::Https => &["username", "password"],
    };
    let missing = missing(secret, wanted);
    Some(match (way, missing.is_empty()) {
        (Way::Https, true) => say.pass(holds(name, wanted)),
        (Way::Https, false) => say.fail(lacks(look, secret, &missing), rewrite(look)),
        (Way::Ssh(_), false) => say.fail(lacks(look, secret, &missing), again(look)),
        (Way::Ssh(host), true) => known_hosts(look, say, secret, host),
    })
}

/// What is there is written anew, whatever it holds.
fn rewritten(look: &Look<'_>, say: Say, with: &str) -> Option<Check> {
    let name = &look.cluster.secret_name;
    match look.cluster.secret {
        Ok(Some(_)) => Some(say.pass(format!("bootstrap writes {with} into the Secret {name}"))),
        _ => None,
    }
}

/// Returns how the source of the cluster is read now.
fn live_way(look: &Look<'_>) -> Option<Way> {
    let sync = look.cluster.sync.as_ref().ok()?.as_ref()?;
    sync.secret
        .as_ref()
        .filter(|name| **name == look.cluster.secret_name)?;
    let (scheme, rest) = sync.url.as_deref()?.split_once("://")?;
    match scheme {
        "ssh" => {
            let host = rest.split('/').next().unwrap_or_default();
            let host = host.rsplit('@').next().unwrap_or_default();
            Some(Way::Ssh(Some(super::key::host_and_port(host))))
        }
        "http" | "https" => Some(Way::Https),
        _ => None,
    }
}

fn missing<'w>(secret: &SecretFacts, wanted: &[&'w str]) -> Vec<&'w str> {
    let has = |key: &str| secret.keys.iter().any(|known| known == key);
    if wanted.contains(&"password") && has("bearerToken") {
        return Vec::new();
    }
    wanted.iter().copied().filter(|key| !has(key)).collect()
}

fn holds(name: &str, keys: &[&str]) -> String {
    format!("the Secret {name} holds {}", keys.join(" and "))
}

fn lacks(look: &Look<'_>, secret: &SecretFacts, missing: &[&str]) -> String {
    let name = &look.cluster.secret_name;
    let held = match secret.keys.is_empty() {
        true => "nothing".to_owned(),
        false => few(secret.keys.iter().map(String::as_str)),
    };
    let lacks = format!(
        "the Secret {name} holds {held}, and lacks {}",
        missing.join(" and ")
    );
    match (look.plan, missing.contains(&"identity")) {
        (Some(_), true) => format!(
            "{lacks}; bootstrap keeps a Secret that is there, and the source would say \"required fields 'identity' and 'known_hosts'\" (flux2#536)"
        ),
        _ => lacks,
    }
}

fn again(look: &Look<'_>) -> String {
    let (namespace, name) = (look.in_namespace(), &look.cluster.secret_name);
    format!(
        "`kubectl {namespace} delete secret {name}`, then bootstrap: it makes a new key pair and installs it; what runs in the cluster goes on running meanwhile, only nothing new is fetched"
    )
}

fn rewrite(look: &Look<'_>) -> String {
    format!(
        "bootstrap with --token-auth writes them into the Secret {}",
        look.cluster.secret_name
    )
}

/// Looks for the host that Flux fetches from among those whose keys are known.
fn known_hosts(
    look: &Look<'_>,
    say: Say,
    secret: &SecretFacts,
    host: Option<(String, u16)>,
) -> Check {
    let name = &look.cluster.secret_name;
    let Some((host, port)) = host else {
        return say.pass(holds(name, &["identity", "known_hosts"]));
    };
    let written = match port {
        22 => host.clone(),
        port => format!("[{host}]:{port}"),
    };
    let hosts = &secret.known_hosts;
    if hosts
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&written))
    {
        return say.pass(format!(
            "the Secret {name} holds identity, and known_hosts with {written}"
        ));
    }
    let is_pattern = |known: &String| known.starts_with('|') || known.contains(['*', '?', '!']);
    if hosts.iter().any(is_pattern) {
        let detail = format!(
            "whether known_hosts of the Secret {name} has {written} cannot be told: it has hashes or patterns"
        );
        return say.unknown(detail, again(look));
    }
    let found = match hosts.is_empty() {
        true => "no host".to_owned(),
        false => few(hosts.iter().map(String::as_str)),
    };
    let detail = format!(
        "known_hosts of the Secret {name} has {found}, and not {written}, where Flux fetches from; bootstrap keeps a Secret that is there, and the source would say \"knownhosts: key is unknown\""
    );
    say.fail(detail, again(look))
}

pub(super) fn needed_secrets(look: &Look<'_>) -> Option<Check> {
    let say = Say::new(
        "cluster/needed-secrets",
        "Secrets that must exist before are there",
    );
    let needed = &look.repository()?.needed_secrets;
    if needed.is_empty() {
        return None;
    }
    let answer = |one: &NeededSecret| {
        let mut all = look.cluster.needed_secrets.iter();
        all.find(|(id, _)| *id == one.id).map(|(_, found)| found)
    };
    let missing = needed
        .iter()
        .filter(|one| matches!(answer(one), Some(Ok(false))));
    let troubles: Vec<Trouble> = missing.map(absent).collect();
    let unknown = needed
        .iter()
        .filter(|one| !matches!(answer(one), Some(Ok(_))));
    let unknown: Vec<String> = unknown.map(|one| one.id.to_string()).collect();
    if let Some(check) = say.all(troubles) {
        return Some(check);
    }
    if unknown.is_empty() {
        let names: Vec<String> = needed.iter().map(|one| one.id.to_string()).collect();
        let names = few(names.iter().map(String::as_str));
        return Some(say.pass(format!("they are there: {names}")));
    }
    let why = needed.iter().find_map(|one| answer(one)?.as_ref().err());
    let why = why.map_or("nobody asked", |why| why.message.as_str());
    let names = few(unknown.iter().map(String::as_str));
    let help = "`kubectl get secret -A` as a user who may, and compare";
    Some(say.unknown(
        format!("whether these are there is not known: {names}: {why}"),
        help,
    ))
}

fn absent(needed: &NeededSecret) -> Trouble {
    let id = &needed.id;
    let purpose = match needed.purpose.is_empty() {
        true => String::new(),
        false => format!(", {},", needed.purpose),
    };
    let detail = format!(
        "the Secret {id}{purpose} is not there, and {} needs it ({})",
        needed.by, needed.place
    );
    let help = match &needed.command {
        Some(command) => format!("`{command}`"),
        None => format!(
            "make it: `kubectl -n {} create secret generic {} --from-file=KEY=FILE`",
            id.namespace, id.name
        ),
    };
    match needed.blocks {
        true => Trouble::fatal(detail, help),
        false => Trouble::light(detail, help),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{bootstrapped, cluster, first, fresh};
    use super::*;
    use crate::flux::ObjectRef;
    use crate::preflight::fact::{Unavailable, Why};
    use crate::preflight::{Chosen, Facts};

    fn secret(keys: &[&str], hosts: &[&str]) -> SecretFacts {
        let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        SecretFacts {
            keys: owned(keys),
            public_key: None,
            known_hosts: owned(hosts),
            username: None,
        }
    }

    fn with(keys: &[&str], hosts: &[&str]) -> Facts {
        let mut facts = bootstrapped();
        cluster(&mut facts).secret = Ok(Some(secret(keys, hosts)));
        facts
    }

    fn named(facts: &mut Facts, ssh: &str) {
        let ssh = Chosen::new(ssh.to_owned(), "a flag");
        facts.plan.as_mut().unwrap().ssh_host = Some(ssh);
    }

    const PAIR: [&str; 2] = ["identity", "known_hosts"];

    #[test]
    fn a_key_pair_needs_identity_and_known_hosts() {
        insta::assert_snapshot!(first(&fresh(), "cluster/secret-keys"), @"pass cluster/secret-keys: there is no Secret flux-system yet; bootstrap makes it");
        insta::assert_snapshot!(first(&bootstrapped(), "cluster/secret-keys"), @"pass cluster/secret-keys: the Secret flux-system holds identity, and known_hosts with github.com");
        insta::assert_snapshot!(first(&with(&["password", "username"], &[]), "cluster/secret-keys"), @r#"
        fail cluster/secret-keys: the Secret flux-system holds password, username, and lacks identity and known_hosts; bootstrap keeps a Secret that is there, and the source would say "required fields 'identity' and 'known_hosts'" (flux2#536)
          help: `kubectl -n flux-system delete secret flux-system`, then bootstrap: it makes a new key pair and installs it; what runs in the cluster goes on running meanwhile, only nothing new is fetched
        "#);
        assert!(first(&with(&[], &[]), "cluster/secret-keys").contains("holds nothing, and lacks"));
        let mut facts = bootstrapped();
        cluster(&mut facts).secret = Err(Unavailable::new(
            Why::Refused,
            "not allowed to get secrets (403)",
        ));
        insta::assert_snapshot!(first(&facts, "cluster/secret-keys"), @"unknown cluster/secret-keys: not allowed to get secrets (403)");
    }

    #[test]
    fn the_host_has_to_be_known() {
        insta::assert_snapshot!(first(&with(&PAIR, &["gitlab.com", "10.0.0.4"]), "cluster/secret-keys"), @r#"
        fail cluster/secret-keys: known_hosts of the Secret flux-system has gitlab.com, 10.0.0.4, and not github.com, where Flux fetches from; bootstrap keeps a Secret that is there, and the source would say "knownhosts: key is unknown"
          help: `kubectl -n flux-system delete secret flux-system`, then bootstrap: it makes a new key pair and installs it; what runs in the cluster goes on running meanwhile, only nothing new is fetched
        "#);
        assert!(
            first(&with(&PAIR, &[]), "cluster/secret-keys")
                .contains("has no host, and not github.com")
        );
        for hidden in ["|1|c2FsdA==|aGFzaA==", "*.com"] {
            assert!(first(&with(&PAIR, &[hidden]), "cluster/secret-keys").starts_with("unknown"));
        }
        let mut facts = with(&PAIR, &["[git.lan]:2222"]);
        named(&mut facts, "git.lan:2222");
        assert!(first(&facts, "cluster/secret-keys").starts_with("pass"));
        named(&mut facts, "git.lan");
        assert!(first(&facts, "cluster/secret-keys").starts_with("fail"));
    }

    #[test]
    fn what_bootstrap_writes_anew_is_well() {
        let mut facts = with(&PAIR, &[]);
        facts.plan.as_mut().unwrap().auth.value = Auth::Token;
        insta::assert_snapshot!(first(&facts, "cluster/secret-keys"), @"pass cluster/secret-keys: bootstrap writes username and password into the Secret flux-system");
        facts.plan.as_mut().unwrap().auth.value = Auth::PrivateKey("id".to_owned());
        assert!(first(&facts, "cluster/secret-keys").starts_with("pass"));
    }

    #[test]
    fn without_a_plan_the_live_source_says_what_it_needs() {
        let mut facts = bootstrapped();
        facts.plan = None;
        assert!(first(&facts, "cluster/secret-keys").starts_with("pass"));
        let sync = cluster(&mut facts).sync.as_mut().unwrap().as_mut().unwrap();
        sync.url = Some("https://github.com/me/home".to_owned());
        insta::assert_snapshot!(first(&facts, "cluster/secret-keys"), @"
        fail cluster/secret-keys: the Secret flux-system holds identity, identity.pub, known_hosts, and lacks username and password
          help: bootstrap with --token-auth writes them into the Secret flux-system
        ");
        cluster(&mut facts).secret = Ok(Some(secret(&["bearerToken"], &[])));
        assert!(first(&facts, "cluster/secret-keys").starts_with("pass"));
        cluster(&mut facts).secret = Ok(None);
        assert!(first(&facts, "cluster/secret-keys").starts_with("warn"));
        let sync = cluster(&mut facts).sync.as_mut().unwrap().as_mut().unwrap();
        sync.secret = None;
        assert_eq!(first(&facts, "cluster/secret-keys"), "");
    }

    fn age(blocks: bool, command: Option<&str>) -> NeededSecret {
        NeededSecret {
            id: ObjectRef::new("flux-system", "sops-age"),
            by: "Kustomization flux-system/apps (decryption)".to_owned(),
            place: "clusters/home/apps.yaml:12".to_owned(),
            purpose: "the age key of SOPS".to_owned(),
            command: command.map(str::to_owned),
            blocks,
        }
    }

    fn needing(needed: NeededSecret, found: crate::preflight::Fact<bool>) -> String {
        let mut facts = bootstrapped();
        cluster(&mut facts).needed_secrets = vec![(needed.id.clone(), found)];
        facts.repository.as_mut().unwrap().needed_secrets = vec![needed];
        first(&facts, "cluster/needed-secrets")
    }

    #[test]
    fn secrets_that_nothing_makes_have_to_be_there() {
        let command =
            "kubectl -n flux-system create secret generic sops-age --from-file=age.agekey";
        assert_eq!(first(&bootstrapped(), "cluster/needed-secrets"), "");
        insta::assert_snapshot!(needing(age(true, Some(command)), Ok(false)), @"
        fail cluster/needed-secrets: the Secret flux-system/sops-age, the age key of SOPS, is not there, and Kustomization flux-system/apps (decryption) needs it (clusters/home/apps.yaml:12)
          help: `kubectl -n flux-system create secret generic sops-age --from-file=age.agekey`
        ");
        assert!(needing(age(false, None), Ok(false)).starts_with("warn"));
        insta::assert_snapshot!(needing(age(true, None), Ok(true)), @"pass cluster/needed-secrets: they are there: flux-system/sops-age");
        insta::assert_snapshot!(needing(age(true, None), Err(Unavailable::new(Why::Refused, "not allowed (403)"))), @"
        unknown cluster/needed-secrets: whether these are there is not known: flux-system/sops-age: not allowed (403)
          help: `kubectl get secret -A` as a user who may, and compare
        ");
    }
}
