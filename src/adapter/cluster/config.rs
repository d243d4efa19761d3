//! Finds the kubeconfig and the context in it: the flags, `KUBECONFIG`, `~/.kube/config`, then what a pod has.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::HeaderValue;
use http::header::USER_AGENT;
use kube::Config;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig, KubeconfigError, LoadDataError};
use secrecy::ExposeSecret;

use super::ClusterOptions;
use super::error::ClusterError;
use super::proxy;
use crate::adapter::environment::variable;
use crate::adapter::registry::Proxies;
use crate::adapter::repo_files::reason;
use crate::lint::distance;

const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long a server may be silent in the middle of an answer.
const SILENCE: Duration = Duration::from_secs(30);

/// Where a kubeconfig may be.
pub(super) struct Sources {
    /// `--kubeconfig`.
    flag: Option<PathBuf>,
    /// `KUBECONFIG`: files, separated as those of `PATH` are.
    variable: Option<OsString>,
    home: Option<PathBuf>,
    /// The process says that it runs in a pod.
    in_pod: bool,
    proxies: Proxies,
}

impl Sources {
    pub(super) fn of(options: &ClusterOptions) -> Self {
        Sources {
            flag: options.kubeconfig.clone(),
            variable: std::env::var_os("KUBECONFIG"),
            home: std::env::home_dir(),
            in_pod: variable("KUBERNETES_SERVICE_HOST").is_some(),
            proxies: Proxies::from_environment(),
        }
    }

    /// Returns the files to read, the first of which wins (client-go `ClientConfigLoadingRules.GetLoadingPrecedence`).
    fn files(&self) -> Vec<PathBuf> {
        if let Some(file) = &self.flag {
            return vec![file.clone()];
        }
        let listed = self.variable.iter().flat_map(std::env::split_paths);
        let listed: Vec<_> = listed.filter(|path| !path.as_os_str().is_empty()).collect();
        if !listed.is_empty() {
            return listed;
        }
        let home = self.home.iter();
        home.map(|home| home.join(".kube").join("config")).collect()
    }
}

/// Returns what is needed to talk to the cluster of a context, or of the current one.
pub(super) async fn load(sources: &Sources, context: Option<&str>) -> Result<Config, ClusterError> {
    let files = sources.files();
    let (kubeconfig, missing) = read(&files)?;
    let mut config = if !kubeconfig.contexts.is_empty() {
        let context = choose(&kubeconfig, context)?;
        of_context(kubeconfig, context, &sources.proxies).await?
    } else if sources.in_pod && sources.flag.is_none() && context.is_none() {
        of_pod(&sources.proxies)?
    } else {
        let missing = if missing.is_empty() { &files } else { &missing };
        let tried = missing.iter().map(|path| path.display().to_string());
        let tried = tried.collect();
        return Err(ClusterError::NoConfig { tried });
    };
    config.auth_info = with_token(config.auth_info)?;
    config.connect_timeout = Some(CONNECT_TIME);
    config.read_timeout = Some(SILENCE);
    config.reset_reader_on_write = true;
    let agent = HeaderValue::from_static(concat!("homelab/", env!("CARGO_PKG_VERSION")));
    config.headers.push((USER_AGENT, agent));
    Ok(config)
}

/// Returns the names of all contexts, by name.
pub(super) fn context_names(sources: &Sources) -> Result<Vec<String>, ClusterError> {
    let files = sources.files();
    let (kubeconfig, _) = read(&files)?;
    let names = kubeconfig.contexts.into_iter().map(|context| context.name);
    let names: BTreeSet<String> = names.collect();
    if names.is_empty() {
        let tried = files.iter().map(|path| path.display().to_string());
        return Err(ClusterError::NoConfig {
            tried: tried.collect(),
        });
    }
    Ok(names.into_iter().collect())
}

async fn of_context(
    kubeconfig: Kubeconfig,
    context: String,
    proxies: &Proxies,
) -> Result<Config, ClusterError> {
    let has_proxy = names_proxy(&kubeconfig, &context);
    let options = KubeConfigOptions {
        context: Some(context),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = config.map_err(|error| unusable(&error))?;
    if !has_proxy {
        config.proxy_url = proxy_of(proxies, &config)?;
    }
    Ok(config)
}

fn of_pod(proxies: &Proxies) -> Result<Config, ClusterError> {
    let why = |error| ClusterError::Config(format!("this is a pod, and {error}"));
    let mut config = Config::incluster().map_err(why)?;
    config.proxy_url = proxy_of(proxies, &config)?;
    Ok(config)
}

/// Reads the files that are there into one, the first of which wins, and returns those that are not, too.
fn read(files: &[PathBuf]) -> Result<(Kubeconfig, Vec<PathBuf>), ClusterError> {
    let mut whole = Kubeconfig::default();
    let mut missing = Vec::new();
    for file in files {
        let mut next = match Kubeconfig::read_from(file) {
            Ok(next) => next,
            Err(KubeconfigError::ReadConfig(error, _))
                if error.kind() == std::io::ErrorKind::NotFound =>
            {
                missing.push(file.clone());
                continue;
            }
            Err(error) => return Err(unreadable(file, &error)),
        };
        // `kubectl config unset` leaves an empty name, which must not hide that of the next file.
        next.current_context = next.current_context.filter(|name| !name.is_empty());
        whole = whole.merge(next).map_err(|error| unusable(&error))?;
    }
    Ok((whole, missing))
}

/// Returns the name of the context to use.
fn choose(kubeconfig: &Kubeconfig, wanted: Option<&str>) -> Result<String, ClusterError> {
    let mut known: Vec<String> = kubeconfig.contexts.iter().map(|c| c.name.clone()).collect();
    known.sort();
    let current = kubeconfig.current_context.as_deref();
    let Some(name) = wanted.or(current) else {
        return Err(ClusterError::NoContext { known });
    };
    if known.iter().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    known.sort_by_cached_key(|known| distance(known, name));
    let name = name.to_owned();
    Err(ClusterError::UnknownContext { name, known })
}

/// Tells whether the cluster of a context has a `proxy-url`.
fn names_proxy(kubeconfig: &Kubeconfig, context: &str) -> bool {
    let context = kubeconfig.contexts.iter().find(|c| c.name == context);
    let cluster = context.and_then(|c| Some(&c.context.as_ref()?.cluster));
    let clusters = kubeconfig.clusters.iter();
    let mut named = clusters.filter(|c| Some(&c.name) == cluster);
    let cluster = named.next().and_then(|c| c.cluster.as_ref());
    let proxy = cluster.and_then(|c| c.proxy_url.as_deref());
    proxy.is_some_and(|url| !url.is_empty())
}

/// Returns who asks, with a token that a request can carry.
///
/// kube 5.0 panics on an inline token with a line break (`AddAuthorizationLayer::bearer`), and does not take the one off that
/// `kubectl create token >FILE` leaves at the end of a file, as client-go does. No run is so long that a file would have to
/// be read again.
fn with_token(mut user: AuthInfo) -> Result<AuthInfo, ClusterError> {
    if let (None, Some(file)) = (&user.token, user.token_file.take()) {
        let text = std::fs::read_to_string(&file).map_err(|error| {
            let why = reason(&error);
            let what = "the token of the kubeconfig cannot be read";
            ClusterError::Credentials(format!("{what}: {file}: {why}"))
        })?;
        user.token = Some(text.trim().to_owned().into());
    }
    let token = user.token.as_ref().map(ExposeSecret::expose_secret);
    if HeaderValue::from_str(token.unwrap_or_default()).is_err() {
        let why = "the token of the kubeconfig holds characters that no token may";
        return Err(ClusterError::Credentials(why.to_owned()));
    }
    Ok(user)
}

fn proxy_of(proxies: &Proxies, config: &Config) -> Result<Option<http::Uri>, ClusterError> {
    let Some(address) = proxy::for_server(proxies, &config.cluster_url) else {
        return Ok(None);
    };
    // The address of a proxy may hold a password, so it is not repeated.
    let why =
        |_| ClusterError::Config("the address of the proxy does not read as a URL".to_owned());
    address.parse().map(Some).map_err(why)
}

/// Says why a kubeconfig does not read. The parser's own message shows the text around the place: keys and tokens.
fn unreadable(file: &Path, error: &KubeconfigError) -> ClusterError {
    let place = file.display();
    ClusterError::Config(match error {
        KubeconfigError::ReadConfig(error, _) => format!("{place}: {}", reason(error)),
        KubeconfigError::Parse(error) => match error.location() {
            Some(at) => format!("{place}:{} is not what a kubeconfig may say", at.line()),
            None => format!("{place} does not read as YAML"),
        },
        other => format!("{place}: {}", what(other)),
    })
}

/// Says what is wrong with a kubeconfig that reads.
pub(super) fn unusable(error: &KubeconfigError) -> ClusterError {
    ClusterError::Config(what(error))
}

fn what(error: &KubeconfigError) -> String {
    let data = |what: &str, error: &LoadDataError| match error {
        LoadDataError::ReadFile(error, path) => format!("{}: {}", path.display(), reason(error)),
        LoadDataError::DecodeBase64(_) => format!("{what} is no base64"),
        LoadDataError::NoBase64DataOrFile => format!("{what} is missing"),
    };
    match error {
        KubeconfigError::LoadClusterOfContext(name) => {
            format!("its context names a cluster {name:?} that is not there")
        }
        KubeconfigError::MissingClusterUrl => "its cluster has no `server`".to_owned(),
        KubeconfigError::ParseClusterUrl(_) => {
            "the `server` of its cluster does not read as a URL".to_owned()
        }
        KubeconfigError::ParseProxyUrl(_) => {
            "the address of the proxy does not read as a URL".to_owned()
        }
        KubeconfigError::LoadCertificateAuthority(error) => {
            data("its certificate authority", error)
        }
        KubeconfigError::LoadClientCertificate(error) => data("its client certificate", error),
        KubeconfigError::LoadClientKey(error) => data("its client key", error),
        KubeconfigError::ParseCertificates(_) => {
            "its certificate authority does not read as PEM".to_owned()
        }
        KubeconfigError::ParseNoProxy(_) => "NO_PROXY holds what is no host".to_owned(),
        KubeconfigError::KindMismatch | KubeconfigError::ApiVersionMismatch => {
            "its files are not of one kind".to_owned()
        }
        _ => "it does not say how to reach the cluster".to_owned(),
    }
}

/// Returns host and port of a server: no user, no password, no path.
pub(super) fn shown(server: &http::Uri) -> String {
    let host = server.host().unwrap_or_default();
    let port = server.port_u16();
    port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::runtime::block_on;

    /// A folder with kubeconfig files.
    struct Files(tempfile::TempDir);

    impl Files {
        fn new(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            Files(folder)
        }

        /// Sources whose `KUBECONFIG` lists these files.
        fn listed(&self, names: &[&str]) -> Sources {
            let paths = names.iter().map(|name| self.0.path().join(name));
            Sources {
                variable: Some(std::env::join_paths(paths).unwrap()),
                ..nothing()
            }
        }
    }

    fn nothing() -> Sources {
        Sources {
            flag: None,
            variable: None,
            home: None,
            in_pod: false,
            proxies: Proxies::default(),
        }
    }

    fn cluster(name: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {name}\nclusters:\n- name: {name}\n  cluster: {{server: 'https://{name}.lan:6443'}}\ncontexts:\n- name: {name}\n  context: {{cluster: {name}, user: me}}\nusers: null\n"
        )
    }

    fn loaded(sources: &Sources, context: Option<&str>) -> Result<String, String> {
        let config = block_on(load(sources, context)).unwrap();
        let config = config.map(|config| shown(&config.cluster_url));
        config.map_err(|error| error.to_string())
    }

    #[test]
    fn the_first_of_several_files_wins() {
        let unset = cluster("staging").replace("current-context: staging", "current-context: ''");
        let files = Files::new(&[("unset", &unset), ("home", &cluster("home")), ("empty", "")]);
        let all = files.listed(&["missing", "empty", "unset", "home"]);
        assert_eq!(loaded(&all, None), Ok("home.lan:6443".to_owned()));
        let staging = Ok("staging.lan:6443".to_owned());
        assert_eq!(loaded(&all, Some("staging")), staging);
        let flag = Sources {
            flag: Some(files.0.path().join("unset")),
            ..files.listed(&["home"])
        };
        assert_eq!(loaded(&flag, Some("staging")), staging);
        let error = loaded(&flag, None).unwrap_err();
        assert_eq!(error, "the kubeconfig names no current context");
    }

    #[test]
    fn files_that_are_not_there_are_named() {
        let files = Files::new(&[("empty", "contexts: null\n")]);
        let [one, two, empty] =
            ["one", "two", "empty"].map(|n| files.0.path().join(n).display().to_string());
        let error = loaded(&files.listed(&["one", "two"]), None).unwrap_err();
        assert_eq!(
            error,
            format!("there is no kubeconfig; looked for {one}, {two}")
        );
        let error = loaded(&files.listed(&["empty"]), None).unwrap_err();
        assert_eq!(error, format!("there is no kubeconfig; looked for {empty}"));
        let home = Sources {
            home: Some(PathBuf::from("/home/me")),
            variable: Some(OsString::new()),
            ..nothing()
        };
        assert_eq!(home.files(), [Path::new("/home/me/.kube/config")]);
        assert!(loaded(&nothing(), None).is_err());
    }

    #[test]
    fn a_file_that_does_not_read_keeps_its_text_to_itself() {
        let broken = "apiVersion: v1\nusers:\n- name: me\n  user: [token, hunter2]\n";
        let no_yaml = "users:\n- name: me\n  user: {token: hunter2\n";
        let lost = cluster("lost").replace("- name: lost\n  cluster", "- name: other\n  cluster");
        let files = Files::new(&[("broken", broken), ("no-yaml", no_yaml), ("lost", &lost)]);
        let error = |name: &str| loaded(&files.listed(&[name]), None).unwrap_err();
        let at = |name: &str| files.0.path().join(name).display().to_string();
        for (name, line) in [("broken", 4), ("no-yaml", 3)] {
            let expected = format!(
                "the kubeconfig cannot be used: {}:{line} is not what a kubeconfig may say",
                at(name)
            );
            assert_eq!(error(name), expected);
        }
        let expected =
            "the kubeconfig cannot be used: its context names a cluster \"lost\" that is not there";
        assert_eq!(error("lost"), expected);
    }

    #[test]
    fn a_proxy_of_the_kubeconfig_comes_before_that_of_the_environment() {
        let with_proxy =
            cluster("far").replace("{server", "{proxy-url: 'socks5://bastion:1080', server");
        let files = Files::new(&[("far", &with_proxy), ("near", &cluster("near"))]);
        let proxy = |name: &str| {
            let sources = Sources {
                proxies: Proxies {
                    https: Some("http://proxy:3128".to_owned()),
                    ..Proxies::default()
                },
                ..files.listed(&[name])
            };
            let config = block_on(load(&sources, None)).unwrap().unwrap();
            config.proxy_url.unwrap().to_string()
        };
        assert_eq!(proxy("far"), "socks5://bastion:1080/");
        assert_eq!(proxy("near"), "http://proxy:3128/");
    }

    #[test]
    fn an_address_loses_what_may_be_secret() {
        let server = "https://me:pw@rancher.lan/k8s/clusters/c-1?x=y"
            .parse()
            .unwrap();
        assert_eq!(shown(&server), "rancher.lan");
    }
}
