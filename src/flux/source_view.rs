//! A repository as a Flux source shows it: without what `.sourceignore` and Flux's defaults leave out, and without symbolic
//! links, which no artifact holds (fluxcd/pkg/tar 1.2).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::kustomize::Files;
use crate::manifest::{SourceFile, Tree};

/// What source-controller never puts into an artifact (fluxcd/pkg/sourceignore 0.19).
const VERSION_CONTROL: &[&str] = &[".git/", ".gitignore", ".gitmodules", ".gitattributes"];

/// What it leaves out besides, unless the source has patterns of its own: any of those replaces all of these.
const DEFAULTS: &[&str] = &[
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// The files of a source.
pub struct SourceView<'t> {
    tree: &'t Tree,
    /// Matchers in order of precedence, lowest first, each with the folder that it is relative to.
    matchers: Vec<(String, Gitignore)>,
    ignored: Mutex<HashMap<String, bool>>,
}

impl<'t> SourceView<'t> {
    /// Makes the view of a source with the `spec.ignore` given, if any.
    pub fn new(tree: &'t Tree, spec_ignore: Option<&str>) -> Self {
        let mut matchers = vec![(String::new(), matcher(VERSION_CONTROL.iter().copied()))];
        for file in tree.files().iter().filter(|f| f.name() == ".sourceignore") {
            let Some(text) = tree.text(&file.path) else {
                continue;
            };
            let dir = file.path.rsplit_once('/').map_or("", |(dir, _)| dir);
            matchers.push((dir.to_owned(), matcher(text.lines())));
        }
        if let Some(text) = spec_ignore {
            matchers.push((String::new(), matcher(text.lines())));
        }
        if matchers.iter().skip(1).all(|(_, own)| own.is_empty()) {
            matchers.push((String::new(), matcher(DEFAULTS.iter().copied())));
        }
        SourceView {
            tree,
            matchers,
            ignored: Mutex::new(HashMap::new()),
        }
    }

    /// Returns the files behind the view.
    pub fn tree(&self) -> &'t Tree {
        self.tree
    }

    /// Tells whether the artifact lacks the file at `path`.
    pub fn is_ignored(&self, path: &str) -> bool {
        let mut known = self.ignored.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ignored) = known.get(path) {
            return *ignored;
        }
        let ignored = self.tree.is_link(path) || self.decide(path);
        known.insert(path.to_owned(), ignored);
        ignored
    }

    fn decide(&self, path: &str) -> bool {
        self.matchers
            .iter()
            .rev()
            .filter_map(|(dir, matcher)| {
                let below = if dir.is_empty() {
                    path
                } else {
                    path.strip_prefix(dir.as_str())?.strip_prefix('/')?
                };
                let found = matcher.matched_path_or_any_parents(below, false);
                (!found.is_none()).then(|| found.is_ignore())
            })
            .next()
            .unwrap_or(false)
    }
}

fn matcher<'l>(lines: impl Iterator<Item = &'l str>) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for line in lines {
        // A line that is no pattern is passed over, as in Flux.
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

impl Files for SourceView<'_> {
    fn source(&self, path: &str) -> Option<Arc<SourceFile>> {
        if self.is_ignored(path) {
            None
        } else {
            self.tree.source(path)
        }
    }

    fn is_dir(&self, path: &str) -> bool {
        self.tree.is_dir(path)
    }

    fn bytes(&self, path: &str) -> Option<Arc<[u8]>> {
        if self.is_ignored(path) {
            None
        } else {
            self.tree.bytes(path)
        }
    }
}

/// A repository as `kustomize build` shows it: nothing is left out.
impl Files for Tree {
    fn source(&self, path: &str) -> Option<Arc<SourceFile>> {
        Tree::source(self, path)
    }

    fn is_dir(&self, path: &str) -> bool {
        Tree::is_dir(self, path)
    }

    fn bytes(&self, path: &str) -> Option<Arc<[u8]>> {
        Tree::bytes(self, path)
    }
}
