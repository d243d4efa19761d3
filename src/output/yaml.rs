//! YAML answers: the same documents as JSON, through the same types.

use std::io::{self, Write};

use serde::Serialize;

/// Writes one document as YAML, without a document marker.
///
/// # Errors
///
/// Whatever `out` reports, and [`io::ErrorKind::InvalidData`] for what YAML cannot hold.
pub fn write_yaml(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_yaml::to_string(document)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    out.write_all(text.as_bytes())
}
