//! The workflow that builds and pushes the image, for the repository of the application.

use std::path::{Component, Path};

use super::super::scaffolding::refused;
use super::super::{Global, gather};
use super::NewService;
use super::scene::Scene;
use crate::adapter::{git, repo_files};
use crate::error::Error;
use crate::scaffold::author::Author;
use crate::scaffold::plan::{Change, Draft, Elsewhere, PlanError};
use crate::scaffold::spec::{ServiceSpec, TagOrder};
use crate::scaffold::values::values;

/// Where GitHub looks for it.
const FILE: &str = ".github/workflows/publish.yaml";

impl NewService {
    /// Plans the workflow in the folder that was asked for.
    ///
    /// # Errors
    /// The folder is not there, holds such a workflow already, or git would ignore it.
    pub(super) fn publish(
        &self,
        scene: &Scene<'_>,
        author: &Author<'_>,
        global: &Global,
        draft: &mut Draft<'_>,
    ) -> Result<(), Error> {
        let Some(dir) = &self.beside.publish_workflow else {
            return Ok(());
        };
        let root = &scene.snapshot.root;
        let current = gather::current_dir()?;
        let found = gather::bases(global, root, &current).map(|b| repo_files::folder(&b.join(dir)));
        let [dir, other] = found;
        let dir = dir
            .or_else(|why| other.map_err(|_| why))
            .map_err(Error::could_not_look)?;
        let known = values(author.spec, author.conventions);
        let rendered = author.templates.render("publish-workflow.yaml", &known);
        let text = rendered.map_err(refused)?.text;
        let file = match repo_files::relative_to(root, &current, &dir) {
            Some(folder) => {
                let file = format!("{folder}/{FILE}");
                let file = file.trim_start_matches('/').to_owned();
                draft.create(&file, text).map_err(refused)?;
                file
            }
            None => add(root, &dir, text, draft)?,
        };
        tell(author.spec, &file, &dir, draft);
        Ok(())
    }
}

/// Plans the file outside of the repository, and returns how it is called.
fn add(root: &Path, dir: &Path, text: String, draft: &mut Draft<'_>) -> Result<String, Error> {
    let root = repo_files::folder(root).map_err(Error::could_not_look)?;
    let shown = seen_from(&root, dir);
    let file = format!("{shown}/{FILE}");
    match repo_files::read_optional(&dir.join(FILE)) {
        Ok(None) => {}
        Ok(Some(_)) => return Err(refused(PlanError::Exists(file))),
        Err(why) => return Err(Error::could_not_look(format!("{file}: {why}"))),
    }
    let swallowed = git::around(dir).map(|tree| tree.swallowed(dir, std::iter::once(FILE)));
    if let Some(by) = swallowed.iter().flatten().map(|s| &s.by).next() {
        let (ignore, line, pattern) = (&by.file, by.line, &by.pattern);
        let message = format!("git would ignore {file} ({ignore}:{line} says `{pattern}`)");
        let hint = "GitHub runs only what is committed: take that line away";
        return Err(Error::usage(message).hint(hint));
    }
    let change = Change {
        path: FILE.to_owned(),
        before: None,
        after: text,
        executable: false,
    };
    draft.elsewhere.push(Elsewhere {
        root: dir.to_path_buf(),
        shown,
        changes: vec![change],
    });
    Ok(file)
}

/// Returns one canonical path as seen from another: `../app`; where they share nothing, as it is.
fn seen_from(root: &Path, dir: &Path) -> String {
    let shared = root.components().zip(dir.components());
    let shared = shared.take_while(|(a, b)| a == b).count();
    let is_root = |c: &Component<'_>| matches!(c, Component::RootDir | Component::Prefix(_));
    if dir.components().take(shared).all(|c| is_root(&c)) {
        return dir.display().to_string();
    }
    let up = root.components().skip(shared).map(|_| "..".to_owned());
    let down = dir.components().skip(shared);
    let down = down.map(|c| c.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// Says what is to be done with it, and where it does not fit the service.
fn tell(spec: &ServiceSpec, file: &str, dir: &Path, draft: &mut Draft<'_>) {
    let is_top =
        git::around(dir).is_none_or(|tree| repo_files::folder(&tree.root) == Ok(dir.into()));
    if !is_top {
        draft.notes.push(format!(
            "{file} is not at the top of its git repository, and GitHub runs only what is there"
        ));
    }
    let image = &spec.image.repository;
    if !image.starts_with("ghcr.io/") {
        draft.notes.push(format!(
            "{file} pushes to ghcr.io, and the service runs {image}"
        ));
    }
    let policy = spec.policy.as_ref();
    if policy.is_some_and(|p| matches!(p.order, TagOrder::Semver(_))) {
        draft.notes.push(format!(
            "{file} tags images with the time, which the policy of versions never selects: `--policy timestamp`"
        ));
    }
    draft.next.push(format!(
        "Commit {file} and push it to GitHub: each push to main builds the image for arm64 and amd64 from the Dockerfile."
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_seen_from_the_repository() {
        let seen = |root: &str, dir: &str| seen_from(Path::new(root), Path::new(dir));
        assert_eq!(seen("/home/me/lab", "/home/me/app"), "../app");
        assert_eq!(seen("/home/me/lab", "/home"), "../..");
        assert_eq!(seen("/home/me/lab", "/srv/app"), "/srv/app");
    }
}
