//! Large streams: where they are cut, and how their pieces are parsed side by side.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::location::FileId;
use super::{Parsed, parse_chunk};

/// Parses the chunks on threads of their own. Rayon's would not do: while one waits for the rest of a file it takes up
/// other work, and that may ask for this very file.
pub(super) fn parse_all(id: FileId, text: &str, chunks: &[Range<usize>]) -> Vec<Parsed> {
    let parsed: Vec<OnceLock<Parsed>> = chunks.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((chunk, slot)) = chunks.get(at).zip(parsed.get(at)) else {
                return;
            };
            // Only this thread has drawn this number.
            let _ = slot.set(parse_chunk(id, text, chunk.clone()));
        }
    };
    let cores = rayon::current_num_threads();
    std::thread::scope(|scope| {
        for _ in 1..cores.min(chunks.len()) {
            scope.spawn(work);
        }
        work();
    });
    parsed
        .into_iter()
        .filter_map(OnceLock::into_inner)
        .collect()
}

/// Streams below twice this many bytes are parsed in one piece.
const CHUNK: usize = 24 << 10;

/// Cuts a large stream before document separators. Directives belong to the document behind them: no cut there.
pub(super) fn cut(text: &str) -> Vec<Range<usize>> {
    let mut cuts = vec![0];
    let has_directives = || text.starts_with('%') || text.contains("\n%");
    if text.len() >= 2 * CHUNK && !has_directives() {
        let mut from = CHUNK;
        while let Some(at) = text
            .as_bytes()
            .get(from..)
            .and_then(|rest| find(rest, b"\n---"))
        {
            let start = from + at + 1;
            let after = text.as_bytes().get(start + 3);
            if after.is_none_or(u8::is_ascii_whitespace) {
                cuts.push(start);
                from = start + CHUNK;
            } else {
                from = start;
            }
        }
    }
    cuts.push(text.len());
    cuts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
