//! Where a current tag stands among those that a registry has: how far it is behind what a policy selects.

use smol_str::SmolStr;

use super::TagPolicy;
use super::policy::Policer;
use super::selection::{Fate, Rejection, Selection, TagFate};
use super::semver::Version;
use super::tag_policy::TagOrder;

/// Where a current tag stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing that the registry has is better.
    Latest,
    /// There is better.
    Behind(Behind),
    /// The policy could never choose it.
    Outside(Rejection),
    /// The policy selects nothing to compare it with.
    Unknown,
}

/// How far a tag is behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behind {
    /// How many versions are better; spellings of one version (`1.0.0`, `v1.0.0`) count once.
    pub versions: usize,
    /// The first number of the version that differs; nothing where the policy does not compare versions.
    pub step: Option<Step>,
    /// The version right above the tag: it was the latest until this one came.
    pub next: SmolStr,
    /// What the policy selects.
    pub winner: SmolStr,
}

/// Which number of a version differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first.
    Major,
    /// The second.
    Minor,
    /// The third.
    Patch,
}

impl Step {
    /// Returns the word for it: `major`.
    pub fn word(self) -> &'static str {
        match self {
            Step::Major => "major",
            Step::Minor => "minor",
            Step::Patch => "patch",
        }
    }

    fn between(from: &Version<'_>, to: &Version<'_>) -> Option<Self> {
        if from.major != to.major {
            Some(Step::Major)
        } else if from.minor != to.minor {
            Some(Step::Minor)
        } else {
            (from.patch != to.patch).then_some(Step::Patch)
        }
    }
}

impl TagPolicy {
    /// Tells where `current` stands among `tags`, of which `selection` is made; it need not be one of them.
    pub fn standing(&self, tags: &[String], selection: &Selection<'_>, current: &str) -> Standing {
        if let Err(rejection) = self.could_choose(current) {
            return Standing::Outside(rejection);
        }
        let is_semver = matches!(self.policer(), Some(Policer::SemVer { .. }));
        let judge = |selection: &Selection<'_>| match selection.winner {
            None => Standing::Unknown,
            Some(_) => {
                behind(selection, current, is_semver).map_or(Standing::Latest, Standing::Behind)
            }
        };
        if selection.tags.iter().any(|fate| fate.tag == current) {
            return judge(selection);
        }
        let all = tags.iter().map(String::as_str).chain([current]);
        judge(&self.select(all, TagOrder::Scanned))
    }
}

/// Counts what is above `current`; nothing where nothing is.
fn behind(selection: &Selection<'_>, current: &str, is_semver: bool) -> Option<Behind> {
    let find = |tag: &str| selection.tags.iter().position(|fate| fate.tag == tag);
    let mut place = find(current)?;
    if let Some(Fate::DuplicateKey { by }) = selection.tags.get(place).map(|t| &t.fate) {
        place = find(by)?;
    }
    let version = |fate| is_semver.then(|| version(fate)).flatten();
    let own = selection.tags.get(place)?;
    let mut better: Vec<&TagFate<'_>> = selection.tags.get(..place)?.iter().collect();
    if is_semver {
        better.retain(|fate| version(fate) != version(own));
        better.dedup_by_key(|fate| version(fate));
    }
    let (first, last) = (better.first()?, better.last()?);
    let step = version(own).zip(version(first));
    Some(Behind {
        versions: better.len(),
        step: step.and_then(|(from, to)| Step::between(&from, &to)),
        next: SmolStr::new(last.tag),
        winner: SmolStr::new(first.tag),
    })
}

fn version<'f>(fate: &'f TagFate<'_>) -> Option<Version<'f>> {
    Version::parse_tag(fate.key.as_deref()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{PolicyChoice, TagFilterSpec, TagPolicySpec};

    fn policy(choice: PolicyChoice, filter: Option<(&str, &str)>) -> TagPolicy {
        let filter = filter.map(|(pattern, extract)| TagFilterSpec {
            pattern: pattern.to_owned(),
            extract: extract.to_owned(),
        });
        TagPolicy::new(&TagPolicySpec {
            choice: Some(choice),
            filter,
            exclusions: Vec::new(),
        })
    }

    fn semver(range: &str) -> PolicyChoice {
        let range = range.to_owned();
        PolicyChoice::SemVer { range }
    }

    fn tags(list: &str) -> Vec<String> {
        list.split_whitespace().map(str::to_owned).collect()
    }

    fn standing(policy: &TagPolicy, tags: &[String], current: &str) -> Standing {
        let selection = policy.select(tags.iter().map(String::as_str), TagOrder::Scanned);
        policy.standing(tags, &selection, current)
    }

    #[test]
    fn versions_are_counted_once_each() {
        let policy = policy(semver(">=1.0.0"), None);
        let tags = tags("latest 1.0.0 1.4.2 1.4.3 v1.4.3 1.5.0 v1.5.0 2.0.0-rc.1 0.9.0");
        let standing = |current| standing(&policy, &tags, current);
        let behind = Behind {
            versions: 2,
            step: Some(Step::Minor),
            next: "v1.4.3".into(),
            winner: "v1.5.0".into(),
        };
        assert_eq!(standing("1.4.2"), Standing::Behind(behind));
        assert_eq!(standing("v1.5.0"), Standing::Latest);
        // Another spelling of the latest is not behind it.
        assert_eq!(standing("1.5.0"), Standing::Latest);
        assert_eq!(standing("1.9.0"), Standing::Latest);
        assert!(matches!(standing("0.9.0"), Standing::Outside(_)));
        assert!(matches!(
            standing("1.2.0"),
            Standing::Behind(Behind { versions: 3, .. })
        ));
    }

    #[test]
    fn other_policies_have_no_steps() {
        let order = || String::new();
        let policy = policy(
            PolicyChoice::Numerical { order: order() },
            Some((r"^main-[a-f0-9]+-(\d+)$", "$1")),
        );
        let tags = tags("main-a-100 main-b-200 main-c-300 main-d-300");
        let behind = Behind {
            versions: 1,
            step: None,
            next: "main-c-300".into(),
            winner: "main-c-300".into(),
        };
        assert_eq!(
            standing(&policy, &tags, "main-b-200"),
            Standing::Behind(behind)
        );
        assert_eq!(standing(&policy, &tags, "main-d-300"), Standing::Latest);
    }
}
