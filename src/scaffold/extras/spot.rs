//! A piece of YAML or JSON inside an applied file: the file itself, a part of it, or the text of a literal block in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::flux::Cluster;
use crate::kustomize::Role;
use crate::manifest::{
    EditError, Editor, FileId, Location, Node, ScalarStyle, SourceFile, Step, Tree, Value,
};
use crate::manifest::{Route, Span};
use crate::scaffold::plan::{Draft, PlanError};

/// Nodes deeper than this are not looked at.
const DEEPEST: usize = 32;

/// Where a piece of YAML stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) path: String,
    pub(super) document: usize,
    /// To the block, or to the part of the file.
    pub(super) route: Route,
    /// Whether the route leads to a literal block that holds the piece as text.
    pub(super) is_block: bool,
}

/// A piece of YAML as it is.
pub(super) struct Inner {
    /// The file, or the text of the block as a file of its own.
    pub(super) source: Arc<SourceFile>,
    pub(super) document: usize,
    /// To the piece in `source`.
    pub(super) base: Route,
    /// The line of the outer file before the first line of `source`.
    above: u32,
}

impl Inner {
    /// Returns the root of the piece.
    pub(super) fn root(&self) -> Option<&Node> {
        let document = self.source.documents.get(self.document)?;
        self.base.find(document.root.as_ref()?)
    }

    /// Returns the route in `source` of what stands at `route` in the piece.
    pub(super) fn at(&self, route: &[Step]) -> Route {
        let mut steps = self.base.0.clone();
        steps.extend_from_slice(route);
        Route(steps)
    }

    /// Returns the same piece of a source with another text.
    pub(super) fn with_text(&self, text: &str) -> Inner {
        let path = self.source.path.clone();
        Inner {
            source: Arc::new(SourceFile::parse(FileId::NONE, path, text)),
            document: self.document,
            base: self.base.clone(),
            above: self.above,
        }
    }

    /// Returns where a node stands in the outer file; the columns are those of the piece.
    pub(super) fn location(&self, span: Span) -> Location {
        let mut location = self.source.location(span);
        location.line += self.above;
        location.end_line += self.above;
        location
    }

    /// Returns a node's place for people: `file:line`.
    pub(super) fn line_of(&self, node: &Node) -> String {
        let location = self.location(node.place.span);
        format!("{}:{}", location.file, location.line)
    }
}

impl Spot {
    /// Names the whole first document of a file.
    pub(super) fn file(path: &str) -> Self {
        Spot {
            path: path.to_owned(),
            document: 0,
            route: Route::default(),
            is_block: false,
        }
    }

    /// Names what a value of a file holds: the text of a literal block, else the value itself.
    pub(super) fn of(source: &SourceFile, document: usize, route: Route, node: &Node) -> Self {
        Spot {
            path: source.path.to_string(),
            document,
            route,
            is_block: is_literal(node),
        }
    }

    /// Reads the piece.
    pub(super) fn read(&self, source: &Arc<SourceFile>) -> Option<Inner> {
        let root = source.documents.get(self.document)?.root.as_ref()?;
        if !self.is_block {
            return Some(Inner {
                source: source.clone(),
                document: self.document,
                base: self.route.clone(),
                above: 0,
            });
        }
        let node = self.route.find(root)?;
        let text = node.text().filter(|_| is_literal(node))?;
        let inner = SourceFile::parse(FileId::NONE, source.path.clone(), text);
        let first = text.find(|c: char| !c.is_whitespace()).unwrap_or_default();
        let skipped = text.get(..first).unwrap_or_default().matches('\n').count();
        let start = source.text.get(node.place.span.range()).map_or(0, |raw| {
            raw.len() - raw.trim_start_matches(|c: char| c.is_whitespace()).len()
        });
        let line = source.line(node.place.span.start as usize + start);
        Some(Inner {
            source: Arc::new(inner),
            document: 0,
            base: Route::default(),
            above: line.saturating_sub(1 + u32::try_from(skipped).unwrap_or_default()),
        })
    }

    /// Reads the piece as it will be.
    pub(super) fn read_draft(&self, draft: &Draft<'_>) -> Result<Inner, PlanError> {
        let source = draft.source(&self.path)?;
        let inner = self.read(&source);
        inner.ok_or_else(|| PlanError::Missing(self.path.clone()))
    }

    /// Edits the piece. The editor is that of `inner.source`.
    pub(super) fn edit(
        &self,
        draft: &mut Draft<'_>,
        edit: impl FnOnce(&mut Editor<'_>, &Inner) -> Result<(), EditError>,
    ) -> Result<(), PlanError> {
        let inner = self.read_draft(draft)?;
        if !self.is_block {
            return draft.edit(&self.path, |editor| edit(editor, &inner));
        }
        let mut editor = Editor::new(&inner.source);
        edit(&mut editor, &inner)?;
        if editor.edits().is_empty() {
            return Ok(());
        }
        let text = editor.finish()?.text;
        self.set_text(draft, &text)
    }

    /// Gives the file or the block around the piece another text.
    pub(super) fn set_text(&self, draft: &mut Draft<'_>, text: &str) -> Result<(), PlanError> {
        if !self.is_block {
            return draft.replace(&self.path, text.to_owned());
        }
        draft.edit(&self.path, |editor| {
            editor.set_block(self.document, &self.route, text)
        })
    }
}

/// Tells whether a node is written as a literal block.
pub(super) fn is_literal(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(s) if s.style == ScalarStyle::Literal)
}

/// Returns the files that a cluster applies and that hold one of `needles`, by path.
pub(super) fn files_with<'t>(
    cluster: &Cluster<'_>,
    tree: &'t Tree,
    needles: &[&str],
) -> impl Iterator<Item = Arc<SourceFile>> + use<'t> {
    let reached = cluster.units.iter().flat_map(|unit| &unit.files);
    let roles = [Role::Resource, Role::GeneratorInput, Role::Patch];
    let paths: BTreeSet<Arc<str>> = reached
        .filter(|file| roles.contains(&file.role))
        .filter(|file| {
            let text = tree.text(&file.path);
            text.is_some_and(|text| needles.iter().any(|needle| text.contains(needle)))
        })
        .map(|file| file.path.clone())
        .collect();
    paths.into_iter().filter_map(move |path| tree.source(&path))
}

/// Calls `visit` for every value of every mapping of a document, the outer ones first.
pub(super) fn each_value<'n>(root: &'n Node, mut visit: impl FnMut(&Route, &str, &'n Node)) {
    let mut waiting: Vec<(Route, &'n Node)> = vec![(Route::default(), root)];
    while let Some((route, node)) = waiting.pop() {
        if route.0.len() > DEEPEST {
            continue;
        }
        let below = |step: Step| {
            let mut steps = route.0.clone();
            steps.push(step);
            Route(steps)
        };
        match &node.value {
            Value::Mapping(entries) => {
                for entry in entries.iter() {
                    let key = entry.key.text().unwrap_or_default();
                    let route = below(Step::Key(key.to_owned()));
                    visit(&route, key, &entry.value);
                    waiting.push((route, &entry.value));
                }
            }
            Value::Sequence(items) => {
                let items = items.iter().enumerate();
                waiting.extend(items.map(|(i, item)| (below(Step::Index(i)), item)));
            }
            Value::Scalar(_) | Value::Alias(_) => {}
        }
    }
}

/// Returns the step to a key.
pub(super) fn key(key: &str) -> Step {
    Step::Key(key.to_owned())
}
