//! Questions on a terminal, asked on stderr.

use std::io::{self, ErrorKind};

use dialoguer::Confirm;
use dialoguer::console::Term;

use super::interrupt;

/// How a question ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Ctrl-C.
    Interrupted,
    /// The terminal cannot be read; a fragment says why.
    Refused(String),
}

/// Asks a question that has yes for an answer, or no. Enter says `default`.
///
/// # Errors
/// Ctrl-C, or no terminal is there.
pub fn confirm(question: &str, default: bool) -> Result<bool, Unanswered> {
    let term = Term::stderr();
    let prompt = Confirm::new().with_prompt(question).default(default);
    answered(&term, |term| prompt.interact_on(term))
}

/// Asks, and leaves the terminal as it was: a prompt that Ctrl-C ends would leave it without a cursor.
fn answered<T>(
    term: &Term,
    ask: impl FnOnce(&Term) -> dialoguer::Result<T>,
) -> Result<T, Unanswered> {
    let held = interrupt::hold();
    let answer = ask(term);
    let _ = term.show_cursor();
    let Err(dialoguer::Error::IO(error)) = answer.as_ref() else {
        return answer.map_err(|e| Unanswered::Refused(e.to_string()));
    };
    let _ = term.write_line("");
    Err(match error.kind() {
        _ if held.came() => Unanswered::Interrupted,
        ErrorKind::Interrupted => Unanswered::Interrupted,
        _ => Unanswered::Refused(refusal(error)),
    })
}

fn refusal(error: &io::Error) -> String {
    super::repo_files::reason(error)
}
