//! A line of text that is checked while it is typed. The input of dialoguer checks after Enter only, and knows no Esc.

use std::fmt;
use std::io::{self, ErrorKind};

use dialoguer::console::{Key, Term};
use dialoguer::theme::Theme;

use super::line::{Line, wrap};
use super::{columns, width};

/// So much room for typing must be left beside a question, else it gets a line of its own.
const ROOM: usize = 24;
/// What Ctrl-D sends, and what becomes of it where the system took it for the end of a line.
const END: [char; 2] = ['\u{4}', '\0'];

/// A question that a line of text answers.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The question, without punctuation.
    pub question: &'a str,
    /// What is typed already; Enter takes it.
    pub text: &'a str,
    /// What no answer means, to be shown in its place; nothing where there must be one.
    pub empty: Option<&'a str>,
    /// Whether what is wrong is said with every letter; else once Enter is pressed, as of forms that are wrong until they
    /// are complete.
    pub at_once: bool,
    /// Says what is wrong with an answer.
    pub check: &'a dyn Fn(&str) -> Result<(), String>,
}

impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input")
            .field("question", &self.question)
            .field("text", &self.text)
            .field("empty", &self.empty)
            .finish_non_exhaustive()
    }
}

impl Input<'_> {
    /// Asks until the answer is right; nothing where somebody leaves.
    pub(super) fn ask(&self, term: &Term, theme: &dyn Theme) -> io::Result<Option<String>> {
        let mut line = Line::new(self.text);
        let mut complaint = None;
        let screen = Screen::new(self, term, theme)?;
        loop {
            screen.draw(&line, complaint.as_deref())?;
            match term.read_key_raw()? {
                Key::CtrlC => return Err(screen.close(ErrorKind::Interrupted.into())),
                Key::Escape => return screen.leave(),
                Key::Char(c) if END.contains(&c) && line.text().is_empty() => {
                    return screen.leave();
                }
                Key::Enter => match self.fault(line.text().trim()) {
                    None => return screen.report(line.text().trim()).map(Some),
                    Some(fault) => complaint = Some(fault),
                },
                key => {
                    line.press(&key);
                    let typed = line.text();
                    let is_due = self.at_once || complaint.is_some();
                    let is_due = is_due && !typed.is_empty();
                    complaint = is_due.then(|| self.fault(typed.trim())).flatten();
                }
            }
        }
    }

    fn fault(&self, answer: &str) -> Option<String> {
        match answer.is_empty() && self.empty.is_some() {
            true => None,
            false => (self.check)(answer).err(),
        }
    }
}

/// Where a line is typed: one line of the terminal, and below it what is wrong.
struct Screen<'a> {
    input: &'a Input<'a>,
    term: &'a Term,
    theme: &'a dyn Theme,
    /// What stands before the text.
    label: String,
}

impl<'a> Screen<'a> {
    fn new(input: &'a Input<'a>, term: &'a Term, theme: &'a dyn Theme) -> io::Result<Self> {
        if !term.is_term() {
            return Err(io::Error::new(ErrorKind::NotConnected, "not a terminal"));
        }
        let mut label = String::new();
        let _ = theme.format_input_prompt(&mut label, input.question, None);
        if width(&label) + ROOM > columns(term) {
            term.write_line(label.trim_end())?;
            label = "  ".to_owned();
        }
        Ok(Screen {
            input,
            term,
            theme,
            label,
        })
    }

    fn draw(&self, line: &Line, complaint: Option<&str>) -> io::Result<()> {
        let columns = columns(self.term);
        let before = width(&self.label);
        let (shown, caret) = line.window(columns.saturating_sub(before + 1));
        let below = wrap(complaint.unwrap_or_default(), columns.saturating_sub(9));
        self.clear()?;
        self.term.write_str(&self.label)?;
        self.term.write_str(&shown)?;
        for (index, part) in below.iter().enumerate() {
            let mut text = "\n".to_owned();
            match index {
                0 => self.theme.format_error(&mut text, part).unwrap_or_default(),
                _ => text.push_str(&format!("  {part}")),
            }
            self.term.write_str(&text)?;
        }
        self.term.move_cursor_up(below.len())?;
        self.term.write_str("\r")?;
        self.term.move_cursor_right(before + caret)?;
        self.term.flush()
    }

    fn clear(&self) -> io::Result<()> {
        self.term.write_str("\r")?;
        self.term.clear_to_end_of_screen()
    }

    /// Shows the answer in place of the question.
    fn report(&self, answer: &str) -> io::Result<String> {
        let shown = match answer {
            "" => self.input.empty.unwrap_or_default(),
            answer => answer,
        };
        let mut text = String::new();
        let question = self.input.question;
        let _ = self
            .theme
            .format_input_prompt_selection(&mut text, question, shown);
        self.clear()?;
        self.term.write_line(&text)?;
        Ok(answer.to_owned())
    }

    fn leave<T>(&self) -> io::Result<Option<T>> {
        self.term.write_str("\n")?;
        self.term.clear_to_end_of_screen()?;
        Ok(None)
    }

    /// Takes away what stands below, as far as the terminal still listens.
    fn close(&self, error: io::Error) -> io::Error {
        let _ = self.term.clear_to_end_of_screen();
        error
    }
}
