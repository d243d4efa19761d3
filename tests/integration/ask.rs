//! `homelab new-service` asks on a terminal: through a real one, without waiting blindly.

use std::path::Path;
use std::process::Command;

use rexpect::session::{Options, PtySession, spawn_with_options};

use crate::support::repo::{Repo, files_below};
use crate::support::runner::{home, program, run};

/// So long may one step take, in milliseconds.
const PATIENCE: u64 = 30_000;

const SYNC: &str = "apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m0s
  ref:
    branch: main
  url: https://github.com/me/homelab
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 10m0s
  path: ./clusters/home/flux-system
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
";

const DASHBOARD: &str = "apiVersion: v1
kind: ConfigMap
metadata:
  name: homepage
  namespace: homepage
data:
  settings.yaml: |
    layout:
      Family:
        columns: 2
      Tools:
        columns: 2
  services.yaml: |
    - Family:
        - Notes:
            icon: mdi-note
            href: https://notes.home.example.dev
            description: What we must not forget
        - Board:
            icon: mdi-calendar
            href: https://board.home.example.dev
            description: Who does what
    - Tools:
        - Wiki:
            icon: mdi-book
            href: https://wiki.home.example.dev
            description: How it works
";

const MONITORS: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: autokuma-monitors
  namespace: uptime
data:
  notes.json: |
    {
      "type": "http",
      "name": "Notes",
      "url": "https://notes.home.example.dev/health",
      "interval": 60
    }
  wiki.json: |
    {
      "type": "http",
      "name": "Wiki",
      "url": "https://wiki.home.example.dev/health",
      "interval": 60
    }
"#;

fn unit(number: usize, name: &str) -> String {
    format!(
        "---
# {number}. {name} - about {name}
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {name}
  namespace: flux-system
spec:
  interval: 10m
  path: ./clusters/home/{name}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
"
    )
}

/// The manifests of one service, by the names of their files.
fn manifests(name: &str) -> Vec<(&'static str, String)> {
    let metadata = format!("metadata:\n  name: {name}\n  namespace: {name}\n");
    vec![
        (
            "namespace.yaml",
            format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n"),
        ),
        (
            "deployment.yaml",
            format!(
                "apiVersion: apps/v1
kind: Deployment
{metadata}spec:
  replicas: 1
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
        - name: {name}
          image: ghcr.io/me/{name}:1.0.0
          ports:
            - containerPort: 8080
          readinessProbe:
            httpGet:
              path: /health
              port: 8080
"
            ),
        ),
        (
            "service.yaml",
            format!(
                "apiVersion: v1
kind: Service
{metadata}spec:
  selector:
    app: {name}
  ports:
    - port: 80
      targetPort: 8080
"
            ),
        ),
        (
            "ingress.yaml",
            format!(
                "apiVersion: networking.k8s.io/v1
kind: Ingress
{metadata}spec:
  ingressClassName: nginx
  rules:
    - host: {name}.home.example.dev
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {name}
                port:
                  number: 80
"
            ),
        ),
    ]
}

fn list(entries: &[&str]) -> String {
    let entries: String = entries.iter().map(|e| format!("  - {e}\n")).collect();
    format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{entries}"
    )
}

/// Writes a service into a folder.
fn service(repo: &Repo, folder: &str, name: &str) {
    let files = manifests(name);
    for (file, text) in &files {
        repo.write(&format!("{folder}/{file}"), text.as_bytes());
    }
    let names: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
    repo.write(
        &format!("{folder}/kustomization.yaml"),
        list(&names).as_bytes(),
    );
}

/// A repository with documents in one file, a dashboard, and monitors.
fn homelab() -> Repo {
    let repo = Repo::new();
    let flux = "clusters/home/flux-system";
    repo.write(&format!("{flux}/gotk-sync.yaml"), SYNC.as_bytes());
    let lists = list(&["gotk-sync.yaml", "infrastructure.yaml"]);
    repo.write(&format!("{flux}/kustomization.yaml"), lists.as_bytes());
    let names = ["notes", "board", "wiki", "homepage", "uptime"];
    let units: String = names
        .iter()
        .enumerate()
        .map(|(i, n)| unit(i + 1, n))
        .collect();
    repo.write(&format!("{flux}/infrastructure.yaml"), units.as_bytes());
    for name in names {
        service(&repo, &format!("clusters/home/{name}"), name);
    }
    for (name, file, text) in [
        ("homepage", "configmap.yaml", DASHBOARD),
        ("uptime", "monitors.yaml", MONITORS),
    ] {
        let folder = format!("clusters/home/{name}");
        repo.write(&format!("{folder}/{file}"), text.as_bytes());
        let entries = [
            "namespace.yaml",
            "deployment.yaml",
            "service.yaml",
            "ingress.yaml",
            file,
        ];
        repo.write(
            &format!("{folder}/kustomization.yaml"),
            list(&entries).as_bytes(),
        );
    }
    repo.commit();
    repo
}

/// A repository with as many services in one tree as with Flux Kustomizations of their own.
fn undecided() -> Repo {
    let repo = Repo::new();
    let sync = SYNC.replace("./clusters/home/flux-system", "./clusters/home");
    repo.write("clusters/home/flux-system/gotk-sync.yaml", sync.as_bytes());
    for name in ["notes", "board"] {
        let unit = unit(1, name).replace("./clusters/home/", "./apps/");
        repo.write(&format!("clusters/home/{name}.yaml"), unit.as_bytes());
        service(&repo, &format!("apps/{name}"), name);
    }
    let tree = unit(1, "tree").replace("./clusters/home/", "./");
    repo.write("clusters/home/tree.yaml", tree.as_bytes());
    repo.write(
        "tree/kustomization.yaml",
        list(&["wiki", "shop"]).as_bytes(),
    );
    for name in ["wiki", "shop"] {
        service(&repo, &format!("tree/{name}"), name);
    }
    repo.commit();
    repo
}

/// Returns all files with their content, those of git left out.
fn content(dir: &Path) -> Vec<(String, String)> {
    let files = files_below(dir).into_iter().map(|file| {
        let path = file
            .strip_prefix(dir)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        (path, std::fs::read_to_string(&file).unwrap_or_default())
    });
    files
        .filter(|(path, _)| !path.starts_with(".git/"))
        .collect()
}

/// A run of the program at a terminal.
struct Session {
    pty: PtySession,
    _home: tempfile::TempDir,
}

impl Session {
    /// Starts it on a terminal without colour, with so many columns.
    fn start(dir: &Path, columns: u16, arguments: &[&str]) -> Self {
        Session::coloured(dir, columns, "1", arguments)
    }

    fn coloured(dir: &Path, columns: u16, no_color: &str, arguments: &[&str]) -> Self {
        let home = home();
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                &format!("stty cols {columns} rows 30; exec \"$0\" \"$@\""),
            ])
            .arg(program())
            .args(arguments)
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", home.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("TERM", "xterm")
            .env("NO_COLOR", no_color);
        let plain = !no_color.is_empty();
        let options = Options::new()
            .timeout_ms(Some(PATIENCE))
            .strip_ansi_escape_codes(plain);
        Session {
            pty: spawn_with_options(command, options).unwrap(),
            _home: home,
        }
    }

    /// Waits for a text, and returns what came before it.
    fn sees(&mut self, text: &str) -> String {
        self.pty
            .exp_string(text)
            .unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    fn types(&mut self, keys: &str) {
        self.pty.send(keys).unwrap();
        self.pty.flush().unwrap();
    }

    /// Waits for a question and answers it.
    fn answers(&mut self, question: &str, keys: &str) {
        self.sees(question);
        self.types(keys);
    }

    /// Waits for the end. Returns the status, and what was not seen yet.
    fn ends(mut self) -> (String, String) {
        let rest = self.pty.exp_eof().unwrap();
        let status = format!("{:?}", self.pty.process().wait().unwrap());
        let number = status.trim_end_matches(')').rsplit(", ").next();
        (number.unwrap_or_default().to_owned(), rest)
    }
}

const ENTER: &str = "\r";
const ESCAPE: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

/// Answers all questions about `site2` but the last.
fn describe(session: &mut Session) {
    session.answers("Name of the service", "site2\r");
    session.answers("Image", "ghcr.io/me/site2:20260709154535\r");
    session.answers("Port of the container", "3000\r");
    session.answers("Host: site2.home.example.dev", ENTER);
    session.answers("Updates of the image", ENTER);
    session.answers("HTTP path of its health: /health", ENTER);
    session.answers("Storage", ENTER);
    session.answers("Tile in group", "too\r");
    session.answers("Watch it with a monitor?", "y");
    session.answers("One line for people", "Our second site: it's new\r");
}

#[test]
fn all_answers_make_a_service_and_a_command_that_makes_it_again() {
    let (repo, again) = (homelab(), homelab());
    let mut session = Session::start(repo.path(), 100, &["new-service"]);
    describe(&mut session);
    session.sees("the same without questions: homelab ");
    let command = session.sees("--yes");
    assert_eq!(
        command,
        "new-service site2 --image ghcr.io/me/site2:20260709154535 --port 3000 --host site2.home.example.dev --probe /health \
         --description 'Our second site: it'\\''s new' --tile Tools --monitor "
    );
    session.answers("files?", "y");
    let (status, rest) = session.ends();
    assert_eq!(status, "0", "{rest}");
    let made = content(repo.path());
    let path = "clusters/home/site2/deployment.yaml";
    assert!(made.iter().any(|(p, _)| p == path), "{rest}");
    let command = format!("\"$0\" {command} --yes");
    let output = Command::new("sh")
        .args(["-c", &command])
        .arg(program())
        .current_dir(again.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(content(again.path()), made);
}

#[test]
fn enter_takes_what_is_usual_here() {
    let repo = homelab();
    let flags = [
        "new-service",
        "site2",
        "--image",
        "ghcr.io/me/site2:1.4.2",
        "--port",
        "3000",
    ];
    let mut session = Session::start(repo.path(), 60, &flags);
    for question in [
        "Host: site2.home.example.dev",
        "Updates of the image",
        "HTTP path of its health: /health",
        "Storage",
        "Tile in group",
        "Watch it with a monitor?",
        "One line for people",
        "files?",
    ] {
        session.answers(question, ENTER);
    }
    let (status, rest) = session.ends();
    assert_eq!(status, "0", "{rest}");
    let dashboard = content(repo.path());
    let dashboard = dashboard
        .iter()
        .find(|(p, _)| p.ends_with("configmap.yaml"));
    assert!(
        dashboard
            .unwrap()
            .1
            .contains("https://site2.home.example.dev")
    );
}

#[test]
fn a_wrong_name_is_refused_as_it_is_typed() {
    let repo = homelab();
    let mut session = Session::start(repo.path(), 60, &["new-service"]);
    session.answers("Name of the service: ", "S");
    session.sees("error: `S` is no DNS label: `S` is neither a small letter,");
    session.answers("a digit nor `-`", "\u{15}wiki\r");
    session.sees("error: the folder `wiki` exists already:");
    // Ctrl-W takes the word away.
    session.answers("clusters/home/wiki", "\u{17}site2\r");
    // What is not complete yet is no mistake yet.
    session.answers("Image: ", "ghcr.io/me/");
    assert!(!session.sees("ghcr.io/me/").contains("error"));
    session.answers("", "\u{15}x y\r");
    session.answers("error: could not parse", "\u{15}");
    session.answers("Image: \r", CTRL_C);
    assert_eq!(session.ends().0, "130");
}

#[test]
fn an_unclear_layout_is_asked_for() {
    let repo = undecided();
    let flags = [
        "new-service",
        "site2",
        "--image",
        "ghcr.io/me/site2:1.4.2",
        "--port",
        "80",
    ];
    let mut session = Session::start(repo.path(), 60, &flags);
    session.sees("unit-per-app: ");
    session.sees("Layout");
    session.sees("> unit-per-app (2 of 4");
    session.sees("listed-tree (2 of 4");
    // Arrow down, then Enter.
    session.types("\u{1b}[B\r");
    session.sees("Layout: listed-tree");
    session.answers("Host: site2.home.example.dev", ENTER);
    session.answers("Updates of the image", ENTER);
    session.answers("HTTP path", ENTER);
    session.answers("Storage", ENTER);
    session.sees("new-service site2 --layout listed-tree --image");
    session.answers("files?", ENTER);
    let (status, rest) = session.ends();
    assert_eq!(status, "0", "{rest}");
    assert!(repo.path().join("tree/site2/deployment.yaml").exists());
}

#[test]
fn a_cluster_is_asked_for_where_there_are_several() {
    let repo = Repo::new();
    for cluster in ["home", "work"] {
        let sync = SYNC.replace(
            "./clusters/home/flux-system",
            &format!("./clusters/{cluster}"),
        );
        let sync_file = format!("clusters/{cluster}/flux-system/gotk-sync.yaml");
        repo.write(&sync_file, sync.as_bytes());
        for name in ["notes", "board"] {
            let unit = unit(1, name).replace("./clusters/home/", &format!("./{cluster}/"));
            repo.write(&format!("clusters/{cluster}/{name}.yaml"), unit.as_bytes());
            service(&repo, &format!("{cluster}/{name}"), name);
        }
    }
    repo.commit();
    let flags = [
        "new-service",
        "site2",
        "--image",
        "a/b:1.0.0",
        "--policy",
        "none",
    ];
    let mut session = Session::start(repo.path(), 60, &flags);
    session.answers("> home", "\u{1b}[B\r");
    session.answers("Port of the container", ENTER);
    session.answers("Storage", ENTER);
    session.answers("One line for people", ENTER);
    session.sees("homelab --cluster work new-service site2 --image");
    session.answers("files?", ENTER);
    let (status, rest) = session.ends();
    assert_eq!(status, "0", "{rest}");
    assert!(repo.path().join("work/site2/deployment.yaml").exists());
    assert!(!repo.path().join("home/site2").exists());
}

#[test]
fn whoever_leaves_finds_everything_as_it_was() {
    let repo = homelab();
    let before = content(repo.path());
    for (keys, expected, last) in [
        (CTRL_C, "130", "interrupted; nothing was written"),
        (ESCAPE, "1", "nothing was written"),
        (CTRL_D, "1", "nothing was written"),
    ] {
        let mut session = Session::start(repo.path(), 80, &["new-service"]);
        session.answers("Name of the service: ", "site2\r");
        session.answers("Image: ", keys);
        let (status, rest) = session.ends();
        assert_eq!(status, expected, "{keys:?}: {rest}");
        assert!(rest.contains(last), "{keys:?}: {rest}");
    }
    assert_eq!(content(repo.path()), before);
}

#[test]
fn lists_can_be_left_too() {
    let repo = homelab();
    let before = content(repo.path());
    let flags = [
        "new-service",
        "site2",
        "--image",
        "a/b:1.0.0",
        "--port",
        "80",
        "--probe",
        "/",
    ];
    let flags = [&flags[..], &["--pvc", "d:1Gi:/d"]].concat();
    for (keys, expected) in [(CTRL_C, "130"), (ESCAPE, "1")] {
        for question in ["Updates of the image", "Tile in group", "monitor?"] {
            let mut session = Session::coloured(repo.path(), 80, "", &flags);
            session.sees("site2.home.example.dev");
            session.types(ENTER);
            let asked = ["Updates of the image", "Tile in group", "monitor?"];
            for earlier in asked.iter().take_while(|q| **q != question) {
                session.answers(earlier, ENTER);
            }
            session.answers(question, keys);
            let (status, rest) = session.ends();
            assert_eq!(status, expected, "{question}: {rest:?}");
            assert!(rest.contains("nothing was written"), "{question}: {rest:?}");
            let shown = rest.rfind("\u{1b}[?25h");
            assert!(shown >= rest.rfind("\u{1b}[?25l"), "no cursor: {rest:?}");
        }
    }
    assert_eq!(content(repo.path()), before);
}

#[test]
fn no_at_the_end_writes_nothing() {
    let repo = homelab();
    let before = content(repo.path());
    for keys in ["n", ESCAPE] {
        let mut session = Session::start(repo.path(), 60, &["new-service"]);
        describe(&mut session);
        session.answers("files?", keys);
        let (status, rest) = session.ends();
        assert_eq!(status, "1", "{rest}");
        assert!(rest.contains("nothing was written"), "{rest}");
        assert_eq!(content(repo.path()), before);
    }
}

#[test]
fn nobody_is_asked_with_yes_or_for_programs() {
    for flags in [&["--yes"][..], &["-o", "json"], &["--yes", "--dry-run"]] {
        let repo = homelab();
        let start = ["new-service", "site2", "--image", "a/b:1.0.0"];
        let session = Session::start(repo.path(), 80, &[&start[..], flags].concat());
        let (status, rest) = session.ends();
        assert_eq!(status, "0", "{rest}");
        assert!(!rest.contains("Updates of the image"), "{rest}");
        assert!(!rest.contains("without questions"), "{rest}");
    }
    let repo = homelab();
    let (status, rest) = Session::start(repo.path(), 80, &["new-service", "--yes"]).ends();
    assert_eq!(status, "2", "{rest}");
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let repo = homelab();
    let session = run(repo.path(), "new-service site2");
    assert!(session.starts_with("status: 2\n"), "{session}");
    assert!(session.contains("there is no image to run"), "{session}");
    let session = run(repo.path(), "new-service");
    assert!(session.starts_with("status: 2\n"), "{session}");
    let repo = undecided();
    let session = run(repo.path(), "new-service site2 --image a/b:1.0.0");
    assert!(session.contains("--layout listed-tree"), "{session}");
}

#[test]
fn questions_have_colour_where_the_rest_has() {
    let repo = homelab();
    let mut session = Session::coloured(repo.path(), 80, "", &["new-service"]);
    let before = session.sees("Name of the service");
    assert!(before.contains("\u{1b}[33m?"), "{before:?}");
    session.types(ESCAPE);
    assert_eq!(session.ends().0, "1");
    let flags = ["--color", "never", "new-service"];
    let mut session = Session::coloured(repo.path(), 80, "", &flags);
    let before = session.sees("Name of the service");
    assert!(!before.contains("\u{1b}[3"), "{before:?}");
    session.types(ESCAPE);
    assert_eq!(session.ends().0, "1");
}
