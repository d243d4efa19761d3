//! What block scalars lose in kustomize, which prints every object with go-yaml v3 and reads it again.

use std::borrow::Cow;

use super::node::ScalarStyle;
use super::scalar::ValueProblem;
use super::spelling::is_printable;

/// Returns the text of a string after kyaml's `RNode.MarshalJSON` printed and read it. Only folded scalars change: a line
/// that is indented more than its neighbours gains an empty line above (a bug of go-yaml v3.0, as in kustomize 5.8).
pub(super) fn reread(text: &str, style: ScalarStyle) -> Result<Cow<'_, str>, ValueProblem> {
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    if block && text.starts_with('\t') && is_printed_as_block(text) {
        return Err(ValueProblem::LeadingTab);
    }
    if style != ScalarStyle::Folded || !text.contains('\n') || !is_printed_as_block(text) {
        return Ok(Cow::Borrowed(text));
    }
    Ok(Cow::Owned(refold(text)))
}

/// Tells whether go-yaml v3 keeps the block style; it puts the text into double quotes otherwise, where nothing is lost.
fn is_printed_as_block(text: &str) -> bool {
    let printable = |c| c == '\t' || is_printable(c);
    !text.ends_with(' ') && !text.contains(" \n") && text.chars().all(printable)
}

/// Prints a folded scalar as go-yaml v3 does, which doubles the break after each line that is not indented, and folds it
/// again.
fn refold(text: &str) -> String {
    let is_indented = |line: &str| line.starts_with([' ', '\t']);
    let body = text.trim_start_matches('\n');
    // The printer means to look at the line that follows, but looks at the first one.
    let doubles = !is_indented(body);
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str(text.get(..text.len() - body.len()).unwrap_or_default());
    let mut rest = body;
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.find('\n').unwrap_or(rest.len()));
        rest = after.trim_start_matches('\n');
        let breaks = after.len() - rest.len();
        let printed = breaks + usize::from(doubles && breaks > 0 && !is_indented(line));
        out.push_str(line);
        let read = match (rest.is_empty(), breaks) {
            (true, 0 | 1) => breaks,
            (false, _) if !is_indented(line) && !is_indented(rest) => printed - 1,
            _ => printed,
        };
        if read == 0 && !rest.is_empty() {
            out.push(' ');
        }
        out.extend(std::iter::repeat_n('\n', read));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_scalars_change_as_in_kustomize() {
        let text = include_str!("../../tests/fixtures/go/folded.json");
        let cases: Vec<(String, Option<String>)> = serde_json::from_str(text).unwrap();
        assert!(cases.len() > 100);
        for (text, wanted) in cases {
            let ours = reread(&text, ScalarStyle::Folded).ok();
            assert_eq!(ours.as_deref(), wanted.as_deref(), "{text:?}");
        }
    }

    #[test]
    fn other_styles_do_not_change() {
        let text = "a\n  b\nc\n";
        for style in [
            ScalarStyle::Literal,
            ScalarStyle::DoubleQuoted,
            ScalarStyle::Plain,
        ] {
            assert_eq!(reread(text, style), Ok(Cow::Borrowed(text)));
        }
        assert_eq!(
            reread("\ta\nb", ScalarStyle::Literal),
            Err(ValueProblem::LeadingTab)
        );
        assert_eq!(
            reread("\ta\nb", ScalarStyle::DoubleQuoted),
            Ok("\ta\nb".into())
        );
    }
}
