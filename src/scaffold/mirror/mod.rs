//! Writes a new object the way siblings write theirs: fields, values, order, quotes.

mod apply;
mod example;
mod piece;
mod print;
mod reference;
#[cfg(test)]
mod tests;
mod vote;

use crate::manifest::{FileId, Quotes, SourceFile, Style};

use super::conventions::Siblings;
use super::plan::PlanError;
use super::spec::ServiceSpec;

use apply::Mirror;
use example::{Example, Seen};
use piece::{Content, Piece};
use print::Layout;

/// An object, written as its siblings are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrored {
    /// One YAML document without `---`.
    pub text: String,
    /// The files that were mirrored, the nearest first.
    pub from: Vec<String>,
}

/// Rewrites the text of one object, as a template gives it, in the manner of the siblings' objects of the same kind.
///
/// In a template a comment `#~` at the end of a line says that siblings may have another value there, `#?` that they may
/// leave it out with all below it, `#=` that it stays in spite of an outer `#?`. Everything else stays as the template has it. What more than half of the siblings have
/// beside, with the same value, is added, unless it names other objects.
///
/// # Errors
/// The text is no YAML, or would be written as something else.
pub fn dress(
    siblings: &Siblings<'_>,
    spec: &ServiceSpec,
    text: &str,
) -> Result<Mirrored, PlanError> {
    let mut object = piece::read(text)?;
    let examples = example::of(siblings, &object, spec);
    let seen: Vec<Seen<'_, '_>> = examples
        .iter()
        .map(|of| Seen {
            node: of.object,
            of,
        })
        .collect();
    let mirror = Mirror {
        spec,
        liked: siblings.window == 1,
        frozen: false,
        closed: false,
    };
    if let Content::Map(pieces) = &mut object.content {
        mirror.map(pieces, &seen, 0);
    }
    identify(&mut object);
    reference::refer(&mut object, &examples, spec);
    let text = print::print(&object, layout(siblings, &examples));
    verify(&object, &text)?;
    let from = examples.iter().map(|e| e.source.path.to_string());
    Ok(Mirrored {
        text,
        from: from.collect(),
    })
}

/// Has the parts of an app-template release that name a controller or a service name its own, whatever that is called now.
fn identify(object: &mut Piece) {
    let values = ["spec", "values"];
    let key = |of: &str| match &object.at(&values)?.get(of)?.content {
        Content::Map(pieces) => pieces.first().map(|p| p.key.clone()),
        _ => None,
    };
    let names = [
        ("controller", key("controllers")),
        ("identifier", key("service")),
    ];
    if let Some(values) = object.at_mut(&values) {
        for (field, name) in names {
            let parts = ["service", "ingress", "route"];
            let parts = parts.into_iter().filter(|_| name.is_some());
            for part in parts {
                if let (Some(part), Some(name)) = (values.at_mut(&[part]), &name) {
                    part.set_all(field, name, 0);
                }
            }
        }
    }
}

/// How most examples are laid out; where there is none, the files of the siblings.
fn layout(siblings: &Siblings<'_>, examples: &[Example<'_>]) -> Layout {
    let mut styles: Vec<Style> = examples.iter().map(|e| Style::of(e.source)).collect();
    if !styles.iter().any(|s| s.sequence.is_some()) {
        let files = siblings.siblings.iter().take(5).flat_map(|s| &s.files);
        styles.extend(files.take(20).map(|f| Style::of(&f.source)));
    }
    let most = |values: Vec<usize>, default: usize| {
        let count = |value: &usize| values.iter().filter(|v| *v == value).count();
        values
            .iter()
            .rev()
            .max_by_key(|v| count(v))
            .copied()
            .unwrap_or(default)
    };
    let single = styles.iter().filter(|s| s.quotes == Quotes::Single).count();
    let indent = most(styles.iter().map(|s| s.indent).collect(), 2);
    Layout {
        indent,
        list: most(styles.iter().filter_map(|s| s.sequence).collect(), indent),
        quotes: match single * 2 > styles.len() {
            true => Quotes::Single,
            false => Quotes::Double,
        },
    }
}

/// Reads what was written, and compares.
fn verify(object: &Piece, text: &str) -> Result<(), PlanError> {
    let file = SourceFile::parse(FileId::NONE, "new", text);
    let broken = || PlanError::Other(format!("what was written cannot be read back:\n{text}"));
    if !file.errors.is_empty() {
        return Err(broken());
    }
    let read = piece::read(text)?;
    match says(&read, object) {
        true => Ok(()),
        false => Err(broken()),
    }
}

fn says(read: &Piece, meant: &Piece) -> bool {
    match (&read.content, &meant.content) {
        (Content::Scalar(a), Content::Scalar(b)) => a.text == b.text && a.is_string == b.is_string,
        (Content::Map(a), Content::Map(b)) | (Content::List(a), Content::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.key == b.key && says(a, b))
        }
        _ => false,
    }
}
