//! What should never happen, and does: one clear line each, and no trace of the program's insides.

use std::os::unix::fs::{PermissionsExt, symlink};

use insta::assert_snapshot;

use crate::support::repo::{Repo, fixtures};
use crate::support::runner::{answer, command, home, program, run};

fn base() -> Repo {
    let repo = Repo::new();
    repo.lay(&fixtures().join("lint/base"));
    repo
}

#[test]
fn folders_that_are_none() {
    let repo = base();
    repo.commit();
    assert_snapshot!(run(repo.path(), "-C gone lint"), @"
    status: 3
    --- stderr
    error: [DIR]/gone: no such file or folder
    ");
    assert_snapshot!(run(repo.path(), "-C apps/gone.yaml lint"), @"
    status: 3
    --- stderr
    error: [DIR]/apps/gone.yaml: no such file or folder
    ");
    repo.write("file", b"");
    assert_snapshot!(run(repo.path(), "-C file lint"), @"
    status: 3
    --- stderr
    error: [DIR]/file: is no folder
    ");
}

#[test]
fn settings_that_are_none() {
    let repo = base();
    repo.commit();
    let with = |text: &[u8]| {
        repo.write(".homelab.yaml", text);
        run(repo.path(), "lint")
    };
    assert_snapshot!(with(b"rules:\n  image/marker-malformed: loud\n"), @"
    status: 2
    --- stderr
    error: .homelab.yaml:2: `loud` is no severity
    hint: allowed are error, warning, hint or off
    ");
    assert_snapshot!(with(b"# mine\nrule:\n"), @"
    status: 2
    --- stderr
    error: .homelab.yaml:2: no setting is called `rule`
    hint: did you mean `rules`? The settings are: rules, policyTests, nodes
    ");
    assert_snapshot!(with(b"rules:\n  image/gone: off\n"), @"
    status: 2
    --- stderr
    error: .homelab.yaml:2: no rule is called `image/gone`
    hint: `homelab explain` lists the rules
    ");
    assert_snapshot!(with(b"rules: [\n"), @"
    status: 2
    --- stderr
    error: .homelab.yaml:1: unclosed bracket '['
    ");
    assert_snapshot!(with(b"\xff\xfe"), @"
    status: 2
    --- stderr
    note: .homelab.yaml: not UTF-8 from byte 0; not looked at
    error: .homelab.yaml: not UTF-8 from byte 0
    ");
    std::fs::remove_file(repo.path().join(".homelab.yaml")).unwrap();
    std::fs::create_dir(repo.path().join(".homelab.yaml")).unwrap();
    assert_snapshot!(run(repo.path(), "lint"), @"
    status: 2
    --- stderr
    error: .homelab.yaml: is a directory
    ");
}

/// What `.gitignore` hides is still the settings file of whoever stands there.
#[test]
fn settings_may_be_ignored_by_git() {
    let repo = base();
    repo.write(".gitignore", b".homelab.yaml\n");
    repo.write(".homelab.yaml", b"rules: off\n");
    repo.commit();
    assert_eq!(answer(repo.path(), "lint").0, Some(2));
}

#[test]
fn files_that_cannot_be_read() {
    let repo = base();
    repo.write("apps/binary.yaml", b"\xff\xfe\x00");
    repo.commit();
    symlink("loop.yaml", repo.path().join("apps/loop.yaml")).unwrap();
    symlink("..", repo.path().join("apps/up")).unwrap();
    let secret = repo.path().join("apps/secret.yaml");
    std::fs::write(&secret, "a: 1\n").unwrap();
    std::fs::set_permissions(&secret, PermissionsExt::from_mode(0o000)).unwrap();
    let is_root = std::fs::read(&secret).is_ok();
    if is_root {
        std::fs::remove_file(&secret).unwrap();
    }
    let session = run(repo.path(), "lint --rule image");
    assert!(session.starts_with("status: 0\n"), "{session}");
    assert!(
        session.contains("note: apps/binary.yaml: not UTF-8 from byte 0; not looked at\n"),
        "{session}"
    );
    let denied = session.contains("note: apps/secret.yaml: permission denied; not looked at\n");
    assert!(denied != is_root, "{session}");
}

#[test]
fn files_of_a_hundred_megabytes() {
    let repo = base();
    repo.commit();
    let large = std::fs::File::create(repo.path().join("apps/large.yaml")).unwrap();
    large.set_len(100 << 20).unwrap();
    let session = run(repo.path(), "lint --rule image");
    assert_snapshot!(session, @"
    status: 0
    --- stdout
    no findings in 7 files, 9 objects
    --- stderr
    note: apps/large.yaml: 100 MB, more than the 32 MB that are read; not looked at
    ");
    repo.write("kustomization.yaml", b"resources:\n  - apps/large.yaml\n");
    assert_snapshot!(run(repo.path(), "build --kustomize ."), @"
    status: 3
    --- stderr
    note: apps/large.yaml: 100 MB, more than the 32 MB that are read
    error: kustomization.yaml:2: accumulating resources from 'apps/large.yaml': no such file or directory
    hint: `--partial` leaves out what cannot be rendered
    ");
}

#[test]
fn listed_files_that_cannot_be_read() {
    let repo = base();
    let list = "resources:\n  - app/namespace.yaml\n  - latin.yaml\n  - large.yaml\n";
    repo.write("apps/kustomization.yaml", list.as_bytes());
    repo.write("apps/latin.yaml", b"a: \xe9\n");
    repo.commit();
    let large = std::fs::File::create(repo.path().join("apps/large.yaml")).unwrap();
    large.set_len(100 << 20).unwrap();
    let rule = "-q lint --rule kustomize/missing-resource";
    assert_snapshot!(run(repo.path(), rule), @"
    status: 1
    --- stdout
    error[kustomize/missing-resource]: `latin.yaml` is not UTF-8 from byte 3: the build fails
     --> apps/kustomization.yaml:3:5
      |
    3 |   - latin.yaml
      |     ^^^^^^^^^^
      |
      = help: save the file as UTF-8

    warning[kustomize/missing-resource]: `large.yaml` cannot be read here (100 MB, more than the 32 MB that are read): what it holds is not known
     --> apps/kustomization.yaml:4:5
      |
    4 |   - large.yaml
      |     ^^^^^^^^^^
      |
      = help: what other rules find may come from this

    1 error, 1 warning in 8 files, 5 objects
    ");
}

#[test]
fn links_are_not_in_what_flux_fetches() {
    let repo = base();
    let list = "resources:\n  - app/namespace.yaml\n  - linked.yaml\n";
    repo.write("apps/kustomization.yaml", list.as_bytes());
    symlink("app/deployment.yaml", repo.path().join("apps/linked.yaml")).unwrap();
    repo.commit();
    let rule = "-q lint --rule kustomize/missing-resource";
    assert_snapshot!(run(repo.path(), rule), @"
    status: 1
    --- stdout
    error[kustomize/missing-resource]: `linked.yaml` is a symbolic link, which Flux leaves out of what it fetches: the build fails
     --> apps/kustomization.yaml:3:5
      |
    3 |   - linked.yaml
      |     ^^^^^^^^^^^
      |
      = help: list the file that it points at, or put a copy here

    1 error in 9 files, 5 objects
    ");
    std::fs::remove_file(repo.path().join("apps/kustomization.yaml")).unwrap();
    assert_snapshot!(run(repo.path(), "-q lint --rule kustomize/missing-resource"), @"
    status: 0
    --- stdout
    no findings in 8 files, 9 objects
    ");
}

#[test]
fn yaml_without_end() {
    let repo = base();
    let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]\ng: [*f, *f, *f, *f, *f, *f, *f, *f, *f]\n";
    let texts = [
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(50_000),
        bomb.to_owned(),
    ];
    for (number, text) in texts.iter().enumerate() {
        repo.write(&format!("apps/deep{number}.yaml"), text.as_bytes());
        repo.write(&format!("k{number}/kustomization.yaml"), text.as_bytes());
    }
    repo.commit();
    for arguments in [
        "lint",
        "images list",
        "build",
        "build --kustomize k0",
        "build --kustomize k3",
    ] {
        let (status, _) = answer(repo.path(), arguments);
        assert!(matches!(status, Some(0..=3)), "{arguments}: {status:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_news() {
    let mut child = std::process::Command::new(program())
        .args(["explain"])
        .env_clear()
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_full_disk_is_an_error() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let output = std::process::Command::new(program())
        .arg("explain")
        .env_clear()
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.starts_with("error: cannot write the answer: no space left"),
        "{said}"
    );
}

#[test]
fn a_folder_that_was_removed() {
    let gone = tempfile::tempdir().unwrap();
    let home = home();
    let mut shell = std::process::Command::new("/bin/sh");
    let script = format!(
        "rmdir {0}; exec {1} lint",
        gone.path().display(),
        program().display()
    );
    let output = shell
        .args(["-c", &script])
        .current_dir(gone.path())
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.starts_with("error: the current folder: no such file"),
        "{said}"
    );
}

#[test]
fn paths_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let repo = base();
    repo.commit();
    let odd = std::ffi::OsStr::from_bytes(b"odd\xff.yaml");
    std::fs::write(repo.path().join(odd), "a: 1\n").unwrap();
    let home = home();
    let output = command(repo.path(), &home)
        .args(["lint", "--rule", "image"])
        .arg(odd)
        .output()
        .unwrap();
    assert!(matches!(output.status.code(), Some(0 | 2)));
}

#[test]
fn a_mistake_of_a_library_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    // The client of Kubernetes panics on a token that no header can carry.
    let config = r#"{"apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "users": [{"name": "u", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never",
            "command": "printf", "args": ["%s", "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"hunter2\\n\"}}"]}}}]}"#;
    std::fs::write(folder.path().join("config"), config).unwrap();
    let shown = run(folder.path(), "status --kubeconfig config");
    let shown = shown
        .lines()
        .map(|line| line.split(" at ").next().unwrap_or_default());
    assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @"
    status: 3
    --- stderr
    error: homelab made a mistake
    hint: please report this line and what you did; RUST_BACKTRACE=1 shows more
    ");
}
