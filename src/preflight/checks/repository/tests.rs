use super::*;
use crate::flux::ObjectRef;
use crate::preflight::fact::{Unavailable, Why};
use crate::preflight::facts::{
    BrokenBuild, Installed, MachineFacts, NamespaceOrder, NeededSecret, OldApi, OwnChild,
    RemoteFacts, RepositoryFacts, SecretScheme, SyncFile, ToolFacts,
};
use crate::preflight::plan::{Auth, Chosen, Forge, Plan};

fn chosen<T>(value: T) -> Chosen<T> {
    Chosen::new(value, "a test")
}

fn plan() -> Plan {
    let text = |text: &str| chosen(text.to_owned());
    Plan {
        forge: chosen(Forge::GitHub),
        host: text("github.com"),
        owner: text("me"),
        repository: text("home"),
        url: "https://github.com/me/home".to_owned(),
        branch: text("main"),
        path: text("./clusters/home"),
        namespace: "flux-system".to_owned(),
        secret: "flux-system".to_owned(),
        auth: chosen(Auth::DeployKey { read_write: false }),
        components_extra: Vec::new(),
        components: None,
        personal: None,
        ssh_host: None,
        ca_file: None,
        username: None,
        extra: Vec::new(),
        notes: Vec::new(),
    }
}

fn remote(name: &str, url: &str) -> RemoteFacts {
    RemoteFacts {
        name: name.to_owned(),
        url: url.to_owned(),
        has_credentials: false,
    }
}

/// A repository of which nothing bad can be said.
fn good() -> RepositoryFacts {
    RepositoryFacts {
        remotes: vec![remote("origin", "git@github.com:me/home.git")],
        branch: Some("main".to_owned()),
        head: Some("0123456789abcdef".to_owned()),
        upstream: Some("origin/main".to_owned()),
        ahead_behind: Some((0, 0)),
        clusters: vec![("home".to_owned(), "clusters/home".to_owned())],
        sync: Some(SyncFile {
            place: "clusters/home/flux-system/gotk-sync.yaml:23".to_owned(),
            url_place: "clusters/home/flux-system/gotk-sync.yaml:14".to_owned(),
            path: "./clusters/home".to_owned(),
            url: "ssh://git@github.com/me/home".to_owned(),
            branch: Some("main".to_owned()),
            secret: Some("flux-system".to_owned()),
            id: ObjectRef::new("flux-system", "flux-system"),
        }),
        installed: Some(installed("v2.9.5", &[])),
        ..RepositoryFacts::default()
    }
}

fn installed(version: &str, extra: &[&str]) -> Installed {
    let base = crate::preflight::plan::DEFAULT_COMPONENTS.iter();
    let all = base.chain(extra).map(|name| (*name).to_owned());
    Installed {
        file: "clusters/home/flux-system/gotk-components.yaml".to_owned(),
        version: Some(version.to_owned()),
        components: all.collect(),
    }
}

fn facts(repository: RepositoryFacts, plan: Option<Plan>) -> Facts {
    let flux = ToolFacts {
        name: "flux",
        version: Ok("v2.9.5".to_owned()),
        needed: None,
        is_required: true,
    };
    Facts {
        plan,
        repository: Ok(repository),
        machine: MachineFacts {
            tools: vec![flux],
            ..MachineFacts::default()
        },
        forge: None,
        cluster: Err(Unavailable::not_asked("a test asks no cluster")),
        now: 0,
    }
}

/// Returns what the check with this id says, in one line.
fn said(id: &str, facts: &Facts) -> String {
    let all = checks(facts).into_iter().filter(|check| check.id == id);
    let all = all.map(|check| {
        let needs_help = matches!(check.verdict, Verdict::Fail | Verdict::Warn);
        assert_eq!(check.help.is_some(), needs_help, "{check:?}");
        format!("{:?} {}", check.verdict, check.detail)
    });
    all.collect::<Vec<_>>().join("\n")
}

fn of(id: &str, change: impl FnOnce(&mut RepositoryFacts)) -> String {
    let mut repository = good();
    change(&mut repository);
    said(id, &facts(repository, Some(plan())))
}

#[test]
fn a_good_repository_passes_everything() {
    let found = checks(&facts(good(), Some(plan())));
    let bad: Vec<_> = found
        .iter()
        .filter(|check| check.verdict != Verdict::Pass)
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
    let ids: Vec<&str> = found.iter().map(|check| check.id).collect();
    assert_eq!(
        ids,
        [
            "repository/remote",
            "repository/branch",
            "repository/pushed",
            "repository/sync-path",
            "repository/sync-url",
            "components/dropped",
            "components/version",
            "repository/builds",
            "repository/namespace-order",
            "repository/own-children",
            "repository/secrets",
        ]
    );
}

#[test]
fn without_a_repository_nothing_is_known() {
    let mut facts = facts(good(), Some(plan()));
    facts.repository = Err(Unavailable::new(Why::NotFound, "no such folder"));
    assert_eq!(said("repository/remote", &facts), "Unknown no such folder");
    assert_eq!(checks(&facts).len(), 1);
}

#[test]
fn remotes_are_compared_with_the_plan() {
    let id = "repository/remote";
    assert_eq!(of(id, |_| {}), "Pass origin is git@github.com:me/home.git");
    let none = of(id, |r| r.remotes.clear());
    assert!(none.starts_with("Warn git knows no remote here"), "{none}");
    let other = of(id, |r| {
        r.remotes = vec![remote("origin", "https://gitlab.com/me/home")]
    });
    assert_eq!(
        other,
        "Warn no remote is me/home on github.com: origin (https://gitlab.com/me/home)"
    );
    let fork = || remote("fork", "https://github.com/you/home");
    let several = of(id, |r| r.remotes.push(fork()));
    assert_eq!(
        several,
        "Pass of 2 remotes origin is taken: git@github.com:me/home.git"
    );
    let confused = of(id, |r| {
        r.remotes.push(fork());
        r.upstream = Some("fork/main".to_owned());
    });
    assert!(confused.starts_with("Warn origin is taken (git@github.com:me/home.git), and the branch here follows fork/main"), "{confused}");
    let secret = of(id, |r| r.remotes[0].has_credentials = true);
    assert!(
        secret.contains("Warn the URL of origin has a password or token in it"),
        "{secret}"
    );
}

#[test]
fn the_branch_has_to_be_the_one_that_is_followed() {
    let id = "repository/branch";
    let other = of(id, |r| r.branch = Some("next".to_owned()));
    assert!(other.starts_with("Warn next is checked out, and the cluster is to follow main"));
    let detached = of(id, |r| r.branch = None);
    assert!(detached.starts_with("Warn no branch is checked out (commit 01234567)"));
    let unborn = of(id, |r| r.head = None);
    assert!(unborn.starts_with("Warn main has no commit yet"));
    // Outside of git there is no branch to speak of.
    let none = of(id, |r| {
        r.branch = None;
        r.head = None;
    });
    assert_eq!(none, "");
}

#[test]
fn what_the_server_does_not_have_is_told() {
    let id = "repository/pushed";
    assert_eq!(
        of(id, |_| {}),
        "Pass main is at origin/main, as of the last fetch"
    );
    let all = of(id, |r| {
        r.ahead_behind = Some((2, 1));
        r.uncommitted = 3;
    });
    assert_eq!(
        all,
        "Warn origin/main has 1 commit that is not here, 3 files are not committed, 2 commits are not pushed to \
         origin/main; flux bootstrap works with what the server has"
    );
    assert!(
        of(id, |r| r.ahead_behind = None).starts_with("Unknown how far main is from origin/main")
    );
    assert!(of(id, |r| r.upstream = None).starts_with("Warn main was never pushed to origin"));
    assert_eq!(of(id, |r| r.head = None), "");
}

#[test]
fn the_sync_file_has_to_stand_where_flux_writes_it() {
    let id = "repository/sync-path";
    let path = |path: &str| of(id, |r| r.sync.as_mut().unwrap().path = path.to_owned());
    assert!(path("clusters/home/").starts_with("Pass "));
    assert!(
        path("./clusters/other")
            .starts_with("Fail clusters/home/flux-system/gotk-sync.yaml:23 says ./clusters/other")
    );
    let place = |place: &str| of(id, |r| r.sync.as_mut().unwrap().place = place.to_owned());
    let moved = place("cluster/system/flux-system/gotk-sync.yaml:23");
    assert!(
        moved.contains("everything of Flux is there twice"),
        "{moved}"
    );
    let other = of(id, |r| {
        let sync = r.sync.as_mut().unwrap();
        sync.place = "clusters/away/flux-system/gotk-sync.yaml:23".to_owned();
        sync.path = "./clusters/away".to_owned();
    });
    assert!(
        other.starts_with("Pass ./clusters/home is a new cluster"),
        "{other}"
    );
    let twice = of(id, |r| {
        r.same_path
            .push("b/flux-system/gotk-sync.yaml:3".to_owned())
    });
    assert!(
        twice.starts_with("Warn b/flux-system/gotk-sync.yaml:3 also says ./clusters/home"),
        "{twice}"
    );
    assert_eq!(of(id, |r| r.sync = None), "");
    assert_eq!(of(id, |r| r.sync.as_mut().unwrap().url.clear()), "");
}

#[test]
fn the_url_of_the_sync_file_has_to_fit() {
    let id = "repository/sync-url";
    let url = |url: &str| of(id, |r| r.sync.as_mut().unwrap().url = url.to_owned());
    assert!(url("ssh://git@ssh.github.com:443/Me/home.git").starts_with("Pass "));
    assert!(
        url("ssh://git@github.com/me/old")
            .contains("flux bootstrap writes the file anew, but keeps a Secret")
    );
    assert!(url("https://github.com/me/home.git").contains("a deploy key needs ssh"));
    let mut token = plan();
    token.auth = chosen(Auth::Token);
    let with_token = said(id, &facts(good(), Some(token)));
    assert!(with_token.contains("a token needs https"), "{with_token}");
}

#[test]
fn image_objects_need_their_controllers() {
    let id = "components/image";
    let kinds = |r: &mut RepositoryFacts| {
        r.image_kinds = vec![
            ("ImagePolicy".to_owned(), "a.yaml:1".to_owned()),
            ("ImageUpdateAutomation".to_owned(), "b.yaml:1".to_owned()),
        ];
    };
    assert_eq!(of(id, |_| {}), "");
    assert_eq!(
        of(id, kinds),
        "Fail ImagePolicy (a.yaml:1) needs image-reflector-controller and image-automation-controller, which is not \
         installed"
    );
    let mut repository = good();
    kinds(&mut repository);
    let mut with = plan();
    with.components_extra = vec![chosen("image-reflector-controller".to_owned())];
    let half = said(id, &facts(repository.clone(), Some(with.clone())));
    assert!(
        half.starts_with("Fail ImageUpdateAutomation (b.yaml:1) needs image-automation-controller"),
        "{half}"
    );
    with.components_extra
        .push(chosen("image-automation-controller".to_owned()));
    assert!(said(id, &facts(repository.clone(), Some(with))).starts_with("Pass "));
    // Without a plan what is installed counts.
    assert!(said(id, &facts(repository.clone(), None)).starts_with("Fail "));
    repository.installed = Some(installed(
        "v2.9.5",
        &["image-reflector-controller", "image-automation-controller"],
    ));
    assert!(said(id, &facts(repository, None)).starts_with("Pass "));
}

#[test]
fn other_controllers_are_missed_too() {
    let watcher = of("components/needed", |r| {
        r.needed_components = vec![(
            "source-watcher".to_owned(),
            "ArtifactGenerator (a.yaml:1)".to_owned(),
        )];
    });
    assert_eq!(
        watcher,
        "Fail ArtifactGenerator (a.yaml:1) needs source-watcher, which is not installed"
    );
    let helm = of("components/needed", |r| {
        r.needed_components = vec![(
            "helm-controller".to_owned(),
            "HelmRelease (a.yaml:1)".to_owned(),
        )];
    });
    assert_eq!(helm, "");
}

#[test]
fn what_is_installed_is_not_dropped() {
    let id = "components/dropped";
    let dropped = of(id, |r| {
        r.installed = Some(installed("v2.9.5", &["source-watcher"]))
    });
    assert!(dropped.starts_with("Fail clusters/home/flux-system/gotk-components.yaml has source-watcher, which bootstrap would leave out"), "{dropped}");
    assert!(of(id, |_| {}).starts_with("Pass all 4 components"));
    assert_eq!(of(id, |r| r.installed = None), "");
}

#[test]
fn flux_is_not_downgraded_and_finds_its_objects() {
    let id = "components/version";
    let version = |version: &str| of(id, |r| r.installed = Some(installed(version, &[])));
    assert!(
        version("v2.10.0")
            .starts_with("Fail v2.10.0 is installed, and flux on this machine is v2.9.5")
    );
    assert!(version("v2.9.6").starts_with("Warn "));
    assert_eq!(
        version("v2.7.0"),
        "Pass v2.7.0 is installed, and would become v2.9.5"
    );
    let old = |version: &str| {
        of(id, |r| {
            r.installed = Some(installed(version, &[]));
            r.old_apis = (0..5)
                .map(|n| OldApi {
                    api_version: "image.toolkit.fluxcd.io/v1beta2".to_owned(),
                    kind: "ImagePolicy".to_owned(),
                    place: format!("{n}.yaml:1"),
                })
                .collect();
        })
    };
    assert_eq!(
        old("v2.7.0"),
        "Fail Flux v2.9.5 does not have the API versions of 5 objects: image.toolkit.fluxcd.io/v1beta2 of ImagePolicy \
         (0.yaml:1), image.toolkit.fluxcd.io/v1beta2 of ImagePolicy (1.yaml:1), image.toolkit.fluxcd.io/v1beta2 of \
         ImagePolicy (2.yaml:1), and 2 more"
    );
    let mut facts = facts(good(), Some(plan()));
    facts.machine.tools.clear();
    assert!(said(id, &facts).starts_with("Unknown v2.9.5 is installed"));
}

fn secret(name: &str, blocks: bool) -> NeededSecret {
    NeededSecret {
        id: ObjectRef::new("flux-system", name),
        by: "Kustomization flux-system/apps (decryption)".to_owned(),
        place: "apps.yaml:9".to_owned(),
        purpose: "the age key of SOPS".to_owned(),
        command: Some(format!("kubectl create secret generic {name}")),
        blocks,
    }
}

#[test]
fn secrets_are_listed_with_their_commands() {
    let id = "repository/secrets";
    assert!(of(id, |_| {}).starts_with("Pass none is named"));
    assert!(of(id, |r| r.is_incomplete = true).starts_with("Unknown none is named"));
    let needed = of(id, |r| {
        r.needed_secrets = vec![secret("age", true), secret("pull", false)]
    });
    assert_eq!(
        needed,
        "Warn Flux stops without flux-system/age (the age key of SOPS, for Kustomization flux-system/apps (decryption), \
         apps.yaml:9); something does not work without flux-system/pull (the age key of SOPS, for Kustomization \
         flux-system/apps (decryption), apps.yaml:9)"
    );
    let sealed = of(id, |r| r.secret_schemes = vec![SecretScheme::Sealed]);
    assert!(sealed.starts_with("Warn SealedSecrets open only with the private key"));
}

#[test]
fn what_never_comes_up_fails_and_what_heals_passes() {
    let id = "repository/namespace-order";
    let order = |is_circular| {
        of(id, |r| {
            r.namespace_order = vec![NamespaceOrder {
                namespace: "web".to_owned(),
                place: "configs/m.yaml:1".to_owned(),
                unit: ObjectRef::new("flux-system", "configs"),
                made_by: ObjectRef::new("flux-system", "apps"),
                is_circular,
                retry: "10m".to_owned(),
            }];
        })
    };
    assert!(order(true).starts_with(
        "Fail Kustomization flux-system/configs applies an object in the namespace web"
    ));
    assert!(order(false).starts_with("Pass none is missing for good"));
}

#[test]
fn a_crd_that_comes_too_late_is_a_warning_where_the_cluster_is_not_known() {
    let child = of("repository/own-children", |r| {
        r.own_children = vec![OwnChild {
            kind: "ClusterIssuer".to_owned(),
            group: "cert-manager.io".to_owned(),
            place: "issuer.yaml:1".to_owned(),
            unit: ObjectRef::new("flux-system", "infra"),
            brought_by: "HelmRelease cert-manager/cert-manager".to_owned(),
        }];
    });
    let expected = "Warn Kustomization flux-system/infra applies ClusterIssuer (issuer.yaml:1) before its CRD can be there";
    assert!(child.starts_with(expected), "{child}");
}

#[test]
fn two_masters_are_one_too_many() {
    let operator = of("repository/operator", |r| {
        r.operator = Some("flux.yaml:1".to_owned())
    });
    assert!(operator.starts_with("Fail flux.yaml:1 makes a FluxInstance"));
}

#[test]
fn builds_that_fail_are_told_of() {
    let id = "repository/builds";
    assert_eq!(of(id, |_| {}), "Pass every Flux Kustomization builds");
    let broken = |name: &str, is_root| BrokenBuild {
        unit: format!("flux-system/{name}"),
        is_root,
        place: format!("{name}/kustomization.yaml:3"),
        message: "gone.yaml: no such file".to_owned(),
    };
    assert_eq!(
        of(id, |r| r.broken_builds = vec![broken("apps", false)]),
        "Warn Kustomization flux-system/apps does not build: apps/kustomization.yaml:3: gone.yaml: no such file"
    );
    assert_eq!(
        of(id, |r| r.broken_builds =
            vec![broken("apps", false), broken("flux-system", true)]),
        "Fail Kustomization flux-system/flux-system does not build: flux-system/kustomization.yaml:3: \
         gone.yaml: no such file; nor do flux-system/apps (apps/kustomization.yaml:3)"
    );
}

#[test]
fn a_private_key_is_written_anew() {
    let mut repository = good();
    if let Some(sync) = &mut repository.sync {
        sync.url = "https://github.com/me/home".to_owned();
    }
    let mut plan = plan();
    plan.auth = chosen(Auth::PrivateKey("key".to_owned()));
    let said = said("repository/sync-url", &facts(repository, Some(plan)));
    assert!(said.starts_with("Pass "), "{said}");
    assert!(said.ends_with("with your key"), "{said}");
}
