//! Which versions a range lets in, tried out at the numbers where a range can change its mind.

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
    releases(&numbers).any(|release| release > *version && constraint.check(&release))
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

fn releases(numbers: &[u64]) -> impl Iterator<Item = Version<'static>> {
    let release = |major, minor, patch| Version {
        major,
        minor,
        patch,
        prerelease: "",
    };
    let pairs = numbers
        .iter()
        .flat_map(|&major| numbers.iter().map(move |&minor| (major, minor)));
    pairs.flat_map(move |(major, minor)| {
        numbers
            .iter()
            .map(move |&patch| release(major, minor, patch))
    })
}
