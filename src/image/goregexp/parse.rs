//! Reads Go's regular expressions: the Perl-flavoured syntax of `regexp.Compile` in Go 1.26.

use super::ast::{Assertion, Ast, Class, ClassItem};
use super::class;
use super::error::{Problem, SyntaxError};
use super::escape;
use super::piece::{MAX_HEIGHT, MAX_REPEAT, MAX_SIZE, Piece};

/// A pattern that Go accepts.
#[derive(Debug)]
pub(super) struct Parsed {
    /// The tree.
    pub(super) ast: Ast,
    /// The name of each group, `""` for one without; entry 0 is the whole match.
    pub(super) names: Vec<String>,
}

/// Reads a pattern, or says in Go's words why it is none.
pub(super) fn parse(pattern: &str) -> Result<Parsed, SyntaxError> {
    let mut parser = Parser {
        pattern,
        rest: pattern,
        flags: Flags::default(),
        frames: Vec::new(),
        frame: Frame::default(),
        names: vec![String::new()],
        last_repeat: None,
    };
    while let Some(first) = parser.rest.chars().next() {
        let step = parser.step(first);
        step.map_err(|error| error.after(pattern.len() - parser.rest.len()))?;
    }
    parser.finish()
}

/// The flags that `(?flags)` sets.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    fold: bool,
    multi_line: bool,
    dot_newline: bool,
    lazy: bool,
}

/// An open parenthesis and what has been read since; the outermost frame has none.
#[derive(Debug, Default)]
struct Frame {
    outer_flags: Flags,
    capture: Option<usize>,
    branches: Vec<Piece>,
    items: Vec<Piece>,
}

struct Parser<'p> {
    pattern: &'p str,
    rest: &'p str,
    flags: Flags,
    frames: Vec<Frame>,
    frame: Frame,
    names: Vec<String>,
    /// The pattern from the repetition operator that was read last, if nothing followed it yet.
    last_repeat: Option<&'p str>,
}

impl<'p> Parser<'p> {
    fn step(&mut self, first: char) -> Result<(), SyntaxError> {
        let before = self.rest;
        let after = before.get(first.len_utf8()..).unwrap_or("");
        self.rest = after;
        let repeated = match first {
            '*' => self.repeat(before, after, (0, None), false)?,
            '+' => self.repeat(before, after, (1, None), false)?,
            '?' => self.repeat(before, after, (0, Some(1)), false)?,
            '{' => self.braces(before, after)?,
            _ => {
                self.step_other(first, before)?;
                false
            }
        };
        self.last_repeat = repeated.then_some(before);
        Ok(())
    }

    fn step_other(&mut self, first: char, before: &'p str) -> Result<(), SyntaxError> {
        match first {
            '(' => self.open(before)?,
            ')' => self.close()?,
            '|' => self.end_branch()?,
            '^' if self.flags.multi_line => self.assertion(Assertion::LineStart),
            '^' => self.assertion(Assertion::TextStart),
            '$' if self.flags.multi_line => self.assertion(Assertion::LineEnd),
            '$' => self.assertion(Assertion::TextEnd),
            '.' => self.push(Ast::Any {
                newline: self.flags.dot_newline,
            }),
            '[' => {
                let (class, rest) = class::parse(before, self.flags.fold)?;
                self.rest = rest;
                self.push(Ast::Class(class));
            }
            '\\' => self.backslash(before)?,
            literal => self.literal(u32::from(literal)),
        }
        Ok(())
    }

    fn push(&mut self, ast: Ast) {
        self.frame.items.push(Piece::leaf(ast));
    }

    fn assertion(&mut self, assertion: Assertion) {
        self.push(Ast::Assertion(assertion));
    }

    fn literal(&mut self, code: u32) {
        self.push(match char::from_u32(code) {
            Some(char) => Ast::Literal {
                char,
                fold: self.flags.fold && char.is_alphabetic(),
            },
            // A surrogate, which no text contains.
            None => Ast::Class(Class {
                items: vec![ClassItem::Range(code, code)],
                ..Class::default()
            }),
        });
    }

    fn backslash(&mut self, before: &'p str) -> Result<(), SyntaxError> {
        let mut chars = self.rest.chars();
        let letter = chars.next();
        let after_letter = chars.as_str();
        let assertion = match letter {
            Some('A') => Some(Assertion::TextStart),
            Some('z') => Some(Assertion::TextEnd),
            Some('b') => Some(Assertion::WordBoundary),
            Some('B') => Some(Assertion::NotWordBoundary),
            _ => None,
        };
        if let Some(assertion) = assertion {
            self.rest = after_letter;
            self.assertion(assertion);
        } else if letter == Some('Q') {
            let (quoted, rest) = after_letter.split_once("\\E").unwrap_or((after_letter, ""));
            self.rest = rest;
            quoted.chars().for_each(|c| self.literal(u32::from(c)));
        } else if let Some((item, rest)) = escape::class_escape(before)? {
            self.rest = rest;
            self.push(Ast::Class(Class {
                negated: false,
                fold: self.flags.fold,
                items: vec![item],
            }));
        } else {
            let (code, rest) = escape::char_escape(before)?;
            self.rest = rest;
            self.literal(code);
        }
        Ok(())
    }

    /// Reads `{n}`, `{n,}` and `{n,m}`; any other brace is a literal. Tells whether it was a repetition.
    fn braces(&mut self, before: &'p str, after: &'p str) -> Result<bool, SyntaxError> {
        let Some((bounds, rest)) = Bounds::read(after) else {
            self.literal(u32::from('{'));
            return Ok(false);
        };
        match bounds.checked() {
            Some(range) => self.repeat(before, rest, range, true),
            None => Err(SyntaxError::up_to(Problem::RepeatSize, before, rest)),
        }
    }

    fn repeat(
        &mut self,
        before: &'p str,
        after: &'p str,
        (min, max): (u32, Option<u32>),
        counted: bool,
    ) -> Result<bool, SyntaxError> {
        let mark = after.strip_prefix('?');
        self.rest = mark.unwrap_or(after);
        let greedy = self.flags.lazy == mark.is_some();
        if let Some(last) = self.last_repeat {
            return Err(SyntaxError::up_to(Problem::RepeatOp, last, self.rest));
        }
        let Some(piece) = self.frame.items.pop() else {
            return Err(SyntaxError::up_to(
                Problem::MissingRepeatArgument,
                before,
                self.rest,
            ));
        };
        let piece = piece.repeated(min, max, greedy, counted);
        self.check_limits(&piece)?;
        let several = min >= 2 || max.is_some_and(|max| max >= 2);
        if counted && several && piece.copies > MAX_REPEAT {
            return Err(SyntaxError::up_to(Problem::RepeatSize, before, self.rest));
        }
        self.frame.items.push(piece);
        Ok(true)
    }

    fn check_limits(&self, piece: &Piece) -> Result<(), SyntaxError> {
        if piece.size > MAX_SIZE {
            Err(SyntaxError::new(Problem::TooLarge, self.pattern))
        } else if piece.height > MAX_HEIGHT {
            Err(SyntaxError::new(Problem::NestingDepth, self.pattern))
        } else {
            Ok(())
        }
    }

    fn open(&mut self, before: &'p str) -> Result<(), SyntaxError> {
        let Some(extension) = self.rest.strip_prefix('?') else {
            self.open_capture("");
            return Ok(());
        };
        let named = extension.strip_prefix("P<").filter(|rest| !rest.is_empty());
        let named = named.or_else(|| extension.strip_prefix('<').filter(|rest| !rest.is_empty()));
        let Some(named) = named else {
            return self.open_flags(before, extension);
        };
        let Some((name, rest)) = named.split_once('>') else {
            return Err(SyntaxError::new(Problem::NamedCapture, before));
        };
        self.rest = rest;
        if name.is_empty()
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return Err(SyntaxError::up_to(Problem::NamedCapture, before, rest));
        }
        self.open_capture(name);
        Ok(())
    }

    fn open_capture(&mut self, name: &str) {
        let capture = Some(self.names.len());
        self.names.push(name.to_owned());
        self.open_frame(capture);
    }

    fn open_frame(&mut self, capture: Option<usize>) {
        let frame = Frame {
            outer_flags: self.flags,
            capture,
            ..Frame::default()
        };
        self.frames.push(std::mem::replace(&mut self.frame, frame));
    }

    /// Reads `(?flags)` and `(?flags:`.
    fn open_flags(&mut self, before: &'p str, extension: &'p str) -> Result<(), SyntaxError> {
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, true);
        let mut chars = extension.chars();
        for letter in chars.by_ref() {
            match letter {
                'i' => flags.fold = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_newline = on,
                'U' => flags.lazy = on,
                '-' if on => on = false,
                ':' | ')' if seen => {
                    if letter == ':' {
                        self.open_frame(None);
                    }
                    self.flags = flags;
                    self.rest = chars.as_str();
                    return Ok(());
                }
                _ => break,
            }
            // A minus must be followed by at least one flag.
            seen = letter != '-';
        }
        Err(SyntaxError::up_to(Problem::PerlOp, before, chars.as_str()))
    }

    fn end_branch(&mut self) -> Result<(), SyntaxError> {
        let piece = Piece::concat(std::mem::take(&mut self.frame.items));
        self.check_limits(&piece)?;
        self.frame.branches.push(piece);
        Ok(())
    }

    fn end_frame(&mut self) -> Result<Piece, SyntaxError> {
        self.end_branch()?;
        let piece = Piece::alternate(std::mem::take(&mut self.frame.branches));
        self.check_limits(&piece)?;
        Ok(piece)
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        let piece = self.end_frame()?;
        let Some(outer) = self.frames.pop() else {
            return Err(SyntaxError::new(Problem::UnexpectedParen, self.pattern));
        };
        let closed = std::mem::replace(&mut self.frame, outer);
        self.flags = closed.outer_flags;
        let piece = match closed.capture {
            Some(index) => piece.captured(index),
            None => piece,
        };
        self.check_limits(&piece)?;
        self.frame.items.push(piece);
        Ok(())
    }

    fn finish(mut self) -> Result<Parsed, SyntaxError> {
        let piece = self.end_frame()?;
        if !self.frames.is_empty() {
            return Err(SyntaxError::new(Problem::MissingParen, self.pattern));
        }
        Ok(Parsed {
            ast: piece.ast,
            names: self.names,
        })
    }
}

/// The numbers of `{n,m}`; `None` for one of more than eight digits.
struct Bounds {
    min: Option<u32>,
    /// The outer `None` is no upper limit.
    max: Option<Option<u32>>,
}

impl Bounds {
    /// Reads what follows the brace; `None` if it is not of the form, and so a literal.
    fn read(text: &str) -> Option<(Self, &str)> {
        let (min, rest) = Self::number(text)?;
        let (max, rest) = match rest.strip_prefix(',') {
            None => (Some(min), rest),
            Some(rest) if rest.starts_with('}') => (None, rest),
            Some(rest) => Self::number(rest).map(|(max, rest)| (Some(max), rest))?,
        };
        Some((Self { min, max }, rest.strip_prefix('}')?))
    }

    fn number(text: &str) -> Option<(Option<u32>, &str)> {
        let end = text
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len());
        let (digits, rest) = text.split_at(end);
        let leading_zero = digits.len() > 1 && digits.starts_with('0');
        (!digits.is_empty() && !leading_zero).then(|| (digits.parse().ok(), rest))
    }

    /// Returns the range if Go allows it: no number over 1000, none out of order.
    fn checked(&self) -> Option<(u32, Option<u32>)> {
        let allowed = |number: u32| (u64::from(number) <= MAX_REPEAT).then_some(number);
        let min = allowed(self.min?)?;
        match self.max {
            None => Some((min, None)),
            Some(max) => {
                let max = allowed(max?)?;
                (min <= max).then_some((min, Some(max)))
            }
        }
    }
}
