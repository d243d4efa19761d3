//! `image/outdated`: the tag at a marker is not the one that its policy selects from the registry's tags.

use super::field::may_be_of;
use crate::image::marker::Setter;
use crate::image::{Behind, ImageObject, Reference, Standing};
use crate::lint::rules::page;
use crate::lint::{
    Context, Draft, MarkedFile, Outlook, Rule, RuleInfo, Severity, Sink, current_tag,
};
use crate::manifest::Node;

static INFO: RuleInfo = page(
    "image/outdated",
    Severity::Hint,
    include_str!("../../../../docs/rules/image/outdated.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for file in &context.marked {
        for (marker, setter) in file.live() {
            let Ok(field) = &marker.position else {
                continue;
            };
            let Some(tag) = current_tag(field, setter) else {
                continue;
            };
            let outlooks = context.outlooks(setter, Some(&tag));
            let behind: Vec<_> = outlooks
                .iter()
                .filter_map(|outlook| behind(outlook))
                .collect();
            // Where clusters differ, the tag may be the choice of one of them.
            let Some((watched, distance)) =
                behind.first().filter(|_| behind.len() == outlooks.len())
            else {
                continue;
            };
            if may_be_of(&file.source, marker.document, field, setter.part, watched) {
                let draft = draft(context, &tag, setter, watched, distance).help(help(
                    context,
                    file,
                    setter,
                    &distance.winner,
                ));
                sink.in_file(&file.source, field.span, draft);
            }
        }
    }
}

fn behind(outlook: &Outlook) -> Option<(&Reference, &Behind)> {
    match outlook.standing.as_ref()? {
        Standing::Behind(behind) => Some((&outlook.watched, behind)),
        _ => None,
    }
}

fn draft(
    context: &Context<'_>,
    tag: &str,
    setter: &Setter,
    watched: &Reference,
    behind: &Behind,
) -> Draft {
    let Behind {
        versions, winner, ..
    } = behind;
    let plural = if *versions == 1 { "" } else { "s" };
    let step = behind
        .step
        .map_or_else(String::new, |step| format!(" ({})", step.word()));
    let created = context.registry.as_ref().and_then(|facts| {
        facts
            .created
            .get(&watched.with_tag(&behind.next).to_string())
    });
    let since = created.map_or_else(String::new, |time| format!(", since {}", time.day()));
    Draft::new(format!(
        "`{tag}` is {versions} version{plural} behind{since}: `{}:{}` selects `{winner}`{step}",
        setter.namespace, setter.name
    ))
}

/// Says who would write the winner.
fn help(context: &Context<'_>, file: &MarkedFile, setter: &Setter, winner: &str) -> String {
    if let Some(suspended) = suspended(context, setter) {
        return format!("{suspended} is suspended: set `{winner}` by hand, or resume it");
    }
    let path = &file.source.path;
    let automation = context.images.iter().find_map(|images| {
        let policy = images.policy(&setter.namespace, &setter.name)?;
        images.automations.iter().find(|a| a.updates(policy, path))
    });
    match automation {
        Some(automation) => {
            let id = &automation.object.id;
            format!(
                "the automation `{}/{}` writes it on its next run",
                id.namespace, id.name
            )
        }
        None => format!("no automation of this repository writes it: set `{winner}` by hand"),
    }
}

/// Returns what is suspended of the policy and its repository, if anything.
fn suspended(context: &Context<'_>, setter: &Setter) -> Option<String> {
    context
        .policy(setter)
        .found
        .iter()
        .find_map(|(cluster, policy)| {
            let repository = context.images.get(*cluster)?.repository_of(policy)?;
            let objects = [("ImagePolicy", *policy), ("ImageRepository", repository)];
            let is_suspended = |object: &ImageObject<'_>| {
                let field = object.node().at_path(&["spec", "suspend"]);
                field.and_then(Node::as_bool).unwrap_or(false)
            };
            let (kind, object) = objects.into_iter().find(|(_, o)| is_suspended(o))?;
            Some(format!(
                "the {kind} `{}/{}`",
                object.id.namespace, object.id.name
            ))
        })
}
