//! Markdown pages on a terminal: headings stand out, text is wrapped and indented, code stays as it is.

use std::io::{self, Write};

use super::style::Palette;
use super::text::{self, WIDTH};

/// Indent of text below a heading.
const INDENT: usize = 2;
/// Indent of code blocks.
const CODE_INDENT: usize = 6;

/// Writes a page. Of Markdown it knows headings, paragraphs, lists, fenced code, tables, code spans, strong text and
/// links: what the pages of rules use.
pub(super) fn write(
    page: &str,
    palette: &Palette,
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let printer = Printer { palette, color };
    let mut last_is_blank = true;
    for block in blocks(&text::clean(page)) {
        // Several blank lines in a row, or at the start, would only push the text down.
        let is_blank = matches!(block, Block::Blank);
        if !(is_blank && last_is_blank) {
            printer.block(&block, out)?;
        }
        last_is_blank = is_blank;
    }
    Ok(())
}

enum Block {
    Blank,
    Heading(String),
    /// Text with the indent of its first line, its bullet included, and that of the others.
    Text {
        bullet: String,
        text: String,
    },
    /// A line that keeps its layout.
    Verbatim(String),
    Code(String),
}

/// Joins the lines of paragraphs and list items; everything else stays line by line.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        let trimmed = line.trim_start();
        let marker = ["```", "~~~"]
            .into_iter()
            .find(|marker| trimmed.starts_with(marker));
        match (fence, marker) {
            (Some(open), Some(marker)) if open == marker => fence = None,
            (Some(_), _) => blocks.push(Block::Code(line.to_owned())),
            (None, Some(marker)) => fence = Some(marker),
            (None, None) => push_line(&mut blocks, line, trimmed),
        }
    }
    blocks
}

fn push_line(blocks: &mut Vec<Block>, line: &str, trimmed: &str) {
    let heading = trimmed.trim_start_matches('#');
    if trimmed.is_empty() {
        blocks.push(Block::Blank);
    } else if heading.len() < trimmed.len() && heading.starts_with(' ') {
        blocks.push(Block::Heading(heading.trim().to_owned()));
    } else if trimmed.starts_with('|') {
        blocks.push(Block::Verbatim(trimmed.to_owned()));
    } else if let Some(bullet) = bullet(line) {
        let text = line.get(bullet.len()..).unwrap_or_default().to_owned();
        blocks.push(Block::Text {
            bullet: bullet.to_owned(),
            text,
        });
    } else if let Some(Block::Text { text, .. }) = blocks.last_mut() {
        text.push(' ');
        text.push_str(trimmed);
    } else {
        let bullet = String::new();
        blocks.push(Block::Text {
            bullet,
            text: trimmed.to_owned(),
        });
    }
}

/// Returns the start of a list item: its indent, `-`, `*`, or a number with a full stop, and a blank.
fn bullet(line: &str) -> Option<&str> {
    let content = line.trim_start();
    let indent = line.len() - content.len();
    let sign = match content.split_once(' ')? {
        ("-" | "*" | "+", _) => 1,
        (number, _) if is_ordinal(number) => number.len(),
        _ => return None,
    };
    line.get(..indent + sign + 1)
}

fn is_ordinal(word: &str) -> bool {
    word.strip_suffix('.')
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

struct Printer<'a> {
    palette: &'a Palette,
    color: bool,
}

impl Printer<'_> {
    fn block(&self, block: &Block, out: &mut dyn Write) -> io::Result<()> {
        match block {
            Block::Blank => writeln!(out),
            Block::Heading(text) => writeln!(out, "{}", self.palette.strong.style(text)),
            Block::Text { bullet, text } => self.text(bullet, text, out),
            Block::Verbatim(line) => writeln!(out, "{:INDENT$}{}", "", self.inline(line)),
            Block::Code(line) if line.is_empty() => writeln!(out),
            Block::Code(line) => {
                writeln!(out, "{:CODE_INDENT$}{}", "", self.palette.dim.style(line))
            }
        }
    }

    /// Links are spelt out before the text is wrapped; styles come after it, as they have no width.
    fn text(&self, bullet: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
        let indent = INDENT + bullet.len();
        let lines = text::wrap(&spell_links(text), WIDTH.saturating_sub(indent));
        let joined = lines.join(&format!("\n{:indent$}", ""));
        writeln!(out, "{:INDENT$}{bullet}{}", "", self.inline(&joined))
    }

    /// Styles code spans and strong text. Without colour the backticks stay, as they tell code from text.
    fn inline(&self, text: &str) -> String {
        let mut styled = String::with_capacity(text.len());
        for (index, part) in text.split('`').enumerate() {
            let is_code = index % 2 == 1;
            match (is_code, self.color) {
                (true, true) => styled.push_str(&self.palette.code.style(part).to_string()),
                (true, false) => styled.push_str(&format!("`{part}`")),
                (false, _) => self.push_strong(part, &mut styled),
            }
        }
        styled
    }

    fn push_strong(&self, text: &str, styled: &mut String) {
        for (index, part) in text.split("**").enumerate() {
            match index % 2 {
                1 => styled.push_str(&self.palette.strong.style(part).to_string()),
                _ => styled.push_str(part),
            }
        }
    }
}

/// Turns `[text](https://…)` into `text (https://…)`; of a link within the pages only the text stays.
fn spell_links(text: &str) -> String {
    let mut spelt = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, label, target, after)) = split_link(rest) {
        spelt.push_str(before);
        spelt.push_str(label);
        if target.contains("://") {
            spelt.push_str(&format!(" ({target})"));
        }
        rest = after;
    }
    spelt + rest
}

fn split_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (head, tail) = text.split_once("](")?;
    let (before, label) = head.rsplit_once('[')?;
    let (target, after) = tail.split_once(')')?;
    Some((before, label, target, after))
}
