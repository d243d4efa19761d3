//! The text inside a literal block scalar (`|`), edited as text: line by line back to the bytes of the file.

use super::super::node::{Node, ScalarStyle, Value};
use super::super::route::Route;
use super::expect::Change;
use super::{Draft, EditError, Editor};

/// A literal block scalar's lines in the file.
struct Body<'t> {
    /// The lines of its text.
    lines: Vec<&'t str>,
    /// Where each of them starts in the file, and where the line behind the last one does.
    starts: Vec<usize>,
    /// Columns before each line.
    indent: usize,
}

impl<'f> Editor<'f> {
    /// Replaces the text of a literal block scalar. Lines that are equal at both ends stay untouched; indentation,
    /// indicators and chomping of the block are kept, so that the text has to end as the block does (`|` with one line
    /// break, `|-` with none).
    ///
    /// # Errors
    /// There is no literal block scalar, it is empty, or the text does not fit its indicators.
    pub fn set_block(
        &mut self,
        document: usize,
        route: &Route,
        text: &str,
    ) -> Result<(), EditError> {
        let located = self.locate(document, route)?;
        let body = match &located.node.value {
            Value::Scalar(scalar) if scalar.style == ScalarStyle::Literal => {
                self.body(located.node, &scalar.text)
            }
            _ => return self.refuse(&located, "it is no literal block scalar"),
        };
        let Some(body) = body else {
            return self.refuse(&located, "the lines of its block cannot be told");
        };
        let mut draft = Draft::default();
        self.replace_inner(&mut draft, &body, &lines_of(text));
        self.take(draft)?;
        self.changes
            .add(document, located.path, Change::Replace(Node::string(text)));
        Ok(())
    }

    fn body(&self, node: &Node, value: &'f str) -> Option<Body<'f>> {
        let layout = self.layout();
        let lines = lines_of(value);
        let mut at = layout.next_line(layout.block_header(node)?);
        let mut starts = Vec::with_capacity(lines.len() + 1);
        let mut indent = None;
        for line in &lines {
            let raw = layout.slice(at, layout.line_end(at));
            if !line.trim().is_empty() {
                let columns = raw.len().checked_sub(line.len())?;
                let same = *indent.get_or_insert(columns) == columns;
                let before = raw.get(..columns)?;
                if !same || !raw.ends_with(line) || before.contains(|c| c != ' ') {
                    return None;
                }
            }
            starts.push(at);
            at = layout.next_line(at);
        }
        starts.push(at);
        Some(Body {
            lines,
            starts,
            indent: indent?,
        })
    }

    fn replace_inner(&self, draft: &mut Draft, body: &Body<'_>, new: &[&str]) {
        let old = &body.lines;
        let same = |(a, b): &(&&str, &&str)| a == b;
        let head = old.iter().zip(new).take_while(same).count();
        let most = old.len().min(new.len()) - head;
        let tail = old
            .iter()
            .rev()
            .zip(new.iter().rev())
            .take_while(same)
            .count()
            .min(most);
        let indent = " ".repeat(body.indent);
        let line = |line: &&str| match line.is_empty() {
            true => String::new(),
            false => format!("{indent}{line}"),
        };
        let lines: Vec<String> = new
            .iter()
            .take(new.len() - tail)
            .skip(head)
            .map(line)
            .collect();
        let at = |index: usize| body.starts.get(index).copied().unwrap_or_default();
        let (start, end) = (at(head), at(old.len() - tail));
        if start == end && !lines.is_empty() {
            self.insert_lines(draft, start, &lines);
        } else if lines.is_empty() && start < end {
            self.remove_lines(draft, start, end);
        } else if start < end {
            let layout = self.layout();
            let broken = layout.slice(start, end).ends_with('\n');
            let eol = self.style.line_end;
            let last = if broken { eol } else { "" };
            draft.replace(start, end, format!("{}{last}", lines.join(eol)));
        }
    }
}

/// Returns the lines of a text; a final line break ends the last one.
fn lines_of(text: &str) -> Vec<&str> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    match text.is_empty() {
        true => Vec::new(),
        false => body.split('\n').collect(),
    }
}
