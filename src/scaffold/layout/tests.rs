//! One small repository of each layout.

use super::*;
use crate::manifest::Tree;

const SYNC: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/home, sourceRef: {kind: GitRepository, name: flux-system}}
";

fn deployment(name: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {name}}}\nspec: {{}}\n"
    )
}

fn unit(name: &str, path: &str) -> String {
    format!(
        "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: \
         flux-system}}\nspec:\n  path: {path}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n"
    )
}

fn list(entries: &[&str]) -> String {
    format!("resources: [{}]\n", entries.join(", "))
}

/// Detects the layout of a cluster whose root is `clusters/home`, with these files besides.
fn detect(files: &[(&str, String)]) -> Detection {
    let sync = ("clusters/home/flux-system/gotk-sync.yaml", SYNC);
    let texts = files.iter().map(|(path, text)| (*path, text.as_str()));
    let tree = Tree::of_texts(texts.chain([sync]));
    let model = Model::of(&tree, None);
    Layout::detect(&model, 0)
}

fn summary(detection: &Detection) -> Vec<(&str, Layout, Vec<&str>)> {
    let services = detection.services.iter();
    services
        .map(|s| {
            let folders = s.folders.iter().map(String::as_str).collect();
            (s.name.as_str(), s.layout, folders)
        })
        .collect()
}

/// Returns the files in which a service is registered, from the inside out.
fn registered<'d>(detection: &'d Detection, name: &str) -> Vec<&'d str> {
    let service = detection.service(name).unwrap();
    let registrations = service.registrations.iter().map(|r| match r {
        Registration::Document { file, .. } | Registration::Entry { file, .. } => file.as_ref(),
        Registration::Found { folder } => folder.as_str(),
    });
    registrations.collect()
}

#[test]
fn a_unit_in_each_services_folder() {
    let found = detect(&[
        ("clusters/home/apps.yaml", unit("apps", "./apps")),
        ("apps/media/kustomization.yaml", list(&["./romm/ks.yaml"])),
        (
            "apps/media/romm/ks.yaml",
            unit("romm", "./apps/media/romm/app") + &unit("romm-db", "./apps/media/romm/db"),
        ),
        ("apps/media/romm/app/deployment.yaml", deployment("romm")),
        ("apps/media/romm/db/statefulset.yaml", deployment("romm-db")),
    ]);
    assert_eq!(
        summary(&found),
        [("romm", Layout::AppFolder, vec!["apps/media/romm"])]
    );
    assert_eq!(found.clear(), Some(Layout::AppFolder));
    let romm = found.service("romm").unwrap();
    assert_eq!(
        (romm.units.len(), romm.has_own_unit, romm.has_kustomization),
        (2, true, false)
    );
    let files = registered(&found, "romm");
    assert!(
        files.contains(&"apps/media/romm/ks.yaml")
            && files.contains(&"apps/media/kustomization.yaml")
    );
}

#[test]
fn a_unit_file_in_another_branch_of_the_tree() {
    let found = detect(&[
        ("clusters/home/apps.yaml", unit("apps", "./apps/home")),
        ("apps/home/kustomization.yaml", list(&["./romm.yaml"])),
        ("apps/home/romm.yaml", unit("romm", "./apps/base/romm")),
        ("apps/base/romm/deployment.yaml", deployment("romm")),
    ]);
    assert_eq!(
        summary(&found),
        [("romm", Layout::AppFile, vec!["apps/base/romm"])]
    );
}

#[test]
fn bases_and_an_overlay() {
    let found = detect(&[
        ("clusters/home/apps.yaml", unit("apps", "./apps/home")),
        (
            "apps/home/kustomization.yaml",
            list(&["./romm", "../base/mealie"]),
        ),
        ("apps/home/mealie-values.yaml", deployment("mealie")),
        (
            "apps/home/romm/kustomization.yaml",
            list(&["../../base/romm"]),
        ),
        (
            "apps/base/romm/kustomization.yaml",
            list(&["deployment.yaml"]),
        ),
        ("apps/base/romm/deployment.yaml", deployment("romm")),
        (
            "apps/base/mealie/kustomization.yaml",
            list(&["deployment.yaml"]),
        ),
        ("apps/base/mealie/deployment.yaml", deployment("mealie")),
    ]);
    let overlay = vec!["apps/base/romm", "apps/home/romm"];
    assert_eq!(
        summary(&found),
        [
            ("mealie", Layout::BaseAndOverlay, vec!["apps/base/mealie"]),
            ("romm", Layout::BaseAndOverlay, overlay),
        ]
    );
    assert_eq!(registered(&found, "romm"), ["apps/home/kustomization.yaml"]);
    assert_eq!(
        registered(&found, "mealie"),
        ["apps/home/kustomization.yaml"]
    );
}

#[test]
fn a_unit_for_each_service_in_the_clusters_folder() {
    let found = detect(&[
        ("clusters/home/apps/romm.yaml", unit("romm", "./apps/romm")),
        ("apps/romm/deployment.yaml", deployment("romm")),
        ("apps/parked/deployment.yaml", deployment("parked")),
    ]);
    assert_eq!(
        summary(&found),
        [("romm", Layout::UnitPerApp, vec!["apps/romm"])]
    );
    assert_eq!(
        registered(&found, "romm"),
        ["clusters/home/apps/romm.yaml", "clusters/home"]
    );
}

#[test]
fn documents_of_one_file_beside_the_folders() {
    let units = unit("romm", "./clusters/home/romm") + &unit("mealie", "./clusters/home/mealie");
    let found = detect(&[
        ("clusters/home/kustomization.yaml", list(&["flux-system"])),
        (
            "clusters/home/flux-system/kustomization.yaml",
            list(&["gotk-sync.yaml", "apps.yaml"]),
        ),
        ("clusters/home/flux-system/apps.yaml", units),
        ("clusters/home/romm/deployment.yaml", deployment("romm")),
        ("clusters/home/mealie/deployment.yaml", deployment("mealie")),
    ]);
    assert_eq!(found.clear(), Some(Layout::Documents));
    let romm = found.service("romm").unwrap();
    let Some(Registration::Document { document, of, .. }) = romm.registrations.first() else {
        panic!("{:?}", romm.registrations);
    };
    assert_eq!((*document, *of), (0, 2));
}

#[test]
fn one_tree_with_and_without_lists() {
    let files = [
        ("clusters/home/romm/deployment.yaml", deployment("romm")),
        (
            "clusters/home/media/mealie/db-deployment.yaml",
            deployment("mealie-db"),
        ),
        (
            "clusters/home/media/mealie/deployment.yaml",
            deployment("mealie"),
        ),
        ("clusters/home/flat/one.yaml", deployment("one")),
        ("clusters/home/flat/two.yaml", deployment("two")),
    ];
    let found = detect(&files);
    assert_eq!(
        summary(&found),
        [
            ("one", Layout::FoundTree, vec!["clusters/home/flat"]),
            ("two", Layout::FoundTree, vec!["clusters/home/flat"]),
            (
                "mealie",
                Layout::FoundTree,
                vec!["clusters/home/media/mealie"]
            ),
            ("romm", Layout::FoundTree, vec!["clusters/home/romm"]),
        ]
    );
    let listed = [
        (
            "clusters/home/kustomization.yaml",
            list(&["./romm/deployment.yaml"]),
        ),
        files[0].clone(),
        files[1].clone(),
    ];
    let found = detect(&listed);
    assert_eq!(
        summary(&found),
        [("romm", Layout::ListedTree, vec!["clusters/home/romm"])]
    );
}

#[test]
fn files_for_environments_and_tenants() {
    let found = detect(&[
        ("clusters/home/apps.yaml", unit("apps", "./apps/media/base")),
        (
            "apps/media/base/kustomization.yaml",
            list(&["../romm/romm.yaml"]),
        ),
        ("apps/media/romm/romm.yaml", deployment("romm")),
    ]);
    assert_eq!(found.clear(), Some(Layout::EnvironmentFiles));
    let team = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: team, namespace: flux-system}
spec: {url: https://example.com/team}
";
    let elsewhere = unit("team", "./apps").replace("name: flux-system}\n", "name: team}\n");
    let found = detect(&[("clusters/home/team.yaml", team.to_owned() + &elsewhere)]);
    assert_eq!(found.clear(), Some(Layout::Tenants));
}

#[test]
fn several_layouts_are_all_named() {
    let found = detect(&[
        ("clusters/home/romm.yaml", unit("romm", "./apps/romm")),
        ("apps/romm/deployment.yaml", deployment("romm")),
        ("clusters/home/mealie/deployment.yaml", deployment("mealie")),
    ]);
    assert_eq!(found.clear(), None);
    assert_eq!(found.candidates.len(), 2);
    assert!(
        found
            .candidates
            .iter()
            .all(|c| (c.services, c.of) == (1, 2))
    );
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let tree = Tree::of_texts([]);
    let found = Layout::detect(&Model::of(&tree, None), 0);
    assert!(found.candidates.is_empty() && found.services.is_empty() && found.clear().is_none());
}
