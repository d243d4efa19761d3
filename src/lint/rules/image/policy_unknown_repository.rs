//! `image/policy-unknown-repository`: an ImagePolicy names no applied ImageRepository, or one that does not let it in.

use crate::flux::{ObjectRef, kind};
use crate::image::ImageObject;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::Node;

static INFO: RuleInfo = page(
    "image/policy-unknown-repository",
    Severity::Error,
    include_str!("../../../../docs/rules/image/policy-unknown-repository.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (cluster, images) in context.images.iter().enumerate() {
        for policy in &images.policies {
            let wanted = policy.repository_ref();
            if wanted.to_string().contains("${") || policy.has_unknown_name() {
                continue;
            }
            match images.repository_of(policy) {
                None if context.may_be_unseen(cluster, &wanted.namespace) => {}
                None if images
                    .repositories
                    .iter()
                    .any(ImageObject::has_unknown_name) => {}
                None => sink.at(
                    policy.place(&["spec", "imageRepositoryRef", "name"]),
                    missing(context, cluster, policy, &wanted),
                ),
                Some(repository) if repository.id.namespace == policy.id.namespace => {}
                Some(repository) => {
                    if lets_in(context, cluster, repository, &policy.id.namespace) == Some(false) {
                        sink.at(
                            policy.place(&["spec", "imageRepositoryRef", "namespace"]),
                            refused(policy, repository),
                        );
                    }
                }
            }
        }
    }
}

fn missing(
    context: &Context<'_>,
    cluster: usize,
    policy: &ImageObject<'_>,
    wanted: &ObjectRef,
) -> Draft {
    let start = format!("no applied ImageRepository is called `{wanted}`");
    let elsewhere = context
        .images
        .get(cluster)
        .and_then(|i| i.repositories.iter().find(|r| r.id.name == wanted.name));
    let draft = match elsewhere {
        Some(other) => Draft::new(format!("{start}; there is `{}`", other.id))
            .help("give `imageRepositoryRef` the namespace, or move one of the two")
            .related(
                other.place(&["metadata", "name"]),
                "the ImageRepository of that name",
            ),
        None => Draft::new(start).help("name an ImageRepository that is applied"),
    };
    draft.object(policy.node())
}

fn refused(policy: &ImageObject<'_>, repository: &ImageObject<'_>) -> Draft {
    let message = format!(
        "`spec.accessFrom` of ImageRepository `{}` does not let policies of namespace `{}` in",
        repository.id, policy.id.namespace
    );
    Draft::new(message)
        .severity(Severity::Warning)
        .help("add the labels of the policy's Namespace to `accessFrom.namespaceSelectors`")
        .object(policy.node())
        .related(
            repository.place(&["spec", "accessFrom"]),
            "the ImageRepository",
        )
}

/// Tells whether `accessFrom` lets a namespace in; nothing where the labels of the Namespace cannot be known.
fn lets_in(
    context: &Context<'_>,
    cluster: usize,
    repository: &ImageObject<'_>,
    namespace: &str,
) -> Option<bool> {
    let selectors = repository
        .node()
        .at_path(&["spec", "accessFrom", "namespaceSelectors"])
        .and_then(Node::items);
    let selectors = selectors.unwrap_or_default();
    let labels_of = |selector: &Node| {
        selector
            .get("matchLabels")
            .and_then(Node::entries)
            .map(<[_]>::to_vec)
            .unwrap_or_default()
    };
    if selectors.iter().any(|s| labels_of(s).is_empty()) {
        return Some(true);
    }
    if selectors.is_empty() {
        return Some(false);
    }
    let object = context
        .model
        .clusters
        .get(cluster)?
        .objects()
        .map(|(_, o)| &o.node)
        .find(|node| {
            kind(node) == "Namespace" && node.text_at(&["metadata", "name"]) == Some(namespace)
        })?;
    let label = |key: &str| match key {
        // The API server sets this one.
        "kubernetes.io/metadata.name" => Some(namespace),
        _ => object.text_at(&["metadata", "labels", key]),
    };
    let holds = |selector: &Node| {
        labels_of(selector)
            .iter()
            .all(|e| e.key.text().and_then(label) == e.value.text())
    };
    Some(selectors.iter().any(holds))
}
