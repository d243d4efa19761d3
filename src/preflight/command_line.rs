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

/// Flags of flux whose value is a secret (flux2 v2.9); those of plain git's password are not taken at all.
const SECRETS: [&str; 4] = [
    "--gpg-passphrase",
    "--registry-creds",
    "--ssh-signing-password",
    "--ssh-signing-passphrase",
];
/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Tells whether the value of a flag is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    SECRETS.contains(&name)
}

impl Flag {
    /// Returns the flag as one argument, for flux only: it may hold a secret.
    fn argument(&self) -> String {
        match &self.value {
            Some(value) => format!("{}={value}", self.name),
            None => self.name.clone(),
        }
    }

    /// Returns the flag as it may be shown.
    pub fn shown(&self) -> String {
        match self.shown_value() {
            Some(value) => format!("{}={value}", self.name),
            None => self.name.clone(),
        }
    }

    /// Returns the value as it may be shown.
    pub fn shown_value(&self) -> Option<&str> {
        let value = self.value.as_deref()?;
        Some(if is_secret(&self.name) { HIDDEN } else { value })
    }
}

impl CommandLine {
    /// Returns program and arguments, to be run.
    pub fn arguments(&self) -> Vec<String> {
        self.words(Flag::argument)
    }

    /// Returns program and arguments as they may be shown.
    pub fn shown(&self) -> Vec<String> {
        self.words(Flag::shown)
    }

    fn words(&self, word: impl Fn(&Flag) -> String) -> Vec<String> {
        let head = ["flux", "bootstrap", self.subcommand].map(str::to_owned);
        head.into_iter()
            .chain(self.flags.iter().map(word))
            .collect()
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

/// Quotes an argument for a POSIX shell, where it needs that: of a flag with a value only the value.
pub fn shell_quoted(argument: &str) -> String {
    match argument.split_once('=') {
        Some((name, value)) if name.starts_with("--") && is_plain(name) => {
            format!("{name}={}", quoted(value))
        }
        _ => quoted(argument),
    }
}

fn quoted(text: &str) -> String {
    match !text.is_empty() && is_plain(text) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// Tells whether a shell does nothing to a text.
fn is_plain(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::plan::Chosen;

    fn shown(plan: &Plan) -> String {
        command_line(plan, &[]).shown().join(" ")
    }

    #[test]
    fn the_command_says_no_more_than_it_has_to() {
        let plan = Plan::sample();
        assert_eq!(
            shown(&plan),
            "flux bootstrap github --owner=me --repository=home --branch=main --path=./clusters/home"
        );
    }

    #[test]
    fn everything_that_differs_from_the_defaults_is_said() {
        let chosen = |value: &str| Chosen::new(value.to_owned(), "a reason");
        let plan = Plan {
            forge: Chosen::new(Forge::Gitea, "x"),
            host: chosen("127.0.0.1:3000"),
            ssh_host: Some(chosen("127.0.0.1:2222")),
            personal: Some(true),
            auth: Chosen::new(Auth::DeployKey { read_write: true }, "it writes"),
            namespace: "flux".to_owned(),
            secret: "git".to_owned(),
            ca_file: Some(chosen("ca.pem")),
            components: Some(Chosen::new(
                vec![
                    "source-controller".to_owned(),
                    "kustomize-controller".to_owned(),
                ],
                "x",
            )),
            components_extra: vec![
                chosen("source-watcher"),
                Chosen::new("image-reflector-controller".to_owned(), "other"),
            ],
            extra: vec![
                chosen("--log-level=debug"),
                chosen("--gpg-passphrase=s3cret"),
            ],
            ..Plan::sample()
        };
        let line = command_line(&plan, &[]);
        assert_eq!(
            line.shown().join(" "),
            "flux bootstrap gitea --owner=me --repository=home --personal --hostname=https://127.0.0.1:3000 \
             --ssh-hostname=127.0.0.1:2222 --ca-file=ca.pem --branch=main --path=./clusters/home --read-write-key \
             --components=source-controller,kustomize-controller \
             --components-extra=source-watcher,image-reflector-controller --namespace=flux --secret-name=git \
             --log-level=debug --gpg-passphrase=***"
        );
        assert!(
            line.arguments()
                .contains(&"--gpg-passphrase=s3cret".to_owned())
        );
        let extra = line
            .flags
            .iter()
            .find(|flag| flag.name == "--components-extra");
        assert_eq!(
            extra.map(|flag| flag.why.as_str()),
            Some("source-watcher: a reason; image-reflector-controller: other")
        );
    }

    #[test]
    fn plain_git_is_given_a_url() {
        let plan = Plan {
            forge: Chosen::new(Forge::Git, "x"),
            url: "http://git.lan/home".to_owned(),
            auth: Chosen::new(Auth::Token, "x"),
            extra: vec![Chosen::new("--silent".to_owned(), "no key")],
            username: Some(Chosen::new("ada".to_owned(), "x")),
            ..Plan::sample()
        };
        assert_eq!(
            shown(&plan),
            "flux bootstrap git --url=http://git.lan/home --allow-insecure-http --username=ada --branch=main \
             --path=./clusters/home --token-auth --silent"
        );
    }

    #[test]
    fn what_a_shell_would_act_upon_is_quoted() {
        assert_eq!(
            shell_quoted("--path=./clusters/home"),
            "--path=./clusters/home"
        );
        assert_eq!(shell_quoted("--path=my home"), "--path='my home'");
        assert_eq!(shell_quoted("a b"), "'a b'");
        assert_eq!(shell_quoted("it's $HOME; `x`"), "'it'\\''s $HOME; `x`'");
        assert_eq!(shell_quoted(""), "''");
        assert_eq!(shell_quoted("~ada"), "'~ada'");
    }
}
