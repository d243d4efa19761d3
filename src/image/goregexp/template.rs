//! Templates of Go's `Regexp.Expand`, such as `$ts` and `${major}.${minor}`.

use crate::image::gotext::is_letter_or_digit;

/// A template, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    parts: Vec<TemplatePart>,
}

/// One part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplatePart {
    /// Text that is copied.
    Text(String),
    /// What the group of this number matched; `$0` is the whole match.
    Index(usize),
    /// What the first group of this name that took part matched.
    Name(String),
}

impl Template {
    /// Reads a template as Go 1.26's `Expand` does. Every text is one: a `$` that starts no name stands for itself.
    pub fn parse(text: &str) -> Self {
        let mut template = Self::default();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            template.push_text(before);
            rest = after;
            if let Some(after) = rest.strip_prefix('$') {
                template.push_text("$");
                rest = after;
            } else if let Some((part, after)) = reference(rest) {
                template.parts.push(part);
                rest = after;
            } else {
                template.push_text("$");
            }
        }
        template.push_text(rest);
        template
    }

    /// Returns the parts in order.
    pub fn parts(&self) -> &[TemplatePart] {
        &self.parts
    }

    fn push_text(&mut self, text: &str) {
        match self.parts.last_mut() {
            _ if text.is_empty() => {}
            Some(TemplatePart::Text(last)) => last.push_str(text),
            _ => self.parts.push(TemplatePart::Text(text.to_owned())),
        }
    }
}

/// Reads a group's name or number after a `$`, with or without braces.
fn reference(text: &str) -> Option<(TemplatePart, &str)> {
    let (braced, body) = match text.strip_prefix('{') {
        Some(body) => (true, body),
        None => (false, text),
    };
    let end = body
        .find(|c| c != '_' && !is_letter_or_digit(c))
        .unwrap_or(body.len());
    let (name, rest) = body.split_at(end);
    if name.is_empty() {
        return None;
    }
    let rest = if braced {
        rest.strip_prefix('}')?
    } else {
        rest
    };
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    // Go gives up on a number once eight digits are not the last of it.
    let number = digits && name.len() <= 9 && (name == "0" || !name.starts_with('0'));
    let part = match name.parse() {
        Ok(index) if number => TemplatePart::Index(index),
        _ => TemplatePart::Name(name.to_owned()),
    };
    Some((part, rest))
}
