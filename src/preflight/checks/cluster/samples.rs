//! Facts for the tests of these checks: a cluster without Flux, and one that was bootstrapped.

use super::checks;
use crate::flux::ObjectRef;
use crate::preflight::cluster::NEEDS;
use crate::preflight::fact::Unavailable;
use crate::preflight::{
    Auth, Binding, Check, Chosen, ClusterFacts, ControllerFacts, CrdFacts, DeployKey, Facts, Forge,
    ForgeFacts, Installed, MachineFacts, NodeFacts, Plan, PublicKey, RepositoryFacts, SecretFacts,
    SyncFacts, ToolFacts, Verdict,
};

/// A cluster without Flux, and a plan for it.
pub(super) fn fresh() -> Facts {
    Facts {
        plan: Some(plan()),
        repository: Ok(RepositoryFacts::default()),
        machine: MachineFacts {
            tools: vec![flux_command("2.9.5")],
            ..MachineFacts::default()
        },
        forge: Some(no_forge()),
        cluster: Ok(empty()),
        now: 1_800_000_000,
    }
}

/// A cluster that was bootstrapped from the repository of the plan, by Flux 2.7.5.
pub(super) fn bootstrapped() -> Facts {
    let mut facts = fresh();
    facts.repository = Ok(RepositoryFacts {
        installed: Some(Installed {
            file: "clusters/home/flux-system/gotk-components.yaml".to_owned(),
            version: Some("v2.7.5".to_owned()),
            components: Vec::new(),
        }),
        ..RepositoryFacts::default()
    });
    facts.cluster = Ok(ClusterFacts {
        crds: Ok(vec![
            crd("GitRepository", &["v1"], &["v1"]),
            crd("Kustomization", &["v1"], &["v1"]),
        ]),
        controllers: Ok(vec![
            controller("source-controller"),
            controller("kustomize-controller"),
        ]),
        namespace: Ok(Some(false)),
        sync: Ok(Some(SyncFacts {
            path: "./clusters/home".to_owned(),
            is_applied: true,
            trouble: None,
            revision: Some("main@sha1:1".to_owned()),
            is_suspended: false,
            url: Some("ssh://git@github.com/me/home".to_owned()),
            branch: Some("main".to_owned()),
            secret: Some("flux-system".to_owned()),
            source_revision: Some("main@sha1:1".to_owned()),
            source_trouble: None,
        })),
        secret: Ok(Some(SecretFacts {
            keys: ["identity", "identity.pub", "known_hosts"]
                .map(str::to_owned)
                .to_vec(),
            public_key: Some(public_key()),
            known_hosts: vec!["github.com".to_owned()],
            username: None,
        })),
        ..empty()
    });
    facts
}

fn empty() -> ClusterFacts {
    ClusterFacts {
        server: "10.0.0.10:6443".to_owned(),
        flux_namespace: "flux-system".to_owned(),
        secret_name: "flux-system".to_owned(),
        version: Ok("v1.35.2+k3s1".to_owned()),
        nodes: Ok(vec![node("pi-1", "arm64")]),
        crds: Ok(Vec::new()),
        controllers: Ok(Vec::new()),
        sync: Ok(None),
        secret: Ok(None),
        namespace: Ok(None),
        permissions: Ok(NEEDS
            .iter()
            .map(|need| need.answered("flux-system", true))
            .collect()),
        automations: Ok(Vec::new()),
        needed_secrets: Vec::new(),
        operator: Ok(None::<ObjectRef>),
    }
}

fn plan() -> Plan {
    let given = |value: &str| Chosen::new(value.to_owned(), "a flag");
    Plan {
        forge: Chosen::new(Forge::GitHub, "the remote"),
        host: given("github.com"),
        owner: given("me"),
        repository: given("home"),
        url: "https://github.com/me/home".to_owned(),
        branch: given("main"),
        path: given("./clusters/home"),
        namespace: "flux-system".to_owned(),
        secret: "flux-system".to_owned(),
        auth: Chosen::new(Auth::DeployKey { read_write: false }, "the default"),
        components_extra: vec![
            given("image-reflector-controller"),
            given("image-automation-controller"),
        ],
        components: None,
        personal: None,
        ssh_host: None,
        ca_file: None,
        username: None,
        extra: Vec::new(),
        notes: Vec::new(),
    }
}

fn no_forge() -> ForgeFacts {
    let none = || Unavailable::not_asked("no token");
    ForgeFacts {
        token: Err(none()),
        owner: Err(none()),
        repository: Err(none()),
        keys: Err(none()),
        branch: Err(none()),
        blockers: Err(none()),
        push: Err(none()),
    }
}

fn public_key() -> PublicKey {
    PublicKey {
        algorithm: "ecdsa-sha2-nistp384".to_owned(),
        blob: "AAAAE2VjZHNh".to_owned(),
    }
}

/// The deploy key that the bootstrapped cluster has.
pub(super) fn deploy_key(is_read_only: Option<bool>) -> DeployKey {
    DeployKey {
        id: "1".to_owned(),
        title: "flux-system-main-flux-system-./clusters/home".to_owned(),
        key: Some(public_key()),
        is_read_only,
        is_enabled: Some(true),
        is_verified: Some(true),
        last_used: None,
        created: None,
    }
}

pub(super) fn node(name: &str, architecture: &str) -> NodeFacts {
    NodeFacts {
        name: name.to_owned(),
        architecture: architecture.to_owned(),
        system: "linux".to_owned(),
        memory: Some(8 << 30),
        is_ready: true,
        pressures: Vec::new(),
        taints: Vec::new(),
    }
}

pub(super) fn binding(name: &str, role: &str, is_everywhere: bool) -> Binding {
    Binding {
        name: name.to_owned(),
        role: role.to_owned(),
        is_everywhere,
    }
}

pub(super) fn controller(name: &str) -> ControllerFacts {
    let bound = binding(
        "crd-controller-flux-system",
        "crd-controller-flux-system",
        true,
    );
    ControllerFacts {
        name: name.to_owned(),
        image: format!("ghcr.io/fluxcd/{name}:v1.7.4"),
        version: Some("v2.7.5".to_owned()),
        trouble: None,
        service_account: name.to_owned(),
        bound_by: Ok(vec![bound]),
    }
}

pub(super) fn crd(kind: &str, served: &[&str], stored: &[&str]) -> CrdFacts {
    let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    let live = crate::flux::live::KINDS
        .iter()
        .find(|known| known.kind == kind);
    let live = live.unwrap();
    CrdFacts {
        name: format!("{}.{}", live.plural, live.group),
        kind: kind.to_owned(),
        served: owned(served),
        stored: owned(stored),
        version: Some("v2.7.5".to_owned()),
        managed_by: None,
    }
}

pub(super) fn flux_command(version: &str) -> ToolFacts {
    ToolFacts {
        name: "flux",
        version: Ok(version.to_owned()),
        needed: Some("bootstrap".to_owned()),
        is_required: true,
    }
}

pub(super) fn cluster(facts: &mut Facts) -> &mut ClusterFacts {
    facts.cluster.as_mut().unwrap()
}

pub(super) fn forge(facts: &mut Facts) -> &mut ForgeFacts {
    facts.forge.as_mut().unwrap()
}

pub(super) fn verdicts(checks: &[Check]) -> Vec<(&'static str, Verdict)> {
    checks
        .iter()
        .map(|check| (check.id, check.verdict))
        .collect()
}

/// Says checks as a reader sees them; every fail and warn has a way out, no detail ends with a dot.
pub(super) fn say_all(checks: &[Check]) -> String {
    let said = checks.iter().map(|check| {
        let verdict = format!("{:?}", check.verdict).to_lowercase();
        let needs_help = matches!(check.verdict, Verdict::Fail | Verdict::Warn);
        assert!(
            !needs_help || check.help.is_some(),
            "{} has no help",
            check.id
        );
        assert!(!check.detail.ends_with('.'), "{}", check.detail);
        let help = check.help.iter().map(|help| format!("\n  help: {help}"));
        format!(
            "{verdict} {}: {}{}",
            check.id,
            check.detail,
            help.collect::<String>()
        )
    });
    said.collect::<Vec<_>>().join("\n")
}

/// Says the check of an id; nothing where it is left out.
pub(super) fn first(facts: &Facts, id: &str) -> String {
    let all = checks(facts);
    let found: Vec<Check> = all.into_iter().filter(|check| check.id == id).collect();
    assert!(found.len() < 2, "{id} is said twice");
    say_all(&found)
}
