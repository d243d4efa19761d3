//! Tests of what is looked at after a bootstrap.

use super::*;
use crate::preflight::fact::Why;
use crate::preflight::facts::{BranchFacts, ControllerFacts};
use crate::preflight::plan::Chosen;

const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

fn controller(name: &str) -> ControllerFacts {
    ControllerFacts {
        name: name.to_owned(),
        image: String::new(),
        version: None,
        trouble: None,
        service_account: name.to_owned(),
        bound_by: Err(none()),
    }
}

fn none() -> Unavailable {
    Unavailable::new(Why::Refused, "not in this test")
}

fn key() -> PublicKey {
    PublicKey {
        algorithm: "ecdsa-sha2-nistp384".to_owned(),
        blob: "AAAA".to_owned(),
    }
}

fn cluster() -> ClusterFacts {
    ClusterFacts {
        server: "10.0.0.10:6443".to_owned(),
        flux_namespace: "flux-system".to_owned(),
        secret_name: "flux-system".to_owned(),
        version: Err(none()),
        nodes: Err(none()),
        crds: Err(none()),
        controllers: Ok(DEFAULT_COMPONENTS
            .iter()
            .map(|name| controller(name))
            .collect()),
        sync: Ok(Some(SyncFacts {
            path: "./clusters/home".to_owned(),
            is_applied: true,
            trouble: None,
            revision: Some(format!("main@sha1:{HEAD}")),
            is_suspended: false,
            url: None,
            branch: None,
            secret: None,
            source_revision: Some(format!("main@sha1:{HEAD}")),
            source_trouble: None,
        })),
        secret: Ok(Some(SecretFacts {
            keys: ["identity", "identity.pub", "known_hosts"]
                .map(str::to_owned)
                .to_vec(),
            public_key: Some(key()),
            known_hosts: Vec::new(),
            username: None,
        })),
        namespace: Err(none()),
        permissions: Err(none()),
        automations: Err(none()),
        needed_secrets: Vec::new(),
        operator: Err(none()),
    }
}

fn forge(read_only: Option<bool>) -> ForgeFacts {
    ForgeFacts {
        token: Err(none()),
        owner: Err(none()),
        repository: Err(none()),
        keys: Ok(vec![DeployKey {
            id: "1".to_owned(),
            title: "ours".to_owned(),
            key: Some(key()),
            is_read_only: read_only,
            is_enabled: None,
            is_verified: None,
            last_used: None,
            created: None,
        }]),
        branch: Ok(Some(BranchFacts {
            head: Some(HEAD.to_owned()),
            is_protected: false,
        })),
        blockers: Err(none()),
        push: Err(none()),
    }
}

fn plan(read_write: bool) -> Plan {
    Plan {
        auth: Chosen::new(Auth::DeployKey { read_write }, "x"),
        ..Plan::sample()
    }
}

fn said(plan: &Plan, forge: &ForgeFacts, cluster: ClusterFacts) -> String {
    let checks = verify(plan, forge, &Ok(cluster));
    let lines = checks.into_iter().map(|check| {
        let has_help = check.help.is_some();
        let needs_help = matches!(check.verdict, Verdict::Fail | Verdict::Warn);
        assert!(has_help || !needs_help, "{check:?}");
        format!("{:?} {}: {}\n", check.verdict, check.id, check.detail)
    });
    lines.collect()
}

#[test]
fn all_is_well() {
    insta::assert_snapshot!(said(&plan(true), &forge(Some(false)), cluster()), @"
    Pass verify/controllers: 4 of 4
    Pass verify/source: main is at 01234567
    Pass verify/applied: ./clusters/home of 01234567
    Pass verify/secret: flux-system/flux-system has identity, identity.pub, known_hosts
    Pass verify/key: `ours`
    ");
}

#[test]
fn each_thing_that_is_not_as_planned_is_said() {
    let mut late = cluster();
    late.controllers = Ok(vec![
        controller("source-controller"),
        ControllerFacts {
            trouble: Some("0 of 1 ready".to_owned()),
            ..controller("kustomize-controller")
        },
    ]);
    if let Ok(Some(sync)) = &mut late.sync {
        sync.revision = Some("main@sha1:ffffffffffff".to_owned());
        sync.source_revision = Some("main@sha1:eeeeeeeeeeee".to_owned());
    }
    if let Ok(Some(secret)) = &mut late.secret {
        secret.keys = vec!["username".to_owned(), "password".to_owned()];
    }
    insta::assert_snapshot!(said(&plan(true), &forge(Some(true)), late), @"
    Fail verify/controllers: missing: helm-controller, notification-controller
    Warn verify/source: the source is at eeeeeeee, main at 01234567
    Warn verify/applied: it has applied ffffffff, which is not what the source has
    Fail verify/secret: flux-system/flux-system has no identity and no known_hosts
    Fail verify/key: `ours` may only read
    ");
    let mut broken = cluster();
    if let Ok(Some(sync)) = &mut broken.sync {
        sync.trouble = Some("kustomize build failed".to_owned());
        sync.source_trouble = Some("authentication required".to_owned());
    }
    broken.secret = Ok(None);
    insta::assert_snapshot!(said(&plan(false), &forge(None), broken), @"
    Pass verify/controllers: 4 of 4
    Fail verify/source: authentication required
    Fail verify/applied: kustomize build failed
    Fail verify/secret: there is no Secret flux-system/flux-system
    ");
    let mut empty = cluster();
    empty.sync = Ok(None);
    empty.controllers = Err(none());
    let mut dumb = forge(None);
    dumb.keys = Ok(Vec::new());
    insta::assert_snapshot!(said(&plan(true), &dumb, empty), @"
    Unknown verify/controllers: not in this test
    Fail verify/applied: there is no Kustomization flux-system/flux-system
    Pass verify/secret: flux-system/flux-system has identity, identity.pub, known_hosts
    Fail verify/key: none of the 0 keys of the repository is the cluster's
    ");
}

#[test]
fn without_a_cluster_nothing_is_known() {
    let checks = verify(&plan(true), &forge(None), &Err(none()));
    assert!(matches!(checks.as_slice(), [one] if one.verdict == Verdict::Unknown));
}

#[test]
fn revisions_of_all_flux_versions_are_read() {
    assert_eq!(commit("main@sha1:abc"), "abc");
    assert_eq!(commit("feature/x@sha1:abc"), "abc");
    assert_eq!(commit("main/abc"), "abc");
    assert_eq!(commit(""), "");
}
