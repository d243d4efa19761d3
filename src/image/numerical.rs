//! The numerical policy: keys are numbers as Go's `strconv.ParseFloat(s, 64)` reads them.

use std::cmp::Ordering;

use super::policy::{Order, Problem, Ranking};

/// Ranks keys given in the order in which Flux meets them.
///
/// Flux keeps the last of equals, and takes whatever follows a NaN and any NaN that comes: `cv < pv` is false both ways.
pub(super) fn rank(keys: &[&str], order: Order) -> Ranking {
    let mut ranking = Ranking::default();
    let mut numbers: Vec<(usize, f64)> = Vec::with_capacity(keys.len());
    for (position, key) in keys.iter().enumerate() {
        match parse(key) {
            Some(number) => numbers.push((position, number)),
            None => ranking.problems.push((position, Problem::Number)),
        }
    }
    let worse = |one: f64, other: f64| match order {
        Order::Ascending => one < other,
        Order::Descending => one > other,
    };
    let winner = numbers
        .iter()
        .copied()
        .reduce(|best, next| if worse(next.1, best.1) { best } else { next });
    let Some((winner, best)) = winner else {
        return ranking;
    };
    numbers.sort_by(|one, other| compare(one.1, other.1, order).then(other.0.cmp(&one.0)));
    ranking.tied = match numbers.iter().any(|(_, number)| number.is_nan()) {
        true => numbers.len(),
        false => numbers.iter().filter(|(_, number)| *number == best).count(),
    };
    let others = numbers
        .into_iter()
        .map(|(position, _)| position)
        .filter(|position| *position != winner);
    ranking.ranked = std::iter::once(winner).chain(others).collect();
    ranking
}

/// Orders the better number first, and NaN last.
fn compare(one: f64, other: f64, order: Order) -> Ordering {
    let ascending = one
        .partial_cmp(&other)
        .unwrap_or_else(|| other.is_nan().cmp(&one.is_nan()));
    match order {
        Order::Ascending => ascending.reverse(),
        Order::Descending if one.is_nan() || other.is_nan() => ascending.reverse(),
        Order::Descending => ascending,
    }
}

/// Reads a number as Go 1.26's `strconv.ParseFloat(text, 64)`; `None` where that gives an error, overflow included.
///
/// Beside decimals it takes hexadecimal floats (`0x1p4`, the exponent is required), single underscores between digits,
/// and `inf`, `infinity` and `nan` in any case (`nan` without a sign).
pub(super) fn parse(text: &str) -> Option<f64> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    let magnitude = if ["inf", "infinity"]
        .iter()
        .any(|name| unsigned.eq_ignore_ascii_case(name))
    {
        f64::INFINITY
    } else {
        let number = if unsigned.contains('_') {
            &without_underscores(unsigned)?
        } else {
            unsigned
        };
        match number
            .strip_prefix("0x")
            .or_else(|| number.strip_prefix("0X"))
        {
            Some(digits) => hexadecimal(digits)?,
            None => decimal(number)?,
        }
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Removes underscores; `None` if one does not stand between digits. A base prefix counts as a digit.
fn without_underscores(text: &str) -> Option<String> {
    let prefix = ["0x", "0X", "0b", "0B", "0o", "0O"]
        .iter()
        .any(|prefix| text.starts_with(prefix));
    let hex = prefix
        && text
            .as_bytes()
            .get(1)
            .is_some_and(|byte| byte.eq_ignore_ascii_case(&b'x'));
    let digit = |at: usize| match text.as_bytes().get(at) {
        Some(byte) => byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit() || prefix && at == 1,
        None => false,
    };
    let separates = |(at, _): (usize, &str)| at > 0 && digit(at - 1) && digit(at + 1);
    text.match_indices('_')
        .all(separates)
        .then(|| text.replace('_', ""))
}

/// Splits off the digits before and after an optional point; there must be at least one digit.
fn split_digits(text: &str, digit: fn(&u8) -> bool) -> Option<(&str, &str, &str)> {
    let run = |text: &str| {
        text.bytes()
            .position(|byte| !digit(&byte))
            .unwrap_or(text.len())
    };
    let (whole, rest) = text.split_at_checked(run(text))?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at_checked(run(rest))?,
        None => ("", rest),
    };
    (whole.len() + fraction.len() > 0).then_some((whole, fraction, rest))
}

/// Reads the sign and digits of an exponent, which is all that is left. What exceeds any float is cut off.
fn exponent(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(sign * digits.parse().unwrap_or(1_000_000).min(1_000_000))
}

fn decimal(text: &str) -> Option<f64> {
    let (_, _, rest) = split_digits(text, u8::is_ascii_digit)?;
    if !rest.is_empty() {
        exponent(rest.strip_prefix(['e', 'E'])?)?;
    }
    // Both languages round to the nearest; Go calls an overflow an error.
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

fn hexadecimal(text: &str) -> Option<f64> {
    let (whole, fraction, rest) = split_digits(text, u8::is_ascii_hexdigit)?;
    let mut power = exponent(rest.strip_prefix(['p', 'P'])?)?;
    let (mut mantissa, mut sticky) = (0_u64, false);
    for (index, digit) in whole
        .chars()
        .chain(fraction.chars())
        .filter_map(|c| c.to_digit(16))
        .enumerate()
    {
        let in_fraction = index >= whole.len();
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
            power -= if in_fraction { 4 } else { 0 };
        } else {
            // No room: only whether anything was lost matters.
            sticky |= digit != 0;
            power += if in_fraction { 0 } else { 4 };
        }
    }
    scale(mantissa, sticky, power)
}

/// Returns `mantissa * 2^power` rounded to the nearest, ties to even; `None` on overflow. `sticky` stands for a
/// non-zero rest below the mantissa.
fn scale(mantissa: u64, sticky: bool, power: i64) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let shift = i64::from(mantissa.leading_zeros());
    let wide = u128::from(mantissa) << (shift + 1) | u128::from(sticky);
    // The value lies in [2^top, 2^(top + 1)).
    let top = power - shift + 63;
    let subnormal = (-1022 - top).max(0);
    // 65 bits are there, 53 fit.
    let drop = 12 + subnormal;
    if drop > 66 {
        return Some(0.0);
    }
    let (kept, lost) = (wide >> drop, wide & ((1 << drop) - 1));
    let half = 1_u128 << (drop - 1);
    let rounded = kept + u128::from(lost > half || lost == half && kept & 1 == 1);
    let rounded = u64::try_from(rounded).ok()?;
    // A carry out of the fraction raises the exponent by itself, as the bits of a float are laid out.
    let biased = if subnormal > 0 {
        0
    } else {
        u64::try_from(top + 1022).ok()?
    };
    let bits = biased
        .checked_shl(52)
        .filter(|_| biased < 2047)?
        .checked_add(rounded)?;
    Some(f64::from_bits(bits)).filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_numbers_as_go() {
        let table: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/fixtures/go/parsefloat.json")).unwrap();
        for case in table.as_array().unwrap() {
            let text = case["text"].as_str().unwrap();
            let bits = parse(text).map(|number| format!("{:016x}", number.to_bits()));
            let nan = parse(text).is_some_and(f64::is_nan);
            assert_eq!(
                if nan { Some("nan") } else { bits.as_deref() },
                case["bits"].as_str(),
                "{text:?}"
            );
        }
    }

    #[test]
    fn keeps_the_last_of_equals_and_trips_over_nan() {
        let winner = |keys: &[&'static str], order| keys[rank(keys, order).ranked[0]];
        assert_eq!(winner(&["1", "1.0", "01"], Order::Ascending), "01");
        assert_eq!(winner(&["3", "1", "2"], Order::Ascending), "3");
        assert_eq!(winner(&["3", "1", "2"], Order::Descending), "1");
        assert_eq!(winner(&["9", "nan", "1", "0"], Order::Ascending), "1");
        assert_eq!(rank(&["9", "nan", "1"], Order::Ascending).tied, 3);
        assert_eq!(rank(&["x", "1", "y"], Order::Ascending).problems.len(), 2);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[-+]?(0x)?[0-9a-f._]{0,24}([ep][-+]?[0-9]{1,6})?|\\PC{0,12}") {
            prop_assert!(!parse(&text).is_some_and(f64::is_infinite) || text.to_lowercase().contains("inf"));
        }
    }
}
