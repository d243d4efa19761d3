//! What becomes of a folded scalar (`>`) when kustomize writes it and reads it again, which it does on the way to its
//! output and around JSON patches.

use std::borrow::Cow;

/// Returns the text after one round trip through go-yaml v3 (go.yaml.in/yaml/v3 3.0.3): lines that are indented further
/// than the text before them gain an empty line, since the emitter looks for them at the wrong place.
pub(crate) fn reread(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') || !fits_block(text) {
        return Cow::Borrowed(text);
    }
    let Some(first) = text.trim_start_matches('\n').chars().next() else {
        return Cow::Borrowed(text);
    };
    let doubles = !is_blank(first);
    let mut out = String::with_capacity(text.len() + 8);
    let mut previous: Option<bool> = None;
    let mut breaks = 0;
    for (i, line) in text.split('\n').enumerate() {
        breaks += usize::from(i > 0);
        let Some(first) = line.chars().next() else {
            continue;
        };
        let indented = is_blank(first);
        let written = breaks + usize::from(doubles && previous == Some(false) && breaks > 0);
        match (previous, written) {
            (None, _) | (Some(true), _) => newlines(&mut out, written),
            _ if indented => newlines(&mut out, written),
            (_, 1) => out.push(' '),
            _ => newlines(&mut out, written.saturating_sub(1)),
        }
        out.push_str(line);
        previous = Some(indented);
        breaks = 0;
    }
    let kept = breaks > 1 && doubles && previous == Some(false);
    newlines(&mut out, breaks + usize::from(kept));
    Cow::Owned(out)
}

fn newlines(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n('\n', count));
}

/// Tells whether go-yaml can write the text as a block; else it uses double quotes, and the text survives.
pub(crate) fn fits_block(text: &str) -> bool {
    let printable = |c: char| match c {
        '\n' | '\t' => true,
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control() && c < '\u{10000}',
    };
    !text.ends_with(' ') && !text.contains(" \n") && text.chars().all(printable)
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indented_lines_gain_an_empty_line() {
        let table = [
            ("one {\n  two\n  three\n}\n", "one {\n\n  two\n  three\n}\n"),
            ("plain\npara\n", "plain\npara\n"),
            ("a\n\n  b", "a\n\n\n  b"),
            (" a\nb\nc\n", " a\nb c\n"),
            ("a\n\n", "a\n\n\n"),
            ("\n\na\n  b\n", "\n\na\n\n  b\n"),
            ("a \n  b\n", "a \n  b\n"),
            ("a\n  🦀\n", "a\n  🦀\n"),
            ("\n", "\n"),
            ("a\n\tb\n", "a\n\n\tb\n"),
        ];
        for (text, after) in table {
            assert_eq!(reread(text), after, "{text:?}");
        }
    }
}
