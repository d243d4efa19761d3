//! Tests of the plan: which source wins, what is asked for, what is kept.

use super::*;
use crate::flux::ObjectRef;
use crate::preflight::command_line::command_line;
use crate::preflight::facts::{Automation, Installed, RemoteFacts, RepositoryFacts, SyncFile};

fn remote(name: &str, url: &str) -> RemoteFacts {
    RemoteFacts {
        name: name.to_owned(),
        url: url.to_owned(),
        has_credentials: false,
    }
}

fn repository(url: &str) -> RepositoryFacts {
    RepositoryFacts {
        remotes: vec![remote("origin", url)],
        branch: Some("main".to_owned()),
        ..RepositoryFacts::default()
    }
}

fn sync(url: &str) -> Option<SyncFile> {
    Some(SyncFile {
        place: "clusters/home/flux-system/gotk-sync.yaml:21".to_owned(),
        url_place: "clusters/home/flux-system/gotk-sync.yaml:14".to_owned(),
        path: "./clusters/home".to_owned(),
        url: url.to_owned(),
        branch: Some("live".to_owned()),
        secret: Some("git".to_owned()),
        id: ObjectRef::new("flux", "flux"),
    })
}

fn wishes() -> Wishes {
    Wishes {
        default_namespace: "flux-system".to_owned(),
        folders: vec!["clusters/home".to_owned()],
        ..Wishes::default()
    }
}

/// Returns the command of a plan, or why there is none.
fn said(wishes: &Wishes, repository: &RepositoryFacts) -> String {
    match resolve(wishes, repository) {
        Ok(plan) => command_line(&plan, &[]).shown().join(" "),
        Err(error) => format!("{} / {}", error.message, error.hint.unwrap_or_default()),
    }
}

#[test]
fn the_remote_says_it_where_nothing_else_does() {
    for (url, wanted) in [
        (
            "git@github.com:me/home.git",
            "github --owner=me --repository=home",
        ),
        (
            "https://gitlab.com/a/b/home",
            "gitlab --owner=a/b --repository=home",
        ),
        (
            "https://codeberg.org/me/home",
            "gitea --owner=me --repository=home --hostname=codeberg.org",
        ),
        (
            "ssh://git@gitea.lan:2222/me/home.git",
            "gitea --owner=me --repository=home --hostname=gitea.lan --ssh-hostname=gitea.lan:2222",
        ),
        (
            "http://gitea.lan:3000/me/home.git",
            "gitea --owner=me --repository=home --hostname=http://gitea.lan:3000 --ssh-hostname=gitea.lan",
        ),
        (
            "git@ssh.dev.azure.com:v3/org/project/home",
            "git --url=ssh://git@ssh.dev.azure.com/v3/org/project/home",
        ),
        (
            "git@github.com-work:me/home.git",
            "github --owner=me --repository=home",
        ),
        (
            "ssh://git@ssh.github.com:443/me/home.git",
            "github --owner=me --repository=home --ssh-hostname=ssh.github.com:443",
        ),
    ] {
        let said = said(&wishes(), &repository(url));
        let wanted = format!("flux bootstrap {wanted} --branch=main --path=./clusters/home");
        assert_eq!(said, wanted, "{url}");
    }
}

#[test]
fn a_remote_of_the_web_has_the_port_of_the_api() {
    let mut repository = repository("ssh://git@gitea.lan:2222/me/home.git");
    repository
        .remotes
        .push(remote("web", "http://gitea.lan:3000/me/home.git"));
    let plan = resolve(&wishes(), &repository).unwrap();
    assert_eq!(plan.url, "http://gitea.lan:3000/me/home");
    let line = command_line(&plan, &[]).shown().join(" ");
    assert!(
        line.contains(" --hostname=http://gitea.lan:3000 --ssh-hostname=gitea.lan:2222 "),
        "{line}"
    );
}

#[test]
fn what_was_bootstrapped_wins_over_the_remote_and_flags_win_over_both() {
    let mut repository = repository("git@github.com:fork/home.git");
    repository.sync = sync("ssh://git@github.com/me/home");
    assert_eq!(
        said(&wishes(), &repository),
        "flux bootstrap github --owner=me --repository=home --branch=live --path=./clusters/home --namespace=flux \
         --secret-name=git"
    );
    let flags = Wishes {
        owner: Some("you".to_owned()),
        branch: Some("main".to_owned()),
        path: Some("elsewhere/".to_owned()),
        namespace: Some("flux-system".to_owned()),
        secret: Some("flux-system".to_owned()),
        ..wishes()
    };
    assert_eq!(
        said(&flags, &repository),
        "flux bootstrap github --owner=you --repository=home --branch=main --path=./elsewhere"
    );
    let remote = Wishes {
        remote: Some("origin".to_owned()),
        ..wishes()
    };
    assert!(said(&remote, &repository).contains("--owner=fork "));
}

#[test]
fn of_several_remotes_one_is_chosen_or_asked_for() {
    let mut repository = repository("git@github.com:me/home.git");
    repository
        .remotes
        .push(remote("upstream", "git@github.com:you/home.git"));
    let plan = resolve(&wishes(), &repository).unwrap();
    assert_eq!(plan.owner.value, "me");
    assert_eq!(
        plan.notes,
        ["of several remotes `origin` is taken (upstream left out); `--remote NAME` takes another"]
    );
    if let Some(first) = repository.remotes.first_mut() {
        first.name = "mine".to_owned();
    }
    assert_eq!(
        said(&wishes(), &repository),
        "the repository has several remotes and none is called origin: mine, upstream / say which one with `--remote NAME`"
    );
    repository.upstream = Some("upstream/main".to_owned());
    assert_eq!(resolve(&wishes(), &repository).unwrap().owner.value, "you");
    let named = |name: &str| Wishes {
        remote: Some(name.to_owned()),
        ..wishes()
    };
    assert_eq!(
        resolve(&named("mine"), &repository).unwrap().owner.value,
        "me"
    );
    assert_eq!(
        said(&named("nobody"), &repository),
        "the repository has no remote `nobody` / there are: mine, upstream"
    );
}

#[test]
fn what_nothing_says_is_asked_for() {
    let none = RepositoryFacts::default();
    assert!(
        said(&wishes(), &none)
            .starts_with("nothing says which repository it is: git has no remote here / ")
    );
    let flags = Wishes {
        forge: Some(Forge::GitHub),
        owner: Some("me".to_owned()),
        repository: Some("home".to_owned()),
        ..wishes()
    };
    assert_eq!(
        said(&flags, &none),
        "flux bootstrap github --owner=me --repository=home --branch=main --path=./clusters/home"
    );
    let unknown = resolve(&wishes(), &repository("git@git.lan:me/home.git")).unwrap_err();
    assert_eq!(
        unknown.message,
        "nothing says what kind of server git.lan is"
    );
    assert!(unknown.is_forge);
    for (folders, wanted) in [
        (
            vec![],
            "nothing says which folder the cluster is to apply / ",
        ),
        (
            vec!["clusters/a", "clusters/b"],
            "the repository holds several clusters: `clusters/a`, `clusters/b` / ",
        ),
    ] {
        let wishes = Wishes {
            folders: folders.into_iter().map(str::to_owned).collect(),
            ..wishes()
        };
        let said = said(&wishes, &repository("git@github.com:me/home.git"));
        assert!(said.starts_with(wanted), "{said}");
    }
    for (url, wanted) in [
        ("/srv/git/home.git", "nothing says what kind of server"),
        (
            "https://github.com/home",
            "nothing says which owner it is: the remote origin has none",
        ),
        (
            "ftp://github.com/me/home",
            "the remote origin is no URL of a repository",
        ),
    ] {
        let said = said(&wishes(), &repository(url));
        assert!(said.starts_with(wanted), "{said}");
    }
    let git = Wishes {
        forge: Some(Forge::Git),
        ..wishes()
    };
    let said = said(&git, &repository("/srv/git/home.git"));
    assert!(
        said.starts_with("the remote origin is a folder of this machine, where Flux cannot write"),
        "{said}"
    );
}

#[test]
fn a_guess_is_said() {
    let plan = resolve(&wishes(), &repository("git@gitlab.lan:me/home.git")).unwrap();
    assert_eq!(
        plan.notes,
        [
            "taken for GitLab: the host gitlab.lan has gitlab in its name; `homelab bootstrap github|gitlab|gitea|git` says \
          otherwise"
        ]
    );
}

#[test]
fn who_commits_needs_a_key_that_writes() {
    let mut repository = repository("git@github.com:me/home.git");
    repository.automations.push(Automation {
        id: ObjectRef::new("flux-system", "images"),
        place: "clusters/home/images.yaml:4".to_owned(),
        writes_here: true,
        push_branch: None,
        signs: false,
        author: (String::new(), String::new()),
        message: None,
        is_suspended: false,
    });
    let plan = resolve(&wishes(), &repository).unwrap();
    assert_eq!(plan.auth.value, Auth::DeployKey { read_write: true });
    assert_eq!(
        plan.auth.why,
        "the ImageUpdateAutomation flux-system/images commits to this repository (clusters/home/images.yaml:4)"
    );
    let refused = Wishes {
        read_write_key: Some(false),
        ..wishes()
    };
    let plan = resolve(&refused, &repository).unwrap();
    assert_eq!(plan.auth.value, Auth::DeployKey { read_write: false });
    // A URL of the web takes no key, whatever commits to it.
    repository.sync = sync("https://github.com/me/home");
    let plan = resolve(&wishes(), &repository).unwrap();
    assert_eq!(plan.auth.value, Auth::Token);
}

#[test]
fn no_component_is_dropped() {
    let mut repository = repository("git@github.com:me/home.git");
    let installed = [
        "source-controller",
        "kustomize-controller",
        "notification-controller",
        "source-watcher",
    ];
    repository.installed = Some(Installed {
        file: "gotk-components.yaml".to_owned(),
        version: None,
        components: installed.map(str::to_owned).to_vec(),
    });
    repository.image_kinds = vec![("ImagePolicy".to_owned(), "a.yaml:1".to_owned())];
    let plan = resolve(&wishes(), &repository).unwrap();
    let extra: Vec<String> = plan
        .components_extra
        .iter()
        .map(|one| format!("{} because {}", one.value, one.why))
        .collect();
    assert_eq!(
        extra,
        [
            "image-reflector-controller because the repository has an ImagePolicy (a.yaml:1)",
            "source-watcher because gotk-components.yaml has it; without the flag it would be removed",
        ]
    );
    let base = plan.components.unwrap();
    assert_eq!(
        base.value.join(","),
        "source-controller,kustomize-controller,notification-controller"
    );
    assert_eq!(base.why, "gotk-components.yaml has no helm-controller");
    let given = Wishes {
        components_extra: Some(vec![String::new()]),
        ..wishes()
    };
    assert!(
        resolve(&given, &repository)
            .unwrap()
            .components_extra
            .is_empty()
    );
}

#[test]
fn a_password_is_not_passed_on() {
    for flag in ["--password=s3cret", "--password", "-p", "-ps3cret"] {
        let wishes = Wishes {
            after: vec![flag.to_owned(), "s3cret".to_owned()],
            ..wishes()
        };
        let error = resolve(&wishes, &repository("git@github.com:me/home.git")).unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}

#[test]
fn plain_git_is_silent_only_where_the_key_has_access() {
    let git = Wishes {
        forge: Some(Forge::Git),
        ..wishes()
    };
    let home = repository("git@git.lan:me/home.git");
    assert!(!said(&git, &home).contains("--silent"));
    let own = Wishes {
        private_key_file: Some("key".to_owned()),
        ..git.clone()
    };
    assert!(said(&own, &home).ends_with(" --silent"));
    assert!(said(&git, &repository("https://git.lan/me/home")).ends_with("--token-auth --silent"));
}

#[test]
fn a_key_is_titled_as_flux_does_it() {
    let plan = Plan::sample();
    assert_eq!(
        plan.key_title(),
        "flux-system-main-flux-system-./clusters/home"
    );
    assert!(!plan.may_write());
    assert_eq!(plan.full_name(), "me/home");
}

#[test]
fn the_port_of_ssh_is_that_of_a_remote_on_the_same_host() {
    let mut found = repository("ssh://git@git.lan:2222/me/home.git");
    found.sync = sync("https://git.lan:3000/me/home.git");
    let wishes = Wishes {
        forge: Some(Forge::Gitea),
        hostname: Some("https://git.lan:3000".to_owned()),
        token_auth: Some(false),
        ..wishes()
    };
    let line = said(&wishes, &found);
    assert!(line.contains(" --ssh-hostname=git.lan:2222 "), "{line}");
    found.remotes = vec![remote("origin", "ssh://git@other.lan:2222/me/home.git")];
    let line = said(&wishes, &found);
    assert!(line.contains(" --ssh-hostname=git.lan "), "{line}");
}
