//! Where a registry is reached: its host, and whether plain HTTP will do.

use std::net::IpAddr;

use reqwest::Url;

use super::docker_config::is_hub;

/// The host that serves what references call `index.docker.io`.
const HUB_HOST: &str = "registry-1.docker.io";

/// Returns `SCHEME://HOST/`. None where the name is no host: go-containerregistry lets some pass.
pub(super) fn base(scheme: &str, registry: &str) -> Option<Url> {
    let host = if is_hub(registry) { HUB_HOST } else { registry };
    let url = Url::parse(&format!("{scheme}://{host}/")).ok()?;
    let plain = url.path() == "/" && url.username().is_empty() && url.password().is_none();
    (plain && url.query().is_none() && url.fragment().is_none()).then_some(url)
}

/// Tells whether a registry may be asked without TLS where it has none: where its object says `insecure`, and where
/// go-containerregistry v0.21.6 (`name/registry.go`, `Scheme`) takes it to be near: loopback, RFC 1918, `*.local`.
pub(super) fn may_be_plain(registry: &str, insecure: bool) -> bool {
    let bare = match registry.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => registry.split(':').next().unwrap_or_default(),
    };
    let near = match bare.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback(),
        Err(_) => bare == "localhost" || bare.ends_with(".local") || bare.ends_with(".localhost"),
    };
    insecure || near
}

/// Tells whether two addresses belong to one server, so that what is secret to the one may go to the other. A step from
/// HTTP to HTTPS on the standard ports counts; the way back does not.
pub(in crate::adapter) fn same_server(base: &Url, url: &Url) -> bool {
    let same = base.origin() == url.origin();
    let raised = base.host() == url.host()
        && (base.scheme(), url.scheme()) == ("http", "https")
        && (base.port(), url.port()) == (None, None);
    same || raised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_host() {
        let shown = |registry| base("https", registry).map(|url| url.to_string());
        assert_eq!(
            shown("index.docker.io").as_deref(),
            Some("https://registry-1.docker.io/")
        );
        assert_eq!(shown("r.io:5000").as_deref(), Some("https://r.io:5000/"));
        assert_eq!(shown("[::1]:5000").as_deref(), Some("https://[::1]:5000/"));
        for bad in [
            "a b",
            "r.io/x",
            "me@r.io",
            "r.io?x",
            "r.io#x",
            "r.io:99999",
            "<x>.io",
        ] {
            assert_eq!(shown(bad), None, "{bad}");
        }
    }

    #[test]
    fn plain_http_is_for_what_is_near() {
        for near in [
            "127.0.0.1:5000",
            "localhost:5000",
            "10.0.0.5",
            "192.168.1.2:80",
            "nas.local:5000",
            "[::1]:5000",
        ] {
            assert!(may_be_plain(near, false), "{near}");
        }
        for far in [
            "ghcr.io",
            "8.8.8.8:5000",
            "local",
            "127.0.0.1.evil.com",
            "[2001:db8::1]",
        ] {
            assert!(!may_be_plain(far, false), "{far}");
            assert!(may_be_plain(far, true), "{far}");
        }
    }

    #[test]
    fn another_port_or_scheme_is_another_server() {
        let same = |a: &str, b: &str| same_server(&Url::parse(a).unwrap(), &Url::parse(b).unwrap());
        assert!(same("https://r.io/", "https://r.io:443/x"));
        assert!(same("http://r.io/", "https://r.io/x"));
        for other in [
            "http://r.io/",
            "https://r.io:444/",
            "https://r.io.evil/",
            "https://evil/",
        ] {
            assert!(!same("https://r.io/", other), "{other}");
        }
        assert!(!same("http://r.io:5000/", "https://r.io:5001/"));
    }
}
