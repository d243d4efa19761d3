//! `image/marker-misplaced`: a well-formed marker where Flux never looks, or where it would write an image into something
//! else.

use crate::image::marker::{Field, Marker, Misplacement};
use crate::lint::context::MarkedFile;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/marker-misplaced",
    Severity::Error,
    include_str!("../../../../docs/rules/image/marker-misplaced.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

const TO_THE_VALUE: &str = "put the marker at the end of the line of the image's value";

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for file in &context.marked {
        for marker in file.markers.markers.iter().filter(|m| m.body.is_ok()) {
            if let Some(draft) = judge(file, marker) {
                sink.in_file(&file.source, marker.span, draft);
            }
        }
    }
}

fn judge(file: &MarkedFile, marker: &Marker) -> Option<Draft> {
    if let Some(unreadable) = &file.markers.unreadable {
        let message = format!(
            "Flux skips the whole file of this marker: {}",
            unreadable.reason
        );
        let related = file.source.place(unreadable.span);
        let draft = Draft::new(message)
            .help("move what the marker is for into a file that Flux can read and rewrite");
        return Some(if unreadable.span.end > 0 {
            draft.related(related, "this is why")
        } else {
            draft
        });
    }
    match &marker.position {
        Err(misplacement) => Some(misplaced(*misplacement)),
        Ok(field) => takes_no_image(field).map(|key| {
            Draft::new(format!(
                "Flux would write an image into `{key}`, which takes none"
            ))
            .help(TO_THE_VALUE)
        }),
    }
}

fn misplaced(misplacement: Misplacement) -> Draft {
    let (why, help) = match misplacement {
        Misplacement::OwnLine => (
            "it stands on a line of its own, and Flux looks only behind a value",
            TO_THE_VALUE,
        ),
        Misplacement::Collection => (
            "the value of this key is a mapping or a list, and Flux sets only scalars",
            TO_THE_VALUE,
        ),
        Misplacement::KeyLine => (
            "the value starts on the next line, and the comment belongs to the key",
            TO_THE_VALUE,
        ),
        Misplacement::Empty => (
            "there is no value here that Flux could set",
            "write the present image before the marker",
        ),
        Misplacement::FlowCollection => (
            "it stands behind a one-line list or mapping, and Flux looks only behind a scalar",
            "write the list or mapping over several lines, with the marker behind the value",
        ),
        Misplacement::BlockScalar => (
            "it is text inside a block scalar, not a comment",
            "take the value out of the block: a kustomize `images:` entry or a generator's file can carry the marker",
        ),
        Misplacement::Alias => (
            "it stands behind an alias",
            "put the marker behind the value at the anchor",
        ),
        Misplacement::Nothing => ("no value stands on its line", TO_THE_VALUE),
        Misplacement::Hidden => (
            "the item below has a comment at its end, which hides this one",
            "put the marker at the end of the item's line, in place of the other comment",
        ),
    };
    Draft::new(format!("Flux never looks at this marker: {why}")).help(help)
}

/// Returns the key of a field that can hold no part of an image reference.
fn takes_no_image(field: &Field) -> Option<&str> {
    let key = field.key.as_deref()?;
    let lower = key.to_ascii_lowercase();
    let other = matches!(
        lower.as_str(),
        "replicas" | "kind" | "apiversion" | "namespace" | "interval" | "imagepullpolicy"
    );
    (other || lower.ends_with("port")).then_some(key)
}
