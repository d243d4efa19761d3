//! The value-add transformer, a plugin only (kustomize api 0.21 `ValueAddTransformer`).

use smol_str::SmolStr;

use super::super::config::split_path;
use super::super::fields::{Fault, set_name, wrong_kind};
use crate::manifest::Node;

/// Where to put a value.
#[derive(Clone, Debug, Default)]
pub(crate) struct ValueTarget {
    /// Read by `selector`; all objects where missing.
    pub selector: Option<Node>,
    /// Path of the field.
    pub path: SmolStr,
    /// Position in the file path that the field holds, from 1; 0 replaces the field.
    pub position: i64,
}

/// Puts `value` into a field of an object, or into the file path that it holds.
pub(crate) fn value_add(object: &mut Node, target: &ValueTarget, value: &str) -> Result<(), Fault> {
    let parts = split_path(&target.path, '/');
    let Some((last, parents)) = parts.split_last() else {
        return Ok(());
    };
    let mut node = object;
    for part in parents {
        if !node.is_mapping() {
            return Err(wrong_kind(node, "MappingNode"));
        }
        if node.get(part).is_none() {
            node.set(part, Node::mapping());
        }
        let Some(child) = node.get_mut(part) else {
            return Ok(());
        };
        node = child;
    }
    if !node.is_mapping() {
        return Err(wrong_kind(node, "MappingNode"));
    }
    let old = node.text_at(&[last]).unwrap_or_default();
    let text = match usize::try_from(target.position) {
        Ok(position @ 1..) => insert_part(old, position - 1, value),
        _ => value.to_owned(),
    };
    set_name(node, last, &text);
    Ok(())
}

/// Inserts a part into a path; behind its end if the position is too large.
fn insert_part(path: &str, position: usize, part: &str) -> String {
    let relative = path.trim_matches('/');
    let mut parts: Vec<&str> = relative.split('/').filter(|p| !p.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inserts_path_parts() {
        assert_eq!(insert_part("", 0, "P"), "P");
        assert_eq!(insert_part("/", 0, "P"), "/P");
        assert_eq!(insert_part("/pie", 0, "P"), "/P/pie");
        assert_eq!(insert_part("raw", 9, "P"), "raw/P");
        assert_eq!(insert_part("a/nice/warm/pie", 3, "P"), "a/nice/warm/P/pie");
    }
}
