//! `homelab bootstrap` and `homelab doctor` as a session: what is asked for, what is shown, what flux is given.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::{TempDir, TempPath};

use crate::support::cluster::{Contexts, Fault, FaultProxy, Request, cluster};
use crate::support::forge::{Server, TOKEN, github};
use crate::support::repo::Repo;
use crate::support::runner::{command, home, program, project, session};

/// A machine with a `flux` that notes what it is given, and nothing else.
struct Machine {
    bin: TempDir,
    home: TempDir,
}

impl Machine {
    /// Makes one whose flux does this for `flux bootstrap`, in words of a shell.
    fn with_flux(does: &str) -> Self {
        let (bin, home) = (home(), home());
        let dir = bin.path().display();
        let script = format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\nif [ \"$1\" = version ]; then echo 'flux: v2.9.5'; exit 0; fi\n\
             printf '%s\\n' \"$@\" > {dir}/arguments\nenv > {dir}/environment\n{does}\n"
        );
        let flux = bin.path().join("flux");
        std::fs::write(&flux, script).unwrap();
        std::fs::set_permissions(&flux, std::fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["git", "kill"] {
            let there = ["/usr/bin", "/bin"].map(|dir| Path::new(dir).join(name));
            let there = there.iter().find(|path| path.exists()).expect(name);
            symlink(there, bin.path().join(name)).unwrap();
        }
        Machine { bin, home }
    }

    fn new() -> Self {
        Machine::with_flux("echo done >&2")
    }

    /// Runs homelab in a folder, and returns what a person would see.
    fn run(&self, dir: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let mut command = command(dir, &self.home);
        command.args(arguments).env("PATH", self.bin.path());
        command.envs(variables.iter().copied());
        session(command.output().unwrap())
    }

    /// Returns what flux was given: its arguments, or its environment.
    fn noted(&self, what: &str) -> Option<String> {
        std::fs::read_to_string(self.bin.path().join(what)).ok()
    }
}

/// Makes a repository with one cluster that was never bootstrapped, and these remotes.
fn repository(remotes: &[(&str, &str)]) -> Repo {
    let repo = Repo::new();
    repo.write("clusters/home/apps.yaml", b"# empty\n");
    repo.commit();
    for (name, url) in remotes {
        let status = Command::new("git")
            .args(["remote", "add", name, url])
            .current_dir(repo.path())
            .status();
        assert!(status.unwrap().success());
    }
    repo
}

fn shown(repo: &Repo, arguments: &str) -> String {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    Machine::new().run(repo.path(), &arguments, &[])
}

#[test]
fn what_nothing_says_has_to_be_said() {
    assert_snapshot!(shown(&repository(&[]), "bootstrap --offline"), @"
    status: 2
    --- stderr
    error: nothing says which repository it is: git has no remote here
    hint: add it, such as `git remote add origin git@github.com:OWNER/NAME.git`, or name it with `--owner` and `--repository`
    ");
    let several = repository(&[
        ("mine", "git@github.com:me/home.git"),
        ("yours", "https://you:s3cret@github.com/you/home"),
    ]);
    assert_snapshot!(shown(&several, "bootstrap --offline"), @"
    status: 2
    --- stderr
    error: the repository has several remotes and none is called origin: mine, yours
    hint: say which one with `--remote NAME`
    ");
    assert_snapshot!(shown(&several, "bootstrap --offline --remote nobody"), @"
    status: 2
    --- stderr
    error: the repository has no remote `nobody`
    hint: there are: mine, yours
    ");
    let unknown = repository(&[("origin", "git@git.lan:me/home.git")]);
    assert_snapshot!(shown(&unknown, "bootstrap --offline"), @"
    status: 2
    --- stderr
    error: nothing says what kind of server git.lan is
    hint: say it: `homelab bootstrap gitea` (Gitea and Forgejo), `gitlab`, `github`, or `git` for any other
    ");
    let folder = repository(&[("origin", "/srv/git/home.git")]);
    assert_snapshot!(shown(&folder, "bootstrap git --offline"), @"
    status: 2
    --- stderr
    error: the remote origin is a folder of this machine, where Flux cannot write
    hint: give a URL that begins with ssh:// or https:// with `--url`
    ");
    let repo = repository(&[("origin", "git@github.com:me/home.git")]);
    repo.write("clusters/shed/apps.yaml", b"# empty\n");
    assert_snapshot!(shown(&repo, "bootstrap --offline"), @"
    status: 2
    --- stderr
    error: the repository holds several clusters: `clusters/home`, `clusters/shed`
    hint: say which one: `--cluster NAME`, or its folder with `--path FOLDER`
    ");
}

#[test]
fn wrong_arguments_are_refused() {
    let repo = repository(&[("origin", "git@github.com:me/home.git")]);
    assert_snapshot!(shown(&repo, "bootstrap --offline --run"), @"
    status: 2
    --- stderr
    error: the argument '--offline' cannot be used with '--run'

    Usage: homelab bootstrap --offline [SERVER] [-- <FLAG>...]

    For more information, try '--help'.
    ");
    assert_snapshot!(shown(&repo, "bootstrap -o sarif"), @"
    status: 2
    --- stderr
    error: this output format shows findings only
    hint: `lint` and `images check` have it; here there are human, json, yaml and markdown
    ");
    assert_snapshot!(shown(&repo, "bootstrap --token-from ghp_s3cret"), @"
    status: 2
    --- stderr
    error: --token-from: it names no place, and a token itself does not belong on a command line; it is one of env:NAME, file:PATH, op://VAULT/ITEM/FIELD, - and prompt
    ");
    assert_snapshot!(shown(&repo, "bootstrap --offline -- --password s3cret"), @"
    status: 2
    --- stderr
    error: a password on a command line is seen by everybody on the machine
    hint: say where it is instead: `--token-from env:NAME|file:PATH|op://VAULT/ITEM/FIELD`
    ");
    assert_snapshot!(shown(&repo, "bootstrap --offline --personal maybe"), @"
    status: 2
    --- stderr
    error: invalid value 'maybe' for '[SERVER]'
      [possible values: github, gitlab, gitea, git]

    For more information, try '--help'.
    ");
    assert_snapshot!(shown(&repo, "bootstrap --context a --context b"), @"
    status: 2
    --- stderr
    error: bootstrap asks one cluster, and `--context` names several
    ");
}

#[test]
fn without_the_network_only_this_side_is_looked_at() {
    let repo = repository(&[("origin", "git@github.com:me/home.git")]);
    assert_snapshot!(shown(&repo, "bootstrap --offline"), @r#"
    status: 1
    --- stdout
    Bootstrap of `./clusters/home` on branch `main` of https://github.com/me/home

    Repository
      pass     the remote is what is bootstrapped
      pass     the branch is what the cluster follows
      warn     the server has what is here
               main was never pushed to origin, as far as git knows here
               help: `git push -u origin main`
      pass     the version of Flux fits

    This machine
      pass     flux is there

    Server of the repository
      FAIL     a token is at hand
               there is none: neither --token-from nor GITHUB_TOKEN nor GH_TOKEN gives one
               help: make one at https://github.com/settings/personal-access-tokens (fine-grained with
                     Administration and Contents "Read and write", or classic with the scope repo); then put it
                     into GITHUB_TOKEN, or say where it is: `--token-from
                     env:NAME|file:PATH|op://VAULT/ITEM/FIELD`
      unknown  the owner is there
               api.github.com is not asked under --offline
      unknown  the repository is there
               api.github.com is not asked under --offline

    Cluster
      unknown  the cluster answers
               `--offline` rules out the network

    1 fail, 1 warn, 3 unknown, 4 pass

    The command, once nothing fails
      flux bootstrap github --owner=me --repository=home --branch=main --path=./clusters/home

      --owner=me              the remote origin
      --repository=home       the remote origin
      --branch=main           the branch that is checked out
      --path=./clusters/home  the folder of the repository that looks like a cluster's

    Next
      - put right what fails, then run `homelab bootstrap` again
    "#);
    assert_snapshot!(shown(&repo, "bootstrap --offline --interval 5m -o markdown -- --gpg-passphrase s3cret"), @r#"
    status: 1
    --- stdout
    ### Bootstrap of `./clusters/home` on branch `main` of https://github.com/me/home: 1 fail, 1 warn, 3 unknown, 4 pass

    #### Repository

    - [ ] **warn** the server has what is here (`repository/pushed`): main was never pushed to origin, as far as git knows here
      - help: `git push -u origin main`

    <details>
    <summary>3 pass</summary>

    - [x] the remote is what is bootstrapped (`repository/remote`): origin is git@github.com:me/home.git
    - [x] the branch is what the cluster follows (`repository/branch`): main is checked out
    - [x] the version of Flux fits (`components/version`): flux v2.9.5 is to be installed

    </details>

    #### This machine

    <details>
    <summary>1 pass</summary>

    - [x] flux is there (`machine/flux`): flux v2.9.5

    </details>

    #### Server of the repository

    - [ ] **FAIL** a token is at hand (`token/present`): there is none: neither --token-from nor GITHUB\_TOKEN nor GH\_TOKEN gives one
      - help: make one at https://github.com/settings/personal-access-tokens (fine-grained with Administration and Contents "Read and write", or classic with the scope repo); then put it into GITHUB\_TOKEN, or say where it is: `--token-from env:NAME|file:PATH|op://VAULT/ITEM/FIELD`
    - [ ] unknown the owner is there (`owner/exists`): api.github.com is not asked under --offline
    - [ ] unknown the repository is there (`repository/exists`): api.github.com is not asked under --offline

    #### Cluster

    - [ ] unknown the cluster answers (`cluster/reachable`): `--offline` rules out the network

    #### The command

    ```sh
    flux bootstrap github --owner=me --repository=home --branch=main --path=./clusters/home --interval=5m --gpg-passphrase='***'
    ```

    | Flag | Because of |
    |---|---|
    | `--owner=me` | the remote origin |
    | `--repository=home` | the remote origin |
    | `--branch=main` | the branch that is checked out |
    | `--path=./clusters/home` | the folder of the repository that looks like a cluster's |
    | `--interval=5m` | given on the command line |
    | `--gpg-passphrase=***` | given after `--` |

    #### Next

    - put right what fails, then run `homelab bootstrap` again
    "#);
    assert_snapshot!(shown(&repo, "doctor --offline"), @"
    status: 3
    --- stdout
    This machine and its cluster

    This machine
      pass     flux is there

    Cluster
      unknown  the cluster answers
               `--offline` rules out the network

    1 unknown, 1 pass
    ");
}

#[test]
fn the_document_has_the_shape_of_the_contract() {
    let repo = repository(&[("origin", "git@github.com:me/home.git")]);
    let text = shown(&repo, "bootstrap --offline -o json");
    let json = text.split_once("--- stdout\n").unwrap().1;
    let json = json.split("--- stderr").next().unwrap();
    let value: Value = serde_json::from_str(json).unwrap();
    assert_eq!(value["version"], 1);
    let checks = value["checks"].as_array().unwrap();
    assert!(!checks.is_empty());
    for check in checks {
        for field in ["id", "title", "detail"] {
            assert!(check[field].is_string(), "{check}");
        }
        let verdict = check["verdict"].as_str().unwrap();
        assert!(["pass", "fail", "warn", "unknown"].contains(&verdict));
        assert!(check["help"].is_string() || check["help"].is_null());
        let needs_help = matches!(verdict, "fail" | "warn");
        assert!(!needs_help || check["help"].is_string(), "{check}");
    }
    let words: Vec<&str> = value["command"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w.as_str().unwrap())
        .collect();
    assert_eq!(
        words,
        [
            "flux",
            "bootstrap",
            "github",
            "--owner=me",
            "--repository=home",
            "--branch=main",
            "--path=./clusters/home"
        ]
    );
    let flags = value["flags"].as_array().unwrap();
    assert_eq!(flags.len(), words.len() - 3);
    for flag in flags {
        assert!(!flag["why"].as_str().unwrap().is_empty(), "{flag}");
    }
}

#[test]
fn it_fits_narrow_terminals_and_wide_ones() {
    let repo = repository(&[("origin", "git@github.com:me/home.git")]);
    let machine = Machine::new();
    for (columns, limit) in [("60", 60), ("100", 100), ("200", 110)] {
        let text = machine.run(
            repo.path(),
            &["bootstrap", "--offline", "-v"],
            &[("COLUMNS", columns)],
        );
        let out = text.split("--- stderr").next().unwrap();
        for line in out.lines() {
            // A word that is longer stays whole.
            let is_one_word = line.split_whitespace().count() <= 2;
            assert!(
                line.chars().count() <= limit || is_one_word,
                "{columns}: {line}"
            );
        }
    }
}

/// Nodes for a cluster: the API server of the tests has none.
const NODES: &str = r#"{"kind": "NodeList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": [
    {"metadata": {"name": "pi-1", "labels": {"kubernetes.io/arch": "arm64", "kubernetes.io/os": "linux"}},
     "status": {"capacity": {"memory": "8Gi"}, "nodeInfo": {"architecture": "arm64", "operatingSystem": "linux"},
                "conditions": [{"type": "Ready", "status": "True"}]}}]}"#;
/// A namespace that the cluster does not have.
const NAMESPACE: &str = "bootstrap-scene";

/// A GitHub on loopback where all is well, a repository that names it, and a cluster without Flux in the namespace.
struct Scene {
    server: Server,
    repo: Repo,
    proxy: FaultProxy,
    kubeconfig: TempPath,
}

impl Scene {
    fn new() -> Option<Self> {
        let proxy = FaultProxy::start(cluster()?);
        let is_nodes = |request: &Request| request.uri.starts_with("/api/v1/nodes");
        proxy.fail(usize::MAX, is_nodes, Fault::Page(NODES));
        let server = github::start();
        let url = format!("http://{}/me/home.git", server.host);
        Some(Scene {
            repo: repository(&[("origin", &url)]),
            kubeconfig: Contexts::new().through("home", &proxy, "admin").write(),
            server,
            proxy,
        })
    }

    fn arguments<'a>(&self, more: &[&'a str]) -> Vec<&'a str> {
        let mut all = vec!["bootstrap", "github", "-n", NAMESPACE];
        all.extend(more);
        all
    }

    /// Returns the variables of a session. The file of the cluster is none of the flags: its length differs.
    fn variables(&self) -> [(&str, &str); 2] {
        [
            ("GITHUB_TOKEN", TOKEN),
            ("KUBECONFIG", self.kubeconfig.to_str().unwrap()),
        ]
    }

    /// Runs homelab, and takes out what differs from run to run.
    fn run(&self, machine: &Machine, more: &[&str]) -> String {
        let text = machine.run(self.repo.path(), &self.arguments(more), &self.variables());
        self.plain(&text)
    }

    fn plain(&self, text: &str) -> String {
        let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
        let text = text.replace(&self.server.host, "HOST");
        port.replace_all(&text, "CLUSTER").into_owned()
    }
}

#[test]
fn a_first_bootstrap_is_looked_at() {
    let Some(scene) = Scene::new() else { return };
    assert_snapshot!(scene.run(&Machine::new(), &[]), @r#"
    status: 0
    --- stdout
    Bootstrap of `./clusters/home` on branch `main` of http://HOST/me/home

    Repository
      pass     the remote is what is bootstrapped
      pass     the branch is what the cluster follows
      warn     the server has what is here
               main was never pushed to origin, as far as git knows here
               help: `git push -u origin main`
      pass     the version of Flux fits

    This machine
      pass     flux is there

    Server of the repository
      pass     a token is at hand
      pass     kind of the token
      pass     the server accepts the token
      pass     the token belongs to the owner
      pass     what the token may do
      pass     how long the token lasts
      pass     the owner is there
      pass     the repository is there
      pass     the repository can be written to
      pass     the role of the token's user
      pass     the token may push
      pass     deploy keys can be seen
      pass     the deploy key of this bootstrap
      pass     the branch is there
      pass     the branch takes commits

    Cluster
      pass     the cluster answers
      pass     Flux takes this version of Kubernetes
      pass     nodes can run the controllers
      pass     this user may bootstrap
      pass     there is a place for Flux
      pass     the controllers of Flux run
      pass     the CRDs store versions that Flux still has
      pass     the Secret fits the URL of the source

    1 warn, 27 pass

    The command
      flux bootstrap github --owner=me --repository=home --personal --hostname=http://HOST \
        --ssh-hostname=127.0.0.1 --branch=main --path=./clusters/home --namespace=bootstrap-scene

      --owner=me                         the remote origin
      --repository=home                  the remote origin
      --personal                         the owner is a user, not an organisation
      --hostname=http://HOST  the remote origin
      --ssh-hostname=127.0.0.1           otherwise flux asks for SSH at the port of the API; give it where SSH has
                                         a port of its own
      --branch=main                      the branch that is checked out
      --path=./clusters/home             the folder of the repository that looks like a cluster's
      --namespace=bootstrap-scene        the namespace of Flux

    Next
      - `homelab bootstrap --run` runs the command and looks again afterwards; by hand, set GITHUB_TOKEN first
    "#);
    let requests = scene.server.requests();
    assert!(!requests.is_empty());
    assert!(requests.iter().all(|request| request.method == "GET"));
    // A review of what a user may do is a question too.
    let is_question = |request: &Request| {
        request.method == "GET" || request.uri.contains("selfsubjectaccessreviews")
    };
    assert!(scene.proxy.requests().iter().all(is_question));
}

#[test]
fn nothing_is_run_unless_somebody_says_yes() {
    let Some(scene) = Scene::new() else { return };
    let machine = Machine::new();
    let text = scene.run(&machine, &["--run"]);
    assert!(text.starts_with("status: 2\n"), "{text}");
    assert_snapshot!(text.split_once("--- stderr\n").unwrap().1, @"
    error: not run: `--run` changes the repository and the cluster, and there is nobody to ask
    hint: look at the checklist, then add `--yes`
    ");
    assert_eq!(machine.noted("arguments"), None);
}

#[test]
fn nothing_is_run_where_a_check_fails() {
    let Some(scene) = Scene::new() else { return };
    scene.server.on(
        &format!("{}/keys", github::REPOSITORY),
        github::error(404, "Not Found"),
    );
    let machine = Machine::new();
    let text = scene.run(&machine, &["--run", "--yes"]);
    assert!(text.starts_with("status: 1\n"), "{text}");
    assert_snapshot!(text.split_once("--- stderr\n").unwrap().1, @"
    error: not run: 1 check fails
    ");
    assert_eq!(machine.noted("arguments"), None);
}

#[test]
fn nothing_is_run_where_a_side_was_not_seen() {
    let server = github::start();
    let url = format!("http://{}/me/home.git", server.host);
    let repo = repository(&[("origin", &url)]);
    let machine = Machine::new();
    let arguments = [
        "bootstrap",
        "github",
        "--run",
        "--yes",
        "--kubeconfig",
        "/nonexistent",
    ];
    let text = machine.run(repo.path(), &arguments, &[("GITHUB_TOKEN", TOKEN)]);
    assert!(text.starts_with("status: 3\n"), "{text}");
    assert_snapshot!(text.split_once("--- stderr\n").unwrap().1, @"
    error: not run: 1 check fails
    ");
    assert_eq!(machine.noted("arguments"), None);
}

/// The token is in one variable of flux and nowhere else: not on its command line, not in what it says, not in the report.
#[test]
fn flux_is_given_the_token_in_its_environment_only() {
    let Some(scene) = Scene::new() else { return };
    let says =
        "echo \"► the token is $GITHUB_TOKEN\" >&2; printf 'a\\033[31mred\\033[0m line\\n'; exit 0";
    for format in ["human", "json", "markdown"] {
        let machine = Machine::with_flux(says);
        let text = scene.run(&machine, &["--run", "--yes", "-v", "-o", format]);
        assert!(!text.contains(TOKEN) && !text.contains("s3cret"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
        let arguments = machine.noted("arguments").unwrap();
        assert!(!arguments.contains("s3cret"));
        assert!(
            arguments.starts_with("bootstrap\ngithub\n--owner=me\n--repository=home\n"),
            "{arguments}"
        );
        let environment = machine.noted("environment").unwrap();
        let with_token: Vec<&str> = environment
            .lines()
            .filter(|line| line.contains(TOKEN))
            .collect();
        assert_eq!(with_token, [format!("GITHUB_TOKEN={TOKEN}")]);
    }
}

/// What flux itself did not do is found afterwards: this one installs nothing.
#[test]
fn afterwards_it_is_looked_again() {
    let Some(scene) = Scene::new() else { return };
    let machine = Machine::with_flux("echo '✔ all components are healthy' >&2");
    let text = scene.run(&machine, &["--run", "--yes"]);
    assert!(text.starts_with("status: 1\n"), "{text}");
    let after = text.split_once("After the bootstrap").unwrap().1;
    assert_snapshot!(after, @"
    Cluster
      FAIL     the controllers are ready
               missing: source-controller, kustomize-controller, helm-controller, notification-controller
               help: kubectl -n bootstrap-scene get deployments,pods; `homelab diagnose` says why
      FAIL     the Kustomization has applied it
               there is no Kustomization bootstrap-scene/bootstrap-scene
               help: run `homelab bootstrap` again
      FAIL     the Secret has the credentials
               there is no Secret bootstrap-scene/flux-system
               help: run `homelab bootstrap` again

    3 fail

    Next
      - `homelab diagnose` says why something is not ready
      - `homelab bootstrap` looks at everything again; running flux again goes on where it ended
    --- stderr
    flux: ✔ all components are healthy
    note: looking again at the server and the cluster
    ");
}

#[test]
fn the_last_words_of_flux_are_passed_on() {
    let Some(scene) = Scene::new() else { return };
    let machine = Machine::with_flux(
        "echo '► cloning' >&2; echo '✗ failed to push manifests: GH006' >&2; exit 1",
    );
    let text = scene.run(&machine, &["--run", "--yes", "-q"]);
    assert!(text.starts_with("status: 1\n"), "{text}");
    assert_snapshot!(text.split_once("--- stderr\n").unwrap().1, @"
    error: flux bootstrap failed (exit status 1)
    hint: it said: ✗ failed to push manifests: GH006; the branch is protected: let the user of the token push to it, or give another branch with `--branch`
    ");
    let late = Machine::with_flux("echo '✗ context deadline exceeded' >&2; exit 1");
    let kubeconfig = scene.kubeconfig.to_str().unwrap();
    let flags = [
        "--run",
        "--yes",
        "--timeout",
        "30s",
        "--kubeconfig",
        kubeconfig,
    ];
    let text = scene.run(&late, &flags);
    assert!(text.starts_with("status: 4\n"), "{text}");
    let given = late.noted("arguments").unwrap();
    assert!(
        given.contains(&format!("\n--kubeconfig={kubeconfig}\n--timeout=30s\n")),
        "{given}"
    );
}

/// Ctrl-C ends flux and all that it started.
#[test]
fn ctrl_c_ends_flux_too() {
    let Some(scene) = Scene::new() else { return };
    let machine =
        Machine::with_flux("echo $$ > \"$(dirname \"$0\")/pid\"; echo '► waiting' >&2; sleep 600");
    let mut child = Command::new(program())
        .args(scene.arguments(&["--run", "--yes"]))
        .current_dir(scene.repo.path())
        .env_clear()
        .env("HOME", machine.home.path())
        .env("PATH", machine.bin.path())
        .envs(scene.variables())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap()).lines();
    let waits = err.by_ref().any(|line| line.unwrap().contains("waiting"));
    assert!(waits);
    let flux = machine.noted("pid").unwrap();
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let rest: Vec<String> = err.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    let state = std::fs::read_to_string(format!("/proc/{}/stat", flux.trim()));
    let is_gone = state.is_err() || state.is_ok_and(|state| state.contains(") Z "));
    assert!(is_gone, "flux still runs");
    assert_snapshot!(rest.join("\n"), @"
    error: interrupted, and flux with it; what it pushed and applied so far stays
    hint: `homelab bootstrap` says how far it got; running flux again goes on from there
    ");
}

#[test]
fn doctor_needs_no_repository() {
    let Some(scene) = Scene::new() else { return };
    let outside = home();
    let arguments = ["doctor", "-n", NAMESPACE];
    let text = Machine::new().run(outside.path(), &arguments, &scene.variables());
    assert_snapshot!(scene.plain(&text), @"
    status: 0
    --- stdout
    This machine, and the cluster at CLUSTER

    This machine
      pass     flux is there

    Cluster
      pass     the cluster answers
      pass     Flux takes this version of Kubernetes
      pass     nodes can run the controllers
      warn     there is a place for Flux
               there is no namespace bootstrap-scene
               help: -n names another; `homelab bootstrap` installs Flux
      warn     the controllers of Flux run
               Flux is not installed in the namespace bootstrap-scene
               help: `homelab bootstrap` installs it; -n names another namespace
      pass     the CRDs store versions that Flux still has

    2 warn, 5 pass

    Next
      - `homelab bootstrap` in the repository looks at the rest
    ");
}

/// On a terminal the checklist is shown, then somebody is asked; a no changes nothing.
#[test]
fn on_a_terminal_somebody_is_asked() {
    let Some(scene) = Scene::new() else { return };
    for (answer, runs) in [("n", false), ("y", true)] {
        let machine = Machine::new();
        let mut command = Command::new("sh");
        command
            .args(["-c", "stty cols 100 rows 30; exec \"$0\" \"$@\""])
            .arg(program())
            .args(scene.arguments(&["--run"]))
            .current_dir(scene.repo.path())
            .env_clear()
            .env("HOME", machine.home.path())
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", machine.bin.path().display()),
            )
            .envs(scene.variables())
            .env("TERM", "xterm")
            .env("NO_COLOR", "1");
        let options = rexpect::session::Options::new()
            .timeout_ms(Some(60_000))
            .strip_ansi_escape_codes(true);
        let mut session = rexpect::session::spawn_with_options(command, options).unwrap();
        session.exp_string("Run the command?").unwrap();
        session.send(answer).unwrap();
        session.flush().unwrap();
        let said = session.exp_eof().unwrap();
        assert_eq!(machine.noted("arguments").is_some(), runs, "{said}");
        assert_eq!(said.contains("nothing was run"), !runs, "{said}");
        assert_eq!(said.contains("After the bootstrap"), runs, "{said}");
    }
}

/// The page of the command names each check that there is, and no other.
#[test]
fn the_page_has_every_check() {
    let pattern = r#"["`]((?:token|owner|repository|key|branch|cluster|components|machine|verify)/[a-z-]+)["`]"#;
    let pattern = regex::Regex::new(pattern).unwrap();
    let ids = |text: &str| -> BTreeSet<String> {
        pattern
            .captures_iter(text)
            .map(|found| found[1].to_owned())
            .collect()
    };
    let mut code = BTreeSet::new();
    let mut folders = vec![project().join("src/preflight")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                code.extend(
                    ids(text)
                        .into_iter()
                        .filter(|id| text.contains(&format!("\"{id}\""))),
                );
            }
        }
    }
    let page = std::fs::read_to_string(project().join("docs/bootstrap.md")).unwrap();
    assert_eq!(ids(&page), code);
}
