//! Excerpts of source text with underlined places, drawn by annotate-snippets.
//!
//! Spans may be stale and lines may be huge: whatever is handed on is clamped to the text, to character boundaries and
//! to what fits the width, because annotate-snippets 0.12 panics beyond the text and reads everything it is given.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::text::{WIDTH, clean_in_place};
use crate::manifest::Span;

/// Bytes from which on a line is cut before it is drawn.
const LONG_LINE: usize = 400;
/// Bytes that stay before the place in a line that was cut: more than fits, so that the cut is drawn as one.
const LEAD: usize = 120;
/// Distance in bytes up to which a second place is drawn in the same excerpt.
const NEAR: usize = 4096;
/// Lines up to which a span is drawn whole; of a longer one only the first line is.
const SPAN_LINES: usize = 6;
/// Columns for source text beside line numbers of five digits.
const COLUMNS: usize = WIDTH - 8;
/// Columns that annotate-snippets keeps free on either side of an underlined place in a line that it trims.
const MARGIN: usize = 6;

/// A second place in the same source.
#[derive(Clone, Debug)]
pub(crate) struct Mark<'a> {
    /// The bytes to underline.
    pub(crate) span: Span,
    /// What to say there, cleaned, in one line.
    pub(crate) label: Cow<'a, str>,
}

/// A drawn excerpt.
#[derive(Debug)]
pub(crate) struct Excerpt {
    /// The lines, with a gutter of line numbers, without a line feed at the end.
    pub(crate) text: String,
    /// Width of the line numbers.
    pub(crate) gutter: usize,
    /// Indices of the marks that found no room and want an excerpt of their own.
    pub(crate) left_out: Vec<usize>,
}

/// Draws the place `span`, which stands at line `line` (1-based), and the marks near to it. Returns `None` where the
/// source ends before the place.
pub(crate) fn draw(
    source: &str,
    line: u32,
    span: Span,
    marks: &[Mark<'_>],
    level: Level<'static>,
    renderer: &Renderer,
) -> Option<Excerpt> {
    let mut primary = clamp(source, span, SPAN_LINES)?;
    let mut window = Window::around(source, &primary);
    primary.end = fit(source, &primary);
    let (near, left_out) = place_marks(source, &mut window, &primary, marks);
    let first_line = window.first_line(source, line as usize, primary.start);
    let ends = near.iter().map(|mark| mark.place.end);
    let last = ends.fold(primary.end, usize::max);
    let gutter = digits(first_line + line_feeds(source, window.start..last));

    let annotations = near.iter().map(|mark| {
        AnnotationKind::Context
            .span(window.relative(&mark.place))
            .label(mark.label)
    });
    let snippet = Snippet::source(clean_in_place(source.get(window.range())?))
        .line_start(first_line)
        .annotation(AnnotationKind::Primary.span(window.relative(&primary)))
        .annotations(annotations);
    let text = renderer.render(&[Group::with_level(level).element(snippet)]);
    Some(Excerpt {
        text,
        gutter,
        left_out,
    })
}

/// Returns the whole line around the start of `span`, without its end, or only a part where it is long.
pub(crate) fn line_at(source: &str, span: Span) -> Option<&str> {
    let place = clamp(source, span, 1)?;
    let line = source.get(Window::around(source, &place).range())?;
    Some(line.trim_end_matches(['\r', '\n']))
}

/// The part of a source that is handed to annotate-snippets: whole lines, or a part of one long line.
struct Window {
    start: usize,
    end: usize,
    is_cut: bool,
}

impl Window {
    /// Returns the lines that `place` touches.
    fn around(source: &str, place: &Range<usize>) -> Window {
        let (start, cut_before) = line_start(source, place.start);
        let (end, cut_after) = line_end(source, place.end);
        Window {
            start,
            end,
            is_cut: cut_before || cut_after,
        }
    }

    fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    fn relative(&self, place: &Range<usize>) -> Range<usize> {
        place.start.saturating_sub(self.start)..place.end.saturating_sub(self.start)
    }

    /// Returns the number of the window's first line, given that `at` stands in line `line`.
    fn first_line(&self, source: &str, line: usize, at: usize) -> usize {
        line.saturating_sub(line_feeds(source, self.start..at))
            .max(1)
    }
}

/// A mark that is drawn, with its place clamped.
struct Annotated<'m> {
    place: Range<usize>,
    label: &'m str,
}

/// Chooses the marks that are drawn beside `primary` and widens the window to hold them; the others are returned by
/// index. The text between is drawn folded.
fn place_marks<'m>(
    source: &str,
    window: &mut Window,
    primary: &Range<usize>,
    marks: &'m [Mark<'m>],
) -> (Vec<Annotated<'m>>, Vec<usize>) {
    let mut near = Vec::new();
    let mut left_out = Vec::new();
    let mut shown = Columns::of(source, window, primary, "");
    let is_cut = window.is_cut;
    for (index, mark) in marks.iter().enumerate() {
        let place = clamp(source, mark.span, 1)
            .filter(|place| place.start.abs_diff(primary.start) <= NEAR && !is_cut);
        let own = place.map(|place| (Window::around(source, &place), place));
        let fits = own.filter(|(own, _)| !own.is_cut).and_then(|(own, place)| {
            let columns = shown.union(&Columns::of(source, &own, &place, &mark.label));
            columns.fit().then_some((own, place, columns))
        });
        match fits {
            Some((own, place, columns)) => {
                window.start = window.start.min(own.start);
                window.end = window.end.max(own.end);
                shown = columns;
                near.push(Annotated {
                    place,
                    label: &mark.label,
                });
            }
            None => left_out.push(index),
        }
    }
    (near, left_out)
}

/// The columns, from 0, that places and their labels take, and the length of the longest line.
struct Columns {
    left: usize,
    right: usize,
    line: usize,
}

impl Columns {
    fn of(source: &str, line: &Window, place: &Range<usize>, label: &str) -> Columns {
        let label = match label.chars().count() {
            0 => 0,
            length => length + 1,
        };
        Columns {
            left: chars(source, line.start..place.start),
            right: chars(source, line.start..place.end) + label,
            line: chars(source, line.range()),
        }
    }

    fn union(&self, other: &Columns) -> Columns {
        Columns {
            left: self.left.min(other.left),
            right: self.right.max(other.right),
            line: self.line.max(other.line),
        }
    }

    /// Tells whether all of them can be shown. annotate-snippets trims the start of lines only where a line is too
    /// long, not where a label is.
    fn fit(&self) -> bool {
        let width = self.right.saturating_sub(self.left) + 2 * MARGIN;
        self.right <= COLUMNS || (self.line > WIDTH && width <= COLUMNS)
    }
}

/// Turns a span into a range on character boundaries within the source, without blanks at its end; a span over more
/// than `lines` lines, or over wide ones, becomes its first line.
fn clamp(source: &str, span: Span, lines: usize) -> Option<Range<usize>> {
    let Range { start, end } = span.range();
    if start > source.len() {
        return None;
    }
    let start = source.floor_char_boundary(start);
    let end = source.ceil_char_boundary(end.clamp(start, source.len()));
    let text = source.get(start..end)?.trim_end();
    let first = text.split('\n').next().unwrap_or_default().trim_end();
    let is_small = text.len() > first.len()
        && text.split('\n').nth(lines).is_none()
        && is_narrow(source, &(start..start + text.len()));
    let shown = if is_small { text } else { first };
    Some(start..start + shown.floor_char_boundary(shown.len().min(LONG_LINE)))
}

/// Tells whether all lines that a place touches fit the width, so that nothing has to be trimmed.
fn is_narrow(source: &str, place: &Range<usize>) -> bool {
    let window = Window::around(source, place);
    let lines = source.get(window.range()).unwrap_or_default();
    !window.is_cut && lines.lines().all(|line| line.len() <= COLUMNS)
}

/// Returns where the line around `at` starts, and whether that was too far away to look for.
fn line_start(source: &str, at: usize) -> (usize, bool) {
    let from = source.floor_char_boundary(at.saturating_sub(LONG_LINE));
    let before = source.get(from..at).unwrap_or_default();
    match before.rfind('\n') {
        Some(index) => (from + index + 1, false),
        // A byte order mark has no width of its own.
        None if from == 0 && source.starts_with('\u{feff}') => (3, false),
        None if from == 0 => (0, false),
        None => (source.floor_char_boundary(at.saturating_sub(LEAD)), true),
    }
}

/// Returns where the line around `at` ends, past its line feed, and whether that was too far away to look for.
fn line_end(source: &str, at: usize) -> (usize, bool) {
    let to = source.ceil_char_boundary(at.saturating_add(LONG_LINE).min(source.len()));
    let after = source.get(at..to).unwrap_or_default();
    match after.find('\n') {
        Some(index) => (at + index + 1, false),
        None => (to, to < source.len()),
    }
}

/// Returns where to stop underlining so that the excerpt keeps the start of the line and stays within the width.
fn fit(source: &str, place: &Range<usize>) -> usize {
    let text = source.get(place.clone()).unwrap_or_default();
    if text.contains('\n') {
        return place.end;
    }
    let (start, _) = line_start(source, place.start);
    let before = source.get(start..place.start).unwrap_or_default();
    let indent = before.chars().take_while(|c| c.is_whitespace()).count();
    let right = COLUMNS + indent.saturating_sub(MARGIN) - MARGIN;
    let room = match right.saturating_sub(before.chars().count()) {
        // Too little is left beside the start of the line, so that the start has to go.
        little if little < 20 => COLUMNS - 2 * MARGIN,
        room => room,
    };
    let end = text
        .char_indices()
        .nth(room)
        .map_or(text.len(), |(index, _)| index);
    place.start + end
}

fn line_feeds(source: &str, range: Range<usize>) -> usize {
    let text = source.as_bytes().get(range).unwrap_or_default();
    text.iter().filter(|byte| **byte == b'\n').count()
}

fn chars(source: &str, range: Range<usize>) -> usize {
    source.get(range).map_or(0, |text| text.chars().count())
}

/// Returns how many decimal digits a number has.
pub(crate) fn digits(number: usize) -> usize {
    number
        .checked_ilog10()
        .map_or(1, |power| power as usize + 1)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn drawn(source: &str, line: u32, span: Range<usize>) -> String {
        let span = Span::new(span.start, span.end);
        let renderer = Renderer::plain().term_width(WIDTH);
        let excerpt = draw(source, line, span, &[], Level::ERROR, &renderer);
        excerpt.map_or_else(|| "nothing".to_owned(), |excerpt| excerpt.text)
    }

    #[test]
    fn tabs_and_wide_characters_are_underlined_where_they_stand() {
        assert_snapshot!(drawn("\tkey: 日本語 x\n", 3, 14..15), @"
          |
        3 |     key: 日本語 x
          |              ^^
        ");
        assert_snapshot!(drawn("a: 1\r\nb: e\u{301}x\r\n", 2, 9..13), @"
          |
        2 | b: éx
          |    ^^
        ");
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        assert_snapshot!(drawn("\u{feff}kind: A\n", 1, 9..10), @"
          |
        1 | kind: A
          |       ^
        ");
        assert_snapshot!(drawn("\u{feff}kind: A\n", 1, 0..7), @"
          |
        1 | kind: A
          | ^^^^
        ");
    }

    #[test]
    fn short_spans_are_drawn_whole_and_long_ones_by_their_first_line() {
        let source = "a:\n  b: 1\n  c: 2\n\nd: 3\n";
        assert_snapshot!(drawn(source, 2, 5..18), @"
          |
        2 | /   b: 1
        3 | |   c: 2
          | |______^
        ");
        let source = format!("a:\n{}", "  - item\n".repeat(30));
        assert_snapshot!(drawn(&source, 2, 5..source.len()), @"
          |
        2 |   - item
          |   ^^^^^^
        ");
    }

    #[test]
    fn stale_spans_are_clamped() {
        assert_snapshot!(drawn("a: 1\nb: 2\n", 2, 8..500), @"
          |
        2 | b: 2
          |    ^
        ");
        assert_snapshot!(drawn("a: é\n", 1, 4..4), @"
          |
        1 | a: é
          |    ^
        ");
        assert_snapshot!(drawn("a: 1\n", 2, 5..5), @"
          |
        2 |
          | ^
        ");
        assert_snapshot!(drawn("", 0, 0..0), @"
          |
        1 |
          | ^
        ");
        assert_eq!(drawn("a: 1\n", 9, 6..7), "nothing");
    }

    #[test]
    fn a_huge_line_is_cut_on_both_sides() {
        let source = format!(
            "{{{}\"x\": 1, {}}}",
            "\"k\": 0, ".repeat(50_000),
            "\"k\": 0, ".repeat(9)
        );
        let start = source.find("\"x\"").unwrap();
        assert_snapshot!(drawn(&source, 1, start..start + 3), @r#"
          |
        1 | ... "k": 0, "k": 0, "k": 0, "k": 0, "x": 1, "k": 0, "k": 0, "k": 0, "k": ...
          |                                     ^^^
        "#);
        let source = "é".repeat(100_000);
        assert_snapshot!(drawn(&source, 1, 0..source.len()), @"
          |
        1 | ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé...
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        ");
        assert!(line_at(&source, Span::new(3, 9)).is_some_and(|line| line.len() < 3 * LONG_LINE));
    }

    #[test]
    fn line_at_returns_the_line_of_the_start() {
        assert_eq!(line_at("a: 1\r\nb: 2\r\n", Span::new(9, 30)), Some("b: 2"));
        assert_eq!(line_at("a", Span::new(2, 3)), None);
    }

    /// Lines of few kinds of characters, so that boundaries, blanks and wide characters meet often.
    fn sources() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("\n"),
            Just("\r\n"),
            Just("\r"),
            Just("  "),
            Just("\t"),
            Just("key: value"),
            Just("é"),
            Just("日本"),
            Just("\u{feff}"),
            Just("\u{1b}["),
            Just("\u{9b}"),
            Just("\u{200d}"),
            Just("e\u{301}"),
            Just("👩\u{200d}👩"),
            Just("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    fn spans() -> impl Strategy<Value = Span> {
        (0usize..900, 0usize..200).prop_map(|(start, length)| Span::new(start, start + length))
    }

    proptest! {
        #[test]
        fn nothing_panics_and_nothing_raw_comes_out(
            source in sources(),
            line in 0u32..2000,
            spans in prop::collection::vec(spans(), 1..6),
        ) {
            let marks: Vec<_> = spans.iter().skip(1).map(|span| Mark { span: *span, label: "label".into() }).collect();
            let renderer = Renderer::plain().term_width(WIDTH);
            if let Some(excerpt) = draw(&source, line, spans[0], &marks, Level::ERROR, &renderer) {
                prop_assert!(!excerpt.text.contains(|c: char| c != '\n' && c.is_control()));
                prop_assert_eq!(excerpt.text.find('|'), Some(excerpt.gutter + 1));
            }
            line_at(&source, spans[0]);
        }
    }
}
