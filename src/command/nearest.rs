//! "Did you mean": the name that a misspelt one is closest to.

use crate::lint::distance;

/// Returns the candidate closest to `name`, as a whole or in its part behind the last `/`, unless none is close.
pub(super) fn nearest<'c>(
    candidates: impl Iterator<Item = &'c str>,
    name: &str,
) -> Option<&'c str> {
    let name = name.to_lowercase();
    let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
    let apart =
        |candidate: &str| distance(candidate, &name).min(distance(&last(candidate), &last(&name)));
    let (away, candidate) = candidates.map(|c| (apart(c), c)).min()?;
    let limit = (name.chars().count() / 2).max(2);
    (away <= limit).then_some(candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_that_are_close() {
        let names = [
            "image/floating-tag",
            "image/marker-malformed",
            "yaml/parse-error",
        ];
        let find = |name| nearest(names.into_iter(), name);
        assert_eq!(find("image/floting-tag"), Some("image/floating-tag"));
        assert_eq!(find("floating-tag"), Some("image/floating-tag"));
        assert_eq!(find("yaml/marker-malformd"), Some("image/marker-malformed"));
        assert_eq!(find("x"), None);
        assert_eq!(nearest(std::iter::empty(), "x"), None);
    }
}
