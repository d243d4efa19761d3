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

fn spec() -> ServiceSpec {
    ServiceSpec {
        name: "site".to_owned(),
        namespace: "site".to_owned(),
        port: Some(3000),
        ..ServiceSpec::default()
    }
}

/// Dresses `template` beside three services.
fn dressed(template: &str, like: Option<&str>) -> String {
    let extra = "\n        securityContext:\n          runAsNonRoot: true";
    let node = "\n      nodeSelector:\n        disk: fast";
    let mut files = Vec::new();
    for (name, extra) in [("atlas", extra), ("mealie", extra), ("romm", node)] {
        files.push((
            format!("apps/{name}/deployment.yaml"),
            deployment(name, extra),
        ));
        files.push((format!("clusters/home/{name}.yaml"), unit(name)));
    }
    dressed_beside(files, template, &spec(), like)
}

/// Dresses `template` beside what stands in `files`.
fn dressed_beside(
    mut files: Vec<(String, String)>,
    template: &str,
    spec: &ServiceSpec,
    like: Option<&str>,
) -> String {
    let sync = "clusters/home/flux-system/gotk-sync.yaml";
    files.push((sync.to_owned(), SYNC.to_owned()));
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
    dress(&siblings, spec, template).expect("YAML").text
}

/// Dresses `template` beside three services with an object of this text each, `NAME` for their names.
fn dressed_among(object: &str, template: &str, spec: &ServiceSpec) -> String {
    let mut files = Vec::new();
    for name in ["atlas", "mealie", "romm"] {
        let workload = deployment(name, "");
        files.push((format!("clusters/home/{name}.yaml"), unit(name)));
        files.push((
            format!("apps/{name}/object.yaml"),
            object.replace("NAME", name),
        ));
        if !object.contains("kind: Deployment") {
            files.push((format!("apps/{name}/deployment.yaml"), workload));
        }
    }
    dressed_beside(files, template, spec, None)
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

/// A Deployment with lines of its container.
fn container(name: &str, lines: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  selector:\n    matchLabels:\n      app: \
         {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      containers:\n        - name: \
         {name}\n{lines}"
    )
}

#[test]
fn what_refers_to_something_is_not_taken_in_parts() {
    let theirs = container(
        "NAME",
        "          ports:\n            - name: NAME\n              containerPort: 80\n          envFrom:\n            - configMapRef:\n                \
         name: NAME-config\n          volumeMounts:\n            - name: tmp\n              mountPath: /tmp\n      volumes:\n        - name: \
         tmp\n          emptyDir: {}\n",
    );
    let ours = container(
        "site",
        "          ports:\n            - name: http\n              containerPort: 3000\n          envFrom:\n            - secretRef:\n                \
         name: site-secrets\n          volumeMounts:\n            - name: data\n              mountPath: /data\n      volumes:\n        - name: \
         data\n          persistentVolumeClaim:\n            claimName: site-data\n",
    );
    assert_eq!(dressed_among(&theirs, &ours, &spec()), ours);
}

#[test]
fn ports_are_named_or_numbered_as_siblings_do_it() {
    let probe = |port: &str| {
        let lines = format!(
            "          ports:\n            - containerPort: 80\n          livenessProbe:\n            httpGet:\n              path: \
             /\n              port: {port}\n"
        );
        container("NAME", &lines)
    };
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: site\nspec:\n  template:\n    spec:\n      \
                    containers:\n        - livenessProbe:\n            httpGet:\n              port: http #~\n";
    let port = |theirs: &str| dressed_among(&probe(theirs), template, &spec());
    assert!(port("80").contains("port: 3000\n"), "{}", port("80"));
    for theirs in ["http", "metrics", "9090"] {
        assert!(port(theirs).contains("port: http\n"), "{}", port(theirs));
    }
}

#[test]
fn the_values_of_another_chart_say_nothing() {
    let release = |chart: &str, values: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: NAME\nspec:\n  interval: 5m #~\n{chart}  values:\n{values}"
        )
    };
    let other = "  chart:\n    spec:\n      chart: NAME\n      sourceRef:\n        kind: HelmRepository\n        name: NAME\n";
    let theirs = release(
        other,
        "    persistence:\n      config:\n        existingClaim: NAME\n    replicas: 1\n",
    );
    let own = "  chartRef:\n    kind: OCIRepository\n    name: site\n";
    let controllers = "    controllers:\n      site:\n        replicas: 1 #?\n";
    let text = dressed_among(
        &theirs,
        &release(own, controllers).replace("NAME", "site"),
        &spec(),
    );
    insta::assert_snapshot!(text, @r"
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata:
      name: site
    spec:
      interval: 5m
      chartRef:
        kind: OCIRepository
        name: site
      values:
        controllers:
          site:
            replicas: 1
    ");
}

#[test]
fn the_user_that_was_asked_for_brings_its_own_groups() {
    let theirs = container(
        "NAME",
        "      securityContext:\n        fsGroup: 1000\n        runAsNonRoot: true\n        fsGroupChangePolicy: Always\n        supplementalGroups: [7]\n        seccompProfile:\n          type: RuntimeDefault\n",
    );
    let ours = container("site", "      securityContext:\n        runAsUser: 0\n");
    let text = |user: u32| {
        let spec = ServiceSpec {
            run_as: Some(user),
            ..spec()
        };
        dressed_among(&theirs, &ours, &spec)
    };
    assert!(
        !text(0).contains("fsGroup:") && !text(0).contains("runAsNonRoot"),
        "{}",
        text(0)
    );
    assert!(
        !text(0).contains("supplemental") && text(0).contains("seccompProfile"),
        "{}",
        text(0)
    );
    assert!(text(1000).contains("fsGroup: 1000\n"), "{}", text(1000));
}

#[test]
fn a_machine_of_a_tailnet_is_no_host() {
    let door = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: NAME\nspec:\n  ingressClassName: \
                tailscale\n  tls:\n    - hosts:\n        - NAME\n";
    let theirs = container(
        "NAME",
        "          env:\n            - name: TITLE\n              value: NAME\n",
    ) + door;
    let spec = ServiceSpec {
        host: Some("site.example.dev".to_owned()),
        ..spec()
    };
    let text = dressed_among(&theirs, &container("site #~", ""), &spec);
    assert!(
        text.contains("- name: site\n") && text.contains("value: site\n"),
        "{text}"
    );
    assert!(!text.contains("example.dev"), "{text}");
}

#[test]
fn parts_of_a_release_are_called_as_siblings_call_theirs() {
    let release = |name: &str, key: &str, more: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: {name}\nspec:\n  values:\n    controllers:\n      \
             {key}: #~\n        replicas: 1\n    service:\n      {key}: #~\n{more}        ports:\n          http:\n            port: 80\n    \
             ingress:\n      {key}: #~\n        hosts:\n          - paths:\n              - service:\n                  identifier: {key}\n"
        )
    };
    let theirs = release("NAME", "main", "        controller: main\n")
        + "      second:\n        enabled: false\n";
    let text = dressed_among(&theirs, &release("site", "app", ""), &spec());
    let second = "      second:\n        enabled: false\n";
    let expected = theirs
        .replace("NAME", "site")
        .replace(second, "")
        .replace(" #~", "");
    // An Ingress of two parts says nothing on the name of one.
    let expected = expected.replace("      main:\n        hosts", "      app:\n        hosts");
    assert_eq!(text, expected);
}

#[test]
fn probes_wait_as_long_as_those_of_siblings() {
    let probe = |name: &str, delay: &str| {
        let lines = format!(
            "          livenessProbe:\n            httpGet:\n              path: /\n{delay}"
        );
        container(name, &lines)
    };
    let theirs = probe(
        "NAME",
        "            initialDelaySeconds: 30\n            terminationGracePeriodSeconds: 9\n",
    );
    let text = dressed_among(&theirs, &probe("site", ""), &spec());
    assert_eq!(text, probe("site", "            initialDelaySeconds: 30\n"));
}

#[test]
fn variables_of_a_few_are_theirs() {
    let env = "          env:\n            - name: TZ\n              value: Europe/Oslo\n            - name: VERSION\n";
    let text = dressed_among(&container("NAME", env), &container("site", ""), &spec());
    let expected = "          env:\n            - name: TZ\n              value: Europe/Oslo\n";
    assert_eq!(text, container("site", expected));
    let two = ["atlas", "mealie"].map(|name| {
        let unit = (format!("clusters/home/{name}.yaml"), unit(name));
        [
            unit,
            (format!("apps/{name}/object.yaml"), container(name, env)),
        ]
    });
    let text = dressed_beside(
        two.into_iter().flatten().collect(),
        &container("site", ""),
        &spec(),
        None,
    );
    assert_eq!(text, container("site", ""));
}

#[test]
fn what_one_object_says_about_itself_is_not_taken() {
    let theirs = container("mysql", "          imagePullPolicy: Always\n");
    let files = vec![
        ("clusters/home/db.yaml".to_owned(), unit("db")),
        ("apps/db/mysql.yaml".to_owned(), theirs),
    ];
    let lines = "          imagePullPolicy: IfNotPresent #~\n";
    let ours = container("site", lines).replace("- name: site", "- name: site #~");
    let text = dressed_beside(files, &ours, &spec(), None);
    assert_eq!(
        text,
        container("site", "          imagePullPolicy: Always\n")
    );
}

#[test]
fn a_chart_of_its_own_stands_beside_the_service() {
    let release = |name: &str, chart: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: {name}\nspec:\n  chartRef:\n    kind: \
             OCIRepository\n    name: {chart}\n"
        )
    };
    let theirs = release("NAME", "shared") + "    namespace: flux-system\n";
    let own = release("site", "site");
    assert_eq!(dressed_among(&theirs, &own, &spec()), own);
    let shared = dressed_among(&theirs, &release("site", "shared"), &spec());
    assert!(shared.ends_with("    namespace: flux-system\n"), "{shared}");
}
