//! JSON patches against kustomize 5.8.1's answers.

use serde::Deserialize;

use super::*;
use crate::manifest::{FileId, SourceFile, to_yaml};

#[derive(Deserialize)]
struct Case {
    name: String,
    target: String,
    patch: String,
    #[serde(default)]
    yaml: String,
    #[serde(default)]
    error: String,
}

fn parse(file: u32, text: &str) -> Node {
    let file = SourceFile::parse(FileId(file), "x.yaml", text);
    file.documents[0].root.clone().unwrap()
}

fn patched(target: &str, patch: &str) -> Result<Node, String> {
    let mut node = parse(0, target);
    Patch::read(&parse(1, patch))?.apply(&mut node)?;
    Ok(node)
}

#[test]
fn agrees_with_kustomize() {
    let cases = include_str!("../../../tests/fixtures/go/json6902.json");
    let cases: Vec<Case> = serde_json::from_str(cases).unwrap();
    assert!(cases.len() > 40);
    for case in cases {
        match patched(&case.target, &case.patch) {
            Err(error) => assert_eq!(error, case.error, "{}", case.name),
            Ok(node) => {
                assert_eq!(case.error, "", "{}", case.name);
                assert_eq!(to_yaml(&node).unwrap(), case.yaml, "{}", case.name);
            }
        }
    }
}

#[test]
fn what_survives_keeps_its_place() {
    let node = patched(
        "a: {b: c}\nn: 1\nq: 'x'\n",
        "[{op: add, path: /d, value: {e: f}}]\n",
    )
    .unwrap();
    let place = |path: &[&str]| node.at_path(path).unwrap().place.file;
    assert_eq!(place(&["a", "b"]), FileId(0));
    assert_eq!(place(&["q"]), FileId(0));
    assert_eq!(place(&["d", "e"]), FileId(1));
}

#[test]
fn numbers_are_floats_until_they_are_written() {
    let node = patched("big: 1000000\nhex: 0x10\nf: 2.50\n", "[]\n").unwrap();
    let text = |key| node.text_at(&[key]).unwrap().to_owned();
    assert_eq!(
        (text("big"), text("hex"), text("f")),
        ("1e+06".into(), "16".into(), "2.5".into())
    );
    assert!(to_yaml(&node).unwrap().contains("big: 1000000\n"));
}

#[test]
fn quotes_are_as_needed_afterwards() {
    let node = patched("a: 'x'\nb: '1'\nc: 'a: b'\nd: on\ne: \"é\"\n", "[]\n").unwrap();
    let style = |key| node.get(key).unwrap().scalar().unwrap().style;
    use crate::manifest::ScalarStyle::{DoubleQuoted, Plain, SingleQuoted};
    let styles = ["a", "b", "c", "d", "e"].map(style);
    assert_eq!(
        styles,
        [Plain, DoubleQuoted, SingleQuoted, DoubleQuoted, Plain]
    );
}

#[test]
fn a_failing_patch_changes_nothing() {
    let mut node = parse(0, "a: 1\n");
    let patch = parse(
        1,
        "[{op: add, path: /b, value: 1}, {op: remove, path: /c}]\n",
    );
    assert!(Patch::read(&patch).unwrap().apply(&mut node).is_err());
    assert!(node.get("b").is_none());
}

#[test]
fn nesting_without_end_is_an_error() {
    let step = "{op: copy, from: /a, path: /a/b}";
    let patch = format!("[{}]\n", vec![step; 300].join(", "));
    assert!(
        patched("a: {}\n", &patch)
            .unwrap_err()
            .contains("too deeply")
    );
}
