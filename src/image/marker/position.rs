//! Where a marker comment stands, as go-yaml v3 attaches comments to nodes: only scalar values count.

use crate::manifest::{Node, Placement, Scalar, ScalarStyle, SourceFile, Span, Value};

/// The scalar that a live marker sets.
#[derive(Clone, Debug)]
pub struct Field {
    /// The scalar's bytes, quotes included.
    pub span: Span,
    /// The scalar itself.
    pub node: Node,
    /// The key that it is the value of, if it is one's.
    pub key: Option<String>,
}

impl Field {
    /// Returns the scalar's text and style.
    pub fn scalar(&self) -> Option<&Scalar> {
        self.node.scalar()
    }
}

/// Why a comment stands where Flux never looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misplacement {
    /// On a line of its own, and not directly above a scalar sequence item.
    OwnLine,
    /// On the line of a key whose value is a mapping or a sequence.
    Collection,
    /// On the line of a key whose scalar starts on the next line.
    KeyLine,
    /// On the line of a key without a value.
    Empty,
    /// Behind a flow collection that ends on the line.
    FlowCollection,
    /// In the text of a block scalar.
    BlockScalar,
    /// Behind an alias.
    Alias,
    /// On a `---` line, or behind a key of its own line.
    Nothing,
    /// Above an item that already has a comment on its line, which wins.
    Hidden,
}

/// What a comment can be attached to.
struct Slot<'f> {
    span: Span,
    role: Role<'f>,
}

enum Role<'f> {
    Key {
        value: &'f Node,
    },
    Value {
        node: &'f Node,
        key: Option<&'f Node>,
    },
    Alias,
}

/// All keys and scalars of a file, in order of their end.
pub(super) struct Slots<'f> {
    slots: Vec<Slot<'f>>,
}

impl<'f> Slots<'f> {
    /// Collects the slots of every document.
    pub(super) fn of(file: &'f SourceFile) -> Self {
        let mut slots = Vec::new();
        let mut stack: Vec<(&Node, Option<&Node>)> = file
            .documents
            .iter()
            .filter_map(|d| d.root.as_ref())
            .map(|root| (root, None))
            .collect();
        while let Some((node, key)) = stack.pop() {
            let span = node.place.span;
            match &node.value {
                Value::Scalar(_) => slots.push(Slot {
                    span,
                    role: Role::Value { node, key },
                }),
                Value::Alias(_) => slots.push(Slot {
                    span,
                    role: Role::Alias,
                }),
                Value::Sequence(items) => stack.extend(items.iter().map(|item| (item, None))),
                Value::Mapping(entries) => {
                    for entry in entries.iter() {
                        slots.push(Slot {
                            span: entry.key.place.span,
                            role: Role::Key {
                                value: &entry.value,
                            },
                        });
                        stack.push((&entry.value, Some(&entry.key)));
                    }
                }
            }
        }
        // An empty value ends where its key does: the key has to come last to be found.
        slots.sort_by_key(|s| (s.span.end, matches!(s.role, Role::Key { .. })));
        Slots { slots }
    }

    /// Returns what the comment with this index is attached to.
    pub(super) fn position(
        &self,
        file: &'f SourceFile,
        comment: usize,
    ) -> Result<Field, Misplacement> {
        let Some(found) = file.comments.get(comment) else {
            return Err(Misplacement::Nothing);
        };
        match found.placement {
            Placement::Right => self.beside(file, found.span.start as usize),
            Placement::OwnLine => self.above(file, comment),
        }
    }

    fn beside(&self, file: &SourceFile, at: usize) -> Result<Field, Misplacement> {
        let line_start = file.line_span(file.line(at)).start as usize;
        let index = self.slots.partition_point(|s| s.span.end as usize <= at);
        let before = index
            .checked_sub(1)
            .and_then(|i| self.slots.get(i))
            .filter(|s| s.span.end as usize > line_start);
        let Some(slot) = before else {
            let lead = file.text.get(line_start..at).unwrap_or_default().trim();
            return match lead.trim_start_matches([' ', '-']) {
                "" if lead.starts_with('-') && !lead.starts_with("---") => self.item_below(at),
                rest if rest.starts_with(['}', ']']) => Err(Misplacement::FlowCollection),
                _ => Err(Misplacement::Nothing),
            };
        };
        let gap = file
            .text
            .get(slot.span.end as usize..at)
            .unwrap_or_default()
            .trim();
        match &slot.role {
            Role::Key { value } if gap.starts_with(':') => beside_key(value, gap),
            Role::Key { .. } => Err(Misplacement::Nothing),
            _ if gap.contains([']', '}']) => Err(Misplacement::FlowCollection),
            _ if gap.ends_with('-') => self.item_below(at),
            Role::Alias => Err(Misplacement::Alias),
            Role::Value { node, key } => field(node, *key),
        }
    }

    /// A comment between a dash and its scalar on the next line.
    fn item_below(&self, at: usize) -> Result<Field, Misplacement> {
        let next = self
            .slots
            .iter()
            .filter(|s| s.span.start as usize > at)
            .min_by_key(|s| s.span.start);
        match next.map(|s| &s.role) {
            Some(Role::Value { node, key: None }) => field(node, None),
            Some(Role::Key { .. }) => Err(Misplacement::Collection),
            _ => Err(Misplacement::Empty),
        }
    }

    /// A comment on a line of its own counts directly above a scalar item of a sequence, as its only comment line.
    fn above(&self, file: &SourceFile, comment: usize) -> Result<Field, Misplacement> {
        let dead = Err(Misplacement::OwnLine);
        let Some(found) = file.comments.get(comment) else {
            return dead;
        };
        let at = found.span.end as usize;
        let line = file.line(at.saturating_sub(1));
        let neighbour = |c: Option<&crate::manifest::Comment>, line: Option<u32>| {
            c.is_some_and(|c| {
                c.placement == Placement::OwnLine && Some(file.line(c.span.start as usize)) == line
            })
        };
        let previous = comment.checked_sub(1).and_then(|i| file.comments.get(i));
        let next_comment = file.comments.get(comment + 1);
        if neighbour(previous, line.checked_sub(1)) || neighbour(next_comment, line.checked_add(1))
        {
            return dead;
        }
        let blank = |line: u32| file.line_text(line).trim().is_empty();
        if line > 1 && !blank(line - 1) && blank(line + 1) && !ends_in_key(file.line_text(line - 1))
        {
            return dead;
        }
        let Some(next) = self
            .slots
            .iter()
            .filter(|s| s.span.start as usize > at)
            .min_by_key(|s| s.span.start)
        else {
            return dead;
        };
        let Role::Value { node, key: None } = &next.role else {
            return dead;
        };
        let gap = file
            .text
            .get(at..next.span.start as usize)
            .unwrap_or_default();
        let has_dash = gap.trim() == "-";
        if !has_dash {
            return dead;
        }
        let end_line = file.line(next.span.end as usize);
        let own = file.comments.iter().any(|c| {
            c.placement == Placement::Right && file.line(c.span.start as usize) == end_line
        });
        if own {
            Err(Misplacement::Hidden)
        } else {
            field(node, None)
        }
    }
}

fn ends_in_key(line: &str) -> bool {
    line.trim_end().ends_with(':')
}

/// A comment on a key's line: it belongs to the value only behind the header of a block scalar; else go-yaml gives it to
/// the key, where kyaml does not look.
fn beside_key(value: &Node, gap: &str) -> Result<Field, Misplacement> {
    match &value.value {
        Value::Scalar(s) if s.style != ScalarStyle::Literal && s.style != ScalarStyle::Folded => {
            field(value, None).and(Err(Misplacement::KeyLine))
        }
        Value::Scalar(_) => field(value, None),
        Value::Alias(_) => Err(Misplacement::Alias),
        _ if gap.contains([']', '}']) => Err(Misplacement::FlowCollection),
        _ => Err(Misplacement::Collection),
    }
}

fn field(node: &Node, key: Option<&Node>) -> Result<Field, Misplacement> {
    if node.scalar().is_none() || node.place.span.start == node.place.span.end {
        return Err(Misplacement::Empty);
    }
    let key = key.and_then(Node::text).map(str::to_owned);
    Ok(Field {
        span: node.place.span,
        node: node.clone(),
        key,
    })
}
