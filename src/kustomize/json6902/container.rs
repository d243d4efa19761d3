//! Mappings and sequences as json-patch v4.13 sees them: what a pointer finds, and how a key or index changes them.

use crate::manifest::{Node, Resolved, Schema};

/// Returns the collection that holds what `pointer` names, and the last part of the pointer.
pub(super) fn find<'d>(document: &'d mut Node, pointer: &str) -> Option<(&'d mut Node, String)> {
    let mut parts: Vec<&str> = pointer.split('/').skip(1).collect();
    let key = unescape(parts.pop()?);
    let mut node = document;
    for part in parts {
        node = step(node, &unescape(part))?;
    }
    Some((node, key))
}

fn step<'d>(node: &'d mut Node, key: &str) -> Option<&'d mut Node> {
    let next = match node.items().map(<[Node]>::len) {
        Some(len) => node.items_mut()?.get_mut(index(key, len).ok()?)?,
        None => node.get_mut(key)?,
    };
    next.scalar().is_none().then_some(next)
}

/// `~1` is a slash, `~0` a tilde, read once from left to right.
fn unescape(part: &str) -> String {
    if !part.contains('~') {
        return part.to_owned();
    }
    let pieces = part.split("~0").map(|piece| piece.replace("~1", "/"));
    pieces.collect::<Vec<_>>().join("~")
}

/// Returns the value of a key, or nothing where it is missing or null.
pub(super) fn get<'d>(parent: &'d Node, key: &str) -> Result<Option<&'d Node>, String> {
    let value = match parent.items() {
        Some(items) => items.get(index(key, items.len())?),
        None => parent.get(key),
    };
    Ok(value.filter(|v| !v.is_null()))
}

/// Sets a key, or the element at an index that exists.
pub(super) fn set(parent: &mut Node, key: &str, value: Node) -> Result<(), String> {
    let Some(len) = parent.items().map(<[Node]>::len) else {
        parent.set(key, value);
        return Ok(());
    };
    let index = index(key, len)?;
    if let Some(slot) = parent.items_mut().and_then(|items| items.get_mut(index)) {
        *slot = value;
    }
    Ok(())
}

/// Sets a key, or inserts an element before an index; `-` appends, and so does -1, counted in the longer list.
pub(super) fn add(parent: &mut Node, key: &str, value: Node) -> Result<(), String> {
    let Some(items) = parent.items_mut() else {
        parent.set(key, value);
        return Ok(());
    };
    if key == "-" {
        items.push(value);
        return Ok(());
    }
    let number =
        atoi(key).map_err(|e| format!("value was not a proper array index: '{key}': {e}"))?;
    items.insert(within(number, items.len() + 1)?, value);
    Ok(())
}

/// Removes a key or element, which must be there.
pub(super) fn remove(parent: &mut Node, key: &str) -> Result<(), String> {
    let Some(items) = parent.items_mut() else {
        return match parent.remove(key) {
            Some(_) => Ok(()),
            None => Err(format!(
                "Unable to remove nonexistent key: {key}: missing value"
            )),
        };
    };
    let index = index(key, items.len())?;
    items.remove(index);
    Ok(())
}

fn index(key: &str, len: usize) -> Result<usize, String> {
    within(atoi(key)?, len)
}

fn within(number: i64, len: usize) -> Result<usize, String> {
    let signed = i64::try_from(len).unwrap_or(i64::MAX);
    let from_start = if number < 0 { number + signed } else { number };
    usize::try_from(from_start)
        .ok()
        .filter(|i| *i < len)
        .ok_or_else(|| {
            format!("Unable to access invalid index: {number}: invalid index referenced")
        })
}

/// Go's `strconv.Atoi`.
fn atoi(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        let why = if is_number {
            "value out of range"
        } else {
            "invalid syntax"
        };
        format!("strconv.Atoi: parsing {text:?}: {why}")
    })
}

/// Tells whether two values that went through JSON are the same. Nothing and null are equal.
pub(super) fn equal(a: Option<&Node>, b: Option<&Node>) -> bool {
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_none() == b.is_none();
    };
    if let (Some(a), Some(b)) = (a.items(), b.items()) {
        return a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(Some(a), Some(b)));
    }
    if let (Some(left), Some(right)) = (a.entries(), b.entries()) {
        let same =
            |key: &str, value: &Node| b.get(key).is_some_and(|b| equal(Some(value), Some(b)));
        return left.len() == right.len()
            && left
                .iter()
                .all(|e| same(e.key.text().unwrap_or_default(), &e.value));
    }
    match (a.scalar(), b.scalar()) {
        (Some(left), Some(right)) => left.text == right.text && kind(a) == kind(b),
        _ => false,
    }
}

/// Tells null, booleans, numbers and strings apart.
fn kind(node: &Node) -> u8 {
    match node.resolve(Schema::Kustomize) {
        Ok(Resolved::Null) => 0,
        Ok(Resolved::Bool(_)) => 1,
        Ok(Resolved::Str(_)) => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_once() {
        let table = [
            ("a~1b", "a/b"),
            ("~01", "~1"),
            ("~0~1", "~/"),
            ("a~", "a~"),
            ("~~0", "~~"),
        ];
        for (part, key) in table {
            assert_eq!(unescape(part), key);
        }
    }

    #[test]
    fn indices_as_in_go() {
        assert_eq!(within(-1, 3), Ok(2));
        assert_eq!(atoi("+1"), Ok(1));
        assert_eq!(
            atoi("x").unwrap_err(),
            "strconv.Atoi: parsing \"x\": invalid syntax"
        );
        assert!(
            atoi("99999999999999999999")
                .unwrap_err()
                .ends_with("value out of range")
        );
        assert!(within(3, 3).is_err() && within(-4, 3).is_err());
    }
}
