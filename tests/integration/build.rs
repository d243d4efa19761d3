//! `homelab build` as a session.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::repo::{Repo, files_below, fixtures};
use crate::support::runner::{answer, example, run};

const KUSTOMIZATION: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n";

/// Writes a Flux Kustomization to `clusters/<cluster>/<name>.yaml`.
fn declare(repo: &Repo, cluster: &str, name: &str, path: &str) {
    let text = format!(
        "{KUSTOMIZATION}metadata:\n  name: {name}\n  namespace: flux-system\nspec:\n  path: {path}\n  prune: true\n  interval: 1h\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n"
    );
    repo.write(&format!("clusters/{cluster}/{name}.yaml"), text.as_bytes());
}

fn config_map(repo: &Repo, dir: &str) {
    repo.write(
        &format!("{dir}/kustomization.yaml"),
        b"resources:\n  - map.yaml\n",
    );
    let map = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n  namespace: x\ndata:\n  key: value\n";
    repo.write(&format!("{dir}/map.yaml"), map);
}

#[test]
fn renders_one_unit_by_any_of_its_names() {
    let repo = Repo::new();
    config_map(&repo, "apps");
    declare(&repo, "pi", "apps", "./apps");
    repo.commit();
    let shown = run(repo.path(), "build apps");
    for name in [
        "ks apps",
        "ks/apps",
        "flux-system/apps",
        "ks flux-system/apps",
        "Kustomization/apps",
    ] {
        assert_eq!(run(repo.path(), &format!("build {name}")), shown, "{name}");
    }
    assert_snapshot!(shown, @"
    status: 0
    --- stdout
    apiVersion: v1
    data:
      key: value
    kind: ConfigMap
    metadata:
      name: map
      namespace: x
    ");
    assert_snapshot!(run(repo.path(), "build apps -o json"), @r#"
    status: 0
    --- stdout
    {
      "version": 1,
      "objects": [
        {
          "apiVersion": "v1",
          "data": {
            "key": "value"
          },
          "kind": "ConfigMap",
          "metadata": {
            "name": "map",
            "namespace": "x"
          }
        }
      ]
    }
    "#);
}

#[test]
fn without_a_name_everything_is_built_in_order() {
    let (status, json) = answer(&example(), "-C . build -o json");
    let document: Value = serde_json::from_str(&json).unwrap();
    let objects = document["objects"].as_array().unwrap();
    assert_eq!((status, &document["version"]), (Some(0), &Value::from(1)));
    let position = |kind: &str| objects.iter().position(|o| o["kind"] == kind);
    assert!(position("GitRepository") < position("Deployment"));
    let (_, yaml) = answer(&example(), "-C . build");
    assert_eq!(yaml.matches("\n---\n").count() + 1, objects.len());
    assert_eq!(answer(&example(), "-C . build -o yaml").1, yaml);
}

#[test]
fn names_that_do_not_fit_are_refused() {
    assert_snapshot!(run(&example(), "-C . build ks aps"), @"
    status: 2
    --- stderr
    error: no Flux Kustomization is called `aps`
    hint: did you mean `flux-system/apps`?
    ");
    assert_snapshot!(run(&example(), "-C . build hr apps"), @"
    status: 2
    --- stderr
    error: cannot build a `hr`
    hint: write `homelab build ks NAME`
    ");
    assert_snapshot!(run(&example(), "-C . build ks"), @"
    status: 2
    --- stderr
    error: `ks` of which name?
    hint: write `homelab build ks NAME`; without a name everything is built
    ");
    assert_snapshot!(run(&example(), "-C . build ks apps more"), @"
    status: 2
    --- stderr
    error: unexpected value 'more' for '[KUSTOMIZATION]...' found; no more were expected

    Usage: homelab build [OPTIONS] [KUSTOMIZATION]...

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&example(), "-C . build --cluster pie"), @"
    status: 2
    --- stderr
    error: no cluster is called `pie`
    hint: did you mean `pi`?
    ");
}

#[test]
fn the_same_name_in_two_clusters_wants_a_choice() {
    let repo = Repo::new();
    config_map(&repo, "apps");
    declare(&repo, "one", "apps", "./apps");
    declare(&repo, "two", "apps", "./apps");
    repo.commit();
    assert_snapshot!(run(repo.path(), "build apps"), @"
    status: 2
    --- stderr
    error: several are called `apps`: flux-system/apps in one, flux-system/apps in two
    hint: `--cluster NAME` chooses one
    ");
    assert_eq!(answer(repo.path(), "build apps --cluster two").0, Some(0));
}

#[test]
fn what_is_not_here_is_named() {
    let repo = Repo::new();
    config_map(&repo, "apps");
    let text = b"resources:\n  - map.yaml\n  - https://example.com/all.yaml\nhelmCharts:\n  - name: chart\n    repo: https://example.com\n";
    repo.write("apps/kustomization.yaml", text);
    declare(&repo, "pi", "apps", "./apps");
    repo.commit();
    assert_snapshot!(run(repo.path(), "build apps"), @"
    status: 3
    --- stderr
    error: ks flux-system/apps: apps/kustomization.yaml:3: https://example.com/all.yaml is not here and is not fetched
    hint: 1 more to come; `--partial` leaves out what cannot be rendered
    ");
    assert_snapshot!(run(repo.path(), "build apps --partial"), @"
    status: 0
    --- stdout
    apiVersion: v1
    data:
      key: value
    kind: ConfigMap
    metadata:
      name: map
      namespace: x
    --- stderr
    note: ks flux-system/apps: apps/kustomization.yaml:3: https://example.com/all.yaml is not here and is not fetched
    note: ks flux-system/apps: apps/kustomization.yaml:5: chart is not here and is not fetched
    ");
    assert_snapshot!(run(repo.path(), "build --kustomize apps"), @"
    status: 3
    --- stderr
    error: apps/kustomization.yaml:3: 'https://example.com/all.yaml' is on another host
    hint: `--partial` leaves out what cannot be rendered
    ");
    assert_snapshot!(run(repo.path(), "build --kustomize apps --partial -q"), @"
    status: 0
    --- stdout
    apiVersion: v1
    data:
      key: value
    kind: ConfigMap
    metadata:
      name: map
      namespace: x
    ");
}

#[test]
fn a_missing_folder_is_named() {
    let repo = Repo::new();
    repo.lay(&fixtures().join("lint/base"));
    declare(&repo, "home", "gone", "./gone");
    repo.commit();
    assert_snapshot!(run(repo.path(), "build gone"), @"
    status: 3
    --- stderr
    error: ks flux-system/gone: clusters/home/gone.yaml:1: kustomization path not found: gone
    hint: `--partial` leaves out what cannot be rendered
    ");
    assert_snapshot!(run(repo.path(), "build gone --partial"), @"
    status: 0
    --- stderr
    note: ks flux-system/gone: clusters/home/gone.yaml:1: kustomization path not found: gone
    ");
}

#[test]
fn values_of_secrets_stay_as_they_are_written() {
    let repo = Repo::new();
    config_map(&repo, "apps");
    declare(&repo, "pi", "apps", "./apps");
    let file = repo.path().join("clusters/pi/apps.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    let more = "  postBuild:\n    substituteFrom:\n      - kind: Secret\n        name: values\n";
    std::fs::write(&file, format!("{text}{more}")).unwrap();
    repo.write("apps/map.yaml", b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n  namespace: x\ndata:\n  key: ${HOST}\n");
    repo.commit();
    assert_snapshot!(run(repo.path(), "build apps"), @"
    status: 0
    --- stdout
    apiVersion: v1
    data:
      key: ${HOST}
    kind: ConfigMap
    metadata:
      name: map
      namespace: x
    --- stderr
    note: ks flux-system/apps: some `${...}` stay as they are written: their values are not in the repository
    ");
}

/// Every fixture that kustomize 5.8.1 builds.
#[test]
fn folders_equal_kustomize() {
    let all = fixtures().join("kustomize");
    let expected = files_below(&all);
    let expected: Vec<_> = expected
        .iter()
        .filter(|p| p.ends_with("expected.yaml"))
        .collect();
    assert!(expected.len() > 20);
    for file in expected {
        let case = file.parent().unwrap();
        let (status, built) = answer(case, "build --kustomize .");
        assert_eq!(status, Some(0), "{}", case.display());
        assert_eq!(
            built,
            std::fs::read_to_string(file).unwrap(),
            "{}",
            case.display()
        );
    }
}

#[test]
fn ignored_files_are_there_for_kustomize() {
    let repo = Repo::new();
    config_map(&repo, "apps");
    repo.write(".gitignore", b"map.yaml\n");
    repo.commit();
    let (status, built) = answer(repo.path(), "build --kustomize apps");
    assert_eq!(
        (status, built.lines().next()),
        (Some(0), Some("apiVersion: v1"))
    );
    assert_eq!(
        answer(&repo.path().join("apps"), "build --kustomize ."),
        (status, built.clone())
    );
    assert_eq!(
        answer(&repo.path().join("apps"), "-C .. build --kustomize apps/"),
        (status, built.clone())
    );
    assert_eq!(
        answer(&repo.path().join("apps"), "-C . build --kustomize ."),
        (status, built)
    );
}

#[test]
fn folders_that_do_not_fit_are_refused() {
    let repo = Repo::new();
    config_map(&repo, "apps");
    repo.commit();
    assert_snapshot!(run(repo.path(), "build --kustomize gone"), @"
    status: 2
    --- stderr
    error: gone: no such folder
    ");
    assert_snapshot!(run(repo.path(), "build --kustomize apps/map.yaml"), @"
    status: 2
    --- stderr
    error: apps/map.yaml: is no folder
    ");
    assert_snapshot!(run(repo.path(), "build --kustomize ."), @"
    status: 3
    --- stderr
    error: unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '.'
    hint: `--partial` leaves out what cannot be rendered
    ");
    assert_snapshot!(run(repo.path(), "build apps --kustomize apps"), @"
    status: 2
    --- stderr
    error: the argument '[KUSTOMIZATION]...' cannot be used with '--kustomize <DIR>'

    Usage: homelab build [KUSTOMIZATION]...

    For more information, try '--help'.
    ");
    assert_snapshot!(run(repo.path(), "-C apps build --kustomize .."), @"
    status: 2
    --- stderr
    error: ..: is not within [DIR]/apps
    ");
}
