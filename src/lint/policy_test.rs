//! A test of a policy, as the settings give it: tags, and which of them must win.

use crate::flux::ObjectRef;
use crate::manifest::Location;

/// One test of an ImagePolicy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTest {
    /// Namespace and name of the policy after rendering.
    pub policy: ObjectRef,
    /// The tags among which it chooses, in any order.
    pub tags: Vec<String>,
    /// The tag that it must choose, one of `tags`; `None` if it must choose none.
    pub wins: Option<String>,
    /// Where the test stands in the settings.
    pub location: Location,
}
