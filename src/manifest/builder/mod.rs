//! From the events of granit-parser to documents: one pass, no recursion.

mod chunks;
mod collections;
mod scalars;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use granit_parser::{Event, Options, Parser, Span as EventSpan};

use self::collections::{Content, Frame};
use super::document::Document;
use super::location::{FileId, Place, Span};
use super::node::{Node, ScalarStyle, Tag, Value};
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
    let chunks = chunks::cut(text);
    if let [whole] = chunks.as_slice() {
        return parse_chunk(id, text, whole.clone());
    }
    let parsed = chunks::parse_all(id, text, &chunks);
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
                let node = self.scalar(text, style, scalars::tag_of(tag.as_deref()), bytes);
                self.add(node, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(
                    Content::Items(Vec::new()),
                    anchor,
                    scalars::tag_of(tag.as_deref()),
                    bytes.start,
                );
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(
                    Content::Entries(Vec::new(), None),
                    anchor,
                    scalars::tag_of(tag.as_deref()),
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
        self.refuse(offset, offset, message);
        self.stack.clear();
        self.open = true;
        self.end_document(offset);
    }

    /// Records an error of the document that is being read.
    fn refuse(&mut self, start: usize, end: usize, message: String) {
        self.parsed.errors.push(ParseError {
            message,
            span: self.span(start, end),
            document: self.parsed.documents.len(),
        });
        self.failed = true;
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
