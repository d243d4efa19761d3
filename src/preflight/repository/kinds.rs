//! Kinds that need a controller of Flux, the automations, and the Flux Operator.

use super::Look;
use crate::flux::{
    IMAGE_GROUP, OPERATOR_GROUP, ObjectRef, SOURCE_GROUP, SourceOf, group, is, is_kustomization,
    kind,
};
use crate::image::{self, ImageObjects};
use crate::manifest::Node;
use crate::preflight::facts::{Automation, SyncFile};

const HELM: &str = "helm.toolkit.fluxcd.io";
const NOTIFICATION: &str = "notification.toolkit.fluxcd.io";
const EXTENSIONS: &str = "source.extensions.fluxcd.io";

/// Returns the kinds of images that the cluster applies, each with the place of the first.
pub(super) fn image_kinds(look: &Look<'_, '_>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (_, applied) in look.objects() {
        let kind = kind(&applied.node);
        if group(&applied.node) == IMAGE_GROUP && !found.iter().any(|(known, _)| known == kind) {
            found.push((kind.to_owned(), look.place(applied.origin.place, applied)));
        }
    }
    found.sort();
    found
}

/// Returns the other controllers that something needs, each with the first kind and place.
pub(super) fn needed_components(look: &Look<'_, '_>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (_, applied) in look.objects() {
        let Some((component, what)) = component(&applied.node) else {
            continue;
        };
        if !found.iter().any(|(known, _)| known == component) {
            let place = look.place(applied.origin.place, applied);
            found.push((component.to_owned(), format!("{what} ({place})")));
        }
    }
    found.sort();
    found
}

/// Returns the controller that an object needs beside source and kustomize, and what of it does.
fn component(node: &Node) -> Option<(&'static str, String)> {
    let of_kind = kind(node);
    let from = ["sourceRef", "chartRef"].into_iter();
    let mut from = from.filter_map(|field| node.text_at(&["spec", field, "kind"]));
    let is_applier = is_kustomization(node) || group(node) == HELM;
    let watcher = match (group(node), of_kind) {
        (EXTENSIONS, _) => true,
        (SOURCE_GROUP, "ExternalArtifact") => true,
        _ => is_applier && from.any(|kind| kind == "ExternalArtifact"),
    };
    if watcher {
        return Some(("source-watcher", of_kind.to_owned()));
    }
    match group(node) {
        HELM => Some(("helm-controller", of_kind.to_owned())),
        NOTIFICATION => Some(("notification-controller", of_kind.to_owned())),
        _ => None,
    }
}

/// Returns the automations.
pub(super) fn automations(look: &Look<'_, '_>, sync: Option<&SyncFile>) -> Vec<Automation> {
    let found = ImageObjects::of(look.cluster).automations;
    let mut all: Vec<Automation> = Vec::new();
    for found in &found {
        let one = automation(look, found, sync);
        // Two units may apply the same object.
        if !all.iter().any(|known| known.id == one.id) {
            all.push(one);
        }
    }
    all
}

fn automation(
    look: &Look<'_, '_>,
    found: &image::Automation<'_>,
    sync: Option<&SyncFile>,
) -> Automation {
    let node = found.object.node();
    let text = |path: &[&str]| {
        let text = node.text_at(path).filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    let commit = |field| text(&["spec", "git", "commit", "author", field]).unwrap_or_default();
    Automation {
        id: look.id(found.object.unit, node),
        place: look.place(found.object.applied.origin.place, found.object.applied),
        writes_here: found.source == SourceOf::Here && uses_own_key(look, found, sync),
        push_branch: text(&["spec", "git", "push", "branch"]),
        signs: node
            .at_path(&["spec", "git", "commit", "signingKey"])
            .is_some(),
        author: (commit("name"), commit("email")),
        message: text(&["spec", "git", "commit", "messageTemplate"]),
        is_suspended: found.suspended,
    }
}

/// Tells whether an automation writes with the credentials that `flux bootstrap` makes: through the root's source, or one
/// with the same Secret.
fn uses_own_key(
    look: &Look<'_, '_>,
    automation: &image::Automation<'_>,
    sync: Option<&SyncFile>,
) -> bool {
    let node = automation.object.node();
    let field = |key| {
        node.text_at(&["spec", "sourceRef", key])
            .filter(|t| !t.is_empty())
    };
    let namespace = field("namespace").unwrap_or(&automation.object.id.namespace);
    let id = ObjectRef::new(namespace, field("name").unwrap_or_default());
    if !look.cluster.is_bootstrapped() || look.cluster.applies_source(&id) {
        return true;
    }
    let mut sources = look.objects().map(|(_, applied)| &applied.node);
    let source =
        sources.find(|node| is(node, SOURCE_GROUP, "GitRepository") && ObjectRef::of(node) == id);
    let secret = source.and_then(|node| node.text_at(&["spec", "secretRef", "name"]));
    let own = sync.and_then(|sync| Some((sync.secret.as_deref()?, sync.id.namespace.as_str())));
    secret.is_some_and(|secret| own == Some((secret, id.namespace.as_str())))
}

/// Returns the place of a FluxInstance, or of the values of the chart that makes one.
pub(super) fn operator(look: &Look<'_, '_>) -> Option<String> {
    let applied = look.objects().find(|(_, applied)| {
        let node = &applied.node;
        is(node, OPERATOR_GROUP, "FluxInstance")
            || kind(node) == "HelmRelease"
                && node
                    .at_path(&["spec", "values", "instance", "sync"])
                    .is_some()
    });
    if let Some((_, applied)) = applied {
        return Some(look.place(applied.origin.place, applied));
    }
    let root = look.cluster.units.first()?.origin.as_ref()?;
    let is_sync = root.path.ends_with("gotk-sync.yaml");
    let text = look.tree.text(&root.path).filter(|_| !is_sync)?;
    let is_operator = text.contains("FluxInstance") || text.contains("instance:");
    let location = look.tree.location(root.place).filter(|_| is_operator)?;
    Some(format!("{}:{}", location.file, location.line))
}
