//! What the operators of an expression do to a value.

use super::glob;

/// Tells whether `operator` provides for a variable that is not set, so that strict mode lets it pass.
pub(super) fn has_default(operator: &str) -> bool {
    matches!(operator, "=" | ":=" | ":-" | ":?" | ":+")
}

/// Tells whether `operator` takes the arguments in place of an empty value. Flux has one function for all that it does not
/// know otherwise, `${var}` and `${var,^}` among them.
pub(super) fn is_default(operator: &str) -> bool {
    has_default(operator) || matches!(operator, "" | ",^" | "^,")
}

/// Applies an operator other than those of [`is_default`].
pub(super) fn apply(operator: &str, value: &str, arguments: &[&str]) -> String {
    match (operator, arguments) {
        (",", _) => first(value, lower),
        (",,", _) => value.chars().map(lower).collect(),
        ("^", _) => first(value, upper),
        ("^^", _) => value.chars().map(upper).collect(),
        ("#", []) => value.len().to_string(),
        ("#", [pattern, ..]) => trim(value, pattern, false),
        ("##", [pattern, ..]) => trim(value, pattern, true),
        ("%", [pattern, ..]) => trim_end(value, pattern, false),
        ("%%", [pattern, ..]) => trim_end(value, pattern, true),
        (":", [position, length @ ..]) => substring(value, position, length.first().copied()),
        ("/", [pattern, text @ ..]) => value.replacen(pattern, text.first().unwrap_or(&""), 1),
        ("//", [pattern, text @ ..]) => value.replace(pattern, text.first().unwrap_or(&"")),
        ("/#", [pattern, text]) if value.starts_with(pattern) => value.replacen(pattern, text, 1),
        ("/%", [pattern, text]) => match value.strip_suffix(pattern) {
            Some(start) => format!("{start}{text}"),
            None => value.to_owned(),
        },
        _ => value.to_owned(),
    }
}

fn first(value: &str, change: fn(char) -> char) -> String {
    let mut chars = value.chars();
    chars.next().map(change).into_iter().chain(chars).collect()
}

/// The upper case of one character, if it is one character, as in Go: `ß` stays.
fn upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    upper.next().filter(|_| upper.len() == 0).unwrap_or(c)
}

/// The lower case of one character; `İ` loses its dot, as in Go.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Cuts the longest or the shortest match of `pattern` that is not empty off the start. Nothing is cut if the pattern turns
/// out malformed on the way from the longest to the shortest beginning.
fn trim(value: &str, pattern: &str, longest: bool) -> String {
    let mut cut = 0;
    for end in (1..=value.len()).rev() {
        let start = value.as_bytes().get(..end).unwrap_or_default();
        match glob::matches(pattern.as_bytes(), start) {
            None => return value.to_owned(),
            Some(false) => {}
            Some(true) => {
                cut = end;
                if longest {
                    break;
                }
            }
        }
    }
    String::from_utf8_lossy(value.as_bytes().get(cut..).unwrap_or_default()).into_owned()
}

/// The same at the end: Flux reverses the value and the pattern.
fn trim_end(value: &str, pattern: &str, longest: bool) -> String {
    let reversed = |text: &str| text.chars().rev().collect::<String>();
    reversed(&trim(&reversed(value), &reversed(pattern), longest))
}

/// `${var:position:length}`, in bytes. A negative position counts from the end, as does a negative length. What is no
/// number has no effect. Cutting through a character leaves U+FFFD.
fn substring(value: &str, position: &str, length: Option<&str>) -> String {
    let Ok(position) = position.parse::<i64>() else {
        return value.to_owned();
    };
    let size = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let start = if position < 0 {
        size.saturating_add(position).max(0)
    } else {
        position
    };
    let end = match length.map(str::parse::<i64>) {
        None => size,
        Some(Err(_)) => return value.to_owned(),
        Some(Ok(length)) if length < 0 => size.saturating_add(length),
        Some(Ok(length)) => start.saturating_add(length).min(size),
    };
    let range = usize::try_from(start).unwrap_or(usize::MAX)..usize::try_from(end).unwrap_or(0);
    let bytes = value.as_bytes().get(range).unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}
