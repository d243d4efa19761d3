//! `image/marker-unknown-policy`: a marker names an ImagePolicy that nothing applies.

use crate::flux::{IMAGE_GROUP, ObjectRef, is};
use crate::image::ImageObject;
use crate::image::marker::{Marker, Setter};
use crate::lint::context::MarkedFile;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink, distance};
use crate::manifest::Place;

static INFO: RuleInfo = page(
    "image/marker-unknown-policy",
    Severity::Error,
    include_str!("../../../../docs/rules/image/marker-unknown-policy.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

/// An ImagePolicy as a file writes it, applied or not.
struct Written {
    id: ObjectRef,
    place: Place,
    file: String,
}

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    // Without one Flux Kustomization nobody can say what is applied: policies and markers of a repository that is a part
    // of a larger whole.
    if context.model.clusters.is_empty() {
        return;
    }
    let mut written = None;
    for file in context
        .marked
        .iter()
        .filter(|f| f.markers.unreadable.is_none())
    {
        for (marker, setter) in file.live() {
            let lookup = context.policy(setter);
            if !lookup.found.is_empty() || (lookup.may_be_unseen && file.applied) {
                continue;
            }
            let written = written.get_or_insert_with(|| unapplied_policies(context));
            // A parked file's policy is most likely parked with it: only then is it known in spite of what is unseen.
            if lookup.may_be_unseen && !written.iter().any(|w| w.id.name == setter.name) {
                continue;
            }
            sink.in_file(
                &file.source,
                marker.span,
                draft(context, file, marker, setter, written),
            );
        }
    }
}

/// Finds the ImagePolicies in files that no unit reads.
fn unapplied_policies(context: &Context<'_>) -> Vec<Written> {
    let tree = context.tree;
    let holds = |text: &str| text.contains("ImagePolicy");
    let files = tree
        .files()
        .iter()
        .filter(|f| f.known_text().is_some_and(holds) && !context.model.is_reached(&f.path));
    let mut found = Vec::new();
    for file in files {
        let Some(source) = tree.source(&file.path) else {
            continue;
        };
        let roots = source.documents.iter().filter_map(|d| d.root.as_ref());
        for node in roots.filter(|node| is(node, IMAGE_GROUP, "ImagePolicy")) {
            let place = node
                .at_path(&["metadata", "name"])
                .map_or(node.place, |n| n.place);
            found.push(Written {
                id: ObjectRef::of(node),
                place,
                file: file.path.to_string(),
            });
        }
    }
    found
}

fn draft(
    context: &Context<'_>,
    file: &MarkedFile,
    _marker: &Marker,
    setter: &Setter,
    written: &[Written],
) -> Draft {
    let wanted = ObjectRef::new(setter.namespace.as_str(), setter.name.as_str());
    let policy = format!("{}:{}", wanted.namespace, wanted.name);
    let severity = if file.applied {
        Severity::Error
    } else {
        Severity::Warning
    };
    let subject = if file.applied {
        format!("no applied ImagePolicy is called `{policy}`")
    } else {
        format!(
            "this file is applied by no Flux Kustomization, and neither is an ImagePolicy `{policy}`"
        )
    };
    let fits = |w: &&Written| {
        w.id.name == wanted.name
            && (w.id.namespace == wanted.namespace || w.id.namespace.is_empty())
    };
    if let Some(parked) = written.iter().find(fits) {
        let message = format!(
            "{subject}: `{}` defines it, but no Flux Kustomization applies that file",
            parked.file
        );
        let help = "list the file in the `kustomization.yaml` beside it, or remove the marker";
        return Draft::new(message)
            .severity(severity)
            .help(help)
            .related(parked.place, "defined here, applied by nothing");
    }
    match nearest(context, &wanted) {
        Some(policy) => {
            let (id, place) = (&policy.id, policy.place(&["metadata", "name"]));
            let near = format!("{}:{}", id.namespace, id.name);
            let cause = moved(context, policy, &wanted).unwrap_or_default();
            let help = format!(
                "write `{}`, or give the policy the name that the marker has",
                renamed(setter, id)
            );
            Draft::new(format!("{subject}; the nearest is `{near}`{cause}"))
                .severity(severity)
                .help(help)
                .related(place, format!("`{near}` is defined here"))
        }
        None => Draft::new(subject)
            .severity(severity)
            .help("name an ImagePolicy that is applied, as `namespace:name`"),
    }
}

fn renamed(setter: &Setter, id: &ObjectRef) -> Setter {
    Setter {
        namespace: id.namespace.clone(),
        name: id.name.clone(),
        part: setter.part,
    }
}

/// Says that rendering moved or renamed a policy which the marker names as its file does.
fn moved(
    context: &Context<'_>,
    policy: &ImageObject<'_>,
    wanted: &ObjectRef,
) -> Option<&'static str> {
    let node = policy.node();
    if policy.id.name == wanted.name && policy.id.namespace != wanted.namespace {
        let name = node.at_path(&["metadata", "name"])?;
        let namespace = node.at_path(&["metadata", "namespace"])?;
        return (namespace.place != name.place).then_some(": rendering decides the namespace");
    }
    let origin = &policy.applied.origin;
    let source = context.tree.source_of(origin.file)?;
    let document = source.documents.get(origin.document)?;
    let written = document.root.as_ref()?.text_at(&["metadata", "name"])?;
    (written == wanted.name && written != policy.id.name).then_some(": rendering decides the name")
}

/// Returns the applied policy that the marker most likely means: the same name in another namespace first.
pub(super) fn nearest<'c, 'm>(
    context: &'c Context<'m>,
    wanted: &ObjectRef,
) -> Option<&'c ImageObject<'m>> {
    let policies = || context.images.iter().flat_map(|i| &i.policies);
    let by_name = policies().find(|p| p.id.name == wanted.name);
    let close = || {
        let limit = wanted.name.chars().count().div_ceil(3);
        policies()
            .map(|p| {
                (
                    distance(&p.id.name, &wanted.name)
                        + usize::from(p.id.namespace != wanted.namespace),
                    p,
                )
            })
            .filter(|(d, p)| {
                *d <= limit
                    || p.id.name.ends_with(&wanted.name)
                    || p.id.name.starts_with(&wanted.name)
            })
            .min_by_key(|(d, _)| *d)
            .map(|(_, p)| p)
    };
    by_name.or_else(close)
}
