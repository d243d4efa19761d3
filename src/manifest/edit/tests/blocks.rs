//! The text inside block scalars.

use super::*;

#[test]
fn lines_of_a_block_scalar() {
    let cases = [
        (
            "k: |\n  a\n  b\nl: 1\n",
            "a\nx\nb\n",
            "k: |\n  a\n  x\n  b\nl: 1\n",
        ),
        ("k: |\n  a\n  b\nl: 1\n", "b\n", "k: |\n  b\nl: 1\n"),
        (
            "k: |\n  a\n  b\nl: 1\n",
            "a\nb\n\n  c\n",
            "k: |\n  a\n  b\n\n    c\nl: 1\n",
        ),
        ("k: |-\n    a\n", "a\nb", "k: |-\n    a\n    b\n"),
        ("k: |-\n  a", "a\nb", "k: |-\n  a\n  b"),
        ("k: |-\n  a\n  b", "a", "k: |-\n  a"),
        ("k: |-\n  a\n  b", "a\nc", "k: |-\n  a\n  c"),
        (
            "k: |+ # c\n  a\n\nl: 1\n",
            "a\nb\n\n",
            "k: |+ # c\n  a\n  b\n\nl: 1\n",
        ),
        ("k: |2\n    a\n", "  a\n b\n", "k: |2\n    a\n   b\n"),
        (
            "k: &x !!str |\r\n  é\r\n  b\r\n",
            "é\nü\nb\n",
            "k: &x !!str |\r\n  é\r\n  ü\r\n  b\r\n",
        ),
        ("k: |\n\n  a\n\n  b\n", "\na\n\nc\n", "k: |\n\n  a\n\n  c\n"),
        (
            "k: |\n  {\n    \"a\": 1\n  }\n",
            "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
            "k: |\n  {\n    \"a\": 1,\n    \"b\": 2\n  }\n",
        ),
    ];
    for (before, text, after) in cases {
        let got = edited(before, |e| e.set_block(0, &route("k"), text));
        assert_eq!(got.as_deref(), Ok(after), "{before:?} {text:?}");
    }
    let item = edited("- |\n  a\n- b\n", |e| {
        e.set_block(0, &route("[0]"), "a\nc\n")
    });
    assert_eq!(item.unwrap(), "- |\n  a\n  c\n- b\n");
}

#[test]
fn texts_that_do_not_fit_the_block_are_refused() {
    for (before, text) in [
        ("k: |\n  a\n", "a"),
        ("k: |-\n  a\n", "a\n"),
        ("k: |\n  a\n", "  a\n"),
        ("k: >\n  a\n", "b\n"),
        ("k: |\n", "b\n"),
        ("k: |\n  a\n", "\u{1}\n"),
    ] {
        let got = edited(before, |e| e.set_block(0, &route("k"), text));
        assert!(got.is_err(), "{before:?} {text:?} {got:?}");
    }
}
