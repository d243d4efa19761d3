use std::collections::HashMap;

use crate::flux::Model;
use crate::manifest::Tree;
use crate::scaffold::conventions::{Neighbourhood, Siblings};
use crate::scaffold::layout::Layout;
use crate::scaffold::spec::ServiceSpec;

use super::dress;

const SYNC: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux-system, \
     namespace: flux-system}\nspec: {path: ./clusters/home, sourceRef: {kind: GitRepository, name: flux-system}}\n";

/// A service of its own folder; `extra` stands at the end of the pod.
fn deployment(name: &str, extra: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: {name}\nspec:\n  selector:\n    \
         matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      \
         containers:\n      - name: {name}\n        image: \"example.org/{name}:1\"\n        env:\n        - name: TZ\n          \
         value: \"Europe/Oslo\"\n        ports:\n        - containerPort: 80{extra}\n"
    )
}

fn unit(name: &str) -> String {
    format!(
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: &app {name}\n  namespace: \
         flux-system\nspec:\n  prune: true\n  interval: 30m\n  path: ./apps/{name}\n  sourceRef:\n    kind: GitRepository\n    \
         name: flux-system\n  postBuild:\n    substitute:\n      APP: *app\n"
    )
}

/// Dresses `template` beside three services.
fn dressed(template: &str, like: Option<&str>) -> String {
    let extra = "\n        securityContext:\n          runAsNonRoot: true";
    let node = "\n      nodeSelector:\n        disk: fast";
    let mut files = vec![(
        "clusters/home/flux-system/gotk-sync.yaml".to_owned(),
        SYNC.to_owned(),
    )];
    for (name, extra) in [("atlas", extra), ("mealie", extra), ("romm", node)] {
        let file = |kind: &str| format!("apps/{name}/{kind}.yaml");
        files.push((file("deployment"), deployment(name, extra)));
        files.push((format!("clusters/home/{name}.yaml"), unit(name)));
    }
    let tree = Tree::of_texts(files.iter().map(|(p, t)| (p.as_str(), t.as_str())));
    let model = Model::of(&tree, None);
    let detection = Layout::detect(&model, 0);
    let times = HashMap::new();
    let near = Neighbourhood {
        layout: None,
        folder: "",
        like,
        times: &times,
    };
    let siblings = Siblings::of(&model, &detection, &near);
    let spec = ServiceSpec {
        name: "site".to_owned(),
        namespace: "site".to_owned(),
        port: Some(3000),
        ..ServiceSpec::default()
    };
    dress(&siblings, &spec, template).expect("YAML").text
}

const TEMPLATE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: site
  namespace: site #?
  labels: #?
    app: site
spec:
  replicas: 1 #?
  selector:
    matchLabels:
      app: site
  template:
    metadata:
      labels:
        app: site
    spec:
      containers:
        - name: site #~
          image: example.org/site:2 # {\"$imagepolicy\": \"flux-system:site\"}
          ports:
            - containerPort: 3000
";

#[test]
fn an_object_is_written_as_most_siblings_write_theirs() {
    insta::assert_snapshot!(dressed(TEMPLATE, None), @r#"
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: site
      namespace: site
    spec:
      selector:
        matchLabels:
          app: site
      template:
        metadata:
          labels:
            app: site
        spec:
          containers:
          - name: site
            image: "example.org/site:2" # {"$imagepolicy": "flux-system:site"}
            env:
            - name: TZ
              value: "Europe/Oslo"
            ports:
            - containerPort: 3000
            securityContext:
              runAsNonRoot: true
    "#);
}

#[test]
fn one_sibling_can_be_mirrored_alone() {
    let text = dressed(TEMPLATE, Some("romm"));
    assert!(
        text.contains("      nodeSelector:\n        disk: fast\n"),
        "{text}"
    );
    assert!(!text.contains("runAsNonRoot"), "{text}");
}

#[test]
fn anchors_and_the_order_of_keys_are_kept() {
    let template = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: site\n  namespace: \
                    flux-system #?\nspec:\n  interval: 10m #~\n  path: ./apps/site\n  prune: true #~\n  sourceRef:\n    kind: \
                    GitRepository #~\n    name: flux-system #~\n  timeout: 5m #?\n  wait: true\n";
    insta::assert_snapshot!(dressed(template, None), @r"
    apiVersion: kustomize.toolkit.fluxcd.io/v1
    kind: Kustomization
    metadata:
      name: &app site
      namespace: flux-system
    spec:
      prune: true
      interval: 30m
      path: ./apps/site
      sourceRef:
        kind: GitRepository
        name: flux-system
      wait: true
      postBuild:
        substitute:
          APP: *app
    ");
}

#[test]
fn what_is_optional_goes_in_parts_and_what_is_fixed_stays() {
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: site\nspec:\n  template: #?\n    spec:\n      \
                    hostNetwork: true\n      dnsPolicy: ClusterFirst #=\n";
    let text = dressed(template, None);
    assert!(
        !text.contains("hostNetwork") && text.contains("dnsPolicy"),
        "{text}"
    );
}

#[test]
fn hostile_values_keep_their_meaning() {
    let template = "kind: ConfigMap\nmetadata:\n  name: site\ndata:\n  a: \"yes\"\n  b: \"#x\"\n  c: \"a\\nb \\n\"\n  d: |\n    \
                    one\n\n    two\n  e: \"*x\"\n  f: []\n  g: {}\n  h: \"\"\n  i:\n  j: \"0x1\"\n  k: \"{{ .x }}\"\n";
    let text = dressed(template, None);
    insta::assert_snapshot!(text, @r##"
    kind: ConfigMap
    metadata:
      name: site
    data:
      a: "yes"
      b: "#x"
      c: |
        a
        b 
      d: |
        one

        two
      e: "*x"
      f: []
      g: {}
      h: ""
      i:
      j: "0x1"
      k: "{{ .x }}"
    "##);
}
