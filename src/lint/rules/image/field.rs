//! What stands at a marker: the image that its field, and the keys beside it, name.

use crate::image::marker::{Field, Part};
use crate::image::{Reference, same_repository};
use crate::manifest::{Node, Route, SourceFile};

/// Returns an image without its tag and digest.
pub(super) fn name_of(image: &str) -> String {
    let end = image.find('@').unwrap_or(image.len());
    let name = image.get(..end).unwrap_or(image);
    match name.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before.to_owned(),
        _ => name.to_owned(),
    }
}

/// Returns the image that stands at a marker, without or with its tag; for a bare tag or digest from the keys beside it.
pub(super) fn current(
    file: &SourceFile,
    document: usize,
    field: &Field,
    part: Part,
) -> Option<String> {
    let text = field.scalar()?.text.to_string();
    match part {
        Part::Image => {
            (!matches!(field.key.as_deref(), Some("tag" | "newTag" | "digest"))).then_some(text)
        }
        Part::Name => {
            let registry = parent(file, document, field).and_then(|p| registry(p));
            Some(with_registry(registry, &text))
        }
        Part::Tag | Part::Digest => {
            let parent = parent(file, document, field)?;
            let names = ["newName", "repository", "name", "image"];
            let name = names
                .iter()
                .find_map(|key| parent.text_at(&[key]).filter(|t| !t.is_empty()))?;
            Some(with_registry(registry(parent), name))
        }
    }
}

/// Tells whether the image at a marker is `watched`, as far as it can be told: a chart may have a default beside which
/// nobody wrote anything.
pub(super) fn may_be_of(
    file: &SourceFile,
    document: usize,
    field: &Field,
    part: Part,
    watched: &Reference,
) -> bool {
    let image = current(file, document, field, part);
    image.is_none_or(|image| same_repository(&image, &watched.to_string()))
}

fn registry(parent: &Node) -> Option<&str> {
    parent.text_at(&["registry"]).filter(|r| !r.is_empty())
}

fn with_registry(registry: Option<&str>, name: &str) -> String {
    registry.map_or_else(
        || name.to_owned(),
        |registry| format!("{}/{name}", registry.trim_end_matches('/')),
    )
}

/// Returns the mapping that the field stands in.
pub(super) fn parent<'f>(file: &'f SourceFile, document: usize, field: &Field) -> Option<&'f Node> {
    let root = file.documents.get(document)?.root.as_ref()?;
    let route = Route::to(root, field.span.start as usize);
    route.parent().find(root)
}
