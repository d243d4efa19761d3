//! Where a repository is hosted, as far as the URL of its remote and its files tell.

use crate::manifest::Tree;

/// A remote as Flux wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remote {
    /// The host, without port.
    pub(super) host: String,
    /// The user or group, and groups below it.
    pub(super) owner: String,
    /// The repository, without `.git`.
    pub(super) name: String,
    /// The URL without credentials, in a form that has a scheme.
    pub(super) url: String,
}

impl Remote {
    /// Reads `https://host/owner/name.git`, `ssh://git@host:22/owner/name` and `git@host:owner/name.git`. Nothing for a path
    /// on this machine.
    pub(super) fn read(url: &str) -> Option<Self> {
        let (scheme, rest) = match url.split_once("://") {
            Some(("file", _)) => return None,
            Some((scheme, rest)) => (scheme, rest.to_owned()),
            None => {
                let (authority, path) = url.split_once(':').filter(|(a, _)| !a.contains('/'))?;
                ("ssh", format!("{authority}/{path}"))
            }
        };
        let (authority, path) = rest.split_once('/')?;
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (user.split(':').next(), address),
            None => (None, authority),
        };
        // Only the user of SSH is no secret: a token may stand where a user does.
        let user = user.filter(|_| scheme == "ssh");
        let user = user.map(|user| format!("{user}@")).unwrap_or_default();
        let path = path.trim_matches('/');
        let (owner, name) = path.rsplit_once('/').unwrap_or(("", path));
        Some(Remote {
            host: address.split(':').next()?.to_owned(),
            owner: owner.to_owned(),
            name: name.trim_end_matches(".git").to_owned(),
            url: format!("{scheme}://{user}{address}/{path}"),
        })
    }
}

/// What runs checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Forge {
    /// GitHub, and whatever is not known.
    GitHub,
    /// GitLab.
    GitLab,
    /// Forgejo.
    Forgejo,
    /// Gitea.
    Gitea,
}

impl Forge {
    /// Tells by the files of the repository, else by the name of the host.
    pub(super) fn of(tree: &Tree, remote: Option<&Remote>) -> Self {
        let by_files = [
            (Forge::GitHub, tree.is_dir(".github/workflows")),
            (Forge::GitLab, tree.id(".gitlab-ci.yml").is_some()),
            (Forge::Forgejo, tree.is_dir(".forgejo")),
            (Forge::Gitea, tree.is_dir(".gitea")),
        ];
        let host = remote.map(|r| r.host.as_str()).unwrap_or_default();
        let has = |name: &str| host.contains(name);
        let by_host = [
            (Forge::GitHub, has("github")),
            (Forge::GitLab, has("gitlab")),
            (Forge::Forgejo, has("forgejo") || host == "codeberg.org"),
            (Forge::Gitea, has("gitea")),
        ];
        let mut known = by_host.into_iter().chain(by_files);
        let found = known.find(|(_, is)| *is);
        found.map_or(Forge::GitHub, |(forge, _)| forge)
    }

    /// Returns the path of the file with the check.
    pub(super) fn path(self) -> &'static str {
        match self {
            Forge::GitHub => ".github/workflows/homelab.yaml",
            Forge::GitLab => ".gitlab-ci.yml",
            Forge::Forgejo => ".forgejo/workflows/homelab.yaml",
            Forge::Gitea => ".gitea/workflows/homelab.yaml",
        }
    }

    /// Returns the command that hands the repository over to Flux.
    pub(super) fn bootstrap(self, remote: Option<&Remote>, branch: &str, cluster: &str) -> String {
        let more = format!(
            "--branch={branch} --path=clusters/{cluster} --components-extra=image-reflector-controller,image-automation-controller"
        );
        let Some(remote) = remote.filter(|remote| !remote.owner.is_empty()) else {
            return format!("flux bootstrap github --owner=OWNER --repository=REPOSITORY {more}");
        };
        let Remote {
            host, owner, name, ..
        } = remote;
        let kind = match self {
            Forge::GitHub if host == "github.com" => "github",
            Forge::GitLab if host == "gitlab.com" => "gitlab",
            Forge::GitLab => {
                return format!(
                    "flux bootstrap gitlab --hostname={host} --owner={owner} --repository={name} {more}"
                );
            }
            Forge::Gitea | Forge::Forgejo => {
                return format!(
                    "flux bootstrap gitea --hostname={host} --owner={owner} --repository={name} {more}"
                );
            }
            Forge::GitHub => return format!("flux bootstrap git --url={} {more}", remote.url),
        };
        format!("flux bootstrap {kind} --owner={owner} --repository={name} {more}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes_are_read_in_every_form_and_without_secrets() {
        for (url, host, owner, name, clean) in [
            (
                "git@github.com:me/home.git",
                "github.com",
                "me",
                "home",
                "ssh://git@github.com/me/home.git",
            ),
            (
                "https://me:ghp_x@gitlab.example.com:8443/a/b/home.git",
                "gitlab.example.com",
                "a/b",
                "home",
                "https://gitlab.example.com:8443/a/b/home.git",
            ),
            (
                "ssh://git:x@host:2222/me/home/",
                "host",
                "me",
                "home",
                "ssh://git@host:2222/me/home",
            ),
            ("https://host/home", "host", "", "home", "https://host/home"),
        ] {
            let remote = Remote::read(url).expect(url);
            assert_eq!(
                (remote.host, remote.owner, remote.name, remote.url),
                (host.into(), owner.into(), name.into(), clean.into())
            );
        }
        for path in [
            "/srv/git/home.git",
            "file:///srv/home",
            "../home",
            "./a:b",
            "",
        ] {
            assert_eq!(Remote::read(path), None, "{path}");
        }
    }

    #[test]
    fn the_forge_follows_host_and_files() {
        let none = Tree::of_texts([]);
        let gitea = Tree::of_texts([(".gitea/workflows/x.yaml", "on: push\n")]);
        let of = |tree, url: &str| Forge::of(tree, Remote::read(url).as_ref());
        assert_eq!(of(&none, ""), Forge::GitHub);
        assert_eq!(of(&none, "git@codeberg.org:a/b"), Forge::Forgejo);
        assert_eq!(of(&none, "https://gitlab.lan/a/b"), Forge::GitLab);
        assert_eq!(of(&gitea, "https://git.lan/a/b"), Forge::Gitea);
        assert_eq!(of(&gitea, "https://github.com/a/b"), Forge::GitHub);
        let command = |url: &str| {
            let remote = Remote::read(url);
            let forge = Forge::of(&none, remote.as_ref());
            let command = forge.bootstrap(remote.as_ref(), "main", "home");
            command.split(" --branch").next().unwrap().to_owned()
        };
        assert_eq!(
            command("git@github.com:me/home.git"),
            "flux bootstrap github --owner=me --repository=home"
        );
        assert_eq!(
            command("https://codeberg.org/me/home"),
            "flux bootstrap gitea --hostname=codeberg.org --owner=me --repository=home"
        );
        assert_eq!(
            command("https://u:p@git.lan/me/home"),
            "flux bootstrap git --url=https://git.lan/me/home"
        );
    }
}
