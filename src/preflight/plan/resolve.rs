//! Puts the plan together: flags first, then what `gotk-sync.yaml` says, then the git remote, then defaults.

use super::place::{Place, default_host, git_url, host, place, ssh_host, web_url};
use super::{Auth, Chosen, Forge, Plan, Wishes, components, kept, path};
use crate::preflight::facts::{ClusterFacts, ForgeFacts, RepositoryFacts};
use crate::preflight::remote::{Guess, RemoteUrl, guess};

/// Keeps plain git from asking whether the key has access: it asks without anybody at the terminal too, and gives up halfway
/// (flux2 v2.9).
const SILENT: &str = "--silent";

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

/// Puts the plan together.
///
/// # Errors
/// Nothing says which repository, which kind of server or which folder it is.
pub fn resolve(wishes: &Wishes, repository: &RepositoryFacts) -> Result<Plan, NoPlan> {
    expect_no_password(&wishes.after)?;
    let mut notes = Vec::new();
    let place = place(wishes, repository, &mut notes)?;
    let host = host(wishes, place.as_ref(), repository);
    let forge = forge(wishes, host.as_ref(), &mut notes)?;
    let url_of_git = match forge.value {
        Forge::Git => Some(git_url(place.as_ref())?),
        _ => None,
    };
    let host = host
        .or_else(|| default_host(forge.value))
        .ok_or_else(|| NoPlan::new("nothing says which server holds the repository"))?;
    let (owner, name) = owner_and_name(wishes, place.as_ref(), forge.value)?;
    let full_name = format!("{}/{}", owner.value, name.value);
    let url = url_of_git
        .unwrap_or_else(|| web_url(wishes, place.as_ref(), repository, &host.value, &full_name));
    let auth = auth(wishes, repository, forge.value, &url);
    let sync = repository.sync.as_ref();
    let namespace = wishes.namespace.clone();
    Ok(Plan {
        ssh_host: ssh_host(
            wishes,
            place.as_ref(),
            repository,
            (forge.value, &host.value),
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
            .or_else(|| sync?.secret.clone())
            .unwrap_or_else(|| "flux-system".to_owned()),
        components_extra: components::extra(wishes, repository),
        components: components::base(wishes, repository),
        personal: wishes.personal,
        ca_file: wishes.ca_file.as_ref().map(|file| flag(file, "--ca-file")),
        username: username(wishes, forge.value, place.as_ref()),
        extra: extra(wishes, forge.value, &auth.value),
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
        self.let_live_automations_write(wishes, cluster);
        let has_secret = matches!(cluster.secret, Ok(Some(_)));
        let is_silent = self.extra.iter().any(|flag| flag.value.starts_with(SILENT));
        if self.forge.value == Forge::Git && !is_silent && has_secret {
            let why = "the cluster has the Secret, whose key has access already; without the flag flux asks";
            self.extra.push(Chosen::new(SILENT.to_owned(), why));
        }
    }
}

impl Plan {
    /// Lets the key write where an automation of the cluster pushes to this repository, unless the user said what the key may
    /// do.
    fn let_live_automations_write(&mut self, wishes: &Wishes, cluster: &ClusterFacts) {
        let only_reads = self.auth.value == Auth::DeployKey { read_write: false };
        let first = cluster
            .automations
            .as_ref()
            .ok()
            .and_then(|all| all.first());
        let is_asked = wishes.read_write_key.is_none() && self.is_source_of(cluster);
        let Some(first) = first.filter(|_| only_reads && is_asked) else {
            return;
        };
        let why = format!(
            "the ImageUpdateAutomation {}/{} of the cluster commits to this repository",
            first.id.namespace, first.id.name
        );
        self.auth = Chosen::new(Auth::DeployKey { read_write: true }, why);
    }

    /// Tells whether the cluster was bootstrapped from the repository of the plan.
    fn is_source_of(&self, cluster: &ClusterFacts) -> bool {
        let sync = cluster.sync.as_ref().ok().and_then(Option::as_ref);
        let url = sync.and_then(|sync| RemoteUrl::parse(sync.url.as_deref()?).ok());
        url.is_some_and(|url| url.path.eq_ignore_ascii_case(&self.full_name()))
    }
}

/// Refuses a password among the flags that are passed on: whoever is on the machine sees it there.
fn expect_no_password(after: &[String]) -> Result<(), NoPlan> {
    let is_it = |flag: &String| {
        let short = flag.starts_with("-p") && !flag.starts_with("--");
        short || flag == "--password" || flag.starts_with("--password=")
    };
    match after.iter().any(is_it) {
        false => Ok(()),
        true => Err(NoPlan::new(
            "a password on a command line is seen by everybody on the machine",
        )
        .hint("say where it is instead: `--token-from env:NAME|file:PATH|op://VAULT/ITEM/FIELD`")),
    }
}

pub(super) fn flag(value: &str, name: &str) -> Chosen<String> {
    Chosen::new(value.to_owned(), format!("the flag {name}"))
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

/// Returns the flags that are passed on as they are.
fn extra(wishes: &Wishes, forge: Forge, auth: &Auth) -> Vec<Chosen<String>> {
    let mut flags = kept::merged(&wishes.kept, &wishes.passed, &wishes.after);
    let why = match auth {
        Auth::Token => "there is no key to give access to",
        Auth::PrivateKey(_) => "your key has access already; without the flag flux asks",
        Auth::DeployKey { .. } => return flags,
    };
    let is_silent = flags.iter().any(|flag| flag.value.starts_with(SILENT));
    if forge == Forge::Git && !is_silent {
        flags.push(Chosen::new(SILENT.to_owned(), why));
    }
    flags
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
            let why = format!("{} has a URL of HTTPS, which takes no key", sync.url_place);
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
