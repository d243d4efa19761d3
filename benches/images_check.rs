//! `images check` against the least that any checker has to do: walk, read and tokenise the same files.
//!
//! `HOMELAB_BENCH_REPOSITORIES=DIR cargo bench` takes every folder of DIR as a repository; without it the example
//! repository is measured. The ratio of the two figures is what counts.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads what it measures"
)]

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use granit_parser::Parser;
use homelab::adapter::{git, repo_files};
use homelab::flux::Model;
use homelab::lint::{self, Context, Selection, rules};
use rayon::prelude::*;

fn repositories() -> Vec<PathBuf> {
    let Ok(folder) = std::env::var("HOMELAB_BENCH_REPOSITORIES") else {
        return vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/pi-cluster")];
    };
    let entries = std::fs::read_dir(folder).expect("a folder of repositories");
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.is_dir())
        .collect();
    found.sort();
    found
}

/// Walks, reads and tokenises the YAML files of a repository; returns the number of events.
fn tokenise(root: &Path) -> usize {
    let snapshot = repo_files::read(Some(root), root).expect("a readable repository");
    let texts = snapshot
        .tree
        .files()
        .par_iter()
        .filter_map(|f| f.known_text());
    texts
        .map(|text| Parser::new_from_str(text).filter(Result::is_ok).count())
        .sum()
}

/// Does what `homelab images check` does; returns the number of findings.
fn check(root: &Path) -> usize {
    let snapshot = repo_files::read(Some(root), root).expect("a readable repository");
    let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
    let ignored = |path: &str| git::ignored_by(root, path);
    let context = Context::new(&model, &ignored);
    let selection = Selection {
        only: vec!["image".to_owned()],
        ..Selection::default()
    };
    lint::run(&context, rules::all(), &selection).findings.len()
}

fn images_check(criterion: &mut Criterion) {
    let repositories = repositories();
    let mut group = criterion.benchmark_group("repositories");
    group.sample_size(10);
    group.bench_function("walk, read, tokenise", |b| {
        b.iter(|| repositories.iter().map(|r| tokenise(r)).sum::<usize>());
    });
    group.bench_function("images check", |b| {
        b.iter(|| repositories.iter().map(|r| check(r)).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, images_check);
criterion_main!(benches);
