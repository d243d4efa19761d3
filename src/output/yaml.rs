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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use serde_json::Value;

    use super::*;
    use crate::output::{Format, samples};

    #[test]
    fn the_document_equals_that_of_json() {
        let yaml = samples::rendered(Format::Yaml);
        let from_yaml: Value = serde_yaml::from_str(&yaml).unwrap();
        let from_json: Value = serde_json::from_str(&samples::rendered(Format::Json)).unwrap();
        assert_eq!(from_yaml, from_json);
        assert_snapshot!(yaml.lines().take(14).collect::<Vec<_>>().join("\n"), @"
        version: 1
        findings:
        - rule: image/marker-unknown-policy
          severity: error
          message: no applied ImagePolicy is named `flux-system:ap`
          help: name the policy `flux-system:app`
          file: apps/web/deployment.yaml
          line: 11
          column: 59
          end_line: 11
          end_column: 73
          object:
            apiVersion: apps/v1
            kind: Deployment
        ");
    }

    #[test]
    fn nasty_text_comes_back() {
        for nasty in [
            "\u{1b}[31m",
            "a: b\n- c",
            "yes",
            "0x1f",
            "",
            "\u{9b}x",
            "# no",
            " pad ",
            "\u{feff}",
        ] {
            let text = samples::text(|out| write_yaml(&nasty, out));
            assert_eq!(
                serde_yaml::from_str::<String>(&text).unwrap(),
                nasty,
                "{text}"
            );
            assert!(
                !text
                    .trim_end()
                    .contains(|c: char| c.is_control() && c != '\n'),
                "{text:?}"
            );
        }
    }
}
