//! What a cluster has otherwise than the repository says.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::inventory::InventoryItem;
use super::kinds::{DISABLED, DISABLED_ANNOTATION, FluxKind, SuspendBy};
use super::object::{KindRef, Live};
use super::suspension::Suspension;
use crate::flux::{self, Cluster, ObjectRef, SourceOf, Unit, folder, group, kind};
use crate::manifest::Node;

/// The annotations that keep an object of a unit from being applied, with their values (kustomize-controller 1.9).
const NOT_APPLIED: [(&str, &str); 2] = [
    ("kustomize.toolkit.fluxcd.io/reconcile", "disabled"),
    ("kustomize.toolkit.fluxcd.io/ssa", "Ignore"),
];

/// In what the cluster differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftKind {
    /// The repository has it, the cluster has not.
    Missing,
    /// The cluster has it from this repository's source, the repository has it no more.
    Extra,
    /// The Kustomization is there, and some of what it should apply is not.
    NotApplied,
    /// Suspended in the cluster, and not in the repository.
    Suspended,
    /// Suspended in the repository, and not in the cluster.
    Resumed,
    /// An older revision than it should have.
    Behind,
    /// A revision that is newer than what is checked out, or not known there.
    Ahead,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// What it is about.
    pub object: KindRef,
    /// In what it differs.
    pub kind: DriftKind,
    /// The difference, a fragment of a sentence.
    pub detail: String,
    /// What to do about it; empty where nothing can be told.
    pub next: String,
    /// The objects that are not applied, as `Kind namespace/name`.
    pub objects: Vec<String>,
}

/// Tells whether a cluster of the repository is the one that these objects are of: its root applies the same folder.
pub fn is_cluster(cluster: &Cluster<'_>, objects: &[Live]) -> Option<bool> {
    let root = cluster.units.first()?;
    let live = kustomization(objects, &root.id)?;
    Some(folder(live.text("/spec/path").unwrap_or_default()) == root.path)
}

/// Compares what a cluster of the repository should have with what there is: Kustomizations and what they apply, and what is
/// suspended. What cannot be rendered offline is left out.
pub fn drifts(cluster: &Cluster<'_>, objects: &[Live]) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for unit in cluster.units.iter().filter(|unit| is_known(&unit.id)) {
        match kustomization(objects, &unit.id) {
            Some(live) => drifts.extend(not_applied(unit, live)),
            None => drifts.push(missing(cluster, unit, objects)),
        }
    }
    drifts.extend(extra(cluster, objects));
    drifts.extend(suspensions(cluster, objects));
    drifts
}

/// Returns the Kustomizations whose last applied revision is not that of their source, with that revision.
pub fn behind_their_source(objects: &[Live]) -> impl Iterator<Item = (&Live, &str)> {
    objects.iter().filter_map(|object| {
        let source = object
            .source()
            .filter(|_| object.kind.kind == "Kustomization")?;
        let source = objects.iter().find(|o| o.kind_ref() == source)?;
        let wanted = source.text("/status/artifact/revision")?;
        let applied = object
            .text("/status/lastAppliedRevision")
            .unwrap_or_default();
        (applied != wanted).then_some((object, wanted))
    })
}

fn kustomization<'o>(objects: &'o [Live], id: &ObjectRef) -> Option<&'o Live> {
    let mut all = objects.iter().filter(|o| o.kind.kind == "Kustomization");
    all.find(|object| object.id == *id)
}

/// Tells whether a name is known: none that a variable makes.
fn is_known(id: &ObjectRef) -> bool {
    !id.name.contains("${") && !id.namespace.contains("${")
}

fn reference(id: &ObjectRef) -> KindRef {
    KindRef {
        kind: "Kustomization".to_owned(),
        id: id.clone(),
    }
}

fn missing(cluster: &Cluster<'_>, unit: &Unit, objects: &[Live]) -> Drift {
    let parent = unit.parent.and_then(|parent| cluster.units.get(parent));
    let live = parent.and_then(|parent| kustomization(objects, &parent.id));
    let (detail, next) = match (parent, live) {
        (None, _) => (
            "the cluster does not have it: nothing of this repository is applied".to_owned(),
            "`flux bootstrap` installs it".to_owned(),
        ),
        (Some(parent), None) => (
            format!(
                "the cluster does not have it, nor ks {} that applies it",
                parent.id
            ),
            String::new(),
        ),
        (Some(parent), Some(live)) if live.is_suspended() => (
            format!(
                "the cluster does not have it: ks {} that applies it is suspended",
                parent.id
            ),
            format!("`homelab resume ks/{}`", parent.id),
        ),
        (Some(parent), Some(_)) => (
            format!("the cluster does not have it; ks {} applies it", parent.id),
            format!("`homelab reconcile ks/{} --with-source`", parent.id),
        ),
    };
    Drift {
        object: reference(&unit.id),
        kind: DriftKind::Missing,
        detail,
        next,
        objects: Vec::new(),
    }
}

/// Tells whether all that a unit applies is known: it is of this repository, and renders without the network.
pub fn is_whole(unit: &Unit) -> bool {
    unit.source == SourceOf::Here
        && unit.failure.is_none()
        && unit.incomplete.is_empty()
        && unit.problems.is_empty()
        && unit.substitution.is_empty()
}

/// Returns what a unit renders and its Kustomization does not list, where all that it renders is known.
fn not_applied(unit: &Unit, live: &Live) -> Option<Drift> {
    if !is_whole(unit) {
        return None;
    }
    let applied: HashSet<InventoryItem> = live.inventory().into_iter().map(versionless).collect();
    let rendered = unit.objects.iter().map(|object| &object.node);
    let lacking: BTreeSet<String> = rendered
        .filter(|node| is_to_be_applied(node) && !is_among(node, &applied))
        .map(|node| format!("{} {}", kind(node), ObjectRef::of(node)))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let why = match live.readiness().message {
        _ if live.is_suspended() => " (it is suspended)".to_owned(),
        _ if live.readiness().status == flux::ConditionStatus::True => String::new(),
        message => format!(": {message}"),
    };
    let next = match live.is_suspended() {
        true => format!("`homelab resume ks/{}`", live.id),
        false => format!(
            "`homelab reconcile ks/{} --with-source`, or `homelab diagnose ks/{}`",
            live.id, live.id
        ),
    };
    Some(Drift {
        object: reference(&unit.id),
        kind: DriftKind::NotApplied,
        detail: format!(
            "{} of {} objects of the repository are not applied{why}",
            lacking.len(),
            unit.objects.len()
        ),
        next,
        objects: lacking.into_iter().collect(),
    })
}

fn versionless(item: InventoryItem) -> InventoryItem {
    InventoryItem {
        version: String::new(),
        ..item
    }
}

fn is_to_be_applied(node: &Node) -> bool {
    let annotation = |key| node.text_at(&["metadata", "annotations", key]);
    let is_left_out = NOT_APPLIED
        .iter()
        .any(|(key, value)| annotation(key).is_some_and(|text| text.eq_ignore_ascii_case(value)));
    !is_left_out && is_known(&ObjectRef::of(node))
}

/// Tells whether an object is among what was applied. One without a namespace is put into one by the server, if its kind has
/// one.
fn is_among(node: &Node, applied: &HashSet<InventoryItem>) -> bool {
    let item = InventoryItem {
        group: group(node).to_owned(),
        kind: kind(node).to_owned(),
        version: String::new(),
        id: ObjectRef::of(node),
    };
    if applied.contains(&item) {
        return true;
    }
    // A cluster-scoped object may be written with a namespace, a namespaced one without.
    applied.iter().any(|known| {
        let is_same =
            known.kind == item.kind && known.group == item.group && known.id.name == item.id.name;
        is_same && (item.id.namespace.is_empty() || known.id.namespace.is_empty())
    })
}

/// Returns the Kustomizations that take from the source of the repository's root and that the repository does not have. Where
/// a unit cannot be rendered whole, what it applies may be one of them.
fn extra(cluster: &Cluster<'_>, objects: &[Live]) -> Vec<Drift> {
    let root = cluster
        .units
        .first()
        .and_then(|unit| kustomization(objects, &unit.id));
    let Some(source) = root.and_then(Live::source) else {
        return Vec::new();
    };
    let units: BTreeMap<&ObjectRef, &Unit> = cluster.units.iter().map(|u| (&u.id, u)).collect();
    let is_open = |unit: &Unit| {
        let has_variables = unit.objects.iter().any(|object| {
            flux::is_kustomization(&object.node) && !is_known(&ObjectRef::of(&object.node))
        });
        unit.failure.is_some() || !unit.incomplete.is_empty() || has_variables
    };
    let left_over = |object: &&Live| {
        let is_of_here =
            object.kind.kind == "Kustomization" && object.source().as_ref() == Some(&source);
        let by_unit = match object.owner() {
            None => true,
            Some(owner) => {
                let unit = units.get(&owner.id);
                owner.kind == "Kustomization" && unit.is_none_or(|unit| !is_open(unit))
            }
        };
        is_of_here && by_unit && !units.contains_key(&object.id)
    };
    let all = objects.iter().filter(left_over);
    all.map(leftover).collect()
}

fn leftover(object: &Live) -> Drift {
    let (detail, next) = match object.owner() {
        Some(owner) => (
            format!("the repository does not have it any more; {owner} applied it"),
            format!(
                "`homelab reconcile ks/{} --with-source` removes it, if that prunes",
                owner.id
            ),
        ),
        None => (
            "the repository does not have it: somebody made it by hand".to_owned(),
            "add it to the repository, or delete it: that removes what it applied, if it prunes"
                .to_owned(),
        ),
    };
    Drift {
        object: object.kind_ref(),
        kind: DriftKind::Extra,
        detail,
        next,
        objects: Vec::new(),
    }
}

/// Returns the objects of Flux that are suspended on one side only.
fn suspensions(cluster: &Cluster<'_>, objects: &[Live]) -> Vec<Drift> {
    let rendered = cluster.objects().map(|(_, object)| &object.node);
    let roots = cluster.units.iter().map(|unit| &unit.kustomization);
    let mut seen = HashSet::new();
    let mut drifts = Vec::new();
    for node in roots.chain(rendered) {
        let Some(flux) = FluxKind::of(group(node), kind(node)) else {
            continue;
        };
        let id = ObjectRef::of(node);
        let live = objects
            .iter()
            .find(|live| live.kind == flux && live.id == id);
        let Some(live) = live.filter(|_| seen.insert((flux.kind, id))) else {
            continue;
        };
        drifts.extend(suspension(node, live));
    }
    drifts
}

fn suspension(node: &Node, live: &Live) -> Option<Drift> {
    let written = written_suspension(node, live.kind)?;
    let typed = format!("{}/{}", live.kind.short(), live.id);
    let (kind, detail, next) = match (written, live.suspension()) {
        (false, Some(suspension)) => (
            DriftKind::Suspended,
            format!(
                "suspended in the cluster, not in the repository{}",
                said(&suspension)
            ),
            format!("`homelab resume {typed}`, or write it into the repository"),
        ),
        (true, None) => (
            DriftKind::Resumed,
            "suspended in the repository, not in the cluster".to_owned(),
            format!("`homelab suspend {typed}`, or take it out of the repository"),
        ),
        _ => return None,
    };
    Some(Drift {
        object: live.kind_ref(),
        kind,
        detail,
        next,
        objects: Vec::new(),
    })
}

/// Tells whether the repository suspends an object; nothing where a variable decides.
fn written_suspension(node: &Node, flux: &FluxKind) -> Option<bool> {
    match flux.suspend_by {
        SuspendBy::Spec => match node.at_path(&["spec", "suspend"]) {
            None => Some(false),
            Some(value) if value.is_null() => Some(false),
            Some(value) => value.as_bool(),
        },
        SuspendBy::Annotation => {
            let value = node.text_at(&["metadata", "annotations", DISABLED_ANNOTATION]);
            Some(value == Some(DISABLED))
        }
        SuspendBy::Nothing => None,
    }
}

fn said(suspension: &Suspension) -> String {
    let reason = suspension
        .reason
        .as_ref()
        .map(|reason| format!(": {reason}"));
    let until = suspension
        .until
        .as_ref()
        .map(|until| format!(" (until {until})"));
    [reason, until].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::flux::{KUSTOMIZE_GROUP, Model};
    use crate::manifest::Tree;

    const SYNC: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://example.com/me/fleet}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/pi, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
";
    const APPS: &str = "apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec: {path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
";

    fn live(name: &str, spec: serde_json::Value, items: &[&str]) -> Live {
        let entries: Vec<_> = items
            .iter()
            .map(|id| json!({"id": id, "v": "v1"}))
            .collect();
        let mut whole = json!({"path": "./apps", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}});
        for (key, value) in spec.as_object().unwrap() {
            whole[key] = value.clone();
        }
        Live::of(json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": {"namespace": "flux-system", "name": name}, "spec": whole,
            "status": {"inventory": {"entries": entries}},
        }))
        .unwrap()
    }

    fn root() -> Live {
        live(
            "flux-system",
            json!({"path": "clusters/pi"}),
            &[
                "flux-system_flux-system_source.toolkit.fluxcd.io_GitRepository",
                "flux-system_flux-system_kustomize.toolkit.fluxcd.io_Kustomization",
                "flux-system_apps_kustomize.toolkit.fluxcd.io_Kustomization",
            ],
        )
    }

    /// Compares a repository whose `apps` holds these objects.
    fn compared(apps: &str, objects: &[Live]) -> Vec<(DriftKind, String, Vec<String>)> {
        let files = [
            ("clusters/pi/flux-system/gotk-sync.yaml", SYNC),
            ("clusters/pi/apps.yaml", APPS),
            ("apps/all.yaml", apps),
        ];
        let tree = Tree::of_texts(files);
        let model = Model::of(&tree, None);
        let cluster = &model.clusters[0];
        assert_eq!(is_cluster(cluster, objects), Some(true));
        let drifts = drifts(cluster, objects).into_iter();
        drifts
            .map(|drift| (drift.kind, drift.object.id.name, drift.objects))
            .collect()
    }

    const ONE: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n";

    #[test]
    fn a_namespace_that_the_server_adds_is_no_difference() {
        let apps = live("apps", json!({}), &["default_one__ConfigMap"]);
        assert_eq!(compared(ONE, &[root(), apps]), []);
        let other = live("apps", json!({}), &["default_two__ConfigMap"]);
        let lacking = vec!["ConfigMap one".to_owned()];
        assert_eq!(
            compared(ONE, &[root(), other]),
            [(DriftKind::NotApplied, "apps".to_owned(), lacking)]
        );
    }

    #[test]
    fn what_is_kept_from_being_applied_is_no_difference() {
        let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, annotations: {kustomize.toolkit.fluxcd.io/ssa: ignore}}\n";
        assert_eq!(compared(text, &[root(), live("apps", json!({}), &[])]), []);
    }

    #[test]
    fn what_cannot_be_rendered_whole_is_compared_by_name() {
        let remote = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [https://example.com/all.yaml]\n";
        let files = [
            ("clusters/pi/flux-system/gotk-sync.yaml", SYNC),
            ("clusters/pi/apps.yaml", APPS),
            ("apps/kustomization.yaml", remote),
        ];
        let tree = Tree::of_texts(files);
        let model = Model::of(&tree, None);
        let mut child = live("child", json!({}), &[]).value().clone();
        child["metadata"]["labels"] = json!({
            "kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
        });
        let child = Live::of(child).unwrap();
        let objects = [root(), live("apps", json!({}), &[]), child];
        assert_eq!(drifts(&model.clusters[0], &objects), []);
        let whole = compared(ONE, &objects);
        assert_eq!(whole[1].0, DriftKind::Extra);
        assert_eq!(whole[1].1, "child");
    }

    #[test]
    fn a_variable_that_decides_is_no_difference() {
        let node = |text| {
            let tree = Tree::of_texts([("a.yaml", text)]);
            let source = tree.source("a.yaml").unwrap();
            source.documents[0].root.clone().unwrap()
        };
        let flux = FluxKind::of(KUSTOMIZE_GROUP, "Kustomization").unwrap();
        let written = |text| written_suspension(&node(text), flux);
        assert_eq!(written("spec: {}"), Some(false));
        assert_eq!(written("spec: {suspend: }"), Some(false));
        assert_eq!(written("spec: {suspend: true}"), Some(true));
        assert_eq!(written("spec: {suspend: \"${stop}\"}"), None);
    }
}
