//! Makes the HTTP clients: whom they trust, which proxies they use, how long they wait.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, NoProxy, Proxy, Url, redirect};

use super::error::{RegistryError, cause};
use super::options::Options;
use crate::adapter::causes::is_untrusted;

const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long a server may be silent in the middle of an answer.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a server that need not have TLS may take to show that it has.
const PROBE_TIME: Duration = Duration::from_secs(3);

/// The clients, each made when it is first needed.
pub(in crate::adapter) struct Clients {
    options: Arc<Options>,
    /// Trusts what the system trusts, whose certificates take a while to read.
    trusting: OnceLock<Result<Client, RegistryError>>,
    /// Trusts nobody: for plain HTTP, and to see whether a server speaks TLS.
    plain: OnceLock<Result<Client, RegistryError>>,
}

impl Clients {
    pub(in crate::adapter) fn new(options: Arc<Options>) -> Self {
        Clients {
            options,
            trusting: OnceLock::new(),
            plain: OnceLock::new(),
        }
    }

    /// Returns a client that trusts the authorities of the system and those given, or one that is for plain HTTP.
    pub(in crate::adapter) fn get(&self, trusting: bool) -> Result<&Client, RegistryError> {
        // A proxy with TLS must be trusted before anything else.
        let made = if trusting || self.options.proxies.any_with_tls() {
            self.trusting.get_or_init(|| build(&self.options, true))
        } else {
            self.plain.get_or_init(|| build(&self.options, false))
        };
        made.as_ref().map_err(Clone::clone)
    }

    /// Tells whether a server speaks TLS. It is enough that it shows a certificate: nothing is asked.
    pub(super) async fn speaks_tls(&self, base: &Url) -> Result<bool, RegistryError> {
        let client = self.get(false)?;
        let sent = client.get(base.clone()).timeout(PROBE_TIME).send();
        Ok(match sent.await {
            Ok(_) => true,
            Err(error) => is_untrusted(&error),
        })
    }
}

fn build(options: &Options, trusting: bool) -> Result<Client, RegistryError> {
    let setup = |what: &str| RegistryError::Setup(what.to_owned());
    let mut builder = Client::builder()
        .user_agent(options.user_agent.as_str())
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIME)
        .read_timeout(SILENCE)
        .no_proxy();
    if !trusting {
        builder = builder.tls_certs_only([]);
    }
    for pem in options.ca.iter().filter(|_| trusting) {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)
            .ok()
            .filter(|list| !list.is_empty())
            .ok_or_else(|| setup("a certificate of an authority does not read as PEM"))?;
        builder = builder.tls_certs_merge(certificates);
    }
    let exempt = options
        .proxies
        .exempt
        .as_deref()
        .and_then(NoProxy::from_string);
    for (url, made) in [
        (&options.proxies.http, Proxy::http as fn(String) -> _),
        (&options.proxies.https, Proxy::https),
    ] {
        let Some(url) = url else { continue };
        // The address of a proxy may hold a password, so it is not repeated.
        let proxy = made(url.clone())
            .map_err(|_| setup("the address of the proxy does not read as a URL"))?;
        builder = builder.proxy(proxy.no_proxy(exempt.clone()));
    }
    builder.build().map_err(|error| {
        RegistryError::Setup(format!("no connection can be set up: {}", cause(&error)))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::adapter::runtime::block_on;

    #[test]
    fn a_server_without_tls_is_told_apart() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            }
        });
        let clients = Clients::new(Arc::default());
        assert_eq!(block_on(clients.speaks_tls(&base)).unwrap(), Ok(false));
        let sent = async {
            clients
                .get(false)?
                .get(base)
                .send()
                .await
                .map_err(|e| RegistryError::Setup(cause(&e)))
        };
        let error = block_on(sent).unwrap().unwrap_err().to_string();
        assert!(error.starts_with("it does not speak TLS"), "{error}");
    }
}
