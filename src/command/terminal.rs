//! Where a command's answer and its story go.

use std::io::{self, Write};

use super::Global;
use crate::adapter::environment;
use crate::adapter::repo_files::reason;
use crate::error::Error;
use crate::output::{write_error, write_note};

/// Notes of one kind that are shown without `--verbose`.
const NOTES_SHOWN: usize = 5;

/// Where answers and stories go, and whether in colour.
pub struct Terminal<'t> {
    /// The answer.
    pub out: &'t mut dyn Write,
    /// The story.
    pub err: &'t mut dyn Write,
    /// Whether the answer may be coloured.
    pub color: bool,
    /// Whether the story may be coloured.
    pub err_color: bool,
    quiet: bool,
    verbose: bool,
    progress: bool,
}

impl<'t> Terminal<'t> {
    /// Makes a terminal of two streams, coloured as the flags and the environment say.
    pub fn new(global: &Global, out: &'t mut dyn Write, err: &'t mut dyn Write) -> Self {
        Terminal {
            out,
            err,
            color: global.colored(environment::stdout_is_terminal()),
            err_color: global.colored(environment::stderr_is_terminal()),
            quiet: global.quiet,
            verbose: global.verbose,
            progress: !global.quiet
                && environment::stderr_is_terminal()
                && environment::variable("CI").is_none(),
        }
    }

    /// Returns how many columns the answer may take; without a number nothing is cut.
    pub fn width(&self) -> Option<usize> {
        environment::stdout_width()
    }

    /// Tells whether somebody watches while something takes its time.
    pub fn shows_progress(&self) -> bool {
        self.progress
    }

    /// Tells whether everything is to be said.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Tells whether only the answer and errors are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Tells the user something beside the answer, unless `--quiet`.
    pub fn note(&mut self, note: &str) {
        if !self.quiet {
            // Nothing is left to do where stderr is gone.
            let _ = write_note(note, self.err_color, self.err);
        }
    }

    /// Tells what went wrong and does not end the run.
    pub fn error(&mut self, error: &Error) {
        let hint = error.hint.as_deref();
        // Nothing is left to do where stderr is gone.
        let _ = write_error(&error.message, hint, self.err_color, self.err);
    }

    /// Tells the first of several things, or with `--verbose` all of them.
    pub fn notes(&mut self, notes: &[String]) {
        let shown = if self.verbose || notes.len() == NOTES_SHOWN + 1 {
            notes.len()
        } else {
            NOTES_SHOWN
        };
        for note in notes.iter().take(shown) {
            self.note(note);
        }
        let rest = notes.len().saturating_sub(shown);
        if rest > 0 {
            self.note(&format!("and {rest} more like these; `-v` names all"));
        }
    }

    /// Takes the result of writing an answer. A reader that went away has seen enough.
    ///
    /// # Errors
    /// The answer cannot be written: a full disk.
    pub fn written(&self, result: io::Result<()>) -> Result<(), Error> {
        match result {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                let reason = reason(&e);
                Err(Error::could_not_look(format!(
                    "cannot write the answer: {reason}"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Sends what is still in the buffer of the answer.
    ///
    /// # Errors
    /// Those of [`Terminal::written`].
    pub fn finish(&mut self) -> Result<(), Error> {
        let result = self.out.flush();
        self.written(result)
    }
}
