//! Why no policy can be proposed, and what to publish instead.

use super::family::Family;
use super::shape::Shape;
use super::wish::Wish;

/// Why no policy can be proposed. Displays as a clause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPolicy {
    /// There are no tags.
    #[error("the image has no tags yet")]
    Empty,
    /// The tag only points to another image from time to time.
    #[error("`{0}` says nothing of what is newer: it is moved, and no policy can order it")]
    Floating(String),
    /// The tag names a line of versions.
    #[error(
        "`{0}` may be a line of versions (`{0}.1`, `{0}.2`) or a build: the tag alone does not tell"
    )]
    Line(String),
    /// The tag is a commit.
    #[error("`{0}` names a commit, and commits have no order")]
    Commit(String),
    /// The tag is a prerelease.
    #[error("`{0}` is a prerelease, which no policy follows by itself")]
    Prerelease(String),
    /// None of the tags can be ordered.
    #[error(
        "none of the {0} tags can be ordered: they are names that move, commits or prereleases"
    )]
    Unordered(usize),
    /// The tags can be ordered, but not as wished.
    #[error("no tag fits the wished policy{0}")]
    Unfit(String),
}

impl NoPolicy {
    pub(super) fn of(tags: &[String], wish: &Wish, families: &[Family<'_>]) -> Self {
        if tags.is_empty() {
            return NoPolicy::Empty;
        }
        let ordered = families
            .iter()
            .filter(|f| f.meaning().is_some() && !f.shape.is_unreleased());
        let examples: Vec<&str> = ordered
            .filter_map(|f| Some(f.tags.first()?.0))
            .take(3)
            .collect();
        match (examples.is_empty(), wish) {
            (true, _) | (_, Wish::Auto | Wish::None) => NoPolicy::Unordered(tags.len()),
            (false, Wish::Semver(range)) => NoPolicy::Unfit(format!(
                " `semver:{range}`; there are such as `{}`",
                examples.join("`, `")
            )),
            (false, _) => {
                NoPolicy::Unfit(format!("; there are such as `{}`", examples.join("`, `")))
            }
        }
    }

    /// Says why one tag has no order.
    pub(super) fn about(self, tag: &str) -> Self {
        let shape = Shape::of(tag);
        match self {
            NoPolicy::Unordered(_) if shape.has_commit() => NoPolicy::Commit(tag.to_owned()),
            NoPolicy::Unordered(_) if shape.is_unreleased() && !shape.numbers().is_empty() => {
                NoPolicy::Prerelease(tag.to_owned())
            }
            NoPolicy::Unordered(_) => NoPolicy::Floating(tag.to_owned()),
            other => other,
        }
    }

    /// Returns what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            NoPolicy::Line(_) => {
                "give a tag of a whole version (`16.4`), the image's tags with `--tags FILE`, or let the registry be asked"
            }
            NoPolicy::Unfit(_) => "`--policy auto` takes what fits",
            _ => {
                "publish tags that grow with every build: a time (`date -u +%Y%m%d%H%M%S`), a version (`1.2.3`) or a build number"
            }
        }
    }
}
