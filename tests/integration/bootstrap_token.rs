//! Where `homelab bootstrap` takes tokens from, that it shows them to nobody, and servers that cannot be asked.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::support::cluster::tls::{Authority, Tls};
use crate::support::forge::session::Desk;
use crate::support::forge::{Reply, Server, TOKEN, gitea, github};
use crate::support::runner::session as shown;

fn desk(server: &Server) -> Desk {
    Desk::new(&format!("http://{}/me/home.git", server.host))
}

#[test]
fn a_token_is_sent_and_never_shown() {
    let server = github::start();
    let desk = desk(&server);
    for format in ["human", "json", "markdown"] {
        let mut command = desk.command("github -v");
        let output = command
            .args(["-o", format])
            .env("GITHUB_TOKEN", TOKEN)
            .output()
            .unwrap();
        let whole = shown(output);
        assert!(
            whole.contains("me/home") && !whole.contains("s3cret"),
            "{whole}"
        );
    }
    let requests = server.requests();
    assert!(requests.len() > 15);
    assert!(requests.iter().all(|request| request.method == "GET"));
    let agents: Vec<_> = requests
        .iter()
        .map(|request| &request.headers["user-agent"])
        .collect();
    assert!(
        agents.iter().all(|agent| agent.starts_with("homelab/")),
        "{agents:?}"
    );
}

#[test]
fn tokens_are_taken_from_where_it_is_said() {
    let server = github::start();
    let desk = desk(&server);
    let file = desk.repo.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
    mode(0o600);
    assert_eq!(desk.checks("github --token-from file:token", &[]), "");
    mode(0o644);
    assert_snapshot!(desk.checks("github --token-from file:token", &[]), @"
    warn token/present: taken from token, but others may read it (mode 644)
        `chmod 600 token`
    ");
    assert_eq!(
        desk.checks("github --token-from env:MINE", &[("MINE", TOKEN)]),
        ""
    );
    assert_eq!(
        desk.checks("github", &[("GH_TOKEN", TOKEN), ("GITHUB_TOKEN", "")]),
        ""
    );
    let mut command = desk.command("github --token-from - -o json");
    let output = command.write_stdin(format!("{TOKEN}\n")).output().unwrap();
    let whole = shown(output);
    assert!(
        whole.contains("taken from stdin") && !whole.contains("s3cret"),
        "{whole}"
    );
}

#[test]
fn without_a_token_there_is_a_way_out() {
    let server = github::start();
    let desk = desk(&server);
    let mut text = String::new();
    for words in [
        "",
        "--token-from env:MINE",
        "--token-from file:nothing",
        "--token-from file:.",
        "--token-from ghp_s3cret",
        "--token-from prompt",
    ] {
        let found = desk.checks(&format!("github {words}"), &[]);
        text.push_str(&format!("# {words}\n{found}"));
    }
    for value in ["two words", "a\tb", &"a".repeat(20_000)] {
        text.push_str(&desk.checks("github", &[("GITHUB_TOKEN", value)]));
    }
    assert_snapshot!(text.replace(&server.host, "HOST"), @r#"
    # 
    fail token/present: there is none: neither --token-from nor GITHUB_TOKEN nor GH_TOKEN gives one
        make one at http://HOST/settings/personal-access-tokens (fine-grained with Administration and Contents "Read and write", or classic with the scope repo); then put it into GITHUB_TOKEN, or say where it is: `--token-from env:NAME|file:PATH|op://VAULT/ITEM/FIELD`
    # --token-from env:MINE
    status: 3
    --- stderr
    error: no token from MINE: it is not set
    hint: --token-from takes env:NAME, file:PATH, op://VAULT/ITEM/FIELD, - or prompt
    # --token-from file:nothing
    status: 3
    --- stderr
    error: no token from nothing: no such file or folder
    hint: --token-from takes env:NAME, file:PATH, op://VAULT/ITEM/FIELD, - or prompt
    # --token-from file:.
    status: 3
    --- stderr
    error: no token from .: is a directory
    hint: --token-from takes env:NAME, file:PATH, op://VAULT/ITEM/FIELD, - or prompt
    # --token-from ghp_s3cret
    status: 2
    --- stderr
    error: --token-from: it names no place, and a token itself does not belong on a command line; it is one of env:NAME, file:PATH, op://VAULT/ITEM/FIELD, - and prompt
    # --token-from prompt
    status: 3
    --- stderr
    error: no token from prompt: there is no terminal
    hint: --token-from takes env:NAME, file:PATH, op://VAULT/ITEM/FIELD, - or prompt
    status: 3
    --- stderr
    error: what GITHUB_TOKEN holds is no token: there are blanks or line breaks in it
    status: 3
    --- stderr
    error: what GITHUB_TOKEN holds is no token: there are blanks or line breaks in it
    status: 3
    --- stderr
    error: what GITHUB_TOKEN holds is no token: it is longer than 10 kB
    "#);
}

#[test]
fn one_password_is_asked_through_its_own_program() {
    let server = github::start();
    let desk = desk(&server);
    let program = |script: &str| {
        let bin = desk.repo.path().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        let op = bin.join("op");
        std::fs::write(
            &op,
            format!("#!/bin/sh\n[ \"$1\" = read ] || exit 0\n{script}\n"),
        )
        .unwrap();
        std::fs::set_permissions(&op, PermissionsExt::from_mode(0o755)).unwrap();
        format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
    };
    let words = "github --token-from op://Private/GitHub/credential";
    let path = program(&format!(
        "tr '\\0' ' ' < /proc/$$/cmdline > asked\nprintf %s {TOKEN}"
    ));
    assert_eq!(desk.checks(words, &[("PATH", &path)]), "");
    let asked = std::fs::read_to_string(desk.repo.path().join("asked")).unwrap();
    assert!(
        asked.ends_with("op read --no-newline -- op://Private/GitHub/credential "),
        "{asked}"
    );
    let path = program(
        "echo '[ERROR] 2026/11/21 20:00:00 \"Private\" is no vault in this account' >&2; exit 1",
    );
    assert_snapshot!(desk.checks(words, &[("PATH", &path)]), @r#"
    status: 3
    --- stderr
    error: no token from op://Private/GitHub/credential: "Private" is no vault in this account
    hint: sign in with `op signin`, and see `op read` with the same reference
    "#);
    let path = program("exit 0");
    assert_snapshot!(desk.checks(words, &[("PATH", &path)]), @"
    status: 3
    --- stderr
    error: what op://Private/GitHub/credential holds is no token: it is empty
    ");
    std::fs::remove_file(desk.repo.path().join("bin/op")).unwrap();
    assert_snapshot!(desk.checks(words, &[("PATH", &path)]), @"
    status: 3
    --- stderr
    error: no token from op://Private/GitHub/credential: `op` is not on the PATH
    hint: install it: https://developer.1password.com/docs/cli/get-started/
    ");
}

#[test]
fn servers_that_cannot_be_asked() {
    // This listener is gone with its line, so that the port is closed; the next takes connections and says nothing.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let closed = address.unwrap().to_string();
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute_host = mute.local_addr().unwrap().to_string();
    let plain = github::start();
    let mut text = String::new();
    for (what, remote, words) in [
        ("closed", format!("http://{closed}/me/home.git"), ""),
        (
            "mute",
            format!("http://{mute_host}/me/home.git"),
            "--timeout 1s",
        ),
        ("no TLS", format!("https://{}/me/home.git", plain.host), ""),
        (
            "offline",
            format!("http://{}/me/home.git", plain.host),
            "--offline",
        ),
    ] {
        let desk = Desk::new(&remote);
        let found = desk.checks(&format!("github {words}"), &[("GITHUB_TOKEN", TOKEN)]);
        let found = found
            .replace(&closed, "HOST")
            .replace(&mute_host, "HOST")
            .replace(&plain.host, "HOST");
        text.push_str(&format!("# {what}\n{found}"));
    }
    assert_snapshot!(text, @"
    # closed
    unknown token/valid: HOST could not be reached: connection refused
        see that HOST is the right server, and can be reached from here
    unknown owner/exists: nothing more is asked after HOST could not be reached: connection refused
    unknown repository/exists: nothing more is asked after HOST could not be reached: connection refused
    # mute
    unknown token/valid: GET /user: time was up
        ask again, with a longer `--timeout`
    unknown owner/exists: nothing more is asked after GET /user: time was up
    unknown repository/exists: nothing more is asked after GET /user: time was up
    # no TLS
    unknown token/valid: HOST could not be reached: it does not speak TLS
        see that HOST is the right server, and can be reached from here
    unknown owner/exists: nothing more is asked after HOST could not be reached: it does not speak TLS
    unknown repository/exists: nothing more is asked after HOST could not be reached: it does not speak TLS
    # offline
    unknown token/valid: HOST is not asked under --offline
    unknown owner/exists: HOST is not asked under --offline
    unknown repository/exists: HOST is not asked under --offline
    ");
    assert_eq!(plain.asked(), [""; 0]);
    // What the system says of a name that does not exist depends on the machine.
    let desk = Desk::new("https://git.invalid/me/home.git");
    let found = desk.checks("github", &[("GITHUB_TOKEN", TOKEN)]);
    let line = "unknown token/valid: git.invalid could not be reached: ";
    assert!(found.starts_with(line), "{found}");
}

#[test]
fn a_proxy_is_gone_through() {
    let server = Server::start(gitea::error(404, "not found"), None);
    let base = "http://git.homelab.test";
    for (path, reply) in gitea::replies() {
        server.on(&format!("{base}{path}"), reply);
    }
    let desk = Desk::new(&format!("{base}/ada/homelab.git"));
    let proxy = format!("http://{}", server.host);
    let found = desk.checks(
        "gitea",
        &[("GITEA_TOKEN", gitea::TOKEN), ("http_proxy", &proxy)],
    );
    assert_eq!(found, "");
    let asked = server.asked();
    assert!(
        asked.contains(&format!("GET {base}/api/v1/user")),
        "{asked:?}"
    );
}

#[test]
fn plain_git_over_ssh() {
    let desk = Desk::new("ssh://git@git.example.com/srv/home.git");
    let bare = desk.repo.path().join("bare.git");
    let clone = std::process::Command::new("git")
        .args(["clone", "-q", "--bare", "."])
        .arg(&bare)
        .current_dir(desk.repo.path())
        .status();
    assert!(clone.unwrap().success());
    let ssh = desk.repo.path().join("ssh");
    let script = format!("#!/bin/sh\nexec git upload-pack '{}'\n", bare.display());
    std::fs::write(&ssh, script).unwrap();
    std::fs::set_permissions(&ssh, PermissionsExt::from_mode(0o755)).unwrap();
    let ssh = ssh.display().to_string();
    let url = "git --url ssh://git@git.example.com/srv/home.git";
    let variables = [("GIT_SSH", ssh.as_str()), ("GIT_SSH_VARIANT", "simple")];
    assert_snapshot!(desk.checks(url, &variables), @"
    unknown repository/push: over SSH that shows only when something is pushed
        `git push --dry-run ssh://git@git.example.com/srv/home HEAD:main`
    ");
    assert_snapshot!(desk.checks(&format!("{url} --branch other"), &variables), @r#"
    unknown repository/push: over SSH that shows only when something is pushed
        `git push --dry-run ssh://git@git.example.com/srv/home HEAD:other`
    fail branch/exists: there is no other: flux cannot clone it ("couldn't find remote ref refs/heads/other")
        `git push origin HEAD:other`
    "#);
    let variables = [
        ("GIT_SSH", "/nonexistent/ssh"),
        ("GIT_SSH_VARIANT", "simple"),
    ];
    assert_snapshot!(desk.checks(url, &variables), @"
    unknown repository/push: over SSH that shows only when something is pushed
        `git push --dry-run ssh://git@git.example.com/srv/home HEAD:main`
    unknown branch/exists: git ls-remote: fatal: cannot run /nonexistent/ssh: No such file or directory
        see that `git ls-remote` with the same address works, without questions
    ");
}

#[test]
fn an_answer_that_repeats_the_token_is_cleaned() {
    let server = github::start();
    server.on(
        github::REPOSITORY,
        github::error(422, &format!("what is {TOKEN}?")),
    );
    server.on("/api/v3/user", Reply::raw(500, TOKEN));
    let found = desk(&server).checks("github -v", &[("GITHUB_TOKEN", TOKEN)]);
    assert_snapshot!(found, @"
    unknown token/valid: GET /user: 500
    unknown repository/exists: GET /repos/me/home: 422 what is ***?
    ");
}

#[test]
fn a_certificate_has_to_be_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("a homelab");
    let certificate = authority.server();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let ca = write("ca.pem", &authority.root);
    write("server.pem", &certificate.chain);
    write("server.key", &certificate.key);
    let server = github::start();
    let host = server.over_tls(Tls::new(folder.path()));
    let desk = Desk::new(&format!("https://{host}/me/home.git"));
    let token = ("GITHUB_TOKEN", TOKEN);
    assert_snapshot!(desk.checks("github", &[token]).replace(&host, "HOST"), @"
    unknown token/valid: HOST is not trusted: invalid peer certificate: UnknownIssuer
        for a private certificate authority, add its certificate to the system or name it in SSL_CERT_FILE
    unknown owner/exists: nothing more is asked after HOST is not trusted: invalid peer certificate: UnknownIssuer
    unknown repository/exists: nothing more is asked after HOST is not trusted: invalid peer certificate: UnknownIssuer
    ");
    assert_eq!(server.asked(), [""; 0]);
    assert_eq!(desk.checks("github", &[token, ("SSL_CERT_FILE", &ca)]), "");
    let words = format!("github --ca-file {ca}");
    assert_eq!(desk.checks(&words, &[token]), "");
    let words = "github --ca-file /nonexistent.pem";
    assert_snapshot!(desk.checks(words, &[token]).replace(&host, "HOST"), @"
    unknown token/valid: /nonexistent.pem: no such file or folder
    unknown owner/exists: /nonexistent.pem: no such file or folder
    unknown repository/exists: /nonexistent.pem: no such file or folder
    ");
}

#[test]
fn on_a_terminal_it_is_asked_for_without_an_echo() {
    let server = github::start();
    let desk = desk(&server);
    let mut session = desk.on_terminal("github");
    session
        .exp_string("GitHub personal access token (PAT): ")
        .unwrap();
    session.send_line(TOKEN).unwrap();
    let said = session.exp_eof().unwrap();
    assert!(said.contains("the server accepts the token"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
    assert!(server.asked().contains(&"GET /api/v3/user".to_owned()));

    let mut session = desk.on_terminal("github");
    session
        .exp_string("GitHub personal access token (PAT): ")
        .unwrap();
    session.send_control('c').unwrap();
    session.send_line("").unwrap();
    let said = session.exp_eof().unwrap();
    assert!(said.contains("interrupted"), "{said}");
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(status.contains("130"), "{status}");

    // Who has none at hand sees what everybody may see.
    let mut session = desk.on_terminal("github");
    session
        .exp_string("GitHub personal access token (PAT): ")
        .unwrap();
    session.send_line("").unwrap();
    let said = session.exp_eof().unwrap();
    assert!(
        said.contains("a token is at hand") && said.contains("FAIL"),
        "{said}"
    );
}
