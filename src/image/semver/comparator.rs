//! One comparison of a constraint, such as `>=1.2` or `~1.x`.

use std::cmp::Ordering;

use super::version::{self, MAX_VERSION, Shape, Version, compare_prereleases};

/// Tells what the numbers of a constraint may consist of. The bar is in Masterminds' character class by mistake; it
/// passes here and fails as a number.
pub(super) fn segment(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*' | b'|')
}

/// A comparison with a version, part of which may be left open.
#[derive(Clone, Debug)]
pub(super) struct Comparator {
    operator: Operator,
    open: Open,
    major: u64,
    minor: u64,
    patch: u64,
    prerelease: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Tilde,
    Caret,
}

/// From where on the version is missing or a wildcard; numbers from there on are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    /// Masterminds sets neither of the flags for minor and patch here, which shows in `!=`, `>`, `<=` and `~`.
    Major,
}

impl Comparator {
    /// Makes a comparison; `None` for what Masterminds calls a `constraint parser error`.
    pub(super) fn new(operator: &str, shape: Shape<'_>) -> Option<Self> {
        let wild = |part: Option<&str>| matches!(part, None | Some("x" | "X" | "*"));
        let open = match shape {
            Shape { major, .. } if wild(Some(major)) => Open::Major,
            Shape { minor, .. } if wild(minor) => Open::Minor,
            Shape { patch, .. } if wild(patch) => Open::Patch,
            _ => Open::Nothing,
        };
        if Self::spelled_length(open, shape) > MAX_VERSION {
            return None;
        }
        let given = |part: Option<&str>, needed: bool| match part {
            Some(digits) if needed => version::number(digits).ok(),
            _ => Some(0),
        };
        Some(Self {
            operator: Operator::read(operator),
            open,
            major: given(Some(shape.major), open != Open::Major)?,
            minor: given(shape.minor, matches!(open, Open::Nothing | Open::Patch))?,
            patch: given(shape.patch, open == Open::Nothing)?,
            prerelease: version::prerelease(shape.prerelease).ok()?.to_owned(),
        })
    }

    /// Returns the length of the version that Masterminds puts together, zeros for what is left open.
    fn spelled_length(open: Open, shape: Shape<'_>) -> usize {
        let prerelease = if shape.prerelease.is_empty() {
            0
        } else {
            shape.prerelease.len() + 1
        };
        match open {
            Open::Nothing => shape.text.len(),
            Open::Patch => {
                shape.major.len()
                    + shape.minor.map_or(0, str::len)
                    + ".".len()
                    + ".0".len()
                    + prerelease
            }
            Open::Minor => shape.major.len() + ".0.0".len() + prerelease,
            Open::Major => "0.0.0".len() + prerelease,
        }
    }

    pub(super) fn is_prerelease(&self) -> bool {
        !self.prerelease.is_empty()
    }

    fn version(&self) -> Version<'_> {
        Version {
            major: self.major,
            minor: self.minor,
            patch: self.patch,
            prerelease: &self.prerelease,
        }
    }

    /// Tells whether the comparison holds, prereleases included.
    pub(super) fn holds(&self, version: &Version<'_>) -> bool {
        let order = version.cmp(&self.version());
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => order.is_eq(),
            Operator::Equal | Operator::Tilde => order.is_ge() && self.tilde(version),
            Operator::NotEqual => self.differs(version, order),
            Operator::Greater => self.exceeded_by(version, order),
            Operator::GreaterEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessEqual => self.reaches(version, order),
            Operator::Caret => order.is_ge() && self.caret(version),
        }
    }

    fn differs(&self, version: &Version<'_>, order: Ordering) -> bool {
        if self.open == Open::Nothing {
            return order.is_ne();
        }
        let minor_differs = version.minor != self.minor;
        version.major != self.major
            || match self.open {
                Open::Minor => false,
                Open::Patch if minor_differs => true,
                Open::Patch => compare_prereleases(version.prerelease, &self.prerelease).is_ne(),
                Open::Nothing | Open::Major => order.is_ne(),
            }
    }

    /// `>11` wants 12, `>11.1` wants 11.2.
    fn exceeded_by(&self, version: &Version<'_>, order: Ordering) -> bool {
        match self.open {
            Open::Nothing | Open::Major => order.is_gt(),
            Open::Minor => version.major > self.major,
            Open::Patch => (version.major, version.minor) > (self.major, self.minor),
        }
    }

    /// `<=2` takes all of 2.y.z, `<=2.1` all of 2.1.z.
    fn reaches(&self, version: &Version<'_>, order: Ordering) -> bool {
        match self.open {
            Open::Nothing => order.is_le(),
            Open::Minor => version.major <= self.major,
            Open::Patch | Open::Major => (version.major, version.minor) <= (self.major, self.minor),
        }
    }

    fn tilde(&self, version: &Version<'_>) -> bool {
        let zero = (self.major, self.minor, self.patch) == (0, 0, 0);
        let anything = zero && matches!(self.open, Open::Nothing | Open::Major);
        let same_minor = version.minor == self.minor || self.open == Open::Minor;
        anything || version.major == self.major && same_minor
    }

    fn caret(&self, version: &Version<'_>) -> bool {
        if self.major > 0 || self.open == Open::Minor {
            return version.major == self.major;
        }
        let within_patch =
            self.minor > 0 || self.open == Open::Patch || version.patch == self.patch;
        version.major == 0 && version.minor == self.minor && within_patch
    }
}

impl Operator {
    fn read(text: &str) -> Self {
        match text {
            "!=" => Self::NotEqual,
            ">" => Self::Greater,
            ">=" | "=>" => Self::GreaterEqual,
            "<" => Self::Less,
            "<=" | "=<" => Self::LessEqual,
            "~" | "~>" => Self::Tilde,
            "^" => Self::Caret,
            _ => Self::Equal,
        }
    }
}
