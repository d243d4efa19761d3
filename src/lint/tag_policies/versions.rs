//! Which versions a range lets in, tried out at the numbers where a range can change its mind.

use super::shape::{Kind, Piece};
use crate::image::semver::{Constraint, Version};

/// Stands for a number greater than any that a range names.
const HUGE: u64 = 4_000_000_000;

/// Tells whether the range lets in some release that is greater than `version`.
pub(in crate::lint) fn admits_above(
    constraint: &Constraint,
    range: &str,
    version: &Version<'_>,
) -> bool {
    let own = [version.major, version.minor, version.patch];
    let mut numbers = turning_points(range);
    numbers.extend(own.iter().flat_map(|&n| [n, n.saturating_add(1)]));
    numbers.sort_unstable();
    numbers.dedup();
    releases([&numbers, &numbers, &numbers], "")
        .any(|release| release > *version && constraint.check(&release))
}

/// Returns the numbers around which a range lets versions in or not: those it names, their neighbours, 0 and a huge one.
fn turning_points(range: &str) -> Vec<u64> {
    let digits = range.split(|c: char| !c.is_ascii_digit());
    let named = digits.filter_map(|number| number.parse::<u64>().ok());
    let mut numbers: Vec<u64> = named
        .flat_map(|n| [n.saturating_sub(1), n, n.saturating_add(1)])
        .chain([0, HUGE])
        .collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Returns a release that the range lets in, not its very first where there is a choice.
pub(super) fn admitted(constraint: &Constraint, range: &str) -> Option<[u64; 3]> {
    let numbers = turning_points(range);
    let all = [&*numbers, &numbers, &numbers];
    let found = releases(all, "").find(|release| constraint.check(release))?;
    let next = Version {
        patch: found.patch.saturating_add(1),
        ..found
    };
    let release = if constraint.check(&next) { next } else { found };
    Some([release.major, release.minor, release.patch])
}

/// Tells whether it is certain that the range lets no key in that is made of these pieces; without pieces, no version.
///
/// Ranges are made of intervals whose ends are the numbers that they name or come right after, so that trying those
/// is enough. Where a range names prereleases nothing is certain.
pub(in crate::lint) fn lets_nothing_in(
    constraint: &Constraint,
    range: &str,
    key: Option<&[Piece]>,
) -> bool {
    if range.contains('-') {
        return false;
    }
    let points = turning_points(range);
    let any = Kind::Number(1, None);
    let Some((kinds, prerelease)) = key.map_or(Some(([&any, &any, &any], false)), version_pieces)
    else {
        return false;
    };
    let [major, minor, patch] = kinds.map(|kind| values(kind, &points));
    let prerelease = if prerelease { "a" } else { "" };
    let mut keys = releases([&major, &minor, &patch], prerelease);
    !keys.any(|version| constraint.check(&version))
}

/// Reads `1.2.3` and `1.2.3-x` in pieces: the three numbers, and whether a prerelease always follows.
fn version_pieces(pieces: &[Piece]) -> Option<([&Kind; 3], bool)> {
    let text = |piece: &Piece, wanted| matches!(&piece.kind, Kind::Text(text) if text == wanted);
    let pieces = match pieces {
        [v, rest @ ..] if text(v, "v") => rest,
        all => all,
    };
    let [major, dot, minor, point, patch, rest @ ..] = pieces else {
        return None;
    };
    let number = |piece: &Piece| matches!(piece.kind, Kind::Number(..) | Kind::Constant(_));
    let numbers = [major, minor, patch];
    let shaped = text(dot, ".") && text(point, ".") && numbers.into_iter().all(number);
    let prerelease = match rest.first().map(|piece| &piece.kind) {
        None => false,
        Some(Kind::Text(text)) if text.starts_with('-') => true,
        Some(_) => return None,
    };
    shaped.then(|| (numbers.map(|piece| &piece.kind), prerelease))
}

/// Returns the values to try for a number of a version.
fn values(kind: &Kind, points: &[u64]) -> Vec<u64> {
    match kind {
        Kind::Constant(digits) => digits.parse().into_iter().collect(),
        Kind::Number(_, max) => {
            let most = max
                .and_then(|max| 10_u64.checked_pow(max))
                .map_or(u64::MAX, |over| over - 1);
            let fitting = points.iter().copied().filter(|n| *n <= most);
            fitting.chain([most.min(HUGE)]).collect()
        }
        Kind::Text(_) | Kind::Hash(..) | Kind::Other => Vec::new(),
    }
}

fn releases<'a>(
    [major, minor, patch]: [&'a [u64]; 3],
    prerelease: &'a str,
) -> impl Iterator<Item = Version<'a>> {
    let pairs = major
        .iter()
        .flat_map(move |&major| minor.iter().map(move |&minor| (major, minor)));
    pairs.flat_map(move |(major, minor)| {
        patch.iter().map(move |&patch| Version {
            major,
            minor,
            patch,
            prerelease,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::TagFilter;
    use crate::lint::tag_policies::shape::of_key;

    fn nothing(pattern: &str, range: &str) -> bool {
        let constraint = Constraint::parse(range).unwrap();
        let pieces = (!pattern.is_empty()).then(|| of_key(&TagFilter::new(pattern, "").unwrap()));
        lets_nothing_in(&constraint, range, pieces.as_deref())
    }

    #[test]
    fn is_certain_of_empty_ranges_only() {
        for (pattern, range, expected) in [
            ("", ">=1.0.0", false),
            ("", ">2.0.0 <1.0.0", true),
            ("", ">1.2.3 <1.2.4", true),
            ("", ">1.2.3 <1.2.5", false),
            ("", ">1.2.3-0 <1.2.4", false),
            ("", "~1.2", false),
            (r"^v1\.2\.[0-9]+$", ">=2.0.0", true),
            (r"^v?1\.2\.[0-9]+$", ">=1.2.7 <1.3", false),
            (r"^[0-9]{4}\.[0-9]{2}\.[0-9]{2}$", ">=55.0.0", false),
            (r"^[0-9]{4}\.[0-9]{2}\.[0-9]{2}$", ">=10000.0.0", true),
            (r"^[0-9]+\.[0-9]+\.[0-9]+-alpine$", ">=1.0.0", true),
            (r"^[0-9]+\.[0-9]+\.[0-9]+-alpine$", ">=1.0.0-0", false),
            (r"^[0-9]+\.[0-9]+\.[0-9]+(-alpine)?$", ">=1.0.0", false),
            (r"^[0-9]+\.[0-9]+", ">5.0.0 <1.0.0", false),
        ] {
            assert_eq!(nothing(pattern, range), expected, "{pattern} {range}");
        }
    }
}
