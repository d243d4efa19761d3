//! What rules on policies share: the applied policies and repositories, and what they say.

use crate::image::ImageObject;
use crate::lint::{Context, current_tag};
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

/// Returns the tags that stand at the markers of a policy.
pub(super) fn current_tags<'c>(
    context: &'c Context<'_>,
    policy: &'c ImageObject<'_>,
) -> impl Iterator<Item = String> + use<'c> {
    let id = &policy.id;
    let live = context.marked.iter().flat_map(|file| file.live());
    let named = live.filter(|(_, s)| s.namespace == id.namespace && s.name == id.name);
    named.filter_map(|(marker, setter)| current_tag(marker.position.as_ref().ok()?, setter))
}
