//! The folder of a cluster: as flux writes it, and found in a repository that was never bootstrapped.

use super::resolve::NoPlan;
use super::{Chosen, Wishes};
use crate::preflight::facts::RepositoryFacts;

/// Returns a path as `flux bootstrap` writes it: relative, with `./` before it, `..` never above the root (flux2 v2.9,
/// `internal/flags/safe_relative_path.go`).
pub fn flux_path(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.trim().split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("./{}", parts.join("/"))
}

/// Finds the folder: the flag, what `gotk-sync.yaml` says, the only folder that looks like one of a cluster.
pub(super) fn of(wishes: &Wishes, repository: &RepositoryFacts) -> Result<Chosen<String>, NoPlan> {
    if let Some(path) = &wishes.path {
        return Ok(Chosen::new(flux_path(path), "the flag --path"));
    }
    if let Some(sync) = &repository.sync {
        return Ok(Chosen::new(flux_path(&sync.path), sync.place.clone()));
    }
    match wishes.folders.as_slice() {
        [folder] => {
            let why = "the folder of the repository that looks like a cluster's";
            Ok(Chosen::new(flux_path(folder), why))
        }
        [] => {
            let hint = match &wishes.suggestion {
                Some(folder) => {
                    format!("name it, such as `--path {folder}`, where Flux Kustomizations stand")
                }
                None => "name it, such as `--path clusters/home`; flux makes it if it is not there"
                    .to_owned(),
            };
            Err(NoPlan::new("nothing says which folder the cluster is to apply").hint(hint))
        }
        several => Err(ambiguous(several.iter().map(String::as_str))),
    }
}

fn ambiguous<'f>(folders: impl Iterator<Item = &'f str>) -> NoPlan {
    let all: Vec<String> = folders
        .map(|folder| if folder.is_empty() { "." } else { folder })
        .map(|folder| format!("`{folder}`"))
        .collect();
    NoPlan::new(format!(
        "the repository holds several clusters: {}",
        all.join(", ")
    ))
    .hint("say which one: `--cluster NAME`, or its folder with `--path FOLDER`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_written_as_flux_writes_them() {
        for (path, wanted) in [
            ("clusters/home", "./clusters/home"),
            ("./clusters/home/", "./clusters/home"),
            ("/clusters//home", "./clusters/home"),
            ("clusters/../home", "./home"),
            ("../../home", "./home"),
            (" . ", "./"),
            ("", "./"),
            ("./", "./"),
        ] {
            assert_eq!(flux_path(path), wanted, "{path}");
        }
    }
}
