//! `image/automation-invalid`: an ImageUpdateAutomation that the controller refuses.

use crate::flux::{ObjectRef, kind};
use crate::image::Automation;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::{Node, Place, Span};

static INFO: RuleInfo = page(
    "image/automation-invalid",
    Severity::Error,
    include_str!("../../../../docs/rules/image/automation-invalid.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (index, images) in context.images.iter().enumerate() {
        for automation in &images.automations {
            if let Some((place, message, help)) = fault(context, index, automation) {
                sink.at(
                    place,
                    Draft::new(message)
                        .help(help)
                        .object(automation.object.node()),
                );
            }
        }
    }
}

/// Returns the first thing that the controller (image-automation-controller 1.2) refuses, with its place and a way out.
fn fault(
    context: &Context<'_>,
    cluster: usize,
    automation: &Automation<'_>,
) -> Option<(Place, String, &'static str)> {
    let object = &automation.object;
    let node = object.node();
    let key = |path: &[&str]| key_place(node, path).unwrap_or_else(|| object.place(path));
    let is_set = |path: &[&str]| node.at_path(path).is_some_and(|n| !n.is_null());
    if !is_set(&["spec", "git"]) {
        let message = "the automation has no `spec.git`, and the controller stalls it".to_owned();
        return Some((
            key(&["spec"]),
            message,
            "say under `git:` how to check out, commit and push",
        ));
    }
    if node
        .text_at(&["spec", "git", "commit", "author", "email"])
        .is_none_or(str::is_empty)
    {
        let parents: [&[&str]; 3] = [
            &["spec", "git", "commit", "author"],
            &["spec", "git", "commit"],
            &["spec", "git"],
        ];
        let parent = parents
            .into_iter()
            .find(|p| is_set(p))
            .unwrap_or(&["spec", "git"]);
        let message = "commits need an author's address: `spec.git.commit.author.email` is missing"
            .to_owned();
        return Some((key(parent), message, "add `email:`"));
    }
    if let Some(template) = node.at_path(&["spec", "git", "commit", "messageTemplate"]) {
        let text = template.text().unwrap_or_default();
        if let Some(gone) = [".Updated", ".Changed.ImageResult"]
            .into_iter()
            .find(|field| text.contains(field))
        {
            let message = format!(
                "`messageTemplate` uses `{gone}`, which Flux has removed: the controller stalls the automation"
            );
            let place = within(context, template.place, gone);
            return Some((place, message, "use `.Changed.Changes`"));
        }
    }
    let pushes =
        is_set(&["spec", "git", "push", "branch"]) || is_set(&["spec", "git", "push", "refspec"]);
    if pushes || checkout_branch(context, cluster, automation) != Some(false) {
        return None;
    }
    let message = "the automation cannot know where to push: it checks out no branch, and `push.branch` is not set".to_owned();
    Some((key(&["spec", "git"]), message, "set `spec.git.push.branch`"))
}

/// Tells whether the checkout names a branch; nothing where the GitRepository that decides it is not here.
fn checkout_branch(
    context: &Context<'_>,
    cluster: usize,
    automation: &Automation<'_>,
) -> Option<bool> {
    let object = &automation.object;
    if let Some(own) = object.node().at_path(&["spec", "git", "checkout", "ref"]) {
        return Some(names_branch(own));
    }
    let field = |key| {
        object
            .node()
            .text_at(&["spec", "sourceRef", key])
            .filter(|t| !t.is_empty())
    };
    let id = ObjectRef::new(
        field("namespace").unwrap_or(&object.id.namespace),
        field("name")?,
    );
    let source = context
        .model
        .clusters
        .get(cluster)?
        .objects()
        .map(|(_, o)| &o.node)
        .find(|node| kind(node) == "GitRepository" && ObjectRef::of(node) == id)?;
    // Without a `ref` the checkout is the branch `master`.
    source
        .at_path(&["spec", "ref"])
        .map(names_branch)
        .or(Some(true))
}

fn names_branch(reference: &Node) -> bool {
    reference
        .text_at(&["branch"])
        .is_some_and(|b| !b.is_empty())
}

/// Returns the place of a text within a scalar, which may have many lines.
fn within(context: &Context<'_>, place: Place, text: &str) -> Place {
    let source = context.tree.source_of(place.file);
    let found = source.and_then(|s| s.slice(place.span).find(text));
    found.map_or(place, |at| {
        let start = place.span.start as usize + at;
        Place {
            span: Span::new(start, start + text.len()),
            ..place
        }
    })
}

/// Returns the place of the last key of `path`.
fn key_place(node: &Node, path: &[&str]) -> Option<Place> {
    let (last, parents) = path.split_last()?;
    let place = node.at_path(parents)?.entry(last)?.key.place;
    place.is_known().then_some(place)
}
