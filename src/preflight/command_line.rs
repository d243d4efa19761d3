//! The `flux bootstrap` command that follows from a plan, with the reason for each flag.

use super::plan::{Auth, Forge, Plan};

/// A flag of the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name, such as `--owner`.
    pub name: String,
    /// Its value; none for one that is switched on by its name.
    pub value: Option<String>,
    /// Why it is there, a fragment.
    pub why: String,
}

/// The command, without the token: flux reads that from its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The subcommand: `github`.
    pub subcommand: &'static str,
    /// The flags, in the order in which they stand.
    pub flags: Vec<Flag>,
    /// The variable that flux reads the token from.
    pub variable: &'static str,
}

impl Flag {
    /// Returns the flag as one argument.
    pub fn argument(&self) -> String {
        match &self.value {
            Some(value) => format!("{}={value}", self.name),
            None => self.name.clone(),
        }
    }
}

impl CommandLine {
    /// Returns program and arguments.
    pub fn arguments(&self) -> Vec<String> {
        let head = ["flux", "bootstrap", self.subcommand].map(str::to_owned);
        let flags = self.flags.iter().map(Flag::argument);
        head.into_iter().chain(flags).collect()
    }
}

/// The flags while they are collected.
#[derive(Default)]
struct Flags(Vec<Flag>);

impl Flags {
    fn with(&mut self, name: &str, value: impl Into<String>, why: impl Into<String>) {
        self.0.push(Flag {
            name: name.to_owned(),
            value: Some(value.into()),
            why: why.into(),
        });
    }

    fn on(&mut self, name: &str, why: impl Into<String>) {
        self.0.push(Flag {
            name: name.to_owned(),
            value: None,
            why: why.into(),
        });
    }
}

/// Returns the command of a plan. `cluster` are flags that name the cluster, such as `--context`, with the reason.
pub fn command_line(plan: &Plan, cluster: &[Flag]) -> CommandLine {
    let mut flags = Flags::default();
    place(plan, &mut flags);
    flags.with("--branch", &plan.branch.value, &plan.branch.why);
    flags.with("--path", &plan.path.value, &plan.path.why);
    credentials(plan, &mut flags);
    components(plan, &mut flags);
    if plan.namespace != "flux-system" {
        flags.with("--namespace", &plan.namespace, "the namespace of Flux");
    }
    if plan.secret != "flux-system" {
        let why = "the Secret with the credentials is called so";
        flags.with("--secret-name", &plan.secret, why);
    }
    flags.0.extend(
        plan.extra
            .iter()
            .map(|extra| passed(&extra.value, &extra.why)),
    );
    flags.0.extend(cluster.iter().cloned());
    CommandLine {
        subcommand: plan.forge.value.command(),
        flags: flags.0,
        variable: plan.forge.value.token_variable(),
    }
}

/// Adds which repository it is.
fn place(plan: &Plan, flags: &mut Flags) {
    let forge = plan.forge.value;
    if forge == Forge::Git {
        flags.with("--url", &plan.url, &plan.repository.why);
        if plan.url.starts_with("http://") {
            flags.on("--allow-insecure-http", "the URL is not encrypted");
        }
    } else {
        flags.with("--owner", &plan.owner.value, &plan.owner.why);
        flags.with("--repository", &plan.repository.value, &plan.repository.why);
        if plan.personal == Some(true) {
            flags.on("--personal", "the owner is a user, not an organisation");
        }
        hostname(plan, flags);
    }
    if let Some(host) = &plan.ssh_host {
        flags.with("--ssh-hostname", &host.value, &host.why);
    }
    if let Some(why) = &plan.silent {
        flags.on("--silent", why);
    }
    if let Some(name) = &plan.username {
        flags.with("--username", &name.value, &name.why);
    }
    if let Some(file) = &plan.ca_file {
        flags.with("--ca-file", &file.value, &file.why);
    }
}

fn hostname(plan: &Plan, flags: &mut Flags) {
    let host = &plan.host;
    let with = |scheme: &str| format!("{scheme}://{}", host.value);
    if plan.url.starts_with("http://") {
        flags.with("--hostname", with("http"), &host.why);
    } else if plan.forge.value == Forge::Gitea && is_address_with_port(&host.value) {
        // flux 2.9.5 panics on an address with a port, unless it has a scheme.
        flags.with("--hostname", with("https"), &host.why);
    } else if plan.forge.value.default_host() != Some(host.value.as_str()) {
        flags.with("--hostname", &host.value, &host.why);
    }
}

fn is_address_with_port(host: &str) -> bool {
    host.parse::<std::net::SocketAddr>().is_ok()
}

/// Adds how the cluster reaches the repository.
fn credentials(plan: &Plan, flags: &mut Flags) {
    let why = &plan.auth.why;
    match &plan.auth.value {
        Auth::Token => flags.on("--token-auth", why),
        Auth::PrivateKey(file) => flags.with("--private-key-file", file, why),
        // Plain git cannot install a key, and so does not say what it may do.
        Auth::DeployKey { .. } if plan.forge.value == Forge::Git => {}
        Auth::DeployKey { read_write: true } => flags.on("--read-write-key", why),
        Auth::DeployKey { read_write: false } => {}
    }
}

fn components(plan: &Plan, flags: &mut Flags) {
    if let Some(components) = &plan.components {
        flags.with("--components", components.value.join(","), &components.why);
    }
    if plan.components_extra.is_empty() {
        return;
    }
    let names: Vec<&str> = plan
        .components_extra
        .iter()
        .map(|one| one.value.as_str())
        .collect();
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for one in &plan.components_extra {
        match reasons.iter_mut().find(|(why, _)| *why == one.why) {
            Some((_, names)) => names.push(&one.value),
            None => reasons.push((&one.why, vec![&one.value])),
        }
    }
    let why = match reasons.as_slice() {
        [(why, _)] => (*why).to_owned(),
        several => {
            let each = several
                .iter()
                .map(|(why, names)| format!("{}: {why}", names.join(", ")));
            each.collect::<Vec<_>>().join("; ")
        }
    };
    flags.with("--components-extra", names.join(","), why);
}

/// Takes a flag apart that is passed on as it is.
fn passed(text: &str, why: &str) -> Flag {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) if name.starts_with('-') => (name, Some(value.to_owned())),
        _ => (text, None),
    };
    Flag {
        name: name.to_owned(),
        value,
        why: why.to_owned(),
    }
}

/// Quotes an argument for a POSIX shell, where it needs that.
pub fn shell_quoted(argument: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    match !argument.is_empty() && argument.chars().all(is_plain) {
        true => argument.to_owned(),
        false => format!("'{}'", argument.replace('\'', "'\\''")),
    }
}
