//! Lists of words in shell scripts.

use std::ops::Range;

/// `NAME="words"` or `NAME=(words)` in a script.
pub(super) struct Assignment {
    pub(super) name: Range<usize>,
    /// Between the quotes or brackets.
    pub(super) body: Range<usize>,
}

impl Assignment {
    /// Returns its words.
    pub(super) fn words<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let body = text.get(self.body.clone()).unwrap_or_default();
        let words = body.split_whitespace().filter(|word| *word != "\\");
        words.map(|word| word.trim_matches(['"', '\''])).collect()
    }

    /// Returns where a new word goes, and what stands before it: what stands before the last one.
    pub(super) fn end(&self, text: &str) -> (usize, String) {
        let body = text.get(self.body.clone()).unwrap_or_default();
        let is_gap = |c: char| c.is_whitespace() || c == '\\';
        let used = body.trim_end_matches(is_gap);
        let last = used.rfind(is_gap).map_or(0, |at| at + 1);
        let before = used.get(..last).unwrap_or_default();
        let start = before.trim_end_matches(is_gap).len();
        let gap = before.get(start..).unwrap_or_default();
        // The first of several words on a line of their own stands behind the quote, not behind a word.
        let gap = if start == 0 && !gap.contains('\n') {
            ""
        } else {
            gap
        };
        let gap = if gap.is_empty() { " " } else { gap };
        (self.body.start + used.len(), gap.to_owned())
    }
}

/// Finds the assignments of lists in a shell script.
pub(super) fn assignments(script: &str) -> Vec<Assignment> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = script.get(at..) {
        let line_end = rest.find('\n').map_or(script.len(), |end| at + end);
        let line = script.get(at..line_end).unwrap_or_default();
        let mut next = line_end + 1;
        if let Some(list) = assignment(script, at, line) {
            next = next.max(list.body.end);
            found.push(list);
        }
        at = next;
    }
    found
}

fn assignment(script: &str, at: usize, line: &str) -> Option<Assignment> {
    let code = line.trim_start();
    let code = ["export ", "readonly ", "local ", "declare -a "]
        .iter()
        .fold(code, |code, word| {
            code.strip_prefix(word).unwrap_or(code).trim_start()
        });
    let (name, _) = code.split_once('=')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    let start = at + line.len() - code.len();
    let open = start + name.len() + 1;
    let close = match script.get(open..)?.chars().next()? {
        quote @ ('"' | '\'') => quote,
        '(' => ')',
        _ => return None,
    };
    let length = script.get(open + 1..)?.find(close)?;
    Some(Assignment {
        name: start..start + name.len(),
        body: open + 1..open + 1 + length,
    })
}
