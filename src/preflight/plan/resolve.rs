//! Puts the plan together: flags first, then what `gotk-sync.yaml` says, then the git remote, then defaults.

use super::{Auth, Chosen, Forge, Plan, Wishes, components, kept, path};
use crate::preflight::facts::{ClusterFacts, ForgeFacts, RemoteFacts, RepositoryFacts};
use crate::preflight::remote::{Guess, RemoteUrl, Scheme, guess};

/// Why there is no plan: something has to be said that nothing else says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPlan {
    /// What is missing, a lower-case fragment.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
    /// Whether only the kind of the server is missing, which can be asked.
    pub is_forge: bool,
}

impl NoPlan {
    pub(super) fn new(message: impl Into<String>) -> Self {
        NoPlan {
            message: message.into(),
            hint: None,
            is_forge: false,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Where the repository is, and what says so.
struct Place {
    url: RemoteUrl,
    why: String,
}

/// Puts the plan together.
///
/// # Errors
/// Nothing says which repository, which kind of server or which folder it is.
pub fn resolve(wishes: &Wishes, repository: &RepositoryFacts) -> Result<Plan, NoPlan> {
    let mut notes = Vec::new();
    let place = place(wishes, repository, &mut notes)?;
    let host = host(wishes, place.as_ref(), repository);
    let forge = forge(wishes, host.as_ref(), &mut notes)?;
    let host = host.or_else(|| default_host(forge.value)).ok_or_else(|| {
        NoPlan::new("nothing says which server holds the repository")
            .hint("name its URL with `--url`")
    })?;
    let (owner, name) = owner_and_name(wishes, place.as_ref(), forge.value)?;
    let full_name = format!("{}/{}", owner.value, name.value);
    let url = match forge.value {
        Forge::Git => git_url(place.as_ref())?,
        _ => web_url(wishes, place.as_ref(), repository, &host.value, &full_name),
    };
    let auth = auth(wishes, repository, forge.value, &url);
    let sync = repository.sync.as_ref();
    let synced = |value: Option<&String>| Some((value?.clone(), sync?.place.clone()));
    let namespace = wishes.namespace.clone();
    Ok(Plan {
        ssh_host: ssh_host(
            wishes,
            place.as_ref(),
            forge.value,
            &host.value,
            &auth.value,
        ),
        branch: branch(wishes, repository),
        path: path::of(wishes, repository)?,
        namespace: namespace
            .or_else(|| Some(sync?.id.namespace.clone()))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| wishes.default_namespace.clone()),
        secret: wishes
            .secret
            .clone()
            .or_else(|| Some(synced(sync?.secret.as_ref())?.0))
            .unwrap_or_else(|| "flux-system".to_owned()),
        components_extra: components::extra(wishes, repository),
        components: components::base(wishes, repository),
        personal: wishes.personal,
        ca_file: wishes.ca_file.as_ref().map(|file| flag(file, "--ca-file")),
        username: username(wishes, forge.value, place.as_ref()),
        extra: kept::merged(&wishes.kept, &wishes.passed, &wishes.after),
        silent: silent(forge.value, &auth.value),
        auth,
        forge,
        host,
        owner,
        repository: name,
        url,
        notes,
    })
}

impl Plan {
    /// Adds what only the server and the cluster can tell: whether the owner is a user, and controllers that run already.
    pub fn refine(
        &mut self,
        wishes: &Wishes,
        forge: Option<&ForgeFacts>,
        cluster: Option<&ClusterFacts>,
    ) {
        let owner = forge.and_then(|forge| forge.owner.as_ref().ok());
        if self.personal.is_none()
            && self.forge.value != Forge::Git
            && owner.is_some_and(|owner| !owner.is_organisation)
        {
            self.personal = Some(true);
        }
        let Some(cluster) = cluster else {
            return;
        };
        components::keep_installed(self, wishes, cluster);
        let has_secret = matches!(cluster.secret, Ok(Some(_)));
        if self.forge.value == Forge::Git && self.silent.is_none() && has_secret {
            let why = "the cluster has the Secret, whose key has access already; without the flag flux asks";
            self.silent = Some(why.to_owned());
        }
    }
}

fn flag(value: &str, name: &str) -> Chosen<String> {
    Chosen::new(value.to_owned(), format!("the flag {name}"))
}

/// Finds the repository: `--url`, then `gotk-sync.yaml`, then the remote of git.
fn place(
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
        let why = sync.place.clone();
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
fn host(
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

fn default_host(forge: Forge) -> Option<Chosen<String>> {
    let host = forge.default_host()?;
    Some(Chosen::new(host.to_owned(), "the default of flux"))
}

/// Returns the kind of the server: the argument, else what the host says.
fn forge(
    wishes: &Wishes,
    host: Option<&Chosen<String>>,
    notes: &mut Vec<String>,
) -> Result<Chosen<Forge>, NoPlan> {
    if let Some(forge) = wishes.forge {
        return Ok(Chosen::new(forge, "the argument"));
    }
    if wishes.url.is_some() && host.is_none() {
        return Ok(Chosen::new(Forge::Git, "the flag --url"));
    }
    let Some(host) = host else {
        return Err(unknown_server(
            "nothing says what kind of server holds the repository",
        ));
    };
    let name = host.value.split(':').next().unwrap_or_default();
    match guess(name) {
        Guess::Known(forge) => Ok(Chosen::new(forge, format!("the host {name}"))),
        Guess::Likely(forge, why) => {
            notes.push(format!(
                "taken for {}: {why}; `homelab bootstrap github|gitlab|gitea|git` says otherwise",
                forge.name()
            ));
            Ok(Chosen::new(forge, format!("a guess: {why}")))
        }
        Guess::Unknown => Err(unknown_server(&format!(
            "nothing says what kind of server {name} is"
        ))),
    }
}

fn unknown_server(message: &str) -> NoPlan {
    let mut error = NoPlan::new(message).hint(
        "say it: `homelab bootstrap gitea` (Gitea and Forgejo), `gitlab`, `github`, or `git` for any other",
    );
    error.is_forge = true;
    error
}

/// Returns owner and name; plain git has no owner.
fn owner_and_name(
    wishes: &Wishes,
    place: Option<&Place>,
    forge: Forge,
) -> Result<(Chosen<String>, Chosen<String>), NoPlan> {
    let found = place.and_then(|place| {
        let (owner, name) = place.url.owner_and_name(forge)?;
        let why = &place.why;
        Some((
            Chosen::new(owner, why.clone()),
            Chosen::new(name, why.clone()),
        ))
    });
    let (owner, name) = found.unzip();
    if forge == Forge::Git {
        let path = place.map(|place| Chosen::new(place.url.path.clone(), place.why.clone()));
        let none = Chosen::new(String::new(), "plain git has no owners");
        return Ok((none, path.unwrap_or_else(|| Chosen::new(String::new(), ""))));
    }
    let owner = wishes
        .owner
        .as_deref()
        .map(|owner| flag(owner, "--owner"))
        .or(owner);
    let given = wishes.repository.as_deref();
    let name = given.map(|name| flag(name, "--repository")).or(name);
    match (owner, name) {
        (Some(owner), Some(name)) if !owner.value.is_empty() && !name.value.is_empty() => {
            Ok((owner, name))
        }
        (owner, _) => {
            let missing = if owner.is_none() {
                "owner"
            } else {
                "repository"
            };
            let at = place
                .map(|place| format!(": {} has none", place.why))
                .unwrap_or_default();
            Err(
                NoPlan::new(format!("nothing says which {missing} it is{at}"))
                    .hint("name both with `--owner` and `--repository`"),
            )
        }
    }
}

/// Returns the address of the repository on the web, where it has one.
fn web_url(
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
fn git_url(place: Option<&Place>) -> Result<String, NoPlan> {
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
fn ssh_host(
    wishes: &Wishes,
    place: Option<&Place>,
    forge: Forge,
    host: &str,
    auth: &Auth,
) -> Option<Chosen<String>> {
    if let Some(host) = &wishes.ssh_hostname {
        return Some(flag(host, "--ssh-hostname"));
    }
    if forge == Forge::Git || *auth == Auth::Token {
        return None;
    }
    let ssh =
        place.filter(|place| place.url.scheme == Scheme::Ssh && place.url.alias_of().is_none());
    if let Some(place) = ssh.filter(|_| wishes.hostname.is_none()) {
        let authority = place.url.authority();
        return (authority != host).then(|| Chosen::new(authority, place.why.clone()));
    }
    let bare = without_port(host);
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

/// Returns why flux need not ask whether the key has access: plain git asks without anybody at the terminal too, and gives up
/// halfway (flux2 v2.9).
fn silent(forge: Forge, auth: &Auth) -> Option<String> {
    let why = match auth {
        _ if forge != Forge::Git => return None,
        Auth::DeployKey { .. } => return None,
        Auth::Token => "there is no key to give access to",
        Auth::PrivateKey(_) => "your key has access already; without the flag flux asks",
    };
    Some(why.to_owned())
}

/// Returns the branch that the cluster follows.
fn branch(wishes: &Wishes, repository: &RepositoryFacts) -> Chosen<String> {
    if let Some(branch) = &wishes.branch {
        return flag(branch, "--branch");
    }
    let sync = repository.sync.as_ref();
    if let Some((branch, sync)) = sync.and_then(|sync| Some((sync.branch.as_ref()?, sync))) {
        return Chosen::new(branch.clone(), sync.place.clone());
    }
    match &repository.branch {
        Some(branch) => Chosen::new(branch.clone(), "the branch that is checked out"),
        None => Chosen::new("main".to_owned(), "the default of flux"),
    }
}

/// Returns how the cluster reaches the repository.
fn auth(wishes: &Wishes, repository: &RepositoryFacts, forge: Forge, url: &str) -> Chosen<Auth> {
    if wishes.token_auth == Some(true) {
        return Chosen::new(Auth::Token, "the flag --token-auth");
    }
    if let Some(file) = &wishes.private_key_file {
        return Chosen::new(
            Auth::PrivateKey(file.clone()),
            "the flag --private-key-file",
        );
    }
    let is_of_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    if wishes.token_auth.is_none() && wishes.read_write_key.is_none() {
        if let Some(sync) = repository.sync.as_ref().filter(|sync| is_of_web(&sync.url)) {
            let why = format!("{} has a URL of HTTPS, which takes no key", sync.place);
            return Chosen::new(Auth::Token, why);
        }
        if forge == Forge::Git && is_of_web(url) {
            return Chosen::new(
                Auth::Token,
                "over HTTPS the controllers need a password too",
            );
        }
    }
    if let Some(read_write) = wishes.read_write_key {
        return Chosen::new(Auth::DeployKey { read_write }, "the flag --read-write-key");
    }
    let writer = repository.automations.iter().find(|one| one.writes_here);
    match writer {
        Some(one) => {
            let why = format!(
                "the ImageUpdateAutomation {}/{} commits to this repository ({})",
                one.id.namespace, one.id.name, one.place
            );
            Chosen::new(Auth::DeployKey { read_write: true }, why)
        }
        None => Chosen::new(
            Auth::DeployKey { read_write: false },
            "nothing in the repository commits to it",
        ),
    }
}

/// Returns the user name for plain git, where it is not flux's default.
fn username(wishes: &Wishes, forge: Forge, place: Option<&Place>) -> Option<Chosen<String>> {
    if let Some(name) = &wishes.username {
        return Some(flag(name, "--username"));
    }
    let place = place.filter(|_| forge == Forge::Git)?;
    let user = place.url.user.as_ref().filter(|user| *user != "git")?;
    Some(Chosen::new(user.clone(), place.why.clone()))
}
