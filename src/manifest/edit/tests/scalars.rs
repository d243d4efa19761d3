//! New values.

use super::*;
use NewScalar::{Plain, Str};

#[test]
fn scalars() {
    let cases = [
        ("k: v # c\n", Str("w"), "k: w # c\n"),
        ("k: 'v'\n", Str("it's"), "k: 'it''s'\n"),
        ("k: \"v\"  # c\n", Str("a\"b\\"), "k: \"a\\\"b\\\\\"  # c\n"),
        ("k: v\n", Str("true"), "k: \"true\"\n"),
        ("k: v\nl: 'x'\n", Str("8080"), "k: '8080'\nl: 'x'\n"),
        ("k: v\n", Str("on"), "k: \"on\"\n"),
        ("k: v\n", Str("12:30"), "k: \"12:30\"\n"),
        ("k: v\n", Str("2020-01-01"), "k: \"2020-01-01\"\n"),
        ("k: v\n", Str(""), "k: \"\"\n"),
        ("k: v\n", Str("~"), "k: \"~\"\n"),
        ("k: v\n", Str("a: b"), "k: \"a: b\"\n"),
        ("k: v\n", Str("a #b"), "k: \"a #b\"\n"),
        ("k: v\n", Str("a:b#c"), "k: a:b#c\n"),
        ("k: v\n", Str("1\n2\t"), "k: \"1\\n2\\t\"\n"),
        ("k: v\n", Str("ü 🚀"), "k: ü 🚀\n"),
        ("k: 'v'\n", Str("a\u{1}"), "k: \"a\\x01\"\n"),
        ("k: v\n", Plain("3"), "k: 3\n"),
        ("k: 'v'\n", Plain("true"), "k: true\n"),
        ("k:\n", Str("v"), "k: v\n"),
        ("k: # c\n", Str("v"), "k: v # c\n"),
        ("k: &a !!str\n", Str("v"), "k: &a !!str v\n"),
        ("k: &a !!str 1 # c\n", Str("2"), "k: &a !!str \"2\" # c\n"),
        ("k: null\n", Str("v"), "k: v\n"),
        ("k: {k: v}\n", Plain("1"), "k: {k: 1}\n"),
        ("k: {k: v}\n", Str("a, b"), "k: {k: \"a, b\"}\n"),
        ("k: {k: }\n", Str("v"), "k: {k: v }\n"),
        ("k: a\n  b\nl: 1\n", Str("v"), "k: v\nl: 1\n"),
        ("k: |-\n  a\n  b\nl: 1\n", Str("v"), "k: v\nl: 1\n"),
        ("k: >\n  a\n  b\n\nl: 1\n", Str("v"), "k: v\n\nl: 1\n"),
        ("k: |\n  a\n  b\n", Str("a\nc\n"), "k: |\n  a\n  c\n"),
        ("k: |\n\nl: 1\n", Str("v"), "k: v\n\nl: 1\n"),
        // Comments that are aligned stay so.
        (
            "k: v       # c\nl: vvvvv   # d\n",
            Str("vvvvvv"),
            "k: vvvvvv  # c\nl: vvvvv   # d\n",
        ),
        ("k: v # c\nl: v # d\n", Str("vvv"), "k: vvv # c\nl: v # d\n"),
        (
            "k: v   # c\nl: v # d\n",
            Str("vvv"),
            "k: vvv   # c\nl: v # d\n",
        ),
    ];
    for (before, value, after) in cases {
        let at = if before.contains("{k") { "k.k" } else { "k" };
        let got = edited(before, |e| e.set_scalar(0, &route(at), value));
        assert_eq!(got.as_deref(), Ok(after), "{before:?} {value:?}");
    }
}

#[test]
fn list_items_and_keys_in_lists() {
    let set = |text: &str, at: &str| edited(text, |e| e.set_scalar(0, &route(at), Str("v")));
    assert_eq!(set("- a\n- b # c\n", "[1]").unwrap(), "- a\n- v # c\n");
    assert_eq!(set("-\n- b\n", "[0]").unwrap(), "- v\n- b\n");
    assert_eq!(set("- k: 'é'\r\n", "[0].k").unwrap(), "- k: 'v'\r\n");
    assert_eq!(set("x\n", "").unwrap(), "v\n");
}

#[test]
fn what_a_tag_or_place_forbids_is_refused() {
    for (text, value) in [
        ("k: !!int 1\n", Str("x")),
        ("k: v\n", Plain("a: b")),
        ("k: v\n", Plain("a #b")),
        ("k: [v]\n", Str("x")),
        ("k: v\n", Plain("")),
        ("k: | # c\n  a\n", Str("x")),
    ] {
        let got = edited(text, |e| e.set_scalar(0, &route("k"), value));
        assert!(got.is_err(), "{text:?} {value:?} {got:?}");
    }
}
