//! Writes a tree as a pattern of the `regex` crate that matches the same texts.

use std::fmt::Write;

use super::ast::{Assertion, Ast, Class, ClassItem, Property};

/// Which texts the pattern will be run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// ASCII texts only, as all tags are: classes are cut down to ASCII, which makes programs small.
    Ascii,
    /// Any text.
    Unicode,
}

/// Writes the pattern. Every group keeps its number; names are left to the caller, since Go allows a name twice.
pub(super) fn emit(ast: &Ast, alphabet: Alphabet) -> String {
    let mut emitter = Emitter {
        alphabet,
        out: String::new(),
    };
    emitter.node(ast);
    emitter.out
}

struct Emitter {
    alphabet: Alphabet,
    out: String,
}

impl Emitter {
    fn node(&mut self, ast: &Ast) {
        match ast {
            Ast::Empty => self.out.push_str("(?:)"),
            Ast::Literal { char, fold } => self.literal(*char, *fold),
            Ast::Class(class) => self.class(class),
            Ast::Any { newline } => self.any(*newline),
            Ast::Assertion(assertion) => self.out.push_str(spell(*assertion)),
            Ast::Capture { inner, .. } => self.wrapped("(", inner),
            Ast::Repeat {
                inner,
                min,
                max,
                greedy,
            } => {
                self.wrapped("(?:", inner);
                self.quantifier(*min, *max, *greedy);
            }
            Ast::Concat(parts) => parts.iter().for_each(|part| self.part(part)),
            Ast::Alternate(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        self.out.push('|');
                    }
                    self.node(part);
                }
            }
        }
    }

    fn wrapped(&mut self, open: &str, inner: &Ast) {
        self.out.push_str(open);
        self.node(inner);
        self.out.push(')');
    }

    fn part(&mut self, part: &Ast) {
        match part {
            Ast::Alternate(_) => self.wrapped("(?:", part),
            _ => self.node(part),
        }
    }

    fn literal(&mut self, char: char, fold: bool) {
        if fold {
            self.out.push_str("(?i:");
        }
        self.code(u32::from(char));
        if fold {
            self.out.push(')');
        }
    }

    fn code(&mut self, code: u32) {
        match char::from_u32(code) {
            Some(plain) if plain.is_ascii_alphanumeric() => self.out.push(plain),
            _ => self.push_fmt(format_args!("\\x{{{code:X}}}")),
        }
    }

    fn push_fmt(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.out.write_fmt(arguments);
    }

    fn quantifier(&mut self, min: u32, max: Option<u32>, greedy: bool) {
        match (min, max) {
            (0, None) => self.out.push('*'),
            (1, None) => self.out.push('+'),
            (0, Some(1)) => self.out.push('?'),
            (min, None) => self.push_fmt(format_args!("{{{min},}}")),
            (min, Some(max)) => self.push_fmt(format_args!("{{{min},{max}}}")),
        }
        if !greedy {
            self.out.push('?');
        }
    }

    fn any(&mut self, newline: bool) {
        self.out.push_str(match (self.alphabet, newline) {
            (Alphabet::Ascii, true) => r"[\x00-\x7F]",
            (Alphabet::Ascii, false) => r"[\x00-\x09\x0B-\x7F]",
            (Alphabet::Unicode, true) => "(?s:.)",
            (Alphabet::Unicode, false) => "(?-s:.)",
        });
    }

    fn class(&mut self, class: &Class) {
        if class.fold {
            self.out.push_str("(?i:");
        }
        let cut = self.alphabet == Alphabet::Ascii;
        if cut {
            self.out.push('[');
        }
        self.out.push_str(if class.negated { "[^" } else { "[" });
        // A class of surrogates only has no member left to write.
        let before = self.out.len();
        class.items.iter().for_each(|item| self.class_item(item));
        if self.out.len() == before {
            self.out.push_str(NOTHING);
        }
        self.out.push(']');
        if cut {
            self.out.push_str(r"&&[\x00-\x7F]]");
        }
        if class.fold {
            self.out.push(')');
        }
    }

    fn class_item(&mut self, item: &ClassItem) {
        match item {
            ClassItem::Range(low, high) => {
                // Surrogates are no characters here.
                self.range(*low, (*high).min(0xD7FF));
                self.range((*low).max(0xE000), *high);
            }
            ClassItem::Ascii { ranges, negated } => {
                self.out.push_str(if *negated { "[^" } else { "[" });
                for (low, high) in *ranges {
                    self.range(u32::from(*low), u32::from(*high));
                }
                self.out.push(']');
            }
            ClassItem::Unicode { property, negated } => self.property(*property, *negated),
        }
    }

    fn range(&mut self, low: u32, high: u32) {
        if low <= high {
            self.code(low);
            self.out.push('-');
            self.code(high);
        }
    }

    fn property(&mut self, property: Property, negated: bool) {
        let sign = if negated { 'P' } else { 'p' };
        match property {
            Property::Any => self.push_fmt(format_args!("\\{sign}{{Any}}")),
            Property::Ascii => self.push_fmt(format_args!("\\{sign}{{ASCII}}")),
            // The crate's tables leave surrogates out.
            Property::Category("Cs") => {
                self.out
                    .push_str(if negated { r"\p{Any}" } else { NOTHING })
            }
            Property::Category(name) => self.push_fmt(format_args!("\\{sign}{{gc={name}}}")),
            Property::Script(name) => self.push_fmt(format_args!("\\{sign}{{sc={name}}}")),
        }
    }
}

const NOTHING: &str = r"\P{Any}";

fn spell(assertion: Assertion) -> &'static str {
    match assertion {
        Assertion::TextStart => r"\A",
        Assertion::TextEnd => r"\z",
        Assertion::LineStart => "(?m:^)",
        Assertion::LineEnd => "(?m:$)",
        Assertion::WordBoundary => r"(?-u:\b)",
        Assertion::NotWordBoundary => r"(?-u:\B)",
    }
}
