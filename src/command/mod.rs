//! The commands: a file each, its arguments, then its story: gather, decide, show.

pub mod build;
pub mod explain;
pub mod images_list;
pub mod lint;

use std::io::Write;
use std::path::Path;

use crate::adapter::environment;
use crate::adapter::repo_files::{self, Snapshot};
use crate::cli::Global;
use crate::error::Error;
use crate::output::{DataFormat, write_note};

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
}

impl Terminal<'_> {
    /// Tells the user something beside the answer, unless `--quiet`.
    pub fn note(&mut self, global: &Global, note: &str) {
        if !global.quiet {
            // Nothing is left to do where stderr is gone.
            let _ = write_note(note, self.err_color, self.err);
        }
    }
}

/// Reads the repository that the flags and the current folder name, and tells what there is to tell.
fn gather(global: &Global, terminal: &mut Terminal<'_>) -> Result<Snapshot, Error> {
    let current = current_dir()?;
    let snapshot =
        repo_files::read(global.repo.as_deref(), &current).map_err(Error::could_not_look)?;
    for note in &snapshot.notes {
        terminal.note(global, note);
    }
    Ok(snapshot)
}

fn current_dir() -> Result<std::path::PathBuf, Error> {
    environment::current_dir()
        .map_err(|e| Error::could_not_look(format!("the current folder: {e}")))
}

/// Returns the format for an answer that is no list of findings.
fn data_format(global: &Global) -> Result<DataFormat, Error> {
    global.output.data().ok_or_else(|| {
        Error::usage("this output format shows findings only")
            .hint("`lint` and `images check` know it; here there are human, json and yaml")
    })
}

/// Turns a path argument into one relative to the root.
///
/// # Errors
/// It is not within the repository, or git does not know it.
fn within(snapshot: &Snapshot, argument: &Path) -> Result<String, Error> {
    let relative = repo_files::relative_to(&snapshot.root, &current_dir()?, argument);
    let Some(path) = relative else {
        return Err(Error::usage(format!(
            "{}: is not within {}",
            argument.display(),
            snapshot.root.display()
        )));
    };
    if snapshot.tree.is_dir(&path) || snapshot.tree.id(&path).is_some() {
        return Ok(path);
    }
    Err(Error::usage(format!(
        "{}: no such file or folder in the repository",
        argument.display()
    ))
    .hint("paths are relative to the current folder; what git ignores is not there"))
}

/// Ends a run whose reader went away as if it had read everything.
fn written(result: std::io::Result<()>) -> Result<(), Error> {
    match result {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::could_not_look(format!("cannot write: {e}")))
        }
        _ => Ok(()),
    }
}
