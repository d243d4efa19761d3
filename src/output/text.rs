//! Text that is safe and pleasant on a terminal: no control characters, wrapped lines, counted nouns.

use std::borrow::Cow;

use dialoguer::console::truncate_str;

use crate::lint::Summary;
use crate::manifest::Location;

/// The width that prose is wrapped to, in characters.
pub(crate) const WIDTH: usize = 80;

/// Returns what stands for a character that a terminal would act upon, or that changes the direction of text.
fn substitute(c: char) -> Option<char> {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => Some('\u{2421}'),
        // C1 holds CSI and OSC; the others reorder or break lines, so that what is read is not what is written.
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{fffe}'
        | '\u{ffff}' => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

/// Makes control characters visible, except line feeds; tabs become single blanks, and CRLF becomes a line feed.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
    let keep = |c: char| c == '\n' || substitute(c).is_none();
    if text.bytes().all(is_plain) || text.chars().all(keep) {
        return Cow::Borrowed(text);
    }
    let text = text.replace("\r\n", "\n");
    let swap = |c: char| match c {
        '\n' => c,
        '\t' => ' ',
        _ => substitute(c).unwrap_or(c),
    };
    Cow::Owned(text.chars().map(swap).collect())
}

/// Makes control and direction characters beyond ASCII visible without moving any byte offset.
pub(crate) fn clean_in_place(text: &str) -> Cow<'_, str> {
    let is_bad = |c: char| !c.is_ascii() && substitute(c).is_some();
    if text.is_ascii() || !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    let swap = |c: char| match c.len_utf8() {
        2 if is_bad(c) => '\u{bf}',
        3 if is_bad(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    };
    Cow::Owned(text.chars().map(swap).collect())
}

/// Cleans text and puts it on one line, line breaks becoming single blanks.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.contains('\n') {
        return clean(text);
    }
    let parts: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    Cow::Owned(clean(&parts.join(" ")).into_owned())
}

/// Breaks text at blanks into lines of at most `width` characters; longer words stay whole, and so does what stood on
/// lines of its own. Leading blanks of a line are kept.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    text.lines()
        .flat_map(|line| wrap_line(line, width))
        .collect()
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    let mut lines = Vec::new();
    let mut current = line.get(..indent).unwrap_or_default().to_owned();
    let mut used = current.chars().count();
    let mut is_fresh = true;
    for word in line.split_whitespace() {
        let length = word.chars().count();
        if !is_fresh && used + 1 + length > width {
            lines.push(std::mem::take(&mut current));
            used = 0;
            is_fresh = true;
        }
        if !is_fresh {
            current.push(' ');
            used += 1;
        }
        current.push_str(word);
        used += length;
        is_fresh = false;
    }
    lines.push(current);
    lines
}

/// Cuts text that is one line at so many columns.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    truncate_str(text, width, "…")
}

/// Returns `1 error`, `2 errors`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Returns a span of time as `kubectl get` shows it (`duration.HumanDuration` of apimachinery 0.36): two units at most.
pub(crate) fn span(seconds: u64) -> String {
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let days = hours / 24;
    let two = |big: u64, unit: char, small: u64, small_unit: char| match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{small_unit}"),
    };
    match (minutes, hours, days) {
        (..2, ..) => format!("{seconds}s"),
        (..10, ..) => two(minutes, 'm', seconds % 60, 's'),
        (..180, ..) => format!("{minutes}m"),
        (_, ..8, _) => two(hours, 'h', minutes % 60, 'm'),
        (_, ..48, _) => format!("{hours}h"),
        (_, _, ..8) => two(days, 'd', hours % 24, 'h'),
        (_, _, ..730) => format!("{days}d"),
        (_, _, ..2920) => two(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

/// Cuts hexadecimal words of 40 to 128 digits, which are hashes, to 8, as `flux get` does (flux2 2.9).
pub(crate) fn short_hashes(text: &str) -> Cow<'_, str> {
    let is_hash = |word: &str| {
        (40..=128).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit())
    };
    let is_end = |c: char| !c.is_alphanumeric() && c != '_';
    if !text.split(is_end).any(is_hash) {
        return Cow::Borrowed(text);
    }
    let parts = text.split_inclusive(is_end).map(|part| {
        let word = part.trim_end_matches(is_end);
        match (is_hash(word), part.get(..8), part.get(word.len()..)) {
            (true, Some(start), Some(end)) => format!("{start}{end}"),
            _ => part.to_owned(),
        }
    });
    Cow::Owned(parts.collect())
}

/// Returns the sentence that closes a report: `2 errors, 1 warning in 312 files, 903 objects`.
pub(crate) fn summary(summary: &Summary) -> String {
    let counted: Vec<_> = [
        (summary.errors, "error"),
        (summary.warnings, "warning"),
        (summary.hints, "hint"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, noun)| count(number, noun))
    .collect();
    let found = match counted.as_slice() {
        [] => "no findings".to_owned(),
        some => some.join(", "),
    };
    let files = count(summary.files, "file");
    format!("{found} in {files}, {}", count(summary.objects, "object"))
}

/// Returns `file:line:column`, cleaned, without the numbers that are not known.
pub(crate) fn place(location: &Location) -> String {
    let file = one_line(&location.file);
    match (location.line, location.column) {
        (0, _) => file.into_owned(),
        (line, 0) => format!("{file}:{line}"),
        (line, column) => format!("{file}:{line}:{column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(
            clean("a\u{1b}[31mb\u{9b}c\td\r\ne\r\u{202e}"),
            "a␛[31mb\u{fffd}c d\ne␍\u{fffd}"
        );
        assert!(matches!(clean("plain é 日本"), Cow::Borrowed(_)));
        assert_eq!(one_line("a\n  b\r\n\nc\u{7f}"), "a b c␡");
    }

    #[test]
    fn offsets_survive_cleaning_in_place() {
        let text = "a\u{9b}b\u{61c}c\u{2028}d\u{202e}日";
        let cleaned = clean_in_place(text);
        assert_eq!(cleaned, "a¿b¿c\u{fffd}d\u{fffd}日");
        assert_eq!(cleaned.len(), text.len());
    }

    #[test]
    fn prose_is_wrapped_at_blanks_only() {
        assert_eq!(wrap("one two three\nfour", 8), ["one two", "three", "four"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcdefghij", "k"]);
        assert_eq!(wrap("  - key: value", 80), ["  - key: value"]);
        assert_eq!(wrap("", 80), Vec::<String>::new());
    }

    #[test]
    fn spans_are_those_of_kubectl() {
        let (hour, day) = (3600, 86_400);
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (10 * 60, "10m"),
            (3 * hour - 1, "179m"),
            (3 * hour, "3h"),
            (3 * hour + 60, "3h1m"),
            (9 * hour + 60, "9h"),
            (47 * hour, "47h"),
            (48 * hour, "2d"),
            (3 * day + 4 * hour, "3d4h"),
            (8 * day + hour, "8d"),
            (700 * day, "700d"),
            (731 * day, "2y1d"),
            (3000 * day, "8y"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(span(seconds), expected);
        }
    }

    #[test]
    fn hashes_become_short() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(
            short_hashes(&format!("Applied revision: main@sha1:{hash}, é {hash}")),
            "Applied revision: main@sha1:01234567, é 01234567"
        );
        for text in [&format!("{hash}_x"), "6.5.4+0a1b", "é"] {
            assert_eq!(short_hashes(text), text);
        }
    }

    #[test]
    fn the_summary_counts_in_words() {
        let mut counts = Summary {
            errors: 2,
            warnings: 1,
            hints: 3,
            files: 312,
            objects: 903,
        };
        let all = "2 errors, 1 warning, 3 hints in 312 files, 903 objects";
        assert_eq!(summary(&counts), all);
        (counts.errors, counts.warnings, counts.hints) = (0, 0, 1);
        (counts.files, counts.objects) = (1, 1);
        assert_eq!(summary(&counts), "1 hint in 1 file, 1 object");
        counts.hints = 0;
        counts.objects = 0;
        assert_eq!(summary(&counts), "no findings in 1 file, 0 objects");
    }
}
