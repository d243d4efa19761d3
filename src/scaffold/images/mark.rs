//! Puts a marker behind an image.

use super::field::{ImageField, loses_quotes};
use crate::flux::ObjectRef;
use crate::image::marker::{self, Part, Setter};
use crate::manifest::{Editor, NewScalar, SourceFile};
use crate::scaffold::plan::{Draft, PlanError};

/// Returns the comment that lets Flux set a field.
pub fn marker_comment(policy: &ObjectRef, part: Part) -> String {
    let setter = Setter {
        namespace: policy.namespace.clone(),
        name: policy.name.clone(),
        part,
    };
    let suffix = match part {
        Part::Image => String::new(),
        part => format!(":{}", part.word()),
    };
    let Setter {
        namespace, name, ..
    } = setter;
    format!("# {{\"$imagepolicy\": \"{namespace}:{name}{suffix}\"}}")
}

/// Puts the marker behind a field and keeps everything else of its line. Flux takes a comment for a marker only if it says
/// nothing else: one that stands there moves to a line of its own above. A value that YAML reads as a number gets quotes,
/// for Flux would keep its type.
///
/// # Errors
/// Flux would not see the marker there.
pub fn mark(
    draft: &mut Draft<'_>,
    field: &ImageField,
    policy: &ObjectRef,
) -> Result<(), PlanError> {
    let at = format!("{}:{}", field.file, field.line);
    if let Some(problem) = field.problem {
        return Err(PlanError::Other(format!(
            "{at}: the image can have no marker: {problem}"
        )));
    }
    if policy.namespace.contains("${") || policy.name.contains("${") {
        let message = format!(
            "{at}: the policy will be called {policy}, with a variable that a marker cannot hold"
        );
        return Err(PlanError::Other(message));
    }
    let comment = marker_comment(policy, field.part);
    if let Some(text) = with_comment_above(draft, field, &comment)? {
        draft.notes.push(format!(
            "{at}: the comment there moves to a line of its own, for a marker stands alone"
        ));
        draft.replace(&field.file, text)?;
    } else {
        let mut quoted = false;
        draft.edit(&field.file, |editor| {
            quoted = add(editor, field, &comment)?;
            Ok(())
        })?;
        if quoted {
            draft.notes.push(format!(
                "{at}: the tag gets quotes, without which Flux would keep its type and not its text"
            ));
        }
    }
    let source = draft.source(&field.file)?;
    match is_seen(&source, field) {
        Ok(()) => Ok(()),
        Err(why) => Err(PlanError::Other(format!(
            "{at}: Flux would not see a marker there: {why}"
        ))),
    }
}

fn add(
    editor: &mut Editor<'_>,
    field: &ImageField,
    comment: &str,
) -> Result<bool, crate::manifest::EditError> {
    let node = editor.node(field.document, &field.route);
    let text = node
        .filter(|node| loses_quotes(node))
        .and_then(|node| node.text().map(str::to_owned));
    if let Some(text) = &text {
        editor.set_scalar(field.document, &field.route, NewScalar::Str(text))?;
    }
    editor.set_comment(field.document, &field.route, comment, false)?;
    Ok(text.is_some())
}

/// Returns the file with the marker in place of another comment, which stands above then; nothing where there is none.
fn with_comment_above(
    draft: &Draft<'_>,
    field: &ImageField,
    comment: &str,
) -> Result<Option<String>, PlanError> {
    let source = draft.source(&field.file)?;
    let root = source
        .documents
        .get(field.document)
        .and_then(|d| d.root.as_ref());
    let Some(node) = root.and_then(|root| field.route.find(root)) else {
        return Err(PlanError::Missing(field.file.clone()));
    };
    let span = node.place.span;
    let line = source.line_span(source.line(span.end as usize));
    let Some(old) = source
        .comments
        .iter()
        .find(|c| c.span.start >= span.end && c.span.start < line.end)
    else {
        return Ok(None);
    };
    let text = |range: std::ops::Range<usize>| source.text.get(range).unwrap_or_default();
    let (start, old) = (line.start as usize, old.span.range());
    let whole = text(start..old.start);
    let indent = whole
        .get(..whole.len() - whole.trim_start().len())
        .unwrap_or_default();
    let value = span.range();
    let quote = if loses_quotes(node) { "\"" } else { "" };
    let eol = if source.text.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    Ok(Some(format!(
        "{}{indent}{}{eol}{}{quote}{}{quote}{}{comment}{}",
        text(0..start),
        text(old.clone()),
        text(start..value.start),
        text(value.clone()),
        text(value.end..old.start),
        text(old.end..source.text.len()),
    )))
}

/// Tells whether Flux sees a marker at the field, as it reads the file.
fn is_seen(source: &SourceFile, field: &ImageField) -> Result<(), String> {
    let markers = marker::scan(source);
    if let Some(unreadable) = markers.unreadable {
        return Err(format!("it skips the whole file: {}", unreadable.reason));
    }
    let root = source
        .documents
        .get(field.document)
        .and_then(|d| d.root.as_ref());
    let span = root
        .and_then(|root| field.route.find(root))
        .map(|node| node.place.span);
    let mut here = markers.markers.iter().filter(|m| m.body.is_ok());
    match here.any(|m| m.position.as_ref().is_ok_and(|at| Some(at.span) == span)) {
        true => Ok(()),
        false => Err("it would belong to something else on that line".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Tree;
    use crate::scaffold::images::image_fields;

    fn marked(text: &str) -> Result<(String, Vec<String>), String> {
        let tree = Tree::of_texts([("a.yaml", text)]);
        let mut draft = Draft::new(&tree);
        let field = image_fields(&tree.source("a.yaml").expect("a file")).remove(0);
        mark(&mut draft, &field, &ObjectRef::new("flux-system", "web"))
            .map_err(|e| e.to_string())?;
        let plan = draft.finish();
        Ok((
            plan.changes
                .into_iter()
                .next()
                .map(|c| c.after)
                .unwrap_or_default(),
            plan.notes,
        ))
    }

    #[test]
    fn a_marker_follows_the_value() {
        let (text, notes) = marked("spec:\n  image: 'a/b:1.0.0'\n  x: 1\n").expect("a place");
        assert_eq!(
            text,
            "spec:\n  image: 'a/b:1.0.0' # {\"$imagepolicy\": \"flux-system:web\"}\n  x: 1\n"
        );
        assert!(notes.is_empty());
    }

    #[test]
    fn another_comment_moves_above() {
        let (text, notes) =
            marked("c:\n  - image: a/b:1.0.0   # why\n    name: x\n").expect("a place");
        assert_eq!(
            text,
            "c:\n  # why\n  - image: a/b:1.0.0   # {\"$imagepolicy\": \"flux-system:web\"}\n    name: x\n"
        );
        assert_eq!(notes.len(), 1);
    }

    #[test]
    fn numbers_get_quotes() {
        let (text, _) = marked("image:\n  repository: a/b\n  tag: 16.3\n").expect("a place");
        assert_eq!(
            text,
            "image:\n  repository: a/b\n  tag: \"16.3\" # {\"$imagepolicy\": \"flux-system:web:tag\"}\n"
        );
        let (text, _) = marked("image:\n  repository: a/b\n  tag: 16 # major\n").expect("a place");
        assert_eq!(
            text,
            "image:\n  repository: a/b\n  # major\n  tag: \"16\" # {\"$imagepolicy\": \"flux-system:web:tag\"}\n"
        );
    }

    #[test]
    fn what_flux_would_not_see_is_refused() {
        for text in [
            "- {image: a/b:1.0.0, name: x}\n",
            "image: a/b:${T}\n",
            "image: &a a/b:1.0.0\n",
            "image: |\n  a/b:1.0.0\n",
        ] {
            assert!(marked(text).is_err(), "{text}");
        }
        assert!(
            marked("- image: a/b:1.0.0\n")
                .expect_err("a list")
                .contains("skips the whole file")
        );
    }
}
