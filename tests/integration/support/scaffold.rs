//! Repositories of every layout, in which a new service is written and looked at.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::repo::{Repo, files_below, fixtures};
use super::runner::{answer, run_words};

/// Every file of a repository by its path, without those of git.
pub type State = BTreeMap<String, Vec<u8>>;

/// Makes a repository of a layout, with one commit and somebody who commits.
pub fn layout(name: &str) -> Repo {
    let repo = Repo::new();
    repo.lay(&fixtures().join("repo/scaffold").join(name));
    committed(&repo);
    repo
}

/// Commits what is there as somebody who commits from now on.
pub fn committed(repo: &Repo) {
    repo.commit();
    git(repo.path(), &["config", "user.name", "me"]);
    git(repo.path(), &["config", "user.email", "me@example.com"]);
}

/// Runs git, which knows nothing of this machine, and returns what it says.
pub fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Returns the files as they are.
pub fn state(dir: &Path) -> State {
    let files = files_below(dir).into_iter().map(|file| {
        let path = file.strip_prefix(dir).expect("below");
        let path = path.to_string_lossy().into_owned();
        let bytes = if file.is_file() {
            fs::read(&file).expect("a file")
        } else {
            Vec::new()
        };
        (path, bytes)
    });
    files
        .filter(|(path, _)| !path.starts_with(".git/"))
        .collect()
}

/// Runs `homelab` with words separated by blanks; single quotes keep blanks. The ids of commits are shown as `[ID]`.
pub fn session(dir: &Path, line: &str) -> String {
    let words = words(line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let session = run_words(dir, &words);
    let lines = session.lines().map(|line| match line.rsplit_once(" as ") {
        Some((before, id)) if before.contains("committed") && id.len() == 10 => {
            format!("{before} as [ID]")
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn words(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for (index, part) in line.split('\'').enumerate() {
        let quoted = index % 2 == 1;
        let pieces = part.split(if quoted { '\n' } else { ' ' });
        for (index, piece) in pieces.enumerate() {
            open &= index == 0;
            match words.last_mut().filter(|_| open) {
                Some(word) => word.push_str(piece),
                None if quoted || !piece.is_empty() => words.push(piece.to_owned()),
                None => continue,
            }
            open = true;
        }
    }
    words
}

/// A service that is written, and what became of it.
pub struct Written {
    /// What people see of the plan: status, stdout and stderr of the dry run.
    pub shown: String,
    /// What people see of the writing.
    pub said: String,
    /// The objects that the cluster gets more than before, a line each.
    pub objects: String,
    /// The files as they are now.
    pub state: State,
}

/// Shows the plan of a service, writes it, and checks that the files are those of the plan, that edits only add lines, that
/// everything else is as it was, that no rule finds anything and that all units can be built.
pub fn write(repo: &Repo, line: &str) -> Written {
    write_in(repo, line, "")
}

/// Like [`write`] where the repository holds several clusters: objects are those of one.
pub fn write_in(repo: &Repo, line: &str, cluster: &str) -> Written {
    let dir = repo.path();
    let before = state(dir);
    let objects = built(dir, cluster);
    let shown = session(
        dir,
        &format!("new-service {line} {cluster} --offline --dry-run"),
    );
    assert!(shown.starts_with("status: 0\n"), "{shown}");
    assert_eq!(state(dir), before, "a dry run writes nothing");
    let said = session(dir, &format!("new-service {line} {cluster} --offline"));
    assert!(said.starts_with("status: 0\n"), "{said}");
    let after = state(dir);
    for (path, bytes) in &after {
        let planned = |action: &str| shown.contains(&format!("\n{action} {path}\n"));
        match before.get(path) {
            None => assert!(planned("create"), "{path} is not in the plan:\n{shown}"),
            Some(old) if old == bytes => {
                assert!(!planned("edit  "), "{path} did not change:\n{shown}");
            }
            Some(_) => assert!(planned("edit  "), "{path} is not in the plan:\n{shown}"),
        }
    }
    assert!(before.keys().all(|path| after.contains_key(path)));
    let (status, findings) = answer(dir, "lint -q --fail-on hint");
    assert_eq!(status, Some(0), "{findings}");
    let known = |line: &&String| !objects.contains(line);
    let new = built(dir, cluster);
    Written {
        shown,
        said,
        objects: new.iter().filter(known).cloned().collect::<String>(),
        state: after,
    }
}

/// Returns what the units of a repository come to: `kind namespace/name`, a line each.
fn built(dir: &Path, cluster: &str) -> Vec<String> {
    let (status, json) = answer(dir, &format!("build -q -o json {cluster}"));
    assert_eq!(status, Some(0), "{json}");
    let document: Value = serde_json::from_str(&json).expect("JSON");
    let objects = document["objects"].as_array().expect("objects").iter();
    let lines = objects.map(|object| {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or("-").to_owned();
        let kind = object["kind"].as_str().unwrap_or_default();
        format!("{kind} {}/{}\n", text("namespace"), text("name"))
    });
    lines.collect()
}

/// Tells whether a text has every line of another, in order: whether lines were only added.
pub fn only_adds(old: &[u8], new: &[u8]) -> bool {
    let mut new = new.split(|b| *b == b'\n');
    old.split(|b| *b == b'\n')
        .all(|line| new.any(|other| other == line))
}
