//! `image/rewrite-hazard`: Flux would harm a file by rewriting it.

use crate::image::marker::Field;
use crate::lint::context::MarkedFile;
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};
use crate::manifest::{Node, Resolved, ScalarStyle, Schema, Span, Value};

static INFO: RuleInfo = page(
    "image/rewrite-hazard",
    Severity::Warning,
    include_str!("../../../../docs/rules/image/rewrite-hazard.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for file in &context.marked {
        let Some((first, _)) = file.live().next() else {
            continue;
        };
        for (marker, setter) in file.live() {
            if let Some(what) = marker.position.as_ref().ok().and_then(loses_quotes) {
                let draft = Draft::new(format!("Flux keeps the type of this unquoted {what}: what it writes for `{setter}` gets a tag such as `!!int`"))
                    .help("put the value into double quotes");
                sink.in_file(&file.source, marker.span, draft);
            }
        }
        for (span, message, help) in whole_file(file, first.span) {
            sink.in_file(&file.source, span, Draft::new(message).help(help));
        }
    }
}

/// Names the type of a plain scalar that is no string.
fn loses_quotes(field: &Field) -> Option<&'static str> {
    let scalar = field.scalar()?;
    if scalar.style != ScalarStyle::Plain {
        return None;
    }
    match field.node.resolve(Schema::Kustomize).ok()? {
        Resolved::Str(text) => (text != scalar.text.as_str()).then_some("date"),
        Resolved::Bool(_) => Some("bool"),
        Resolved::Null => Some("null"),
        _ => Some("number"),
    }
}

fn whole_file(file: &MarkedFile, first: Span) -> Vec<(Span, String, &'static str)> {
    let source = &file.source;
    let mut found = Vec::new();
    if source.text.contains("\r\n") {
        let message = "Flux rewrites this file with LF line ends: every CRLF changes".to_owned();
        found.push((first, message, "convert the file to LF"));
    }
    if source.path.contains("..") {
        let message =
            "the path of this file contains `..`, at which Flux aborts the whole run".to_owned();
        found.push((first, message, "rename the folder"));
    }
    for root in source.documents.iter().filter_map(|d| d.root.as_ref()) {
        let is_list = matches!(root.text_at(&["kind"]), Some("List" | "ResourceList"));
        if let Some(kind) = root
            .get("kind")
            .filter(|_| is_list && root.get("items").is_some())
        {
            let message =
                "Flux writes the items of a `kind: List` as new files and leaves this one as it is"
                    .to_owned();
            found.push((
                kind.place.span,
                message,
                "write the items as documents of their own",
            ));
        }
        requoted(root, &mut |key: &Node| {
            let message = "Flux rewrites this block scalar as one quoted line: it has spaces at a line's end, or an emoji".to_owned();
            found.push((key.place.span, message, "remove the trailing spaces or the emoji, or move the text to a file without markers"));
        });
    }
    found
}

/// Calls `report` with the key of every block scalar that go-yaml cannot write as one.
fn requoted(node: &Node, report: &mut impl FnMut(&Node)) {
    match &node.value {
        Value::Sequence(items) => items.iter().for_each(|item| requoted(item, report)),
        Value::Mapping(entries) => {
            for entry in entries.iter() {
                let scalar = entry
                    .value
                    .scalar()
                    .filter(|s| matches!(s.style, ScalarStyle::Literal | ScalarStyle::Folded));
                let harmed = |text: &str| {
                    text.lines()
                        .any(|line| line.ends_with([' ', '\t']) && !line.trim().is_empty())
                        || text.chars().any(|c| c > '\u{ffff}')
                };
                match scalar {
                    Some(scalar) if harmed(&scalar.text) => report(&entry.key),
                    Some(_) => {}
                    None => requoted(&entry.value, report),
                }
            }
        }
        Value::Scalar(_) | Value::Alias(_) => {}
    }
}
