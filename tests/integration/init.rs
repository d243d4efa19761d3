//! `homelab init` as a session: what it writes lints and builds, and what is there stays as it is.

use std::fs;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::repo::{Repo, files_below, fixtures};
use crate::support::runner::{answer, run};

/// Returns the files below a folder that are no business of git.
fn written(dir: &Path) -> Vec<String> {
    let names = files_below(dir).into_iter().map(|file| {
        let path = file.strip_prefix(dir).expect("below");
        path.to_string_lossy().into_owned()
    });
    names.filter(|path| !path.starts_with(".git/")).collect()
}

/// Checks that the rules are silent and that the real kustomize, where there is one, makes of each unit what we do.
fn is_sound(dir: &Path, units: &[&str]) {
    let (status, text) = answer(dir, "lint --fail-on hint -q");
    assert_eq!(status, Some(0), "{text}");
    for unit in units {
        let (status, ours) = answer(dir, &format!("build -q --kustomize {unit}"));
        assert_eq!(status, Some(0), "{unit}");
        let kustomize = Command::new("kustomize")
            .args(["build", unit])
            .current_dir(dir)
            .output();
        if let Ok(output) = kustomize {
            assert!(output.status.success(), "{unit}: {output:?}");
            assert_eq!(String::from_utf8(output.stdout).unwrap(), ours, "{unit}");
        }
    }
}

const UNITS: [&str; 3] = ["clusters/home", "infrastructure", "apps"];

#[test]
fn an_empty_folder_becomes_a_repository_for_flux() {
    let repo = Repo::new();
    assert_snapshot!(run(repo.path(), "init lab"), @"
    status: 0
    --- stdout
    create .githooks/pre-commit
    create .github/workflows/homelab.yaml
    create .gitignore
    create .homelab.yaml
    create README.md
    create apps/kustomization.yaml
    create clusters/home/apps.yaml
    create clusters/home/flux-system/gotk-components.yaml
    create clusters/home/flux-system/gotk-sync.yaml
    create clusters/home/flux-system/kustomization.yaml
    create clusters/home/infrastructure.yaml
    create clusters/home/kustomization.yaml
    create infrastructure/kustomization.yaml
    --- stderr
    note: next: `git init -b main && git add -A && git commit`: Flux sees only what is committed
    note: next: once it is pushed, let Flux take over: `homelab bootstrap` looks at all that this needs, `homelab bootstrap --run` does it
    note: next: `git config core.hooksPath .githooks` runs the check before every commit
    note: next: set the CI variable HOMELAB_GIT to the address that homelab is installed from
    ");
    let lab = repo.path().join("lab");
    is_sound(&lab, &UNITS);
    let readme = fs::read_to_string(lab.join("README.md")).unwrap();
    assert!(readme.starts_with("# lab\n"), "{readme}");
    assert_snapshot!(run(&lab, "init"), @"
    status: 0
    --- stderr
    note: Flux is here already: only settings, a CI step and a hook are added
    note: .homelab.yaml is there, and stays as it is
    note: .github/workflows/homelab.yaml runs `homelab lint` already
    note: .githooks/pre-commit is there, and stays as it is
    note: there is nothing to write
    ");
}

#[test]
fn the_example_is_clean() {
    let repo = Repo::new();
    assert_eq!(
        answer(repo.path(), "init --example --cluster pi").0,
        Some(0)
    );
    is_sound(repo.path(), &["clusters/pi", "infrastructure", "apps"]);
    // Also as git sees it, and with its remote known.
    repo.commit();
    let add = ["remote", "add", "origin", "git@github.com:me/lab.git"];
    git(repo.path(), &add);
    is_sound(repo.path(), &[]);
    let (_, markers) = answer(repo.path(), "images list -o json");
    let markers: Value = serde_json::from_str(&markers).unwrap();
    let markers = markers["markers"].as_array().unwrap();
    assert_eq!(markers.len(), 4);
    assert!(markers.iter().all(|m| m["automation"]["name"] == "apps"));
    assert_snapshot!(run(repo.path(), "init --example"), @"
    status: 2
    --- stderr
    error: there are manifests here, and an example wants a folder of its own: `homelab init DIR --example`
    ");
}

fn git(dir: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args(arguments)
        .current_dir(dir)
        .status();
    assert!(status.unwrap().success(), "git {arguments:?}");
}

#[test]
fn a_repository_that_is_there_gets_settings_and_checks_only() {
    let repo = Repo::new();
    repo.lay(&fixtures().join("lint/base"));
    repo.write(".gitlab-ci.yml", b"test:\n  script: [make]\n");
    repo.commit();
    let before = written(repo.path());
    assert_snapshot!(run(repo.path(), "init"), @"
    status: 0
    --- stdout
    create .githooks/pre-commit
    create .homelab.yaml
    --- stderr
    note: Flux is here already: only settings, a CI step and a hook are added
    note: .gitlab-ci.yml is there, and stays as it is
    note: next: let .gitlab-ci.yml run `homelab lint`, too
    note: next: `git config core.hooksPath .githooks` runs the check before every commit
    ");
    let mut after = written(repo.path());
    after.retain(|path| !before.contains(path));
    assert_eq!(after, [".githooks/pre-commit", ".homelab.yaml"]);
    assert_snapshot!(run(repo.path(), "init --cluster pi"), @"
    status: 2
    --- stderr
    error: no cluster is called `pi`
    hint: there are: home
    ");
}

#[test]
fn the_remote_says_where_and_keeps_its_secrets() {
    let repo = Repo::new();
    repo.commit();
    let url = "https://me:s3cret@codeberg.org/me/lab.git";
    git(repo.path(), &["remote", "add", "origin", url]);
    let session = run(repo.path(), "init -v");
    assert!(
        session.contains("flux bootstrap gitea --hostname=codeberg.org --owner=me"),
        "{session}"
    );
    assert!(!session.contains("s3cret"), "{session}");
    let files = written(repo.path());
    assert!(
        files
            .iter()
            .any(|path| path == ".forgejo/workflows/homelab.yaml"),
        "{files:?}"
    );
    for path in files {
        let text = fs::read_to_string(repo.path().join(&path)).unwrap();
        assert!(!text.contains("s3cret"), "{path}");
    }
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let repo = Repo::new();
    let session = run(repo.path(), "init --dry-run");
    assert!(session.starts_with("status: 0\n"), "{session}");
    let plan = "create clusters/home/kustomization.yaml\n";
    assert!(session.contains(plan), "{session}");
    assert!(
        session.contains("\n+  - infrastructure.yaml\n"),
        "{session}"
    );
    assert!(written(repo.path()).is_empty());
    // The diffs are such that git takes them.
    let (status, json) = answer(repo.path(), "init --dry-run -o json");
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (status, &document["written"]),
        (Some(0), &Value::Bool(false))
    );
    let diffs = document["files"].as_array().unwrap();
    let diffs: String = diffs.iter().map(|f| f["diff"].as_str().unwrap()).collect();
    repo.write("all.patch", diffs.as_bytes());
    git(repo.path(), &["init", "-q"]);
    git(repo.path(), &["apply", "all.patch"]);
    let other = Repo::new();
    assert_eq!(answer(other.path(), "init -q").0, Some(0));
    let title = |repo: &Repo| {
        repo.path()
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    };
    for path in written(other.path()) {
        let read = |repo: &Repo| {
            let text = fs::read_to_string(repo.path().join(&path)).unwrap();
            text.replace(&title(repo), "lab")
        };
        assert_eq!(read(&repo), read(&other), "{path}");
    }
}

#[test]
fn the_document_says_what_was_done() {
    let repo = Repo::new();
    let (status, json) = answer(repo.path(), "init -o json");
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(status, Some(0));
    assert_eq!(document["version"], 1);
    assert_eq!(document["written"], true);
    assert_eq!(document["commit"], Value::Null);
    assert_eq!(document["pushed"], false);
    let first = &document["files"][0];
    assert_eq!(first["path"], ".githooks/pre-commit");
    assert_eq!(first["action"], "create");
    assert!(
        first["diff"]
            .as_str()
            .unwrap()
            .contains("new file mode 100755")
    );
    assert!(document["next"].as_array().unwrap().len() >= 3);
    let (status, yaml) = answer(repo.path(), "init -o yaml");
    assert_eq!(status, Some(0));
    assert!(
        yaml.starts_with("version: 1\nfiles: []\nwritten: false\n"),
        "{yaml}"
    );
}

#[test]
fn wrong_requests_are_refused() {
    let repo = Repo::new();
    assert_snapshot!(run(repo.path(), "init --cluster My_Pi"), @"
    status: 2
    --- stderr
    error: `My_Pi` is no name for a cluster: small letters, digits and `-`
    ");
    assert_snapshot!(run(repo.path(), "init -o sarif"), @"
    status: 2
    --- stderr
    error: this output format shows findings only
    hint: `lint` and `images check` have it; here there are human, json and yaml
    ");
    repo.write("file", b"");
    assert_snapshot!(run(repo.path(), "init file"), @"
    status: 3
    --- stderr
    error: [DIR]/file: is no folder
    ");
    assert_snapshot!(run(repo.path(), "init file/below"), @"
    status: 3
    --- stderr
    error: [DIR]/file/below: not a directory
    ");
    assert_eq!(written(repo.path()), ["file"]);
}
