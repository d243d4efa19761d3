//! URLs of git remotes: which server, whose repository, and what kind of server that is.

use super::plan::Forge;

/// How a remote is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `https://`.
    Https,
    /// `http://`.
    Http,
    /// `ssh://`, or `user@host:path`.
    Ssh,
    /// `git://`, which knows no users.
    Git,
    /// A folder of this machine.
    File,
}

/// A remote, without anything secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteUrl {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// The user of SSH; of the others it may be a token, and is dropped.
    pub user: Option<String>,
    /// The host, in lower case; empty for a folder.
    pub host: String,
    /// The port, where it is not the usual one.
    pub port: Option<u16>,
    /// The path, decoded, without slashes at its ends and without `.git`.
    pub path: String,
}

/// What a host says about the kind of its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// Everybody knows the host.
    Known(Forge),
    /// Its name is like that of such a server; a fragment says why.
    Likely(Forge, String),
    /// It says nothing.
    Unknown,
}

impl RemoteUrl {
    /// Reads what git takes for a remote (git-clone(1), "GIT URLS").
    ///
    /// # Errors
    /// It has no host or no path, or a scheme that git does not know; a fragment says which.
    pub fn parse(text: &str) -> Result<RemoteUrl, String> {
        let text = text.trim();
        match text.split_once("://") {
            Some((scheme, rest)) => with_scheme(scheme, rest),
            None => scp_like(text),
        }
    }

    /// Returns owner and name. The owner is all but the last part of the path where groups may be nested, else the part
    /// before the last.
    pub fn owner_and_name(&self, forge: Forge) -> Option<(String, String)> {
        let (before, name) = self.path.rsplit_once('/')?;
        let owner = match forge {
            Forge::GitLab => before,
            _ => before.rsplit('/').next().unwrap_or(before),
        };
        (!owner.is_empty() && !name.is_empty()).then(|| (owner.to_owned(), name.to_owned()))
    }

    /// Returns host and port, as in `git.example.org:2222`.
    pub fn authority(&self) -> String {
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        match self.port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        }
    }

    /// Returns the URL as Flux takes it, which knows no `user@host:path`.
    pub fn as_url(&self) -> String {
        let (scheme, user) = match (self.scheme, &self.user) {
            (Scheme::Ssh, user) => ("ssh", format!("{}@", user.as_deref().unwrap_or("git"))),
            (Scheme::Https, _) => ("https", String::new()),
            (Scheme::Http, _) => ("http", String::new()),
            (Scheme::Git, _) => ("git", String::new()),
            (Scheme::File, _) => return format!("file:///{}", self.path),
        };
        format!(
            "{scheme}://{user}{}/{}",
            self.authority(),
            encoded(&self.path)
        )
    }

    /// Returns the host that the API and the pages are on: servers with SSH on the port of HTTPS have a name of their own for
    /// it (docs.github.com, "Using SSH over the HTTPS port"; docs.gitlab.com, "GitLab.com settings").
    pub fn web_host(&self) -> &str {
        match self.host.as_str() {
            "ssh.github.com" => "github.com",
            "altssh.gitlab.com" => "gitlab.com",
            host => self.alias_of().unwrap_or(host),
        }
    }

    /// Returns the host for which this one is likely an alias in `~/.ssh/config`, such as `github.com-work`.
    pub fn alias_of(&self) -> Option<&'static str> {
        alias_of(&self.host).filter(|_| self.scheme == Scheme::Ssh)
    }
}

/// Hosts whose kind of server is known.
const KNOWN: [(&str, Forge); 13] = [
    ("github.com", Forge::GitHub),
    ("gitlab.com", Forge::GitLab),
    ("codeberg.org", Forge::Gitea),
    ("gitea.com", Forge::Gitea),
    ("bitbucket.org", Forge::Git),
    ("altssh.bitbucket.org", Forge::Git),
    ("dev.azure.com", Forge::Git),
    ("ssh.dev.azure.com", Forge::Git),
    ("vs-ssh.visualstudio.com", Forge::Git),
    ("git.sr.ht", Forge::Git),
    ("ssh.github.com", Forge::GitHub),
    ("altssh.gitlab.com", Forge::GitLab),
    ("git.launchpad.net", Forge::Git),
];

/// Ends of hosts whose kind of server is known.
const KNOWN_ENDS: [(&str, Forge); 3] = [
    (".ghe.com", Forge::GitHub),
    (".visualstudio.com", Forge::Git),
    (".amazonaws.com", Forge::Git),
];

/// Words in the name of a host that give its server away.
const WORDS: [(&str, Forge); 5] = [
    ("github", Forge::GitHub),
    ("gitlab", Forge::GitLab),
    ("forgejo", Forge::Gitea),
    ("gitea", Forge::Gitea),
    ("codeberg", Forge::Gitea),
];

/// Tells what kind of server a host is.
pub(super) fn guess(host: &str) -> Guess {
    let named = KNOWN.iter().find(|(known, _)| *known == host);
    let ended = KNOWN_ENDS.iter().find(|(end, _)| host.ends_with(end));
    if let Some((_, forge)) = named.or(ended) {
        return Guess::Known(*forge);
    }
    if let Some(real) = alias_of(host)
        && let Some((_, forge)) = KNOWN.iter().find(|(known, _)| *known == real)
    {
        let why = format!("`{host}` looks like an alias for {real} in ~/.ssh/config");
        return Guess::Likely(*forge, why);
    }
    let word = WORDS.iter().find(|(word, _)| host.contains(word));
    match word {
        Some((word, forge)) => {
            Guess::Likely(*forge, format!("the host {host} has {word} in its name"))
        }
        None => Guess::Unknown,
    }
}

/// Returns the known host that a host name starts with, `-` or `_` and a word of its owner after it. A dot would make it
/// another host.
fn alias_of(host: &str) -> Option<&'static str> {
    let mut all = KNOWN.iter().map(|(known, _)| *known);
    all.find(|known| {
        host.strip_prefix(known).is_some_and(|rest| {
            rest.starts_with(['-', '_']) && !rest.contains('.') && rest.len() > 1
        })
    })
}

fn with_scheme(scheme: &str, rest: &str) -> Result<RemoteUrl, String> {
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "https" => Scheme::Https,
        "http" => Scheme::Http,
        "ssh" | "git+ssh" | "ssh+git" => Scheme::Ssh,
        "git" => Scheme::Git,
        "file" => return Ok(folder(rest)),
        other => return Err(format!("it has the scheme `{other}`")),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    let (host, port) = host_and_port(place)?;
    let usual = match scheme {
        Scheme::Https => 443,
        Scheme::Http => 80,
        Scheme::Ssh => 22,
        Scheme::Git | Scheme::File => 9418,
    };
    finished(RemoteUrl {
        scheme,
        user: ssh_user(scheme, user),
        host,
        port: port.filter(|&port| port != usual),
        path: decoded(path),
    })
}

/// Reads `user@host:path`, where no slash stands before the colon, else a folder.
fn scp_like(text: &str) -> Result<RemoteUrl, String> {
    let bracket = text.find("]:").map(|at| at + 1);
    let colon = bracket.or_else(|| text.find(':'));
    let Some((place, path)) = colon.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?)))
    else {
        return Ok(folder(text));
    };
    if place.contains('/') {
        return Ok(folder(text));
    }
    // Git also knows `[user@host:port]:path`.
    let inner = place
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let place = inner.filter(|inner| inner.contains('@')).unwrap_or(place);
    let (user, host) = match place.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, place),
    };
    let (host, port) = host_and_port(host)?;
    finished(RemoteUrl {
        scheme: Scheme::Ssh,
        user: ssh_user(Scheme::Ssh, user),
        host,
        port: port.filter(|&port| port != 22),
        path: path.to_owned(),
    })
}

fn folder(path: &str) -> RemoteUrl {
    RemoteUrl {
        scheme: Scheme::File,
        user: None,
        host: String::new(),
        port: None,
        path: path.trim_matches('/').to_owned(),
    }
}

/// Returns the user without a password; only that of SSH is never a token.
fn ssh_user(scheme: Scheme, user: Option<&str>) -> Option<String> {
    let user = user.filter(|_| scheme == Scheme::Ssh)?;
    let name = user.split(':').next().unwrap_or_default();
    (!name.is_empty()).then(|| decoded(name))
}

fn host_and_port(place: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match place.strip_prefix('[') {
        // An address of IPv6.
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or("its host has no `]`")?;
            match (rest.strip_prefix(':'), host.split_once(':')) {
                (Some(port), _) => (host, Some(port)),
                // `[host:port]:path` of the scp-like form.
                (None, Some((name, port))) if !port.contains(':') => (name, Some(port)),
                (None, _) => (host, None),
            }
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let port = port.filter(|port| !port.is_empty());
    let number = port.map(|port| {
        port.parse::<u16>()
            .map_err(|_| format!("`{port}` is no port"))
    });
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    Ok((host, number.transpose()?))
}

/// Puts the path in order, and refuses what names nothing.
fn finished(mut url: RemoteUrl) -> Result<RemoteUrl, String> {
    let path = url.path.trim_matches('/');
    let path = path
        .strip_suffix(".git")
        .unwrap_or(path)
        .trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    url.path = parts.join("/");
    let odd = |c: char| c.is_whitespace() || c.is_control() || "/\\?#%<>\"'`$;&|".contains(c);
    match (url.host.as_str(), url.path.as_str()) {
        ("", _) => Err("it names no host".to_owned()),
        (host, _) if host.contains(odd) || host.starts_with('-') => {
            Err("its host is none".to_owned())
        }
        (_, "") => Err("it names no repository".to_owned()),
        _ => Ok(url),
    }
}

/// Decodes `%20` and the like; what is none stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| first == b'%');
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = match byte {
            Some(_) => tail.get(2..).unwrap_or_default(),
            None => tail,
        };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// Encodes what a path of a URL cannot hold as it is (RFC 3986, `pchar`).
fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte);
        match is_plain {
            true => text.push(char::from(byte)),
            false => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match RemoteUrl::parse(text) {
            Ok(url) if url.scheme == Scheme::File => format!("folder {}", url.path),
            Ok(url) => {
                let forge = guess(&url.host);
                let kind = match forge {
                    Guess::Known(forge) | Guess::Likely(forge, _) => forge,
                    Guess::Unknown => Forge::Git,
                };
                let (owner, name) = url.owner_and_name(kind).unwrap_or_default();
                let sure = if matches!(forge, Guess::Known(_)) {
                    ""
                } else {
                    "?"
                };
                format!(
                    "{} {} {owner} {name} {kind:?}{sure}",
                    url.as_url(),
                    url.web_host()
                )
            }
            Err(why) => format!("refused: {why}"),
        }
    }

    #[test]
    fn remotes_are_read_as_git_reads_them() {
        for (text, wanted) in [
            (
                "git@github.com:me/home.git",
                "ssh://git@github.com/me/home github.com me home GitHub",
            ),
            (
                "git@github.com:/me/home.git/",
                "ssh://git@github.com/me/home github.com me home GitHub",
            ),
            (
                "https://github.com/me/home",
                "https://github.com/me/home github.com me home GitHub",
            ),
            (
                "https://GitHub.com/Me/Home.git/",
                "https://github.com/Me/Home github.com Me Home GitHub",
            ),
            (
                "https://x-access-token:ghp_secret@github.com/me/home.git",
                "https://github.com/me/home github.com me home GitHub",
            ),
            (
                "https://ghp_secret@github.com:443/me/home",
                "https://github.com/me/home github.com me home GitHub",
            ),
            (
                "ssh://git:pw@github.com:22/me/home.git",
                "ssh://git@github.com/me/home github.com me home GitHub",
            ),
            (
                "ssh://git@ssh.github.com:443/me/home.git",
                "ssh://git@ssh.github.com:443/me/home github.com me home GitHub",
            ),
            (
                "git@github.com-work:me/home.git",
                "ssh://git@github.com-work/me/home github.com me home GitHub?",
            ),
            (
                "git@gitlab.com:group/sub/deep/home.git",
                "ssh://git@gitlab.com/group/sub/deep/home gitlab.com group/sub/deep home GitLab",
            ),
            (
                "ssh://git@gitea.lan:2222/me/home.git",
                "ssh://git@gitea.lan:2222/me/home gitea.lan me home Gitea?",
            ),
            (
                "http://gitea.lan:3000/me/home",
                "http://gitea.lan:3000/me/home gitea.lan me home Gitea?",
            ),
            (
                "https://codeberg.org/me/home.git",
                "https://codeberg.org/me/home codeberg.org me home Gitea",
            ),
            (
                "https://github.com.example.com/me/home",
                "https://github.com.example.com/me/home github.com.example.com me home GitHub?",
            ),
            (
                "git@github.com.example.com:me/home",
                "ssh://git@github.com.example.com/me/home github.com.example.com me home GitHub?",
            ),
            (
                "https://github.example.com/team/home",
                "https://github.example.com/team/home github.example.com team home GitHub?",
            ),
            (
                "https://git.example.com/team/home",
                "https://git.example.com/team/home git.example.com team home Git?",
            ),
            (
                "git@ssh.dev.azure.com:v3/org/project/home",
                "ssh://git@ssh.dev.azure.com/v3/org/project/home ssh.dev.azure.com project home Git",
            ),
            (
                "https://dev.azure.com/org/my%20project/_git/home",
                "https://dev.azure.com/org/my%20project/_git/home dev.azure.com _git home Git",
            ),
            (
                "git@bitbucket.org:me/home.git",
                "ssh://git@bitbucket.org/me/home bitbucket.org me home Git",
            ),
            (
                "git@git.sr.ht:~me/home",
                "ssh://git@git.sr.ht/~me/home git.sr.ht ~me home Git",
            ),
            (
                "git://git.example.com/home.git",
                "git://git.example.com/home git.example.com   Git?",
            ),
            (
                "[git@host.lan:2222]:me/home.git",
                "ssh://git@host.lan:2222/me/home host.lan me home Git?",
            ),
            (
                "git@[fd00::1]:me/home.git",
                "ssh://git@[fd00::1]/me/home fd00::1 me home Git?",
            ),
            (
                "ssh://git@[fd00::1]:2222/me/home.git",
                "ssh://git@[fd00::1]:2222/me/home fd00::1 me home Git?",
            ),
            ("/srv/git/home.git", "folder srv/git/home.git"),
            ("../home", "folder ../home"),
            ("./a:b/home", "folder ./a:b/home"),
            ("file:///srv/git/home.git", "folder srv/git/home.git"),
            ("https://github.com", "refused: it names no repository"),
            ("https:///me/home", "refused: it names no host"),
            (
                "ftp://github.com/me/home",
                "refused: it has the scheme `ftp`",
            ),
            (
                "https://github.com:port/me/home",
                "refused: `port` is no port",
            ),
            (
                "ssh://-oProxyCommand=x/me/home",
                "refused: its host is none",
            ),
            (
                "https://github.com/me/home%zz.git",
                "https://github.com/me/home%25zz github.com me home%zz GitHub",
            ),
            ("", "folder "),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }

    #[test]
    fn no_secret_is_kept() {
        for text in [
            "https://me:secret@github.com/me/home",
            "https://secret@github.com/me/home",
            "https://a:b@secret@github.com/me/home",
            "ssh://git:secret@github.com/me/home",
            "https://github.com/me/home?token=secret#secret",
        ] {
            let url = RemoteUrl::parse(text).unwrap();
            assert!(
                !format!("{url:?} {}", url.as_url()).contains("secret"),
                "{text}"
            );
        }
    }

    #[test]
    fn no_text_breaks_the_reader() {
        for text in [
            "é:é",
            "://",
            "a://",
            "@:",
            "[",
            "[]:",
            "]:",
            ":",
            "%",
            "x:%é%4",
            "ssh://[::1",
            "ssh://@/",
        ] {
            let _ = RemoteUrl::parse(text);
        }
    }
}
