//! Questions on a terminal, asked on stderr.

mod input;
mod line;

use std::io::{self, ErrorKind};

use dialoguer::console::{
    Term, measure_text_width, set_colors_enabled_stderr, style, truncate_str,
};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, FuzzySelect, Select};

use super::interrupt;

pub use input::Input;

/// What stands before an item of a list, and stays free after it.
const BESIDE_ITEM: usize = 4;

/// How a question ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Ctrl-C.
    Interrupted,
    /// Esc, or Ctrl-D where a text is asked for.
    Left,
    /// The terminal cannot be read; a fragment says why.
    Refused(String),
}

/// Somebody at a terminal.
pub struct Prompter {
    theme: Box<dyn Theme>,
}

impl Prompter {
    /// Makes one that asks in colour, or without.
    pub fn new(color: bool) -> Self {
        set_colors_enabled_stderr(color);
        let theme: Box<dyn Theme> = match color {
            true => Box::new(ColorfulTheme::default()),
            false => Box::new(SimpleTheme),
        };
        Prompter { theme }
    }

    /// Says something about the next question.
    pub fn tell(&self, line: &str) {
        // Nothing is left to do where stderr is gone: the question itself will fail.
        let _ = Term::stderr().write_line(&style(line).for_stderr().dim().to_string());
    }

    /// Asks a question that has yes for an answer, or no. Enter says `default`.
    ///
    /// # Errors
    /// Ctrl-C, Esc, or no terminal is there.
    pub fn confirm(&self, question: &str, default: bool) -> Result<bool, Unanswered> {
        let prompt = Confirm::with_theme(self.theme.as_ref());
        let prompt = prompt.with_prompt(question).default(default);
        answered(&Term::stderr(), |term| prompt.interact_on_opt(term))
    }

    /// Lets one of a few items be chosen with the arrow keys. Enter takes `default`.
    ///
    /// # Errors
    /// Ctrl-C, Esc, or no terminal is there.
    pub fn select(
        &self,
        question: &str,
        items: &[String],
        default: usize,
    ) -> Result<usize, Unanswered> {
        let term = Term::stderr();
        let prompt = Select::with_theme(self.theme.as_ref()).with_prompt(question);
        let prompt = prompt.items(fitting(&term, items)).default(default);
        answered(&term, |term| prompt.interact_on_opt(term))
    }

    /// Lets one of many items be found by some of its letters. Enter takes the first.
    ///
    /// # Errors
    /// Ctrl-C, Esc, or no terminal is there.
    pub fn search(&self, question: &str, items: &[String]) -> Result<usize, Unanswered> {
        let term = Term::stderr();
        let prompt = FuzzySelect::with_theme(self.theme.as_ref()).with_prompt(question);
        let prompt = prompt.items(fitting(&term, items)).default(0);
        answered(&term, |term| prompt.interact_on_opt(term))
    }

    /// Asks for a line of text, and says while it is typed what is wrong with it.
    ///
    /// # Errors
    /// Ctrl-C, Esc, Ctrl-D on an empty line, or no terminal is there.
    pub fn input(&self, input: &Input<'_>) -> Result<String, Unanswered> {
        let term = Term::buffered_stderr();
        answered(&term, |term| Ok(input.ask(term, self.theme.as_ref())?))
    }

    /// Asks for something that is not shown while it is typed.
    ///
    /// # Errors
    /// Ctrl-C, nothing was typed, or no terminal is there.
    pub fn secret(&self, question: &str) -> Result<String, Unanswered> {
        let (term, held) = (Term::stderr(), interrupt::hold());
        let answer = answered(&term, |term| {
            term.write_str(&format!("{question}: "))?;
            let typed = term.read_secure_line()?;
            Ok(Some(typed).filter(|typed| !typed.is_empty()))
        });
        match held.came() {
            true => Err(Unanswered::Interrupted),
            false => answer,
        }
    }
}

/// Cuts items so that none takes two lines: the lists of dialoguer count on that.
fn fitting<'i>(term: &Term, items: &'i [String]) -> Vec<std::borrow::Cow<'i, str>> {
    let room = columns(term).saturating_sub(BESIDE_ITEM);
    items.iter().map(|i| truncate_str(i, room, "…")).collect()
}

/// Returns the width of a terminal; one of no width would have no room for anything.
fn columns(term: &Term) -> usize {
    usize::from(term.size().1).max(20)
}

/// Returns how wide a text is shown.
fn width(text: &str) -> usize {
    measure_text_width(text)
}

/// Asks, and leaves the terminal as it was: a prompt that Ctrl-C ends would leave it without a cursor.
fn answered<T>(
    term: &Term,
    ask: impl FnOnce(&Term) -> dialoguer::Result<Option<T>>,
) -> Result<T, Unanswered> {
    let held = interrupt::hold();
    let answer = ask(term);
    let _ = term.show_cursor();
    let error = match answer {
        Ok(answer) => {
            let _ = term.flush();
            return answer.ok_or(Unanswered::Left);
        }
        Err(dialoguer::Error::IO(error)) => error,
    };
    let _ = term.write_line("").and_then(|()| term.flush());
    Err(match error.kind() {
        _ if held.came() => Unanswered::Interrupted,
        ErrorKind::Interrupted => Unanswered::Interrupted,
        _ => Unanswered::Refused(refusal(&error)),
    })
}

fn refusal(error: &io::Error) -> String {
    super::repo_files::reason(error)
}
