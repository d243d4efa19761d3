//! Which versions of Kubernetes each version of Flux runs on, and how versions are written.

use std::fmt;

/// Major and minor version, such as 1.34 of Kubernetes or 2.9 of Flux.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Minor {
    major: u32,
    minor: u32,
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Minor {
    /// Makes one.
    pub(crate) const fn new(major: u32, minor: u32) -> Self {
        Minor { major, minor }
    }

    /// Reads the first two numbers of a version, whatever follows: `v1.34.2+k3s1`, `1.34+`, `v1.33.5-gke.1080000`,
    /// `2.9.5`.
    pub(crate) fn parse(version: &str) -> Option<Self> {
        let version = version.trim();
        let (major, rest) = version
            .strip_prefix('v')
            .unwrap_or(version)
            .split_once('.')?;
        let end = rest.find(|c: char| !c.is_ascii_digit());
        let minor = end.map_or(Some(rest), |end| rest.get(..end))?;
        Some(Minor::new(major.parse().ok()?, minor.parse().ok()?))
    }
}

/// The newest Flux that this table knows.
pub(crate) const NEWEST: Minor = Minor::new(2, 9);

/// Which versions of Kubernetes a version of Flux takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Support {
    /// Below this `flux check --pre` fails, and Flux may not start.
    pub(crate) least: Minor,
    /// The oldest that its end-to-end tests run on.
    pub(crate) oldest: Minor,
    /// The newest that its end-to-end tests run on.
    pub(crate) newest: Minor,
}

/// The minor version of Flux 2, the constraint of `flux check` (`cmd/flux/check.go`), and the ends of the matrix of
/// `.github/workflows/conformance.yaml` in the newest release of each branch of fluxcd/flux2.
const SUPPORT: [(u32, u32, u32, u32); 7] = [
    (3, 28, 28, 30),
    (4, 28, 29, 31),
    (5, 30, 30, 32),
    (6, 31, 31, 33),
    (7, 32, 32, 34),
    (8, 33, 33, 35),
    (9, 33, 34, 36),
];

/// Returns what a version of Flux takes; nothing for versions that are not known here.
pub(crate) fn support(flux: Minor) -> Option<Support> {
    let mut known = SUPPORT.iter();
    let &(_, least, oldest, newest) = known.find(|(minor, ..)| Minor::new(2, *minor) == flux)?;
    let [least, oldest, newest] = [least, oldest, newest].map(|minor| Minor::new(1, minor));
    Some(Support {
        least,
        oldest,
        newest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_read_whatever_a_distribution_adds() {
        let read = |version| Minor::parse(version).map(|minor| minor.to_string());
        for version in [
            "v1.34.2+k3s1",
            "v1.34.2+rke2r1",
            "v1.34.1-eks-3025e55",
            "v1.34.3-gke.1444000",
            "1.34+",
            "v1.34.0-rc.1",
            "1.34",
            " v1.34.2\n",
        ] {
            assert_eq!(read(version).as_deref(), Some("1.34"), "{version}");
        }
        for version in ["", "v1", "latest", "v1.", "v.2", "1.x", "v99999999999.1"] {
            assert_eq!(read(version), None, "{version}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_knows_the_newest() {
        let known = SUPPORT.map(|(minor, ..)| support(Minor::new(2, minor)).unwrap());
        for one in known {
            assert!(one.least <= one.oldest && one.oldest < one.newest);
        }
        assert!(known.is_sorted_by_key(|one| one.newest));
        let newest = support(NEWEST).unwrap();
        assert_eq!(
            [newest.least, newest.oldest, newest.newest].map(|v| v.to_string()),
            ["1.33", "1.34", "1.36"]
        );
        assert_eq!(support(Minor::new(2, 10)), None);
        assert_eq!(support(Minor::new(0, 41)), None);
    }
}
