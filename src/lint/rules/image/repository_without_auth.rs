//! `image/repository-without-auth`: workloads pull an image with a secret that its ImageRepository lacks.

use std::collections::HashSet;

use super::policies::{is_unknown, text};
use crate::flux::{ObjectRef, kind};
use crate::image::Reference;
use crate::lint::pods::{images, pod_spec};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::Node;

static INFO: RuleInfo = page(
    "image/repository-without-auth",
    Severity::Warning,
    include_str!("../../../../docs/rules/image/repository-without-auth.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (cluster, images) in context.model.clusters.iter().zip(&context.images) {
        let objects: Vec<&Node> = cluster.objects().map(|(_, o)| &o.node).collect();
        let mut private: Option<HashSet<String>> = None;
        for repository in &images.repositories {
            let node = repository.node();
            let provider = text(node, &["spec", "provider"]).unwrap_or("generic");
            let has_auth = node
                .at_path(&["spec", "secretRef"])
                .is_some_and(|n| !n.is_null())
                || node
                    .at_path(&["spec", "serviceAccountName"])
                    .is_some_and(|n| !n.is_null())
                || provider != "generic";
            let Some(image) =
                text(node, &["spec", "image"]).filter(|i| !is_unknown(i) && !has_auth)
            else {
                continue;
            };
            let Ok(reference) = Reference::parse_repository(image) else {
                continue;
            };
            let private = private.get_or_insert_with(|| pulled_with_secret(&objects));
            if private.contains(&reference.canonical_name()) {
                let draft = Draft::new(format!("workloads pull `{image}` with an imagePullSecret, and this ImageRepository has none"))
                    .help("add `secretRef` with a registry secret of this namespace, unless the image is public")
                    .object(node);
                sink.at(repository.place(&["spec", "image"]), draft);
            }
        }
    }
}

/// Returns the canonical names of images that some workload pulls with a secret, its own or its ServiceAccount's.
fn pulled_with_secret(objects: &[&Node]) -> HashSet<String> {
    let has_secrets =
        |node: Option<&Node>| node.and_then(Node::items).is_some_and(|i| !i.is_empty());
    let accounts: HashSet<ObjectRef> = objects
        .iter()
        .filter(|n| kind(n) == "ServiceAccount" && has_secrets(n.get("imagePullSecrets")))
        .map(|n| ObjectRef::of(n))
        .collect();
    let mut names = HashSet::new();
    for object in objects {
        let Some(pod) = pod_spec(object) else {
            continue;
        };
        let account = text(pod, &["serviceAccountName"]).unwrap_or("default");
        let account = ObjectRef::new(ObjectRef::of(object).namespace, account);
        if has_secrets(pod.get("imagePullSecrets")) || accounts.contains(&account) {
            let images = images(pod).filter_map(|image| Reference::parse(image.text()?).ok());
            names.extend(images.map(|r| r.canonical_name()));
        }
    }
    names
}
