//! Versions as programs and clusters say them, read as leniently as people do.

/// A version by its numbers; what follows them is left out, but that something makes it a version before the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number; 0 where there is none.
    pub patch: u64,
    /// Whether it comes before the release, as in `2.9.0-rc.1`.
    pub is_prerelease: bool,
}

impl Version {
    /// Reads `v2.9.5`, `2.9`, `2.9.5-dev`, `v3.17.0+g301108e`, `v1.34.2+k3s1`, `1.33+`.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (text, _) = text.split_once('+').unwrap_or((text, ""));
        let (numbers, is_prerelease) = match text.split_once('-') {
            Some((numbers, _)) => (numbers, true),
            None => (text, false),
        };
        let mut numbers = numbers.split('.');
        let mut number = || numbers.next().map(|n| n.parse::<u64>().ok());
        let (major, minor) = (number()??, number()??);
        let patch = match number() {
            Some(patch) => patch?,
            None => 0,
        };
        numbers.next().is_none().then_some(Version {
            major,
            minor,
            patch,
            is_prerelease,
        })
    }

    /// Finds the first version in what a program says.
    pub fn find(text: &str) -> Option<&str> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
        let words = text.split(|c: char| !is_part(c));
        let mut words = words.map(|word| word.trim_matches(['.', '-']));
        words.find(|word| word.contains('.') && Version::read(word).is_some())
    }

    /// Returns major and minor, which is what compatibility goes by.
    pub fn minor(self) -> (u64, u64) {
        (self.major, self.minor)
    }

    fn key(self) -> (u64, u64, u64, bool) {
        (self.major, self.minor, self.patch, !self.is_prerelease)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Option<(u64, u64, u64)> {
        let version = Version::read(text)?;
        Some((version.major, version.minor, version.patch))
    }

    #[test]
    fn versions_are_read_as_programs_write_them() {
        assert_eq!(numbers("v2.9.5"), Some((2, 9, 5)));
        assert_eq!(numbers(" 2.9 "), Some((2, 9, 0)));
        assert_eq!(numbers("2.9.5-dev"), Some((2, 9, 5)));
        assert_eq!(numbers("v3.17.0+g301108e"), Some((3, 17, 0)));
        assert_eq!(numbers("v1.34.2+k3s1"), Some((1, 34, 2)));
        assert_eq!(numbers("1.33+"), Some((1, 33, 0)));
        for no in [
            "",
            "v",
            "2",
            "x.y",
            "2..1",
            "1.2.3.4",
            "latest",
            "99999999999999999999.1",
        ] {
            assert_eq!(Version::read(no), None, "{no}");
        }
    }

    #[test]
    fn a_version_before_the_release_is_older() {
        let read = |text| Version::read(text).unwrap();
        assert!(read("2.9.0-rc.1") < read("2.9.0"));
        assert!(read("2.9.10") > read("2.9.9"));
        assert!(read("2.10.0") > read("2.9.9"));
    }

    #[test]
    fn versions_are_found_in_sentences() {
        assert_eq!(Version::find("flux: v2.9.5\n"), Some("v2.9.5"));
        assert_eq!(
            Version::find("git version 2.39.5 (Apple Git-154)"),
            Some("2.39.5")
        );
        assert_eq!(Version::find("kubeseal version: 0.27.1"), Some("0.27.1"));
        assert_eq!(Version::find("sops 3.9.4 (latest)"), Some("3.9.4"));
        assert_eq!(Version::find("no version. at all"), None);
        assert_eq!(Version::find("\u{1b}[31m..."), None);
    }
}
