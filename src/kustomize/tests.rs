//! Builds the folders of `tests/fixtures/kustomize` and compares with what kustomize 5.8.1 makes of them.
//!
//! Each folder has either `expected.yaml`, kustomize's output, or `expected.error`: our kind of problem in the first
//! line, kustomize's message below it.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::Value as Json;

use super::*;
use crate::manifest::{FileId, Schema, SourceFile};

/// Files of a folder on disk, or given in the test.
#[derive(Default)]
pub(super) struct Folder {
    root: Option<PathBuf>,
    given: BTreeMap<String, String>,
    parsed: Mutex<HashMap<String, Option<Arc<SourceFile>>>>,
}

impl Folder {
    /// Files given as (path, text).
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Folder {
            given: files.iter().map(own).collect(),
            ..Folder::default()
        }
    }

    fn at(root: &Path) -> Self {
        Folder {
            root: Some(root.to_owned()),
            ..Folder::default()
        }
    }

    #[expect(clippy::disallowed_methods, reason = "fixtures are files")]
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        match &self.root {
            Some(root) => std::fs::read(root.join(path)).ok(),
            None => self.given.get(path).map(|text| text.clone().into_bytes()),
        }
    }
}

impl Files for Folder {
    fn source(&self, path: &str) -> Option<Arc<SourceFile>> {
        let mut parsed = self.parsed.lock().unwrap();
        if let Some(known) = parsed.get(path) {
            return known.clone();
        }
        let id = FileId(u32::try_from(parsed.len()).unwrap());
        let text = self
            .read(path)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let source = text.map(|text| Arc::new(SourceFile::parse(id, path, text)));
        parsed.insert(path.to_owned(), source.clone());
        source
    }

    #[expect(clippy::disallowed_methods, reason = "fixtures are files")]
    fn is_dir(&self, path: &str) -> bool {
        match &self.root {
            Some(root) => root.join(path).is_dir(),
            None => self.given.keys().any(|known| files::contains(path, known)),
        }
    }

    fn bytes(&self, path: &str) -> Option<Arc<[u8]>> {
        self.read(path).map(Into::into)
    }
}

const PARTIAL: Options = Options {
    mode: Mode::Partial,
    max_depth: 64,
    max_objects: 1000,
};

fn json(build: &Build) -> Vec<Json> {
    let objects = build.objects.iter();
    objects
        .map(|o| o.node.to_json(Schema::Kustomize).unwrap())
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "fixtures are files")]
fn check(case: &Path) -> Result<(), String> {
    let folder = Folder::at(case);
    let strict = build(&folder, "", &Options::default());
    let partial = build(&folder, "", &PARTIAL).map_err(|p| p.to_string())?;
    if let Ok(error) = std::fs::read_to_string(case.join("expected.error")) {
        let wanted = error.lines().next().unwrap_or_default();
        let Err(problem) = strict else {
            return Err("builds, but kustomize fails".into());
        };
        let found = partial.problems.iter().any(|p| p.kind == problem.kind)
            || !partial.incomplete.is_empty();
        let kind = format!("{:?}", problem.kind);
        return match kind == wanted && found {
            true => Ok(()),
            false => Err(format!(
                "{kind} instead of {wanted}: {problem}; {:?}",
                partial.problems
            )),
        };
    }
    let expected =
        std::fs::read_to_string(case.join("expected.yaml")).map_err(|e| e.to_string())?;
    let expected = SourceFile::parse(FileId(0), "expected.yaml", expected);
    let roots = expected.documents.iter().filter_map(|d| d.root.as_ref());
    let expected: Vec<Json> = roots
        .map(|r| r.to_json(Schema::Kustomize).unwrap())
        .collect();
    let strict = strict.map_err(|p| format!("fails: {p}"))?;
    if json(&partial) != expected || !partial.problems.is_empty() {
        return Err(format!("differs in partial mode: {:?}", partial.problems));
    }
    for (ours, real) in json(&strict).iter().zip(&expected) {
        if ours != real {
            return Err(format!("\n  ours {ours}\n  real {real}"));
        }
    }
    match strict.objects.len() == expected.len() {
        true => Ok(()),
        false => Err(format!(
            "{} objects instead of {}",
            strict.objects.len(),
            expected.len()
        )),
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "fixtures are files")]
fn builds_like_kustomize() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kustomize");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() > 60);
    let failed: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let name = case.file_name()?.to_string_lossy().into_owned();
            check(case).err().map(|why| format!("{name}: {why}"))
        })
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn partial_mode_keeps_what_is_sound() {
    let folder = Folder::of(&[
        (
            "kustomization.yaml",
            "namespace: ns\nresources: [none.yaml, good.yaml, https://host/x.yaml, github.com/a/b]\n\
             extra: 1\nhelmCharts: [{name: chart}]\nconfigMapGenerator: [{name: c, files: [none.txt]}]\n",
        ),
        (
            "good.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n---\nkind: Broken\n",
        ),
    ]);
    let build = build(&folder, "", &PARTIAL).unwrap();
    let kinds: Vec<ProblemKind> = build.problems.iter().map(|p| p.kind).collect();
    assert_eq!(
        kinds,
        [
            ProblemKind::UnknownField,
            ProblemKind::MissingResource,
            ProblemKind::InvalidObject,
            ProblemKind::MissingFile,
        ]
    );
    let missing: Vec<MissingKind> = build.incomplete.iter().map(|m| m.kind).collect();
    assert_eq!(
        missing,
        [
            MissingKind::Remote,
            MissingKind::Remote,
            MissingKind::HelmChart
        ]
    );
    assert_eq!(build.objects.len(), 2);
    assert!(build.problems.iter().all(|p| p.place.is_known()));
}

#[test]
fn nodes_keep_their_places() {
    let folder = Folder::of(&[
        (
            "kustomization.yaml",
            "namespace: ns\nresources: [d.yaml]\nimages: [{name: nginx, newTag: v2}]\npatches:\n  - patch: |\n      \
             apiVersion: v1\n      kind: Pod\n      metadata:\n        name: p\n        labels: {a: from-patch}\n",
        ),
        (
            "d.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: nginx}]}\n",
        ),
    ]);
    let build = build(&folder, "", &Options::default()).unwrap();
    let object = &build.objects[0];
    let kustomization = folder.source("kustomization.yaml").unwrap();
    let text = |keys: &[&str]| {
        let place = object.node.at_path(keys).unwrap().place;
        assert_eq!(place.file, kustomization.id);
        kustomization.slice(place.span).to_owned()
    };
    assert_eq!(text(&["metadata", "labels", "a"]), "from-patch");
    assert_eq!(text(&["metadata", "namespace"]), "ns");
    let image = &object
        .node
        .at_path(&["spec", "containers"])
        .unwrap()
        .items()
        .unwrap()[0];
    assert_eq!(
        kustomization.slice(image.get("image").unwrap().place.span),
        "v2"
    );
    let touched: Vec<TouchKind> = object.touched.iter().map(|t| t.kind).collect();
    assert_eq!(
        touched,
        [TouchKind::Patch, TouchKind::Namespace, TouchKind::Images]
    );
}

#[test]
fn paths_out_of_the_repository_are_a_problem_of_their_own() {
    let folder = Folder::of(&[(
        "kustomization.yaml",
        "resources: [../x.yaml, /etc/x.yaml]\n",
    )]);
    let build = build(&folder, "", &PARTIAL).unwrap();
    assert!(
        build
            .problems
            .iter()
            .all(|p| p.kind == ProblemKind::OutsideRepository)
    );
    assert_eq!(build.problems.len(), 2);
}

#[test]
fn folders_may_not_nest_without_end() {
    let nested: Vec<(String, String)> = (0..80)
        .map(|depth| {
            (
                "d/".repeat(depth) + "kustomization.yaml",
                "resources: [d]\n".to_owned(),
            )
        })
        .collect();
    let files: Vec<(&str, &str)> = nested
        .iter()
        .map(|(p, t)| (p.as_str(), t.as_str()))
        .collect();
    let build = build(&Folder::of(&files), "", &PARTIAL).unwrap();
    assert_eq!(build.problems[0].kind, ProblemKind::TooLarge);
}

#[test]
fn kustomizations_may_come_from_memory() {
    let folder = Folder::of(&[(
        "a/c.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
    )]);
    let text = "resources: [c.yaml]\nnamePrefix: x-\n";
    let source = SourceFile::parse(FileId(9), "made", text);
    let node = source.documents[0].root.as_ref().unwrap();
    let options = Options::default();
    let build = build_with(&folder, "a", "a/kustomization.yaml", node, &options).unwrap();
    assert_eq!(
        build.objects[0].node.text_at(&["metadata", "name"]),
        Some("x-c")
    );
}
