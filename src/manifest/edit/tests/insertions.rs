//! New items and entries.

use super::*;

#[test]
fn items() {
    use Position::{After, Before, End, Sorted};
    let cases = [
        // Both kinds of indentation, comments, odd ends of file.
        (
            "r:\n  - a\n  - b\nk: 1\n",
            "c",
            End,
            "r:\n  - a\n  - b\n  - c\nk: 1\n",
        ),
        (
            "r:\n- a\n- c\nk: 1\n",
            "b",
            Sorted,
            "r:\n- a\n- b\n- c\nk: 1\n",
        ),
        ("r:\n- b", "c", End, "r:\n- b\n- c"),
        ("r:\n- b", "a", Sorted, "r:\n- a\n- b"),
        (
            "\u{feff}r:\r\n  - é # x\r\n",
            "ü",
            End,
            "\u{feff}r:\r\n  - é # x\r\n  - ü\r\n",
        ),
        (
            "r:\n  # one\n  - b\n  # two\n  - c\n",
            "a",
            Sorted,
            "r:\n  - a\n  # one\n  - b\n  # two\n  - c\n",
        ),
        (
            "r:\n  # one\n  - b\n  # two\n  - d\n",
            "c",
            Sorted,
            "r:\n  # one\n  - b\n  - c\n  # two\n  - d\n",
        ),
        (
            "r:\n  # one\n  - b\n  # two\n  - d\n",
            "c",
            Before("d"),
            "r:\n  # one\n  - b\n  - c\n  # two\n  - d\n",
        ),
        (
            "r:\n  - b\n    # of b\n  # - old\n",
            "c",
            End,
            "r:\n  - b\n    # of b\n  - c\n  # - old\n",
        ),
        (
            "r:\n  - z\n  - a\n  - k\n",
            "m",
            After("z"),
            "r:\n  - z\n  - m\n  - a\n  - k\n",
        ),
        (
            "r:\n  - z\n  - a\n",
            "m",
            After("nobody"),
            "r:\n  - z\n  - a\n  - m\n",
        ),
        ("r:\n  - a\n...\n", "b", End, "r:\n  - a\n  - b\n...\n"),
        (
            "r:\n  -   a\n  - |\n    x\n\nk: 1\n",
            "b",
            End,
            "r:\n  -   a\n  - |\n    x\n  - b\n\nk: 1\n",
        ),
        (
            "r:\n  - |+\n    x\n\n\nk: 1\n",
            "b",
            End,
            "r:\n  - |+\n    x\n\n\n  - b\nk: 1\n",
        ),
        ("r:\n- - a\n  - b\n", "c", End, "r:\n- - a\n  - b\n- c\n"),
        ("r:\n- [a]\n- [b]\n", "c", End, "r:\n- [a]\n- [b]\n- c\n"),
        (
            "r:\n-\n- &x\n- !!str\n",
            "c",
            End,
            "r:\n-\n- &x\n- !!str\n- c\n",
        ),
        // Several lines.
        (
            "r:\n  - name: a\n    x: 1\n",
            "name: b\nx: |\n  t\n\n  u",
            End,
            "r:\n  - name: a\n    x: 1\n  - name: b\n    x: |\n      t\n\n      u\n",
        ),
        (
            "r:\n  - name: a\n  - name: c\n",
            "name: b",
            Sorted,
            "r:\n  - name: a\n  - name: b\n  - name: c\n",
        ),
        (
            "r:\n  - a: 1\n    b: 2\n\n  # of c\n  - c: 1\nk: 1\n",
            "d: 1",
            End,
            "r:\n  - a: 1\n    b: 2\n\n  # of c\n  - c: 1\n\n  - d: 1\nk: 1\n",
        ),
        (
            "r:\n  - b:\n      1\n\n  - c\n",
            "a: 1",
            Before("1"),
            "r:\n  - a: 1\n\n  - b:\n      1\n\n  - c\n",
        ),
        // Empty ones.
        ("r: []\nk:\n- 1\n", "a", End, "r:\n- a\nk:\n- 1\n"),
        ("r: [] # none\n", "a", End, "r: # none\n  - a\n"),
        ("r: &x []\n", "a", End, "r: &x\n  - a\n"),
        ("r:\nk: 1\n", "a", End, "r:\n  - a\nk: 1\n"),
        ("r: ~ # c\n", "a", End, "r: # c\n  - a\n"),
        ("r:\n  # - old\n", "a", End, "r:\n  - a\n  # - old\n"),
        ("r:", "a: 1\nb: 2", End, "r:\n  - a: 1\n    b: 2"),
        ("r: [\n]\n", "a", End, "r:\n  - a\n"),
        ("r:\n    [] # c\n", "a", End, "r:\n    - a # c\n"),
        // Flow.
        ("r: [a, b]\n", "c", End, "r: [a, b, c]\n"),
        ("r: [a, b,]\n", "c", End, "r: [a, b, c,]\n"),
        ("r: [b]\n", "a", Sorted, "r: [a, b]\n"),
        (
            "r: [\n  a,\n  b\n]\n",
            "c",
            End,
            "r: [\n  a,\n  b,\n  c\n]\n",
        ),
        (
            "r: [\n  a, # x\n  b, # y\n]\n",
            "c",
            End,
            "r: [\n  a, # x\n  b, # y\n  c,\n]\n",
        ),
        ("r: [\n  b # y\n]\n", "c", End, "r: [\n  b, # y\n  c\n]\n"),
        (
            "r: [\n  b, # y\n  d,\n]\n",
            "c",
            Sorted,
            "r: [\n  b, # y\n  c,\n  d,\n]\n",
        ),
        ("r: [\n  b\n]\n", "a", Sorted, "r: [\n  a,\n  b\n]\n"),
    ];
    for (before, item, at, after) in cases {
        let got = edited(before, |e| e.insert_item(0, &route("r"), item, at));
        assert_eq!(got.as_deref(), Ok(after), "{before:?} {item:?} {at:?}");
    }
}

#[test]
fn lists_in_odd_places() {
    let cases = [
        ("- a\n", "", "- a\n- b\n"),
        ("--- []\n", "", "--- \n- b\n"),
        ("[]\n", "", "- b\n"),
        ("- - a\n- c\n", "[0]", "- - a\n  - b\n- c\n"),
        ("- []\n- c\n", "[0]", "- - b\n- c\n"),
        ("-\n- c\n", "[0]", "- - b\n- c\n"),
        ("x: {y: []}\n", "x.y", "x: {y: [b]}\n"),
        ("x: {y: }\n", "x.y", "x: {y: [b] }\n"),
        ("x: {y: {z: [a]}}\n", "x.y.z", "x: {y: {z: [a, b]}}\n"),
        (
            "- k:\n  - a\n  l: 1\n",
            "[0].k",
            "- k:\n  - a\n  - b\n  l: 1\n",
        ),
        (
            "# c\nx:\n    y:\n        - a\n",
            "x.y",
            "# c\nx:\n    y:\n        - a\n        - b\n",
        ),
    ];
    for (before, at, after) in cases {
        let got = edited(before, |e| e.insert_item(0, &route(at), "b", Position::End));
        assert_eq!(got.as_deref(), Ok(after), "{before:?} {at}");
    }
}

#[test]
fn missing_lists_get_their_key() {
    let add = |text: &str, at: &str, key_at| {
        edited(text, |e| {
            e.add_item(0, &route(at), "a", Position::End, key_at)
        })
    };
    let cases = [
        (
            "k: 1\nz: 2\n",
            "resources",
            Position::After("k"),
            "k: 1\nresources:\n  - a\nz: 2\n",
        ),
        (
            "k:\n- 1\n",
            "resources",
            Position::End,
            "k:\n- 1\nresources:\n- a\n",
        ),
        ("k: {b: 1}\n", "k.r", Position::End, "k: {b: 1, r: [a]}\n"),
        ("k: {}\n", "k.r", Position::End, "k:\n  r:\n    - a\n"),
        (
            "k: 1\nresources:\n  - x\n",
            "resources",
            Position::End,
            "k: 1\nresources:\n  - x\n  - a\n",
        ),
    ];
    for (before, at, key_at, after) in cases {
        assert_eq!(add(before, at, key_at).as_deref(), Ok(after), "{before:?}");
    }
}

#[test]
fn entries() {
    use Position::{After, Before, End, Sorted};
    let cases = [
        ("a: 1\nc: 3\n", "", "b: 2", Sorted, "a: 1\nb: 2\nc: 3\n"),
        (
            "# head\na: 1\n",
            "",
            "A: 2",
            Before("a"),
            "# head\nA: 2\na: 1\n",
        ),
        (
            "x:\n  # of a\n  a: 1\n",
            "x",
            "A: 2",
            Before("a"),
            "x:\n  A: 2\n  # of a\n  a: 1\n",
        ),
        (
            "x:\n  a: 1 # t\n\ny: 1\n",
            "x",
            "b: 2",
            End,
            "x:\n  a: 1 # t\n  b: 2\n\ny: 1\n",
        ),
        (
            "x:\n    a: 1\ny:\n",
            "y",
            "b: 2",
            End,
            "x:\n    a: 1\ny:\n    b: 2\n",
        ),
        ("x: {}\n", "x", "b: 2", End, "x:\n  b: 2\n"),
        ("x: {a: 1}\n", "x", "b: 2", End, "x: {a: 1, b: 2}\n"),
        ("x: {a: {}}\n", "x.a", "b: 2", End, "x: {a: {b: 2}}\n"),
        ("{}\n", "", "b: 2", End, "b: 2\n"),
        (
            "- a: 1\n  c: 1\n",
            "[0]",
            "b: 2",
            After("a"),
            "- a: 1\n  b: 2\n  c: 1\n",
        ),
        ("- a: 1\n", "[0]", "b: 2", Before("a"), "- b: 2\n  a: 1\n"),
        ("- {}\n", "[0]", "b: 2", End, "- b: 2\n"),
        (
            "a: 1 #\tt\r\n",
            "",
            "b:\n  c: |\n    x\n\n    y",
            End,
            "a: 1 #\tt\r\nb:\r\n  c: |\r\n    x\r\n\r\n    y\r\n",
        ),
        (
            "a: |\n  x\n\n\nb: 1\n",
            "",
            "c: 1",
            After("a"),
            "a: |\n  x\n\nc: 1\n\n\nb: 1\n",
        ),
        (
            "a: |\n\nb: 1\n",
            "",
            "c: 1",
            After("a"),
            "a: |\nc: 1\n\nb: 1\n",
        ),
        (
            "a: 1\n",
            "",
            "# why\nb: 2\nc: 3",
            End,
            "a: 1\n# why\nb: 2\nc: 3\n",
        ),
        (
            "a: \"x\n  y\"\nb: p\n  q\n",
            "",
            "c: 1",
            End,
            "a: \"x\n  y\"\nb: p\n  q\nc: 1\n",
        ),
        (
            "a: 1\n---\nb: 1\n",
            "",
            "c: 1",
            End,
            "a: 1\nc: 1\n---\nb: 1\n",
        ),
        ("\u{feff}b: 1\n", "", "a: 1", Sorted, "\u{feff}a: 1\nb: 1\n"),
        (
            "'a b': 1\n&x c: 2\n",
            "",
            "d: 1",
            End,
            "'a b': 1\n&x c: 2\nd: 1\n",
        ),
    ];
    for (before, at, entry, position, after) in cases {
        let got = edited(before, |e| e.insert_entry(0, &route(at), entry, position));
        assert_eq!(got.as_deref(), Ok(after), "{before:?} {entry:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let item = |text: &str, item: &str| {
        edited(text, |e| e.insert_item(0, &route("r"), item, Position::End)).unwrap_err()
    };
    assert_eq!(item("r: {}\n", "x"), "it is no list");
    assert_eq!(
        item("r: [a]\n", "x: 1\ny: 2"),
        "several lines do not fit between brackets"
    );
    assert_eq!(
        item("r: [a]\n", "x, y"),
        "the result would not say what was intended, see line 1"
    );
    assert_eq!(item("r: [ # c\n]\n", "x"), "a comment would be lost");
    assert_eq!(item("r:\n- a\n", ""), "the new text is empty");
    assert_eq!(
        item("r:\n- a\n", "x\n---\ny"),
        "the new text is not one document"
    );
    assert!(item("r:\n- a\n", "[x").starts_with("the new text is no YAML"));
    assert_eq!(
        item("r:\n- |\n  a", "x"),
        "the block scalar at line 3 ends with the file, and would gain a line break"
    );
    let entry = edited("a: 1\n", |e| {
        e.insert_entry(0, &route(""), "a: 2", Position::End)
    });
    assert_eq!(entry.unwrap_err(), "there is a key `a` already");
}
