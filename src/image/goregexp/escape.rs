//! Reads what follows a backslash, inside and outside brackets.

use super::ast::ClassItem;
use super::error::{Problem, SyntaxError};
use super::unicode;

/// Reads a class escape (`\d`, `\PL`, `\p{Greek}`) at the start of `text`, which begins with a backslash or not.
/// Gives `None` if there is none.
pub(super) fn class_escape(text: &str) -> Result<Option<(ClassItem, &str)>, SyntaxError> {
    let Some(escaped) = text.strip_prefix('\\') else {
        return Ok(None);
    };
    let mut chars = escaped.chars();
    let Some(letter) = chars.next() else {
        return Ok(None);
    };
    if letter == 'p' || letter == 'P' {
        return property(text, chars.as_str(), letter == 'P').map(Some);
    }
    let item = unicode::perl_class(letter.to_ascii_lowercase()).map(|ranges| ClassItem::Ascii {
        ranges,
        negated: letter.is_ascii_uppercase(),
    });
    Ok(item.map(|item| (item, chars.as_str())))
}

/// Reads the name after `\p` or `\P`.
fn property<'p>(
    text: &'p str,
    name: &'p str,
    negated: bool,
) -> Result<(ClassItem, &'p str), SyntaxError> {
    let (name, rest) = match name.strip_prefix('{') {
        Some(braced) => braced
            .split_once('}')
            .ok_or_else(|| SyntaxError::new(Problem::CharRange, text))?,
        None => name.split_at(name.chars().next().map_or(0, char::len_utf8)),
    };
    let (caret, name) = match name.strip_prefix('^') {
        Some(name) => (true, name),
        None => (false, name),
    };
    let (property, inverted) = unicode::property(name)
        .ok_or_else(|| SyntaxError::up_to(Problem::CharRange, text, rest))?;
    Ok((
        ClassItem::Unicode {
            property,
            negated: negated ^ caret ^ inverted,
        },
        rest,
    ))
}

/// Reads an escaped character at the start of `text`, which begins with a backslash: its code point and what is left.
pub(super) fn char_escape(text: &str) -> Result<(u32, &str), SyntaxError> {
    let mut chars = text.chars();
    chars.next();
    let Some(letter) = chars.next() else {
        return Err(SyntaxError::new(Problem::TrailingBackslash, ""));
    };
    let rest = chars.as_str();
    let simple = match letter {
        'a' => Some(0x07),
        'f' => Some(0x0C),
        'n' => Some(0x0A),
        'r' => Some(0x0D),
        't' => Some(0x09),
        'v' => Some(0x0B),
        'x' => return hex(text, rest),
        '0'..='7' => return octal(text, letter, rest),
        other if other.is_ascii() && !other.is_ascii_alphanumeric() => Some(u32::from(other)),
        _ => None,
    };
    let code = simple.ok_or_else(|| SyntaxError::up_to(Problem::Escape, text, rest))?;
    Ok((code, rest))
}

/// Reads up to three octal digits; a single digit other than 0 would be a backreference.
fn octal<'p>(text: &'p str, first: char, rest: &'p str) -> Result<(u32, &'p str), SyntaxError> {
    let digits = rest.chars().take(2).take_while(|c| c.is_digit(8)).count();
    if first != '0' && digits == 0 {
        return Err(SyntaxError::up_to(Problem::Escape, text, rest));
    }
    let (more, rest) = rest.split_at(digits);
    let code = std::iter::once(first)
        .chain(more.chars())
        .filter_map(|c| c.to_digit(8));
    Ok((code.fold(0, |code, digit| code * 8 + digit), rest))
}

/// Reads `hh` or `{h...}` after `\x`.
fn hex<'p>(text: &'p str, rest: &'p str) -> Result<(u32, &'p str), SyntaxError> {
    let mut chars = rest.chars();
    let code = match chars.next() {
        Some('{') => braced_hex(&mut chars),
        first => {
            let digit = |c: Option<char>| c.and_then(|c| c.to_digit(16));
            // Go names both characters in the error, even if the first is wrong.
            let second = chars.next();
            digit(first)
                .zip(digit(second))
                .map(|(high, low)| high * 16 + low)
        }
    };
    let code = code.ok_or_else(|| SyntaxError::up_to(Problem::Escape, text, chars.as_str()))?;
    Ok((code, chars.as_str()))
}

fn braced_hex(chars: &mut std::str::Chars<'_>) -> Option<u32> {
    let mut code = None;
    loop {
        match chars.next()? {
            '}' => return code,
            c => {
                let next = code.unwrap_or(0) * 16 + c.to_digit(16)?;
                code = Some(next).filter(|&next| next <= u32::from(char::MAX));
                code?;
            }
        }
    }
}
