//! What is planned where.

use super::*;

fn planned(tree: &Tree, start: &Start<'_>) -> Result<Plan, PlanError> {
    plan(&Model::of(tree, None), start)
}

fn paths(plan: &Plan) -> Vec<&str> {
    plan.changes.iter().map(|c| c.path.as_str()).collect()
}

const START: Start<'_> = Start {
    cluster: None,
    title: "lab",
    remote: Some("git@github.com:me/lab.git"),
    branch: Some("trunk"),
    is_git: true,
    example: false,
};

const ADDED: [&str; 3] = [
    ".githooks/pre-commit",
    ".github/workflows/homelab.yaml",
    ".homelab.yaml",
];

#[test]
fn a_bare_folder_gets_everything() {
    let plan = planned(&Tree::of_texts([("LICENSE", "x")]), &START).unwrap();
    assert_eq!(
        paths(&plan),
        [
            ".githooks/pre-commit",
            ".github/workflows/homelab.yaml",
            ".gitignore",
            ".homelab.yaml",
            "README.md",
            "apps/kustomization.yaml",
            "clusters/home/apps.yaml",
            "clusters/home/flux-system/gotk-components.yaml",
            "clusters/home/flux-system/gotk-sync.yaml",
            "clusters/home/flux-system/kustomization.yaml",
            "clusters/home/infrastructure.yaml",
            "clusters/home/kustomization.yaml",
            "infrastructure/kustomization.yaml",
        ]
    );
    let executable: Vec<_> = plan.changes.iter().filter(|c| c.executable).collect();
    assert_eq!(executable.len(), 1);
    assert!(executable[0].path.ends_with("pre-commit"));
    let whole: String = plan.changes.iter().map(|c| c.after.as_str()).collect();
    for part in [
        "branch: trunk\n",
        "branches: [trunk]",
        "url: ssh://git@github.com/me/lab.git\n",
        "path: ./clusters/home\n",
        "${{ vars.HOMELAB_GIT }}",
        "# lab\n",
        "--owner=me --repository=lab --branch=trunk",
    ] {
        assert!(whole.contains(part), "{part}");
    }
    assert!(
        plan.changes
            .iter()
            .all(|c| c.after.ends_with('\n') && !c.after.contains("{%"))
    );
}

#[test]
fn where_flux_is_nothing_of_it_is_touched() {
    let sync = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  url: https://x/y\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  path: ./k\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n";
    let tree = Tree::of_texts([("k/flux-system/gotk-sync.yaml", sync)]);
    let plan = planned(&tree, &START).unwrap();
    assert_eq!(paths(&plan), ADDED);
    let manifests = Tree::of_texts([("app.yaml", "kind: X\n")]);
    assert_eq!(paths(&planned(&manifests, &START).unwrap()), ADDED);
    let named = Start {
        cluster: Some("pi"),
        ..START
    };
    let plan = planned(&manifests, &named).unwrap();
    assert!(paths(&plan).contains(&"clusters/pi/apps.yaml"));
    let example = Start {
        example: true,
        ..START
    };
    assert!(planned(&manifests, &example).is_err());
}

/// Flux generates a kustomization of all YAML files where it finds none.
#[test]
fn what_flux_would_apply_is_left_out() {
    let sync = |path: &str| {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  url: https://x/y\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: flux-system\n  namespace: flux-system\nspec:\n  path: {path}\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n"
        )
    };
    let text = sync("./");
    let tree = Tree::of_texts([("flux-system/gotk-sync.yaml", text.as_str())]);
    let plan = planned(&tree, &START).unwrap();
    assert_eq!(
        paths(&plan),
        [".githooks/pre-commit", ".github/workflows/homelab.yaml"]
    );
    assert!(
        plan.notes
            .iter()
            .any(|n| n.starts_with(".homelab.yaml: left out")),
        "{plan:?}"
    );
    let files = [
        ("flux-system/gotk-sync.yaml", text.as_str()),
        (".sourceignore", "/.homelab.yaml\n/.github/\n"),
    ];
    assert_eq!(
        paths(&planned(&Tree::of_texts(files), &START).unwrap()),
        ADDED
    );
}

#[test]
fn what_is_there_is_left_out_and_said_so() {
    let tree = Tree::of_texts([
        ("app.yaml.j2", "kind: X\n"),
        (".homelab.yaml", "rules: {}\n"),
        (".gitlab-ci.yml", "test: {script: [make]}\n"),
        (".pre-commit-config.yaml", "repos: []\n"),
    ]);
    let start = Start {
        remote: Some("https://gitlab.com/a/b"),
        ..START
    };
    let plan = planned(&tree, &start).unwrap();
    assert_eq!(plan.changes, []);
    let notes = plan.notes.join("\n");
    for path in [".homelab.yaml", ".gitlab-ci.yml", ".pre-commit-config.yaml"] {
        assert!(notes.contains(&format!("{path} is there")), "{notes}");
    }
    let checked = Tree::of_texts([
        ("app.yaml", "kind: X\n"),
        (
            ".woodpecker/lint.yaml",
            "steps: [{commands: [homelab lint]}]\n",
        ),
        (".husky/pre-commit", "homelab lint\n"),
    ]);
    let plan = planned(&checked, &START);
    assert_eq!(paths(&plan.unwrap()), [".homelab.yaml"]);
}

#[test]
fn names_of_clusters_are_judged() {
    for name in ["", "-a", "a-", "A", "a/b", "..", "a b", "ä"] {
        let start = Start {
            cluster: Some(name),
            ..START
        };
        assert!(planned(&Tree::of_texts([]), &start).is_err(), "{name}");
    }
}

/// The first service is listed where nothing is listed yet.
#[test]
fn the_empty_lists_take_a_first_entry() {
    use crate::manifest::{Position, Route};
    let plan = planned(&Tree::of_texts([]), &START).unwrap();
    let files: Vec<(&str, &str)> = plan
        .changes
        .iter()
        .map(|c| (c.path.as_str(), c.after.as_str()))
        .collect();
    let tree = Tree::of_texts(files);
    let mut draft = Draft::new(&tree);
    let resources: Route = "resources".parse().unwrap();
    draft
        .edit("apps/kustomization.yaml", |e| {
            e.insert_item(0, &resources, "site", Position::End)
        })
        .unwrap();
    let plan = draft.finish();
    assert!(plan.changes[0].after.contains("site"), "{plan:?}");
}
