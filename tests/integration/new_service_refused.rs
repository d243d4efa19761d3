//! What `homelab new-service` refuses: one clear error with the right status, and nothing is written.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use crate::support::repo::Repo;
use crate::support::runner::program;
use crate::support::scaffold::{committed, git, layout, session, state};

const JAM: &str = "jam --image ghcr.io/example/jam:1.2.3 --port 8080";

/// Runs `new-service` and checks that nothing was written.
fn refused(repo: &Repo, line: &str) -> String {
    let before = state(repo.path());
    let said = session(repo.path(), &format!("new-service {line} --offline"));
    assert!(!said.starts_with("status: 0\n"), "{said}");
    assert_eq!(state(repo.path()), before, "{said}");
    said
}

/// Runs several refused lines in one repository.
fn each(repo: &Repo, lines: &[&str]) -> String {
    let said = lines
        .iter()
        .map(|line| format!("$ {line}\n{}\n", refused(repo, line)));
    said.collect()
}

#[test]
fn names_are_labels_that_nobody_has() {
    let repo = layout("documents");
    let image = "--image ghcr.io/example/x:1.2.3 --port 8080";
    assert_snapshot!(
        each(
            &repo,
            &[
                &format!("recipes {image}"),
                &format!("Tasks {image}"),
                &format!("my.tasks {image}"),
                &format!("my_tasks {image}"),
                &format!("tasks- {image}"),
                &format!("1tasks {image}"),
                &format!("{} {image}", "a".repeat(64)),
                &format!("../tasks {image}"),
                &format!("tasks --target-namespace My_Tasks {image}"),
            ],
        ),
        @"
        $ recipes --image ghcr.io/example/x:1.2.3 --port 8080
        status: 2
        --- stderr
        error: the folder `recipes` exists already: clusters/home/recipes
        hint: choose another name; nothing is overwritten
        $ Tasks --image ghcr.io/example/x:1.2.3 --port 8080
        status: 2
        --- stderr
        error: `Tasks` is no DNS label: `T` is neither a small letter, a digit nor `-`
        $ my.tasks --image ghcr.io/example/x:1.2.3 --port 8080
        status: 2
        --- stderr
        error: `my.tasks` is no DNS label: `.` is neither a small letter, a digit nor `-`
        $ my_tasks --image ghcr.io/example/x:1.2.3 --port 8080
        status: 2
        --- stderr
        error: `my_tasks` is no DNS label: `_` is neither a small letter, a digit nor `-`
        $ tasks- --image ghcr.io/example/x:1.2.3 --port 8080
        status: 2
        --- stderr
        error: `tasks-` is no DNS label: it ends with `-`
        $ 1tasks --image ghcr.io/example/x:1.2.3 --port 8080
        status: 2
        --- stderr
        error: `1tasks` is no DNS label: a Service must begin with a letter
        $ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --image ghcr.io/example/x:1.2.3 --port 8080
        status: 2
        --- stderr
        error: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no DNS label: it has 64 characters, and 63 are the most
        $ ../tasks --image ghcr.io/example/x:1.2.3 --port 8080
        status: 2
        --- stderr
        error: `../tasks` is no DNS label: `.` is neither a small letter, a digit nor `-`
        $ tasks --target-namespace My_Tasks --image ghcr.io/example/x:1.2.3 --port 8080
        status: 2
        --- stderr
        error: `My_Tasks` is no DNS label: `M` is neither a small letter, a digit nor `-`
        "
    );
    // An empty name needs a word of its own.
    let words = [
        "new-service",
        "",
        "--image",
        "ghcr.io/example/x:1.2.3",
        "--offline",
    ];
    assert_snapshot!(crate::support::runner::run_words(repo.path(), &words), @"
    status: 2
    --- stderr
    error: `` is no DNS label: it is empty
    ");
    // A folder that nobody lists, a Flux Kustomization and a namespace of that name.
    repo.write("clusters/home/attic/old.yaml", b"kind: Old\n");
    assert_snapshot!(refused(&repo, &format!("attic {image}")), @"
    status: 2
    --- stderr
    error: the folder `attic` exists already: clusters/home/attic
    hint: choose another name; nothing is overwritten
    ");
    let listed = layout("unit-per-app");
    fs::rename(
        listed.path().join("apps/wiki"),
        listed.path().join("apps/pages"),
    )
    .expect("a folder");
    let unit =
        fs::read_to_string(listed.path().join("clusters/lab/apps/wiki.yaml")).expect("a file");
    listed.write(
        "clusters/lab/apps/wiki.yaml",
        unit.replace("apps/wiki", "apps/pages").as_bytes(),
    );
    assert_snapshot!(refused(&listed, &format!("wiki {image}")), @"
    status: 2
    --- stderr
    error: the Flux Kustomization `wiki` exists already: clusters/lab/apps/wiki.yaml:2
    hint: choose another name; nothing is overwritten
    ");
    let namespaces = layout("listed-tree");
    namespaces.write(
        "cluster/apps/tea/namespace.yaml",
        b"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: drinks\n",
    );
    assert_snapshot!(refused(&namespaces, &format!("drinks {image}")), @"
    status: 2
    --- stderr
    error: the namespace `drinks` exists already: cluster/apps/tea/namespace.yaml:1
    hint: choose another name; nothing is overwritten
    ");
}

#[test]
fn hosts_are_names_that_nobody_has() {
    let repo = layout("documents");
    let tasks = "tasks --image ghcr.io/example/tasks:20260401020304";
    assert_snapshot!(
        each(
            &repo,
            &[
                &format!("{tasks} --port 8080 --host notes.home.example.org"),
                &format!("{tasks} --port 8080 --host https://tasks.home.example.org"),
                &format!("{tasks} --port 8080 --host Tasks.home.example.org"),
                &format!("{tasks} --port 8080 --host *.home.example.org"),
                &format!("{tasks} --host tasks.home.example.org"),
                &format!("{tasks} --port 8080 --host tasks.home.example.org --ingress none"),
                &format!("{tasks} --ingress nginx"),
                &format!("{tasks} --ingress caddy"),
                &format!("{tasks} --schedule @daily --port 8080 --host tasks.home.example.org"),
                &format!("{tasks} --port 8080 --tunnel"),
            ],
        ),
        @"
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --host notes.home.example.org
        status: 2
        --- stderr
        error: the host notes.home.example.org is taken: clusters/home/notes/ingress.yaml:15
        hint: choose another with `--host`
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --host https://tasks.home.example.org
        status: 2
        --- stderr
        error: `https://tasks.home.example.org` is no host name: labels of small letters, digits and `-`, with dots between them
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --host Tasks.home.example.org
        status: 2
        --- stderr
        error: `Tasks.home.example.org` is no host name: labels of small letters, digits and `-`, with dots between them
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --host *.home.example.org
        status: 2
        --- stderr
        error: `*.home.example.org` is no host name: labels of small letters, digits and `-`, with dots between them
        $ tasks --image ghcr.io/example/tasks:20260401020304 --host tasks.home.example.org
        status: 2
        --- stderr
        error: nothing can bring requests to a service without a port
        hint: add `--port N`, the port that the container listens on
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --host tasks.home.example.org --ingress none
        status: 2
        --- stderr
        error: `--host` and `--ingress none` exclude each other
        $ tasks --image ghcr.io/example/tasks:20260401020304 --ingress nginx
        status: 2
        --- stderr
        error: nothing can bring requests to a service without a port
        hint: add `--port N`, the port that the container listens on
        $ tasks --image ghcr.io/example/tasks:20260401020304 --ingress caddy
        status: 2
        --- stderr
        error: invalid value 'caddy' for '--ingress <KIND>'
          [possible values: auto, nginx, traefik, tailscale, gateway, none]

        For more information, try '--help'.
        $ tasks --image ghcr.io/example/tasks:20260401020304 --schedule @daily --port 8080 --host tasks.home.example.org
        status: 2
        --- stderr
        error: nothing can bring requests to a service without a port
        hint: add `--port N`, the port that the container listens on
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --tunnel
        status: 2
        --- stderr
        error: a tunnel needs a `--host`
        "
    );
    let repo = layout("listed-tree");
    assert_snapshot!(refused(&repo, &format!("{JAM} --host jam.example.org")), @"
    status: 2
    --- stderr
    error: no service here says who brings requests to jam.example.org
    hint: choose one: `--ingress nginx|traefik|tailscale|gateway`
    ");
    assert_snapshot!(refused(&repo, &format!("{JAM} --ingress gateway")), @"
    status: 2
    --- stderr
    error: the host is not known
    hint: add `--host FQDN`
    ");
}

#[test]
fn values_have_forms() {
    let repo = layout("documents");
    let tasks = "tasks --image ghcr.io/example/tasks:20260401020304";
    let lines: Vec<String> = [
        "--port 0",
        "--port 65536",
        "--port http",
        "--port -1",
        "--pvc data",
        "--pvc data:5Gi",
        "--pvc data:5Gi:data",
        "--pvc Data:5Gi:/data",
        "--pvc data:much:/data",
        "--pvc data:0Gi:/data",
        "--nfs nas.lan",
        "--nfs nas.lan:/media",
        "--nfs nas.lan:media:/media",
        "--nfs :/media:/media",
        "--env LIMIT",
        "--env =1",
        "--env 1A=1",
        "--env 'A B=1'",
        "--secret TOKEN",
        "--secret TOKEN=",
        "--secret =tasks/token",
        "--seal A=B",
        "--env A=1 --env A=2",
        "--env A=1 --secret A=tasks/a",
        "--secret A=tasks/a --seal A",
        "--pvc data:1Gi:/data --pvc data:2Gi:/more",
        "--pvc data:1Gi:/data --nfs nas.lan:/x:/data",
        "--probe health",
        "--resources huge",
        "--node pi-1 --prefer-node worker",
        "--run-as root",
        "--run-as -1",
        "--workload daemonset",
        "--workload cronjob",
        "--workload deployment --schedule '0 4 * * *'",
        "--schedule '0 4 * *'",
        "--schedule nightly",
        "--layout flat",
        "--icon tasks.png",
        "--policy newest",
        "--policy semver:^1.0.0",
        "--policy semver:",
        "--policy 'semver:>=1.0.0 <'",
        "--pull-secret Ghcr_Pull",
        "--node Pi_1",
    ]
    .iter()
    .map(|more| format!("{tasks} {more}"))
    .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_snapshot!(each(&repo, &lines), @"");
}

#[test]
fn images_have_a_name_and_a_tag() {
    let repo = layout("documents");
    let digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    assert_snapshot!(
        each(
            &repo,
            &[
                "tasks --port 8080",
                "tasks --port 8080 --image ghcr.io/example/tasks",
                &format!("tasks --port 8080 --image ghcr.io/example/tasks@{digest}"),
                &format!("tasks --port 8080 --image ghcr.io/example/tasks:1.2.3@{digest}"),
                "tasks --port 8080 --image ghcr.io/Example/Tasks:1.2.3",
                "tasks --port 8080 --image ghcr.io/example/tasks:",
                "tasks --port 8080 --image :1.2.3",
                "tasks --port 8080 --image https://ghcr.io/example/tasks:1.2.3",
                "tasks --port 8080 --image ghcr.io/example/tasks:1.2.3 --tags nowhere",
                "tasks --port 8080 --image ghcr.io/example/tasks:latest --policy timestamp",
                "tasks --port 8080 --image ghcr.io/example/tasks:1.2.3 --policy timestamp",
            ],
        ),
        @"
        $ tasks --port 8080
        status: 2
        --- stderr
        error: there is no image to run
        hint: `--image ghcr.io/me/app:1.4.2`
        $ tasks --port 8080 --image ghcr.io/example/tasks
        status: 2
        --- stderr
        error: ghcr.io/example/tasks has no tag to begin with
        hint: name one: `--image ghcr.io/example/tasks:1.4.2`
        $ tasks --port 8080 --image ghcr.io/example/tasks@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        status: 2
        --- stderr
        error: ghcr.io/example/tasks@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef names a digest, and digests have no order
        hint: name a tag: `--image ghcr.io/me/app:1.4.2`
        $ tasks --port 8080 --image ghcr.io/example/tasks:1.2.3@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        status: 2
        --- stderr
        error: ghcr.io/example/tasks:1.2.3@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef names a digest, and digests have no order
        hint: name a tag: `--image ghcr.io/me/app:1.4.2`
        $ tasks --port 8080 --image ghcr.io/Example/Tasks:1.2.3
        status: 2
        --- stderr
        error: could not parse reference: ghcr.io/Example/Tasks:1.2.3
        hint: `--image ghcr.io/me/app:1.4.2`
        $ tasks --port 8080 --image ghcr.io/example/tasks:
        status: 2
        --- stderr
        error: could not parse reference: ghcr.io/example/tasks:
        hint: `--image ghcr.io/me/app:1.4.2`
        $ tasks --port 8080 --image :1.2.3
        status: 2
        --- stderr
        error: could not parse reference: :1.2.3
        hint: `--image ghcr.io/me/app:1.4.2`
        $ tasks --port 8080 --image https://ghcr.io/example/tasks:1.2.3
        status: 2
        --- stderr
        error: image 'https://ghcr.io/example/tasks' should not include URL scheme; remove 'https://'
        $ tasks --port 8080 --image ghcr.io/example/tasks:1.2.3 --tags nowhere
        status: 3
        --- stderr
        error: nowhere: no such file or folder
        $ tasks --port 8080 --image ghcr.io/example/tasks:latest --policy timestamp
        status: 2
        --- stderr
        error: ghcr.io/example/tasks: `latest` says nothing of what is newer: it is moved, and no policy can order it
        hint: publish tags that grow with every build: a time (`date -u +%Y%m%d%H%M%S`), a version (`1.2.3`) or a build number
        $ tasks --port 8080 --image ghcr.io/example/tasks:1.2.3 --policy timestamp
        status: 2
        --- stderr
        error: ghcr.io/example/tasks: no tag fits the wished policy; there are such as `1.2.3`
        hint: `--policy auto` takes what fits
        "
    );
    repo.write("tags", b"latest\nmain\n");
    assert_snapshot!(refused(&repo, "tasks --port 8080 --image ghcr.io/example/tasks --tags tags --policy timestamp"), @"
    status: 2
    --- stderr
    error: ghcr.io/example/tasks has no tag to begin with
    hint: name one: `--image ghcr.io/example/tasks:1.4.2`
    ");
    repo.write("tags", b"");
    assert_snapshot!(refused(&repo, "tasks --port 8080 --image ghcr.io/example/tasks --tags tags"), @"
    status: 2
    --- stderr
    error: ghcr.io/example/tasks has no tag to begin with
    hint: name one: `--image ghcr.io/example/tasks:1.4.2`
    ");
}

#[test]
fn what_is_named_is_there() {
    let repo = layout("documents");
    let tasks = "tasks --image ghcr.io/example/tasks:20260401020304 --port 8080";
    assert_snapshot!(
        each(
            &repo,
            &[
                &format!("{tasks} --depends-on certificate"),
                &format!("{tasks} --depends-on flood"),
                &format!("{tasks} --like recipe"),
                &format!("{tasks} --like zzz"),
                &format!("{tasks} --tile Garage --host tasks.home.example.org"),
                &format!("{tasks} --cluster away"),
                &format!("{tasks} --folder nowhere/at/all"),
                &format!("{tasks} --folder /etc"),
                &format!("{tasks} --folder ../elsewhere"),
            ],
        ),
        @""
    );
    let repo = layout("listed-tree");
    assert_snapshot!(
        each(
            &repo,
            &[
                &format!("{JAM} --tile Food"),
                &format!("{JAM} --monitor"),
                &format!("{JAM} --pvc data:1Gi:/data --backup"),
                &format!("{JAM} --host jam.example.org --ingress nginx --tunnel"),
            ],
        ),
        @""
    );
}

#[test]
fn one_layout_and_one_cluster_are_needed() {
    let clusters = layout("base-overlay");
    assert_snapshot!(refused(&clusters, JAM), @"
    status: 2
    --- stderr
    error: there are 2 clusters
    hint: name one with `--cluster`: production, staging
    ");
    // Half of the services are listed, the others have a Flux Kustomization of their own.
    let mixed = layout("listed-tree");
    for name in ["forge", "paper", "wiki"] {
        let unit = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: {name}\n  namespace: flux-system\n\
             spec:\n  interval: 1h\n  path: ./apps/{name}\n  prune: true\n  sourceRef:\n    kind: GitRepository\n    name: flux-system\n"
        );
        mixed.write(&format!("cluster/units/{name}.yaml"), unit.as_bytes());
        for file in ["namespace", "deployment", "service", "kustomization"] {
            let from = layout("unit-per-app-found");
            let text =
                fs::read(from.path().join(format!("apps/{name}/{file}.yaml"))).expect("a file");
            mixed.write(&format!("apps/{name}/{file}.yaml"), &text);
        }
    }
    mixed.write(
        "cluster/units/kustomization.yaml",
        b"resources:\n- forge.yaml\n- paper.yaml\n- wiki.yaml\n",
    );
    mixed.write(
        "cluster/kustomization.yaml",
        b"resources:\n- flux-system\n- apps\n- units\n",
    );
    committed(&mixed);
    assert_snapshot!(refused(&mixed, JAM), @"
    status: 2
    --- stderr
    error: the services here are laid out in several ways
    hint: --layout unit-per-app: a Flux Kustomization for each service in the cluster's folder (3 of 6, such as cluster/units/forge.yaml:1) --layout listed-tree: one tree, listed by kustomization files (3 of 6, such as cluster/apps/kustomization.yaml:4)
    ");
    assert_snapshot!(refused(&mixed, &format!("{JAM} --layout base-overlay")), @"
    status: 2
    --- stderr
    error: there is no service that could be an example: none is laid out as bases and overlays and registered in a way that can be repeated
    ");
    let chosen = session(
        mixed.path(),
        &format!("new-service {JAM} --layout unit-per-app --offline"),
    );
    assert!(
        chosen.contains("\ncreate cluster/units/jam.yaml\n"),
        "{chosen}"
    );
}

#[test]
fn there_must_be_flux_and_for_a_commit_git() {
    let empty = Repo::new();
    assert_snapshot!(refused(&empty, JAM), @"
    status: 2
    --- stderr
    note: [DIR] is not a git repository: looking at all files of the folder
    error: no Flux in [DIR]: nothing says where a service goes
    hint: `homelab init` starts a repository; `-C DIR` names another folder
    ");
    empty.write("readme.txt", b"nothing here\n");
    committed(&empty);
    assert_snapshot!(refused(&empty, JAM), @"
    status: 2
    --- stderr
    error: no Flux in [DIR]: nothing says where a service goes
    hint: `homelab init` starts a repository; `-C DIR` names another folder
    ");
    let plain = layout("listed-tree");
    fs::remove_dir_all(plain.path().join(".git")).expect("a folder");
    assert_snapshot!(refused(&plain, &format!("{JAM} --commit")), @"
    status: 2
    --- stderr
    note: [DIR] is not a git repository: looking at all files of the folder
    error: [DIR] is no git repository
    hint: `git init` makes it one
    ");
    // Without a commit it needs no git.
    let said = session(plain.path(), &format!("new-service {JAM} --offline"));
    assert_snapshot!(said, @"
    status: 0
    --- stdout
    create cluster/apps/jam/deployment.yaml
    create cluster/apps/jam/kustomization.yaml
    create cluster/apps/jam/namespace.yaml
    create cluster/apps/jam/service.yaml
    edit   cluster/apps/kustomization.yaml
    --- stderr
    note: [DIR] is not a git repository: looking at all files of the folder
    ");
}

#[test]
fn git_must_take_it() {
    let repo = layout("documents");
    let tasks =
        "tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --secret TOKEN=tasks/token";
    repo.write(".gitignore", b"# never\n*secret*.yaml\n");
    assert_snapshot!(refused(&repo, tasks), @"
    status: 2
    --- stderr
    error: git would ignore clusters/home/tasks/external-secret.yaml (.gitignore:2 says `*secret*.yaml`)
    hint: Flux sees only what is committed: write `!external-secret.yaml` on a line below that one, or choose another name; or make the file by hand and `git add -f` it
    ");
    repo.write(".gitignore", b"/clusters/home/tasks/\n");
    assert_snapshot!(refused(&repo, tasks), @"
    status: 2
    --- stderr
    error: git would ignore clusters/home/tasks/deployment.yaml (.gitignore:1 says `/clusters/home/tasks/`), clusters/home/tasks/external-secret.yaml (.gitignore:1 says `/clusters/home/tasks/`), clusters/home/tasks/image-automation.yaml (.gitignore:1 says `/clusters/home/tasks/`), and 3 more
    hint: Flux sees only what is committed: take that line away, or choose another name; or make the file by hand and `git add -f` it
    ");
    let dirty = layout("documents");
    let path = dirty.path().join("clusters/home/flux-system/services.yaml");
    let text = fs::read_to_string(&path).expect("a file");
    fs::write(&path, format!("# mine\n{text}")).expect("a file");
    assert_snapshot!(refused(&dirty, &format!("{tasks} --commit")), @"
    status: 2
    --- stderr
    error: clusters/home/flux-system/services.yaml: there are changes that are not committed
    hint: commit or stash them first, or leave `--commit` away
    ");
    git(dirty.path(), &["checkout", "-q", "--detach"]);
    assert_snapshot!(refused(&dirty, &format!("{tasks} --push")), @"
    status: 2
    --- stderr
    error: clusters/home/flux-system/services.yaml: there are changes that are not committed
    hint: commit or stash them first, or leave `--commit` away
    ");
}

#[test]
fn broken_neighbours_are_named() {
    // The list that a new service has to be in.
    let repo = layout("listed-tree");
    repo.write(
        "cluster/apps/kustomization.yaml",
        b"resources:\n- bread\n  - honey: [\n",
    );
    assert_snapshot!(refused(&repo, JAM), @"
    status: 2
    --- stderr
    error: there is no service that could be an example: the cluster applies no service of this repository, and no folder such as apps/
    ");
    let repo = layout("documents");
    let path = repo.path().join("clusters/home/flux-system/services.yaml");
    let text = fs::read_to_string(&path).expect("a file");
    fs::write(&path, format!("{text}---\nkind: [\n")).expect("a file");
    assert_snapshot!(
        refused(&repo, "tasks --image ghcr.io/example/tasks:20260401020304 --port 8080"),
        @"
        status: 3
        --- stderr
        error: clusters/home/flux-system/services.yaml:163: cannot be edited safely: unclosed bracket '['
        "
    );
    // Only a neighbour: the others show how it is done.
    let repo = layout("listed-tree");
    repo.write("cluster/apps/bread/deployment.yaml", b"kind: [Deployment\n");
    let said = session(repo.path(), &format!("new-service {JAM} --offline"));
    assert_snapshot!(said, @"
    status: 0
    --- stdout
    create cluster/apps/jam/deployment.yaml
    create cluster/apps/jam/kustomization.yaml
    create cluster/apps/jam/namespace.yaml
    create cluster/apps/jam/service.yaml
    edit   cluster/apps/kustomization.yaml
    ");
}

#[test]
fn files_in_the_way_stop_everything() {
    let repo = layout("listed-tree");
    repo.write("cluster/apps/jam", b"a file where the folder should be\n");
    assert_snapshot!(refused(&repo, JAM), @"
    status: 3
    --- stdout
    create cluster/apps/jam/deployment.yaml
    create cluster/apps/jam/kustomization.yaml
    create cluster/apps/jam/namespace.yaml
    create cluster/apps/jam/service.yaml
    edit   cluster/apps/kustomization.yaml
    --- stderr
    error: cannot write cluster/apps/jam/deployment.yaml: not a directory
    hint: nothing was written
    ");
    let repo = layout("found-tree");
    fs::create_dir(repo.path().join("cluster/apps/jam")).expect("a folder");
    // An empty folder is nobody's.
    let said = session(repo.path(), &format!("new-service {JAM} --offline"));
    assert!(said.starts_with("status: 0\n"), "{said}");
}

/// The system refuses to write more than a few hundred bytes to any file, as a full disk would.
#[test]
fn a_full_disk_leaves_nothing() {
    let repo = layout("documents");
    let before = state(repo.path());
    let script = format!(
        "trap '' XFSZ; ulimit -f 1; exec {} new-service tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --offline",
        program().display()
    );
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(repo.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("a shell");
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert_snapshot!(String::from_utf8(output.stderr).expect("UTF-8"), @"
    error: cannot write clusters/home/flux-system/services.yaml: file too large
    hint: nothing was written
    ");
    assert_eq!(state(repo.path()), before);
    assert!(!repo.path().join("clusters/home/tasks").exists());
    assert_eq!(git(repo.path(), &["status", "--porcelain"]), "");
}
