//! `image/automation-unknown-source`: an ImageUpdateAutomation names no applied GitRepository.

use crate::flux::{ObjectRef, SOURCE_GROUP, group, kind};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::Node;

static INFO: RuleInfo = page(
    "image/automation-unknown-source",
    Severity::Error,
    include_str!("../../../../docs/rules/image/automation-unknown-source.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (index, images) in context.images.iter().enumerate() {
        let Some(cluster) = context.model.clusters.get(index) else {
            continue;
        };
        for automation in &images.automations {
            let object = &automation.object;
            let field = |key| {
                object
                    .node()
                    .text_at(&["spec", "sourceRef", key])
                    .filter(|t| !t.is_empty())
            };
            let Some(name) = field("name") else { continue };
            let id = ObjectRef::new(field("namespace").unwrap_or(&object.id.namespace), name);
            let wanted = field("kind").unwrap_or("GitRepository");
            // A cluster whose bootstrap is not in the repository has its source elsewhere.
            let unknown = id.to_string().contains("${")
                || (wanted == "GitRepository" && !cluster.is_bootstrapped())
                || context.may_be_unseen(index, &id.namespace);
            let is_it = |node: &Node| {
                group(node) == SOURCE_GROUP && kind(node) == wanted && ObjectRef::of(node) == id
            };
            if unknown
                || (wanted == "GitRepository" && cluster.applies_source(&id))
                || (wanted == "GitRepository" && cluster.objects().any(|(_, o)| is_it(&o.node)))
            {
                continue;
            }
            let draft = if wanted == "GitRepository" {
                let nearest = cluster.objects().map(|(_, o)| &o.node).find(|n| {
                    group(n) == SOURCE_GROUP
                        && kind(n) == wanted
                        && n.text_at(&["metadata", "name"]) == Some(name)
                });
                let near = nearest
                    .map(|n| format!("; there is `{}`", ObjectRef::of(n)))
                    .unwrap_or_default();
                Draft::new(format!("no applied GitRepository is called `{id}`{near}")).help(
                    "without a `namespace`, `sourceRef` means the namespace of the automation",
                )
            } else {
                Draft::new(format!(
                    "an ImageUpdateAutomation can update a GitRepository, not a {wanted}"
                ))
                .help("let `sourceRef` name the GitRepository of this repository")
            };
            let path: &[&str] = if wanted == "GitRepository" {
                &["spec", "sourceRef", "name"]
            } else {
                &["spec", "sourceRef", "kind"]
            };
            sink.at(object.place(path), draft.object(object.node()));
        }
    }
}
