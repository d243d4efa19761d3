//! Where what becomes of objects is told while it happens, by several clusters at the same time.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::adapter::prompt::Prompter;
use crate::command::Terminal;
use crate::command::act::of_prompt;
use crate::error::Error;
use crate::output::{
    Board, ContextError, DataFormat, ResultRow, ResultsDocument, write_names, write_result,
    write_results,
};

/// A terminal that several clusters share.
pub(in crate::command) struct Stage<'s, 't> {
    terminal: RefCell<&'s mut Terminal<'t>>,
    board: RefCell<Board>,
    /// The lines of the board, by context.
    lines: RefCell<BTreeMap<String, Vec<String>>>,
    format: DataFormat,
}

impl<'s, 't> Stage<'s, 't> {
    /// Takes the terminal.
    pub(in crate::command) fn new(terminal: &'s mut Terminal<'t>, format: DataFormat) -> Self {
        Stage {
            board: RefCell::new(Board::new(terminal.shows_progress())),
            terminal: RefCell::new(terminal),
            lines: RefCell::default(),
            format,
        }
    }

    /// Tells whether somebody sees lines change.
    pub(in crate::command) fn is_watched(&self) -> bool {
        self.board.borrow().is_visible()
    }

    /// Tells whether everything is to be said.
    pub(in crate::command) fn is_verbose(&self) -> bool {
        self.terminal.borrow().is_verbose()
    }

    /// Shows what is under way in a cluster.
    pub(in crate::command) fn show(&self, context: Option<&str>, lines: Vec<String>) {
        let mut all = self.lines.borrow_mut();
        all.insert(context.unwrap_or_default().to_owned(), lines);
        let lines: Vec<String> = all
            .iter()
            .flat_map(|(context, lines)| lines.iter().map(|line| within(context, line)))
            .collect();
        self.board.borrow_mut().show(&lines);
    }

    /// Says something beside the answer.
    pub(in crate::command) fn note(&self, context: Option<&str>, note: &str) {
        let note = within(context.unwrap_or_default(), note);
        let mut terminal = self.terminal.borrow_mut();
        self.board.borrow().beside(|| terminal.note(&note));
    }

    /// Says what went wrong and does not end the run.
    pub(in crate::command) fn error(&self, context: Option<&str>, message: &str) {
        let message = within(context.unwrap_or_default(), message);
        self.alone(|terminal| terminal.error(&Error::could_not_look(message)));
    }

    /// Shows what became of an object as soon as it is known: to people, where one cluster is asked. Others get all at the
    /// end.
    pub(in crate::command) fn done(&self, context: Option<&str>, row: &ResultRow) {
        if self.format != DataFormat::Human || context.is_some() {
            return;
        }
        let mut terminal = self.terminal.borrow_mut();
        let color = terminal.color;
        self.board.borrow().beside(|| {
            // A reader that went away has seen enough; the end of the run tells of a full disk.
            let _ = write_result(row, color, terminal.out);
            let _ = terminal.out.flush();
        });
    }

    /// Runs something that needs the terminal for itself.
    pub(in crate::command) fn alone<T>(&self, run: impl FnOnce(&mut Terminal<'t>) -> T) -> T {
        let mut terminal = self.terminal.borrow_mut();
        self.board.borrow().beside(|| run(&mut terminal))
    }

    /// Shows names and asks a question about them.
    ///
    /// # Errors
    /// Somebody interrupts, or the terminal cannot be read.
    pub(in crate::command) fn ask(&self, names: &[String], question: &str) -> Result<bool, Error> {
        self.alone(|terminal| {
            // The question comes even where the names could not be shown.
            let _ = write_names(names, terminal.err);
            match Prompter::new(terminal.err_color).confirm(question, true) {
                Ok(answer) => Ok(answer),
                Err(unanswered) => of_prompt(unanswered).map_or(Ok(false), Err),
            }
        })
    }

    /// Ends the show, and writes what was not told yet.
    ///
    /// # Errors
    /// The answer cannot be written.
    pub(in crate::command) fn finish(
        self,
        rows: Vec<ResultRow>,
        errors: Option<Vec<ContextError>>,
    ) -> Result<(), Error> {
        let is_told = self.format == DataFormat::Human && errors.is_none();
        drop(self.board);
        let terminal = self.terminal.into_inner();
        if is_told {
            return Ok(());
        }
        let document = ResultsDocument::new(rows, errors);
        let written = write_results(self.format, &document, terminal.color, terminal.out);
        terminal.written(written)
    }
}

fn within(context: &str, line: &str) -> String {
    match context {
        "" => line.to_owned(),
        context => format!("{context}: {line}"),
    }
}
