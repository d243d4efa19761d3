//! What rules on policies share: the applied policies and repositories, and what they say.

use crate::image::ImageObject;
use crate::lint::Context;
use crate::manifest::Node;

/// Returns every applied policy.
pub(super) fn policies<'c>(context: &'c Context<'_>) -> impl Iterator<Item = &'c ImageObject<'c>> {
    context.images.iter().flat_map(|images| &images.policies)
}

/// Returns a text of a policy's spec; nothing where it is absent or empty.
pub(super) fn text<'n>(node: &'n Node, path: &[&str]) -> Option<&'n str> {
    node.at_path(path)
        .and_then(Node::text)
        .filter(|t| !t.is_empty())
}

/// Tells whether a text is decided by a variable that nobody can see.
pub(super) fn is_unknown(text: &str) -> bool {
    text.contains("${")
}
