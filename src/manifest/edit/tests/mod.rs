//! Tests of edits: texts before and after, what is refused, and random documents with random operations.

mod blocks;
mod comments;
mod documents;
mod insertions;
mod random;
mod removals;
mod scalars;

use super::*;
use crate::manifest::{FileId, SourceFile};

fn parse(text: &str) -> SourceFile {
    SourceFile::parse(FileId(0), "a/x.yaml", text)
}

fn route(text: &str) -> Route {
    text.parse().unwrap()
}

/// Returns the text after one operation on `text`, or the reason of the refusal.
fn edited(
    text: &str,
    operation: impl FnOnce(&mut Editor<'_>) -> Result<(), EditError>,
) -> Result<String, String> {
    let file = parse(text);
    let mut editor = Editor::new(&file);
    let done = operation(&mut editor).and_then(|()| editor.finish());
    done.map(|file| file.text.to_string()).map_err(|e| e.reason)
}

#[test]
fn an_error_names_file_and_line() {
    let file = parse("a: 1\nb: 2\n");
    let mut editor = Editor::new(&file);
    let error = editor
        .insert_item(0, &route("b"), "x", Position::End)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "a/x.yaml:2: cannot be edited safely: it is no list"
    );
}

#[test]
fn edits_are_applied_together() {
    let file = parse("a:\n  - x\n  - y # c\nb: 1\n");
    let mut editor = Editor::new(&file);
    editor
        .insert_item(0, &route("a"), "z", Position::End)
        .unwrap();
    editor
        .insert_item(0, &route("a"), "zz", Position::End)
        .unwrap();
    editor.remove(0, &route("a[0]")).unwrap();
    editor
        .set_scalar(0, &route("a[1]"), NewScalar::Str("yy"))
        .unwrap();
    editor
        .insert_entry(0, &route(""), "c: 3", Position::End)
        .unwrap();
    editor.set_comment(0, &route("b"), "one", false).unwrap();
    assert_eq!(
        &*editor.finish().unwrap().text,
        "a:\n  - yy # c\n  - z\n  - zz\nb: 1 # one\nc: 3\n"
    );
}

#[test]
fn all_children_may_go_or_be_replaced() {
    let file = parse("r: # c\n  - a\n\n  - b\nk: 1\n");
    let mut editor = Editor::new(&file);
    editor.remove(0, &route("r[1]")).unwrap();
    editor.remove(0, &route("r[0]")).unwrap();
    assert_eq!(&*editor.finish().unwrap().text, "r: [] # c\n\nk: 1\n");
    let file = parse("r:\n  - a\n");
    let mut editor = Editor::new(&file);
    editor
        .insert_item(0, &route("r"), "b", Position::End)
        .unwrap();
    editor.remove(0, &route("r[0]")).unwrap();
    assert_eq!(&*editor.finish().unwrap().text, "r:\n  - b\n");
}

#[test]
fn overlapping_edits_are_refused() {
    let file = parse("a: [x]\nb: 1\n");
    let mut editor = Editor::new(&file);
    editor
        .set_scalar(0, &route("b"), NewScalar::Plain("2"))
        .unwrap();
    let again = editor.set_scalar(0, &route("b"), NewScalar::Plain("3"));
    assert_eq!(again.unwrap_err().reason, "two edits overlap");
    editor
        .insert_entry(0, &route(""), "c: 1", Position::End)
        .unwrap();
    let again = editor.insert_entry(0, &route(""), "c: 2", Position::End);
    assert_eq!(again.unwrap_err().reason, "there is a key `c` already");
    assert_eq!(&*editor.finish().unwrap().text, "a: [x]\nb: 2\nc: 1\n");
}

#[test]
fn anchors_protect_their_aliases() {
    let text = "a: &a\n  k: v\nb: *a\n";
    let add = |e: &mut Editor<'_>| e.insert_entry(0, &route("a"), "l: w", Position::End);
    let reason = edited(text, add).unwrap_err();
    assert_eq!(
        reason,
        "`a` has an anchor, and its aliases would change as well"
    );
    let file = parse(text);
    let mut editor = Editor::new(&file).allow_shared();
    add(&mut editor).unwrap();
    assert_eq!(
        &*editor.finish().unwrap().text,
        "a: &a\n  k: v\n  l: w\nb: *a\n"
    );
    // What shows the alias is written elsewhere, and an anchor in use stays.
    assert!(
        edited(text, |e| e.set_scalar(
            0,
            &route("b.k"),
            NewScalar::Str("x")
        ))
        .is_err()
    );
    assert!(edited(text, |e| e.remove(0, &route("a"))).is_err());
    let redefined = "a: &x 1\nb: &x 2\nc: *x\n";
    assert!(edited(redefined, |e| e.remove(0, &route("b"))).is_err());
    assert_eq!(
        edited(redefined, |e| e.remove(0, &route("a"))).unwrap(),
        "b: &x 2\nc: *x\n"
    );
}

#[test]
fn files_that_cannot_be_read_are_not_edited() {
    for text in ["a: [1\n", "a: 1\rb: 2\n", "", "# c\n"] {
        assert!(
            edited(text, |e| e.insert_entry(
                0,
                &route(""),
                "c: 1",
                Position::End
            ))
            .is_err(),
            "{text:?}"
        );
    }
}
