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
        error: nothing brings requests to a CronJob
        hint: leave out `--host` and `--ingress`
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
        "--pvc data:1Gi:/data --pvc more:2Gi:/data/",
        "--node ''",
        "--prefer-node -worker",
        "--description ''",
        "--title ''",
        "--workload cronjob --schedule @daily --port 8080 --ingress nginx",
        "--policy semver:",
        "--policy 'semver:>=1.0.0 <'",
        "--pull-secret Ghcr_Pull",
        "--node Pi_1",
    ]
    .iter()
    .map(|more| format!("{tasks} {more}"))
    .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_snapshot!(each(&repo, &lines), @r#"
    $ tasks --image ghcr.io/example/tasks:20260401020304 --port 0
    status: 2
    --- stderr
    error: invalid value '0' for '--port <N>': 0 is not in 1..=65535

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --port 65536
    status: 2
    --- stderr
    error: invalid value '65536' for '--port <N>': 65536 is not in 1..=65535

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --port http
    status: 2
    --- stderr
    error: invalid value 'http' for '--port <N>': invalid digit found in string

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --port -1
    status: 2
    --- stderr
    error: unexpected argument '-1' found

      tip: to pass '-1' as a value, use '-- -1'

    Usage: homelab new-service [OPTIONS] [NAME]

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pvc data
    status: 2
    --- stderr
    error: invalid value 'data' for '--pvc <NAME:SIZE:MOUNT>': `NAME:SIZE:MOUNT` is expected, such as data:5Gi:/data

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pvc data:5Gi
    status: 2
    --- stderr
    error: invalid value 'data:5Gi' for '--pvc <NAME:SIZE:MOUNT>': `NAME:SIZE:MOUNT` is expected, such as data:5Gi:/data

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pvc data:5Gi:data
    status: 2
    --- stderr
    error: invalid value 'data:5Gi:data' for '--pvc <NAME:SIZE:MOUNT>': `data` is no absolute path

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pvc Data:5Gi:/data
    status: 2
    --- stderr
    error: invalid value 'Data:5Gi:/data' for '--pvc <NAME:SIZE:MOUNT>': `Data` is no DNS label: `D` is neither a small letter, a digit nor `-`

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pvc data:much:/data
    status: 2
    --- stderr
    error: invalid value 'data:much:/data' for '--pvc <NAME:SIZE:MOUNT>': `much` is no size: a number and Mi, Gi or Ti

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pvc data:0Gi:/data
    status: 2
    --- stderr
    error: invalid value 'data:0Gi:/data' for '--pvc <NAME:SIZE:MOUNT>': `0Gi` is no size: a number and Mi, Gi or Ti

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --nfs nas.lan
    status: 2
    --- stderr
    error: invalid value 'nas.lan' for '--nfs <HOST:/PATH:MOUNT>': `HOST:/PATH:MOUNT` is expected, such as nas.lan:/media:/media

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --nfs nas.lan:/media
    status: 2
    --- stderr
    error: invalid value 'nas.lan:/media' for '--nfs <HOST:/PATH:MOUNT>': `HOST:/PATH:MOUNT` is expected, such as nas.lan:/media:/media

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --nfs nas.lan:media:/media
    status: 2
    --- stderr
    error: invalid value 'nas.lan:media:/media' for '--nfs <HOST:/PATH:MOUNT>': `HOST:/PATH:MOUNT` is expected, such as nas.lan:/media:/media

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --nfs :/media:/media
    status: 2
    --- stderr
    error: invalid value ':/media:/media' for '--nfs <HOST:/PATH:MOUNT>': `HOST:/PATH:MOUNT` is expected, such as nas.lan:/media:/media

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --env LIMIT
    status: 2
    --- stderr
    error: invalid value 'LIMIT' for '--env <K=V>': `NAME=VALUE` is expected

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --env =1
    status: 2
    --- stderr
    error: invalid value '=1' for '--env <K=V>': `` is no name of an environment variable: letters, digits, `_`, `-` and `.`, no digit in front

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --env 1A=1
    status: 2
    --- stderr
    error: invalid value '1A=1' for '--env <K=V>': `1A` is no name of an environment variable: letters, digits, `_`, `-` and `.`, no digit in front

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --env 'A B=1'
    status: 2
    --- stderr
    error: invalid value 'A B=1' for '--env <K=V>': `A B` is no name of an environment variable: letters, digits, `_`, `-` and `.`, no digit in front

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --secret TOKEN
    status: 2
    --- stderr
    error: invalid value 'TOKEN' for '--secret <KEY=ITEM/FIELD>': `KEY=ITEM/FIELD` is expected

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --secret TOKEN=
    status: 2
    --- stderr
    error: invalid value 'TOKEN=' for '--secret <KEY=ITEM/FIELD>': `KEY=ITEM/FIELD` is expected: the item is empty

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --secret =tasks/token
    status: 2
    --- stderr
    error: invalid value '=tasks/token' for '--secret <KEY=ITEM/FIELD>': `` is no name of an environment variable: letters, digits, `_`, `-` and `.`, no digit in front

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --seal A=B
    status: 2
    --- stderr
    error: `A=B` is no name of an environment variable: letters, digits, `_`, `-` and `.`, no digit in front
    $ tasks --image ghcr.io/example/tasks:20260401020304 --env A=1 --env A=2
    status: 2
    --- stderr
    error: the environment variable `A` is set twice
    $ tasks --image ghcr.io/example/tasks:20260401020304 --env A=1 --secret A=tasks/a
    status: 2
    --- stderr
    error: the environment variable `A` is set twice
    $ tasks --image ghcr.io/example/tasks:20260401020304 --secret A=tasks/a --seal A
    status: 2
    --- stderr
    error: the environment variable `A` is set twice
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pvc data:1Gi:/data --pvc data:2Gi:/more
    status: 2
    --- stderr
    error: the claim `data` is made twice
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pvc data:1Gi:/data --nfs nas.lan:/x:/data
    status: 2
    --- stderr
    error: the folder `/data` is mounted twice
    $ tasks --image ghcr.io/example/tasks:20260401020304 --probe health
    status: 2
    --- stderr
    error: invalid value 'health' for '--probe <PATH>': `health` does not begin with `/`

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --resources huge
    status: 2
    --- stderr
    error: invalid value 'huge' for '--resources <PRESET>'
      [possible values: auto, small, medium, large, none]

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --node pi-1 --prefer-node worker
    status: 2
    --- stderr
    error: the argument '--node <NAME>' cannot be used with '--prefer-node <ROLE>'

    Usage: homelab new-service --image <REF> --node <NAME> --offline <NAME>

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --run-as root
    status: 2
    --- stderr
    error: invalid value 'root' for '--run-as <UID>': invalid digit found in string

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --run-as -1
    status: 2
    --- stderr
    error: unexpected argument '-1' found

      tip: to pass '-1' as a value, use '-- -1'

    Usage: homelab new-service [OPTIONS] [NAME]

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --workload daemonset
    status: 2
    --- stderr
    error: invalid value 'daemonset' for '--workload <KIND>'
      [possible values: deployment, statefulset, cronjob, helmrelease]

      tip: a similar value exists: 'deployment'

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --workload cronjob
    status: 2
    --- stderr
    error: a CronJob needs a schedule
    hint: `--schedule '0 4 * * *'`
    $ tasks --image ghcr.io/example/tasks:20260401020304 --workload deployment --schedule '0 4 * * *'
    status: 2
    --- stderr
    error: only a CronJob has a `--schedule`
    $ tasks --image ghcr.io/example/tasks:20260401020304 --schedule '0 4 * *'
    status: 2
    --- stderr
    error: `0 4 * *` is no schedule: five fields, and these are 4
    hint: every night at four: `--schedule '0 4 * * *'`
    $ tasks --image ghcr.io/example/tasks:20260401020304 --schedule nightly
    status: 2
    --- stderr
    error: `nightly` is no schedule: five fields, and these are 1
    hint: every night at four: `--schedule '0 4 * * *'`
    $ tasks --image ghcr.io/example/tasks:20260401020304 --layout flat
    status: 2
    --- stderr
    error: invalid value 'flat' for '--layout <LAYOUT>'
      [possible values: auto, app-folder, app-file, base-overlay, unit-per-app, documents, listed-tree, found-tree, environment-files]

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --icon tasks.png
    status: 2
    --- stderr
    error: the following required arguments were not provided:
      --tile <GROUP>

    Usage: homelab new-service --tile <GROUP> --image <REF> --icon <ICON> --offline <NAME>

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --policy newest
    status: 2
    --- stderr
    error: invalid value 'newest' for '--policy <POLICY>': `newest` is no policy; there are auto, semver:RANGE, timestamp, numerical and none

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --policy semver:^1.0.0
    status: 2
    --- stderr
    error: ghcr.io/example/tasks: no tag fits the wished policy `semver:^1.0.0`; there are such as `20260401020304`
    hint: `--policy auto` takes what fits
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pvc data:1Gi:/data --pvc more:2Gi:/data/
    status: 2
    --- stderr
    error: the folder `/data` is mounted twice
    $ tasks --image ghcr.io/example/tasks:20260401020304 --node ''
    status: 2
    --- stderr
    error: invalid value '' for '--node <NAME>': `` is no name: small letters, digits, `-` and dots between them

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --prefer-node -worker
    status: 2
    --- stderr
    error: unexpected argument '-w' found

      tip: to pass '-w' as a value, use '-- -w'

    Usage: homelab new-service [OPTIONS] [NAME]

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --description ''
    status: 2
    --- stderr
    error: invalid value '' for '--description <TEXT>': it is empty

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --title ''
    status: 2
    --- stderr
    error: invalid value '' for '--title <TEXT>': it is empty

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --workload cronjob --schedule @daily --port 8080 --ingress nginx
    status: 2
    --- stderr
    error: nothing brings requests to a CronJob
    hint: leave out `--host` and `--ingress`
    $ tasks --image ghcr.io/example/tasks:20260401020304 --policy semver:
    status: 2
    --- stderr
    error: invalid value 'semver:' for '--policy <POLICY>': improper constraint: ""
      
      ^ a comparator is missing here, such as `>=1.0.0` or `*`

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --policy 'semver:>=1.0.0 <'
    status: 2
    --- stderr
    error: invalid value 'semver:>=1.0.0 <' for '--policy <POLICY>': improper constraint: ">=1.0.0 <"
      >=1.0.0 <
              ^ a comparator is one of = != > >= < <= ~ ^ and a version of up to three numbers

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --pull-secret Ghcr_Pull
    status: 2
    --- stderr
    error: invalid value 'Ghcr_Pull' for '--pull-secret <NAME>': `Ghcr_Pull` is no name: small letters, digits, `-` and dots between them

    For more information, try '--help'.
    $ tasks --image ghcr.io/example/tasks:20260401020304 --node Pi_1
    status: 2
    --- stderr
    error: invalid value 'Pi_1' for '--node <NAME>': `Pi_1` is no name: small letters, digits, `-` and dots between them

    For more information, try '--help'.
    "#);
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
    error: ghcr.io/example/tasks has no tag to begin with: none of the 2 tags can be ordered: they are names that move, commits or prereleases
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
                &format!("{tasks} --folder ."),
                &format!("{tasks} --folder clusters/../../up"),
                &format!("{tasks} --folder /etc"),
                &format!("{tasks} --folder ../elsewhere"),
            ],
        ),
        @"
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --depends-on certificate
        status: 2
        --- stderr
        error: no Flux Kustomization is called `certificate`
        hint: did you mean `certificates`?
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --depends-on flood
        status: 2
        --- stderr
        error: no Flux Kustomization is called `flood`
        hint: there are: flux-system, backup, certificates, dashboard, ingress, notes, recipes, tunnel, vault-store, watch
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --like recipe
        status: 2
        --- stderr
        error: no service is called `recipe`
        hint: did you mean `recipes`?
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --like zzz
        status: 2
        --- stderr
        error: no service is called `zzz`
        hint: there are: backup, dashboard, notes, recipes, tunnel, watch
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --tile Garage --host tasks.home.example.org
        status: 2
        --- stderr
        error: clusters/home/dashboard/configmap.yaml: the dashboard has no group `Garage`, but Kitchen, Office
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --cluster away
        status: 2
        --- stderr
        error: no cluster is called `away`
        hint: there are: home
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --folder .
        status: 2
        --- stderr
        error: invalid value '.' for '--folder <DIR>': `.` is no folder of the repository: a path relative to its root, such as `apps/media`

        For more information, try '--help'.
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --folder clusters/../../up
        status: 2
        --- stderr
        error: invalid value 'clusters/../../up' for '--folder <DIR>': `clusters/../../up` is no folder of the repository: a path relative to its root, such as `apps/media`

        For more information, try '--help'.
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --folder /etc
        status: 2
        --- stderr
        error: invalid value '/etc' for '--folder <DIR>': `/etc` is no folder of the repository: a path relative to its root, such as `apps/media`

        For more information, try '--help'.
        $ tasks --image ghcr.io/example/tasks:20260401020304 --port 8080 --folder ../elsewhere
        status: 2
        --- stderr
        error: invalid value '../elsewhere' for '--folder <DIR>': `../elsewhere` is no folder of the repository: a path relative to its root, such as `apps/media`

        For more information, try '--help'.
        "
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
        @"
        $ jam --image ghcr.io/example/jam:1.2.3 --port 8080 --tile Food
        status: 2
        --- stderr
        error: no `services.yaml` of Homepage and no service with its annotations is applied in this cluster; leave out --tile
        $ jam --image ghcr.io/example/jam:1.2.3 --port 8080 --monitor
        status: 2
        --- stderr
        error: no monitors of AutoKuma and no endpoints of Gatus is applied in this cluster; leave out --monitor
        $ jam --image ghcr.io/example/jam:1.2.3 --port 8080 --pvc data:1Gi:/data --backup
        status: 2
        --- stderr
        error: no CronJob with a list of claims and no schedule of Velero is applied in this cluster; leave out --backup
        $ jam --image ghcr.io/example/jam:1.2.3 --port 8080 --host jam.example.org --ingress nginx --tunnel
        status: 2
        --- stderr
        error: no `ingress` list of cloudflared is applied in this cluster; leave out --tunnel
        "
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
    hint: --layout unit-per-app: a Flux Kustomization for each service in the cluster's folder (3 of 6, such as cluster/units/forge.yaml:1); or --layout listed-tree: one tree, listed by kustomization files (3 of 6, such as cluster/apps/kustomization.yaml:4)
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
    hint: cluster/apps/kustomization.yaml:3: mapping values are not allowed in this context; what it leads to is not seen
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

#[test]
fn clusters_of_one_name_are_told_apart_by_their_folders() {
    let repo = Repo::new();
    for place in ["north", "south"] {
        let sync = format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: flux-system\n  namespace: \
             flux-system\nspec:\n  interval: 1h\n  path: ./{place}/home\n  prune: true\n  sourceRef:\n    kind: GitRepository\n    \
             name: flux-system\n"
        );
        repo.write(
            &format!("{place}/home/flux-system/gotk-sync.yaml"),
            sync.as_bytes(),
        );
    }
    repo.commit();
    assert_snapshot!(each(&repo, &[JAM, &format!("{JAM} --cluster south/home")]), @"
    $ jam --image ghcr.io/example/jam:1.2.3 --port 8080
    status: 2
    --- stderr
    error: there are 2 clusters
    hint: name one with `--cluster`: north/home, south/home
    $ jam --image ghcr.io/example/jam:1.2.3 --port 8080 --cluster south/home
    status: 2
    --- stderr
    error: there is no service that could be an example: the cluster applies no service of this repository, and no folder such as apps/
    ");
}

#[test]
fn a_quota_is_not_for_a_namespace_of_several() {
    let repo = layout("app-folder");
    assert_snapshot!(refused(&repo, &format!("{JAM} --target-namespace media --quota")), @"
    status: 2
    --- stderr
    error: others run in the namespace `media`, and a quota would hold for all
    hint: leave `--quota` away, or give the service a namespace with `--target-namespace`
    ");
}
