//! `image/two-updaters`: Renovate and Flux both update one image.

use super::field::{current, name_of};
use super::policies::is_unknown;
use crate::image::marker::{Marker, Part};
use crate::lint::renovate::{Manager, Renovate};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::{Route, SourceFile, Step};

static INFO: RuleInfo = page(
    "image/two-updaters",
    Severity::Warning,
    include_str!("../../../../docs/rules/image/two-updaters.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    if context.marked.is_empty() {
        return;
    }
    let Some(renovate) = Renovate::of(context.tree) else {
        return;
    };
    for file in &context.marked {
        for (marker, setter) in file.live() {
            let policy = context.policy(setter);
            if policy.found.is_empty() && !policy.may_be_unseen {
                continue;
            }
            let Some(image) = image_at(&file.source, marker, setter.part) else {
                continue;
            };
            let Some(manager) = manager_of(&file.source, marker, setter.part) else {
                continue;
            };
            if renovate.updates(manager, &file.source.path, &image) {
                let draft = Draft::new(format!(
                    "Renovate updates `{image}` too: its `{}` manager reads this file",
                    manager.name()
                ))
                .help(format!(
                    "leave it to one of them: remove the marker, or add \
                     {{\"matchPackageNames\": [\"{image}\"], \"enabled\": false}} to `packageRules` in {}",
                    renovate.file
                ));
                sink.in_file(&file.source, marker.span, draft);
            }
        }
    }
}

/// Returns the name by which Renovate knows the image of a field whose version both would change.
fn image_at(file: &SourceFile, marker: &Marker, part: Part) -> Option<String> {
    let field = marker.position.as_ref().ok()?;
    let image = current(file, marker.document, field, part)?;
    (matches!(part, Part::Image | Part::Tag) && !is_unknown(&image)).then(|| name_of(&image))
}

/// Returns the manager that reads images in fields like this one.
fn manager_of(file: &SourceFile, marker: &Marker, part: Part) -> Option<Manager> {
    let root = file.documents.get(marker.document)?.root.as_ref()?;
    let field = marker.position.as_ref().ok()?;
    let Route(steps) = Route::to(root, field.span.start as usize);
    let key = |at: usize| match steps.get(at) {
        Some(Step::Key(key)) => Some(key.as_str()),
        _ => None,
    };
    let before = |count: usize| steps.len().checked_sub(count).and_then(key);
    let last = before(1)?;
    let is_helm_image = || match part {
        Part::Tag => last == "tag" && before(2).is_some_and(names_image),
        _ => names_image(last),
    };
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if matches!(name, "kustomization.yaml" | "kustomization.yml") {
        return (key(0) == Some("images")).then_some(Manager::Kustomize);
    }
    if root.text_at(&["kind"]) == Some("HelmRelease") && key(1) == Some("values") {
        return is_helm_image().then_some(Manager::Flux);
    }
    if root.get("apiVersion").is_some() && root.get("kind").is_some() {
        return (last == "image" && part == Part::Image).then_some(Manager::Kubernetes);
    }
    if key(0) == Some("services") {
        return (last == "image" && part == Part::Image).then_some(Manager::DockerCompose);
    }
    is_helm_image().then_some(Manager::HelmValues)
}

/// Tells whether Renovate takes the value of a key in Helm values for an image: `image`, `initImage`.
fn names_image(key: &str) -> bool {
    key.to_ascii_lowercase().ends_with("image")
}
