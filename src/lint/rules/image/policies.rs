//! What rules on policies share: the applied policies and repositories, and what they say.

use crate::image::{ImageObject, PolicyChoice};
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

/// Returns the policer with its key, in the controller's precedence: semver, alphabetical, numerical.
pub(super) fn choice(policy: &Node) -> Option<(&'static str, PolicyChoice)> {
    let spec = policy.at_path(&["spec", "policy"])?;
    if let Some(semver) = spec.get("semver").filter(|n| !n.is_null()) {
        let range = semver.text_at(&["range"]).unwrap_or_default().to_owned();
        return Some(("semver", PolicyChoice::SemVer { range }));
    }
    for (key, numerical) in [("alphabetical", false), ("numerical", true)] {
        let Some(policer) = spec.get(key).filter(|n| !n.is_null()) else {
            continue;
        };
        let order = policer.text_at(&["order"]).unwrap_or_default().to_owned();
        let choice = if numerical {
            PolicyChoice::Numerical { order }
        } else {
            PolicyChoice::Alphabetical { order }
        };
        return Some((key, choice));
    }
    None
}
