//! What the templates give, held against a real API server: server-side apply as Flux does it, as a dry run.

use homelab::adapter::runtime::block_on;
use homelab::scaffold::conventions::Conventions;
use homelab::scaffold::spec::{
    Claim, Image, Ingress, Nfs, Placement, Resources, SecretKey, ServiceSpec, TagChoice, TagOrder,
    Workload,
};
use homelab::scaffold::template::{Templates, names};
use homelab::scaffold::values::values;
use kube::Client;
use serde_json::{Value, json};

use crate::support::cluster::{cluster, kinds, namespace};

/// Applied for real, so that there is something to apply into.
const NAMESPACE: &str = "templates";

/// The templates that write no object of a cluster.
const OTHERS: [&str; 2] = ["kustomization.yaml", "publish-workflow.yaml"];

/// Variables that try to be something else than text.
const ENV: [(&str, &str); 8] = [
    ("ON", "yes"),
    ("HASH", "#x"),
    ("LINES", "a: b\n---\n- c #?\n"),
    ("BRACES", "{{ name }} {% raw %} ${HOME}"),
    ("QUOTES", "'\"\\"),
    ("WIDE", "Grüße \u{1F389}\u{2028}"),
    ("STAR", "*anchor"),
    ("NUMBER", "0123"),
];

#[test]
fn an_api_server_takes_what_templates_give() {
    let Some(cluster) = cluster() else { return };
    let failures = block_on(async {
        let admin = cluster.client("admin").await;
        namespace(&admin, NAMESPACE).await;
        refuses_mistakes(&admin).await;
        let mut failures = Vec::new();
        for name in names().filter(|n| !n.starts_with("parts/") && !OTHERS.contains(n)) {
            for (size, spec) in sizes(name) {
                let text = rendered(name, &spec);
                if let Err(why) = applied(&admin, &text).await {
                    failures.push(format!("{name} ({size}): {why}\n{text}"));
                }
            }
        }
        failures
    });
    let failures = failures.unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Nothing that follows would mean anything if the server took everything.
async fn refuses_mistakes(admin: &Client) {
    for name in ["service.yaml", "image-repository.yaml", "httproute.yaml"] {
        let text = rendered(name, &large());
        applied(admin, &text).await.unwrap();
        let wrong = text.replacen("spec:\n", "spec:\n  nonsense: 1\n", 1);
        let why = applied(admin, &wrong).await.unwrap_err();
        assert!(why.contains("nonsense"), "{name}: {why}");
    }
}

#[test]
fn an_api_server_reads_variables_as_they_were_given() {
    let Some(cluster) = cluster() else { return };
    let text = rendered("cronjob.yaml", &large());
    let text = text.replace("namespace: templates", "namespace: default");
    let object = block_on(async {
        let admin = cluster.client("admin").await;
        applied(&admin, &text).await.unwrap()
    });
    let object = object.unwrap();
    let pod = &object["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let env = ENV.map(|(name, value)| json!({"name": name, "value": value}));
    assert_eq!(pod["containers"][0]["env"], json!(env));
}

/// Returns the least and the most that a template is asked for, and what is special.
fn sizes(template: &str) -> Vec<(&'static str, ServiceSpec)> {
    let large = large();
    let mut small = small();
    match template {
        "cronjob.yaml" => small.schedule = Some("0 3 * * *".into()),
        "pvc.yaml" => small.claims = large.claims.clone(),
        "service.yaml" => small.port = Some(80),
        "external-secret.yaml" => small.secrets = large.secrets.clone(),
        "image-policy.yaml" => small.policy = policy(TagOrder::Numerical),
        _ if template.starts_with("ingress") || template == "httproute.yaml" => {
            small.port = Some(80);
            small.host = large.host.clone();
            small.ingress = Ingress::Nginx;
        }
        _ => {}
    }
    let special = ServiceSpec {
        run_as: Some(0),
        placement: Some(Placement::Node("pi-1".into())),
        resources: Resources::None,
        probe: None,
        policy: policy(TagOrder::Alphabetical),
        ingress: Ingress::Traefik,
        ..large.clone()
    };
    vec![("small", small), ("large", large), ("special", special)]
}

fn small() -> ServiceSpec {
    ServiceSpec {
        name: "romm".into(),
        namespace: NAMESPACE.into(),
        image: Image {
            repository: "ghcr.io/me/romm".into(),
            tag: "1.10".into(),
        },
        ..ServiceSpec::default()
    }
}

fn large() -> ServiceSpec {
    ServiceSpec {
        workload: Workload::Deployment,
        schedule: Some("*/5 * * * *".into()),
        port: Some(8080),
        host: Some("romm.example.dev".into()),
        ingress: Ingress::Nginx,
        env: ENV.map(|(k, v)| (k.into(), v.into())).into(),
        secrets: vec![SecretKey {
            key: "TOKEN".into(),
            item: "romm".into(),
            field: "token".into(),
        }],
        sealed: vec!["DB_PASSWORD".into()],
        claims: vec![Claim {
            name: "data".into(),
            size: "5Gi".into(),
            mount: "/data".into(),
        }],
        nfs: vec![Nfs {
            server: "nas.lan".into(),
            path: "/srv/media".into(),
            mount: "/media".into(),
        }],
        probe: Some("/healthz".into()),
        resources: Resources::Large,
        placement: Some(Placement::Prefer("worker".into())),
        run_as: Some(1000),
        pull_secret: Some("ghcr-pull".into()),
        policy: policy(TagOrder::Semver(">=1.0.0".into())),
        ..small()
    }
}

fn policy(order: TagOrder) -> Option<TagChoice> {
    Some(TagChoice {
        pattern: Some("^v(?P<v>.*)$".into()),
        extract: Some("$v".into()),
        order,
    })
}

/// Renders a template with what siblings would have told.
fn rendered(name: &str, spec: &ServiceSpec) -> String {
    let mut spec = spec.clone();
    match name {
        "statefulset.yaml" => spec.workload = Workload::StatefulSet,
        "cronjob.yaml" => spec.workload = Workload::CronJob,
        "helmrelease-app-template.yaml" => spec.workload = Workload::AppTemplate,
        "helmrelease-onechart.yaml" => {
            spec.workload = Workload::OneChart;
            spec.nfs.clear();
        }
        _ => {}
    }
    let mut values = values(&spec, &Conventions::default());
    let learnt = [
        ("marker", json!("flux-system:romm")),
        (
            "gateway",
            json!({"name": "internal", "namespace": "network"}),
        ),
        (
            "store",
            json!({"kind": "ClusterSecretStore", "name": "onepassword"}),
        ),
        ("path", json!("./apps/romm")),
        (
            "depends_on",
            json!([{"name": "ingress", "namespace": null}]),
        ),
        ("tls_secret", json!("romm-tls")),
        (
            "annotations",
            json!({"cert-manager.io/cluster-issuer": "letsencrypt", "a/b": "yes"}),
        ),
        ("namespace_labels", json!({"team": "home"})),
    ];
    for (name, value) in learnt {
        values[name] = value;
    }
    let issuer = json!({"annotation": "cert-manager.io/cluster-issuer", "name": "letsencrypt"});
    values["issuer"] = issuer;
    let rendered = Templates::default().render(name, &values);
    rendered.unwrap_or_else(|e| panic!("{name}: {e}")).text
}

/// Applies one object as a dry run and returns it as the server would keep it.
async fn applied(admin: &Client, text: &str) -> Result<Value, String> {
    let object: Value = serde_yaml::from_str(text).unwrap();
    let field = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
    let (version, kind) = (field("apiVersion"), field("kind"));
    let group = version.split('/').next().unwrap_or_default();
    let custom = kinds().iter().find(|k| k.group == group && k.kind == kind);
    let plural = custom.map_or_else(|| plural(&kind), |custom| custom.plural.clone());
    let root = if version.contains('/') { "apis" } else { "api" };
    let name = object["metadata"]["name"].as_str().unwrap();
    // What belongs to Flux's own namespace is no different in another one.
    let text = text.replacen(
        "namespace: flux-system",
        &format!("namespace: {NAMESPACE}"),
        1,
    );
    let namespace = match object["metadata"]["namespace"].as_str() {
        Some("flux-system") => format!("namespaces/{NAMESPACE}/"),
        Some(namespace) => format!("namespaces/{namespace}/"),
        None => String::new(),
    };
    let query = "fieldManager=homelab&dryRun=All&fieldValidation=Strict";
    let request = http::Request::patch(format!(
        "/{root}/{version}/{namespace}{plural}/{name}?{query}"
    ))
    .header(http::header::CONTENT_TYPE, "application/apply-patch+yaml")
    .body(text.into_bytes());
    admin
        .request(request.unwrap())
        .await
        .map_err(|e| e.to_string())
}

fn plural(kind: &str) -> String {
    match kind {
        "Ingress" => "ingresses".to_owned(),
        "NetworkPolicy" => "networkpolicies".to_owned(),
        kind => format!("{}s", kind.to_lowercase()),
    }
}
