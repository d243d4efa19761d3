//! Tests of reading: spans, comments, anchors, merge keys, odd bytes and hostile input.

use super::*;

fn parse(text: &str) -> SourceFile {
    SourceFile::parse(FileId(0), "x.yaml", text)
}

fn value<'f>(file: &'f SourceFile, path: &str) -> &'f str {
    let root = file.documents[0].resolved().unwrap().unwrap();
    path.parse::<Route>()
        .unwrap()
        .find(root)
        .unwrap()
        .text()
        .unwrap()
}

/// Every scalar's span holds the scalar's own text, in block, flow, CRLF and BOM files.
#[test]
fn spans_are_exact() {
    let file = parse("\u{feff}a: é\r\nb:\r\n- 'x y' # c\r\n- {k: \"v\"}\r\n");
    let root = file.documents[0].root.as_ref().unwrap();
    for (route, raw) in [("a", "é"), ("b[0]", "'x y'"), ("b[1].k", "\"v\"")] {
        let node = route.parse::<Route>().unwrap().find(root).unwrap();
        assert_eq!(file.slice(node.place.span), raw);
        assert_eq!(
            Route::to(root, node.place.span.start as usize).to_string(),
            route
        );
    }
    let location = file.location(root.get("a").unwrap().place.span);
    assert_eq!(
        (location.line, location.column, location.end_column),
        (1, 4, 5)
    );
    assert_eq!(file.slice(file.comments[0].span), "# c");
    assert_eq!(file.comments[0].placement, Placement::Right);
}

/// A list whose first item is in brackets is no list in brackets.
#[test]
fn spans_of_collections_end_with_their_last_item() {
    let file = parse("r:\n- [a]\n- b\n\n# c\nk: {x: [ 1 ]  }\n");
    let root = file.documents[0].root.as_ref().unwrap();
    let span = |key| file.slice(root.get(key).unwrap().place.span);
    assert_eq!(span("r"), "[a]\n- b");
    assert_eq!(span("k"), "{x: [ 1 ]  }");
}

#[test]
fn redefined_anchors_resolve_to_the_nearest_before() {
    let file = parse("c: &y two\nd: &x three\ne: *x\nf: &y four\ng: *y\n");
    assert_eq!((value(&file, "e"), value(&file, "g")), ("three", "four"));
}

#[test]
fn anchors_end_with_their_document() {
    let file = parse("a: &x 1\n---\nb: *x\n---\nc: 3\n");
    assert_eq!(file.errors.len(), 1);
    assert_eq!(file.line(file.errors[0].span.start as usize), 3);
    assert!(file.documents[1].root.is_none());
    assert_eq!(
        file.documents[2].root.as_ref().unwrap().text_at(&["c"]),
        Some("3")
    );
}

#[test]
fn merge_keys_yield_to_own_keys_and_to_earlier_ones() {
    let file = parse("a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc:\n  <<: [*a, *b]\n  y: 9\n");
    let got: Vec<_> = ["c.x", "c.y", "c.z"]
        .iter()
        .map(|p| value(&file, p))
        .collect();
    assert_eq!(got, ["1", "9", "2"]);
    assert!(file.documents[0].duplicate_keys().is_empty());
}

#[test]
fn duplicate_keys_are_found_at_any_depth() {
    let file = parse("a:\n  b: 1\n  c: 2\n  b: 3\n");
    let found = file.documents[0].duplicate_keys();
    assert_eq!(found.len(), 1);
    assert_eq!(file.line(found[0].0.place.span.start as usize), 4);
    assert_eq!(file.line(found[0].1.place.span.start as usize), 2);
}

#[test]
fn empty_and_comment_only_documents_have_no_root() {
    for text in ["", "# only\n", "---\n---\n# c\n", "\u{feff}"] {
        assert!(
            parse(text).documents.iter().all(|d| d.root.is_none()),
            "{text:?}"
        );
    }
    assert_eq!(parse("---\na: 1\n---\n\n---\nb: 2\n").documents.len(), 3);
}

#[test]
fn a_broken_document_leaves_the_others() {
    let file = parse("a: 1\n---\nb: [1\nc: 2\n---\nd: 3\n");
    assert_eq!(file.errors.len(), 1);
    assert_eq!(file.documents.len(), 3);
    assert_eq!(
        file.documents[2].root.as_ref().unwrap().text_at(&["d"]),
        Some("3")
    );
}

#[test]
fn block_scalars_keep_go_s_reading() {
    assert_eq!(value(&parse("a: |\n  x"), "a"), "x");
    assert_eq!(value(&parse("a: |\n  x\n"), "a"), "x\n");
    assert_eq!(value(&parse("a: |-\n  x\n\nb: 1\n"), "a"), "x");
    let file = parse("a: |\n  x\n  y\nb: 1\n");
    let node = file.documents[0].root.as_ref().unwrap().get("a").unwrap();
    assert_eq!(file.slice(node.place.span), "x\n  y");
}

/// A stream that is large enough to be cut gives what its documents give one by one.
#[test]
fn large_streams_are_read_as_small_ones() {
    let one = |i: usize| {
        format!(
            "---\n# c{i}\na{i}: [x, 'y {i}'] # d{i}\nt: |\n  text\n  --- no\n{}",
            "k: v\n".repeat(300)
        )
    };
    let text: String = (0..200).map(one).collect();
    let file = parse(&text);
    assert_eq!(file.documents.len(), 200);
    for (i, document) in file.documents.iter().enumerate() {
        assert_eq!(document.index, i);
        let root = document.root.as_ref().unwrap();
        let item = root.get(&format!("a{i}")).unwrap();
        assert_eq!(
            file.slice(item.items().unwrap()[1].place.span),
            format!("'y {i}'")
        );
        assert_eq!(file.slice(item.place.span), format!("[x, 'y {i}']"));
        assert!(
            file.slice(document.span).starts_with("---"),
            "{:?}",
            document.span
        );
        assert_eq!(file.slice(file.comments[2 * i + 1].span), format!("# d{i}"));
    }
    let broken = text.replace("a7: [x", "a7: [x, [");
    let file = parse(&broken);
    assert_eq!(
        (
            file.errors.len(),
            file.errors[0].document,
            file.documents.len()
        ),
        (1, 7, 200)
    );
}

#[test]
fn hostile_input_is_refused_and_not_expanded() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for i in 1..12 {
        let inner = vec![format!("*a{}", i - 1); 10].join(",");
        bomb.push_str(&format!("a{i}: &a{i} [{inner}]\n"));
    }
    let file = parse(&bomb);
    assert!(file.documents[0].resolved().unwrap().is_err());
    assert!(!parse(&"[".repeat(100_000)).errors.is_empty());
    assert!(
        !parse(
            &(0..3000)
                .map(|i| format!("{}a:\n", " ".repeat(i)))
                .collect::<String>()
        )
        .errors
        .is_empty()
    );
    assert!(!parse("a: &a [*a]\n").errors.is_empty());
    assert!(!parse("a: \"x\\/y\"\n").errors.is_empty());
}

#[test]
fn tabs_and_custom_tags_are_read() {
    let file = parse("key:\t1\nother: !secret x\n");
    assert_eq!((value(&file, "key"), value(&file, "other")), ("1", "x"));
    assert!(!parse("a:\n\tb: 1\n").errors.is_empty());
}

proptest::proptest! {
    #[test]
    fn any_text_parses_without_panic(text in "[-:#&*!|>'\"{}\\[\\], a-c0-9\\n\\r\\t~<]{0,80}") {
        let file = parse(&text);
        for document in &file.documents {
            document.resolved();
            document.duplicate_keys();
        }
        for comment in &file.comments {
            proptest::prop_assert!(file.slice(comment.span).starts_with('#'));
        }
    }
}
