//! YAML inside of a kustomization file: inline patches and plugin configurations, with places in the file around them.

use super::decode::Text;
use crate::manifest::{Entry, FileId, Node, Place, ScalarStyle, SourceFile, Span, Value};

/// Parses the YAML in a string. The nodes get the places at which they stand in `source`, the file that holds the string;
/// where its style makes that impossible, the place of the string.
pub(crate) fn parse(text: &Text, source: Option<&SourceFile>) -> SourceFile {
    let mut parsed = SourceFile::parse(text.place.file, "", text.value.as_str());
    let map = source
        .filter(|_| text.style == ScalarStyle::Literal)
        .and_then(|source| OffsetMap::new(text, source));
    for error in &mut parsed.errors {
        error.span = relocate(error.span, map.as_ref(), text.place).span;
    }
    parsed
}

/// Returns a tree of inline YAML with the places of the file around it.
pub(crate) fn place(node: &Node, text: &Text, source: Option<&SourceFile>) -> Node {
    if text.place.file == FileId::NONE {
        return strip(node, &|_| Place::NONE);
    }
    let map = source
        .filter(|_| text.style == ScalarStyle::Literal)
        .and_then(|source| OffsetMap::new(text, source));
    strip(node, &|place| {
        relocate(place.span, map.as_ref(), text.place)
    })
}

fn relocate(span: Span, map: Option<&OffsetMap>, whole: Place) -> Place {
    match map {
        Some(map) => Place {
            file: whole.file,
            span: Span::new(map.offset(span.start), map.offset(span.end)),
        },
        None => whole,
    }
}

fn strip(node: &Node, to: &dyn Fn(Place) -> Place) -> Node {
    let value = match &node.value {
        Value::Sequence(items) => {
            let items: Vec<Node> = items.iter().map(|item| strip(item, to)).collect();
            Value::Sequence(items.into())
        }
        Value::Mapping(entries) => {
            let entry = |e: &Entry| Entry {
                key: strip(&e.key, to),
                value: strip(&e.value, to),
            };
            Value::Mapping(entries.iter().map(entry).collect::<Vec<_>>().into())
        }
        value => value.clone(),
    };
    Node {
        value,
        tag: node.tag,
        place: to(node.place),
    }
}

/// For each line of a literal block, where it starts in the string and in the file.
struct OffsetMap {
    lines: Vec<(usize, usize)>,
}

impl OffsetMap {
    /// The span of a literal block starts at its first character behind the indentation. Returns nothing where the
    /// lines of string and file do not match after all.
    fn new(text: &Text, source: &SourceFile) -> Option<Self> {
        let start = text.place.span.start as usize;
        let before = source.text.get(..start)?;
        let first_line = before.rfind('\n').map_or(0, |at| at + 1);
        let indent = start - first_line;
        let mut lines = Vec::new();
        let (mut inner, mut outer) = (0, first_line);
        for line in text.value.split_inclusive('\n') {
            let outer_line = source.text.get(outer..)?.split_inclusive('\n').next()?;
            let content = outer_line.trim_end_matches(['\n', '\r']);
            let skipped = indent.min(content.len());
            if content.get(skipped..)? != line.trim_end_matches('\n') {
                return None;
            }
            lines.push((inner, outer + skipped));
            inner += line.len();
            outer += outer_line.len();
        }
        Some(OffsetMap { lines })
    }

    fn offset(&self, inner: u32) -> usize {
        let inner = inner as usize;
        let index = self.lines.partition_point(|(start, _)| *start <= inner);
        match self.lines.get(index.saturating_sub(1)) {
            Some((start, outer)) => outer + inner.saturating_sub(*start),
            None => inner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_of_a_literal_block_have_their_places_in_the_file() {
        let file = SourceFile::parse(
            FileId(0),
            "kustomization.yaml",
            "patches:\n  - patch: |-\n      kind: A\n      metadata:\n        name: b\n",
        );
        let root = file.documents[0].root.as_ref().unwrap();
        let patch = root.get("patches").unwrap().items().unwrap()[0]
            .get("patch")
            .unwrap();
        let text = Text {
            value: patch.text().unwrap().into(),
            place: patch.place,
            style: patch.scalar().unwrap().style,
        };
        let parsed = parse(&text, Some(&file));
        let node = place(
            parsed.documents[0].root.as_ref().unwrap(),
            &text,
            Some(&file),
        );
        let name = node.at_path(&["metadata", "name"]).unwrap();
        assert_eq!(file.slice(name.place.span), "b");
    }
}
