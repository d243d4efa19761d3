//! What pods have in common: storage, nodes, pull secrets; and where secrets come from.

use crate::manifest::{Node, Place};
use crate::scaffold::layout::Role;
use crate::scaffold::names::base;

use super::files::WORKLOADS;
use super::learnt::{Learnt, Siblings};
use super::sibling::Sibling;

/// What pods have in common. `{name}` stands for the name of the service.
#[derive(Clone, Debug, Default)]
pub struct Pods {
    /// The storage class of claims; `None` where claims leave it out.
    pub storage_class: Option<Learnt<Option<String>>>,
    /// The access mode of claims.
    pub access_mode: Option<Learnt<String>>,
    /// The node selector; empty where pods have none.
    pub node_selector: Option<Learnt<Vec<(String, String)>>>,
    /// The pull secret.
    pub pull_secret: Option<Learnt<String>>,
    /// The update strategy of Deployments; `None` where it is left out.
    pub strategy: Option<Learnt<Option<String>>>,
    /// The chart of HelmReleases of app-template and onechart, as (kind of its source, name).
    pub chart: Option<Learnt<(String, String)>>,
    /// The interval of HelmReleases.
    pub release_interval: Option<Learnt<String>>,
}

/// How secrets get into the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretStyle {
    /// ExternalSecret: they do not.
    External,
    /// SealedSecret.
    Sealed,
    /// Encrypted by SOPS.
    Sops,
    /// Secret as it is.
    Plain,
}

/// Where secrets come from.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// How they are kept.
    pub style: Option<Learnt<SecretStyle>>,
    /// The store of ExternalSecrets, as (kind, name).
    pub store: Option<Learnt<(String, String)>>,
    /// How often they are fetched.
    pub refresh: Option<Learnt<String>>,
    /// The name of the Secret, with `{name}` for the name of the service.
    pub target: Option<Learnt<String>>,
    /// Whether a row names its field in `remoteRef.property`, rather than in its key.
    pub property: Option<Learnt<bool>>,
}

impl Pods {
    pub(super) fn learn(circle: &Siblings<'_>) -> Self {
        Pods {
            storage_class: circle
                .learn(|s| optional(s, "PersistentVolumeClaim", &["spec", "storageClassName"])),
            access_mode: circle.learn(|s| {
                let mut claims = s.of_kind("PersistentVolumeClaim");
                claims.find_map(|n| {
                    let mode = n.at_path(&["spec", "accessModes"])?.items()?.first()?;
                    Some((mode.text()?.to_owned(), mode.place))
                })
            }),
            node_selector: circle.learn(node_selector),
            pull_secret: circle.learn(pull_secret),
            strategy: circle.learn(|s| optional(s, "Deployment", &["spec", "strategy", "type"])),
            chart: circle.learn(chart),
            release_interval: circle.learn(|s| s.text("HelmRelease", &["spec", "interval"])),
        }
    }
}

impl Secrets {
    pub(super) fn learn(circle: &Siblings<'_>) -> Self {
        const EXTERNAL: &str = "ExternalSecret";
        Secrets {
            style: circle.learn(style),
            store: circle.learn(|s| {
                let (name, place) = s.text(EXTERNAL, &["spec", "secretStoreRef", "name"])?;
                let kind = s.text(EXTERNAL, &["spec", "secretStoreRef", "kind"]);
                let kind = kind.map_or_else(|| "SecretStore".to_owned(), |(kind, _)| kind);
                Some(((kind, name), place))
            }),
            refresh: circle.learn(|s| s.text(EXTERNAL, &["spec", "refreshInterval"])),
            target: circle.learn(|s| s.text_pattern(EXTERNAL, &["spec", "target", "name"])),
            property: circle.learn(|s| {
                let row = s
                    .of_kind(EXTERNAL)
                    .find_map(|n| n.at_path(&["spec", "data"])?.items()?.first())?;
                Some((row.at_path(&["remoteRef", "property"]).is_some(), row.place))
            }),
        }
    }
}

/// Asks the first object of a kind for a field that it may leave out.
fn optional(
    sibling: &Sibling<'_>,
    kind: &'static str,
    path: &[&str],
) -> Option<(Option<String>, Place)> {
    let object = sibling.of_kind(kind).next()?;
    let node = object.at_path(path);
    let text = node.and_then(Node::text).map(str::to_owned);
    Some((text, node.map_or(object.place, |n| n.place)))
}

/// Returns the pod spec of the first workload.
fn pod<'s>(sibling: &'s Sibling<'_>) -> Option<&'s Node> {
    let mut workloads = WORKLOADS.into_iter().flat_map(|kind| sibling.of_kind(kind));
    workloads.find_map(|node| {
        let direct = node.at_path(&["spec", "template", "spec"]);
        direct.or_else(|| node.at_path(&["spec", "jobTemplate", "spec", "template", "spec"]))
    })
}

fn node_selector(sibling: &Sibling<'_>) -> Option<(Vec<(String, String)>, Place)> {
    let pod = pod(sibling)?;
    let Some(node) = pod.get("nodeSelector") else {
        return Some((Vec::new(), pod.place));
    };
    let entries = node.entries().unwrap_or_default().iter();
    let pairs =
        entries.filter_map(|e| Some((e.key.text()?.to_owned(), e.value.text()?.to_owned())));
    Some((pairs.collect(), node.place))
}

fn pull_secret(sibling: &Sibling<'_>) -> Option<(String, Place)> {
    let name = pod(sibling)?
        .get("imagePullSecrets")?
        .items()?
        .first()?
        .get("name")?;
    Some((sibling.pattern(name.text()?), name.place))
}

fn chart(sibling: &Sibling<'_>) -> Option<((String, String), Place)> {
    sibling.of_kind("HelmRelease").find_map(|release| {
        let spec = release.get("spec")?;
        let reference = spec.get("chartRef");
        let source = spec.at_path(&["chart", "spec", "sourceRef"]);
        let name = match reference {
            Some(reference) => reference.get("name")?,
            None => spec.at_path(&["chart", "spec", "chart"])?,
        };
        // The source of a chart has any name; a chart of another name may take values like these, and more.
        let is_app = reference.is_some() && spec.at_path(&["values", "controllers"]).is_some();
        let known = |name: &str| name.contains("app-template") || base(name) == "onechart";
        if !is_app && !name.text().is_some_and(known) {
            return None;
        }
        let kind = reference
            .or(source)?
            .text_at(&["kind"])
            .unwrap_or("HelmRepository");
        Some(((kind.to_owned(), sibling.pattern(name.text()?)), name.place))
    })
}

fn style(sibling: &Sibling<'_>) -> Option<(SecretStyle, Place)> {
    for (kind, style) in [
        ("ExternalSecret", SecretStyle::External),
        ("SealedSecret", SecretStyle::Sealed),
    ] {
        if let Some(object) = sibling.of_kind(kind).next() {
            return Some((style, object.place));
        }
    }
    let secret = sibling.with(Role::Secret).next()?;
    let mut roots = secret
        .source
        .documents
        .iter()
        .filter_map(|d| d.root.as_ref());
    let is_sops = roots.any(|root| root.get("sops").is_some());
    let style = if is_sops {
        SecretStyle::Sops
    } else {
        SecretStyle::Plain
    };
    Some((style, secret.start()))
}
