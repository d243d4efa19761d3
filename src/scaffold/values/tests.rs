use super::*;
use crate::manifest::{FileId, Location};
use crate::scaffold::spec::{Claim, Image, Nfs, SecretKey, TagChoice};

fn spec() -> ServiceSpec {
    ServiceSpec {
        name: "romm".into(),
        namespace: "games".into(),
        image: Image {
            repository: "docker.io/rommapp/romm".into(),
            tag: "4.1.0".into(),
        },
        port: Some(8080),
        ..ServiceSpec::default()
    }
}

fn learnt<T>(value: T, agree: usize, of: usize) -> Option<Learnt<T>> {
    let tree = crate::manifest::Tree::of_texts([("a.yaml", "a: b\n")]);
    let place = crate::manifest::Place {
        file: FileId(0),
        span: crate::manifest::Span::new(0, 1),
    };
    let from: Location = tree.location(place).unwrap();
    Some(Learnt {
        value,
        from,
        agree,
        of,
    })
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn without_siblings_the_usual_is_taken() {
    let values = values(&spec(), &Conventions::default());
    assert_eq!(values["selector"], json!({"app": "romm"}));
    assert_eq!(values["labels"], values["selector"]);
    assert_eq!(values["service_port"], 8080);
    assert_eq!(values["image"]["reference"], "docker.io/rommapp/romm:4.1.0");
    assert_eq!(values["image_namespace"], "flux-system");
    assert_eq!(values["workflow_image"], "ghcr.io/${{ github.repository }}");
    assert_eq!(
        values["source"],
        json!({"kind": "GitRepository", "name": "flux-system", "namespace": null})
    );
    for none in [
        "tls_secret",
        "issuer",
        "gateway",
        "store",
        "path",
        "marker",
        "claim",
        "secret_name",
        "policy",
    ] {
        assert_eq!(values[none], Value::Null, "{none}");
    }
}

#[test]
fn labels_that_do_not_tell_services_apart_are_not_taken() {
    let mut conventions = Conventions::default();
    conventions.files.selector = learnt(pairs(&[("app.kubernetes.io/name", "{name}")]), 3, 3);
    let found = values(&spec(), &conventions);
    assert_eq!(found["selector"], json!({"app.kubernetes.io/name": "romm"}));
    conventions.files.selector = learnt(pairs(&[("tier", "web")]), 3, 3);
    assert_eq!(
        values(&spec(), &conventions)["selector"],
        json!({"app": "romm"})
    );
}

#[test]
fn the_port_of_a_service_is_the_usual_one_or_its_own() {
    let mut conventions = Conventions::default();
    conventions.network.port = learnt("80".to_owned(), 9, 12);
    assert_eq!(values(&spec(), &conventions)["service_port"], 80);
    conventions.network.port = learnt("3000".to_owned(), 2, 12);
    assert_eq!(values(&spec(), &conventions)["service_port"], 8080);
    let cron = ServiceSpec {
        port: None,
        ..spec()
    };
    assert_eq!(values(&cron, &conventions)["service_port"], Value::Null);
}

#[test]
fn tls_follows_what_was_learnt() {
    let mut conventions = Conventions::default();
    conventions.network.tls_secret = learnt("wildcard-tls".to_owned(), 3, 3);
    assert_eq!(values(&spec(), &conventions)["tls_secret"], "wildcard-tls");
    let issuer = ("cert-manager.io/cluster-issuer", "letsencrypt");
    conventions.network.issuer = learnt((issuer.0.into(), issuer.1.into()), 3, 3);
    assert_eq!(values(&spec(), &conventions)["tls_secret"], "romm-tls");
    conventions.network.tls_secret = learnt("cert-{name}".to_owned(), 3, 3);
    assert_eq!(values(&spec(), &conventions)["tls_secret"], "cert-romm");
}

#[test]
fn the_class_fits_the_ingress_that_was_asked_for() {
    let mut conventions = Conventions::default();
    let class = |ingress, conventions: &Conventions| {
        values(&ServiceSpec { ingress, ..spec() }, conventions)["ingress_class"].clone()
    };
    assert_eq!(class(Ingress::None, &conventions), Value::Null);
    assert_eq!(class(Ingress::Nginx, &conventions), "nginx");
    conventions.network.class = learnt("internal".to_owned(), 3, 3);
    assert_eq!(class(Ingress::Nginx, &conventions), "internal");
    conventions.network.class = learnt("traefik-external".to_owned(), 3, 3);
    assert_eq!(class(Ingress::Traefik, &conventions), "traefik-external");
    assert_eq!(class(Ingress::Tailscale, &conventions), "tailscale");
    assert_eq!(class(Ingress::Nginx, &conventions), "nginx");
}

#[test]
fn rows_of_secrets_follow_the_siblings() {
    let key = |field: &str| SecretKey {
        key: "TOKEN".into(),
        item: "romm".into(),
        field: field.into(),
    };
    let secrets = vec![key("api-token"), key("")];
    let mut conventions = Conventions::default();
    let both = ServiceSpec {
        secrets,
        sealed: vec!["A".into()],
        ..spec()
    };
    let found = values(&both, &conventions);
    assert_eq!(
        found["secrets"][0],
        json!({"key": "TOKEN", "remote": "romm", "property": "api-token"})
    );
    assert_eq!(
        found["secrets"][1],
        json!({"key": "TOKEN", "remote": "romm", "property": null})
    );
    assert_eq!(found["env_from"], json!(["romm-secrets", "romm-sealed"]));
    conventions.secrets.property = learnt(false, 3, 3);
    conventions.secrets.target = learnt("{name}-env".to_owned(), 3, 3);
    let found = values(&both, &conventions);
    assert_eq!(
        found["secrets"][0],
        json!({"key": "TOKEN", "remote": "romm/api-token", "property": null})
    );
    assert_eq!(found["secret_name"], "romm-env");
}

#[test]
fn volumes_have_names_of_their_own() {
    let claims = vec![Claim {
        name: "media".into(),
        size: "1Gi".into(),
        mount: "/media".into(),
    }];
    let folder = |path: &str| Nfs {
        server: "nas".into(),
        path: path.into(),
        mount: "/x".into(),
    };
    let nfs = ["/srv/Media", "/other/media/", "/", "/srv/Ünïcode_x"].map(folder);
    let found = values(
        &ServiceSpec {
            claims,
            nfs: nfs.into(),
            ..spec()
        },
        &Conventions::default(),
    );
    assert_eq!(found["claim"]["name"], "romm-media");
    let volumes = found["nfs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| f["volume"].clone());
    let volumes: Vec<_> = volumes.collect();
    assert_eq!(volumes, ["media-2", "media-3", "nfs", "n-code-x"]);
}

#[test]
fn units_and_images_follow_the_siblings() {
    let mut conventions = Conventions::default();
    conventions.unit.path = learnt(Some("./apps/{name}".to_owned()), 3, 3);
    conventions.unit.source = learnt(
        Some("kind: OCIRepository\nname: home\nnamespace: flux\n".to_owned()),
        3,
        3,
    );
    conventions.images.namespace = learnt(None, 3, 3);
    conventions.images.policy = learnt("all".to_owned(), 3, 3);
    let policy = TagChoice {
        pattern: None,
        extract: None,
        order: TagOrder::Semver("1.x".into()),
    };
    let found = values(
        &ServiceSpec {
            policy: Some(policy),
            ..spec()
        },
        &conventions,
    );
    assert_eq!(found["path"], "./apps/romm");
    assert_eq!(
        found["source"],
        json!({"kind": "OCIRepository", "name": "home", "namespace": "flux"})
    );
    assert_eq!(found["image_namespace"], Value::Null);
    assert_eq!(found["policy_name"], "romm");
    assert_eq!(found["policy"]["range"], "1.x");
}

/// The page lists every template and every value, and no other.
#[test]
fn the_page_is_complete() {
    let page = include_str!("../../../docs/templates.md");
    let rows = |heading: &str| {
        let section = page
            .split("\n## ")
            .find(|s| s.starts_with(heading))
            .unwrap();
        let cells = section
            .lines()
            .filter_map(|l| l.strip_prefix("| `")?.split_once('`'));
        cells.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    let mut templates: Vec<_> = crate::scaffold::template::names()
        .map(str::to_owned)
        .collect();
    let mut listed = rows("The templates");
    templates.sort();
    listed.sort();
    assert_eq!(listed, templates);
    let known = values(&spec(), &Conventions::default());
    let mut known: Vec<_> = known.as_object().unwrap().keys().cloned().collect();
    let mut listed = rows("The values");
    known.sort();
    listed.sort();
    assert_eq!(listed, known);
}

#[test]
fn charts_label_their_pods_themselves() {
    let spec = ServiceSpec {
        workload: Workload::AppTemplate,
        ..spec()
    };
    let mut conventions = Conventions::default();
    conventions.files.selector = learnt(pairs(&[("app", "{name}")]), 3, 3);
    let found = values(&spec, &conventions);
    assert_eq!(
        found["selector"],
        json!({"app.kubernetes.io/instance": "romm"})
    );
    // Without an example its chart is its own, and gets written.
    assert_eq!(found["chart"]["source"], "romm");
}

#[test]
fn labels_of_one_sibling_alone_are_not_taken() {
    let mut conventions = Conventions::default();
    conventions.files.labels = learnt(pairs(&[("app", "romm-loadtester")]), 1, 4);
    assert_eq!(
        values(&spec(), &conventions)["labels"],
        json!({"app": "romm"})
    );
}
