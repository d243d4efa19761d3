//! Writes an object as YAML text.

use crate::manifest::{Quotes, ScalarStyle, spell_like};

use super::piece::{Content, Piece, Text};

/// How text is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Columns of one more level.
    pub indent: usize,
    /// Columns between a key and the dashes of its list.
    pub list: usize,
    /// How strings are quoted that have to be.
    pub quotes: Quotes,
}

/// Returns the text of an object, with a line break at its end.
pub(super) fn print(object: &Piece, layout: Layout) -> String {
    let mut printer = Printer {
        out: String::new(),
        layout,
    };
    if let Content::Map(pieces) = &object.content {
        printer.map(pieces, 0, false);
    }
    printer.out
}

struct Printer {
    out: String,
    layout: Layout,
}

impl Printer {
    /// Writes entries at a column; the first one behind a dash if `inline`.
    fn map(&mut self, pieces: &[Piece], column: usize, inline: bool) {
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 || !inline {
                for comment in &piece.above {
                    self.line(column, comment);
                }
                self.pad(column);
            }
            let key = spell_like(&piece.key, ScalarStyle::Plain, false, self.layout.quotes);
            self.out.push_str(&key);
            self.out.push(':');
            self.value(piece, column);
        }
    }

    /// Writes what stands behind a key, its line break included.
    fn value(&mut self, piece: &Piece, column: usize) {
        let reference = piece.reference.as_deref();
        if let Some(reference) = reference {
            self.out.push(' ');
            self.out.push_str(reference);
            if reference.starts_with('*') {
                return self.end(piece);
            }
        }
        match &piece.content {
            Content::Scalar(text) if is_block(text) => self.block(piece, text, column),
            Content::Scalar(text) => {
                let spelled = self.scalar(text, false);
                if !spelled.is_empty() {
                    self.out.push(' ');
                    self.out.push_str(&spelled);
                }
                self.end(piece);
            }
            Content::Map(pieces) if pieces.is_empty() || piece.flow => self.flow(piece),
            Content::List(items) if items.is_empty() || piece.flow => self.flow(piece),
            Content::Map(pieces) => {
                self.end(piece);
                self.map(pieces, column + self.layout.indent, false);
            }
            Content::List(items) => {
                self.end(piece);
                self.list(items, column + self.layout.list);
            }
        }
    }

    fn list(&mut self, items: &[Piece], column: usize) {
        for item in items {
            for comment in &item.above {
                self.line(column, comment);
            }
            self.pad(column);
            self.out.push('-');
            match &item.content {
                Content::Map(pieces) if !pieces.is_empty() && !item.flow => {
                    self.out.push(' ');
                    self.map(pieces, column + 2, true);
                }
                Content::List(items) if !items.is_empty() && !item.flow => {
                    self.out.push('\n');
                    self.list(items, column + 2);
                }
                _ => self.value(item, column),
            }
        }
    }

    fn flow(&mut self, piece: &Piece) {
        self.out.push(' ');
        let text = self.in_flow(&piece.content);
        self.out.push_str(&text);
        self.end(piece);
    }

    fn in_flow(&self, content: &Content) -> String {
        match content {
            Content::Scalar(text) => self.scalar(text, true),
            Content::List(items) => {
                let items: Vec<String> = items.iter().map(|i| self.in_flow(&i.content)).collect();
                format!("[{}]", items.join(", "))
            }
            Content::Map(pieces) if pieces.is_empty() => "{}".to_owned(),
            Content::Map(pieces) => {
                let entries: Vec<String> = pieces
                    .iter()
                    .map(|p| {
                        let key = spell_like(&p.key, ScalarStyle::Plain, true, self.layout.quotes);
                        format!("{key}: {}", self.in_flow(&p.content))
                    })
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    fn scalar(&self, text: &Text, in_flow: bool) -> String {
        match text.is_string {
            true => spell_like(&text.text, text.style, in_flow, self.layout.quotes),
            false => text.text.to_string(),
        }
    }

    fn block(&mut self, piece: &Piece, text: &Text, column: usize) {
        let trimmed = text.text.trim_end_matches('\n');
        let chomping = match text.text.len() - trimmed.len() {
            0 => "-",
            1 => "",
            _ => "+",
        };
        self.out.push_str(" |");
        self.out.push_str(chomping);
        self.end(piece);
        let body = text.text.strip_suffix('\n').unwrap_or(&text.text);
        for line in body.split('\n') {
            if !line.is_empty() {
                self.pad(column + self.layout.indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    fn end(&mut self, piece: &Piece) {
        if let Some(comment) = &piece.right {
            self.out.push(' ');
            self.out.push_str(comment);
        }
        self.out.push('\n');
    }

    fn line(&mut self, column: usize, text: &str) {
        self.pad(column);
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn pad(&mut self, column: usize) {
        self.out.extend(std::iter::repeat_n(' ', column));
    }
}

/// Tells whether a text is written as a literal block: several lines that need no escapes.
fn is_block(text: &Text) -> bool {
    let first = text.text.chars().next();
    let odd =
        |c: char| c.is_control() && c != '\n' || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    text.is_string
        && text.text.contains('\n')
        && !text.text.trim().is_empty()
        && !matches!(first, Some(' ' | '\n' | '\t'))
        && !text
            .text
            .lines()
            .any(|line| line.trim().is_empty() && !line.is_empty())
        && !text.text.chars().any(odd)
}
