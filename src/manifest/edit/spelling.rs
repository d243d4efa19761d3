//! How a string is written so that it is read back as that string: bare where it can be, else in quotes.

use super::super::node::ScalarStyle;
use super::super::spelling::reads_as_string;
use super::style::Quotes;

/// Returns the spelling of a new string.
pub(super) fn spell(text: &str, in_flow: bool, quotes: Quotes) -> String {
    spell_like(text, ScalarStyle::Plain, in_flow, quotes)
}

/// Returns the spelling of a string in place of one of the given style.
pub(crate) fn spell_like(text: &str, style: ScalarStyle, in_flow: bool, quotes: Quotes) -> String {
    let single = || can_be_single(text).then(|| format!("'{}'", text.replace('\'', "''")));
    let plain = || can_be_plain(text, in_flow).then(|| text.to_owned());
    let preferred = match style {
        ScalarStyle::SingleQuoted => single(),
        ScalarStyle::DoubleQuoted => None,
        _ if quotes == Quotes::Single => plain().or_else(single),
        _ => plain(),
    };
    preferred.unwrap_or_else(|| double_quoted(text))
}

/// Tells whether every reader takes the bare text for this string.
fn can_be_plain(text: &str, in_flow: bool) -> bool {
    let mut chars = text.chars();
    let (Some(first), second) = (chars.next(), chars.next()) else {
        return false;
    };
    let indicator = match first {
        '-' | '?' | ':' => second.is_none_or(|c| c == ' ' || in_flow),
        _ => ",[]{}#&*!|>'\"%@`".contains(first),
    };
    let ambiguous = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    let in_brackets = in_flow && text.contains([',', '[', ']', '{', '}', ':']);
    let marker = text.starts_with("---") || text.starts_with("...");
    !indicator
        && !ambiguous
        && !in_brackets
        && !marker
        && text.trim() == text
        && !text.chars().any(is_odd)
        && reads_as_string(text)
}

fn can_be_single(text: &str) -> bool {
    !text.chars().any(is_odd)
}

/// Tells whether a character is a control character, a line break, or none at all.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_odd(c) && u32::from(c) <= 0xff => {
                out.push_str(&format!("\\x{:02X}", u32::from(c)));
            }
            c if is_odd(c) => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
