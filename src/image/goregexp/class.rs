//! Reads bracketed character classes.

use super::ast::{Class, ClassItem};
use super::error::{Problem, SyntaxError};
use super::{escape, unicode};

/// Reads the class at the start of `text`, which begins with `[`: the class and what is left.
pub(super) fn parse(text: &str, fold: bool) -> Result<(Class, &str), SyntaxError> {
    let inside = text.strip_prefix('[').unwrap_or(text);
    let (negated, mut rest) = match inside.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, inside),
    };
    let mut items = Vec::new();
    loop {
        // A bracket that comes first is a member.
        if let Some(rest) = rest.strip_prefix(']').filter(|_| !items.is_empty()) {
            return Ok((
                Class {
                    negated,
                    fold,
                    items,
                },
                rest,
            ));
        }
        let (item, after) = parse_item(rest, text)?;
        items.push(item);
        rest = after;
    }
}

fn parse_item<'p>(text: &'p str, class: &'p str) -> Result<(ClassItem, &'p str), SyntaxError> {
    if let Some(named) = posix(text)? {
        return Ok(named);
    }
    if let Some(escaped) = escape::class_escape(text)? {
        return Ok(escaped);
    }
    let (low, rest) = parse_char(text, class)?;
    match rest.strip_prefix('-') {
        // A minus before the closing bracket is a member.
        Some(rest) if !rest.is_empty() && !rest.starts_with(']') => {
            let (high, rest) = parse_char(rest, class)?;
            if high < low {
                return Err(SyntaxError::up_to(Problem::CharRange, text, rest));
            }
            Ok((ClassItem::Range(low, high), rest))
        }
        _ => Ok((ClassItem::Range(low, low), rest)),
    }
}

fn parse_char<'p>(text: &'p str, class: &str) -> Result<(u32, &'p str), SyntaxError> {
    if text.starts_with('\\') {
        return escape::char_escape(text);
    }
    let mut chars = text.chars();
    match chars.next() {
        Some(c) => Ok((u32::from(c), chars.as_str())),
        None => Err(SyntaxError::new(Problem::MissingBracket, class)),
    }
}

/// Reads `[:name:]` or `[:^name:]`; `None` if `text` does not start with one.
fn posix(text: &str) -> Result<Option<(ClassItem, &str)>, SyntaxError> {
    let Some((name, rest)) = text
        .strip_prefix("[:")
        .and_then(|named| named.split_once(":]"))
    else {
        return Ok(None);
    };
    let (negated, bare) = match name.strip_prefix('^') {
        Some(bare) => (true, bare),
        None => (false, name),
    };
    let ranges = unicode::posix_class(bare)
        .ok_or_else(|| SyntaxError::up_to(Problem::CharRange, text, rest))?;
    Ok(Some((ClassItem::Ascii { ranges, negated }, rest)))
}
