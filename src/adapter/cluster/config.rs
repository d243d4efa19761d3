//! Finds the kubeconfig and the context in it: the flags, `KUBECONFIG`, `~/.kube/config`, then what a pod has.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError, LoadDataError};

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
    let (mut config, has_proxy) = if !kubeconfig.contexts.is_empty() {
        let context = choose(&kubeconfig, context)?;
        let has_proxy = names_proxy(&kubeconfig, &context);
        let options = KubeConfigOptions {
            context: Some(context),
            ..KubeConfigOptions::default()
        };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        (config.map_err(|error| unusable(&error))?, has_proxy)
    } else if sources.in_pod && sources.flag.is_none() && context.is_none() {
        let config = Config::incluster();
        let why = |error| ClusterError::Config(format!("this is a pod, and {error}"));
        (config.map_err(why)?, false)
    } else {
        let missing = if missing.is_empty() { &files } else { &missing };
        let tried = missing.iter().map(|path| path.display().to_string());
        let tried = tried.collect();
        return Err(ClusterError::NoConfig { tried });
    };
    if !has_proxy {
        config.proxy_url = proxy_of(&sources.proxies, &config)?;
    }
    config.connect_timeout = Some(CONNECT_TIME);
    config.read_timeout = Some(SILENCE);
    config.reset_reader_on_write = true;
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
