//! What Go's standard library says about characters and quoting, where Rust's says something else.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

/// Tells whether Go's `unicode.IsLetter` or `unicode.IsDigit` holds. Rust's `is_alphanumeric` knows more of both.
pub(super) fn is_letter_or_digit(c: char) -> bool {
    static CLASS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{Nd}]$").ok());
    if c.is_ascii() {
        c.is_ascii_alphanumeric()
    } else {
        matches(&CLASS, c)
    }
}

/// Tells whether Go's `strconv.IsPrint` holds: letters, marks, numbers, punctuation, symbols and the ASCII space.
fn is_print(c: char) -> bool {
    static CLASS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").ok());
    if c.is_ascii() {
        (' '..='~').contains(&c)
    } else {
        matches(&CLASS, c)
    }
}

fn matches(class: &LazyLock<Option<Regex>>, c: char) -> bool {
    class
        .as_ref()
        .is_some_and(|class| class.is_match(c.encode_utf8(&mut [0; 4])))
}

/// Quotes a text as Go's `%q` does.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = match (c, short_escape(c)) {
            (_, Some(letter)) => write!(out, "\\{letter}"),
            (c, None) if is_print(c) => write!(out, "{c}"),
            (c, None) if c.is_ascii() => write!(out, "\\x{:02x}", u32::from(c)),
            (c, None) if u32::from(c) < 0x1_0000 => write!(out, "\\u{:04x}", u32::from(c)),
            (c, None) => write!(out, "\\U{:08x}", u32::from(c)),
        };
    }
    out.push('"');
    out
}

fn short_escape(c: char) -> Option<char> {
    Some(match c {
        '"' | '\\' => c,
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0C' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0B' => 'v',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_go() {
        assert_eq!(
            quote("a\"b\\c\n\u{7}\u{7f}\u{1}é"),
            r#""a\"b\\c\n\a\x7f\x01é""#
        );
        assert_eq!(
            quote("\u{a0}\u{200b}\u{e000}\u{1F600}\u{10FFFF}"),
            "\"\\u00a0\\u200b\\ue000\u{1F600}\\U0010ffff\""
        );
    }
}
