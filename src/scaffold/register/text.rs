//! From documents to the text of a file, begun and separated as siblings do it.

use crate::scaffold::conventions::Conventions;
use crate::scaffold::layout::Role;

/// Joins documents, each without `---`, to a file: with `---` in front and comments for editors where siblings have them.
pub fn assemble(conventions: &Conventions, documents: &[(Role, String)]) -> String {
    let learnt = conventions.text.document_start.as_ref();
    let starts = learnt.map_or(documents.len() > 1, |learnt| learnt.value);
    let mut text = String::new();
    for (index, (role, document)) in documents.iter().enumerate() {
        if index > 0 || starts {
            text.push_str("---\n");
        }
        let modeline = conventions.text.modelines.get(role);
        if let Some(modeline) = modeline.filter(|m| !document.starts_with(m.value.as_str())) {
            text.push_str(&modeline.value);
            text.push('\n');
        }
        text.push_str(document.trim_end());
        text.push('\n');
    }
    text
}
