//! Items and entries that go.

use super::*;

#[test]
fn removals() {
    let cases = [
        (
            "r:\n  - a\n  - b # t\n  - c\n",
            "r[1]",
            "r:\n  - a\n  - c\n",
        ),
        (
            "r:\n  - a\n  # of b\n  # more\n  - b\n    # deeper\n  # of c\n  - c\n",
            "r[1]",
            "r:\n  - a\n  # of c\n  - c\n",
        ),
        ("r:\n- a\n- b", "r[1]", "r:\n- a"),
        ("r:\r\n- a\r\n- b", "r[1]", "r:\r\n- a"),
        ("r:\n- a # t\nk: 1\n", "r[0]", "r: []\nk: 1\n"),
        ("r: # t\n- a\n# - old\n", "r[0]", "r: [] # t\n# - old\n"),
        ("r: &x\n- a\n", "r[0]", "r: &x []\n"),
        ("r:\n- - a\n  - b\n", "r[0][0]", "r:\n- - b\n"),
        ("r:\n- - a\n- b\n", "r[0][0]", "r:\n- []\n- b\n"),
        ("r:\n- a: 1\n  b: 2\n", "r[0].a", "r:\n- b: 2\n"),
        ("r:\n- a: 1\n  b: 2\n", "r[0].b", "r:\n- a: 1\n"),
        ("- a: 1\n", "[0].a", "- {}\n"),
        (
            "x:\n  y:\n    z: |\n      t\n\nk: 1\n",
            "x.y",
            "x: {}\n\nk: 1\n",
        ),
        ("# head\na: 1\nb: 2\n", "a", "# head\nb: 2\n"),
        ("a: 1\n\n# of b\nb: 2\n\nc: 3\n", "b", "a: 1\n\nc: 3\n"),
        ("a: 1\n\nb: 2\n", "b", "a: 1\n"),
        ("a: 1\n", "a", "{}\n"),
        ("\u{feff}a: 1\nb: 2\n", "a", "\u{feff}b: 2\n"),
        ("r: [a, b, c]\n", "r[0]", "r: [b, c]\n"),
        ("r: [a, b, c]\n", "r[1]", "r: [a, c]\n"),
        ("r: [a, b, c]\n", "r[2]", "r: [a, b]\n"),
        ("r: [a, b, c,]\n", "r[2]", "r: [a, b,]\n"),
        ("r: [ a ]\n", "r[0]", "r: []\n"),
        ("r: {a: 1, b: }\n", "r.b", "r: {a: 1 }\n"),
        (
            "r: [\n  a, # x\n  b, # y\n]\n",
            "r[1]",
            "r: [\n  a, # x\n]\n",
        ),
        ("r: [\n  a, # x\n  b # y\n]\n", "r[1]", "r: [\n  a # x\n]\n"),
        (
            "r: [\n  a,\n  # of b\n  b,\n  c\n]\n",
            "r[1]",
            "r: [\n  a,\n  c\n]\n",
        ),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}\n", "b", "{\n  \"a\": 1\n}\n"),
    ];
    for (before, at, after) in cases {
        let got = edited(before, |e| e.remove(0, &route(at)));
        assert_eq!(got.as_deref(), Ok(after), "{before:?} {at}");
    }
}

#[test]
fn what_cannot_go_alone_is_refused() {
    for (text, at) in [
        ("a: 1\n", ""),
        ("- a: 1\n  # of b\n  b: 2\n", "[0].a"),
        ("[a, # x\n b]\n", "[0]"),
        ("[a: 1, b]\n", "[0].a"),
        // The second blank line would become part of the block.
        ("a: |+\n  x\n\nb: 2\n\nc: 3\n", "b"),
        ("? a\n: 1\n? b\n: 2\n", "a"),
    ] {
        assert!(
            edited(text, |e| e.remove(0, &route(at))).is_err(),
            "{text:?}"
        );
    }
}
