//! New items of lists and new entries of mappings.

use super::super::node::{Entry, Node, Value};
use super::super::route::{Route, Step};
use super::expect::Change;
use super::locate::Located;
use super::snippet::Snippet;
use super::{Draft, EditError, Editor, Position, order, spelling};

/// What kind of children a collection gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Item,
    Entry,
}

impl Kind {
    /// What stands before a child in block style.
    pub(super) fn indicator(self) -> &'static str {
        match self {
            Kind::Item => "- ",
            Kind::Entry => "",
        }
    }
}

impl<'f> Editor<'f> {
    /// Adds an item to the list at `route`; `item` is YAML text of one or more lines, without the dash. An empty list
    /// (`[]`) or a key without value becomes a block list, in brackets or braces it stays in brackets.
    ///
    /// # Errors
    /// There is no list, or the text does not fit there.
    pub fn insert_item(
        &mut self,
        document: usize,
        route: &Route,
        item: &str,
        at: Position<'_>,
    ) -> Result<(), EditError> {
        let located = self.locate(document, route)?;
        let snippet = Snippet::parse(item).or_else(|why| self.refuse(&located, why))?;
        let items: Vec<&str> = located
            .node
            .items()
            .unwrap_or_default()
            .iter()
            .map(order::name_of)
            .collect();
        let index = order::index(&items, order::name_of(&snippet.root), at);
        let draft = self.child(&located, &snippet, Kind::Item, index)?;
        self.take(draft)?;
        let change = Change::Items(index, vec![snippet.root]);
        self.changes.add(document, located.path, change);
        Ok(())
    }

    /// Adds an item to the list at `route` as [`Editor::insert_item`] does; where the last key of the route is missing,
    /// it is added at `key_at` among its siblings.
    ///
    /// # Errors
    /// There is neither list nor mapping, or the text does not fit there.
    pub fn add_item(
        &mut self,
        document: usize,
        route: &Route,
        item: &str,
        at: Position<'_>,
        key_at: Position<'_>,
    ) -> Result<(), EditError> {
        let (Some(Step::Key(key)), parent) = (route.0.last(), route.parent()) else {
            return self.insert_item(document, route, item, at);
        };
        let located = self.look_up(document, &parent)?;
        if located.node.get(key).is_some() {
            return self.insert_item(document, route, item, at);
        }
        let snippet = Snippet::parse(item).or_else(|why| self.refuse(&located, why))?;
        let in_flow = located.is_in_flow(self.layout())
            || self.layout().is_flow(located.node)
                && located.node.entries().is_some_and(|e| !e.is_empty());
        let key = spelling::spell(key, in_flow, self.style.quotes);
        let entry = match (in_flow, snippet.line()) {
            (true, Some(line)) => format!("{key}: [{line}]"),
            _ => format!(
                "{key}:\n{}",
                snippet
                    .at_column(self.style.sequence_indent(), "- ")
                    .join("\n")
            ),
        };
        self.insert_entry(document, &parent, &entry, key_at)
    }

    /// Adds entries to the mapping at `route`; `entry` is the YAML text of one or more entries, `key: value`, with comment
    /// lines if wanted. An empty mapping (`{}`) or a key without value becomes a block mapping.
    ///
    /// # Errors
    /// There is no mapping, it has such a key already, or the text does not fit there.
    pub fn insert_entry(
        &mut self,
        document: usize,
        route: &Route,
        entry: &str,
        at: Position<'_>,
    ) -> Result<(), EditError> {
        let located = self.locate(document, route)?;
        let read = Snippet::parse(entry).and_then(|s| Ok((s.entries()?, s)));
        let (entries, snippet) = read.or_else(|why| self.refuse(&located, why))?;
        self.refuse_known_keys(&located, &entries)?;
        let keys: Vec<&str> = located
            .node
            .entries()
            .unwrap_or_default()
            .iter()
            .map(key_of)
            .collect();
        let first = entries.first().map_or("", key_of);
        let index = order::index(&keys, first, at);
        let draft = self.child(&located, &snippet, Kind::Entry, index)?;
        self.take(draft)?;
        self.changes
            .add(document, located.path, Change::Entries(index, entries));
        Ok(())
    }

    fn refuse_known_keys(&self, at: &Located<'_>, entries: &[Entry]) -> Result<(), EditError> {
        for entry in entries {
            let key = entry.key.text();
            let known = key.is_none_or(|key| at.node.get(key).is_some());
            if known || self.changes.adds_key(at.document, &at.path, key) {
                let key = key.unwrap_or_default();
                return self.refuse(at, format!("there is a key `{key}` already"));
            }
        }
        Ok(())
    }

    /// Lays out a new child of the collection at `at`.
    fn child(
        &self,
        at: &Located<'f>,
        snippet: &Snippet,
        kind: Kind,
        index: usize,
    ) -> Result<Draft, EditError> {
        let layout = self.layout();
        let (is_collection, is_empty) = match (&at.node.value, kind) {
            (Value::Sequence(items), Kind::Item) => (true, items.is_empty()),
            (Value::Mapping(entries), Kind::Entry) => (true, entries.is_empty()),
            (Value::Scalar(_), _) => (at.node.is_null(), true),
            _ => (false, true),
        };
        if !is_collection {
            let what = if kind == Kind::Item {
                "list"
            } else {
                "mapping"
            };
            return self.refuse(at, format!("it is no {what}"));
        }
        if at.is_in_flow(layout) || layout.is_flow(at.node) && !is_empty {
            return self.flow_child(at, snippet, kind, index);
        }
        if is_empty {
            return self.first_child(at, snippet, kind);
        }
        let Some(children) = layout.children(at.node) else {
            return self.refuse(at, "it is not written as plain lines");
        };
        let mut draft = Draft::default();
        let before = index.checked_sub(1).and_then(|i| children.get(i));
        match (before, children.first()) {
            (Some(child), _) => {
                let mut lines = snippet.at_column(layout.column(child.start), kind.indicator());
                if layout.are_spaced(&children) {
                    lines.insert(0, String::new());
                }
                self.insert_lines(&mut draft, layout.trail(*child), &lines);
            }
            (None, Some(child)) => {
                let mut lines = snippet.at_column(layout.column(child.start), kind.indicator());
                lines.extend(layout.are_spaced(&children).then(String::new));
                self.before_first(&mut draft, at, &lines, child.start);
            }
            (None, None) => {}
        }
        Ok(draft)
    }

    /// Inserts before the first child. What stands above the first key of a document belongs to the document.
    fn before_first(&self, draft: &mut Draft, at: &Located<'_>, lines: &[String], start: usize) {
        let layout = self.layout();
        let child = super::layout::Child { start, end: start };
        if layout.is_first_on_line(start) && !at.above.is_empty() {
            return self.insert_lines(draft, layout.lead(child), lines);
        }
        let eol = self.style.line_end;
        let text = lines.join(eol);
        let indent = " ".repeat(layout.column(start));
        draft.insert(start, format!("{}{eol}{indent}", text.trim_start()));
    }

    /// Gives its first child to a null or an empty collection in block style.
    fn first_child(
        &self,
        at: &Located<'f>,
        snippet: &Snippet,
        kind: Kind,
    ) -> Result<Draft, EditError> {
        let layout = self.layout();
        let span = at.node.place.span.range();
        let mut draft = Draft::default();
        let Some(entry) = at.entry() else {
            let first = layout.with_properties(span.start);
            let column = match at.parent() {
                Some(_) => layout.column(layout.dash(at.node).unwrap_or(first)) + 2,
                None => 0,
            };
            let text = snippet
                .at_column(column, kind.indicator())
                .join(self.style.line_end);
            let gap = match (
                at.parent(),
                layout.slice(layout.line_start(span.start), span.start),
            ) {
                (None, "") => "",
                (None, _) => self.style.line_end,
                (Some(_), before) if before.ends_with('-') => " ",
                (Some(_), _) => "",
            };
            draft.replace(span.start, span.end, format!("{gap}{}", text.trim_start()));
            return Ok(draft);
        };
        let Some(header) = layout.header_end(&entry.key) else {
            return self.refuse(at, "its key is not written as `key:`");
        };
        let is_below = layout.slice(header, span.start).contains('\n');
        if is_below && layout.is_first_on_line(span.start) {
            let lines = snippet.at_column(layout.column(span.start), kind.indicator());
            let text = lines.join(self.style.line_end);
            draft.replace(span.start, span.end, text.trim_start());
            return Ok(draft);
        }
        if span.end > header {
            draft.replace(header, span.end, "");
        }
        let step = match kind {
            Kind::Item => self.style.sequence_indent(),
            Kind::Entry => self.style.indent,
        };
        let key = layout.with_properties(entry.key.place.span.start as usize);
        let lines = snippet.at_column(layout.column(key) + step, kind.indicator());
        self.insert_lines(&mut draft, layout.next_line(header.max(span.end)), &lines);
        Ok(draft)
    }

    /// Inserts whole lines at the start of a line or the end of the file.
    pub(super) fn insert_lines(&self, draft: &mut Draft, at: usize, lines: &[String]) {
        let eol = self.style.line_end;
        let text = lines.join(eol);
        let before = self.layout().slice(0, at);
        if before.is_empty() || before.ends_with(['\n', '\u{feff}']) {
            draft.insert(at, format!("{text}{eol}"));
        } else {
            draft.insert(at, format!("{eol}{text}"));
        }
    }
}

fn key_of(entry: &Entry) -> &str {
    let key: &Node = &entry.key;
    key.text().unwrap_or_default()
}
