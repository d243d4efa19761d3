//! Whether Flux reads a file with markers at all.

use crate::manifest::{ScalarStyle, SourceFile, Span, Value};

/// Why image-automation-controller passes over a whole file without a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// A fragment: "a document of it is a list".
    pub reason: String,
    /// What is at fault.
    pub span: Span,
}

/// Returns why Flux skips `file`, if it does (kyaml 0.21 `ByteReader`; any bad document loses the whole file).
pub(super) fn unreadable(file: &SourceFile) -> Option<Unreadable> {
    let found = |reason: &str, span| {
        Some(Unreadable {
            reason: reason.to_owned(),
            span,
        })
    };
    if !has_exact_name(&file.path) {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        return found(
            &format!("Flux reads only `.yaml`, `.yml` and `Kustomization`, not `{name}`"),
            Span::new(0, 0),
        );
    }
    if let Some(error) = file.errors.first() {
        return found("it is no valid YAML", error.span);
    }
    if let Some(span) = bad_separator(file) {
        return found(
            "a `---` line with text behind it, or inside a block scalar, ends the reading",
            span,
        );
    }
    file.documents.iter().find_map(|document| {
        let root = document.root.as_ref()?;
        let span = root.place.span;
        match &root.value {
            Value::Mapping(_) => {}
            Value::Sequence(_) => return found("a document of it is a list, not an object", span),
            Value::Scalar(_) | Value::Alias(_) => {
                return found("a document of it is no object", span);
            }
        }
        let metadata = root
            .get("metadata")
            .filter(|m| !m.is_null() && !m.is_mapping())?;
        found(
            "`metadata` of one of its objects is no mapping",
            metadata.place.span,
        )
    })
}

/// Tells whether the controller looks at files of this name: the extension in exactly this case.
fn has_exact_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name == "Kustomization" || name.ends_with(".yaml") || name.ends_with(".yml")
}

/// Finds what kyaml takes for a document separator and then cannot read.
fn bad_separator(file: &SourceFile) -> Option<Span> {
    let mut offset = 0;
    for line in file.text.split_inclusive('\n') {
        let span = Span::new(offset, offset + line.trim_end().len());
        offset += line.len();
        if line.starts_with("%YAML") {
            return Some(span);
        }
        let Some(rest) = line.strip_prefix("---") else {
            continue;
        };
        let rest = rest.trim();
        let is_separator = rest.is_empty() || rest.starts_with('#');
        if !is_separator || in_block_scalar(file, span.start as usize) {
            return Some(span);
        }
    }
    None
}

fn in_block_scalar(file: &SourceFile, offset: usize) -> bool {
    let Some(document) = file.document_at(offset) else {
        return false;
    };
    let mut stack: Vec<_> = document.root.iter().collect();
    while let Some(node) = stack.pop() {
        match &node.value {
            Value::Mapping(entries) => stack.extend(entries.iter().map(|e| &e.value)),
            Value::Sequence(items) => stack.extend(items.iter()),
            Value::Scalar(s) => {
                let block = matches!(s.style, ScalarStyle::Literal | ScalarStyle::Folded);
                if block && node.place.span.contains(offset) {
                    return true;
                }
            }
            Value::Alias(_) => {}
        }
    }
    false
}
