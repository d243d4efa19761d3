//! Which proxy leads to the cluster, where the kubeconfig names none.

use hyper_util::client::proxy::matcher::Matcher;

use crate::adapter::registry::Proxies;

/// Returns the address of the proxy for `server`, as client-go chooses it (`http.ProxyFromEnvironment`).
///
/// kube 5.0 holds `NO_PROXY` against the proxy itself instead of the server (`ConfigLoader::proxy_url`), so that a cluster on
/// the local network would be asked through a proxy that cannot reach it.
pub(super) fn for_server(proxies: &Proxies, server: &http::Uri) -> Option<String> {
    let address = match server.scheme_str() {
        Some("https") => proxies.https.as_deref()?,
        _ => proxies.http.as_deref()?,
    };
    let matcher = Matcher::builder()
        .all(address)
        .no(proxies.exempt.as_deref().unwrap_or_default())
        .build();
    matcher.intercept(server)?;
    // As in Go, an address without a scheme is one of plain HTTP.
    Some(match address.contains("://") {
        true => address.to_owned(),
        false => format!("http://{address}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_speaks_of_the_cluster() {
        let proxies = Proxies {
            http: None,
            https: Some("proxy.corp:3128".to_owned()),
            exempt: Some("192.168.0.0/16,.lan,127.0.0.0/8".to_owned()),
        };
        let of = |server: &str| for_server(&proxies, &server.parse().unwrap());
        let through = Some("http://proxy.corp:3128".to_owned());
        assert_eq!(of("https://k8s.example.com:6443"), through);
        for direct in [
            "https://192.168.1.10:6443",
            "https://pi.lan:6443/k8s/clusters/c-1",
            "https://127.0.0.1:6443",
            "http://k8s.example.com",
        ] {
            assert_eq!(of(direct), None, "{direct}");
        }
        let none = Proxies::default();
        assert_eq!(for_server(&none, &"https://a".parse().unwrap()), None);
    }
}
