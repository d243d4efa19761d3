//! What an ImagePolicy and its ImageRepository say about choosing tags, read from their trees.

use super::policy::PolicyChoice;
use crate::manifest::Node;

/// What an ImagePolicy and its ImageRepository say about choosing tags, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagPolicySpec {
    /// `spec.policy`; `None` if it holds no known choice, which is invalid.
    pub choice: Option<PolicyChoice>,
    /// `spec.filterTags`; even an empty object filters.
    pub filter: Option<TagFilterSpec>,
    /// `spec.exclusionList` of the ImageRepository; empty means the default.
    pub exclusions: Vec<String>,
}

/// `spec.filterTags` as written; absent fields are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagFilterSpec {
    /// `pattern`.
    pub pattern: String,
    /// `extract`.
    pub extract: String,
}

impl TagPolicySpec {
    /// Reads the objects; without an ImageRepository the default exclusion list holds.
    pub fn of(policy: &Node, repository: Option<&Node>) -> Self {
        TagPolicySpec {
            choice: PolicyChoice::of(policy).map(|(_, choice)| choice),
            filter: filter(policy),
            exclusions: repository.map(exclusions).unwrap_or_default(),
        }
    }

    /// Tells whether a variable that nobody can see decides the policy. `${name}` in `extract` is a group, and a pattern
    /// with it would be no pattern.
    pub fn has_unknown(&self) -> bool {
        let unknown = |text: &str| text.contains("${");
        let choice = match &self.choice {
            None => "",
            Some(PolicyChoice::SemVer { range }) => range,
            Some(PolicyChoice::Alphabetical { order } | PolicyChoice::Numerical { order }) => order,
        };
        let pattern = self.filter.as_ref().map_or("", |filter| &filter.pattern);
        unknown(choice) || unknown(pattern) || self.exclusions.iter().any(|e| unknown(e))
    }
}

impl PolicyChoice {
    /// Reads `spec.policy` of an ImagePolicy; the key comes with the choice, in the controller's precedence: semver,
    /// alphabetical, numerical.
    pub fn of(policy: &Node) -> Option<(&'static str, Self)> {
        let spec = policy.at_path(&["spec", "policy"])?;
        let given = |key| spec.get(key).filter(|n| !n.is_null());
        let text = |node: &Node, key| node.text_at(&[key]).unwrap_or_default().to_owned();
        if let Some(semver) = given("semver") {
            let range = text(semver, "range");
            return Some(("semver", PolicyChoice::SemVer { range }));
        }
        if let Some(alphabetical) = given("alphabetical") {
            let order = text(alphabetical, "order");
            return Some(("alphabetical", PolicyChoice::Alphabetical { order }));
        }
        let order = text(given("numerical")?, "order");
        Some(("numerical", PolicyChoice::Numerical { order }))
    }
}

fn filter(policy: &Node) -> Option<TagFilterSpec> {
    let filter = policy
        .at_path(&["spec", "filterTags"])
        .filter(|n| !n.is_null())?;
    let text = |key| filter.text_at(&[key]).unwrap_or_default().to_owned();
    Some(TagFilterSpec {
        pattern: text("pattern"),
        extract: text("extract"),
    })
}

fn exclusions(repository: &Node) -> Vec<String> {
    let list = repository.at_path(&["spec", "exclusionList"]);
    let items = list.and_then(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| Some(item.text()?.to_owned()))
        .collect()
}
