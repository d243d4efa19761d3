//! The `$patch` directive.

use super::MergeError;
use crate::manifest::{Entry, Node};

const KEY: &str = "$patch";

/// What `$patch` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Directive {
    Delete,
    Merge,
    Replace,
}

impl Directive {
    fn read(node: &Node) -> Result<Self, MergeError> {
        match node.text().unwrap_or_default() {
            "delete" => Ok(Directive::Delete),
            "merge" => Ok(Directive::Merge),
            "replace" => Ok(Directive::Replace),
            other => Err(MergeError::UnknownDirective(other.to_owned())),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Directive::Delete => "delete",
            Directive::Merge => "merge",
            Directive::Replace => "replace",
        }
    }
}

/// Returns the directive of a mapping.
pub(super) fn of_mapping(node: &Node) -> Result<Option<Directive>, MergeError> {
    node.get(KEY).map(Directive::read).transpose()
}

/// Tells whether an entry is the directive.
pub(super) fn is_directive(entry: &Entry) -> bool {
    entry.key.text() == Some(KEY)
}

/// Removes a directive that is understood.
pub(super) fn strip(node: &mut Node) {
    if matches!(of_mapping(node), Ok(Some(_))) {
        node.remove(KEY);
    }
}

/// Returns the directive of a list: its first element with `$patch`, if that says nothing else.
pub(super) fn of_list(items: &[Node]) -> Result<Option<Directive>, MergeError> {
    let element = items.iter().find(|item| item.get(KEY).is_some());
    match element.and_then(Node::entries) {
        Some([only]) => Directive::read(&only.value).map(Some),
        _ => Ok(None),
    }
}

/// Returns a list without its directive. kyaml removes every element with the same directive, and elements that say
/// nothing.
pub(super) fn without(items: &[Node], directive: Directive) -> Vec<Node> {
    let word = Some(directive.word());
    let stays = |item: &&Node| match item.entries() {
        Some([]) => false,
        Some(_) => item.text_at(&[KEY]) != word,
        None => !item.is_null(),
    };
    items.iter().filter(stays).cloned().collect()
}
