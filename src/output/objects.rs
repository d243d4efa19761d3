//! Rendered objects, for `homelab build`.

use std::io::{self, Write};

use serde_json::json;

use super::DataFormat;
use crate::manifest::{Node, Schema, ValueError, append_yaml};

/// Writes objects as a YAML stream, byte for byte as `kustomize build` prints them, or as one JSON document.
///
/// # Errors
/// The outer one where an object holds what Go cannot print; then nothing is written. The inner one where writing fails.
pub fn write_objects(
    format: DataFormat,
    objects: &[Node],
    out: &mut dyn Write,
) -> Result<io::Result<()>, ValueError> {
    if format == DataFormat::Json {
        let objects: Vec<_> = objects
            .iter()
            .map(|o| o.to_json(Schema::Kustomize))
            .collect::<Result<_, _>>()?;
        return Ok(super::write_json(
            &json!({"version": 1, "objects": objects}),
            out,
        ));
    }
    let mut text = String::new();
    for (index, object) in objects.iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        append_yaml(object, &mut text)?;
    }
    Ok(out.write_all(text.as_bytes()))
}
