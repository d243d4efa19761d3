//! From the events of granit-parser to documents: one pass, no recursion.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use granit_parser::{Event, Options, Parser, ScalarStyle as Style, Span as EventSpan};
use smol_str::SmolStr;

use super::document::{Document, is_merge_key};
use super::location::{FileId, Place, Span};
use super::node::{Entry, Node, Scalar, ScalarStyle, Tag, Value};
use super::source::{Comment, ParseError, Placement};

/// What a file holds.
pub(super) struct Parsed {
    pub(super) documents: Vec<Document>,
    pub(super) comments: Vec<Comment>,
    pub(super) errors: Vec<ParseError>,
}

/// Parses a whole stream. After an error the parser goes on with the next document. Large streams are cut at document
/// separators and parsed on all cores: a `---` at the start of a line begins a document wherever it stands.
pub(super) fn parse(id: FileId, text: &str) -> Parsed {
    let chunks = chunks(text);
    if let [whole] = chunks.as_slice() {
        return parse_chunk(id, text, whole.clone());
    }
    let parsed = parse_chunks(id, text, &chunks);
    let mut all = Parsed {
        documents: Vec::new(),
        comments: Vec::new(),
        errors: Vec::new(),
    };
    for part in parsed {
        let first = all.documents.len();
        all.comments.extend(part.comments);
        all.errors
            .extend(part.errors.into_iter().map(|e| ParseError {
                document: e.document + first,
                ..e
            }));
        all.documents
            .extend(part.documents.into_iter().map(|d| Document {
                index: d.index + first,
                ..d
            }));
    }
    all
}

/// Parses the chunks on threads of their own. Rayon's would not do: while one waits for the rest of a file it takes up
/// other work, and that may ask for this very file.
fn parse_chunks(id: FileId, text: &str, chunks: &[Range<usize>]) -> Vec<Parsed> {
    let parsed: Vec<OnceLock<Parsed>> = chunks.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((chunk, slot)) = chunks.get(at).zip(parsed.get(at)) else {
                return;
            };
            // Only this thread has drawn this number.
            let _ = slot.set(parse_chunk(id, text, chunk.clone()));
        }
    };
    let cores = rayon::current_num_threads();
    std::thread::scope(|scope| {
        for _ in 1..cores.min(chunks.len()) {
            scope.spawn(work);
        }
        work();
    });
    parsed
        .into_iter()
        .filter_map(OnceLock::into_inner)
        .collect()
}

/// Streams below twice this many bytes are parsed in one piece.
const CHUNK: usize = 24 << 10;

/// Cuts a large stream before document separators. Directives belong to the document behind them: no cut there.
fn chunks(text: &str) -> Vec<Range<usize>> {
    let mut cuts = vec![0];
    let has_directives = || text.starts_with('%') || text.contains("\n%");
    if text.len() >= 2 * CHUNK && !has_directives() {
        let mut from = CHUNK;
        while let Some(at) = text
            .as_bytes()
            .get(from..)
            .and_then(|rest| find(rest, b"\n---"))
        {
            let start = from + at + 1;
            let after = text.as_bytes().get(start + 3);
            if after.is_none_or(u8::is_ascii_whitespace) {
                cuts.push(start);
                from = start + CHUNK;
            } else {
                from = start;
            }
        }
    }
    cuts.push(text.len());
    cuts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn parse_chunk(id: FileId, whole: &str, chunk: Range<usize>) -> Parsed {
    let text = whole.get(chunk.clone()).unwrap_or_default();
    let mut builder = Builder::new(id, text, chunk.start);
    let mut parser = Parser::new_from_str_with_options(text, options());
    loop {
        match parser.next() {
            Some(Ok((Event::StreamEnd, _))) | None => break,
            Some(Ok((event, span))) => builder.event(event, span),
            Some(Err(error)) => {
                builder.fail(error.info().to_string(), error.marker().byte_offset());
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    builder.finish()
}

fn options() -> Options {
    granit_parser::options! {
        max_buffered_comment_events: usize::MAX,
        max_directive_bytes: 4096,
    }
}

/// An open collection.
struct Frame {
    start: usize,
    anchor: usize,
    tag: Tag,
    content: Content,
}

enum Content {
    Items(Vec<Node>),
    Entries(Vec<Entry>, Option<Node>),
}

struct Builder<'t> {
    id: FileId,
    /// The chunk; offsets within it become offsets in the file by adding `base`.
    text: &'t str,
    base: usize,
    parsed: Parsed,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Arc<Node>>,
    root: Option<Node>,
    start: usize,
    explicit: bool,
    open: bool,
    failed: bool,
    references: bool,
}

impl<'t> Builder<'t> {
    fn new(id: FileId, text: &'t str, base: usize) -> Self {
        let parsed = Parsed {
            documents: Vec::new(),
            comments: Vec::new(),
            errors: Vec::new(),
        };
        Builder {
            id,
            text,
            base,
            parsed,
            stack: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            start: 0,
            explicit: false,
            open: false,
            failed: false,
            references: false,
        }
    }

    fn event(&mut self, event: Event<'_>, span: EventSpan) {
        let bytes = span.byte_range().unwrap_or(0..0);
        match event {
            Event::DocumentStart(explicit, _) => self.start_document(explicit, bytes.start),
            Event::DocumentEnd => self.end_document(bytes.end),
            Event::Comment(_, placement) => self.comment(placement, bytes),
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(text, style, tag_of(tag.as_deref()), bytes);
                self.add(node, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(
                    Content::Items(Vec::new()),
                    anchor,
                    tag_of(tag.as_deref()),
                    bytes.start,
                );
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(
                    Content::Entries(Vec::new(), None),
                    anchor,
                    tag_of(tag.as_deref()),
                    bytes.start,
                );
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(bytes.end),
            Event::Alias(id) => self.alias(id, bytes),
            _ => {}
        }
    }

    fn start_document(&mut self, explicit: bool, start: usize) {
        self.start = start;
        self.explicit = explicit;
        self.open = true;
        self.failed = false;
        self.references = false;
        self.root = None;
        self.stack.clear();
        self.anchors.clear();
    }

    fn end_document(&mut self, end: usize) {
        if !self.open {
            return;
        }
        self.open = false;
        let root = self
            .root
            .take()
            .filter(|node| !self.failed && !is_void(node));
        self.parsed.documents.push(Document {
            index: self.parsed.documents.len(),
            root,
            span: self.span(self.start, end.max(self.start)),
            explicit: self.explicit,
            has_references: self.references,
            resolved: OnceLock::new(),
        });
    }

    /// Records an error and drops the document that it is in; its comments stay.
    fn fail(&mut self, message: String, offset: Option<usize>) {
        let offset = offset.unwrap_or(self.text.len()).min(self.text.len());
        let document = self.parsed.documents.len();
        self.parsed.errors.push(ParseError {
            message,
            span: self.span(offset, offset),
            document,
        });
        self.failed = true;
        self.stack.clear();
        self.open = true;
        self.end_document(offset);
    }

    fn comment(&mut self, placement: granit_parser::Placement, bytes: Range<usize>) {
        let placement = match placement {
            granit_parser::Placement::Right => Placement::Right,
            _ if self.stands_alone(bytes.start) => Placement::OwnLine,
            _ => Placement::Right,
        };
        self.parsed.comments.push(Comment {
            span: self.span(bytes.start, bytes.end),
            placement,
        });
    }

    /// Tells whether only white space stands before `offset` on its line.
    fn stands_alone(&self, offset: usize) -> bool {
        let before = self.text.get(..offset).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        line.trim_start_matches('\u{feff}').trim().is_empty()
    }

    fn scalar(&mut self, text: Cow<'_, str>, style: Style, tag: Tag, bytes: Range<usize>) -> Node {
        let (mut start, mut end) = (bytes.start, bytes.end);
        let mut value: &str = &text;
        let style = match style {
            Style::SingleQuoted => ScalarStyle::SingleQuoted,
            Style::DoubleQuoted => {
                self.refuse_slash_escape(start, end);
                ScalarStyle::DoubleQuoted
            }
            Style::Literal | Style::Folded => {
                (start, end) = self.block_span(start, end);
                value = self.without_invented_break(value, bytes.end);
                if style == Style::Literal {
                    ScalarStyle::Literal
                } else {
                    ScalarStyle::Folded
                }
            }
            _ => ScalarStyle::Plain,
        };
        if style == ScalarStyle::Plain && start == end {
            value = "";
        }
        let scalar = Scalar {
            text: SmolStr::new(value),
            style,
        };
        Node {
            value: Value::Scalar(scalar),
            tag,
            place: self.place(start, end),
        }
    }

    /// Trims the blanks that the parser counts to a block scalar behind its last line.
    fn block_span(&self, start: usize, end: usize) -> (usize, usize) {
        let body = self.text.get(start..end).unwrap_or_default();
        (start, start + body.trim_end().len())
    }

    /// Removes the line break that the parser adds to a block scalar that ends with the file; Go adds none.
    fn without_invented_break<'s>(&self, value: &'s str, end: usize) -> &'s str {
        let at_end = self
            .text
            .get(end..)
            .is_some_and(|rest| rest.trim().is_empty());
        if at_end && !self.text.ends_with(['\n', '\r']) {
            return value.strip_suffix('\n').unwrap_or(value);
        }
        value
    }

    /// go-yaml knows no `\/`, so that a file with it never reaches the cluster.
    fn refuse_slash_escape(&mut self, start: usize, end: usize) {
        let raw = self.text.get(start..end).unwrap_or_default().as_bytes();
        let mut i = 0;
        while let Some(at) = raw
            .get(i..)
            .and_then(|rest| rest.iter().position(|b| *b == b'\\'))
        {
            if raw.get(i + at + 1) == Some(&b'/') {
                let offset = start + i + at;
                let span = self.span(offset, offset + 2);
                let message = "found unknown escape character".to_owned();
                let document = self.parsed.documents.len();
                self.parsed.errors.push(ParseError {
                    message,
                    span,
                    document,
                });
                self.failed = true;
                return;
            }
            i += at + 2;
        }
    }

    fn alias(&mut self, id: usize, bytes: Range<usize>) {
        self.references = true;
        let Some(target) = self.anchors.get(&id).cloned() else {
            let span = self.span(bytes.start, bytes.end);
            let name = self
                .text
                .get(bytes.start + 1..bytes.end)
                .unwrap_or_default();
            let message = format!("anchor '{name}' value contains itself");
            let document = self.parsed.documents.len();
            self.parsed.errors.push(ParseError {
                message,
                span,
                document,
            });
            self.failed = true;
            return self.add(Node::plain(""), 0);
        };
        let place = self.place(bytes.start, bytes.end);
        self.add(
            Node {
                value: Value::Alias(target),
                tag: Tag::None,
                place,
            },
            0,
        );
    }

    fn open(&mut self, content: Content, anchor: usize, tag: Tag, start: usize) {
        self.stack.push(Frame {
            start,
            anchor,
            tag,
            content,
        });
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.stack.pop() else {
            return;
        };
        let (value, first, last) = match frame.content {
            Content::Items(items) => {
                let (first, last) = (
                    items.first().map(|n| self.start_of(n)),
                    items.last().map(|n| self.end_of(n)),
                );
                (Value::Sequence(Arc::new(items)), first, last)
            }
            Content::Entries(entries, _) => {
                let first = entries.first().map(|e| self.start_of(&e.key));
                let last = entries
                    .last()
                    .map(|e| self.end_of(&e.value).max(self.end_of(&e.key)));
                (Value::Mapping(Arc::new(entries)), first, last)
            }
        };
        let flow = self
            .text
            .as_bytes()
            .get(frame.start)
            .is_some_and(|b| matches!(b, b'{' | b'['));
        let (start, end) = match (flow, first, last) {
            (false, Some(first), Some(last)) => (frame.start.min(first), last),
            _ => (frame.start, end.max(frame.start)),
        };
        let node = Node {
            value,
            tag: frame.tag,
            place: self.place(start, end),
        };
        self.add(node, frame.anchor);
    }

    fn add(&mut self, node: Node, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, Arc::new(node.clone()));
        }
        match self.stack.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(node),
            Some(Content::Items(items)) => items.push(node),
            Some(Content::Entries(entries, key)) => match key.take() {
                None => {
                    self.references |= is_merge_key(&node);
                    *key = Some(node);
                }
                Some(key) => entries.push(Entry { key, value: node }),
            },
        }
    }

    /// Returns where a node starts, within the chunk.
    fn start_of(&self, node: &Node) -> usize {
        (node.place.span.start as usize).saturating_sub(self.base)
    }

    /// Returns where a node ends, within the chunk.
    fn end_of(&self, node: &Node) -> usize {
        (node.place.span.end as usize).saturating_sub(self.base)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.base + start, self.base + end)
    }

    fn place(&self, start: usize, end: usize) -> Place {
        Place {
            file: self.id,
            span: self.span(start, end),
        }
    }

    fn finish(mut self) -> Parsed {
        self.end_document(self.text.len());
        self.parsed
    }
}

/// An empty document parses as a null scalar without text.
fn is_void(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(s) if s.text.is_empty() && s.style == ScalarStyle::Plain)
        && node.tag == Tag::None
}

fn tag_of(tag: Option<&granit_parser::Tag>) -> Tag {
    let Some(tag) = tag else { return Tag::None };
    match tag.core_suffix() {
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("str") => Tag::Str,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("timestamp") => Tag::Timestamp,
        Some("binary") => Tag::Binary,
        Some("seq") => Tag::Seq,
        Some("map") => Tag::Map,
        Some("merge") => Tag::Merge,
        _ => Tag::Other,
    }
}
