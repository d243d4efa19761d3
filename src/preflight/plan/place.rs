//! Where the repository is: which remote says so, which hosts its API and its SSH have, which URL.

use super::resolve::{NoPlan, flag};
use super::{Auth, Chosen, Forge, Wishes};
use crate::preflight::facts::{RemoteFacts, RepositoryFacts};
use crate::preflight::remote::{RemoteUrl, Scheme};

/// Where the repository is, and what says so.
pub(super) struct Place {
    pub(super) url: RemoteUrl,
    pub(super) why: String,
}

/// Finds the repository: `--url`, then `gotk-sync.yaml`, then the remote of git.
pub(super) fn place(
    wishes: &Wishes,
    repository: &RepositoryFacts,
    notes: &mut Vec<String>,
) -> Result<Option<Place>, NoPlan> {
    let read = |text: &str, why: String| match RemoteUrl::parse(text) {
        Ok(url) => Ok(Place { url, why }),
        Err(reason) => Err(
            NoPlan::new(format!("{why} is no URL of a repository: {reason}"))
                .hint("give `--owner`, `--repository` and `--hostname`, or for plain git `--url`"),
        ),
    };
    if let Some(url) = &wishes.url {
        return read(url, "the flag --url".to_owned()).map(Some);
    }
    if let Some(sync) = &repository.sync
        && wishes.remote.is_none()
        && let Ok(url) = RemoteUrl::parse(&sync.url)
    {
        let why = sync.url_place.clone();
        return Ok(Some(Place { url, why }));
    }
    let named = wishes.owner.is_some() && wishes.repository.is_some();
    match remote(wishes, repository, notes) {
        Ok(remote) => read(&remote.url, format!("the remote {}", remote.name)).map(Some),
        // Flags say enough by themselves.
        Err(_) if named => Ok(None),
        Err(error) => Err(error),
    }
}

/// Chooses among the remotes: the one named, `origin`, that of the branch that is followed, the only one.
fn remote<'r>(
    wishes: &Wishes,
    repository: &'r RepositoryFacts,
    notes: &mut Vec<String>,
) -> Result<&'r RemoteFacts, NoPlan> {
    let remotes = &repository.remotes;
    let called = |name: &str| remotes.iter().find(|remote| remote.name == name);
    let names: Vec<&str> = remotes.iter().map(|remote| remote.name.as_str()).collect();
    if let Some(name) = &wishes.remote {
        return called(name).ok_or_else(|| {
            let error = NoPlan::new(format!("the repository has no remote `{name}`"));
            match names.as_slice() {
                [] => error.hint("it has none"),
                names => error.hint(format!("there are: {}", names.join(", "))),
            }
        });
    }
    let upstream = repository.upstream.as_deref();
    // The name of a remote may have a slash, so that `upstream` cannot be taken apart.
    let followed = || {
        remotes.iter().find(|remote| {
            upstream.is_some_and(|upstream| {
                upstream
                    .strip_prefix(remote.name.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            })
        })
    };
    let chosen = called("origin").or_else(followed);
    match (chosen, remotes.as_slice()) {
        (Some(remote), [_, _, ..]) => {
            let others: Vec<&str> = names.into_iter().filter(|name| *name != remote.name).collect();
            notes.push(format!(
                "of several remotes `{}` is taken ({} left out); `--remote NAME` takes another",
                remote.name,
                others.join(", ")
            ));
            Ok(remote)
        }
        (Some(remote), _) => Ok(remote),
        (None, [only]) => Ok(only),
        (None, []) => Err(NoPlan::new("nothing says which repository it is: git has no remote here").hint(
            "add it, such as `git remote add origin git@github.com:OWNER/NAME.git`, or name it with `--owner` and \
             `--repository`",
        )),
        (None, _) => Err(NoPlan::new(format!(
            "the repository has several remotes and none is called origin: {}",
            names.join(", ")
        ))
        .hint("say which one with `--remote NAME`")),
    }
}

/// Returns the host of the API, with its port. Where the URL is of SSH, a remote of the web on the same host has the port.
pub(super) fn host(
    wishes: &Wishes,
    place: Option<&Place>,
    repository: &RepositoryFacts,
) -> Option<Chosen<String>> {
    if let Some(host) = &wishes.hostname {
        let host = host.trim_end_matches('/');
        let bare = host.split_once("://").map_or(host, |(_, bare)| bare);
        return Some(flag(bare, "--hostname"));
    }
    let place = place?;
    let host = place.url.web_host();
    if host.is_empty() {
        return None;
    }
    if is_web(&place.url) {
        return Some(Chosen::new(place.url.authority(), place.why.clone()));
    }
    if let Some((name, url)) = web_remote(place, repository) {
        return Some(Chosen::new(url.authority(), format!("the remote {name}")));
    }
    let host = match host.contains(':') {
        true => format!("[{host}]"),
        false => host.to_owned(),
    };
    Some(Chosen::new(host, place.why.clone()))
}

fn is_web(url: &RemoteUrl) -> bool {
    matches!(url.scheme, Scheme::Https | Scheme::Http)
}

/// Returns a remote of the web on the host of a place.
fn web_remote<'r>(place: &Place, repository: &'r RepositoryFacts) -> Option<(&'r str, RemoteUrl)> {
    let all = repository.remotes.iter().filter_map(|remote| {
        let url = RemoteUrl::parse(&remote.url).ok()?;
        Some((remote.name.as_str(), url))
    });
    let mut same = all.filter(|(_, url)| is_web(url) && url.host == place.url.web_host());
    same.next()
}

pub(super) fn default_host(forge: Forge) -> Option<Chosen<String>> {
    let host = forge.default_host()?;
    Some(Chosen::new(host.to_owned(), "the default of flux"))
}

/// Returns the address of the repository on the web, where it has one.
pub(super) fn web_url(
    wishes: &Wishes,
    place: Option<&Place>,
    repository: &RepositoryFacts,
    host: &str,
    full_name: &str,
) -> String {
    let of_place = |place: &Place| match is_web(&place.url) {
        true => place.url.scheme,
        false => web_remote(place, repository).map_or(Scheme::Https, |(_, url)| url.scheme),
    };
    let is_plain = match &wishes.hostname {
        Some(host) => host.starts_with("http://"),
        None => place.map(of_place) == Some(Scheme::Http),
    };
    let scheme = if is_plain { "http" } else { "https" };
    format!("{scheme}://{host}/{full_name}")
}

/// Returns the URL that plain git is given.
pub(super) fn git_url(place: Option<&Place>) -> Result<String, NoPlan> {
    let Some(Place { url, why }) = place else {
        let error = NoPlan::new("nothing says where the repository is");
        return Err(error.hint("give its URL with `--url`"));
    };
    let what = match url.scheme {
        Scheme::Ssh | Scheme::Https | Scheme::Http => return Ok(url.as_url()),
        Scheme::File => "a folder of this machine",
        Scheme::Git => "a server without logins",
    };
    Err(
        NoPlan::new(format!("{why} is {what}, where Flux cannot write"))
            .hint("give a URL that begins with ssh:// or https:// with `--url`"),
    )
}

/// Returns host and port of SSH where flux would not find them by itself: it takes the host of the API, with its port.
pub(super) fn ssh_host(
    wishes: &Wishes,
    place: Option<&Place>,
    repository: &RepositoryFacts,
    (forge, host): (Forge, &str),
    auth: &Auth,
) -> Option<Chosen<String>> {
    if let Some(host) = &wishes.ssh_hostname {
        return Some(flag(host, "--ssh-hostname"));
    }
    if forge == Forge::Git || *auth == Auth::Token {
        return None;
    }
    let bare = without_port(host);
    let is_ssh = |url: &RemoteUrl| url.scheme == Scheme::Ssh && url.alias_of().is_none();
    let is_meant = |url: &RemoteUrl| is_ssh(url) && url.web_host() == bare;
    let ssh = place.filter(|place| match wishes.hostname {
        None => is_ssh(&place.url),
        Some(_) => is_meant(&place.url),
    });
    let ssh = ssh.map(|place| (place.url.authority(), place.why.clone()));
    let of_remote = |remote: &RemoteFacts| {
        let url = RemoteUrl::parse(&remote.url).ok().filter(is_meant)?;
        Some((url.authority(), format!("the remote {}", remote.name)))
    };
    if let Some((authority, why)) = ssh.or_else(|| repository.remotes.iter().find_map(of_remote)) {
        return (authority != host).then(|| Chosen::new(authority, why));
    }
    let has_scheme = wishes
        .hostname
        .as_ref()
        .is_some_and(|host| host.contains("://"));
    (bare != host || has_scheme).then(|| {
        let why = "otherwise flux asks for SSH at the port of the API; give it where SSH has a port of its own";
        Chosen::new(bare.to_owned(), why)
    })
}

/// Returns a host without its port.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !bare.ends_with(':') => {
            bare
        }
        _ => host,
    }
}
