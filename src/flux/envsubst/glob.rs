//! Patterns of `${var#pattern}` and `${var%pattern}`: Go's `path.Match`, except that `*` and `?` match a slash too.

/// Tells whether `pattern` matches all of `name`; `None` if the pattern turns out malformed. Works on bytes, since Go tries
/// beginnings of a value that end within a character.
pub(super) fn matches(mut pattern: &[u8], mut name: &[u8]) -> Option<bool> {
    while !pattern.is_empty() {
        let (star, chunk, rest) = next_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Some(true);
        }
        let last = pattern.is_empty();
        match tail(chunk, name, star, last)? {
            Some(left) => name = left,
            None => return Some(false),
        }
    }
    Some(name.is_empty())
}

/// What is left of `name` after `chunk` matched at its start, or after a star anywhere. The last chunk must use it up.
fn tail<'n>(chunk: &[u8], name: &'n [u8], star: bool, last: bool) -> Option<Option<&'n [u8]>> {
    let skips = if star { name.len() } else { 0 };
    for skip in 0..=skips {
        let Some(start) = name.get(skip..) else { break };
        let left = match_chunk(chunk, start)?;
        if let Some(left) = left.filter(|left| left.is_empty() || !last) {
            return Some(Some(left));
        }
    }
    Some(None)
}

/// Splits off the stars at the start, and what follows up to the next star.
fn next_chunk(pattern: &[u8]) -> (bool, &[u8], &[u8]) {
    let stars = pattern.iter().take_while(|b| **b == b'*').count();
    let (_, pattern) = pattern.split_at(stars);
    let mut in_class = false;
    let mut at = 0;
    while let Some(byte) = pattern.get(at) {
        match byte {
            b'\\' if at + 1 < pattern.len() => at += 1,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'*' if !in_class => break,
            _ => {}
        }
        at += 1;
    }
    let (chunk, rest) = pattern.split_at(at.min(pattern.len()));
    (stars > 0, chunk, rest)
}

/// Matches a chunk without stars at the start of `name` and returns the rest of it. The outer `None` is a malformed chunk.
fn match_chunk<'n>(mut chunk: &[u8], mut name: &'n [u8]) -> Option<Option<&'n [u8]>> {
    while let Some((&first, rest)) = chunk.split_first() {
        let Some((&byte, after)) = name.split_first() else {
            return Some(None);
        };
        match first {
            b'[' => {
                let (c, width) = decode(name);
                let (matched, rest) = class(rest, c)?;
                if !matched {
                    return Some(None);
                }
                name = name.get(width..).unwrap_or_default();
                chunk = rest;
            }
            b'?' => {
                let (_, width) = decode(name);
                name = name.get(width..).unwrap_or_default();
                chunk = rest;
            }
            b'\\' => {
                let (&escaped, rest) = rest.split_first()?;
                if escaped != byte {
                    return Some(None);
                }
                (name, chunk) = (after, rest);
            }
            _ if first != byte => return Some(None),
            _ => (name, chunk) = (after, rest),
        }
    }
    Some(Some(name))
}

/// Reads a class after its `[` and tells whether it holds `c`; `None` if it is malformed.
fn class(chunk: &[u8], c: char) -> Option<(bool, &[u8])> {
    let (negated, mut chunk) = match chunk.split_first() {
        Some((b'^', rest)) => (true, rest),
        _ => (false, chunk),
    };
    let mut found = false;
    let mut ranges = 0;
    loop {
        if let Some((b']', rest)) = chunk.split_first()
            && ranges > 0
        {
            return Some((found != negated, rest));
        }
        let (low, rest) = member(chunk)?;
        let (high, rest) = match rest.split_first() {
            Some((b'-', rest)) => member(rest)?,
            _ => (low, rest),
        };
        found |= low <= c && c <= high;
        chunk = rest;
        ranges += 1;
    }
}

/// Reads one character of a class, which cannot be the end of the pattern.
fn member(chunk: &[u8]) -> Option<(char, &[u8])> {
    let chunk = match chunk.split_first()? {
        (b'-' | b']', _) => return None,
        (b'\\', rest) => rest,
        _ => chunk,
    };
    let (c, width) = decode(chunk);
    let rest = chunk.get(width..).filter(|rest| !rest.is_empty())?;
    Some((c, rest))
}

/// Decodes the first character; U+FFFD for a broken one.
fn decode(bytes: &[u8]) -> (char, usize) {
    let start = bytes.get(..4).unwrap_or(bytes);
    let valid = start.utf8_chunks().next().map(|chunk| chunk.valid());
    match valid.and_then(|text| text.chars().next()) {
        Some(c) => (c, c.len_utf8()),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}
