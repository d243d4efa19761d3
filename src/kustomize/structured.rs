//! YAML or JSON inside of a string, such as the files of a ConfigMap: reading it, and writing it back changed
//! (kustomize api 0.21 `replacement.setValueInStructuredData`).

use serde_json::Value as Json;

use super::fieldpath::spelled;
use crate::manifest::{
    Entry, FileId, Node, Scalar, ScalarStyle, Schema, SourceFile, Span, Tag, Value,
};

/// A parsed string.
pub(crate) struct Structured {
    /// Its first document.
    pub(crate) root: Node,
    source: SourceFile,
    /// Whether [`write_block`] lays it out as go-yaml does.
    is_plain: bool,
}

/// Reads the first YAML document of a string; nothing if there is nothing in it.
///
/// # Errors
/// It is no YAML.
pub(crate) fn parse(text: &str) -> Result<Option<Structured>, String> {
    let source = SourceFile::parse(FileId::NONE, "", text);
    if let Some(error) = source.errors.iter().find(|e| e.document == 0) {
        return Err(format!("yaml: {}", error.message));
    }
    let root = source.documents.first().and_then(|d| d.root.clone());
    if root.as_ref().is_some_and(|root| is_deep(root, MAX_DEPTH)) {
        return Err("nested too deeply".to_owned());
    }
    Ok(root.map(|root| Structured {
        is_plain: source.comments.is_empty() && is_plain(&root, text),
        root,
        source,
    }))
}

/// Deeper than any real text.
const MAX_DEPTH: usize = 200;

fn is_deep(node: &Node, levels: usize) -> bool {
    match (levels.checked_sub(1), &node.value) {
        (_, Value::Scalar(_) | Value::Alias(_)) => false,
        (None, _) => true,
        (Some(rest), Value::Sequence(items)) => items.iter().any(|n| is_deep(n, rest)),
        (Some(rest), Value::Mapping(entries)) => entries.iter().any(|e| is_deep(&e.value, rest)),
    }
}

impl Structured {
    /// Writes the document back after its root was changed: JSON as JSON, in one line unless it had several; YAML as
    /// YAML. `replaced` are the spans of scalars that are all that changed, with their new nodes.
    ///
    /// # Errors
    /// The result is no JSON.
    pub(crate) fn write(self, replaced: Option<Vec<(Span, Node)>>) -> Result<String, String> {
        let text = &*self.source.text;
        if text.trim_start().starts_with(['{', '[']) {
            let json = self
                .root
                .to_json(Schema::Kustomize)
                .map_err(|e| e.to_string())?;
            return Ok(write_json(
                &json,
                text.contains('\n') && text.contains("  "),
            ));
        }
        match replaced {
            Some(replaced) if !self.is_plain => Ok(self.spliced(replaced)),
            _ => {
                let mut out = String::with_capacity(text.len() + 16);
                write_block(&self.root, 0, &mut out);
                Ok(out.trim().to_owned())
            }
        }
    }

    /// Replaces scalars in the text and leaves the rest alone. kustomize lays all of it out anew, comments included.
    fn spliced(&self, mut replaced: Vec<(Span, Node)>) -> String {
        let end = self
            .source
            .documents
            .get(1)
            .map(|next| next.span.start as usize);
        let text = self
            .source
            .text
            .get(..end.unwrap_or(self.source.text.len()));
        let mut text = text.unwrap_or_default().to_owned();
        replaced.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, node) in replaced {
            if text.get(span.range()).is_some() {
                text.replace_range(span.range(), &written(&node));
            }
        }
        text.trim().to_owned()
    }
}

fn write_json(json: &Json, pretty: bool) -> String {
    let text = if pretty {
        serde_json::to_string_pretty(json)
    } else {
        serde_json::to_string(json)
    };
    let mut out = String::new();
    for c in text.unwrap_or_default().chars() {
        match c {
            // Go escapes what HTML would misread.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// Tells whether [`write_block`] lays a node out as go-yaml does: no flow collections, folded scalars or aliases.
fn is_plain(node: &Node, text: &str) -> bool {
    let starts_with = |c| {
        let own = text.get(node.place.span.range());
        own.is_some_and(|own| own.starts_with(c))
    };
    match &node.value {
        Value::Alias(_) => false,
        Value::Scalar(scalar) => scalar.style != ScalarStyle::Folded,
        Value::Sequence(items) => {
            items.is_empty() || !starts_with('[') && items.iter().all(|item| is_plain(item, text))
        }
        Value::Mapping(entries) => {
            let fits = |e: &Entry| is_plain(&e.key, text) && is_plain(&e.value, text);
            entries.is_empty() || !starts_with('{') && entries.iter().all(fits)
        }
    }
}

/// Writes a collection in block style, fields in their order, sequences not indented under their key.
fn write_block(node: &Node, indent: usize, out: &mut String) {
    match &node.target().value {
        Value::Mapping(entries) if !entries.is_empty() => {
            for (i, entry) in entries.iter().enumerate() {
                start_line(i, indent, out);
                out.push_str(&written(&entry.key));
                out.push(':');
                let deeper = indent + if entry.value.is_sequence() { 0 } else { 2 };
                write_value(&entry.value, deeper, indent, out);
            }
        }
        Value::Sequence(items) if !items.is_empty() => {
            for (i, item) in items.iter().enumerate() {
                start_line(i, indent, out);
                out.push('-');
                if is_block(item) {
                    out.push(' ');
                    write_block(item, indent + 2, out);
                } else {
                    write_value(item, indent + 2, indent, out);
                }
            }
        }
        _ => write_value(node, indent, indent, out),
    }
}

fn start_line(index: usize, indent: usize, out: &mut String) {
    if index > 0 {
        out.push_str(&" ".repeat(indent));
    }
}

fn is_block(node: &Node) -> bool {
    node.entries().is_some_and(|e| !e.is_empty()) || node.items().is_some_and(|i| !i.is_empty())
}

fn write_value(node: &Node, deeper: usize, indent: usize, out: &mut String) {
    if is_block(node) {
        out.push('\n');
        out.push_str(&" ".repeat(deeper));
        write_block(node, deeper, out);
        return;
    }
    let text = match &node.target().value {
        Value::Mapping(_) => "{}".to_owned(),
        Value::Sequence(_) => "[]".to_owned(),
        _ => match node.scalar().filter(|s| is_literal(s)) {
            Some(scalar) => tag(node).to_owned() + &literal(&scalar.text, indent + 2),
            None => written(node),
        },
    };
    if !text.is_empty() {
        out.push(' ');
        out.push_str(&text);
    }
    out.push('\n');
}

/// Tells whether go-yaml writes a scalar as a block: it was one, or has become one by several lines.
fn is_literal(scalar: &Scalar) -> bool {
    match scalar.style {
        ScalarStyle::Literal => !scalar.text.is_empty(),
        ScalarStyle::Plain => scalar.text.contains('\n'),
        _ => false,
    }
}

fn literal(text: &str, indent: usize) -> String {
    let body = text.strip_suffix('\n');
    let chomp = match body {
        None => "-",
        Some(body) if body.is_empty() || body.ends_with('\n') => "+",
        Some(_) => "",
    };
    let hint = if text.starts_with([' ', '\n']) {
        "2"
    } else {
        ""
    };
    let mut out = format!("|{hint}{chomp}");
    for line in body.unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
    }
    out
}

/// Returns the tag that a scalar needs where it is not what it says.
fn tag(node: &Node) -> &'static str {
    match node.tag {
        Tag::Null => "!!null ",
        Tag::Bool => "!!bool ",
        Tag::Int => "!!int ",
        Tag::Float => "!!float ",
        Tag::Timestamp => "!!timestamp ",
        _ => "",
    }
}

/// Returns a scalar in its own style: tagged where it is not what it says, quoted where it would be something else.
fn written(node: &Node) -> String {
    let text = spelled(node);
    let is_plain = node.scalar().is_some_and(|s| s.style == ScalarStyle::Plain);
    let tag = tag(node);
    if !is_plain || text.starts_with('"') {
        return text;
    }
    let line = SourceFile::parse(FileId::NONE, "", format!("k: {text}\n"));
    let root = line.documents.first().and_then(|d| d.root.as_ref());
    let value = root.and_then(|root| root.text_at(&["k"]));
    if line.errors.is_empty() && value == Some(&*text) {
        format!("{tag}{text}").trim_end().to_owned()
    } else {
        format!("{tag}'{}'", text.replace('\'', "''"))
    }
}
