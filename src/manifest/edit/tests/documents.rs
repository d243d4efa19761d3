//! New documents, and what `Style` reads off a file.

use super::*;
use DocumentPosition::{After, Before, End};

#[test]
fn documents() {
    let cases = [
        ("a: 1\n", End, "a: 1\n---\n# c\nn: 1\n"),
        ("a: 1", End, "a: 1\n---\n# c\nn: 1"),
        (
            "---\na: 1\n\n---\nb: 1\n",
            End,
            "---\na: 1\n\n---\nb: 1\n\n---\n# c\nn: 1\n",
        ),
        ("a: 1\n---\n", End, "a: 1\n---\n# c\nn: 1\n"),
        ("a: 1\n...\n", End, "a: 1\n...\n---\n# c\nn: 1\n"),
        ("", End, "# c\nn: 1\n"),
        ("# only\n", End, "# only\n# c\nn: 1\n"),
        ("a: 1\r\n", End, "a: 1\r\n---\r\n# c\r\nn: 1\r\n"),
        ("a: 1\n", Before(0), "# c\nn: 1\n---\na: 1\n"),
        (
            "\u{feff}a: 1\n",
            Before(0),
            "\u{feff}# c\nn: 1\n---\na: 1\n",
        ),
        ("---\na: 1\n", Before(0), "---\n# c\nn: 1\n---\na: 1\n"),
        (
            "a: 1\n---\nb: 1\n",
            Before(1),
            "a: 1\n---\n# c\nn: 1\n---\nb: 1\n",
        ),
        (
            "a: 1\n\n---\nb: 1\n",
            After(0),
            "a: 1\n\n---\n# c\nn: 1\n\n---\nb: 1\n",
        ),
        ("---\n# only\n", End, "---\n# only\n# c\nn: 1\n"),
        ("a: |+\n  x\n\n", End, "a: |+\n  x\n\n---\n# c\nn: 1\n"),
    ];
    for (before, at, after) in cases {
        let got = edited(before, |e| e.insert_document("# c\nn: 1\n", at));
        assert_eq!(got.as_deref(), Ok(after), "{before:?} {at:?}");
    }
    assert!(edited("a: 1\n", |e| e.insert_document("n: 1", After(1))).is_err());
    assert!(edited("a: |\n  x", |e| e.insert_document("n: 1", End)).is_err());
}

#[test]
fn styles() {
    let style = Style::of(&parse("a: 1\n"));
    assert_eq!(
        (style.indent, style.sequence, style.line_end),
        (2, None, "\n")
    );
    assert!(style.final_newline && !style.explicit_start);
    let style = Style::of(&parse(
        "\u{feff}---\r\na:\r\n    b:\r\n    - 'x' # c\r\n    - 'y'  # d\r\n    - [z]  # e\r\n\r\n---\r\nb: \"1\"",
    ));
    assert_eq!(
        (style.indent, style.sequence, style.line_end),
        (4, Some(0), "\r\n")
    );
    assert_eq!((style.quotes, style.comment_gap), (Quotes::Single, 2));
    assert!(style.explicit_start && style.blank_before_separator && style.byte_order_mark);
    assert!(!style.final_newline);
}
