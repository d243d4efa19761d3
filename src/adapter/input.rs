//! Text that an argument names: a file, or `-` for stdin.

use std::io::Read;
use std::path::Path;

use super::repo_files::reason;

/// The largest text to take; a million tags need a tenth of it.
const LARGEST: u64 = 512 << 20;

/// Tells whether an argument means stdin.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns what messages call it.
pub fn name(path: &Path) -> String {
    match is_stdin(path) {
        true => "stdin".to_owned(),
        false => path.display().to_string(),
    }
}

/// Reads a file, or stdin for `-`.
///
/// # Errors
/// A fragment that says why it cannot be read, without the name.
pub fn read(path: &Path) -> Result<String, String> {
    read_up_to(path, LARGEST)
}

/// Reads a file, or stdin for `-`, that is not larger than `limit` bytes.
///
/// # Errors
/// As [`read`].
pub(super) fn read_up_to(path: &Path, limit: u64) -> Result<String, String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if is_stdin(path) {
            std::io::stdin()
                .lock()
                .take(limit + 1)
                .read_to_end(&mut bytes)?;
        } else {
            let file = std::fs::OpenOptions::new().read(true).open(path)?;
            file.take(limit + 1).read_to_end(&mut bytes)?;
        }
        Ok(bytes)
    };
    let bytes = read().map_err(|error| reason(&error))?;
    if bytes.len() as u64 > limit {
        return Err(match limit >> 20 {
            0 => format!("larger than the {} kB that are read", limit >> 10),
            megabytes => format!("larger than the {megabytes} MB that are read"),
        });
    }
    String::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 from byte {}", error.utf8_error().valid_up_to()))
}
