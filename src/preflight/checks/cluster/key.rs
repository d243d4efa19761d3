//! `key/read-write-trap` and `cluster/write-access`: whether what the cluster is left with may write to the repository.

use super::{Look, Say, few};
use crate::preflight::check::Check;
use crate::preflight::plan::{Auth, Forge, Plan};
use crate::preflight::remote::{RemoteUrl, Scheme};

const SSH_PORT: u16 = 22;

/// What the server of the repository says of the key that the cluster has.
enum Key {
    /// The title of the deploy key.
    ReadOnly(String),
    /// The title of the deploy key.
    Writable(String),
    /// It is none of so many deploy keys.
    Absent(usize),
    /// Why it cannot be known.
    Unknown(String),
}

fn cluster_key(look: &Look<'_>) -> Key {
    let secret = &look.cluster.secret_name;
    let own = match &look.cluster.secret {
        Ok(Some(secret)) => secret.public_key.as_ref(),
        Ok(None) => return Key::Unknown(format!("there is no Secret {secret}")),
        Err(why) => return Key::Unknown(why.message.clone()),
    };
    let Some(own) = own else {
        return Key::Unknown(format!(
            "the Secret {secret} has no identity.pub that reads"
        ));
    };
    let Some(forge) = &look.facts.forge else {
        return Key::Unknown("the server of the repository is not asked".to_owned());
    };
    let keys = match &forge.keys {
        Ok(keys) => keys,
        Err(why) => return Key::Unknown(why.message.clone()),
    };
    let Some(found) = keys.iter().find(|key| key.key.as_ref() == Some(own)) else {
        return Key::Absent(keys.len());
    };
    let title = found.title.clone();
    match found.is_read_only {
        Some(true) => Key::ReadOnly(title),
        Some(false) => Key::Writable(title),
        None => Key::Unknown(format!(
            "the server does not say whether the deploy key {title:?} may write"
        )),
    }
}

/// Tells whether the key of the cluster is a deploy key of the repository, where that is known.
pub(super) fn is_known_to_forge(look: &Look<'_>) -> Option<bool> {
    match cluster_key(look) {
        Key::ReadOnly(_) | Key::Writable(_) => Some(true),
        Key::Absent(_) => Some(false),
        Key::Unknown(_) => None,
    }
}

pub(super) fn read_write_trap(look: &Look<'_>) -> Option<Check> {
    let plan = look.plan?;
    let is_asked = plan.auth.value == Auth::DeployKey { read_write: true };
    if !is_asked || plan.forge.value == Forge::Git {
        return None;
    }
    let say = Say::new("key/read-write-trap", "--read-write-key takes effect");
    let name = &look.cluster.secret_name;
    let secret = match &look.cluster.secret {
        Ok(Some(secret)) => secret,
        Ok(None) => {
            let detail = format!(
                "there is no Secret {name} yet, so that bootstrap makes a new key, which may write"
            );
            return Some(say.pass(detail));
        }
        Err(why) => return Some(say.unavailable(why)),
    };
    if !secret.keys.iter().any(|key| key == "identity") {
        // `cluster/secret-keys` says what is wrong with it.
        return None;
    }
    let no_op = format!(
        "the Secret {name} exists, so flux stops at \"source secret up to date\", never gets to the deploy key, and --read-write-key changes nothing"
    );
    Some(match cluster_key(look) {
        Key::ReadOnly(title) => say.fail(
            format!("the deploy key {title:?} may only read: {no_op}"),
            renew(look),
        ),
        Key::Writable(title) => say.pass(format!(
            "the deploy key {title:?} may write already; bootstrap leaves it as it is"
        )),
        Key::Absent(count) => say.warn(
            format!("the key of the cluster is none of the {count} deploy keys of the repository: {no_op}"),
            renew(look),
        ),
        Key::Unknown(why) => say.warn(
            format!("whether the key of the cluster may write is not known ({why}): {no_op}"),
            format!("if it may only read: {}", renew(look)),
        ),
    })
}

/// Says how the cluster gets a new key, and that nothing breaks meanwhile.
fn renew(look: &Look<'_>) -> String {
    let (namespace, name) = (look.in_namespace(), &look.cluster.secret_name);
    format!(
        "`kubectl {namespace} delete secret {name}`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running"
    )
}

/// Whether the cluster will be able to push.
enum Push {
    Yes(String),
    No(String, String),
    Unknown(String, String),
}

pub(super) fn write_access(look: &Look<'_>) -> Option<Check> {
    let say = Say::new("cluster/write-access", "image automations may push");
    let names = automations(look);
    let first = names.first()?;
    let who = match names.len() {
        1 => format!("ImageUpdateAutomation {first} pushes to this repository"),
        count => format!(
            "{count} ImageUpdateAutomations push to this repository ({})",
            few(names.iter().map(String::as_str))
        ),
    };
    Some(match push(look) {
        Push::Yes(why) => say.pass(format!("{who}, and {why}")),
        Push::No(why, help) => say.fail(format!("{who}, and {why}"), help),
        Push::Unknown(why, help) => say.unknown(format!("{who}; {why}"), help),
    })
}

/// Returns the automations that push here: those of the repository, and those that only the cluster has.
fn automations(look: &Look<'_>) -> Vec<String> {
    let here = look.repository().map_or(&[][..], |r| &r.automations);
    let here = here
        .iter()
        .filter(|one| one.writes_here && !one.is_suspended);
    let here: Vec<_> = here.collect();
    let live = look
        .cluster
        .automations
        .as_ref()
        .map_or(&[][..], Vec::as_slice);
    let only_live = live
        .iter()
        .filter(|live| !here.iter().any(|one| one.id == live.id));
    let only_live = only_live.map(|live| format!("{} (in the cluster)", live.id));
    let here = here.iter().map(|one| format!("{} ({})", one.id, one.place));
    here.chain(only_live).collect()
}

fn push(look: &Look<'_>) -> Push {
    match look.plan.map(|plan| &plan.auth.value) {
        Some(Auth::Token) => by_token(look),
        Some(Auth::PrivateKey(file)) => Push::Unknown(
            format!("whether the key {file} may write is not known"),
            "the settings of the repository show whether its deploy key has write access"
                .to_owned(),
        ),
        Some(Auth::DeployKey { read_write }) => match &look.cluster.secret {
            Ok(None) if *read_write => Push::Yes("bootstrap makes a key that may write".to_owned()),
            Ok(None) => Push::No(
                "bootstrap makes a key that may only read".to_owned(),
                "add --read-write-key".to_owned(),
            ),
            _ => by_key(look),
        },
        None => by_key(look),
    }
}

fn by_token(look: &Look<'_>) -> Push {
    let help = "the token needs write access to the contents of the repository".to_owned();
    match look.facts.forge.as_ref().map(|forge| &forge.push) {
        Some(Ok(true)) => Push::Yes("the token may push".to_owned()),
        Some(Ok(false)) => Push::No("the token may not push".to_owned(), help),
        Some(Err(why)) => {
            let why = format!("whether the token may push is not known: {}", why.message);
            Push::Unknown(why, help)
        }
        None => Push::Unknown("whether the token may push is not known".to_owned(), help),
    }
}

/// Judges the key that the cluster has, and keeps.
fn by_key(look: &Look<'_>) -> Push {
    if let Some(refused) = refused(look) {
        let refused = refused.trim_end_matches('.');
        return Push::No(format!("its last push was refused: {refused}"), renew(look));
    }
    match cluster_key(look) {
        Key::Writable(title) => Push::Yes(format!("the deploy key {title:?} may write")),
        Key::ReadOnly(title) => Push::No(
            format!("the deploy key {title:?} of the cluster may only read"),
            renew(look),
        ),
        Key::Absent(count) => Push::Unknown(
            format!("the key of the cluster is none of the {count} deploy keys of the repository"),
            renew(look),
        ),
        Key::Unknown(why) => {
            let why = format!("whether the key of the cluster may write is not known: {why}");
            Push::Unknown(why, format!("if it may only read: {}", renew(look)))
        }
    }
}

/// Returns what the git server said to an automation that it refused, where its controller tells.
fn refused<'l>(look: &Look<'l>) -> Option<&'l str> {
    let live = look.cluster.automations.as_ref().ok()?.iter();
    let mut troubles = live.filter_map(|one| one.trouble.as_deref());
    troubles.find(|text| {
        let text = text.to_ascii_lowercase();
        text.contains("read only") || text.contains("read-only")
    })
}

/// Returns the host and port that Flux fetches from by ssh: `--ssh-hostname`, or that of the server (flux2 v2.9.5 takes the
/// port of https for that of ssh).
pub(super) fn ssh_host(plan: &Plan) -> (String, u16) {
    if let Some(named) = &plan.ssh_host {
        return host_and_port(&named.value);
    }
    if plan.forge.value == Forge::Git
        && let Ok(url) = RemoteUrl::parse(&plan.url)
        && url.scheme == Scheme::Ssh
    {
        return (url.host, url.port.unwrap_or(SSH_PORT));
    }
    host_and_port(&plan.host.value)
}

/// Takes `host:port` apart.
pub(super) fn host_and_port(text: &str) -> (String, u16) {
    let parts = text.rsplit_once(':');
    let parts = parts.and_then(|(host, port)| Some((host, port.parse().ok()?)));
    let (host, port) = parts.unwrap_or((text, SSH_PORT));
    (host.to_ascii_lowercase(), port)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{bootstrapped, cluster, deploy_key, first, forge, fresh};
    use super::*;
    use crate::flux::ObjectRef;
    use crate::preflight::fact::{Unavailable, Why};
    use crate::preflight::{Automation, Chosen, Facts, LiveAutomation};

    fn asking() -> Facts {
        let mut facts = bootstrapped();
        facts.plan.as_mut().unwrap().auth.value = Auth::DeployKey { read_write: true };
        facts
    }

    fn with_key(read_only: Option<bool>) -> Facts {
        let mut facts = asking();
        forge(&mut facts).keys = Ok(vec![deploy_key(read_only)]);
        facts
    }

    const TRAP: &str = "key/read-write-trap";
    const WRITE: &str = "cluster/write-access";

    #[test]
    fn the_flag_does_nothing_while_the_secret_is_there() {
        insta::assert_snapshot!(first(&with_key(Some(true)), TRAP), @r#"
        fail key/read-write-trap: the deploy key "flux-system-main-flux-system-./clusters/home" may only read: the Secret flux-system exists, so flux stops at "source secret up to date", never gets to the deploy key, and --read-write-key changes nothing
          help: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        "#);
        insta::assert_snapshot!(first(&with_key(Some(false)), TRAP), @r#"
        pass key/read-write-trap: the deploy key "flux-system-main-flux-system-./clusters/home" may write already; bootstrap leaves it as it is
        "#);
        insta::assert_snapshot!(first(&with_key(None), TRAP), @r#"
        warn key/read-write-trap: whether the key of the cluster may write is not known (the server does not say whether the deploy key "flux-system-main-flux-system-./clusters/home" may write): the Secret flux-system exists, so flux stops at "source secret up to date", never gets to the deploy key, and --read-write-key changes nothing
          help: if it may only read: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        "#);
        let mut facts = with_key(Some(true));
        forge(&mut facts).keys.as_mut().unwrap()[0].key = None;
        insta::assert_snapshot!(first(&facts, TRAP), @r#"
        warn key/read-write-trap: the key of the cluster is none of the 1 deploy keys of the repository: the Secret flux-system exists, so flux stops at "source secret up to date", never gets to the deploy key, and --read-write-key changes nothing
          help: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        "#);
        forge(&mut facts).keys = Err(Unavailable::new(
            Why::NotFound,
            "GET /repos/me/home/keys: 404 Not Found",
        ));
        insta::assert_snapshot!(first(&facts, TRAP), @r#"
        warn key/read-write-trap: whether the key of the cluster may write is not known (GET /repos/me/home/keys: 404 Not Found): the Secret flux-system exists, so flux stops at "source secret up to date", never gets to the deploy key, and --read-write-key changes nothing
          help: if it may only read: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        "#);
        facts.forge = None;
        insta::assert_snapshot!(first(&facts, TRAP), @r#"
        warn key/read-write-trap: whether the key of the cluster may write is not known (the server of the repository is not asked): the Secret flux-system exists, so flux stops at "source secret up to date", never gets to the deploy key, and --read-write-key changes nothing
          help: if it may only read: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        "#);
        let secret = cluster(&mut facts)
            .secret
            .as_mut()
            .unwrap()
            .as_mut()
            .unwrap();
        secret.public_key = None;
        insta::assert_snapshot!(first(&facts, TRAP), @r#"
        warn key/read-write-trap: whether the key of the cluster may write is not known (the Secret flux-system has no identity.pub that reads): the Secret flux-system exists, so flux stops at "source secret up to date", never gets to the deploy key, and --read-write-key changes nothing
          help: if it may only read: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        "#);
    }

    #[test]
    fn the_trap_is_there_only_where_it_can_be() {
        let mut facts = asking();
        cluster(&mut facts).secret = Err(Unavailable::new(
            Why::Refused,
            "not allowed to get secrets (403)",
        ));
        assert_eq!(
            first(&facts, TRAP),
            "unknown key/read-write-trap: not allowed to get secrets (403)"
        );
        cluster(&mut facts).secret = Ok(None);
        insta::assert_snapshot!(first(&facts, TRAP), @"
        pass key/read-write-trap: there is no Secret flux-system yet, so that bootstrap makes a new key, which may write
        ");
        assert_eq!(first(&bootstrapped(), TRAP), "");
        let mut facts = asking();
        let secret = cluster(&mut facts)
            .secret
            .as_mut()
            .unwrap()
            .as_mut()
            .unwrap();
        secret.keys = vec!["username".to_owned(), "password".to_owned()];
        assert_eq!(first(&facts, TRAP), "");
        let mut facts = asking();
        facts.plan.as_mut().unwrap().forge.value = Forge::Git;
        assert_eq!(first(&facts, TRAP), "");
    }

    fn automation(name: &str) -> Automation {
        Automation {
            id: ObjectRef::new("flux-system", name),
            place: format!("clusters/home/{name}.yaml:1"),
            writes_here: true,
            push_branch: None,
            signs: false,
            author: ("flux".to_owned(), "flux@example.com".to_owned()),
            message: None,
            is_suspended: false,
        }
    }

    fn pushing(mut facts: Facts) -> Facts {
        facts.repository.as_mut().unwrap().automations = vec![automation("apps")];
        facts
    }

    #[test]
    fn automations_need_a_key_that_may_write() {
        assert_eq!(first(&bootstrapped(), WRITE), "");
        insta::assert_snapshot!(first(&pushing(fresh()), WRITE), @"
        fail cluster/write-access: ImageUpdateAutomation flux-system/apps (clusters/home/apps.yaml:1) pushes to this repository, and bootstrap makes a key that may only read
          help: add --read-write-key
        ");
        let mut facts = pushing(fresh());
        facts.plan.as_mut().unwrap().auth.value = Auth::DeployKey { read_write: true };
        insta::assert_snapshot!(first(&facts, WRITE), @"
        pass cluster/write-access: ImageUpdateAutomation flux-system/apps (clusters/home/apps.yaml:1) pushes to this repository, and bootstrap makes a key that may write
        ");
        facts.plan.as_mut().unwrap().auth.value = Auth::PrivateKey("id_ed25519".to_owned());
        insta::assert_snapshot!(first(&facts, WRITE), @"
        unknown cluster/write-access: ImageUpdateAutomation flux-system/apps (clusters/home/apps.yaml:1) pushes to this repository; whether the key id_ed25519 may write is not known
          help: the settings of the repository show whether its deploy key has write access
        ");
        insta::assert_snapshot!(first(&pushing(with_key(Some(true))), WRITE), @r#"
        fail cluster/write-access: ImageUpdateAutomation flux-system/apps (clusters/home/apps.yaml:1) pushes to this repository, and the deploy key "flux-system-main-flux-system-./clusters/home" of the cluster may only read
          help: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        "#);
        insta::assert_snapshot!(first(&pushing(with_key(Some(false))), WRITE), @r#"
        pass cluster/write-access: ImageUpdateAutomation flux-system/apps (clusters/home/apps.yaml:1) pushes to this repository, and the deploy key "flux-system-main-flux-system-./clusters/home" may write
        "#);
        insta::assert_snapshot!(first(&pushing(with_key(None)), WRITE), @r#"
        unknown cluster/write-access: ImageUpdateAutomation flux-system/apps (clusters/home/apps.yaml:1) pushes to this repository; whether the key of the cluster may write is not known: the server does not say whether the deploy key "flux-system-main-flux-system-./clusters/home" may write
          help: if it may only read: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        "#);
        let mut facts = pushing(with_key(Some(true)));
        forge(&mut facts).keys = Ok(Vec::new());
        insta::assert_snapshot!(first(&facts, WRITE), @"
        unknown cluster/write-access: ImageUpdateAutomation flux-system/apps (clusters/home/apps.yaml:1) pushes to this repository; the key of the cluster is none of the 0 deploy keys of the repository
          help: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        ");
    }

    #[test]
    fn a_token_may_push_or_not() {
        let said = |push| {
            let mut facts = pushing(bootstrapped());
            facts.plan.as_mut().unwrap().auth.value = Auth::Token;
            forge(&mut facts).push = push;
            first(&facts, WRITE)
        };
        assert!(said(Ok(true)).starts_with("pass"));
        insta::assert_snapshot!(said(Ok(false)), @"
        fail cluster/write-access: ImageUpdateAutomation flux-system/apps (clusters/home/apps.yaml:1) pushes to this repository, and the token may not push
          help: the token needs write access to the contents of the repository
        ");
        insta::assert_snapshot!(said(Err(Unavailable::not_asked("no token"))), @"
        unknown cluster/write-access: ImageUpdateAutomation flux-system/apps (clusters/home/apps.yaml:1) pushes to this repository; whether the token may push is not known: no token
          help: the token needs write access to the contents of the repository
        ");
        let mut facts = pushing(bootstrapped());
        facts.plan.as_mut().unwrap().auth.value = Auth::Token;
        facts.forge = None;
        assert!(first(&facts, WRITE).starts_with("unknown"));
    }

    #[test]
    fn what_the_cluster_says_of_its_own_counts() {
        let mut facts = bootstrapped();
        facts.plan = None;
        facts.forge = None;
        let live = |name: &str, trouble: Option<&str>| LiveAutomation {
            id: ObjectRef::new("flux-system", name),
            trouble: trouble.map(str::to_owned),
            pushed: None,
        };
        cluster(&mut facts).automations = Ok(vec![live("apps", None), live("infra", None)]);
        insta::assert_snapshot!(first(&facts, WRITE), @"
        unknown cluster/write-access: 2 ImageUpdateAutomations push to this repository (flux-system/apps (in the cluster), flux-system/infra (in the cluster)); whether the key of the cluster may write is not known: the server of the repository is not asked
          help: if it may only read: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        ");
        let message = "unknown error: ERROR: The key you are authenticating with has been marked as read only.";
        cluster(&mut facts).automations = Ok(vec![live("apps", Some(message))]);
        insta::assert_snapshot!(first(&facts, WRITE), @"
        fail cluster/write-access: ImageUpdateAutomation flux-system/apps (in the cluster) pushes to this repository, and its last push was refused: unknown error: ERROR: The key you are authenticating with has been marked as read only
          help: `kubectl -n flux-system delete secret flux-system`, then bootstrap with --read-write-key: it makes a new key pair and replaces the deploy key; until it is done Flux only cannot fetch, and all that runs in the cluster goes on running
        ");
        cluster(&mut facts).automations = Err(Unavailable::not_asked("nobody asked"));
        assert_eq!(first(&facts, WRITE), "");
        let mut held = pushing(bootstrapped());
        held.repository.as_mut().unwrap().automations[0].is_suspended = true;
        assert_eq!(first(&held, WRITE), "");
    }

    #[test]
    fn the_host_of_ssh_may_be_another() {
        let mut plan = bootstrapped().plan.unwrap();
        assert_eq!(ssh_host(&plan), ("github.com".to_owned(), 22));
        for (named, host, port) in [
            ("ssh.GitHub.com:443", "ssh.github.com", 443),
            ("git.lan:x", "git.lan:x", 22),
        ] {
            plan.ssh_host = Some(Chosen::new(named.to_owned(), "a flag"));
            assert_eq!(ssh_host(&plan), (host.to_owned(), port));
        }
        plan.ssh_host = None;
        plan.forge.value = Forge::Git;
        plan.url = "ssh://git@nas.lan:2222/me/home".to_owned();
        assert_eq!(ssh_host(&plan), ("nas.lan".to_owned(), 2222));
    }
}
