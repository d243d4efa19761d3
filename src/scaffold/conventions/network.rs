//! How services are reached: Service, Ingress, HTTPRoute, and the values of Helm charts that make them.

use crate::manifest::{Node, Place, ScalarStyle};

use super::learnt::{Learnt, Siblings};
use super::sibling::{Sibling, host_pattern, placed};

/// How services are reached. `{name}` stands for the name of the service.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The kind that exposes a service: `Ingress`, `HTTPRoute`, `IngressRoute`.
    pub kind: Option<Learnt<String>>,
    /// The ingress class.
    pub class: Option<Learnt<String>>,
    /// The annotation of an Ingress that names its issuer, and the issuer.
    pub issuer: Option<Learnt<(String, String)>>,
    /// The other annotations that an Ingress has, as written.
    pub annotations: Option<Learnt<Vec<(String, String)>>>,
    /// The host.
    pub host: Option<Learnt<String>>,
    /// How the host is written.
    pub host_style: Option<Learnt<ScalarStyle>>,
    /// The Secret with the certificate.
    pub tls_secret: Option<Learnt<String>>,
    /// The Gateway of an HTTPRoute, as (namespace, name); the namespace is empty where none is written.
    pub gateway: Option<Learnt<(String, String)>>,
    /// `type` of a Service; `None` where it is left out.
    pub service_type: Option<Learnt<Option<String>>>,
    /// `loadBalancerClass` of a Service.
    pub load_balancer_class: Option<Learnt<String>>,
    /// The name of a Service's first port.
    pub port_name: Option<Learnt<String>>,
    /// The number of a Service's first port.
    pub port: Option<Learnt<String>>,
    /// The same of Services that are reached from outside.
    pub port_behind: Option<Learnt<String>>,
}

impl Network {
    pub(super) fn learn(circle: &Siblings<'_>) -> Self {
        let port = ["spec", "ports"];
        let of_port = |s: &Sibling<'_>, key: &str| {
            let mut services = s.of_kind("Service");
            services.find_map(|n| placed(n.at_path(&port)?.items()?.first()?.get(key)?))
        };
        Network {
            kind: circle.learn(|s| door(s).map(|d| (d.kind.to_owned(), d.spec.place))),
            class: circle.learn(class),
            issuer: circle.learn(issuer),
            annotations: circle.learn(annotations),
            host: circle.learn(|s| {
                let host = host(s)?;
                Some((host_pattern(host.text()?, s.name()), host.place))
            }),
            host_style: circle.learn(|s| host(s).and_then(|h| Some((h.scalar()?.style, h.place)))),
            tls_secret: circle.learn(tls_secret),
            gateway: circle.learn(gateway),
            service_type: circle.learn(service_type),
            load_balancer_class: circle
                .learn(|s| s.text("Service", &["spec", "loadBalancerClass"])),
            port_name: circle.learn(|s| of_port(s, "name")),
            port: circle.learn(|s| of_port(s, "port")),
            port_behind: circle.learn(|s| host(s).and_then(|_| of_port(s, "port"))),
        }
    }
}

/// What lets people in: an object, or the values of a chart that have the same fields.
struct Door<'s> {
    kind: &'static str,
    /// The object's metadata, or what stands for it in values.
    metadata: &'s Node,
    spec: &'s Node,
}

fn door<'s>(sibling: &'s Sibling<'_>) -> Option<Door<'s>> {
    for kind in ["Ingress", "HTTPRoute", "IngressRoute"] {
        let object = sibling
            .of_kind(kind)
            .find_map(|n| Some((n.get("metadata")?, n.get("spec")?)));
        if let Some((metadata, spec)) = object {
            return Some(Door {
                kind,
                metadata,
                spec,
            });
        }
    }
    let mut releases = sibling.of_kind("HelmRelease");
    releases.find_map(|release| {
        let values = release.at_path(&["spec", "values"])?;
        let ingress = ["ingress", "route"]
            .into_iter()
            .find_map(|key| Some((key, values.get(key)?)));
        let (key, node) = ingress?;
        let kind = if key == "ingress" {
            "Ingress"
        } else {
            "HTTPRoute"
        };
        let spec = door_in(node)?;
        Some(Door {
            kind,
            metadata: spec,
            spec,
        })
    })
}

/// Returns the mapping with hosts in the values of a chart: directly, or below a name (app-template).
fn door_in(node: &Node) -> Option<&Node> {
    let has_hosts = |n: &Node| {
        let fields = ["hosts", "hostnames", "host", "hostname"];
        fields
            .iter()
            .any(|key| n.get(key).is_some_and(|v| !v.is_null()))
    };
    if has_hosts(node) {
        return Some(node);
    }
    let below = node.entries()?.iter().map(|e| &e.value);
    below.into_iter().find(|n| has_hosts(n))
}

fn class(sibling: &Sibling<'_>) -> Option<(String, Place)> {
    let door = door(sibling).filter(|d| d.kind == "Ingress")?;
    let fields = ["ingressClassName", "className"];
    let class = fields
        .into_iter()
        .find_map(|key| placed(door.spec.get(key)?));
    let annotation = ["annotations", "kubernetes.io/ingress.class"];
    class.or_else(|| placed(door.metadata.at_path(&annotation)?))
}

const ISSUERS: [&str; 2] = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer"];

fn issuer(sibling: &Sibling<'_>) -> Option<((String, String), Place)> {
    let door = door(sibling)?;
    let annotations = door.metadata.get("annotations")?;
    ISSUERS.into_iter().find_map(|key| {
        let (value, place) = placed(annotations.get(key)?)?;
        Some(((key.to_owned(), value), place))
    })
}

fn annotations(sibling: &Sibling<'_>) -> Option<(Vec<(String, String)>, Place)> {
    let door = door(sibling).filter(|d| d.kind == "Ingress")?;
    let Some(node) = door.metadata.get("annotations") else {
        return Some((Vec::new(), door.spec.place));
    };
    let pairs = node.entries().unwrap_or_default().iter().filter_map(|e| {
        let key = e.key.text().filter(|key| !ISSUERS.contains(key))?;
        Some((key.to_owned(), sibling.pattern(e.value.text()?)))
    });
    Some((pairs.collect(), node.place))
}

/// Returns the first host under which a sibling is reached.
pub(super) fn host<'s>(sibling: &'s Sibling<'_>) -> Option<&'s Node> {
    let spec = door(sibling)?.spec;
    let first = |key: &str| spec.get(key)?.items()?.first();
    let in_item = |key: &str| first(key)?.get("host");
    let scalars = [
        in_item("rules"),
        in_item("hosts"),
        first("hosts"),
        first("hostnames"),
        spec.get("host"),
        spec.get("hostname"),
    ];
    let found = scalars
        .into_iter()
        .flatten()
        .find(|n| n.text().is_some_and(|t| !t.is_empty()));
    found.or_else(|| first("tls")?.get("hosts")?.items()?.first())
}

fn tls_secret(sibling: &Sibling<'_>) -> Option<(String, Place)> {
    let spec = door(sibling)?.spec;
    let (name, place) = placed(spec.get("tls")?.items()?.first()?.get("secretName")?)?;
    Some((sibling.pattern(&name), place))
}

fn gateway(sibling: &Sibling<'_>) -> Option<((String, String), Place)> {
    let parent = door(sibling)?.spec.get("parentRefs")?.items()?.first()?;
    let (name, place) = placed(parent.get("name")?)?;
    let namespace = parent.text_at(&["namespace"]).unwrap_or_default();
    Some(((namespace.to_owned(), name), place))
}

fn service_type(sibling: &Sibling<'_>) -> Option<(Option<String>, Place)> {
    let service = sibling.of_kind("Service").next()?;
    match service.at_path(&["spec", "type"]) {
        Some(node) => Some((node.text().map(str::to_owned), node.place)),
        None => Some((None, service.place)),
    }
}
