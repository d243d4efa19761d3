//! Real files, real faults.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn create(path: &str, after: &str) -> Change {
    Change {
        path: path.to_owned(),
        before: None,
        after: after.to_owned(),
        executable: false,
    }
}

fn edit(path: &str, before: &str, after: &str) -> Change {
    Change {
        before: Some(before.into()),
        ..create(path, after)
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Returns the paths below a folder with what is in them.
fn content(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_dir() && !path.is_symlink() {
            let below = content(&path);
            found.push(format!("{name}/"));
            found.extend(below.into_iter().map(|below| format!("{name}/{below}")));
        } else {
            let text = fs::read_to_string(&path).unwrap_or_default();
            found.push(format!("{name}={text}"));
        }
    }
    found.sort();
    found
}

#[test]
fn new_files_get_folders_and_modes() {
    let dir = folder();
    let root = dir.path().join("a/b");
    let hook = Change {
        executable: true,
        ..create(".githooks/pre-commit", "#!/bin/sh\n")
    };
    write(&root, &[hook, create("x/y/z.yaml", "z\n")]).expect("written");
    let mode = |path: &str| {
        let meta = fs::metadata(root.join(path)).expect("a file");
        meta.permissions().mode() & 0o777
    };
    let plain = root.join("plain");
    fs::write(&plain, "").expect("a file");
    assert_eq!(mode("x/y/z.yaml"), mode("plain"), "as the umask says");
    assert_ne!(mode(".githooks/pre-commit") & 0o100, 0);
    assert_eq!(fs::read_to_string(root.join("x/y/z.yaml")).unwrap(), "z\n");
}

#[test]
fn an_edited_file_keeps_its_mode_and_links_stay_links() {
    let dir = folder();
    let root = dir.path();
    fs::write(root.join("real.sh"), "1").expect("a file");
    fs::set_permissions(root.join("real.sh"), Permissions::from_mode(0o750)).expect("a mode");
    symlink("real.sh", root.join("link.sh")).expect("a link");
    write(root, &[edit("link.sh", "1", "2")]).expect("written");
    assert!(root.join("link.sh").is_symlink());
    assert_eq!(content(root), ["link.sh=2", "real.sh=2"]);
    let meta = fs::metadata(root.join("real.sh")).expect("a file");
    assert_eq!(meta.permissions().mode() & 0o777, 0o750);
}

#[test]
fn nothing_is_written_outside_of_the_root() {
    let dir = folder();
    let root = dir.path().join("repo");
    fs::create_dir_all(root.join(".git")).expect("folders");
    fs::write(dir.path().join("out.yaml"), "1").expect("a file");
    symlink("..", root.join("up")).expect("a link");
    symlink("../out.yaml", root.join("out.yaml")).expect("a link");
    for path in [
        "../x",
        "/x",
        "a/../../x",
        "",
        "./x",
        "a//x",
        "up/x",
        "up/new/x",
        ".git/x",
        "a/.GIT/x",
    ] {
        let result = write(&root, &[create("new/first", "1"), create(path, "x")]);
        assert_eq!(result, Err(WriteError::Outside(path.to_owned())), "{path}");
    }
    let result = write(&root, &[edit("out.yaml", "1", "2")]);
    assert_eq!(result, Err(WriteError::Outside("out.yaml".to_owned())));
    assert_eq!(
        fs::read_to_string(dir.path().join("out.yaml")).unwrap(),
        "1"
    );
    assert!(!root.join("new").exists(), "new folders are gone");
}

#[test]
fn what_is_there_or_has_changed_stops_everything() {
    let dir = folder();
    let root = dir.path();
    fs::write(root.join("a"), "now").expect("a file");
    symlink("nowhere", root.join("dangling")).expect("a link");
    let before = content(root);
    let new = || create("d/e", "1");
    for (change, error) in [
        (create("a", "2"), WriteError::Exists("a".to_owned())),
        (
            create("dangling", "2"),
            WriteError::Exists("dangling".to_owned()),
        ),
        (edit("a", "then", "2"), WriteError::Changed("a".to_owned())),
        (
            edit("gone", "1", "2"),
            WriteError::Refused {
                path: "gone".to_owned(),
                reason: "no such file or folder".to_owned(),
            },
        ),
        (
            create("a/b", "2"),
            WriteError::Refused {
                path: "a/b".to_owned(),
                reason: "not a directory".to_owned(),
            },
        ),
    ] {
        assert_eq!(write(root, &[new(), change]), Err(error));
        assert_eq!(content(root), before);
    }
}

/// The second of three renames cannot work: a folder took the place of the file after it was checked.
#[test]
fn what_was_renamed_is_taken_back() {
    let dir = folder();
    let root = dir.path().canonicalize().expect("a path");
    for (path, text) in [("a", "1"), ("b", "1"), ("c", "1")] {
        fs::write(root.join(path), text).expect("a file");
    }
    let changes = [
        create("0", "new"),
        edit("a", "1", "2"),
        edit("b", "1", "2"),
        edit("c", "1", "2"),
    ];
    let stage = |change| {
        let place = place::find(&root, change, &change.path).expect("a place");
        Staged::new(change, change.path.clone(), place).expect("staged")
    };
    let staged: Vec<Staged<'_>> = changes.iter().map(stage).collect();
    assert_eq!(fs::read_dir(&root).expect("a folder").count(), 3 + 1 + 6);
    fs::remove_file(root.join("b")).expect("removed");
    fs::create_dir(root.join("b")).expect("a folder");
    let error = rename(staged, &interrupt::hold()).expect_err("refused");
    assert_eq!(error.to_string(), "cannot write b: is a directory");
    assert_eq!(content(&root), ["a=1", "b/", "c=1"]);
}

#[test]
fn several_folders_are_written_together_or_not_at_all() {
    let dir = folder();
    let [here, there] = ["here", "there"].map(|name| dir.path().join(name));
    fs::create_dir(&there).expect("a folder");
    let [mine, theirs] = [[create("a.yaml", "a\n")], [create("b/c.yaml", "c\n")]];
    let parts = [(&here, "", &mine), (&there, "../there", &theirs)];
    let parts = parts.map(|(root, shown, changes)| Below {
        root,
        shown,
        changes,
    });
    fs::write(there.join("b"), "in the way").expect("a file");
    let error = write_all(&parts).expect_err("no folder");
    assert_eq!(
        error.to_string(),
        "cannot write ../there/b/c.yaml: not a directory"
    );
    assert_eq!(content(dir.path()), ["there/", "there/b=in the way"]);
    fs::remove_file(there.join("b")).expect("a file");
    write_all(&parts).expect("written");
    let all = [
        "here/",
        "here/a.yaml=a\n",
        "there/",
        "there/b/",
        "there/b/c.yaml=c\n",
    ];
    assert_eq!(content(dir.path()), all);
    let error = write_all(&parts[1..]).expect_err("there already");
    assert_eq!(error, WriteError::Exists("../there/b/c.yaml".to_owned()));
}
