//! What the process was started with: variables, the current folder, the terminal.

use std::io::IsTerminal;
use std::path::PathBuf;

/// Returns a variable that is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the current folder.
///
/// # Errors
/// The folder was removed, or may not be read.
pub fn current_dir() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// Tells whether stdin is a terminal.
pub fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// Tells whether stdout is a terminal.
pub fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Tells whether stderr is a terminal.
pub fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Returns the arguments of the process, the program's name first.
pub fn arguments() -> impl Iterator<Item = std::ffi::OsString> {
    std::env::args_os()
}

/// Returns how many columns the terminal of stdout has, or what `COLUMNS` says (`watch` sets it); nothing where stdout is no
/// terminal, so that nothing has to be cut.
pub fn stdout_width() -> Option<usize> {
    let said = variable("COLUMNS").and_then(|columns| columns.parse().ok());
    said.filter(|&columns| columns > 0)
        .or_else(|| Some(stdout_size()?.1))
}

/// Returns the lines and columns of the terminal of stdout; 24 and 80 where it does not tell.
pub fn stdout_size() -> Option<(usize, usize)> {
    if !stdout_is_terminal() {
        return None;
    }
    let size = dialoguer::console::Term::stdout().size_checked();
    let (lines, columns) = size
        .filter(|&(lines, columns)| lines > 0 && columns > 0)
        .unwrap_or((24, 80));
    Some((lines.into(), columns.into()))
}
