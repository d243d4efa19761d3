//! Which tags a policy looks at: the ImageRepository's exclusion list and the ImagePolicy's `filterTags`.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock};

use foldhash::fast::RandomState;
use rayon::prelude::*;
use smol_str::SmolStr;

use super::goregexp::{Expander, GoRegexp, Template, TemplatePart};

/// From how many tags on a thread is worth its start.
pub(super) const MANY: usize = 4096;
/// What every match of [`DEFAULT_EXCLUSION`] ends in.
const DEFAULT_END: &str = ".sig";

/// What an ImageRepository excludes if its `exclusionList` is absent or empty.
pub const DEFAULT_EXCLUSION: &str = r"^.*\.sig$";

/// `spec.filterTags` of an ImagePolicy, compiled.
#[derive(Clone, Debug)]
pub struct TagFilter {
    regexp: GoRegexp,
    /// Absent if `extract` is empty: the whole tag is then the key.
    extract: Option<Template>,
}

impl TagFilter {
    /// Compiles a filter; absent fields are empty texts.
    ///
    /// # Errors
    /// The controller's message without its `failed to filter tags: `.
    pub fn new(pattern: &str, extract: &str) -> Result<Self, String> {
        let regexp = GoRegexp::new(pattern)
            .map_err(|error| format!("invalid regular expression pattern '{pattern}': {error}"))?;
        let extract = (!extract.is_empty()).then(|| Template::parse(extract));
        Ok(Self { regexp, extract })
    }

    /// Returns the key by which the policy compares a tag, or `None` if the pattern does not match it.
    pub fn key<'t>(&self, tag: &'t str) -> Option<Cow<'t, str>> {
        let Some(extract) = &self.extract else {
            return self.regexp.is_match(tag).then_some(Cow::Borrowed(tag));
        };
        let captures = self.regexp.find(tag)?;
        Some(Cow::Owned(self.regexp.expand(extract, &captures)))
    }

    /// Returns the keys of many tags, as [`TagFilter::key`] does, with a hash of each; on several threads where there are
    /// very many.
    pub(super) fn keys(&self, tags: &[&str]) -> Vec<Option<(SmolStr, u64)>> {
        let state = RandomState::default();
        let hashed = |key: SmolStr| {
            let hash = state.hash_one(&key);
            (key, hash)
        };
        let of = |tags: &[&str]| -> Vec<Option<(SmolStr, u64)>> {
            let Some(extract) = &self.extract else {
                let is_match = |tag: &str| self.regexp.is_match(tag);
                let key = |tag: &&str| is_match(tag).then(|| hashed(SmolStr::new(tag)));
                return tags.iter().map(key).collect();
            };
            let mut expander = Expander::new(&self.regexp, extract);
            let key = |tag: &&str| expander.expand(tag).map(hashed);
            tags.iter().map(key).collect()
        };
        match tags.len() < MANY {
            true => of(tags),
            false => tags.par_chunks(MANY).flat_map_iter(of).collect(),
        }
    }

    /// Returns the pattern.
    pub fn regexp(&self) -> &GoRegexp {
        &self.regexp
    }

    /// Returns the first group, by name or number, that `extract` reads and the pattern lacks: it never holds anything.
    pub fn missing_group(&self) -> Option<String> {
        let parts = self.extract.as_ref()?.parts();
        parts.iter().find_map(|part| match part {
            TemplatePart::Text(_) => None,
            _ if !self.regexp.groups_of(part).is_empty() => None,
            TemplatePart::Name(name) => Some(name.clone()),
            TemplatePart::Index(index) => Some(index.to_string()),
        })
    }

    /// Returns the template that makes the key; `None` if the whole tag is the key.
    pub fn extract(&self) -> Option<&Template> {
        self.extract.as_ref()
    }
}

/// `spec.exclusionList` of an ImageRepository, compiled.
#[derive(Clone, Debug)]
pub struct ExclusionList {
    regexps: Arc<[GoRegexp]>,
}

impl ExclusionList {
    /// Compiles a list; an empty one means [`DEFAULT_EXCLUSION`].
    ///
    /// # Errors
    /// The controller's message for the first entry that is no pattern; the scan fails then.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, String> {
        // Most repositories leave the default, so its program is built once for all of them.
        static DEFAULT: LazyLock<Result<ExclusionList, String>> =
            LazyLock::new(|| ExclusionList::compile(&[DEFAULT_EXCLUSION]));
        if patterns.is_empty() {
            DEFAULT.clone()
        } else {
            Self::compile(patterns)
        }
    }

    fn compile<S: AsRef<str>>(patterns: &[S]) -> Result<Self, String> {
        let compile = |pattern: &S| {
            let pattern = pattern.as_ref();
            GoRegexp::new(pattern)
                .map_err(|error| format!("failed to compile regex {pattern}: {error}"))
        };
        let regexps = patterns.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { regexps })
    }

    /// Returns the first pattern that excludes a tag.
    pub fn excludes(&self, tag: &str) -> Option<&GoRegexp> {
        let may_match =
            |regexp: &GoRegexp| tag.ends_with(DEFAULT_END) || regexp.as_str() != DEFAULT_EXCLUSION;
        self.regexps
            .iter()
            .find(|regexp| may_match(regexp) && regexp.is_match(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_keys() {
        let filter = TagFilter::new("^main-[a-f0-9]+-(?P<ts>[0-9]+)", "${ts}").unwrap();
        assert_eq!(filter.key("main-a1b2c3d-1700-x").as_deref(), Some("1700"));
        assert_eq!(filter.key("dev-a1b2c3d-1700"), None);
        assert_eq!(
            TagFilter::new("^v", "").unwrap().key("v1").as_deref(),
            Some("v1")
        );
        let error = TagFilter::new("(", "").unwrap_err();
        assert_eq!(
            error,
            "invalid regular expression pattern '(': error parsing regexp: missing closing ): `(`"
        );
    }

    #[test]
    fn many_keys_are_those_of_each_tag() {
        let tags: Vec<String> = (0..MANY * 3)
            .map(|n| match n % 5 {
                0 => format!("v{n}.0"),
                1 => format!("{n}-é"),
                2 => format!("main-{n:x}"),
                3 => format!("v{n}.1-rc"),
                _ => String::new(),
            })
            .collect();
        let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
        let filters = [
            ("^v(?P<n>[0-9]+)", "$n"),
            (r"(?P<a>v)|(?P<a>main)|(?P<b>\d+)", "${a}-$b-$c$$1"),
            ("[0-9]", ""),
            (".", "$0"),
            ("é|c$", "$1x"),
        ];
        for (pattern, extract) in filters {
            let filter = TagFilter::new(pattern, extract).unwrap();
            let each = tags.iter().map(|tag| filter.key(tag).map(SmolStr::from));
            let keys = filter.keys(&tags).into_iter().map(|key| Some(key?.0));
            assert!(keys.eq(each), "{pattern}");
        }
    }

    #[test]
    fn an_empty_exclusion_list_means_the_default() {
        let list = ExclusionList::new::<&str>(&[]).unwrap();
        assert!(list.excludes("sha256-ab.sig").is_some());
        assert!(list.excludes("sha256-ab.sig.1").is_none());
        assert!(
            ExclusionList::new(&["^v"])
                .unwrap()
                .excludes("sha256-ab.sig")
                .is_none()
        );
        let error = ExclusionList::new(&["a", "(?!x)"]).unwrap_err();
        assert!(
            error.starts_with("failed to compile regex (?!x): error parsing regexp: "),
            "{error}"
        );
    }
}
