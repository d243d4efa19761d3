//! What is said when a template cannot be rendered: the file, the line, and the value that is missing.

use std::collections::BTreeSet;
use std::error::Error as _;

use minijinja::{Error, ErrorKind};
use serde_json::Value;

use super::{OWN, PlanError, Templates};
use crate::manifest::SourceFile;

/// A template cannot do what is asked: `fail("...")`. That is the user's matter, not the template's.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refusal(pub(super) String);

/// Turns an error of the engine into one with file and line.
pub(super) fn explain(templates: &Templates, error: &Error, values: &Value) -> PlanError {
    let mut inner = error;
    let mut source = error.source();
    while let Some(next) = source {
        if let Some(Refusal(message)) = next.downcast_ref() {
            return PlanError::Other(message.clone());
        }
        inner = next.downcast_ref().unwrap_or(inner);
        source = next.source();
    }
    let (Some(name), Some(line)) = (inner.name(), inner.line()) else {
        return PlanError::Other(inner.to_string());
    };
    let (text, is_own) = templates.source(name).unwrap_or_default();
    let code = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let what = match inner.kind() {
        ErrorKind::UndefinedError => missing(code, values),
        kind => inner
            .detail()
            .map_or_else(|| kind.to_string(), |d| format!("{kind}: {d}")),
    };
    PlanError::Other(format!("{}:{line}: {what}", path(name, is_own)))
}

/// Holds a rendered template against YAML: one document that is an object.
///
/// # Errors
/// It is something else; the message names the line of the template that is to blame, as near as can be told.
pub(super) fn check_yaml(
    templates: &Templates,
    name: &str,
    file: &SourceFile,
) -> Result<(), PlanError> {
    let (template, is_own) = templates.source(name).unwrap_or_default();
    let fail = |line: u32, what: String| {
        let line = origin(template, file.line_text(line), line);
        Err(PlanError::Other(format!(
            "{}:{line}: {what}",
            path(name, is_own)
        )))
    };
    if let Some(error) = file.errors.first() {
        let line = file.line(error.span.start as usize);
        let text = file.line_text(line).trim();
        return fail(
            line,
            format!("gives no YAML at `{text}`: {}", error.message),
        );
    }
    let mut roots = file.documents.iter().filter_map(|d| d.root.as_ref());
    match (roots.next(), roots.next()) {
        (Some(root), None) if root.is_mapping() => Ok(()),
        (Some(_), Some(second)) => fail(
            file.line(second.place.span.start as usize),
            "gives several documents, and one is expected".to_owned(),
        ),
        _ => fail(1, "gives no object".to_owned()),
    }
}

fn path(name: &str, is_own: bool) -> String {
    let folder = if is_own { OWN } else { "templates" };
    format!("{folder}/{name}")
}

/// Returns the line of a template that a rendered line came from: the nearest that begins in the same way.
fn origin(template: &str, rendered: &str, at: u32) -> u32 {
    let rendered = rendered.trim();
    let candidates = (1..).zip(template.lines()).filter(|(_, line)| {
        let literal = line.split("{{").next().unwrap_or_default().trim();
        !literal.is_empty() && !literal.starts_with("{%") && rendered.starts_with(literal)
    });
    let nearest = candidates.min_by_key(|(line, _)| at.abs_diff(*line));
    nearest.map_or(1, |(line, _)| line)
}

/// Says which value on a line of a template is not there.
fn missing(code: &str, values: &Value) -> String {
    let names = paths(code);
    let absent = names.iter().find(|path| !is_there(path, values));
    match absent.or(names.first()) {
        Some(path) => format!("`{path}` has no value"),
        None => "a value is missing".to_owned(),
    }
}

fn is_there(path: &str, values: &Value) -> bool {
    let mut parts = path.split('.');
    let root = parts.next().and_then(|name| values.get(name));
    let found = parts.try_fold(root, |value, name| Some(value?.get(name)));
    found.flatten().is_some_and(|value| !value.is_null())
}

/// Returns the dotted names between `{{` and `}}`, or `{%` and `%}`, without words of the language.
fn paths(code: &str) -> Vec<String> {
    const WORDS: [&str; 13] = [
        "if", "else", "elif", "for", "in", "not", "none", "is", "and", "or", "set", "true", "false",
    ];
    let mut known: BTreeSet<&str> = WORDS.into();
    let mut found = Vec::new();
    for part in code.split("{{").skip(1).chain(code.split("{%").skip(1)) {
        let end = part
            .find("}}")
            .or_else(|| part.find("%}"))
            .unwrap_or(part.len());
        let expression = part.get(..end).unwrap_or_default();
        // Texts in quotes are no names, nor is what stands behind a bar.
        let unquoted = expression
            .split('"')
            .step_by(2)
            .flat_map(|text| text.split('|').take(1));
        for word in unquoted
            .flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || "_.".contains(c))))
        {
            if word.starts_with(|c: char| c.is_alphabetic()) && known.insert(word) {
                found.push(word.to_owned());
            }
        }
    }
    found
}
