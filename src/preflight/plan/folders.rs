//! Folders that look like those of a cluster, in a repository that was never bootstrapped.

use std::collections::BTreeSet;

use crate::manifest::Tree;

/// What the folder is called that has one folder for each cluster.
const PARENT: &str = "clusters";
/// What the folder of the only cluster is called.
const ONLY: &str = "cluster";
/// How deep such a folder may be.
const DEPTH: usize = 3;

/// Returns the folders `clusters/NAME`, else those that are called `cluster`, whatever folder they are in.
pub fn cluster_folders(tree: &Tree) -> Vec<String> {
    let (mut several, mut single) = (BTreeSet::new(), BTreeSet::new());
    for file in tree.files() {
        let parts: Vec<&str> = file.path.split('/').collect();
        // The last part is the file.
        let Some((_, folders)) = parts.split_last() else {
            continue;
        };
        for (depth, folder) in folders.iter().enumerate().take(DEPTH) {
            if folder.starts_with('.') {
                break;
            }
            let up_to = |end: usize| folders.get(..end).map(|parts| parts.join("/"));
            if *folder == PARENT && depth + 1 < folders.len() {
                several.extend(up_to(depth + 2));
            } else if *folder == ONLY {
                single.extend(up_to(depth + 1));
            }
        }
    }
    let found = if several.is_empty() { single } else { several };
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Content;

    fn found(paths: &[&str]) -> String {
        let nothing = |path: &str| Err(format!("{path}: none"));
        let contents = paths
            .iter()
            .map(|path| ((*path).to_owned(), Content::Text("a: 1\n".into())));
        cluster_folders(&Tree::new(contents.collect(), Box::new(nothing))).join(" ")
    }

    #[test]
    fn folders_of_clusters_are_found() {
        assert_eq!(
            found(&["clusters/home/apps.yaml", "apps/a.yaml"]),
            "clusters/home"
        );
        assert_eq!(
            found(&[
                "clusters/a/x.yaml",
                "clusters/b/y/x.yaml",
                "clusters/README.yaml"
            ]),
            "clusters/a clusters/b"
        );
        assert_eq!(
            found(&["kubernetes/clusters/a/x.yaml"]),
            "kubernetes/clusters/a"
        );
        assert_eq!(found(&["cluster/apps/x.yaml"]), "cluster");
        assert_eq!(found(&["apps/a.yaml", ".x/clusters/a/b.yaml"]), "");
        assert_eq!(found(&[]), "");
    }
}
