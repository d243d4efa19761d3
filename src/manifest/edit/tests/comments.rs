//! Trailing comments.

use super::*;

#[test]
fn comments() {
    let marker = r##"{"$imagepolicy": "ns:name"}"##;
    let cases = [
        ("k: v\n", "k", "k: v # M\n"),
        ("k: v", "k", "k: v # M"),
        ("k: v  \r\nl: 1\r\n", "k", "k: v # M\r\nl: 1\r\n"),
        ("k: v\nl: 1  # c\n", "k", "k: v  # M\nl: 1  # c\n"),
        ("k:\nl: 1\n", "k", "k: # M\nl: 1\n"),
        ("k:\n  - a\n", "k", "k: # M\n  - a\n"),
        ("k: [a,\n  b]\n", "k", "k: [a,\n  b] # M\n"),
        ("k: [\n  a,\n  b]\n", "k[0]", "k: [\n  a, # M\n  b]\n"),
        ("k:\n  - 'é'\n  - b\n", "k[0]", "k:\n  - 'é' # M\n  - b\n"),
        ("k: a\n  b\n", "k", "k: a\n  b # M\n"),
    ];
    for (before, at, after) in cases {
        let got = edited(before, |e| e.set_comment(0, &route(at), marker, false));
        assert_eq!(got, Ok(after.replace('M', marker)), "{before:?}");
    }
}

#[test]
fn another_comment_goes_only_if_asked() {
    let set = |text: &str, new: &str, replace| {
        edited(text, |e| e.set_comment(0, &route("k"), new, replace))
    };
    assert_eq!(set("k: v   # c\n", "# d", true).unwrap(), "k: v   # d\n");
    assert_eq!(
        set("k: v # c\n", "# d", false).unwrap_err(),
        "there is another comment"
    );
    assert_eq!(set("k: v # c\n", "# c", false).unwrap(), "k: v # c\n");
    assert_eq!(
        set("k: v\n", "a\nb", false).unwrap_err(),
        "a comment is a single line"
    );
    assert_eq!(
        set("k: |\n  x\n", "c", false).unwrap_err(),
        "it would become part of a block scalar"
    );
    assert_eq!(
        edited("k: [a, b]\n", |e| e.set_comment(
            0,
            &route("k[0]"),
            "c",
            false
        ))
        .unwrap_err(),
        "more follows on the line"
    );
}
