//! `image/marker-without-automation`: a marker's policy is applied, but no ImageUpdateAutomation would ever write it.

use crate::flux::{FILE_NAMES, IMAGE_GROUP, SourceOf, is};
use crate::image::marker::Setter;
use crate::image::{Automation, ImageObject};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::Place;

static INFO: RuleInfo = page(
    "image/marker-without-automation",
    Severity::Error,
    include_str!("../../../../docs/rules/image/marker-without-automation.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    let mut unapplied = None;
    for file in context
        .marked
        .iter()
        .filter(|f| f.markers.unreadable.is_none())
    {
        for (marker, setter) in file.live() {
            let Some(failure) = failure(context, &file.source.path, setter) else {
                continue;
            };
            let unapplied = unapplied.get_or_insert_with(|| unapplied_automations(context));
            sink.in_file(&file.source, marker.span, draft(setter, failure, unapplied));
        }
    }
}

/// Why no automation acts: the nearest one and what it fails on, or that there is none.
enum Failure {
    Nearest {
        id: String,
        place: Place,
        why: String,
        help: String,
    },
    None,
}

/// Returns why no automation updates the marker; nothing where one does, or may do where nobody can look.
fn failure(context: &Context<'_>, file: &str, setter: &Setter) -> Option<Failure> {
    let lookup = context.policy(setter);
    let mut nearest: Option<(u8, Failure)> = None;
    let mut any = false;
    for (cluster, policy) in &lookup.found {
        if context.may_be_unseen(*cluster, &setter.namespace) {
            return None;
        }
        let automations = context
            .images
            .get(*cluster)
            .map(|i| i.automations.as_slice())
            .unwrap_or_default();
        for automation in automations {
            any = true;
            let (rank, failure) = fails_on(automation, policy, file)?;
            if nearest.as_ref().is_none_or(|(best, _)| rank < *best) {
                nearest = Some((rank, failure));
            }
        }
    }
    if lookup.found.is_empty() {
        return None;
    }
    if any {
        nearest.map(|(_, failure)| failure)
    } else {
        Some(Failure::None)
    }
}

/// Returns what an automation fails on, the nearest miss ranked lowest; nothing where it updates the marker or may do.
fn fails_on(
    automation: &Automation<'_>,
    policy: &ImageObject<'_>,
    file: &str,
) -> Option<(u8, Failure)> {
    let object = &automation.object;
    let id = object.id.to_string();
    if object.has_unknown_name() || automation.path.contains("${") {
        return None;
    }
    let (rank, field, why, help): (u8, &[&str], String, String) = if object.id.namespace
        != policy.id.namespace
    {
        let why = format!(
            "the policy is in namespace `{}`, and the nearest automation, {id}, sees only the policies of `{}`",
            policy.id.namespace, object.id.namespace
        );
        let help = format!(
            "put an ImageUpdateAutomation into namespace `{}`, or the policy into `{}` and its name into the marker",
            policy.id.namespace, object.id.namespace
        );
        (4, &["metadata", "namespace"], why, help)
    } else if !automation.covers(file) {
        let why = format!(
            "`update.path` of {id} is `{}`, which does not contain this file",
            shown(&automation.path)
        );
        (
            1,
            &["spec", "update", "path"],
            why,
            "widen `update.path`, or move the file below it".to_owned(),
        )
    } else if !automation.selects(policy) {
        let why = format!("`policySelector` of {id} does not match the labels of the policy");
        (
            1,
            &["spec", "policySelector"],
            why,
            "label the policy as the selector wants, or widen the selector".to_owned(),
        )
    } else if let SourceOf::Elsewhere(source) = &automation.source {
        let why = format!("{id} updates another repository ({source})");
        (
            2,
            &["spec", "sourceRef"],
            why,
            "let `sourceRef` name the GitRepository of this repository".to_owned(),
        )
    } else if automation.suspended {
        (
            0,
            &["spec", "suspend"],
            format!("{id} is suspended"),
            "remove `suspend: true`".to_owned(),
        )
    } else {
        return None;
    };
    Some((
        rank,
        Failure::Nearest {
            id,
            place: object.place(field),
            why,
            help,
        },
    ))
}

fn shown(path: &str) -> String {
    format!("./{path}")
}

/// An automation in a file that no unit reads.
struct Unapplied {
    file: String,
    place: Place,
    /// Whether a kustomization file that Flux reads stands beside it: then it was forgotten rather than parked.
    unlisted: bool,
}

fn stands_beside_a_list(context: &Context<'_>, file: &str) -> bool {
    let dir = file.rsplit_once('/').map_or("", |(dir, _)| dir);
    FILE_NAMES
        .iter()
        .any(|name| context.model.is_reached(&format!("{dir}/{name}")))
}

/// Finds automations in files that no unit reads.
fn unapplied_automations(context: &Context<'_>) -> Vec<Unapplied> {
    let tree = context.tree;
    let holds = |text: &str| text.contains("ImageUpdateAutomation");
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
        for node in roots.filter(|node| is(node, IMAGE_GROUP, "ImageUpdateAutomation")) {
            let place = node
                .at_path(&["metadata", "name"])
                .map_or(node.place, |n| n.place);
            found.push(Unapplied {
                unlisted: stands_beside_a_list(context, &file.path),
                file: file.path.to_string(),
                place,
            });
        }
    }
    found
}

fn draft(setter: &Setter, failure: Failure, unapplied: &[Unapplied]) -> Draft {
    let start = format!("no ImageUpdateAutomation would update `{setter}`");
    let unlisted = unapplied.iter().find(|u| u.unlisted);
    match (failure, unlisted.or(unapplied.first())) {
        (
            Failure::Nearest {
                id,
                place,
                why,
                help,
            },
            parked,
        ) => {
            let mut draft = Draft::new(format!("{start}: {why}"))
                .help(help)
                .related(place, format!("{id} is defined here"));
            match parked.filter(|p| p.unlisted) {
                Some(Unapplied { file, place, .. }) => {
                    draft.message.push_str(&format!(
                        "; `{file}` is listed by no kustomization.yaml and so is not applied"
                    ));
                    draft.related(*place, "defined here, applied by nothing")
                }
                None => draft,
            }
        }
        (Failure::None, Some(Unapplied { file, place, .. })) => {
            let message = format!(
                "{start}: `{file}` defines one, but no Flux Kustomization applies that file"
            );
            let help = "list the file in the `kustomization.yaml` beside it";
            Draft::new(message)
                .help(help)
                .related(*place, "defined here, applied by nothing")
        }
        (Failure::None, None) => Draft::new(format!("{start}: this repository applies none"))
            .severity(Severity::Warning)
            .help("add an ImageUpdateAutomation, unless another repository has it"),
    }
}
