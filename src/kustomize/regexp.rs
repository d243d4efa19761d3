//! Regular expressions as users write them for kustomize. The only place that knows the engine.

use regex::Regex;

/// Compiles an expression of Go's `regexp`.
///
/// # Errors
/// It is no regular expression.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    Regex::new(pattern).map_err(|_| format!("error parsing regexp: `{pattern}`"))
}

/// Tells whether an expression is nothing but the text it matches.
pub(crate) fn is_literal(pattern: &str) -> bool {
    !pattern.contains(|c: char| "\\.+*?()|[]{}^$".contains(c))
}
