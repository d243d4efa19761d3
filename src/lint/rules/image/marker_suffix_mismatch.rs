//! `image/marker-suffix-mismatch`: the part that a marker names does not fit the field it stands on.

use crate::image::Reference;
use crate::image::marker::{Field, Part, Setter};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/marker-suffix-mismatch",
    Severity::Error,
    include_str!("../../../../docs/rules/image/marker-suffix-mismatch.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for file in &context.marked {
        for (marker, setter) in file.live() {
            let Ok(field) = &marker.position else {
                continue;
            };
            if let Some(draft) = judge(setter, field) {
                sink.in_file(&file.source, marker.span, draft);
            }
        }
    }
}

fn judge(setter: &Setter, field: &Field) -> Option<Draft> {
    let key = field.key.as_deref().unwrap_or_default();
    let suffix = match key {
        "tag" | "newTag" | "imageTag" => Part::Tag,
        "digest" => Part::Digest,
        "repository" | "newName" => Part::Name,
        _ => return tag_in_reference(setter, field),
    };
    // `repository: name:tag` is odd but whole.
    let takes_whole = suffix == Part::Name && field.scalar().is_some_and(|s| is_whole(&s.text));
    if setter.part != Part::Image || takes_whole {
        return None;
    }
    Some(
        Draft::new(format!("Flux would write a whole `name:tag` into `{key}`")).help(format!(
            "write `{}:{}`",
            setter,
            suffix.word()
        )),
    )
}

/// A marker for the tag on a value that is a whole reference loses the name.
fn tag_in_reference(setter: &Setter, field: &Field) -> Option<Draft> {
    let text = &field.scalar()?.text;
    let is_part = matches!(setter.part, Part::Tag | Part::Digest);
    if !is_part || !is_whole(text) {
        return None;
    }
    let whole = Setter {
        part: Part::Image,
        ..setter.clone()
    };
    Some(
        Draft::new(format!(
            "Flux would replace the whole of `{text}` by the {} alone",
            setter.part.word()
        ))
        .help(format!(
            "write `{whole}`, without `:{}`",
            setter.part.word()
        )),
    )
}

/// Tells whether a text is an image with a name and a tag or digest.
fn is_whole(text: &str) -> bool {
    text.contains([':', '@'])
        && Reference::parse(text).is_ok_and(|r| r.tag().is_some() || r.digest().is_some())
}
