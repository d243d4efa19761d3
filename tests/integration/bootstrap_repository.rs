//! `homelab bootstrap`: what it finds in the repository and among the programs of the machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::repo::Repo;
use crate::support::runner::{command, home};

const SYNC: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec:
  ref: {branch: main}
  secretRef: {name: flux-system}
  url: ssh://git@github.com/me/home
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m0s
  path: ./clusters/home
  sourceRef: {kind: GitRepository, name: flux-system}
";

/// A folder of programs that say what a test wants.
struct Programs(TempDir);

impl Programs {
    fn new() -> Self {
        Programs(home())
    }

    fn with(self, name: &str, script: &str) -> Self {
        let file = self.0.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn flux(self) -> Self {
        self.with("flux", "echo 'flux: v2.9.5'")
    }
}

/// A repository that is bootstrapped at `clusters/home`.
fn bootstrapped() -> Repo {
    let repo = Repo::new();
    repo.write("clusters/home/flux-system/gotk-sync.yaml", SYNC.as_bytes());
    repo
}

fn git(dir: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .status();
    assert!(status.unwrap().success(), "git {arguments:?}");
}

/// Gives a repository a remote that has all commits.
fn pushed(repo: &Repo) {
    repo.commit();
    git(
        repo.path(),
        &["remote", "add", "origin", "git@github.com:me/home.git"],
    );
    git(
        repo.path(),
        &["update-ref", "refs/remotes/origin/main", "main"],
    );
    git(repo.path(), &["config", "branch.main.remote", "origin"]);
    git(
        repo.path(),
        &["config", "branch.main.merge", "refs/heads/main"],
    );
}

/// Runs the command without any network, and returns what it says of the repository and the machine: a line for each check,
/// with the help below.
fn said_with(
    dir: &Path,
    arguments: &str,
    programs: &Programs,
    variables: &[(&str, &str)],
) -> String {
    let home = home();
    let mut command = command(dir, &home);
    command.env(
        "PATH",
        format!("{}:/usr/bin:/bin", programs.0.path().display()),
    );
    command.envs(variables.iter().copied());
    command.args(["bootstrap", "--offline", "-o", "json"]);
    let output = command.args(arguments.split_whitespace()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let Ok(document) = serde_json::from_str::<Value>(&text) else {
        return String::from_utf8(output.stderr).unwrap();
    };
    let checks = document["checks"].as_array().unwrap().iter();
    let own =
        checks.filter(|check| matches!(check["area"].as_str(), Some("repository" | "machine")));
    let lines = own.map(|check| {
        let field = |name: &str| check[name].as_str().unwrap_or_default().to_owned();
        let help = match field("help").as_str() {
            "" => String::new(),
            help => format!("\n  {}", help.replace('\n', "\n  ")),
        };
        format!(
            "{} {}: {}{help}\n",
            field("verdict"),
            field("id"),
            field("detail")
        )
    });
    lines.collect()
}

fn said(dir: &Path, arguments: &str) -> String {
    said_with(dir, arguments, &Programs::new().flux(), &[])
}

/// Returns the lines of one check.
fn of(id: &str, said: &str) -> String {
    let mut lines = said
        .lines()
        .skip_while(|line| !line.contains(&format!(" {id}: ")));
    let first = lines.next().unwrap_or_default().to_owned();
    let help = lines.take_while(|line| line.starts_with("  "));
    help.fold(first, |all, line| format!("{all}\n{line}"))
}

#[test]
fn a_repository_in_good_order() {
    let repo = bootstrapped();
    pushed(&repo);
    assert_snapshot!(said(repo.path(), ""), @"
    pass repository/remote: origin is git@github.com:me/home.git
    pass repository/branch: main is checked out
    pass repository/pushed: main is at origin/main, as of the last fetch
    pass repository/sync-path: clusters/home/flux-system/gotk-sync.yaml:14 says ./clusters/home
    pass repository/sync-url: clusters/home/flux-system/gotk-sync.yaml:7 follows ssh://git@github.com/me/home
    pass components/version: flux v2.9.5 is to be installed
    pass repository/builds: every Flux Kustomization builds
    pass repository/namespace-order: no object comes before its namespace
    pass repository/own-children: no Kustomization applies a custom resource before its CRD can be there
    pass repository/secrets: none is named that the repository does not make
    pass machine/flux: flux v2.9.5
    ");
}

#[test]
fn without_a_remote_the_flags_say_what_is_meant() {
    let repo = bootstrapped();
    repo.commit();
    let all = said(repo.path(), "github --owner me --repository home");
    assert_snapshot!(of("repository/remote", &all), @"
    warn repository/remote: git knows no remote here: whether me/home on github.com holds the same files is not known
      `git remote add origin https://github.com/me/home`
    ");
}

#[test]
fn of_several_remotes_one_is_taken() {
    let repo = bootstrapped();
    pushed(&repo);
    git(
        repo.path(),
        &["remote", "add", "fork", "https://github.com/you/home"],
    );
    assert_snapshot!(of("repository/remote", &said(repo.path(), "")), @"pass repository/remote: of 2 remotes origin is taken: git@github.com:me/home.git");
    git(
        repo.path(),
        &["update-ref", "refs/remotes/fork/main", "main"],
    );
    git(repo.path(), &["config", "branch.main.remote", "fork"]);
    assert_snapshot!(of("repository/remote", &said(repo.path(), "")), @"
    warn repository/remote: origin is taken (git@github.com:me/home.git), and the branch here follows fork/main; there are fork (https://github.com/you/home), origin (git@github.com:me/home.git)
      say which one is meant with `--owner` and `--repository`, or let the branch follow it: `git branch -u REMOTE/BRANCH`
    ");
}

#[test]
fn credentials_in_a_url_are_told_of_and_not_shown() {
    let repo = bootstrapped();
    pushed(&repo);
    let url = "https://me:ghp_0123456789abcdefghijklmnopqrstuvwxyz@github.com/me/home";
    git(repo.path(), &["remote", "set-url", "origin", url]);
    let all = said(repo.path(), "");
    assert!(!all.contains("ghp_"), "{all}");
    assert_snapshot!(all.lines().filter(|line| line.contains("password")).collect::<String>(), @"warn repository/remote: the URL of origin has a password or token in it, which stands in .git/config as it is");
}

#[test]
fn every_kind_of_url_names_the_same_repository() {
    let repo = bootstrapped();
    pushed(&repo);
    for url in [
        "ssh://git@github.com/me/home",
        "ssh://git@ssh.github.com:443/me/home.git",
        "https://github.com/me/home.git",
    ] {
        git(repo.path(), &["remote", "set-url", "origin", url]);
        let all = said(repo.path(), "");
        assert_eq!(
            of("repository/remote", &all),
            format!("pass repository/remote: origin is {url}")
        );
    }
    git(
        repo.path(),
        &[
            "remote",
            "set-url",
            "origin",
            "git@github.example.org:me/home.git",
        ],
    );
    let all = said(repo.path(), "github");
    assert_snapshot!(of("repository/remote", &all), @"
    warn repository/remote: no remote is me/home on github.com: origin (git@github.example.org:me/home.git)
      `git remote add flux https://github.com/me/home`
    ");
    assert_snapshot!(of("repository/sync-url", &all), @"
    pass repository/sync-url: clusters/home/flux-system/gotk-sync.yaml:7 follows ssh://git@github.com/me/home
    ");
}

#[test]
fn a_detached_head_and_another_branch() {
    let repo = bootstrapped();
    pushed(&repo);
    git(repo.path(), &["checkout", "-q", "--detach"]);
    let detached = of("repository/branch", &said(repo.path(), "--branch main"));
    assert!(
        detached.starts_with("warn repository/branch: no branch is checked out"),
        "{detached}"
    );
    git(repo.path(), &["switch", "-q", "-c", "next"]);
    assert_snapshot!(of("repository/branch", &said(repo.path(), "--branch main")), @"
    warn repository/branch: next is checked out, and the cluster is to follow main: what is looked at here is not what it gets
      `git switch main`, or `--branch next`
    ");
}

#[test]
fn before_the_first_commit() {
    let repo = bootstrapped();
    git(repo.path(), &["init", "-q", "-b", "main"]);
    git(
        repo.path(),
        &["remote", "add", "origin", "git@github.com:me/home.git"],
    );
    let all = said(repo.path(), "");
    assert_snapshot!(of("repository/branch", &all), @"
    warn repository/branch: main has no commit yet: what is here is not on the server, where flux bootstrap makes the first one
      `git add -A && git commit -m first && git push -u origin main`
    ");
    assert_eq!(of("repository/pushed", &all), "");
}

#[test]
fn what_was_not_pushed() {
    let repo = bootstrapped();
    pushed(&repo);
    repo.write("apps/a.yaml", b"a: 1\n");
    git(repo.path(), &["add", "-A"]);
    git(repo.path(), &["commit", "-q", "-m", "two"]);
    repo.write("apps/b.yaml", b"b: 1\n");
    assert_snapshot!(of("repository/pushed", &said(repo.path(), "")), @"
    warn repository/pushed: 1 file is not committed, 1 commit is not pushed to origin/main; flux bootstrap works with what the server has
      `git commit`, then `git push`
    ");
}

#[test]
fn a_shallow_clone_cannot_count() {
    let repo = bootstrapped();
    pushed(&repo);
    repo.write("apps/a.yaml", b"a: 1\n");
    git(repo.path(), &["add", "-A"]);
    git(repo.path(), &["commit", "-q", "-m", "two"]);
    let clones = home();
    let from = format!("file://{}", repo.path().display());
    git(
        clones.path(),
        &["clone", "-q", "--depth", "1", &from, "clone"],
    );
    let clone = clones.path().join("clone");
    git(
        &clone,
        &["remote", "set-url", "origin", "git@github.com:me/home.git"],
    );
    git(&clone, &["commit", "-q", "--allow-empty", "-m", "three"]);
    let pushed = of("repository/pushed", &said(&clone, ""));
    assert_snapshot!(pushed, @"unknown repository/pushed: how far main is from origin/main cannot be counted (a shallow clone?)");
}

#[test]
fn a_bare_repository_and_a_plain_folder() {
    let repo = bootstrapped();
    let plain = said(repo.path(), "github --owner me --repository home");
    assert_snapshot!(of("repository/remote", &plain), @"
    warn repository/remote: git knows no remote here: whether me/home on github.com holds the same files is not known
      `git remote add origin https://github.com/me/home`
    ");
    assert_eq!(of("repository/branch", &plain), "");
    let bare = home();
    git(bare.path(), &["init", "-q", "--bare"]);
    assert_snapshot!(said(bare.path(), "github --owner me --repository home --path clusters/home"), @"
    warn repository/remote: git knows no remote here: whether me/home on github.com holds the same files is not known
      `git remote add origin https://github.com/me/home`
    pass components/version: flux v2.9.5 is to be installed
    pass machine/flux: flux v2.9.5
    ");
}

/// Returns what is said of the components where `gotk-components.yaml` begins like this, and an ImagePolicy is applied.
fn components(header: &str, arguments: &str) -> String {
    let repo = bootstrapped();
    repo.write(
        "clusters/home/flux-system/gotk-components.yaml",
        header.as_bytes(),
    );
    let policy = "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImagePolicy\nmetadata: {name: a, namespace: flux-system}\n";
    repo.write("clusters/home/policy.yaml", policy.as_bytes());
    pushed(&repo);
    let all = said(repo.path(), arguments);
    let ids = [
        "components/image",
        "components/dropped",
        "components/version",
    ];
    ids.map(|id| of(id, &all)).join("\n")
}

#[test]
fn headers_of_several_versions() {
    let header = |version: &str, extra: &str| {
        format!(
            "---\n# This manifest was generated by flux. DO NOT EDIT.\n# Flux Version: {version}\n# Components: source-controller,kustomize-controller,helm-controller,notification-controller{extra}\napiVersion: v1\nkind: Namespace\nmetadata: {{name: flux-system}}\n"
        )
    };
    let image = ",image-reflector-controller,image-automation-controller";
    assert_snapshot!(components(&header("v2.7.5", image), ""), @"
    pass components/image: image-reflector-controller for ImagePolicy (clusters/home/policy.yaml:1)
    pass components/dropped: all 6 components of clusters/home/flux-system/gotk-components.yaml stay
    fail components/version: Flux v2.9.5 does not have the API versions of 1 object: image.toolkit.fluxcd.io/v1beta2 of ImagePolicy (clusters/home/policy.yaml:1)
      `flux migrate -f . --version=2.9 --dry-run` shows what to change, without `--dry-run` it does; commit and push that, and where Flux runs already, let `flux migrate` rewrite what the cluster holds first
    ");
    assert_snapshot!(components(&header("v2.10.1", image), "--components-extra source-watcher"), @"
    fail components/image: ImagePolicy (clusters/home/policy.yaml:1) needs image-reflector-controller, which is not installed
      add `--components-extra=image-reflector-controller,image-automation-controller`
    fail components/dropped: clusters/home/flux-system/gotk-components.yaml has image-reflector-controller and image-automation-controller, which bootstrap would leave out: Flux then deletes the controllers, their CRDs, and every object of those kinds
      add `--components-extra=image-reflector-controller,image-automation-controller`
    fail components/version: Flux v2.9.5 does not have the API versions of 1 object: image.toolkit.fluxcd.io/v1beta2 of ImagePolicy (clusters/home/policy.yaml:1)
      `flux migrate -f . --version=2.9 --dry-run` shows what to change, without `--dry-run` it does; commit and push that, and where Flux runs already, let `flux migrate` rewrite what the cluster holds first
    ");
    assert_snapshot!(components("# will be generated\n", ""), @"
    pass components/image: image-reflector-controller for ImagePolicy (clusters/home/policy.yaml:1)

    fail components/version: Flux v2.9.5 does not have the API versions of 1 object: image.toolkit.fluxcd.io/v1beta2 of ImagePolicy (clusters/home/policy.yaml:1)
      `flux migrate -f . --version=2.9 --dry-run` shows what to change, without `--dry-run` it does; commit and push that, and where Flux runs already, let `flux migrate` rewrite what the cluster holds first
    ");
}

#[test]
fn a_new_cluster_that_would_never_come_up() {
    let repo = bootstrapped();
    let unit = |name: &str, more: &str| {
        format!(
            "---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: flux-system}}\nspec:\n  interval: 10m\n  path: ./{name}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n{more}"
        )
    };
    let units = unit(
        "configs",
        "  decryption: {provider: sops, secretRef: {name: sops-age}}\n",
    ) + &unit("apps", "  dependsOn: [{name: configs}]\n");
    repo.write("clusters/home/units.yaml", units.as_bytes());
    repo.write(
        "configs/middleware.yaml",
        b"apiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {name: m, namespace: web}\n",
    );
    repo.write(
        "apps/namespace.yaml",
        b"apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n",
    );
    repo.write(
        "apps/cert-manager.yaml",
        b"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: cert-manager, namespace: web}\nspec: {values: {installCRDs: true}, chart: {spec: {chart: cert-manager, sourceRef: {kind: HelmRepository, name: jetstack}}}}\n---\napiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: le}\nspec: {selfSigned: {}}\n",
    );
    pushed(&repo);
    let all = said(repo.path(), "");
    let ids = [
        "repository/namespace-order",
        "repository/own-children",
        "repository/secrets",
    ];
    assert_snapshot!(ids.map(|id| of(id, &all)).join("\n"), @r#"
    fail repository/namespace-order: Kustomization flux-system/configs applies an object in the namespace web (configs/middleware.yaml:1), which Kustomization flux-system/apps makes, and that one waits for flux-system/configs: neither ever comes up
      let flux-system/configs make the namespace web itself
    warn repository/own-children: Kustomization flux-system/apps applies ClusterIssuer (apps/cert-manager.yaml:6) before its CRD can be there: HelmRelease web/cert-manager brings that, which flux-system/apps applies too, itself or through others, and the API server refuses all of it until then ("no matches for kind")
      move it to a Kustomization of its own that depends on the one with HelmRelease web/cert-manager, or install the CRD before
    warn repository/secrets: Flux stops without flux-system/sops-age (the age key of SOPS, for Kustomization flux-system/configs (decryption), clusters/home/units.yaml:9)
      `kubectl -n flux-system create secret generic sops-age --from-file=age.agekey=FILE`
    "#);
}

#[test]
fn programs_that_are_missing_slow_broken_or_confused() {
    let repo = bootstrapped();
    pushed(&repo);
    let flux = |programs: Programs| of("machine/flux", &said_with(repo.path(), "", &programs, &[]));
    assert_snapshot!(flux(Programs::new()), @"
    fail machine/flux: flux: not on the PATH; it is what bootstraps
      install it: `brew install fluxcd/tap/flux`, or https://fluxcd.io/flux/installation/#install-the-flux-cli
    ");
    assert_snapshot!(flux(Programs::new().with("flux", "echo 'flux: v2.10.0-rc.1'")), @"pass machine/flux: flux v2.10.0-rc.1");
    assert_snapshot!(flux(Programs::new().with("flux", "echo broken >&2; exit 7")), @"
    fail machine/flux: flux: `flux version --client` failed with exit status 7: broken; it is what bootstraps
      install it: `brew install fluxcd/tap/flux`, or https://fluxcd.io/flux/installation/#install-the-flux-cli
    ");
    assert_snapshot!(flux(Programs::new().with("flux", "echo no numbers here")), @"
    fail machine/flux: flux: `flux version --client` names no version; it is what bootstraps
      install it: `brew install fluxcd/tap/flux`, or https://fluxcd.io/flux/installation/#install-the-flux-cli
    ");
    assert_snapshot!(flux(Programs::new().with("flux", "head -c 9000000 /dev/zero; echo")), @"
    fail machine/flux: flux: `flux version --client` names no version; it is what bootstraps
      install it: `brew install fluxcd/tap/flux`, or https://fluxcd.io/flux/installation/#install-the-flux-cli
    ");
    assert_snapshot!(flux(Programs::new().with("flux", "exec sleep 600")), @"
    fail machine/flux: flux: `flux` did not end within 5s; it is what bootstraps
      install it: `brew install fluxcd/tap/flux`, or https://fluxcd.io/flux/installation/#install-the-flux-cli
    ");
}

#[test]
fn what_the_secrets_of_the_repository_need() {
    let repo = bootstrapped();
    let sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s, namespace: default}\n";
    repo.write("clusters/home/sealed.yaml", sealed.as_bytes());
    pushed(&repo);
    let missing = said(repo.path(), "");
    assert_snapshot!(of("machine/kubeseal", &missing), @"
    warn machine/kubeseal: kubeseal: not on the PATH; the repository has SealedSecrets
      install it: `brew install kubeseal`, or https://github.com/bitnami-labs/sealed-secrets/releases
    ");
    let there = Programs::new()
        .flux()
        .with("kubeseal", "echo 'kubeseal version: 0.27.1'");
    let there = said_with(repo.path(), "", &there, &[]);
    assert_eq!(
        of("machine/kubeseal", &there),
        "pass machine/kubeseal: kubeseal 0.27.1"
    );
    assert_eq!(of("machine/sops", &there), "");
}

#[test]
fn plain_git_over_ssh_asks_the_agent() {
    let repo = bootstrapped();
    pushed(&repo);
    git(
        repo.path(),
        &[
            "remote",
            "set-url",
            "origin",
            "ssh://git@git.example.org/me/home",
        ],
    );
    let agent = |script: &str, variables: &[(&str, &str)]| {
        let programs = Programs::new().flux().with("ssh-add", script);
        of(
            "machine/ssh-agent",
            &said_with(repo.path(), "git", &programs, variables),
        )
    };
    let socket = [("SSH_AUTH_SOCK", "/tmp/agent")];
    assert_snapshot!(agent("exit 2", &[]), @"
    fail machine/ssh-agent: SSH_AUTH_SOCK is not set: there is no ssh agent
      `ssh-add KEY-FILE`, or `--private-key-file KEY-FILE`; without either flux cannot clone over ssh
    ");
    assert_snapshot!(agent("echo 'The agent has no identities.'; exit 1", &socket), @"
    fail machine/ssh-agent: the ssh agent holds no key
      `ssh-add KEY-FILE`, or `--private-key-file KEY-FILE`; without either flux cannot clone over ssh
    ");
    assert_snapshot!(agent("echo '256 SHA256:x me (ED25519)'", &socket), @"pass machine/ssh-agent: the ssh agent holds 1 key");
    assert_snapshot!(agent("echo 'Error connecting to agent' >&2; exit 2", &socket), @"
    unknown machine/ssh-agent: `ssh-add -l` failed with exit status 2: Error connecting to agent
      `ssh-add KEY-FILE`, or `--private-key-file KEY-FILE`; without either flux cannot clone over ssh
    ");
}
