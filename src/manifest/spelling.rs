//! How go-yaml v2.4 writes one scalar: which style its text allows, and where it breaks lines.

use super::scalar::is_plain_string;

/// Lines break at the first single space beyond this column.
const WIDTH: usize = 80;

/// The style of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What the characters of a text allow (libyaml's scalar analysis, with go-yaml's choice of style).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spelling {
    /// It has line breaks, U+2028 and U+2029 included.
    pub(super) multiline: bool,
    /// It has characters that only double quotes can show; tabs and emoji are among them.
    pub(super) special: bool,
    newline: bool,
    reads_as_string: bool,
    no_plain: bool,
    no_single: bool,
    no_block: bool,
}

/// Tells whether `text` written plain would be read back as a string, by go-yaml v2 and by parsers that know base 60.
pub(crate) fn reads_as_string(text: &str) -> bool {
    is_plain_string(text) && !is_base60(text)
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: a sexagesimal number of YAML 1.1.
fn is_base60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digit_or_line = |b: u8| b.is_ascii_digit() || b == b'_';
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let mut rest = parts.peekable();
    let sixtieth = |part: &str| match part.as_bytes() {
        [b'0'..=b'9'] => true,
        [tens, ones] => matches!(tens, b'0'..=b'5') && ones.is_ascii_digit(),
        _ => false,
    };
    rest.peek().is_some()
        && first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().chain(fraction.bytes()).all(digit_or_line)
        && rest.all(sixtieth)
}

impl Spelling {
    /// Analyses `text`.
    pub(super) fn of(text: &str) -> Self {
        let spelling = Spelling {
            reads_as_string: reads_as_string(text),
            ..Spelling::default()
        };
        if is_harmless(text) {
            spelling
        } else {
            spelling.with_characters(text)
        }
    }

    fn with_characters(mut self, text: &str) -> Self {
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let mut previous = ' ';
        let mut chars = text.chars();
        let mut first = true;
        let (mut break_space, mut space_break) = (false, false);
        while let Some(c) = chars.next() {
            let rest = chars.as_str();
            indicators |= is_indicator(c, first, previous, rest);
            self.special |= !is_printable(c);
            let line_break = is_break(c);
            if line_break {
                self.multiline = true;
                self.newline |= c == '\n';
                space_break |= !first && previous == ' ';
            } else if c == ' ' {
                break_space |= !first && is_break(previous);
                self.no_block |= rest.is_empty();
            }
            if (c == ' ' || line_break) && (first || rest.is_empty()) {
                self.no_plain = true;
            }
            first = false;
            previous = c;
        }
        self.no_block |= space_break || self.special;
        self.no_single = break_space || space_break || self.special;
        self.no_plain |= self.no_single || self.multiline || indicators;
        self
    }

    /// The style that go-yaml picks.
    pub(super) fn style(&self) -> Style {
        if self.newline && !self.no_block {
            Style::Literal
        } else if self.newline || !self.reads_as_string {
            Style::Double
        } else if !self.no_plain {
            Style::Plain
        } else if !self.no_single {
            Style::Single
        } else {
            Style::Double
        }
    }
}

/// Tells whether every byte may stand anywhere in a plain scalar: the quick way through most texts.
fn is_harmless(text: &str) -> bool {
    let bytes = text.as_bytes();
    let harmless = |b: &u8| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' | b'=' | b'+');
    !matches!(bytes.first(), Some(b'-' | b'.')) && bytes.iter().all(harmless)
}

/// Tells whether `c` means something to YAML where it stands, in block context.
fn is_indicator(c: char, first: bool, previous: char, rest: &str) -> bool {
    let before_blank = || rest.is_empty() || rest.starts_with([' ', '\t']);
    match c {
        '#' => first || is_blank_or_break(previous),
        ':' => before_blank(),
        '-' | '?' => first && before_blank(),
        ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
        | '`' => first,
        _ => false,
    }
}

fn is_blank_or_break(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\0') || is_break(c)
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What libyaml prints unescaped. It ends at U+FFFD, so that everything beyond, emoji first of all, is escaped.
pub(super) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && c != '\u{feff}'
}

/// Text under construction, with what libyaml's emitter remembers about the current line.
pub(super) struct Writer {
    pub(super) out: String,
    /// Characters on the current line.
    column: usize,
    /// The last thing written was white space or an indicator that needs none after it.
    whitespace: bool,
    /// The line has nothing but indentation and `-`, `?`, `:` so far.
    pub(super) indention: bool,
}

impl Writer {
    /// Continues `out` at `column` of its last line.
    pub(super) fn new(out: String, column: usize) -> Self {
        Writer {
            out,
            column,
            whitespace: true,
            indention: true,
        }
    }

    fn push(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn push_str(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// Goes to column `indent`, on a new line unless this one still has nothing but indentation.
    pub(super) fn indent(&mut self, indent: usize) {
        if !self.indention || self.column > indent || (self.column == indent && !self.whitespace) {
            self.line_break();
        }
        while self.column < indent {
            self.push(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// Writes a piece of syntax.
    pub(super) fn indicator(
        &mut self,
        text: &str,
        space_before: bool,
        whitespace: bool,
        indention: bool,
    ) {
        if space_before && !self.whitespace {
            self.push(' ');
        }
        self.push_str(text);
        self.whitespace = whitespace;
        self.indention &= indention;
    }

    /// Writes a number, a boolean or null.
    pub(super) fn bare(&mut self, text: &str) {
        self.indicator(text, true, false, false);
    }

    /// Writes a string. Its further lines go to column `indent`; without `fold` long lines stay whole.
    pub(super) fn string(&mut self, text: &str, style: Style, indent: usize, fold: bool) {
        match style {
            Style::Plain => self.plain(text, indent, fold),
            Style::Single => self.single_quoted(text, indent, fold),
            Style::Double => self.double_quoted(text, indent, fold),
            Style::Literal => self.literal(text, indent),
        }
    }

    fn plain(&mut self, text: &str, indent: usize, fold: bool) {
        self.indicator("", true, false, false);
        self.folded(text, indent, fold, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn single_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.indicator("'", true, false, false);
        self.folded(text, indent, fold, true);
        self.indicator("'", false, false, false);
    }

    /// Writes text that is plain or in single quotes: a lone space beyond the width becomes a line break.
    fn folded(&mut self, text: &str, indent: usize, fold: bool, quoted: bool) {
        let simple = !text.contains(['\'', '\u{2028}', '\u{2029}']);
        if simple && (!fold || self.column + text.len() <= WIDTH) {
            return self.push_str(text);
        }
        let (mut after_space, mut after_break) = (false, false);
        let mut chars = text.chars();
        let mut inside = false;
        while let Some(c) = chars.next() {
            let rest = chars.as_str();
            if c == ' ' {
                let foldable =
                    fold && !after_space && self.column > WIDTH && !rest.starts_with(' ');
                if foldable && (!quoted || inside && !rest.is_empty()) {
                    self.indent(indent);
                } else {
                    self.push(c);
                }
                after_space = true;
            } else if is_break(c) {
                self.push(c);
                self.column = 0;
                self.indention = true;
                after_break = true;
            } else {
                if after_break {
                    self.indent(indent);
                }
                if quoted && c == '\'' {
                    self.push(c);
                }
                self.push(c);
                self.indention = false;
                (after_space, after_break) = (false, false);
            }
            inside = true;
        }
    }

    /// Writes text in double quotes; a line that breaks inside a run of spaces continues with a backslash.
    fn double_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.indicator("\"", true, false, false);
        // libyaml's test for a byte order mark looks at the start of the text, whichever character it is at.
        let escape_all = text.starts_with('\u{feff}');
        let mut after_space = false;
        let mut inside = false;
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let rest = chars.as_str();
            if escape_all || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                self.escape(c);
                after_space = false;
            } else if c == ' ' {
                if fold && !after_space && self.column > WIDTH && inside && !rest.is_empty() {
                    self.indent(indent);
                    if rest.starts_with(' ') {
                        self.push('\\');
                    }
                } else {
                    self.push(c);
                }
                after_space = true;
            } else {
                self.push(c);
                after_space = false;
            }
            inside = true;
        }
        self.indicator("\"", false, false, false);
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' | '\\' => c,
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(c);
                return match code {
                    0..=0xff => self.push_str(&format!("\\x{code:02X}")),
                    0x100..=0xffff => self.push_str(&format!("\\u{code:04X}")),
                    _ => self.push_str(&format!("\\U{code:08X}")),
                };
            }
        };
        self.push('\\');
        self.push(short);
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.indicator("|", true, false, false);
        if text.starts_with(' ') || text.starts_with(is_break) {
            self.push('2');
        }
        let mut ends = text.chars().rev();
        match (ends.next().is_some_and(is_break), ends.next()) {
            (false, _) => self.push('-'),
            (true, None) => self.push('+'),
            (true, Some(c)) if is_break(c) => self.push('+'),
            (true, Some(_)) => {}
        }
        self.line_break();
        self.indention = true;
        self.whitespace = true;
        for line in text.split_inclusive(is_break) {
            let content = line.trim_end_matches(is_break);
            if !content.is_empty() {
                self.indent(indent);
                self.push_str(content);
                self.indention = false;
            }
            if let Some(end) = line.get(content.len()..).and_then(|end| end.chars().next()) {
                self.out.push(end);
                self.column = 0;
                self.indention = true;
            }
        }
    }
}
