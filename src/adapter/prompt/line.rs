//! A line that is being typed: its text, the caret, and the part of it that fits.

use dialoguer::console::Key;

use super::width;

/// A line and its caret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    before: String,
    after: String,
}

impl Line {
    /// Makes a line with the caret at its end.
    pub(super) fn new(text: &str) -> Self {
        Line {
            before: text.to_owned(),
            after: String::new(),
        }
    }

    /// Returns the whole line.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// Does what a key does. Other keys do nothing.
    pub(super) fn press(&mut self, key: &Key) {
        match key {
            Key::Char('\u{15}') => self.before.clear(),
            Key::Char('\u{b}') => self.after.clear(),
            Key::Char('\u{17}') => {
                let words = self.before.trim_end();
                let kept = words.rfind(char::is_whitespace).map_or(0, |at| at + 1);
                self.before.truncate(kept);
            }
            Key::Char(c) if !c.is_control() => self.before.push(*c),
            Key::Backspace => {
                self.before.pop();
            }
            Key::Del if !self.after.is_empty() => {
                self.after.remove(0);
            }
            Key::ArrowLeft => {
                if let Some(c) = self.before.pop() {
                    self.after.insert(0, c);
                }
            }
            Key::ArrowRight if !self.after.is_empty() => {
                let c = self.after.remove(0);
                self.before.push(c);
            }
            Key::Home => {
                self.after = self.text();
                self.before.clear();
            }
            Key::End => {
                self.before = self.text();
                self.after.clear();
            }
            _ => {}
        }
    }

    /// Returns the part around the caret that fits, and the column of the caret in it.
    pub(super) fn window(&self, room: usize) -> (String, usize) {
        let mut start = self.before.as_str();
        while width(start) > room {
            let mut chars = start.chars();
            chars.next();
            start = chars.as_str();
        }
        let caret = width(start);
        let mut shown = start.to_owned();
        for c in self.after.chars() {
            shown.push(c);
            if width(&shown) > room {
                shown.pop();
                break;
            }
        }
        (shown, caret)
    }
}

/// Breaks a text into lines between words; longer words are cut.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let cut = |line: String| match width(&line) > room {
        true => line.chars().take(room).collect(),
        false => line,
    };
    lines.into_iter().map(cut).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[Key]) -> (String, String) {
        let mut line = Line::new("ab");
        keys.iter().for_each(|key| line.press(key));
        (line.before, line.after)
    }

    #[test]
    fn keys_edit() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        use Key::{ArrowLeft, ArrowRight, Backspace, Char, Del, End, Home};
        assert_eq!(typed(&[Char('c')]), pair("abc", ""));
        assert_eq!(typed(&[ArrowLeft, Char('ü')]), pair("aü", "b"));
        assert_eq!(typed(&[Home, Del, ArrowRight, ArrowRight]), pair("b", ""));
        assert_eq!(typed(&[Home, Backspace, End, Backspace]), pair("a", ""));
        assert_eq!(
            typed(&[Char(' '), Char('c'), Char('\u{17}')]),
            pair("ab ", "")
        );
        assert_eq!(typed(&[ArrowLeft, Char('\u{15}')]), pair("", "b"));
        assert_eq!(typed(&[ArrowLeft, Char('\u{b}')]), pair("a", ""));
        assert_eq!(typed(&[Char('\u{1}'), Key::Tab]), pair("ab", ""));
    }

    #[test]
    fn the_caret_is_always_seen() {
        let mut line = Line::new("0123456789");
        assert_eq!(line.window(4), ("6789".to_owned(), 4));
        line.press(&Key::Home);
        assert_eq!(line.window(4), ("0123".to_owned(), 0));
        assert_eq!(line.window(0), (String::new(), 0));
    }

    #[test]
    fn long_complaints_take_several_lines() {
        assert_eq!(
            wrap("it is no name at all", 8),
            ["it is no", "name at", "all"]
        );
        assert_eq!(wrap("0123456789", 4), ["0123"]);
        assert!(wrap("", 4).is_empty());
    }
}
