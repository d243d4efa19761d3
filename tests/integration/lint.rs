//! `homelab lint` as a session: selection, settings, paths, formats, status.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::repo::{Repo, fixtures};
use crate::support::runner::{answer, example, run};

const RULE: &str = "image/marker-malformed";
const DEPLOYMENT: &str = "apps/jellyfin/deployment.yaml";

/// A repository with one fault: a marker in single quotes.
fn faulty() -> Repo {
    let repo = Repo::new();
    repo.lay(&fixtures().join("lint/base"));
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: jellyfin\n  namespace: jellyfin\nspec:\n  template:\n    spec:\n      containers:\n        - name: jellyfin\n          image: ghcr.io/example/jellyfin:10.9.0 # {'$imagepolicy': 'flux-system:jellyfin'}\n";
    repo.write(DEPLOYMENT, text.as_bytes());
    repo.commit();
    repo
}

fn status(repo: &Repo, arguments: &str) -> Option<i32> {
    answer(repo.path(), arguments).0
}

#[test]
fn a_clean_repository_is_a_yes() {
    let repo = Repo::new();
    repo.lay(&fixtures().join("lint/base"));
    repo.commit();
    assert_snapshot!(run(repo.path(), "lint --rule image/marker-malformed"), @"
    status: 0
    --- stdout
    no findings in 7 files, 9 objects
    ");
}

#[test]
fn the_format_never_changes_the_status() {
    let repo = faulty();
    for format in [
        "human", "json", "yaml", "sarif", "github", "junit", "markdown",
    ] {
        let (status, text) = answer(repo.path(), &format!("lint --rule {RULE} -o {format}"));
        assert_eq!(status, Some(1), "{format}");
        assert!(
            text.contains(DEPLOYMENT) && text.ends_with('\n'),
            "{format}: {text}"
        );
    }
}

#[test]
fn settings_change_severities() {
    let repo = faulty();
    let set = |level: &str| {
        let text = format!("rules:\n  {RULE}: {level}\n");
        repo.write(".homelab.yaml", text.as_bytes());
    };
    let only = format!("lint {DEPLOYMENT}");
    set("warning");
    assert_eq!(status(&repo, &format!("{only} --rule {RULE}")), Some(0));
    assert_eq!(
        status(&repo, &format!("{only} --rule {RULE} --fail-on warning")),
        Some(1)
    );
    set("hint");
    assert_eq!(
        status(&repo, &format!("{only} --rule {RULE} --fail-on warning")),
        Some(0)
    );
    assert_eq!(
        status(&repo, &format!("{only} --rule {RULE} --fail-on hint")),
        Some(1)
    );
    set("off");
    let (_, json) = answer(repo.path(), &format!("{only} -o json"));
    assert!(!json.contains(RULE));
    assert_eq!(
        status(&repo, &format!("{only} --rule {RULE}")),
        Some(1),
        "flags win"
    );
}

#[test]
fn a_family_can_be_chosen_and_left_out() {
    let repo = faulty();
    assert_eq!(status(&repo, "lint --rule image"), Some(1));
    assert_eq!(status(&repo, "lint --skip image"), Some(0));
}

#[test]
fn paths_are_seen_from_the_current_folder() {
    let repo = faulty();
    let apps = repo.path().join("apps");
    let lint = |arguments: &str| answer(&apps, &format!("lint --rule {RULE} {arguments}")).0;
    assert_eq!(lint("jellyfin"), Some(1));
    assert_eq!(lint("jellyfin/deployment.yaml"), Some(1));
    assert_eq!(lint("../clusters"), Some(0));
    assert_eq!(lint(".."), Some(1));
    assert_eq!(lint("-C .. apps"), Some(1));
    assert_eq!(lint("-C .. jellyfin"), Some(1));
    assert_snapshot!(run(repo.path(), "lint gone"), @"
    status: 2
    --- stderr
    error: gone: no such file or folder in the repository
    hint: paths are relative to the current folder or to [DIR]; what git ignores is not there
    ");
    assert_eq!(lint("../.."), Some(2));
}

#[test]
fn one_cluster_can_be_chosen() {
    let repo = faulty();
    let name = format!("lint --rule {RULE} --cluster");
    assert_eq!(status(&repo, &format!("{name} home")), Some(1));
    assert_eq!(
        status(&repo, &format!("{name} home apps/jellyfin")),
        Some(1)
    );
    assert_eq!(status(&repo, &format!("{name} home clusters")), Some(0));
    assert_snapshot!(run(repo.path(), &format!("{name} hom")), @"
    status: 2
    --- stderr
    error: no cluster is called `hom`
    hint: did you mean `home`?
    ");
}

#[test]
fn misspelt_rules_are_refused() {
    assert_snapshot!(run(&example(), "lint --skip image/marker-malformd"), @"
    status: 2
    --- stderr
    error: no rule or family is called `image/marker-malformd`
    hint: did you mean `image/marker-malformed`?
    ");
    assert_snapshot!(run(&example(), "lint --rule imag"), @"
    status: 2
    --- stderr
    error: no rule or family is called `imag`
    hint: did you mean `image`?
    ");
}

#[test]
fn a_repository_without_flux_is_said_to_be_one() {
    let repo = Repo::new();
    repo.write("compose.yaml", b"services: {}\n");
    repo.commit();
    assert_snapshot!(run(repo.path(), "lint"), @"
    status: 0
    --- stdout
    no findings in 1 file, 0 objects
    --- stderr
    note: no Flux in [DIR]: no gotk-sync.yaml, no FluxInstance, no Flux Kustomization whose path exists (`-C DIR` names another folder)
    ");
    let (status, text) = answer(repo.path(), "lint -q -o json");
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (status, &document["summary"]["errors"]),
        (Some(0), &Value::from(0))
    );
}

#[test]
fn a_folder_outside_of_git_is_looked_at_as_it_is() {
    let repo = Repo::new();
    repo.lay(&fixtures().join("lint/base"));
    assert_snapshot!(run(repo.path(), "lint --rule image/marker-malformed"), @"
    status: 0
    --- stdout
    no findings in 7 files, 9 objects
    --- stderr
    note: [DIR] is not a git repository: looking at all files of the folder
    ");
}
