//! What is learnt of a small repository.

use super::*;
use crate::manifest::{ScalarStyle, Tree};
use crate::scaffold::layout::Role;

const SYNC: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/home, sourceRef: {kind: GitRepository, name: flux-system}}
";

/// Returns the files of a service whose Ingress has this class.
fn service(name: &str, number: u32, class: &str) -> Vec<(String, String)> {
    let text = |text: &str| {
        let text = text.replace("NAME", name).replace("CLASS", class);
        text.replace("NUMBER", &number.to_string())
    };
    let file = |path: &str, content: &str| (text(path), text(content));
    vec![
        file(
            "apps/NAME/deployment.yaml",
            "---
# yaml-language-server: $schema=https://example.dev/deployment.json
apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
  namespace: NAME
  labels:
    app: NAME
spec:
  template:
    spec:
      imagePullSecrets:
      - name: NAME-pull
      nodeSelector:
        disk: ssd
      containers:
      - name: NAME
        image: example.dev/NAME:1.0.0 # {\"$imagepolicy\": \"flux-system:NAME-policy\"}
",
        ),
        file(
            "apps/NAME/ingress.yaml",
            "---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: NAME
  namespace: NAME
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
spec:
  ingressClassName: CLASS
  tls:
  - hosts: ['NAME.lab.example.dev']
    secretName: NAME-tls
  rules:
  - host: 'NAME.lab.example.dev'
",
        ),
        file(
            "clusters/home/images/NAME.yaml",
            "---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata:
  name: NAME-policy
  namespace: flux-system
spec:
  imageRepositoryRef: {name: NAME}
  policy: {semver: {range: '*'}}
",
        ),
        file(
            "apps/NAME/kustomization.yaml",
            "---
resources:
- ingress.yaml
- deployment.yaml
",
        ),
    ]
}

fn units(names: &[&str]) -> String {
    let unit = |(i, name): (usize, &&str)| {
        format!(
            "---
# {}. {name} - what it does
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {name}
  namespace: flux-system
spec:
  dependsOn:
  - name: ingress
  interval: 10m
  path: ./apps/{name}
  sourceRef:
    kind: GitRepository
    name: flux-system
",
            i + 1
        )
    };
    names.iter().enumerate().map(unit).collect()
}

fn learn(like: Option<&str>, times: &[(&str, i64)]) -> Conventions {
    let mut files = vec![
        (
            "clusters/home/flux-system/gotk-sync.yaml".to_owned(),
            SYNC.to_owned(),
        ),
        (
            "clusters/home/apps.yaml".to_owned(),
            units(&["atlas", "mealie", "romm"]),
        ),
    ];
    files.extend(service("atlas", 1, "traefik"));
    files.extend(service("mealie", 2, "traefik"));
    files.extend(service("romm", 3, "nginx"));
    let tree = Tree::of_texts(
        files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    );
    let model = Model::of(&tree, None);
    let detection = Layout::detect(&model, 0);
    let times = times
        .iter()
        .map(|(name, time)| (format!("apps/{name}/ingress.yaml"), *time));
    let near = Neighbourhood {
        layout: None,
        folder: "",
        like,
        times: &times.collect(),
    };
    Conventions::learn(&Siblings::of(&model, &detection, &near))
}

fn value<T: Clone>(learnt: &Option<Learnt<T>>) -> T {
    learnt.as_ref().unwrap().value.clone()
}

#[test]
fn what_siblings_agree_on_has_its_evidence() {
    let found = learn(None, &[]);
    let class = found.network.class.as_ref().unwrap();
    assert_eq!(class.value, "traefik");
    assert_eq!(
        class.evidence().to_string(),
        "2 of 3, apps/atlas/ingress.yaml:10"
    );
    assert_eq!(value(&found.network.host), "{name}.lab.example.dev");
    assert_eq!(value(&found.network.host_style), ScalarStyle::SingleQuoted);
    assert_eq!(value(&found.network.tls_secret), "{name}-tls");
    let issuer = (
        "cert-manager.io/cluster-issuer".to_owned(),
        "letsencrypt".to_owned(),
    );
    assert_eq!(value(&found.network.issuer), issuer);
}

#[test]
fn the_one_to_mirror_decides_and_then_the_newest_comes_first() {
    assert_eq!(value(&learn(Some("romm"), &[]).network.class), "nginx");
    let found = learn(None, &[("atlas", 1), ("mealie", 2), ("romm", 3)]);
    assert_eq!(found.siblings, ["romm", "mealie", "atlas"]);
    let class = found.network.class.unwrap();
    assert_eq!(
        (class.value.as_str(), class.from.file.as_str()),
        ("traefik", "apps/mealie/ingress.yaml")
    );
}

#[test]
fn texts_files_and_lists_are_learnt() {
    let found = learn(None, &[]);
    assert!(value(&found.text.document_start) && !value(&found.text.indented_lists));
    assert_eq!(value(&found.text.quotes), ScalarStyle::SingleQuoted);
    assert!(
        found.text.modelines[&Role::Workload]
            .value
            .ends_with("deployment.json")
    );
    assert_eq!(found.files.by_role[&Role::Ingress].value, "ingress.yaml");
    assert_eq!(value(&found.files.namespace), "{name}");
    assert!(value(&found.files.namespace_written));
    assert_eq!(
        value(&found.files.labels),
        [("app".to_owned(), "{name}".to_owned())]
    );
    assert_eq!(value(&found.lists.roles), [Role::Ingress, Role::Workload]);
    assert!(!value(&found.lists.dot_slash) && !value(&found.lists.namespace));
    assert_eq!(
        value(&found.pods.node_selector),
        [("disk".to_owned(), "ssd".to_owned())]
    );
    assert_eq!(value(&found.pods.pull_secret), "{name}-pull");
}

#[test]
fn units_and_policies_are_learnt() {
    let found = learn(None, &[]);
    assert_eq!(value(&found.unit.interval).as_deref(), Some("10m"));
    assert_eq!(value(&found.unit.path).as_deref(), Some("./apps/{name}"));
    assert_eq!(value(&found.unit.prune), None);
    let usual = found.unit.depends_on.first().unwrap();
    assert_eq!(
        (usual.value.name.as_str(), usual.agree, usual.of),
        ("ingress", 3, 3)
    );
    let numbered = value(&found.unit.numbered);
    assert_eq!((numbered.last, numbered.between.as_str()), (3, " - "));
    assert_eq!(value(&found.images.policy), "{name}-policy");
    assert_eq!(
        value(&found.images.file),
        "clusters/home/images/{name}.yaml"
    );
    assert_eq!(value(&found.images.order), "semver");
    assert!(!value(&found.images.beside));
}

/// Learns from one list of files beside those of Flux.
fn learn_of(files: &[(&str, &str)]) -> Conventions {
    let sync = [("clusters/home/flux-system/gotk-sync.yaml", SYNC)];
    let tree = Tree::of_texts(sync.iter().chain(files).copied());
    let model = Model::of(&tree, None);
    let detection = Layout::detect(&model, 0);
    let near = Neighbourhood {
        layout: None,
        folder: "",
        like: None,
        times: &HashMap::new(),
    };
    Conventions::learn(&Siblings::of(&model, &detection, &near))
}

#[test]
fn flux_itself_is_no_example() {
    let flux = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: source-controller\n  namespace: flux-system\n";
    let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata:\n  name: db\n  namespace: data\n";
    let shop = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n";
    let learnt = learn_of(&[
        ("clusters/home/flux-system/gotk-components.yaml", flux),
        ("clusters/home/db/stateful-set.yaml", set),
        ("clusters/home/shop/web-deployment.yaml", shop),
    ]);
    assert_eq!(learnt.siblings, ["db", "shop"]);
    let names = &learnt.files.by_workload;
    assert_eq!(names["StatefulSet"].value, "stateful-set.yaml");
    assert_eq!(names["Deployment"].value, "{name}-deployment.yaml");
}

#[test]
fn only_charts_whose_values_are_known_are_learnt() {
    let chart = |name: &str, values: &str| {
        let release = format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: shop\n  namespace: shop\nspec:\n  \
             chart:\n    spec:\n      chart: {name}\n      sourceRef:\n        kind: GitRepository\n        name: charts\n{values}"
        );
        learn_of(&[("clusters/home/shop/release.yaml", &release)])
            .pods
            .chart
    };
    let values = "  values:\n    controllers:\n      main: {}\n";
    assert_eq!(chart("shop", values), None);
    let kind = "GitRepository".to_owned();
    let found = chart("./charts/onechart", "").map(|l| l.value);
    assert_eq!(found, Some((kind, "./charts/onechart".to_owned())));
}
