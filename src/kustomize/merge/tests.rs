//! Strategic merge against kustomize 5.8.1's answers.

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
    #[serde(default)]
    deleted: bool,
}

fn parse(file: u32, text: &str) -> Node {
    let file = SourceFile::parse(FileId(file), "x.yaml", text);
    file.documents[0].root.clone().unwrap()
}

fn merged(target: &str, patch: &str) -> Node {
    let mut node = parse(0, target);
    strategic_merge(&mut node, &parse(1, patch)).unwrap();
    node
}

#[test]
fn agrees_with_kustomize() {
    let cases = include_str!("../../../tests/fixtures/go/merge.json");
    let cases: Vec<Case> = serde_json::from_str(cases).unwrap();
    assert!(cases.len() > 90);
    for case in cases {
        let mut node = parse(0, &case.target);
        let result = strategic_merge(&mut node, &parse(1, &case.patch));
        match result {
            Err(error) => assert_eq!(error.to_string(), case.error, "{}", case.name),
            Ok(outcome) => {
                assert_eq!(case.error, "", "{}", case.name);
                assert_eq!(outcome == Outcome::Deleted, case.deleted, "{}", case.name);
                if !case.deleted {
                    assert_eq!(to_yaml(&node).unwrap(), case.yaml, "{}", case.name);
                }
            }
        }
    }
}

#[test]
fn every_part_keeps_the_place_it_was_read_from() {
    let node = merged("a: 1\nb: {c: 2}\n", "b: {c: 3, d: 4}\n");
    let file = |path: &[&str]| node.at_path(path).unwrap().place.file;
    assert_eq!(file(&["a"]), FileId(0));
    assert_eq!(file(&["b"]), FileId(0));
    assert_eq!(file(&["b", "c"]), FileId(1));
    assert_eq!(file(&["b", "d"]), FileId(1));
    let key = &node.at_path(&["b"]).unwrap().entry("d").unwrap().key;
    assert_eq!(key.place.file, FileId(1));
}

#[test]
fn what_the_patch_does_not_touch_stays_shared() {
    let mut target = parse(0, "kind: X\na: {b: [1, 2], c: {d: e}}\n");
    let before = target.clone();
    strategic_merge(&mut target, &parse(1, "kind: Y\n")).unwrap();
    let same = |path: &[&str]| match (
        &before.at_path(path).unwrap().value,
        &target.at_path(path).unwrap().value,
    ) {
        (crate::manifest::Value::Mapping(a), crate::manifest::Value::Mapping(b)) => {
            std::sync::Arc::ptr_eq(a, b)
        }
        _ => false,
    };
    assert!(same(&["a"]) && same(&["a", "c"]));
}

#[test]
fn a_failing_patch_changes_nothing() {
    let mut target = parse(0, "a: 1\nb: {c: 2}\n");
    assert!(strategic_merge(&mut target, &parse(1, "a: 2\nb: []\n")).is_err());
    assert_eq!(target.text_at(&["a"]), Some("1"));
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = |leaf| {
        (0..600).fold(Node::plain(leaf), |inner, _| {
            let mut outer = Node::mapping();
            outer.set("a", inner);
            outer
        })
    };
    let (mut target, patch) = (deep("1"), deep("2"));
    assert_eq!(
        strategic_merge(&mut target, &patch),
        Err(MergeError::TooDeep)
    );
}
