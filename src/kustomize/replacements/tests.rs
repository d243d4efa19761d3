//! Replacements against kustomize 5.8.1's answers.

use serde::Deserialize;

use super::*;
use crate::manifest::{FileId, SourceFile, to_yaml};

#[derive(Deserialize)]
struct Case {
    name: String,
    objects: Vec<String>,
    replacement: String,
    #[serde(default)]
    yaml: Vec<String>,
    #[serde(default)]
    error: String,
}

/// An object that was once called `former`.
struct Object {
    node: Node,
    former: &'static str,
}

impl Subject for Object {
    fn node(&self) -> &Node {
        &self.node
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Node) -> T) -> T {
        change(&mut self.node)
    }

    fn any_identity(&self, wanted: &mut dyn FnMut(Identity<'_>) -> bool) -> bool {
        let text = |path: &[&str]| self.node.text_at(path).unwrap_or_default();
        let api_version = text(&["apiVersion"]);
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let id = Identity {
            group,
            version,
            kind: text(&["kind"]),
            name: text(&["metadata", "name"]),
            namespace: text(&["metadata", "namespace"]),
            effective_namespace: "",
        };
        let former = Identity {
            name: self.former,
            ..id
        };
        wanted(id) || (!self.former.is_empty() && wanted(former))
    }
}

fn object(index: usize, text: &str) -> Object {
    let file = FileId(u32::try_from(index).unwrap());
    let file = SourceFile::parse(file, "x.yaml", text);
    Object {
        node: file.documents[0].root.clone().unwrap(),
        former: "",
    }
}

fn run(objects: &mut [Object], replacement: &str) -> Result<Vec<usize>, String> {
    Replacement::read(&object(9, replacement).node)?.apply(objects)
}

#[test]
fn agrees_with_kustomize() {
    let cases = include_str!("../../../tests/fixtures/go/replacements.json");
    let cases: Vec<Case> = serde_json::from_str(cases).unwrap();
    assert!(cases.len() > 60);
    for case in cases {
        let texts = case.objects.iter().enumerate();
        let mut objects: Vec<Object> = texts.map(|(i, text)| object(i, text)).collect();
        let written = run(&mut objects, &case.replacement).and_then(|_| {
            let yaml = objects
                .iter()
                .map(|o| to_yaml(&o.node).map_err(|e| e.to_string()));
            yaml.collect::<Result<Vec<_>, _>>()
        });
        match written {
            Err(error) => {
                let error = error.split(": node contents").next().unwrap_or_default();
                assert_eq!(error, case.error, "{}", case.name);
            }
            Ok(yaml) => {
                assert_eq!(case.error, "", "{}", case.name);
                assert_eq!(yaml, case.yaml, "{}", case.name);
            }
        }
    }
}

#[test]
fn former_names_select_too() {
    let mut objects = [
        object(0, "kind: A\nmetadata: {name: dev-a}\n"),
        object(1, "kind: B\nmetadata: {name: dev-b}\nx: y\n"),
    ];
    objects[0].former = "a";
    objects[1].former = "b";
    let replacement = "source: {name: a}\ntargets: [{select: {name: b}, fieldPaths: [x]}]\n";
    assert_eq!(run(&mut objects, replacement), Ok(vec![1]));
    assert_eq!(objects[1].node.text_at(&["x"]), Some("dev-a"));
}

#[test]
fn a_pattern_that_cannot_match_what_it_makes_is_an_error() {
    let mut objects = [object(0, "kind: A\nmetadata: {name: a}\nl: []\n")];
    let replacement = "sourceValue: v\ntargets: [{select: {}, fieldPaths: ['l.[name=a+b].x'], options: {create: true}}]\n";
    assert!(run(&mut objects, replacement).is_err());
}

#[test]
fn comments_in_a_string_survive() {
    let text = "kind: A\nmetadata: {name: a}\ndata:\n  c: |\n    # head\n    host: x # tail\n\n    port: 1\n";
    let mut objects = [object(0, text)];
    let replacement = "sourceValue: new\ntargets: [{select: {}, fieldPaths: [data.c.host]}]\n";
    run(&mut objects, replacement).unwrap();
    let written = objects[0].node.text_at(&["data", "c"]);
    assert_eq!(written, Some("# head\nhost: new # tail\n\nport: 1"));
}
