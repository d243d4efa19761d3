//! The values that templates are filled with: those of the new service, and what was learnt beside.

mod shapes;

use serde_json::{Map, Value, json};

use super::conventions::{Conventions, Learnt};
use super::names::NAME;
use super::spec::{Ingress, Placement, Resources, ServiceSpec, TagOrder, Workload};
use shapes::{claim, folders, secret, source, usage};

/// Where Flux itself lives unless siblings say otherwise.
const FLUX: &str = "flux-system";

/// Returns every value that a template may use, as an object; `docs/templates.md` lists them. What there is none of is
/// `null`. Templates that write a part of something need more, which whoever writes them adds.
pub fn values(spec: &ServiceSpec, conventions: &Conventions) -> Value {
    let known = Known { spec, conventions };
    let parts = [
        known.identity(),
        known.workload(),
        known.pod(),
        known.storage(),
        known.secrets(),
        known.network(),
        known.images(),
        known.flux(),
    ];
    let entries = parts.into_iter().filter_map(|part| match part {
        Value::Object(entries) => Some(entries),
        _ => None,
    });
    Value::Object(entries.flatten().collect())
}

/// Puts the entries of one object over those of another.
pub(super) fn merge(values: &mut Value, more: Value) {
    if let (Value::Object(values), Value::Object(more)) = (values, more) {
        values.extend(more);
    }
}

struct Known<'a> {
    spec: &'a ServiceSpec,
    conventions: &'a Conventions,
}

impl Known<'_> {
    fn identity(&self) -> Value {
        let files = &self.conventions.files;
        let selector = self.selector();
        // What one sibling alone has may be about that sibling.
        let about_all = |l: &&Learnt<Vec<(String, String)>>| {
            l.agree > 1 || l.value.iter().all(|(_, value)| value.contains(NAME))
        };
        let labels = files.labels.as_ref().filter(about_all);
        let labels = labels.map(|l| self.pairs(&l.value));
        let of_namespace = files.namespace_labels.as_ref();
        json!({
            "name": self.spec.name,
            "namespace": self.spec.namespace,
            "namespace_written": files.namespace_written.as_ref().is_none_or(|l| l.value),
            "namespace_labels": of_namespace.map_or_else(|| json!({}), |l| self.pairs(&l.value)),
            "description": self.spec.description,
            "labels": labels.filter(|l| *l != json!({})).unwrap_or_else(|| selector.clone()),
            "selector": selector,
        })
    }

    /// Returns the labels by which its pods are found: those of the siblings, if they tell services apart.
    fn selector(&self) -> Value {
        // Every chart has this label, whatever else it calls its pods.
        if matches!(
            self.spec.workload,
            Workload::AppTemplate | Workload::OneChart
        ) {
            return json!({ "app.kubernetes.io/instance": self.spec.name });
        }
        let learnt = self.conventions.files.selector.as_ref();
        let telling = learnt.filter(|l| l.value.iter().any(|(_, value)| value.contains(NAME)));
        match telling {
            Some(learnt) => self.pairs(&learnt.value),
            None => json!({ "app": self.spec.name }),
        }
    }

    fn workload(&self) -> Value {
        let usage = usage(self.spec.resources);
        let asked = self.spec.resources != Resources::default();
        let mebibytes = |n: u32| format!("{n}Mi");
        json!({
            "workload": format!("{:?}", self.spec.workload),
            "schedule": self.spec.schedule,
            "image": {
                "repository": self.spec.image.repository,
                "tag": self.spec.image.tag,
                "reference": format!("{}:{}", self.spec.image.repository, self.spec.image.tag),
            },
            "requests": usage.map(|(cpu, least, _)| json!({"cpu": cpu, "memory": mebibytes(least)})),
            "limits": usage.map(|(_, _, most)| json!({"memory": mebibytes(most)})),
            "resources_asked": asked,
            "quota": usage.map(|(_, least, most)| json!({
                "cpu": "1",
                "requests": mebibytes(least * 2),
                "limits": mebibytes(most * 2),
            })),
            "chart": self.chart(),
        })
    }

    fn pod(&self) -> Value {
        let (node, role) = match &self.spec.placement {
            None => (None, None),
            Some(Placement::Node(node)) => (Some(node), None),
            Some(Placement::Prefer(role)) => (None, Some(role)),
        };
        let env = self.spec.env.iter();
        let env = env.map(|(name, value)| json!({"name": name, "value": value}));
        json!({
            "env": env.collect::<Vec<_>>(),
            "probe": self.spec.probe,
            "node": node,
            "prefer_role": role,
            "run_as": self.spec.run_as,
            "pull_secret": self.spec.pull_secret,
        })
    }

    fn storage(&self) -> Value {
        let pods = &self.conventions.pods;
        let name = &self.spec.name;
        let claims: Vec<Value> = self.spec.claims.iter().map(|c| claim(name, c)).collect();
        let class = pods.storage_class.as_ref().and_then(|l| l.value.clone());
        let mode = pods.access_mode.as_ref();
        json!({
            "claim": claims.first(),
            "claims": claims,
            "access_mode": mode.map_or("ReadWriteOnce", |l| l.value.as_str()),
            "storage_class": class,
            "nfs": folders(&self.spec.nfs, &self.spec.claims),
        })
    }

    fn secrets(&self) -> Value {
        let secrets = &self.conventions.secrets;
        let name = self.named(secrets.target.as_ref(), "{name}-secrets");
        let external = (!self.spec.secrets.is_empty()).then(|| name.clone());
        let sealed = (!self.spec.sealed.is_empty()).then(|| match external {
            Some(_) => format!("{}-sealed", self.spec.name),
            None => name,
        });
        // Without an example the field has a key of its own, as most stores want it.
        let property = secrets.property.as_ref().is_none_or(|l| l.value);
        let rows = self.spec.secrets.iter().map(|s| secret(s, property));
        let from = external.iter().chain(&sealed);
        json!({
            "env_from": from.collect::<Vec<_>>(),
            "secret_name": external.as_ref().or(sealed.as_ref()),
            "secrets": rows.collect::<Vec<_>>(),
            "secret_property": property,
            "sealed_name": sealed,
            "sealed": self.spec.sealed,
            "store": secrets.store.as_ref().map(|l| json!({"kind": l.value.0, "name": l.value.1})),
        })
    }

    fn network(&self) -> Value {
        let network = &self.conventions.network;
        let issuer = network.issuer.as_ref();
        let (class, namespace) = self.door();
        let port_name = network
            .port_name
            .as_ref()
            .map_or("http", |l| l.value.as_str());
        let gateway = network.gateway.as_ref().map(|l| {
            let (namespace, name) = &l.value;
            json!({"name": name, "namespace": Some(namespace).filter(|n| !n.is_empty())})
        });
        let first = self.spec.host.as_deref().and_then(|h| h.split('.').next());
        json!({
            "ingress": format!("{:?}", self.spec.ingress),
            "port": self.spec.port,
            "port_name": port_name,
            "service_port": self.service_port(),
            "target_port": port_name,
            "host": self.spec.host,
            "tailscale_host": first.unwrap_or(&self.spec.name),
            "ingress_class": class,
            "ingress_namespace": namespace,
            "issuer": issuer.map(|l| json!({"annotation": l.value.0, "name": l.value.1})),
            "annotations": self.annotations(),
            "tls_secret": self.tls_secret(),
            "gateway": gateway,
        })
    }

    /// Returns the class of its Ingress, and the namespace of what serves it where it usually is.
    fn door(&self) -> (Option<String>, Option<String>) {
        let (usual, namespace) = match self.spec.ingress {
            Ingress::None => return (None, None),
            Ingress::Nginx => ("nginx", "ingress-nginx"),
            Ingress::Traefik => ("traefik", "kube-system"),
            Ingress::Tailscale => ("tailscale", "tailscale"),
            Ingress::Gateway => {
                let gateway = self.conventions.network.gateway.as_ref();
                let namespace = gateway.map(|l| l.value.0.clone());
                return (None, namespace.filter(|n| !n.is_empty()));
            }
        };
        let learnt = self.conventions.network.class.as_ref().map(|l| &l.value);
        let others = ["nginx", "traefik", "tailscale"]
            .into_iter()
            .filter(|o| *o != usual);
        let fits = |class: &&String| !others.clone().any(|other| class.contains(other));
        let class = learnt.filter(fits).cloned();
        let class = class.unwrap_or_else(|| usual.to_owned());
        (Some(class), Some(namespace.to_owned()))
    }

    /// Returns the annotations of what brings requests: its issuer, and what the service was given.
    fn annotations(&self) -> Value {
        let has_issuer = matches!(self.spec.ingress, Ingress::Nginx | Ingress::Traefik);
        let issuer = self.conventions.network.issuer.as_ref();
        let issuer = issuer.filter(|_| has_issuer).map(|l| l.value.clone());
        let all = issuer.into_iter().chain(self.spec.annotations.clone());
        Value::Object(all.map(|(key, value)| (key, json!(value))).collect())
    }

    /// Returns the Secret with its certificate, where somebody makes one.
    fn tls_secret(&self) -> Option<String> {
        let network = &self.conventions.network;
        match (&network.issuer, &network.tls_secret) {
            (None, None) => None,
            (None, Some(learnt)) => Some(self.fill(&learnt.value)),
            (Some(_), learnt) => Some(self.named(learnt.as_ref(), "{name}-tls")),
        }
    }

    /// Returns the port of its Service: where it has a host the one that most siblings have, 80 where there are none; else
    /// its own.
    fn service_port(&self) -> Option<u16> {
        let own = self.spec.port?;
        if let Some(written) = self.spec.service_port {
            return Some(written);
        }
        // What nobody asks from outside keeps the port that its kind of server has (5432, 6379), unless many say otherwise.
        let inside = self.spec.host.is_none();
        let network = &self.conventions.network;
        let behind = network.port_behind.as_ref().filter(|_| !inside);
        let learnt = behind.or(network.port.as_ref());
        let Some(learnt) = learnt.filter(|l| !inside || l.of > 2) else {
            return Some(if inside { own } else { 80 });
        };
        let usual = learnt.value.parse().ok();
        Some(
            usual
                .filter(|_| learnt.agree * 2 > learnt.of)
                .unwrap_or(own),
        )
    }

    fn images(&self) -> Value {
        let images = &self.conventions.images;
        let namespace = match &images.namespace {
            Some(learnt) => learnt.value.as_ref().map(|n| self.fill(n)),
            None => Some(self.flux_namespace()),
        };
        let policy = self.spec.policy.as_ref().map(|choice| {
            let (order, range) = match &choice.order {
                TagOrder::Semver(range) => ("semver", Some(range)),
                TagOrder::Numerical => ("numerical", None),
                TagOrder::Alphabetical => ("alphabetical", None),
            };
            json!({"pattern": choice.pattern, "extract": choice.extract, "order": order, "range": range})
        });
        let automation = images
            .automation
            .as_ref()
            .map_or(FLUX, |l| l.value.as_str());
        let path = images
            .update_path
            .as_ref()
            .map_or("./", |l| l.value.as_str());
        json!({
            "marker": null,
            "policy": policy,
            "image_namespace": namespace,
            "repository_name": self.named(images.repository.as_ref(), NAME),
            "policy_name": self.named(images.policy.as_ref(), NAME),
            "automation_name": self.fill(automation),
            "update_path": self.fill(path),
            "branch": "main",
            "workflow_image": self.workflow_image(),
        })
    }

    /// Returns the image that a workflow pushes to ghcr.io: the service's own if it is there, else that of the repository.
    fn workflow_image(&self) -> String {
        let image = &self.spec.image.repository;
        match image.starts_with("ghcr.io/") {
            true => image.clone(),
            false => "ghcr.io/${{ github.repository }}".to_owned(),
        }
    }

    fn flux(&self) -> Value {
        let unit = &self.conventions.unit;
        let text = |learnt: &Option<Learnt<Option<String>>>| {
            let value = learnt.as_ref().and_then(|l| l.value.as_deref());
            value.map(|text| self.fill(text))
        };
        json!({
            "flux_namespace": self.flux_namespace(),
            "unit_name": text(&unit.name).unwrap_or_else(|| self.spec.name.clone()),
            "path": text(&unit.path),
            "target_namespace": text(&unit.target_namespace),
            "depends_on": [],
            "source": text(&unit.source).map_or_else(|| source(""), |yaml| source(&yaml)),
            "resources": [],
            "kustomization_namespace": null,
        })
    }

    fn flux_namespace(&self) -> String {
        let learnt = self.conventions.unit.namespace.as_ref();
        let learnt = learnt.and_then(|l| l.value.as_deref());
        // A pattern means that each service has its own: then it says nothing about Flux.
        let fixed = learnt.filter(|namespace| !namespace.contains(NAME));
        fixed.unwrap_or(FLUX).to_owned()
    }

    fn chart(&self) -> Value {
        let learnt = self.conventions.pods.chart.as_ref().map(|l| &l.value);
        let oci = learnt.filter(|(kind, _)| kind == "OCIRepository");
        let of = |kind: &str, name: &str, source: &str, version: &str, url: &str| json!({"kind": kind, "name": name, "source": source, "version": version, "url": url});
        let (app, url) = ("app-template", "https://bjw-s-labs.github.io/helm-charts");
        match (self.spec.workload, oci, learnt) {
            (Workload::OneChart, _, Some((kind, name))) if name.ends_with("onechart") => {
                of(kind, name, "onechart", "0.x", "https://chart.onechart.dev")
            }
            (Workload::OneChart, _, _) => of(
                "HelmRepository",
                "onechart",
                "onechart",
                "0.x",
                "https://chart.onechart.dev",
            ),
            (_, Some((_, source)), _) => of("OCIRepository", app, &self.fill(source), "5.1.0", url),
            (_, None, Some(_)) => of("HelmRepository", app, "bjw-s", "5.1.0", url),
            (_, None, None) => of("OCIRepository", app, &self.spec.name, "5.1.0", url),
        }
    }

    /// Returns a learnt pattern with the service's name in it. A pattern without is the name of something else.
    fn named(&self, learnt: Option<&Learnt<String>>, usual: &str) -> String {
        let pattern = learnt.map(|l| l.value.as_str());
        self.fill(pattern.filter(|p| p.contains(NAME)).unwrap_or(usual))
    }

    fn fill(&self, pattern: &str) -> String {
        pattern.replace(NAME, &self.spec.name)
    }

    fn pairs(&self, pairs: &[(String, String)]) -> Value {
        let filled = pairs
            .iter()
            .map(|(key, value)| (self.fill(key), json!(self.fill(value))));
        Value::Object(filled.collect::<Map<_, _>>())
    }
}

#[cfg(test)]
mod tests;
