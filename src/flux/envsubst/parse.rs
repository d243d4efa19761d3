//! Reads a template: text with `${...}` expressions in it.

use std::borrow::Cow;

use super::SubstituteError;

/// Expressions within expressions; what goes deeper is an attack.
const MAX_DEPTH: u32 = 100;

/// Why an expression cannot be read. The messages are those of `fluxcd/pkg/envsubst`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// An operator without what belongs to it.
    #[error("bad substitution")]
    BadSubstitution,
    /// Something other than `}` or an operator after the name, such as the `-` of `${var-default}`.
    #[error("missing closing brace")]
    MissingClosingBrace,
    /// No letter, digit or underscore after `${`.
    #[error("unable to parse variable name")]
    VariableName,
    /// An argument is missing, or the text ends within it.
    #[error("unable to parse substitution within function")]
    Argument,
    /// More than a hundred expressions within each other, which Flux would accept.
    #[error("expressions are nested too deeply")]
    TooDeep,
}

/// A part of a template.
pub(super) enum Piece<'t> {
    Text(Cow<'t, str>),
    Expression(Box<Expression<'t>>),
}

/// `${name operator arguments}`.
pub(super) struct Expression<'t> {
    pub(super) name: &'t str,
    /// Empty for `${name}`.
    pub(super) operator: &'t str,
    pub(super) arguments: Vec<Piece<'t>>,
    /// Where its `${` stands.
    pub(super) offset: usize,
}

/// The pieces of a text, read one by one; ends after the first error.
pub(super) struct Template<'t> {
    parser: Parser<'t>,
    failed: bool,
}

impl<'t> Template<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        // Go's scanner takes a NUL for the end of the text.
        let end = text.find('\0').unwrap_or(text.len());
        Template {
            parser: Parser {
                text: text.get(..end).unwrap_or(text),
                at: 0,
            },
            failed: false,
        }
    }
}

impl<'t> Iterator for Template<'t> {
    type Item = Result<Piece<'t>, SubstituteError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        if let Some(text) = self.parser.text_until(&[], Escapes::Dollar) {
            return Some(Ok(Piece::Text(text)));
        }
        let offset = self.parser.at;
        if !self.parser.take("${") {
            return None;
        }
        let piece = self.parser.expression(MAX_DEPTH);
        self.failed = piece.is_err();
        Some(piece.map_err(|error| SubstituteError::Syntax { error, offset }))
    }
}

/// What a doubled or backslashed character means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escapes {
    None,
    /// `$$` is a dollar.
    Dollar,
    /// `$$` is a dollar, `\/` a slash and `\\` a backslash.
    All,
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes the next `length` bytes.
    fn slice(&mut self, length: usize) -> &'t str {
        let slice = self.rest().get(..length).unwrap_or_default();
        self.at += slice.len();
        slice
    }

    /// Takes up to `most` characters out of `set`.
    fn run_of(&mut self, set: &[char], most: usize) -> &'t str {
        let run = self
            .rest()
            .chars()
            .take(most)
            .take_while(|c| set.contains(c));
        let length = run.map(char::len_utf8).sum();
        self.slice(length)
    }

    /// Takes text up to an expression, one of the `stop` bytes or the end; `None` if there is none.
    fn text_until(&mut self, stop: &[char], escapes: Escapes) -> Option<Cow<'t, str>> {
        let mut text = Cow::Borrowed("");
        loop {
            let rest = self.rest();
            let special =
                |c| c == '$' || stop.contains(&c) || (c == '\\' && escapes == Escapes::All);
            let plain = rest.find(special).unwrap_or(rest.len());
            let (extent, skipped) = match rest.get(plain..).unwrap_or_default().as_bytes() {
                [b'$', b'{', ..] => (plain, None),
                [b'$', b'$', ..] if escapes != Escapes::None => (plain + 1, Some(1)),
                [b'\\', b'/' | b'\\', ..] if escapes == Escapes::All => (plain, Some(1)),
                [b'$' | b'\\', ..] => (plain + 1, Some(0)),
                _ => (plain, None),
            };
            append(&mut text, self.slice(extent));
            match skipped {
                None => break,
                Some(skipped) => {
                    self.at += skipped;
                    // The escaped character itself, which may be one that stops.
                    if extent == plain {
                        append(&mut text, self.slice(1));
                    }
                }
            }
        }
        (!text.is_empty()).then_some(text)
    }

    /// Takes letters, digits and underscores.
    fn name(&mut self) -> Option<&'t str> {
        let rest = self.rest();
        let part_of_name = |c: char| c == '_' || c.is_alphanumeric();
        let length = rest.find(|c| !part_of_name(c)).unwrap_or(rest.len());
        (length > 0).then(|| self.slice(length))
    }

    fn close(&mut self) -> Result<(), SyntaxError> {
        self.take("}")
            .then_some(())
            .ok_or(SyntaxError::BadSubstitution)
    }

    /// Reads what follows a `${`, the closing brace included.
    fn expression(&mut self, depth: u32) -> Result<Piece<'t>, SyntaxError> {
        let depth = depth.checked_sub(1).ok_or(SyntaxError::TooDeep)?;
        let offset = self.at.saturating_sub("${".len());
        let mut expression = Expression {
            name: "",
            operator: "",
            arguments: Vec::new(),
            offset,
        };
        if self.peek() == Some('#') {
            expression.operator = self.slice(1);
            expression.name = self.name().ok_or(SyntaxError::BadSubstitution)?;
            self.close()?;
        } else {
            expression.name = self.name().ok_or(SyntaxError::VariableName)?;
            self.operation(&mut expression, depth)?;
        }
        Ok(Piece::Expression(Box::new(expression)))
    }

    fn operation(
        &mut self,
        expression: &mut Expression<'t>,
        depth: u32,
    ) -> Result<(), SyntaxError> {
        let mut next = self.rest().chars();
        match (next.next(), next.next()) {
            (Some('}'), _) => self.close(),
            (Some('='), _) => self.default(expression, 1, depth),
            (Some(':'), Some('=' | '-' | '?' | '+')) => self.default(expression, 2, depth),
            // Go steps back by the width of the wrong character here, and never finds the colon.
            (Some(':'), None) => Err(SyntaxError::BadSubstitution),
            (Some(':'), Some(c)) if !c.is_ascii() => Err(SyntaxError::BadSubstitution),
            (Some(':'), _) => self.substring(expression, depth),
            (Some(',' | '^'), _) => {
                expression.operator = self.run_of(&[',', '^'], 2);
                self.close()
            }
            (Some('/'), second) => {
                let long = matches!(second, Some('/' | '#' | '%'));
                expression.operator = self.slice(1 + usize::from(long));
                self.replacement(expression, depth)
            }
            (Some(c @ ('#' | '%')), _) => {
                expression.operator = self.run_of(&[c], 2);
                self.argument(expression, &['}'], Escapes::None, depth)?;
                self.close()
            }
            _ => Err(SyntaxError::MissingClosingBrace),
        }
    }

    fn argument(
        &mut self,
        expression: &mut Expression<'t>,
        stop: &[char],
        escapes: Escapes,
        depth: u32,
    ) -> Result<(), SyntaxError> {
        let argument = if self.take("${") {
            self.expression(depth)?
        } else {
            let text = self.text_until(stop, escapes);
            Piece::Text(text.ok_or(SyntaxError::Argument)?)
        };
        expression.arguments.push(argument);
        Ok(())
    }

    /// `=word`, `:=word`, `:-word`, `:?word`, `:+word`, where the word may mix text and expressions.
    fn default(
        &mut self,
        expression: &mut Expression<'t>,
        operator: usize,
        depth: u32,
    ) -> Result<(), SyntaxError> {
        expression.operator = self.slice(operator);
        while !self.take("}") {
            self.argument(expression, &['}'], Escapes::None, depth)?;
        }
        Ok(())
    }

    /// `:position` or `:position:length`.
    fn substring(
        &mut self,
        expression: &mut Expression<'t>,
        depth: u32,
    ) -> Result<(), SyntaxError> {
        expression.operator = self.slice(1);
        self.argument(expression, &[':', '}'], Escapes::None, depth)?;
        if self.run_of(&[':'], usize::MAX).is_empty() {
            return self.close();
        }
        self.argument(expression, &['}'], Escapes::None, depth)?;
        self.close()
    }

    /// `/pattern/text`, where the text may be missing. The pattern may hold a brace.
    fn replacement(
        &mut self,
        expression: &mut Expression<'t>,
        depth: u32,
    ) -> Result<(), SyntaxError> {
        self.argument(expression, &['/'], Escapes::All, depth)?;
        if self.run_of(&['/'], usize::MAX).is_empty() {
            return Err(SyntaxError::BadSubstitution);
        }
        if self.peek() != Some('}') {
            self.argument(expression, &['}'], Escapes::All, depth)?;
        }
        self.close()
    }
}

fn append<'t>(text: &mut Cow<'t, str>, more: &'t str) {
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else if !more.is_empty() {
        text.to_mut().push_str(more);
    }
}
