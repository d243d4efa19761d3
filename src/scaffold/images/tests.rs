//! The places where repositories keep image objects, one small repository for each.

use std::collections::{BTreeMap, HashMap};

use super::*;
use crate::scaffold::conventions::{Conventions, Neighbourhood, Siblings};
use crate::scaffold::layout::Layout;
use crate::scaffold::plan::Plan;
use crate::scaffold::spec::{Image, ServiceSpec};
use crate::scaffold::template::Templates;

const SYNC: &str = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\nspec: {url: https://github.com/me/home, ref: {branch: main}}\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux-system, namespace: flux-system}\nspec:\n  path: ./clusters/home\n  sourceRef: {kind: GitRepository, name: flux-system}\n";

const APPS: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\nspec:\n  path: ./apps\n  sourceRef: {kind: GitRepository, name: flux-system}\n";

fn deployment(name: &str, marker: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: {name}\nspec:\n  template:\n    spec:\n      containers:\n        - name: {name}\n          image: ghcr.io/me/{name}:20260709154535{marker}\n"
    )
}

fn marker(namespace: &str, name: &str) -> String {
    format!(" # {{\"$imagepolicy\": \"{namespace}:{name}\"}}")
}

fn repository(name: &str, namespace: &str) -> String {
    format!(
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageRepository\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  image: ghcr.io/me/{name}\n  interval: 5m0s\n"
    )
}

fn policy(name: &str, namespace: &str) -> String {
    format!(
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  imageRepositoryRef:\n    name: {name}\n  filterTags:\n    pattern: '^[0-9]{{14}}$'\n  policy:\n    numerical:\n      order: asc\n"
    )
}

fn automation(name: &str, namespace: &str, path: &str) -> String {
    let source = match namespace {
        "flux-system" => "",
        _ => "    namespace: flux-system\n",
    };
    format!(
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImageUpdateAutomation\nmetadata:\n  name: {name}\n  namespace: {namespace}\nspec:\n  interval: 5m0s\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n{source}  git:\n    checkout:\n      ref:\n        branch: main\n    commit:\n      author:\n        name: bot\n        email: bot@example.com\n      messageTemplate: 'chore: update {name}'\n    push:\n      branch: main\n  update:\n    path: {path}\n    strategy: Setters\n"
    )
}

/// Plans the objects of `web` in a repository, and its marker; then renders the result: no rule may find anything.
fn planned(files: &[(&str, &str)]) -> (Planned, BTreeMap<String, String>) {
    let mut texts = vec![
        ("clusters/home/flux-system/gotk-sync.yaml", SYNC),
        ("clusters/home/apps.yaml", APPS),
    ];
    texts.extend_from_slice(files);
    let tree = Tree::of_texts(texts);
    let model = Model::of(&tree, None);
    let detection = Layout::detect(&model, 0);
    let ground = Ground {
        model: &model,
        cluster: 0,
        detection: &detection,
        remote: None,
    };
    let times = HashMap::new();
    let near = Neighbourhood {
        layout: None,
        folder: "apps",
        like: None,
        times: &times,
    };
    let siblings = Siblings::of(&model, &detection, &near);
    let conventions = Conventions::learn(&siblings);
    let choice = TagChoice {
        pattern: Some("^[0-9]{14}$".to_owned()),
        extract: None,
        order: TagOrder::Numerical,
    };
    let file = files
        .iter()
        .find(|(_, text)| text.contains("image: ghcr.io/me/web:"))
        .expect("a workload")
        .0;
    let image = Image {
        repository: "ghcr.io/me/web".to_owned(),
        tag: "20260709154535".to_owned(),
    };
    let spec = ServiceSpec {
        name: "web".to_owned(),
        namespace: "web".to_owned(),
        image,
        policy: Some(choice.clone()),
        ..ServiceSpec::default()
    };
    let templates = Templates::new(BTreeMap::new());
    let author = Author {
        templates: &templates,
        siblings: &siblings,
        conventions: &conventions,
        spec: &spec,
    };
    let (_, folders) = service_of(&ground, file).expect("a service");
    let subject = Subject {
        name: "web",
        namespace: "web",
        image: "ghcr.io/me/web",
        choice: &choice,
        file,
        folders: &folders,
        pull_secret: None,
    };
    let mut draft = Draft::new(&tree);
    let planned = plan(&mut draft, &ground, &author, &subject).expect("a plan");
    let fields = image_fields(&tree.source(file).expect("a file"));
    let field = fields
        .iter()
        .find(|f| f.image == "ghcr.io/me/web")
        .expect("an image");
    mark(&mut draft, field, &planned.policy).expect("a marker");
    let after = draft.outcome();
    let rendered = Model::of(&after, None);
    let objects = ImageObjects::of(&rendered.clusters[0]);
    let known = objects
        .policy(&planned.policy.namespace, &planned.policy.name)
        .expect("applied");
    assert!(
        objects.repository_of(known).is_some(),
        "its repository is applied"
    );
    assert_eq!(
        objects
            .automations
            .iter()
            .filter(|a| a.updates(known, file))
            .count(),
        1
    );
    let Plan { changes, .. } = draft.finish();
    (
        planned,
        changes.into_iter().map(|c| (c.path, c.after)).collect(),
    )
}

#[test]
fn three_documents_beside_the_service() {
    let all = [
        repository("site", "flux-system"),
        policy("site", "flux-system"),
        automation("site", "flux-system", "./apps/site"),
    ]
    .join("---\n");
    let all = format!("---\n{all}");
    let (planned, changes) = planned(&[
        (
            "apps/site/deployment.yaml",
            &deployment("site", &marker("flux-system", "site")),
        ),
        ("apps/site/image-automation.yaml", &all),
        (
            "apps/site/kustomization.yaml",
            "resources:\n  - deployment.yaml\n  - image-automation.yaml\n",
        ),
        ("apps/web/deployment.yaml", &deployment("web", "")),
        (
            "apps/web/kustomization.yaml",
            "resources:\n  - deployment.yaml\n",
        ),
    ]);
    assert_eq!(planned.policy, ObjectRef::new("flux-system", "web"));
    assert_eq!(
        changes["apps/web/image-automation.yaml"],
        all.replace("site", "web")
    );
    assert!(changes["apps/web/kustomization.yaml"].ends_with("  - image-automation.yaml\n"));
    assert!(
        changes["apps/web/deployment.yaml"].contains("# {\"$imagepolicy\": \"flux-system:web\"}")
    );
    assert_eq!(changes.len(), 3);
}

#[test]
fn files_of_their_own_in_a_shared_folder() {
    let (planned, changes) = planned(&[
        (
            "apps/site/deployment.yaml",
            &deployment("site", &marker("flux-system", "site")),
        ),
        ("apps/web/deployment.yaml", &deployment("web", "")),
        (
            "apps/images/site-image-repository.yaml",
            &repository("site", "flux-system"),
        ),
        (
            "apps/images/site-image-policy.yaml",
            &policy("site", "flux-system"),
        ),
        (
            "apps/images/automation.yaml",
            &automation("all", "flux-system", "./apps"),
        ),
        (
            "apps/images/kustomization.yaml",
            "resources:\n  - automation.yaml\n  - site-image-policy.yaml\n  - site-image-repository.yaml\n",
        ),
    ]);
    assert_eq!(planned.policy, ObjectRef::new("flux-system", "web"));
    assert_eq!(
        changes["apps/images/web-image-policy.yaml"],
        policy("web", "flux-system")
    );
    assert_eq!(
        changes["apps/images/web-image-repository.yaml"],
        repository("web", "flux-system")
    );
    assert!(
        changes["apps/images/kustomization.yaml"]
            .ends_with("  - web-image-policy.yaml\n  - web-image-repository.yaml\n")
    );
    assert_eq!(changes.len(), 4, "the automation covers all: {changes:?}");
}

#[test]
fn documents_of_one_file_for_all() {
    let all = [
        automation("all", "flux-system", "./apps"),
        repository("site", "flux-system"),
        policy("site", "flux-system"),
    ]
    .join("---\n");
    let (_, changes) = planned(&[
        (
            "apps/site/deployment.yaml",
            &deployment("site", &marker("flux-system", "site")),
        ),
        ("apps/web/deployment.yaml", &deployment("web", "")),
        ("clusters/home/image-automation.yaml", &all),
    ]);
    let wanted = [
        all,
        repository("web", "flux-system"),
        policy("web", "flux-system"),
    ]
    .join("---\n");
    let changed: Vec<&String> = changes.keys().collect();
    assert_eq!(
        changes.get("clusters/home/image-automation.yaml"),
        Some(&wanted),
        "{changed:?}"
    );
    assert_eq!(changes.len(), 2);
}

#[test]
fn documents_of_the_service_itself() {
    let parts = |name: &str, marker: &str| {
        [
            deployment(name, marker),
            repository(name, name),
            policy(name, name),
        ]
        .join("---\n")
    };
    let site = [
        parts("site", &marker("site", "site")),
        automation("site", "site", "./apps"),
    ]
    .join("---\n");
    let (planned, changes) = planned(&[
        ("apps/site.yaml", &site),
        ("apps/blog.yaml", &site.replace("site", "blog")),
        ("apps/web.yaml", &deployment("web", "")),
    ]);
    assert_eq!(planned.policy, ObjectRef::new("web", "web"));
    let wanted = site.replace("site", "web");
    assert_eq!(changes["apps/web.yaml"], wanted);
    assert_eq!(changes.len(), 1);
}

#[test]
fn without_an_example_beside_the_service_in_the_namespace_that_overlays_leave() {
    let (planned, changes) = planned(&[
        ("apps/web/deployment.yaml", &deployment("web", "")),
        (
            "apps/web/kustomization.yaml",
            "namespace: web\nresources:\n  - deployment.yaml\n",
        ),
    ]);
    assert_eq!(planned.policy, ObjectRef::new("web", "web"));
    let text = &changes["apps/web/image-automation.yaml"];
    assert!(
        text.contains("  namespace: web\n") && text.contains("    namespace: flux-system\n"),
        "{text}"
    );
    assert!(text.contains("path: ./apps/web") && text.contains("branch: main"));
}
