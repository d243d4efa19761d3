//! From documents to the text of a file, begun and separated as siblings do it.

use crate::manifest::SourceFile;
use crate::scaffold::conventions::Conventions;
use crate::scaffold::layout::Role;

/// Joins documents, each without `---`, to a file: with `---` in front and comments for editors where siblings have them.
pub fn assemble(conventions: &Conventions, documents: &[(Role, String)]) -> String {
    let learnt = conventions.text.document_start.as_ref();
    let starts = learnt.map_or(documents.len() > 1, |learnt| learnt.value);
    join(conventions, documents, starts)
}

/// Joins documents to a file that begins as the sibling's file does.
pub(super) fn assemble_like(
    sibling: &SourceFile,
    conventions: &Conventions,
    documents: &[(Role, String)],
) -> String {
    let starts = sibling.documents.first().is_some_and(|d| d.explicit);
    join(conventions, documents, starts)
}

fn join(conventions: &Conventions, documents: &[(Role, String)], starts: bool) -> String {
    let mut text = String::new();
    for (index, (role, document)) in documents.iter().enumerate() {
        if index > 0 || starts {
            text.push_str("---\n");
        }
        let modeline = conventions.text.modelines.get(role);
        let fits = |line: &str| !document.starts_with(line) && is_about(line, document);
        if let Some(modeline) = modeline.filter(|m| fits(&m.value)) {
            text.push_str(&modeline.value);
            text.push('\n');
        }
        text.push_str(document.trim_end());
        text.push('\n');
    }
    text
}

/// Tells whether a comment for editors names the schema of the document's kind: where siblings put several kinds into one
/// file, the comment is about the first.
fn is_about(modeline: &str, document: &str) -> bool {
    let kind = document.lines().find_map(|l| l.strip_prefix("kind:"));
    let kind = kind.map(|k| k.trim().to_lowercase()).unwrap_or_default();
    modeline.to_lowercase().contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::is_about;

    #[test]
    fn a_schema_is_that_of_a_kind() {
        let modeline = "# yaml-language-server: $schema=https://example.dev/externalsecret_v1.json";
        assert!(is_about(modeline, "apiVersion: v1\nkind: ExternalSecret\n"));
        assert!(!is_about(
            modeline,
            "apiVersion: apps/v1\nkind: Deployment\n"
        ));
    }
}
