use serde_json::{Value as Json, json};

use super::*;
use crate::manifest::{Node, Schema};
use crate::scaffold::conventions::Conventions;
use crate::scaffold::spec::{
    Claim, Image, Ingress, Nfs, Placement, Resources, SecretKey, ServiceSpec, TagChoice, TagOrder,
    Workload,
};
use crate::scaffold::values::values;

fn small() -> ServiceSpec {
    ServiceSpec {
        name: "romm".into(),
        namespace: "games".into(),
        image: Image {
            repository: "ghcr.io/me/romm".into(),
            tag: "1.10".into(),
        },
        ..ServiceSpec::default()
    }
}

/// Everything that can be asked for, with values that try to break out of YAML.
fn large() -> ServiceSpec {
    let env = [
        ("ON", "yes"),
        ("HASH", "#x"),
        ("LINES", "a: b\n---\n- c #?\n"),
        ("BRACES", "{{ name }} {% raw %} ${HOME}"),
        ("QUOTES", "'\"\\"),
        ("WIDE", "Grüße \u{1F389}\u{2028}"),
        ("STAR", "*anchor"),
        ("NUMBER", "0123"),
        ("EMPTY", ""),
    ];
    ServiceSpec {
        workload: Workload::Deployment,
        schedule: Some("*/5 * * * *".into()),
        port: Some(8080),
        host: Some("romm.example.dev".into()),
        ingress: Ingress::Nginx,
        env: env.map(|(k, v)| (k.into(), v.into())).into(),
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
        resources: Resources::Medium,
        placement: Some(Placement::Prefer("worker".into())),
        run_as: Some(1000),
        pull_secret: Some("ghcr-pull".into()),
        policy: Some(TagChoice {
            pattern: Some("^v(?P<v>.*)$".into()),
            extract: Some("$v".into()),
            order: TagOrder::Semver(">=1.0.0".into()),
        }),
        ..small()
    }
}

/// What siblings would have told.
fn learnt(values: &mut Json) {
    let more = json!({
        "marker": "flux-system:romm",
        "issuer": {"annotation": "cert-manager.io/cluster-issuer", "name": "letsencrypt"},
        "annotations": {"cert-manager.io/cluster-issuer": "letsencrypt", "a/b": "yes"},
        "tls_secret": "romm-tls",
        "gateway": {"name": "internal", "namespace": "network"},
        "store": {"kind": "ClusterSecretStore", "name": "onepassword"},
        "path": "./apps/romm",
        "resources": ["namespace.yaml", "deployment.yaml"],
        "depends_on": [{"name": "ingress", "namespace": null}],
        "ingress_class": "nginx",
    });
    crate::scaffold::values::merge(values, more);
}

fn render(name: &str, spec: &ServiceSpec) -> (String, Json) {
    let mut values = values(spec, &Conventions::default());
    learnt(&mut values);
    let rendered = Templates::default().render(name, &values).unwrap();
    let text = without_tags(&rendered.text);
    (rendered.text, read(&text))
}

fn read(text: &str) -> Json {
    let file = SourceFile::parse(FileId::NONE, "a.yaml", text);
    assert!(file.errors.is_empty(), "{text}\n{:?}", file.errors);
    let root: &Node = file.documents[0].root.as_ref().unwrap();
    root.to_json(Schema::Kubernetes).unwrap()
}

fn whole() -> impl Iterator<Item = &'static str> {
    names().filter(|name| !name.starts_with("parts/"))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the folder is the project's own")]
fn the_table_is_the_folder() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut files = Vec::new();
    for folder in ["", "parts/"] {
        for entry in root.join(folder).read_dir().unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            // What `init` writes is no template: it has a table of its own.
            let is_template = !["parts", "init"].contains(&name.as_str());
            files.extend(is_template.then(|| format!("{folder}{name}")));
        }
    }
    files.sort();
    assert_eq!(names().collect::<Vec<_>>(), files);
}

#[test]
fn every_template_is_short_and_gives_one_object() {
    for name in names() {
        let lines = table::text(name).unwrap();
        assert!(lines.lines().count() <= 70, "{name}");
    }
    for name in whole() {
        let mut large = large();
        if name == "helmrelease-onechart.yaml" {
            large.nfs.clear();
        }
        let (text, object) = render(name, &large);
        assert!(object.is_object(), "{name}");
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{name}");
        assert!(
            !text.contains("\n\n") || name == "publish-workflow.yaml",
            "{name}:\n{text}"
        );
        assert!(text.lines().all(|l| l.trim_end() == l), "{name}:\n{text}");
    }
}

#[test]
fn a_small_deployment_has_no_more_than_it_needs() {
    let (text, object) = render("deployment.yaml", &small());
    let spec = &object["spec"]["template"]["spec"];
    let container = &spec["containers"][0];
    assert_eq!(
        object["metadata"],
        json!({"labels": {"app": "romm"}, "name": "romm", "namespace": "games"})
    );
    assert_eq!(
        object["spec"]["selector"]["matchLabels"],
        json!({"app": "romm"})
    );
    assert_eq!(object["spec"]["strategy"], Json::Null);
    assert_eq!(container["image"], "ghcr.io/me/romm:1.10");
    assert_eq!(container["resources"]["limits"], json!({"memory": "128Mi"}));
    assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
    for absent in ["ports", "env", "envFrom", "volumeMounts", "readinessProbe"] {
        assert_eq!(container[absent], Json::Null, "{absent}");
    }
    assert!(
        text.contains("image: ghcr.io/me/romm:1.10 # {\"$imagepolicy\": \"flux-system:romm\"}\n")
    );
    assert!(text.contains("resources: #?\n") && text.contains("replicas: 1 #?\n"));
}

#[test]
fn a_large_deployment_has_all_that_was_asked_for() {
    let (text, object) = render("deployment.yaml", &large());
    let spec = &object["spec"]["template"]["spec"];
    let container = &spec["containers"][0];
    assert_eq!(object["spec"]["strategy"], json!({"type": "Recreate"}));
    let env = large()
        .env
        .into_iter()
        .map(|(k, v)| json!({"name": k, "value": v}));
    assert_eq!(container["env"], Json::Array(env.collect()));
    assert_eq!(
        container["ports"],
        json!([{"containerPort": 8080, "name": "http"}])
    );
    assert_eq!(
        container["livenessProbe"]["httpGet"],
        json!({"path": "/healthz", "port": "http"})
    );
    assert_eq!(
        container["envFrom"],
        json!([{"secretRef": {"name": "romm-secrets"}}, {"secretRef": {"name": "romm-sealed"}}])
    );
    let mounts =
        json!([{"mountPath": "/data", "name": "data"}, {"mountPath": "/media", "name": "media"}]);
    assert_eq!(container["volumeMounts"], mounts);
    assert_eq!(
        spec["volumes"][0]["persistentVolumeClaim"]["claimName"],
        "romm-data"
    );
    assert_eq!(
        spec["volumes"][1]["nfs"],
        json!({"path": "/srv/media", "server": "nas.lan"})
    );
    assert_eq!(spec["securityContext"]["fsGroup"], 1000);
    let term =
        &spec["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"][0];
    let expression = &term["preference"]["matchExpressions"][0];
    assert_eq!(
        *expression,
        json!({"key": "node-role.kubernetes.io/worker", "operator": "Exists"})
    );
    // What was asked for stays.
    assert!(
        text.contains("readinessProbe:\n") && text.contains("resources:\n"),
        "{text}"
    );
    assert!(text.contains("runAsNonRoot: true\n"));
}

#[test]
fn root_gets_no_promise_that_it_cannot_keep() {
    let spec = ServiceSpec {
        run_as: Some(0),
        placement: Some(Placement::Node("pi-1".into())),
        ..small()
    };
    let (_, object) = render("deployment.yaml", &spec);
    let pod = &object["spec"]["template"]["spec"];
    assert_eq!(pod["securityContext"]["runAsUser"], 0);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], Json::Null);
    assert_eq!(pod["securityContext"]["fsGroup"], Json::Null);
    assert_eq!(
        pod["containers"][0]["securityContext"],
        json!({"allowPrivilegeEscalation": false})
    );
    assert_eq!(
        pod["nodeSelector"],
        json!({"kubernetes.io/hostname": "pi-1"})
    );
}

#[test]
fn other_workloads() {
    let stateful = ServiceSpec {
        workload: Workload::StatefulSet,
        ..large()
    };
    let (_, object) = render("statefulset.yaml", &stateful);
    assert_eq!(object["spec"]["serviceName"], "romm");
    let claims = &object["spec"]["volumeClaimTemplates"];
    assert_eq!(claims[0]["metadata"]["name"], "data");
    assert_eq!(claims[0]["spec"]["resources"]["requests"]["storage"], "5Gi");
    let volumes = &object["spec"]["template"]["spec"]["volumes"];
    assert_eq!(volumes.as_array().map(Vec::len), Some(1));
    let cron = ServiceSpec {
        workload: Workload::CronJob,
        ..large()
    };
    let (_, object) = render("cronjob.yaml", &cron);
    assert_eq!(object["spec"]["schedule"], "*/5 * * * *");
    let pod = &object["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(pod["restartPolicy"], "OnFailure");
    assert_eq!(pod["containers"][0]["ports"], Json::Null);
}

#[test]
fn charts_get_values_of_their_own_shape() {
    let app = ServiceSpec {
        workload: Workload::AppTemplate,
        ..large()
    };
    let (text, object) = render("helmrelease-app-template.yaml", &app);
    let values = &object["spec"]["values"];
    let container = &values["controllers"]["romm"]["containers"]["app"];
    assert_eq!(
        object["spec"]["chartRef"],
        json!({"kind": "OCIRepository", "name": "romm"})
    );
    assert_eq!(
        container["image"],
        json!({"repository": "ghcr.io/me/romm", "tag": "1.10"})
    );
    assert_eq!(container["env"]["LINES"], "a: b\n---\n- c #?\n");
    let braces = "{{ \"{{\" }} name }} {% raw %} ${HOME}";
    assert_eq!(container["env"]["BRACES"], braces);
    assert_eq!(values["service"]["app"]["ports"]["http"]["port"], 8080);
    assert_eq!(values["ingress"]["app"]["tls"][0]["secretName"], "romm-tls");
    assert_eq!(values["persistence"]["data"]["existingClaim"], "romm-data");
    assert!(text.contains("tag: \"1.10\" # {\"$imagepolicy\": \"flux-system:romm:tag\"}\n"));
    let route = ServiceSpec {
        ingress: Ingress::Gateway,
        ..app
    };
    let (_, object) = render("helmrelease-app-template.yaml", &route);
    let route = &object["spec"]["values"]["route"]["app"];
    assert_eq!(
        route["parentRefs"],
        json!([{"name": "internal", "namespace": "network"}])
    );
    let one = ServiceSpec {
        workload: Workload::OneChart,
        nfs: Vec::new(),
        ..large()
    };
    let (_, object) = render("helmrelease-onechart.yaml", &one);
    assert_eq!(object["spec"]["chart"]["spec"]["chart"], "onechart");
    assert_eq!(
        object["spec"]["values"]["volumes"][0]["existingClaim"],
        "romm-data"
    );
    let secrets = json!([{"name": "romm-secrets"}, {"name": "romm-sealed"}]);
    assert_eq!(object["spec"]["values"]["existingSecrets"], secrets);
    assert_eq!(
        object["spec"]["values"]["ingress"]["secretName"],
        "romm-tls"
    );
    assert_eq!(object["spec"]["values"]["resources"]["limits"]["cpu"], "1");
}

#[test]
fn doors_lead_to_the_service() {
    let (_, service) = render("service.yaml", &large());
    let port = json!({"name": "http", "port": 80, "targetPort": "http"});
    assert_eq!(service["spec"]["ports"], json!([port]));
    assert_eq!(service["spec"]["selector"], json!({"app": "romm"}));
    let backend = json!({"name": "romm", "port": {"number": 80}});
    for name in ["ingress-nginx.yaml", "ingress-traefik.yaml"] {
        let (_, ingress) = render(name, &large());
        let rule = &ingress["spec"]["rules"][0];
        assert_eq!(rule["http"]["paths"][0]["backend"]["service"], backend);
        assert_eq!(ingress["metadata"]["annotations"]["a/b"], "yes", "{name}");
        assert_eq!(
            ingress["spec"]["tls"][0],
            json!({"hosts": ["romm.example.dev"], "secretName": "romm-tls"})
        );
    }
    let (_, ingress) = render("ingress-tailscale.yaml", &large());
    assert_eq!(ingress["spec"]["defaultBackend"]["service"], backend);
    assert_eq!(ingress["spec"]["tls"], json!([{"hosts": ["romm"]}]));
    let (_, route) = render("httproute.yaml", &large());
    assert_eq!(
        route["spec"]["rules"][0]["backendRefs"],
        json!([{"name": "romm", "port": 80}])
    );
}

#[test]
fn objects_of_flux() {
    let (_, policy) = render("image-policy.yaml", &large());
    assert_eq!(
        policy["spec"]["filterTags"],
        json!({"extract": "$v", "pattern": "^v(?P<v>.*)$"})
    );
    assert_eq!(
        policy["spec"]["policy"],
        json!({"semver": {"range": ">=1.0.0"}})
    );
    let (_, repository) = render("image-repository.yaml", &large());
    assert_eq!(
        repository["spec"]["secretRef"],
        json!({"name": "ghcr-pull"})
    );
    let (_, automation) = render("image-update-automation.yaml", &large());
    let message = &automation["spec"]["git"]["commit"]["messageTemplate"];
    assert_eq!(
        *message,
        "chore(images): update{{ range .Changed.Changes }} {{ .NewValue }}{{ end }}\n"
    );
    let (_, unit) = render("flux-kustomization.yaml", &large());
    assert_eq!(unit["spec"]["path"], "./apps/romm");
    assert_eq!(unit["spec"]["dependsOn"], json!([{"name": "ingress"}]));
    let (_, list) = render("kustomization.yaml", &large());
    assert_eq!(
        list["resources"],
        json!(["namespace.yaml", "deployment.yaml"])
    );
    let (_, secret) = render("external-secret.yaml", &large());
    let row = json!({"remoteRef": {"key": "romm", "property": "token"}, "secretKey": "TOKEN"});
    assert_eq!(secret["spec"]["data"], json!([row]));
}

#[test]
fn what_is_not_known_is_asked_for() {
    let values = values(&small(), &Conventions::default());
    let of = |name: &str| {
        Templates::default()
            .render(name, &values)
            .unwrap_err()
            .to_string()
    };
    assert!(
        of("httproute.yaml").starts_with("no Gateway is known"),
        "{}",
        of("httproute.yaml")
    );
    assert!(of("external-secret.yaml").ends_with("name one that has with --like"));
    assert_eq!(
        of("pvc.yaml"),
        "templates/pvc.yaml:4: `claim.name` has no value"
    );
    assert_eq!(
        of("cronjob.yaml"),
        "templates/cronjob.yaml:10: `schedule` has no value"
    );
    assert!(of("nothing.yaml").contains("nothing.yaml"));
}

fn own(files: &[(&str, &str)], name: &str) -> Result<Rendered, String> {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let values = values(&small(), &Conventions::default());
    let rendered = Templates::new(files.collect()).render(name, &values);
    rendered.map_err(|error| error.to_string())
}

#[test]
fn own_templates_win() {
    let text = "---\nkind: Namespace\nname: {{ namespace }} #~\nb: c #=\nimage: {{ image.tag }} # {{ name }} #?\n";
    let rendered = own(&[("namespace.yaml", text)], "namespace.yaml").unwrap();
    assert!(rendered.is_own);
    assert_eq!(
        rendered.text,
        "kind: Namespace\nname: games\nb: c\nimage: \"1.10\" # romm\n"
    );
    let part = own(
        &[("parts/labels.yaml", "mine: {{ name }}\n")],
        "deployment.yaml",
    )
    .unwrap();
    assert!(!part.is_own);
    assert!(
        part.text.contains("    matchLabels:\n      mine: romm\n"),
        "{}",
        part.text
    );
}

#[test]
fn mistakes_in_own_templates_have_a_place() {
    let fails = |text: &str| own(&[("a.yaml", text)], "a.yaml").unwrap_err();
    let place = ".homelab/templates/a.yaml";
    assert_eq!(
        fails("a: b\nc: {{ nmae }}\n"),
        format!("{place}:2: `nmae` has no value")
    );
    assert_eq!(
        fails("a: {{ name }}{{ image.tga | yaml }}\n"),
        format!("{place}:1: `image.tga` has no value")
    );
    assert_eq!(
        fails("a: {{ host }}\n"),
        format!("{place}:1: `host` has no value")
    );
    assert!(fails("a: b\n{% if %}\n").starts_with(&format!("{place}:2: ")));
    assert!(fails("a: b\nc: {{ name | nofilter }}\n").starts_with(&format!("{place}:2: ")));
    let yaml = fails("{# long\ncomment #}\na: b\nc: [{{ name }}\n");
    assert!(
        yaml.starts_with(&format!("{place}:")) && yaml.contains("gives no YAML"),
        "{yaml}"
    );
    assert_eq!(
        fails("a: b\n---\nc: d\n"),
        format!("{place}:3: gives several documents, and one is expected")
    );
    assert_eq!(fails("# nothing\n"), format!("{place}:1: gives no object"));
    assert_eq!(fails("- a\n"), format!("{place}:1: gives no object"));
    let endless = fails("{% include \"a.yaml\" %}\n");
    assert!(endless.starts_with(place), "{endless}");
    let part = own(&[("parts/labels.yaml", "a: {{ x }}\n")], "service.yaml").unwrap_err();
    assert_eq!(
        part,
        ".homelab/templates/parts/labels.yaml:1: `x` has no value"
    );
}
