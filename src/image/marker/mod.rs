//! Image policy markers: which comments are meant as one, what they say, and whether Flux would act on them.
//!
//! Source of the behaviour: image-automation-controller 1.2 (`pkg/update`, on kyaml setters2 and go-yaml v3 comments).

mod body;
mod file;
mod position;

pub use body::{Malformation, Part, Setter};
pub use file::Unreadable;
pub use position::{Field, Misplacement};

use crate::manifest::{Placement, Scalar, SourceFile, Span, Value};

/// A comment that is meant as an image policy marker, alive or dead.
#[derive(Clone, Debug)]
pub struct Marker {
    /// The comment, `#` included; for text in a block scalar the bytes of the would-be comment.
    pub span: Span,
    /// Index of the document in its stream.
    pub document: usize,
    /// What the comment says.
    pub body: Result<Setter, Malformation>,
    /// What it stands at.
    pub position: Result<Field, Misplacement>,
}

/// The markers of one file.
#[derive(Clone, Debug, Default)]
pub struct FileMarkers {
    /// All comments that are meant as markers, in order.
    pub markers: Vec<Marker>,
    /// Why Flux leaves the whole file alone, if it does.
    pub unreadable: Option<Unreadable>,
}

/// Tells whether a file may hold something that is meant as a marker. Cheap: one pass over the bytes.
pub fn may_have_markers(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes
        .get(from..)
        .and_then(|rest| rest.iter().position(|b| *b == b'#'))
    {
        let line = &bytes[from + at..];
        let end = line.iter().position(|b| *b == b'\n').unwrap_or(line.len());
        if body::mentions_policy(&line[..end]) {
            return true;
        }
        from += at + end;
    }
    false
}

/// Finds every comment of `file` that is meant as a marker.
pub fn scan(file: &SourceFile) -> FileMarkers {
    let mut markers = in_comments(file);
    if file.text.contains("$imagepolicy") {
        markers.extend(in_block_scalars(file));
    }
    if !file.errors.is_empty() {
        markers.extend(in_broken_text(file, &markers));
    }
    if markers.is_empty() {
        return FileMarkers::default();
    }
    markers.sort_by_key(|m| m.span);
    FileMarkers {
        markers,
        unreadable: file::unreadable(file),
    }
}

fn in_comments(file: &SourceFile) -> Vec<Marker> {
    let mut markers = Vec::new();
    let mut slots = None;
    for (index, comment) in file.comments.iter().enumerate() {
        let text = file.slice(comment.span);
        if !body::is_meant(text, comment.placement == Placement::OwnLine) {
            continue;
        }
        let slots = slots.get_or_insert_with(|| position::Slots::of(file));
        let document = file
            .document_at(comment.span.start as usize)
            .map_or(0, |d| d.index);
        let body = body::parse(text);
        markers.push(Marker {
            span: comment.span,
            document,
            body,
            position: slots.position(file, index),
        });
    }
    markers
}

/// Finds well-formed markers inside the text of block scalars: ConfigMap contents, inline patches.
fn in_block_scalars(file: &SourceFile) -> Vec<Marker> {
    let mut markers = Vec::new();
    for document in &file.documents {
        let mut stack: Vec<_> = document.root.iter().collect();
        while let Some(node) = stack.pop() {
            match &node.value {
                Value::Mapping(entries) => stack.extend(entries.iter().map(|e| &e.value)),
                Value::Sequence(items) => stack.extend(items.iter()),
                Value::Scalar(scalar) if may_hold(scalar) => {
                    let within = file.slice(node.place.span);
                    let start = node.place.span.start as usize;
                    markers.extend(body::lines_with_marker(within).map(|(at, text)| Marker {
                        span: Span::new(start + at, start + at + text.len()),
                        document: document.index,
                        body: body::parse(text),
                        position: Err(Misplacement::BlockScalar),
                    }));
                }
                Value::Scalar(_) | Value::Alias(_) => {}
            }
        }
    }
    markers.retain(|m| m.body.is_ok());
    markers
}

/// Finds markers behind the point at which a file stops being YAML, where no comments are known.
fn in_broken_text(file: &SourceFile, known: &[Marker]) -> Vec<Marker> {
    let mut markers = Vec::new();
    let mut offset = 0;
    for line in file.text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let Some(at) = line.find('#') else { continue };
        let comment = line.get(at..).unwrap_or_default().trim_end();
        let span = Span::new(start + at, start + at + comment.len());
        let own_line = line.trim_start().starts_with('#');
        if body::is_meant(comment, own_line) && !known.iter().any(|m| m.span.start == span.start) {
            let document = file.document_at(span.start as usize).map_or(0, |d| d.index);
            let position = Err(Misplacement::Nothing);
            markers.push(Marker {
                span,
                document,
                body: body::parse(comment),
                position,
            });
        }
    }
    markers
}

fn may_hold(scalar: &Scalar) -> bool {
    scalar.text.contains("$imagepolicy")
}

#[cfg(test)]
mod tests;
