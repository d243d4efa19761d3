//! go-yaml's natural order of keys: letters after everything else, runs of digits by their value.

use super::json::Field;

/// Returns the fields in the order in which go-yaml v2 writes them (`keyList.Less` in its `sorter.go`).
pub(super) fn sorted(fields: Vec<Field<'_>>) -> Vec<Field<'_>> {
    if fields.is_sorted_by(|a, b| less(&a.key, &b.key)) {
        return fields;
    }
    // Not sort_by, which may panic: nothing proves this relation to be a total order.
    let mut sorted: Vec<Field<'_>> = Vec::with_capacity(fields.len());
    for field in fields {
        let at = sorted.partition_point(|other| less(&other.key, &field.key));
        sorted.insert(at, field);
    }
    sorted
}

/// Tells whether `a` goes before `b`. Letters beyond ASCII are those with Unicode's property Alphabetic, where Go asks for
/// the category L; digits are ASCII only.
fn less(a: &str, b: &str) -> bool {
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let start = a
        .floor_char_boundary(common)
        .min(b.floor_char_boundary(common));
    let (rest_a, rest_b) = (a.get(start..).unwrap_or(""), b.get(start..).unwrap_or(""));
    let (Some(x), Some(y)) = (rest_a.chars().next(), rest_b.chars().next()) else {
        return rest_a.len() < rest_b.len();
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x < y,
        (false, false) => {}
        (_, y_is_letter) => return y_is_letter,
    }
    // Inside a number, a zero must not be taken for a leading one.
    let inside = (x == '0' || y == '0') && a.get(..start).is_some_and(ends_in_number);
    let (value_a, digits_a) = leading_number(rest_a, inside);
    let (value_b, digits_b) = leading_number(rest_b, inside);
    (value_a, digits_a, x) < (value_b, digits_b, y)
}

/// Tells whether the digits at the end of `text` hold more than zeros.
fn ends_in_number(text: &str) -> bool {
    let digits = text.bytes().rev().take_while(u8::is_ascii_digit);
    digits.into_iter().any(|digit| digit != b'0')
}

/// The value and the count of the digits that `text` starts with. Overflow wraps, as in Go.
fn leading_number(text: &str, inside: bool) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold((i64::from(inside), 0), |(value, count), digit| {
        let value = value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
        (value, count + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::less;

    #[test]
    fn numbers_go_by_value_and_letters_go_last() {
        let order = [
            "", "-a", ".a", "_x", "1", "01", "2", "10", "A", "a", "a-b", "a.b", "a9", "a10",
            "a100", "ab", "é",
        ];
        for (at, a) in order.iter().enumerate() {
            for b in order.iter().skip(at + 1) {
                assert!(less(a, b), "{a} before {b}");
                assert!(!less(b, a), "{b} not before {a}");
            }
        }
        assert!(!less("a", "a"));
    }
}
