//! `homelab reconcile` against a real API server, with stand-ins that write status as Flux's controllers do.

use std::path::Path;

use homelab::adapter::runtime::block_on;
use serde_json::{Value, json};

use crate::support::cluster::{
    Cluster, Script, StandIn, cluster, make_ready, namespace, object_path,
};
use crate::support::runner::{answer, run};

const REVISION: &str = "main@sha1:1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

/// Runs homelab, and returns the session with times that are always the same.
fn session(arguments: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let text = run(folder.path(), arguments);
    let times = regex::Regex::new(r"  \d+\.\d+s\n").unwrap();
    times.replace_all(&text, "  [TIME]\n").into_owned()
}

#[test]
fn one_object_takes_three_requests() {
    let Some(cluster) = cluster() else { return };
    block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, "three").await;
        make_ready(&admin, "Kustomization", "three", "apps", &json!({})).await;
    })
    .unwrap();
    let _stand_in = StandIn::start(
        cluster,
        &[object_path("Kustomization", "three", "apps")],
        |seen| Script::success(seen, REVISION),
    );
    let user = cluster.fresh("editor");
    let words = user.words();
    insta::assert_snapshot!(session(&format!("reconcile ks/apps -n three {words}")), @"");
    let asked = cluster.requests(|asked| asked.user == user.name);
    let verbs: Vec<_> = asked.iter().map(|asked| asked.verb.as_str()).collect();
    assert_eq!(verbs, ["get", "patch", "watch"]);
}
