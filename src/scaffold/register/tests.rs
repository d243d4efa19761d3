//! A service in a small repository of each layout: the exact text of what registers it, and what Flux would apply then.

use std::collections::{BTreeMap, HashMap};

use super::*;
use crate::flux::kind;
use crate::manifest::Tree;
use crate::scaffold::author::Author;
use crate::scaffold::conventions::{Neighbourhood, Siblings};
use crate::scaffold::plan::{Draft, Plan};
use crate::scaffold::spec::{Image, Ingress, SecretKey, ServiceSpec, Workload};
use crate::scaffold::template::Templates;

const SYNC: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/home, sourceRef: {kind: GitRepository, name: flux-system}}
";

type Files = Vec<(String, String)>;

fn files<const N: usize>(files: [(&str, String); N]) -> Files {
    files.map(|(path, text)| (path.to_owned(), text)).into()
}

fn deployment(name: &str, namespace: &str) -> String {
    let namespace = match namespace {
        "" => String::new(),
        namespace => format!("  namespace: {namespace}\n"),
    };
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n{namespace}spec: {{}}\n"
    )
}

fn unit(name: &str, path: &str, rest: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: {name}\n  namespace: \
         flux-system\nspec:\n{rest}  interval: 10m\n  path: {path}\n  prune: true\n  sourceRef:\n    kind: GitRepository\n    \
         name: flux-system\n"
    )
}

fn list(entries: &[&str]) -> String {
    let entries = entries.iter().map(|e| format!("  - {e}\n"));
    let entries: String = entries.collect();
    format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{entries}"
    )
}

fn tree(files: &[(String, String)]) -> Tree {
    let texts = files.iter().map(|(p, t)| (p.as_str(), t.as_str()));
    Tree::of_texts(texts.chain([("clusters/home/flux-system/gotk-sync.yaml", SYNC)]))
}

/// Plans a service with a secret and a host. Its manifests are a Deployment, and a Namespace where one is to be written.
fn plan(files: &[(String, String)], wish: &Wish<'_>) -> Result<(Site, Plan), PlanError> {
    let tree = tree(files);
    let model = Model::of(&tree, None);
    let times = HashMap::new();
    let learn = |detection: &Detection, layout| {
        let near = Neighbourhood {
            layout,
            folder: "",
            like: wish.like,
            times: &times,
        };
        Conventions::learn(&Siblings::of(&model, detection, &near))
    };
    let cluster = model
        .clusters
        .iter()
        .position(|c| c.name == "home")
        .unwrap();
    let detection = Layout::detect(&model, cluster);
    let conventions = learn(&detection, wish.layout);
    let ground = Ground {
        model: &model,
        cluster,
        detection: &detection,
        conventions: &conventions,
    };
    let site = place(&ground, wish)?;
    let near = Neighbourhood {
        layout: Some(site.layout),
        folder: "",
        like: wish.like,
        times: &times,
    };
    let siblings = Siblings::of(&model, &detection, &near);
    let spec = ServiceSpec {
        name: wish.name.to_owned(),
        namespace: site.namespace.clone(),
        description: Some("paints".to_owned()),
        image: Image {
            repository: "ghcr.io/me/pixel".to_owned(),
            tag: "1.0.0".to_owned(),
        },
        secrets: vec![SecretKey {
            key: "A".into(),
            item: "a".into(),
            field: "b".into(),
        }],
        host: Some("pixel.example.dev".to_owned()),
        ingress: Ingress::Nginx,
        ..ServiceSpec::default()
    };
    let templates = Templates::default();
    let author = Author {
        templates: &templates,
        siblings: &siblings,
        conventions: &conventions,
        spec: &spec,
    };
    let mut draft = Draft::new(&tree);
    let mut documents: BTreeMap<String, Vec<(Role, String)>> = BTreeMap::new();
    let mut add = |role, text: String| {
        let file = site.file_of(&conventions, Workload::Deployment, role);
        documents.entry(file).or_default().push((role, text));
    };
    if site.writes_namespace {
        let text = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {}\n",
            site.namespace
        );
        add(Role::Namespace, text);
    }
    let written = conventions
        .files
        .namespace_written
        .as_ref()
        .is_some_and(|l| l.value);
    add(
        Role::Workload,
        deployment(wish.name, if written { &site.namespace } else { "" }),
    );
    for (path, documents) in &documents {
        draft.create(path, assemble(&conventions, documents))?;
    }
    let written: Vec<Written> = documents
        .into_iter()
        .map(|(path, documents)| Written {
            path,
            roles: documents.into_iter().map(|(r, _)| r).collect(),
        })
        .collect();
    register(&mut draft, &ground, &site, &author, &written)?;
    Ok((site, draft.finish()))
}

/// Returns what applies a workload of this name: unit and namespace, for each cluster.
fn applied(files: &[(String, String)], plan: &Plan, name: &str) -> Vec<(String, String)> {
    let mut after: BTreeMap<String, String> = files.iter().cloned().collect();
    after.extend(
        plan.changes
            .iter()
            .map(|c| (c.path.clone(), c.after.clone())),
    );
    let after: Files = after.into_iter().collect();
    let tree = tree(&after);
    let model = Model::of(&tree, None);
    let objects = model
        .clusters
        .iter()
        .flat_map(|c| c.objects().map(move |o| (c, o)));
    objects
        .filter(|(_, (_, o))| kind(&o.node) == "Deployment")
        .filter(|(_, (_, o))| o.node.text_at(&["metadata", "name"]) == Some(name))
        .filter_map(|(c, (unit, o))| {
            let namespace = o
                .node
                .text_at(&["metadata", "namespace"])
                .unwrap_or_default();
            Some((c.units.get(unit)?.id.name.clone(), namespace.to_owned()))
        })
        .collect()
}

/// Plans the service `pixel`, checks who applies it, and returns the changes by path: new files, and lines that edits add.
fn added(
    files: &[(String, String)],
    wish: &Wish<'_>,
    by: &[(&str, &str)],
) -> BTreeMap<String, String> {
    let (_, plan) = plan(files, wish).unwrap_or_else(|e| panic!("{e}"));
    let found = applied(files, &plan, wish.name);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(u, n)| (u.as_str(), n.as_str()))
        .collect();
    assert_eq!(found, by);
    let changes = plan.changes.into_iter().map(|change| {
        let Some(before) = &change.before else {
            return (change.path, change.after);
        };
        let mut old = before.lines().peekable();
        let mut new = String::new();
        for line in change.after.lines() {
            if old.peek() == Some(&line) {
                old.next();
            } else {
                new.push_str(&format!("+{line}\n"));
            }
        }
        assert_eq!(old.next(), None, "an edit only adds lines");
        (change.path, new)
    });
    changes.collect()
}

fn text<'a>(changes: &'a BTreeMap<String, String>, path: &str) -> &'a str {
    let paths: Vec<&String> = changes.keys().collect();
    changes
        .get(path)
        .map_or_else(|| panic!("{path}: {paths:?}"), String::as_str)
}

fn pixel() -> Wish<'static> {
    Wish {
        name: "pixel",
        ..Wish::default()
    }
}

/// A cluster with one unit `apps` for `./apps`, and besides these files.
fn with_apps<const N: usize>(path: &str, others: [(&str, String); N]) -> Files {
    let mut all = files(others);
    all.push(("clusters/home/apps.yaml".to_owned(), unit("apps", path, "")));
    all
}

#[test]
fn what_is_found_is_not_listed() {
    let repository = with_apps(
        "./apps",
        [
            ("apps/romm/deployment.yaml", deployment("romm", "romm")),
            (
                "apps/mealie/deployment.yaml",
                deployment("mealie", "mealie"),
            ),
        ],
    );
    let changes = added(&repository, &pixel(), &[("apps", "pixel")]);
    let paths: Vec<&str> = changes.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        ["apps/pixel/deployment.yaml", "apps/pixel/namespace.yaml"]
    );
}

#[test]
fn a_file_among_files() {
    let repository = with_apps(
        "./apps",
        [
            ("apps/romm.yaml", deployment("romm", "default")),
            ("apps/mealie.yaml", deployment("mealie", "default")),
        ],
    );
    let changes = added(&repository, &pixel(), &[("apps", "default")]);
    assert_eq!(changes.keys().collect::<Vec<_>>(), ["apps/pixel.yaml"]);
    let wish = Wish {
        namespace: Some("pixel"),
        ..pixel()
    };
    let changes = added(&repository, &wish, &[("apps", "pixel")]);
    assert!(text(&changes, "apps/pixel.yaml").starts_with("apiVersion: v1\nkind: Namespace"));
}

#[test]
fn the_folder_of_a_unit_without_others() {
    let repository = files([(
        "clusters/home/deployment.yaml",
        deployment("site", "default"),
    )]);
    let changes = added(&repository, &pixel(), &[("flux-system", "default")]);
    assert_eq!(
        changes.keys().collect::<Vec<_>>(),
        ["clusters/home/pixel/deployment.yaml"]
    );
}

#[test]
fn folders_in_a_list() {
    let own = || list(&["deployment.yaml"]);
    let repository = with_apps(
        "./apps",
        [
            (
                "apps/kustomization.yaml",
                list(&["mealie", "# - paused", "romm"]),
            ),
            ("apps/romm/kustomization.yaml", own()),
            ("apps/romm/deployment.yaml", deployment("romm", "romm")),
            ("apps/mealie/kustomization.yaml", own()),
            (
                "apps/mealie/deployment.yaml",
                deployment("mealie", "mealie"),
            ),
        ],
    );
    let changes = added(&repository, &pixel(), &[("apps", "pixel")]);
    assert_eq!(text(&changes, "apps/kustomization.yaml"), "+  - pixel\n");
    assert_eq!(
        text(&changes, "apps/pixel/kustomization.yaml"),
        list(&["namespace.yaml", "deployment.yaml"])
    );
}

#[test]
fn files_in_a_list() {
    let entries = ["mealie/deployment.yaml", "romm/deployment.yaml"];
    let repository = with_apps(
        "./apps",
        [
            ("apps/kustomization.yaml", list(&entries)),
            ("apps/romm/deployment.yaml", deployment("romm", "romm")),
            (
                "apps/mealie/deployment.yaml",
                deployment("mealie", "mealie"),
            ),
        ],
    );
    let changes = added(&repository, &pixel(), &[("apps", "pixel")]);
    assert_eq!(
        text(&changes, "apps/kustomization.yaml"),
        "+  - pixel/deployment.yaml\n+  - pixel/namespace.yaml\n"
    );
    assert!(!changes.contains_key("apps/pixel/kustomization.yaml"));
}

/// Two services in folders of their own, in a folder of one namespace.
fn app_folders() -> Files {
    let ks = |name: &str| {
        let path = format!("./apps/media/{name}/app");
        let text = unit(name, &path, "").replace("  namespace: flux-system\n", "");
        let text = text.replace("  prune:", "  targetNamespace: media\n  prune:");
        let text = format!("{text}    namespace: flux-system\n");
        format!("---\n{text}")
    };
    let namespaced = list(&["./namespace.yaml", "./mealie/ks.yaml", "./romm/ks.yaml"])
        .replace("resources:", "namespace: media\nresources:");
    let own = || format!("---\n{}", list(&["./deployment.yaml"]));
    let deployment = |name| format!("---\n{}", deployment(name, ""));
    with_apps(
        "./apps",
        [
            ("apps/kustomization.yaml", list(&["./media"])),
            ("apps/media/kustomization.yaml", namespaced),
            (
                "apps/media/namespace.yaml",
                "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: media # films\n".to_owned(),
            ),
            ("apps/media/romm/ks.yaml", ks("romm")),
            ("apps/media/romm/app/kustomization.yaml", own()),
            ("apps/media/romm/app/deployment.yaml", deployment("romm")),
            ("apps/media/mealie/ks.yaml", ks("mealie")),
            ("apps/media/mealie/app/kustomization.yaml", own()),
            (
                "apps/media/mealie/app/deployment.yaml",
                deployment("mealie"),
            ),
        ],
    )
}

#[test]
fn a_unit_in_a_folder_of_its_own() {
    let changes = added(&app_folders(), &pixel(), &[("pixel", "media")]);
    assert_eq!(
        text(&changes, "apps/media/kustomization.yaml"),
        "+  - ./pixel/ks.yaml\n"
    );
    assert_eq!(
        text(&changes, "apps/media/pixel/ks.yaml"),
        "---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: pixel
spec:
  interval: 10m
  path: ./apps/media/pixel/app
  targetNamespace: media
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
    namespace: flux-system
"
    );
    assert_eq!(
        text(&changes, "apps/media/pixel/app/kustomization.yaml"),
        format!("---\n{}", list(&["./deployment.yaml"]))
    );
}

#[test]
fn a_folder_for_a_new_namespace() {
    for wish in [
        Wish {
            namespace: Some("art"),
            ..pixel()
        },
        Wish {
            parent: Some("apps/art"),
            ..pixel()
        },
    ] {
        let changes = added(&app_folders(), &wish, &[("pixel", "art")]);
        assert_eq!(text(&changes, "apps/kustomization.yaml"), "+  - ./art\n");
        assert_eq!(
            text(&changes, "apps/art/kustomization.yaml"),
            list(&["./namespace.yaml", "./pixel/ks.yaml"])
                .replace("resources:", "namespace: art\nresources:")
        );
        assert_eq!(
            text(&changes, "apps/art/namespace.yaml"),
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: art # films\n"
        );
        assert!(
            text(&changes, "apps/art/pixel/ks.yaml")
                .contains("path: ./apps/art/pixel/app\n  targetNamespace: art\n")
        );
    }
}

#[test]
fn a_unit_in_another_branch_of_the_tree() {
    let repository = with_apps(
        "./apps/home",
        [
            (
                "apps/home/kustomization.yaml",
                list(&["./mealie.yaml", "./romm.yaml"]),
            ),
            ("apps/home/romm.yaml", unit("romm", "./apps/base/romm", "")),
            (
                "apps/home/mealie.yaml",
                unit("mealie", "./apps/base/mealie", ""),
            ),
            ("apps/base/romm/deployment.yaml", deployment("romm", "romm")),
            (
                "apps/base/mealie/deployment.yaml",
                deployment("mealie", "mealie"),
            ),
        ],
    );
    let changes = added(&repository, &pixel(), &[("pixel", "pixel")]);
    assert_eq!(
        text(&changes, "apps/home/kustomization.yaml"),
        "+  - ./pixel.yaml\n"
    );
    assert_eq!(
        text(&changes, "apps/home/pixel.yaml"),
        unit("pixel", "./apps/base/pixel", "")
    );
}

/// Bases and overlays of two clusters.
fn overlays() -> Files {
    let sync = SYNC.replace("clusters/home", "clusters/test");
    let overlay = |name: &str| {
        let text = list(&[&format!("../../base/{name}")]);
        text.replace("resources:", &format!("namespace: {name}\nresources:"))
    };
    let mut repository = with_apps(
        "./apps/home",
        [
            ("clusters/test/flux-system/gotk-sync.yaml", sync),
            ("clusters/test/apps.yaml", unit("apps", "./apps/test", "")),
            ("apps/test/kustomization.yaml", list(&["mealie", "romm"])),
            ("apps/home/kustomization.yaml", list(&["romm", "mealie"])),
        ],
    );
    for name in ["romm", "mealie"] {
        repository.extend(files([
            (
                &format!("apps/base/{name}/kustomization.yaml"),
                list(&["deployment.yaml"]),
            ),
            (
                &format!("apps/base/{name}/deployment.yaml"),
                deployment(name, ""),
            ),
            (
                &format!("apps/home/{name}/kustomization.yaml"),
                overlay(name),
            ),
            (
                &format!("apps/test/{name}/kustomization.yaml"),
                overlay(name),
            ),
        ]));
    }
    repository
}

#[test]
fn a_base_and_the_overlays_of_all_clusters() {
    let changes = added(
        &overlays(),
        &pixel(),
        &[("apps", "pixel"), ("apps", "pixel")],
    );
    assert_eq!(
        text(&changes, "apps/home/kustomization.yaml"),
        "+  - pixel\n"
    );
    assert_eq!(
        text(&changes, "apps/test/kustomization.yaml"),
        "+  - pixel\n"
    );
    for cluster in ["home", "test"] {
        assert_eq!(
            text(
                &changes,
                &format!("apps/{cluster}/pixel/kustomization.yaml")
            ),
            list(&["../../base/pixel"]).replace("resources:", "namespace: pixel\nresources:")
        );
    }
    assert_eq!(
        text(&changes, "apps/base/pixel/kustomization.yaml"),
        list(&["namespace.yaml", "deployment.yaml"])
    );
}

#[test]
fn a_base_without_an_overlay_of_its_own() {
    let own = || list(&["deployment.yaml"]);
    let listed = list(&["../base/romm", "../base/mealie"])
        .replace("resources:", "namespace: prod\nresources:");
    let repository = with_apps(
        "./apps/home",
        [
            ("apps/home/kustomization.yaml", listed),
            ("apps/base/romm/kustomization.yaml", own()),
            ("apps/base/romm/deployment.yaml", deployment("romm", "")),
            ("apps/base/mealie/kustomization.yaml", own()),
            ("apps/base/mealie/deployment.yaml", deployment("mealie", "")),
        ],
    );
    let changes = added(&repository, &pixel(), &[("apps", "prod")]);
    assert_eq!(
        text(&changes, "apps/home/kustomization.yaml"),
        "+  - ../base/pixel\n"
    );
    assert_eq!(changes.len(), 3, "{changes:?}");
}

/// A unit for each service in the cluster's folder.
fn units(listed: bool) -> Files {
    let mut repository = files([
        (
            "clusters/home/apps/romm.yaml",
            unit("romm", "./apps/romm", ""),
        ),
        (
            "clusters/home/apps/mealie.yaml",
            unit("mealie", "./apps/mealie", ""),
        ),
        ("apps/romm/deployment.yaml", deployment("romm", "romm")),
        (
            "apps/mealie/deployment.yaml",
            deployment("mealie", "mealie"),
        ),
    ]);
    if listed {
        let text = list(&["romm.yaml", "mealie.yaml"]);
        repository.push(("clusters/home/apps/kustomization.yaml".to_owned(), text));
    }
    repository
}

#[test]
fn a_unit_of_its_own() {
    let changes = added(&units(false), &pixel(), &[("pixel", "pixel")]);
    assert_eq!(
        text(&changes, "clusters/home/apps/pixel.yaml"),
        unit("pixel", "./apps/pixel", "")
    );
    let changes = added(&units(true), &pixel(), &[("pixel", "pixel")]);
    assert_eq!(
        text(&changes, "clusters/home/apps/kustomization.yaml"),
        "+  - pixel.yaml\n"
    );
}

#[test]
fn a_document_among_units() {
    let bundle = [
        unit("romm", "./apps/romm", ""),
        unit("mealie", "./apps/mealie", ""),
    ]
    .join("---\n");
    let repository = files([
        ("clusters/home/tiers/60-apps.yaml", bundle),
        ("apps/romm/deployment.yaml", deployment("romm", "romm")),
        (
            "apps/mealie/deployment.yaml",
            deployment("mealie", "mealie"),
        ),
    ]);
    let changes = added(&repository, &pixel(), &[("pixel", "pixel")]);
    let added = format!("---\n{}", unit("pixel", "./apps/pixel", ""));
    let added: String = added.lines().map(|l| format!("+{l}\n")).collect();
    assert_eq!(text(&changes, "clusters/home/tiers/60-apps.yaml"), added);
}

/// Numbered documents of one file: some services have secrets, some a host.
fn documents(folder: &str) -> Files {
    let mut bundle = Vec::new();
    let mut repository = Files::new();
    let waits = |names: &[&str]| {
        let items = names.iter().map(|n| format!("    - name: {n}\n"));
        match names {
            [] => String::new(),
            _ => format!("  dependsOn:\n{}", items.collect::<String>()),
        }
    };
    let services: [(&str, &[&str], &[&str]); 6] = [
        ("stores", &[], &[]),
        ("ingress", &[], &[]),
        (
            "romm",
            &["stores", "ingress"],
            &["ExternalSecret", "Ingress"],
        ),
        ("mealie", &["stores"], &["ExternalSecret"]),
        ("atlas", &["ingress", "postgres"], &["Ingress"]),
        ("plain", &[], &[]),
    ];
    for (number, (name, needs, kinds)) in services.iter().enumerate() {
        let path = format!("./{folder}/{name}");
        bundle.push(format!(
            "# {}. {name} - what it is\n{}",
            number + 1,
            unit(name, &path, &waits(needs))
        ));
        let mut text = deployment(name, name);
        for kind in *kinds {
            text.push_str(&format!("---\napiVersion: v1\nkind: {kind}\nmetadata:\n  name: {name}\n  namespace: {name}\n"));
        }
        repository.push((format!("{folder}/{name}/deployment.yaml"), text));
        repository.push((
            format!("{folder}/{name}/kustomization.yaml"),
            list(&["deployment.yaml"]),
        ));
    }
    let bundle = format!("---\n{}", bundle.join("---\n"));
    repository.extend(files([
        (
            &format!("{folder}/kustomization.yaml"),
            list(&["flux-system"]),
        ),
        (
            &format!("{folder}/flux-system/kustomization.yaml"),
            list(&["gotk-sync.yaml", "services.yaml"]),
        ),
        (&format!("{folder}/flux-system/services.yaml"), bundle),
    ]));
    repository
}

#[test]
fn a_numbered_document_that_waits_for_what_it_needs() {
    let changes = added(&documents("clusters/home"), &pixel(), &[("pixel", "pixel")]);
    assert_eq!(
        text(&changes, "clusters/home/flux-system/services.yaml"),
        "+---
+# 7. pixel - paints
+apiVersion: kustomize.toolkit.fluxcd.io/v1
+kind: Kustomization
+metadata:
+  name: pixel
+  namespace: flux-system
+spec:
+  dependsOn:
+    - name: stores
+    - name: ingress
+  interval: 10m
+  path: ./clusters/home/pixel
+  prune: true
+  sourceRef:
+    kind: GitRepository
+    name: flux-system
"
    );
    assert_eq!(
        changes.len(),
        3,
        "the list of the file of units stays: {changes:?}"
    );
}

#[test]
fn others_to_wait_for_are_checked() {
    let wanted = ["plain".to_owned()];
    let wish = Wish {
        depends_on: &wanted,
        ..pixel()
    };
    let changes = added(&documents("clusters/home"), &wish, &[("pixel", "pixel")]);
    let text = text(&changes, "clusters/home/flux-system/services.yaml");
    assert!(text.contains("+    - name: ingress\n+    - name: plain\n"));
    let unknown = ["plane".to_owned()];
    let wish = Wish {
        depends_on: &unknown,
        ..pixel()
    };
    let error = plan(&documents("clusters/home"), &wish).unwrap_err();
    assert_eq!(error.to_string(), "no Flux Kustomization is called `plane`");
}

#[test]
fn flux_within_a_product() {
    let mut repository: Files = documents("flux/clusters/home");
    let sync = SYNC.replace("./clusters/home", "./flux/clusters/home");
    repository.push((
        "flux/clusters/home/flux-system/gotk-sync.yaml".to_owned(),
        sync,
    ));
    for number in 0..40 {
        repository.push((
            format!("server/part{number}.go"),
            "package server\n".to_owned(),
        ));
    }
    let texts = repository.iter().map(|(p, t)| (p.as_str(), t.as_str()));
    let tree = Tree::of_texts(texts);
    let model = Model::of(&tree, None);
    assert!(Layout::detect(&model, 0).in_product);
}

#[test]
fn files_for_environments() {
    let repository = with_apps(
        "./apps/media/base",
        [
            (
                "apps/media/base/kustomization.yaml",
                list(&["../romm/romm.yaml", "../mealie/mealie.yaml"]),
            ),
            ("apps/media/romm/romm.yaml", deployment("romm", "media")),
            (
                "apps/media/mealie/mealie.yaml",
                deployment("mealie", "media"),
            ),
        ],
    );
    let changes = added(&repository, &pixel(), &[("apps", "media")]);
    assert_eq!(
        text(&changes, "apps/media/base/kustomization.yaml"),
        "+  - ../pixel/pixel.yaml\n"
    );
    assert!(changes.contains_key("apps/media/pixel/pixel.yaml"));
}

#[test]
fn tenants_are_for_hands() {
    let team = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: team, namespace: flux-system}
spec: {url: https://example.com/team}
---
";
    let elsewhere = unit("team", "./apps", "").replace("    name: flux-system", "    name: team");
    let repository = files([("clusters/home/team.yaml", team.to_owned() + &elsewhere)]);
    let error = plan(&repository, &pixel()).unwrap_err().to_string();
    assert!(error.contains("(see clusters/home/team.yaml:6)"), "{error}");
}

#[test]
fn several_layouts_are_named() {
    let mut repository = units(false);
    repository.extend(files([
        (
            "clusters/home/atlas/deployment.yaml",
            deployment("atlas", "atlas"),
        ),
        (
            "clusters/home/plain/deployment.yaml",
            deployment("plain", "plain"),
        ),
    ]));
    assert!(plan(&repository, &pixel()).is_err());
    let wish = Wish {
        layout: Some(Layout::FoundTree),
        ..pixel()
    };
    let changes = added(&repository, &wish, &[("flux-system", "pixel")]);
    assert!(changes.contains_key("clusters/home/pixel/deployment.yaml"));
    let wish = Wish {
        like: Some("romm"),
        ..pixel()
    };
    let changes = added(&repository, &wish, &[("pixel", "pixel")]);
    assert!(changes.contains_key("clusters/home/apps/pixel.yaml"));
    let error = plan(
        &repository,
        &Wish {
            like: Some("rom"),
            ..pixel()
        },
    );
    assert_eq!(error.unwrap_err().to_string(), "no service is called `rom`");
}

#[test]
fn a_folder_of_the_users_choice() {
    let repository = with_apps(
        "./apps",
        [
            (
                "apps/media/romm/deployment.yaml",
                deployment("romm", "romm"),
            ),
            (
                "apps/media/mealie/deployment.yaml",
                deployment("mealie", "mealie"),
            ),
            ("apps/art/kustomization.yaml", list(&["namespace.yaml"])),
            (
                "apps/art/namespace.yaml",
                "apiVersion: v1\nkind: Namespace\nmetadata: {name: art}\n".to_owned(),
            ),
        ],
    );
    let wish = Wish {
        parent: Some("apps/tools"),
        ..pixel()
    };
    let changes = added(&repository, &wish, &[("apps", "pixel")]);
    assert!(changes.contains_key("apps/tools/pixel/deployment.yaml"));
    let wish = Wish {
        parent: Some("elsewhere"),
        ..pixel()
    };
    let error = plan(&repository, &wish).unwrap_err().to_string();
    assert_eq!(
        error,
        "nothing applies elsewhere: Flux takes what stands in apps"
    );
}

#[test]
fn names_that_are_taken() {
    let mut repository = units(false);
    repository.extend(files([
        ("apps/pixel/README.yaml", "a: b\n".to_owned()),
        (
            "apps/romm/more.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: garden}\n".to_owned(),
        ),
        (
            "clusters/home/more.yaml",
            unit("orchard", "./apps/romm", ""),
        ),
    ]));
    let error = |name| {
        let wish = Wish {
            name,
            layout: Some(Layout::UnitPerApp),
            ..Wish::default()
        };
        plan(&repository, &wish).unwrap_err().to_string()
    };
    assert_eq!(
        error("pixel"),
        "the folder `pixel` exists already: apps/pixel"
    );
    assert_eq!(error("romm"), "the folder `romm` exists already: apps/romm");
    assert_eq!(
        error("garden"),
        "the namespace `garden` exists already: apps/romm/more.yaml:1"
    );
    assert_eq!(
        error("orchard"),
        "the Flux Kustomization `orchard` exists already: clusters/home/more.yaml:1"
    );
}
