//! What becomes of a plan, against real faults: nothing is half-written, and git is left as it was.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;
use rexpect::session::{PtySession, spawn_command};

use crate::support::repo::{Repo, files_below};
use crate::support::runner::{program, run};

const FILES: usize = 13;

/// Returns the files below a folder that are no business of git.
fn written(dir: &Path) -> Vec<String> {
    if !dir.exists() {
        return Vec::new();
    }
    let names = files_below(dir).into_iter().map(|file| {
        let path = file.strip_prefix(dir).expect("below");
        path.to_string_lossy().into_owned()
    });
    names.filter(|path| !path.starts_with(".git/")).collect()
}

/// Makes a command in which git knows nothing of this machine.
fn clean(name: &str, dir: &Path) -> Command {
    let mut command = Command::new(name);
    command
        .current_dir(dir)
        .env_remove("CI")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

fn git(dir: &Path, arguments: &[&str]) -> String {
    let output = clean("git", dir).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A repository with one commit, and somebody who commits.
fn repository() -> Repo {
    let repo = Repo::new();
    repo.write("LICENSE", b"free\n");
    repo.commit();
    git(repo.path(), &["config", "user.name", "me"]);
    git(repo.path(), &["config", "user.email", "me@example.com"]);
    repo
}

/// Gives a repository a remote on this machine, and pushes to it.
fn with_remote(repo: &Repo) -> Repo {
    let remote = Repo::new();
    git(remote.path(), &["init", "-q", "--bare", "-b", "main"]);
    let path = remote.path().to_str().unwrap();
    git(repo.path(), &["remote", "add", "origin", path]);
    git(repo.path(), &["push", "-q", "-u", "origin", "main"]);
    remote
}

fn hook(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs without what differs from run to run.
fn session(dir: &Path, arguments: &str) -> String {
    let session = run(dir, arguments);
    let lines = session.lines().filter(|line| !line.starts_with("create "));
    let lines = lines.map(|line| match line.split_once(" as ") {
        Some((before, id)) if before.contains("committed") && id.len() == 10 => {
            format!("{before} as [ID]")
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_git_ignores_is_refused_with_the_line() {
    let repo = repository();
    repo.write(".gitignore", b"# secrets\n*-sync.yaml\n");
    repo.write("clusters/.gitignore", b"/home/apps.yaml\n");
    assert_snapshot!(run(repo.path(), "init"), @"
    status: 2
    --- stderr
    error: git would ignore clusters/home/apps.yaml (clusters/.gitignore:1 says `/home/apps.yaml`), clusters/home/flux-system/gotk-sync.yaml (.gitignore:2 says `*-sync.yaml`)
    hint: Flux sees only what is committed: write `!apps.yaml` on a line below that one, or choose another name; or make the file by hand and `git add -f` it
    ");
    repo.write(".gitignore", b"clusters/\n");
    assert_snapshot!(run(repo.path(), "init --dry-run"), @"
    status: 2
    --- stderr
    error: git would ignore clusters/home/apps.yaml (.gitignore:1 says `clusters/`), clusters/home/flux-system/gotk-components.yaml (.gitignore:1 says `clusters/`), clusters/home/flux-system/gotk-sync.yaml (.gitignore:1 says `clusters/`), and 3 more
    hint: Flux sees only what is committed: take that line away, or choose another name; or make the file by hand and `git add -f` it
    ");
    assert_eq!(
        written(repo.path()),
        [".gitignore", "LICENSE", "clusters/.gitignore"]
    );
}

#[test]
fn a_folder_that_git_ignores_is_a_playground() {
    let repo = repository();
    repo.write(".gitignore", b"/play/\n");
    let session = run(repo.path(), "init play");
    assert!(session.starts_with("status: 0\n"), "{session}");
    assert!(session.contains("`git init -b main"), "{session}");
    assert_eq!(written(&repo.path().join("play")).len(), FILES);
}

#[test]
fn a_commit_holds_the_files_and_nothing_else() {
    let repo = repository();
    repo.write("staged", b"1\n");
    git(repo.path(), &["add", "staged"]);
    repo.write("staged", b"2\n");
    repo.write("LICENSE", b"changed\n");
    repo.write("untracked", b"1\n");
    let before = git(repo.path(), &["status", "--porcelain"]);
    assert_snapshot!(session(repo.path(), "init --commit"), @"
    status: 0
    --- stdout
    --- stderr
    note: the commit is called `start a repository for Flux`
    note: committed as [ID]
    note: next: once it is pushed, let Flux take over: `homelab bootstrap` looks at all that this needs, `homelab bootstrap --run` does it
    note: next: `git config core.hooksPath .githooks` runs the check before every commit
    note: next: set the CI variable HOMELAB_GIT to the address that homelab is installed from
    ");
    assert_eq!(git(repo.path(), &["status", "--porcelain"]), before);
    assert_eq!(git(repo.path(), &["show", ":staged"]), "1\n");
    let files = git(repo.path(), &["show", "--name-only", "--format=%s"]);
    assert_eq!(files.lines().count(), 2 + FILES, "{files}");
    assert!(
        files.starts_with("start a repository for Flux\n"),
        "{files}"
    );
}

#[test]
fn a_hook_that_fails_leaves_the_index_as_it_was() {
    let repo = repository();
    repo.write("staged", b"1\n");
    git(repo.path(), &["add", "staged"]);
    let text = "#!/bin/sh\necho 'to https://me:s3cret@example.com: no' >&2\nexit 1\n";
    hook(&repo.path().join(".git/hooks/pre-commit"), text);
    assert_snapshot!(session(repo.path(), "init --commit"), @"
    status: 3
    --- stdout
    --- stderr
    note: the commit is called `start a repository for Flux`
    note: git: to https://***@example.com: no
    note: next: once it is pushed, let Flux take over: `homelab bootstrap` looks at all that this needs, `homelab bootstrap --run` does it
    note: next: `git config core.hooksPath .githooks` runs the check before every commit
    note: next: set the CI variable HOMELAB_GIT to the address that homelab is installed from
    error: git refuses to commit; the files are written, but not committed
    hint: mend what it says, then `git commit` by hand
    ");
    let status = git(repo.path(), &["status", "--porcelain"]);
    assert!(
        status.contains("A  staged\n") && status.contains("?? apps/\n"),
        "{status}"
    );
    assert_eq!(git(repo.path(), &["log", "--oneline"]).lines().count(), 1);
}

#[test]
fn what_cannot_be_committed_is_refused_before_anything_is_written() {
    let repo = Repo::new();
    assert_snapshot!(session(repo.path(), "init --commit"), @"
    status: 2
    --- stderr
    error: [DIR] is no git repository
    hint: `git init` makes it one
    ");
    repo.write("LICENSE", b"free\n");
    repo.commit();
    git(repo.path(), &["config", "user.useConfigOnly", "true"]);
    assert_snapshot!(session(repo.path(), "init --commit"), @"
    status: 2
    --- stderr
    error: git does not know who commits
    hint: set `git config user.name` and `git config user.email`
    ");
    git(repo.path(), &["config", "user.name", "me"]);
    git(repo.path(), &["config", "user.email", "me@example.com"]);
    assert_snapshot!(session(repo.path(), "init --push"), @"
    status: 2
    --- stderr
    error: the branch main is not set up to be pushed anywhere
    hint: `git push -u origin main` once, then `--push` works
    ");
    assert_snapshot!(session(repo.path(), "init --push --offline"), @"
    status: 2
    --- stderr
    error: `--push` needs the network, and `--offline` forbids it
    ");
    git(repo.path(), &["checkout", "-q", "--detach"]);
    assert_snapshot!(session(repo.path(), "init --push"), @"
    status: 2
    --- stderr
    error: no branch is checked out, so there is nothing to push
    hint: `git switch BRANCH` first
    ");
    fs::write(
        repo.path().join(".git/MERGE_HEAD"),
        git(repo.path(), &["rev-parse", "HEAD"]),
    )
    .unwrap();
    assert_snapshot!(session(repo.path(), "init --commit"), @"
    status: 2
    --- stderr
    error: a merge, rebase or the like is under way
    hint: finish it, then commit
    ");
    assert_eq!(written(repo.path()), ["LICENSE"]);
}

#[test]
fn a_push_goes_where_the_branch_goes() {
    let repo = repository();
    let remote = with_remote(&repo);
    repo.write("earlier", b"1\n");
    git(repo.path(), &["add", "earlier"]);
    git(repo.path(), &["commit", "-q", "-m", "earlier"]);
    assert_snapshot!(session(repo.path(), "init --push"), @"
    status: 0
    --- stdout
    --- stderr
    note: 1 earlier commit will be pushed too
    note: the commit is called `start a repository for Flux`
    note: committed and pushed as [ID]
    note: next: once it is pushed, let Flux take over: `homelab bootstrap` looks at all that this needs, `homelab bootstrap --run` does it
    note: next: `git config core.hooksPath .githooks` runs the check before every commit
    note: next: set the CI variable HOMELAB_GIT to the address that homelab is installed from
    ");
    let [here, there] = [&repo, &remote].map(|r| git(r.path(), &["rev-parse", "main"]));
    assert_eq!(here, there);
}

#[test]
fn a_push_that_is_refused_says_why_and_what_to_do() {
    let repo = repository();
    let remote = with_remote(&repo);
    let text = "#!/bin/sh\necho 'main is protected, https://x:s3cret@example.com'\nexit 1\n";
    hook(&remote.path().join("hooks/pre-receive"), text);
    assert_snapshot!(session(repo.path(), "init --push"), @"
    status: 3
    --- stdout
    --- stderr
    note: the commit is called `start a repository for Flux`
    note: git: main is protected, https://***@example.com
    note: committed as [ID]
    note: next: once it is pushed, let Flux take over: `homelab bootstrap` looks at all that this needs, `homelab bootstrap --run` does it
    note: next: `git config core.hooksPath .githooks` runs the check before every commit
    note: next: set the CI variable HOMELAB_GIT to the address that homelab is installed from
    error: the remote refused the push: pre-receive hook declined; the commit is made, but not pushed
    hint: where the branch is protected: `git push origin HEAD:refs/heads/NAME`, and open a pull request
    ");
    // The files are committed all the same.
    assert!(git(repo.path(), &["status", "--porcelain"]).is_empty());

    let late = repository();
    let remote = with_remote(&late);
    let other = Repo::new();
    git(
        other.path(),
        &["clone", "-q", remote.path().to_str().unwrap(), "."],
    );
    let commit = [
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@y",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
    ];
    git(other.path(), &commit);
    git(other.path(), &["push", "-q"]);
    assert_snapshot!(session(late.path(), "init --push"), @"
    status: 3
    --- stdout
    --- stderr
    note: the commit is called `start a repository for Flux`
    note: committed as [ID]
    note: next: once it is pushed, let Flux take over: `homelab bootstrap` looks at all that this needs, `homelab bootstrap --run` does it
    note: next: `git config core.hooksPath .githooks` runs the check before every commit
    note: next: set the CI variable HOMELAB_GIT to the address that homelab is installed from
    error: the remote has commits that are not here; the commit is made, but not pushed
    hint: `git pull --rebase`, then `git push`
    ");
}

#[test]
fn files_in_the_way_stop_everything() {
    let repo = Repo::new();
    repo.write("apps", b"a file where a folder should be\n");
    assert_snapshot!(session(repo.path(), "init"), @"
    status: 3
    --- stdout
    --- stderr
    error: cannot write apps/kustomization.yaml: not a directory
    hint: nothing was written
    ");
    assert_eq!(written(repo.path()), ["apps"]);
    let repo = Repo::new();
    std::os::unix::fs::symlink("/tmp", repo.path().join("infrastructure")).unwrap();
    assert_snapshot!(session(repo.path(), "init"), @"
    status: 2
    --- stdout
    --- stderr
    error: infrastructure/kustomization.yaml is not within the repository
    ");
    assert!(fs::read_dir(repo.path()).unwrap().count() == 1);
}

/// The system refuses to write more than a few hundred bytes to any file, as a full disk would.
#[test]
fn a_full_disk_leaves_nothing() {
    let repo = Repo::new();
    let script = format!(
        "trap '' XFSZ; ulimit -f 1; exec {} init lab",
        program().display()
    );
    let output = clean("sh", repo.path())
        .args(["-c", &script])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(": file too large\nhint: nothing was written\n"),
        "{said}"
    );
    assert_eq!(fs::read_dir(repo.path()).unwrap().count(), 0);
}

/// Returns how many files and folders stand below a folder, half-written ones included.
fn entries_below(dir: &Path) -> usize {
    let Ok(entries) = fs::read_dir(dir) else {
        return 0;
    };
    let below = entries.flatten().map(|e| 1 + entries_below(&e.path()));
    below.sum()
}

/// Interrupted as soon as so many files and folders stand there, it has written all or nothing.
#[test]
fn ctrl_c_leaves_no_half_of_it() {
    for progress in 0..24 {
        let repo = Repo::new();
        let mut child = clean(program().to_str().unwrap(), repo.path())
            .args(["init", "lab"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while entries_below(repo.path()) < progress && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let pid = child.id().to_string();
        // It may have ended by now.
        let _ = Command::new("kill")
            .args(["-INT", &pid])
            .stderr(Stdio::null())
            .status();
        let status = child.wait().unwrap();
        let lab = repo.path().join("lab");
        let files = written(&lab);
        let fits = match status.code() {
            Some(0) => files.len() == FILES,
            Some(130) => files.len() == FILES || !lab.exists(),
            // Before it asked to be told: the shell makes 130 of that.
            None => status.signal() == Some(2) && !lab.exists(),
            _ => false,
        };
        assert!(fits, "after {progress} entries: {status:?} {files:?}");
    }
}

/// Runs on a terminal.
fn on_terminal(dir: &Path, arguments: &str) -> PtySession {
    let mut command = clean(program().to_str().unwrap(), dir);
    command
        .args(arguments.split_whitespace())
        .env("TERM", "dumb");
    spawn_command(command, Some(20_000)).unwrap()
}

/// Returns how the program ended, as in `Exited(Pid(7), 130)`.
fn ended(session: &PtySession) -> String {
    format!("{:?}", session.process().wait().unwrap())
}

#[test]
fn on_a_terminal_it_asks() {
    for (key, expected, files) in [
        ("y", 0, FILES),
        ("n", 1, 0),
        ("\u{3}", 130, 0),
        ("\r", 0, FILES),
    ] {
        let repo = Repo::new();
        let mut session = on_terminal(repo.path(), "init");
        session
            .exp_string("+++ b/infrastructure/kustomization.yaml")
            .unwrap();
        session.exp_string("Write these 13 files?").unwrap();
        session.send(key).unwrap();
        session.flush().unwrap();
        session.exp_eof().unwrap();
        let ended = ended(&session);
        assert!(
            ended.ends_with(&format!(", {expected})")),
            "{key:?}: {ended}"
        );
        assert_eq!(written(repo.path()).len(), files, "{key:?}");
    }
    let repo = Repo::new();
    let mut session = on_terminal(repo.path(), "init --yes");
    session.exp_eof().unwrap();
    assert!(ended(&session).ends_with(", 0)"));
}

/// Nothing of what a test of this file runs may depend on who runs it.
#[test]
fn an_answer_needs_no_terminal() {
    let repo = Repo::new();
    let output: Output = clean(program().to_str().unwrap(), repo.path())
        .args(["init", "-q"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(written(repo.path()).len(), FILES);
    assert!(output.stderr.is_empty(), "{output:?}");
}
