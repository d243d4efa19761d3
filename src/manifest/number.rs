//! Numbers as go-yaml reads them (`strconv` with base 0) and as Go prints them.

use std::borrow::Cow;
use std::fmt;

/// A number in the Go type that go-yaml picks for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Uint(u64),
    Float(f64),
}

/// Reads a plain scalar that starts with a digit or a sign. `signed_octal` allows what only go-yaml v3 allows: a sign
/// between `0o` and the digits (v2 and v3 both allow it after `0b`).
pub(crate) fn parse(text: &str, signed_octal: bool) -> Option<Number> {
    let text = without_underscores(text);
    integer(&text)
        .or_else(|| decimal_float(&text).map(Number::Float))
        .or_else(|| sign_after_prefix(&text, signed_octal).map(Number::Int))
}

/// Reads a plain scalar that starts with a dot: `strconv.ParseFloat`, which wants a digit on both sides of an underscore.
pub(crate) fn parse_after_dot(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digit_at = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let lone = |(i, &b): (usize, &u8)| b == b'_' && !(i > 0 && digit_at(i - 1) && digit_at(i + 1));
    if bytes.iter().enumerate().any(lone) {
        return None;
    }
    decimal_float(&without_underscores(text))
}

fn without_underscores(text: &str) -> Cow<'_, str> {
    if text.contains('_') {
        Cow::Owned(text.replace('_', ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// `strconv.ParseInt(text, 0, 64)`, then `strconv.ParseUint`, which takes no sign.
fn integer(text: &str) -> Option<Number> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']);
    let signed = digits.is_some();
    let magnitude = unsigned(digits.unwrap_or(text))?;
    match i64::try_from(magnitude) {
        Ok(n) if negative => Some(Number::Int(-n)),
        Ok(n) => Some(Number::Int(n)),
        Err(_) if negative && magnitude == i64::MIN.unsigned_abs() => Some(Number::Int(i64::MIN)),
        Err(_) if signed => None,
        Err(_) => Some(Number::Uint(magnitude)),
    }
}

/// Digits with the base that their prefix names: `0x`, `0b`, `0o` in either case, or a leading `0` for octal.
fn unsigned(digits: &str) -> Option<u64> {
    let (radix, digits) = match digits.strip_prefix('0') {
        None => (10, digits),
        Some("") => return Some(0),
        Some(rest) => match rest.split_at_checked(1) {
            Some(("x" | "X", hex)) => (16, hex),
            Some(("b" | "B", binary)) => (2, binary),
            Some(("o" | "O", octal)) => (8, octal),
            _ => (8, rest),
        },
    };
    // from_str_radix would take a sign here.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// go-yaml's own fallback, which lets a sign stand after the prefix: `0b-1`.
fn sign_after_prefix(text: &str, octal: bool) -> Option<i64> {
    let (radix, digits) = match text.strip_prefix("0b") {
        Some(digits) => (2, digits),
        None => (8, text.strip_prefix("0o").filter(|_| octal)?),
    };
    let signed = digits.starts_with(['+', '-']);
    i64::from_str_radix(digits, radix).ok().filter(|_| signed)
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, within the range of a double.
fn decimal_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if mantissa.len() < 2 && whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    if let Some(exponent) = exponent {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        if exponent.is_empty() || !digits(exponent) {
            return None;
        }
    }
    text.parse().ok().filter(|f: &f64| f.is_finite())
}

/// Returns the integer that a float becomes on its way through Go's JSON: whole numbers are written without fraction or
/// exponent below 1e21, and read back as integers if they fit 64 bits.
pub(crate) fn whole(f: f64) -> Option<Number> {
    if f.fract() != 0.0 || f.abs() >= 1e21 {
        return None;
    }
    let digits = f.to_string();
    let signed = digits.parse().map(Number::Int);
    signed.or_else(|_| digits.parse().map(Number::Uint)).ok()
}

/// Go's `strconv.FormatFloat(f, 'g', -1, 64)`, as go-yaml prints floats.
pub(crate) fn format_float(f: f64) -> String {
    general(f)
}

/// Go's `strconv.FormatFloat(f, 'g', -1, 32)`, as sigs.k8s.io/yaml prints a float that is a mapping key.
pub(crate) fn format_key_float(f: f64) -> String {
    general(f as f32)
}

/// The shortest digits that read back the same, with an exponent when it is below -4 or above 5. Infinities and NaN are
/// spelled as in YAML.
fn general<F: fmt::Display + fmt::LowerExp>(f: F) -> String {
    let scientific = format!("{f:e}");
    let (mantissa, exponent) = match scientific.as_str() {
        "inf" => return ".inf".into(),
        "-inf" => return "-.inf".into(),
        "NaN" => return ".nan".into(),
        other => other.split_once('e').unwrap_or((other, "0")),
    };
    match exponent.parse::<i32>() {
        Ok(e) if !(-4..6).contains(&e) => {
            let sign = if e < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:02}", e.unsigned_abs())
        }
        _ => f.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_go() {
        let table = [
            (1.5, "1.5"),
            (100_000.5, "100000.5"),
            (1_234_567.5, "1.2345675e+06"),
            (0.0001, "0.0001"),
            (0.000_012, "1.2e-05"),
            (1e21, "1e+21"),
            (5e-324, "5e-324"),
            (f64::INFINITY, ".inf"),
            (f64::NAN, ".nan"),
        ];
        for (f, text) in table {
            assert_eq!(format_float(f), text);
        }
        assert_eq!(format_key_float(0.1), "0.1");
        assert_eq!(format_key_float(1e39), ".inf");
    }

    #[test]
    fn what_is_no_number_stays_text() {
        for text in [
            "", "-", "+", "1.2.3", "0x", "0b2", "1e", "--1", "1e400", "0o-7",
        ] {
            assert_eq!(parse(text, false), None, "{text}");
        }
        assert_eq!(parse("0o-7", true), Some(Number::Int(-7)));
        assert_eq!(parse_after_dot("._5"), None);
        assert_eq!(parse_after_dot(".5_0"), Some(0.5));
    }
}
