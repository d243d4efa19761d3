//! `image/marker-malformed`: a comment that is meant as a marker and that Flux would ignore for what it says.

use crate::image::marker::{Malformation, Marker};
use crate::lint::rules::page;
use crate::lint::{Context, Draft, Rule, RuleInfo, Severity, Sink};

static INFO: RuleInfo = page(
    "image/marker-malformed",
    Severity::Error,
    include_str!("../../../../docs/rules/image/marker-malformed.md"),
);

pub(super) const RULE: Rule = Rule { info: &INFO, check };

fn check(context: &Context<'_>, sink: &mut Sink<'_>) {
    for file in &context.marked {
        for marker in &file.markers.markers {
            if let Err(malformation) = &marker.body {
                sink.in_file(&file.source, marker.span, draft(marker, malformation));
            }
        }
    }
}

fn draft(_marker: &Marker, malformation: &Malformation) -> Draft {
    let why = match malformation {
        Malformation::NotJson(fault) => format!("it is no JSON: {fault}"),
        Malformation::ExtraText(text) => {
            format!("`{text}` stands beside the JSON object, and nothing may")
        }
        Malformation::NoObject => "it is no JSON object".to_owned(),
        Malformation::WrongKey(key) => format!("its key is `{key}`, not `$imagepolicy`"),
        Malformation::NotText => "its values are not all strings".to_owned(),
        Malformation::BadSetter(value) => format!("`{value}` is not `namespace:name`"),
        Malformation::UnknownSuffix(part) => {
            format!("`{part}` is none of `tag`, `name` and `digest`")
        }
        Malformation::Variable(value) => format!("nothing substitutes `{value}` in a comment"),
    };
    let help = "write exactly `# {\"$imagepolicy\": \"namespace:name\"}`, with `:tag`, `:name` or `:digest` behind the name";
    Draft::new(format!("Flux ignores this image policy marker: {why}")).help(help)
}
