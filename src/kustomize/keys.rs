//! Finds what Go cannot write as JSON: keys said twice, keys that are no strings, numbers that are none.

use std::collections::HashSet;

use crate::manifest::{
    Entry, Node, Resolved, ScalarStyle, Schema, Tag, Value, ValueError, ValueProblem,
};

/// Returns the first thing in a tree that keeps it from becoming JSON.
pub(crate) fn fault(node: &Node) -> Option<ValueError> {
    match &node.value {
        Value::Scalar(_) => scalar_fault(node),
        Value::Sequence(items) => items.iter().find_map(fault),
        Value::Mapping(entries) => mapping_fault(entries),
        Value::Alias(target) => fault(target),
    }
}

fn mapping_fault(entries: &[Entry]) -> Option<ValueError> {
    if let Some(entry) = repeated(entries) {
        let key = entry.key.text().unwrap_or_default().into();
        return Some(error(&entry.key, ValueProblem::DuplicateKey(key)));
    }
    entries
        .iter()
        .find_map(|entry| key_fault(&entry.key).or_else(|| fault(&entry.value)))
}

fn repeated(entries: &[Entry]) -> Option<&Entry> {
    // Comparing is cheaper than hashing: few keys are of one length.
    const FEW: usize = 32;
    if entries.len() > FEW {
        let mut seen = HashSet::with_capacity(entries.len());
        return entries.iter().find(|e| !seen.insert(e.key.text()));
    }
    let said = |(i, entry): &(usize, &Entry)| {
        let key = entry.key.text();
        entries.iter().take(*i).any(|e| e.key.text() == key)
    };
    entries
        .iter()
        .enumerate()
        .find(said)
        .map(|(_, entry)| entry)
}

fn key_fault(key: &Node) -> Option<ValueError> {
    if is_surely_string(key) {
        return None;
    }
    match key.resolve(Schema::Kustomize) {
        Ok(Resolved::Str(_)) => None,
        Ok(_) | Err(_) => {
            let text = key.text().unwrap_or_default().into();
            Some(error(key, ValueProblem::Key(text)))
        }
    }
}

fn scalar_fault(node: &Node) -> Option<ValueError> {
    if is_surely_string(node) {
        return None;
    }
    match node.resolve(Schema::Kustomize) {
        Ok(Resolved::Float(value)) if !value.is_finite() => {
            let text = node.text().unwrap_or_default().into();
            Some(error(node, ValueProblem::NotFinite(text)))
        }
        Ok(_) => None,
        Err(error) => Some(error),
    }
}

/// Tells at a glance whether a scalar is a string.
fn is_surely_string(node: &Node) -> bool {
    let Value::Scalar(scalar) = &node.value else {
        return false;
    };
    match node.tag {
        // Kustomize may not be able to read what it writes.
        _ if scalar.text.starts_with('\t') => false,
        Tag::Str => true,
        Tag::None if scalar.style != ScalarStyle::Plain => true,
        Tag::None => match scalar.text.as_bytes().first() {
            Some(b't' | b'T' | b'f' | b'F' | b'n' | b'N') => scalar.text.len() > "false".len(),
            Some(b'0'..=b'9' | b'+' | b'-' | b'.' | b'~' | b'<') | None => false,
            Some(_) => true,
        },
        _ => false,
    }
}

fn error(node: &Node, problem: ValueProblem) -> ValueError {
    ValueError {
        problem,
        place: node.place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{FileId, SourceFile};

    fn problem(text: &str) -> Option<String> {
        let file = SourceFile::parse(FileId(0), "a.yaml", text);
        fault(file.documents[0].root.as_ref().unwrap()).map(|e| e.to_string())
    }

    #[test]
    fn finds_bad_keys() {
        assert_eq!(problem("a: 1\nb: {c: [x, y]}\n"), None);
        assert!(problem("a: 1\na: 2\n").is_some());
        assert!(problem("a: {1: x}\n").is_some());
        assert!(problem("a: {\"1\": x, yes: y}\n").is_none());
        assert!(problem("a: .inf\n").is_some());
    }
}
