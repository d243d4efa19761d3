//! `homelab images list` as a session.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::repo::Repo;
use crate::support::runner::{answer, example, run};

#[test]
fn lists_markers_that_are_alive() {
    assert_snapshot!(run(&example(), "-C . images list"), @"
    status: 0
    --- stdout
    PLACE                               POLICY                 PART    VALUE                                      AUTOMATION
    apps/homepage/deployment.yaml:18    flux-system:homepage   image   ghcr.io/gethomepage/homepage:v1.2.0        -
    apps/pihole/secondary.yaml:18       flux-system:pihole     image   docker.io/pihole/pihole:2026.11.0          flux-system/apps
    apps/site/deployment.yaml:18        flux-system:site       image   ghcr.io/example/site:main-20260104084623   flux-system/apps
    media/jellyfin/deployment.yaml:18   flux-system:jellyfin   image   docker.io/jellyfin/jellyfin:10.10.3        -
    ");
}

#[test]
fn the_document_is_that_of_the_contract() {
    let (status, text) = answer(&example(), "-C . images list -o json");
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(status, Some(0));
    assert_eq!(document["version"], 1);
    let site = &document["markers"][2];
    assert_eq!(
        *site,
        json!({"file": "apps/site/deployment.yaml", "line": 18, "column": 18,
            "policy": {"namespace": "flux-system", "name": "site"}, "part": "image",
            "value": "ghcr.io/example/site:main-20260104084623",
            "automation": {"namespace": "flux-system", "name": "apps"}, "latest": null})
    );
    assert_eq!(document["markers"][0]["automation"], Value::Null);
}

#[test]
fn nothing_is_an_answer_too() {
    let repo = Repo::new();
    repo.commit();
    assert_snapshot!(run(repo.path(), "images list -o json"), @r#"
    status: 0
    --- stdout
    {
      "version": 1,
      "markers": []
    }
    --- stderr
    note: no Flux in [DIR]: no gotk-sync.yaml, no FluxInstance, no Flux Kustomization whose path exists (`-C DIR` names another folder)
    "#);
}

#[test]
fn shows_no_findings() {
    assert_snapshot!(run(&example(), "images list -o sarif"), @"
    status: 2
    --- stderr
    error: this output format shows findings only
    hint: `lint` and `images check` have it; here there are human, json and yaml
    ");
}
