//! Where the API of a server is, and where its repositories are.

use std::net::IpAddr;

use reqwest::Url;

use crate::preflight::{Fact, Forge, Plan, Unavailable};

/// Returns the base of the API: that of GitHub has a host of its own, the others have a path on the server.
///
/// # Errors
/// The plan names no host.
pub(super) fn api(plan: &Plan) -> Fact<Url> {
    let host = plan.host.value.as_str();
    match plan.forge.value {
        Forge::GitHub if host == "github.com" => url(plan, "api.github.com", ""),
        Forge::GitHub if host.ends_with(".ghe.com") => url(plan, &format!("api.{host}"), ""),
        Forge::GitHub => url(plan, host, "api/v3"),
        Forge::GitLab => url(plan, host, "api/v4"),
        Forge::Gitea => url(plan, host, "api/v1"),
        Forge::Git => Err(Unavailable::not_asked("a plain git server has no API")),
    }
}

/// Returns where repositories are, to be read over HTTP.
///
/// # Errors
/// The plan names no host, or an address that git reaches in another way.
pub(super) fn repositories(plan: &Plan) -> Fact<Url> {
    if plan.forge.value != Forge::Git {
        return url(plan, &plan.host.value, "");
    }
    let bad = || Unavailable::not_asked(format!("{} is no address of HTTP", plan.host.value));
    let parsed = Url::parse(&plan.url).ok();
    let mut parsed = parsed
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(bad)?;
    // Credentials in the address are the user's own business; these requests have theirs.
    let cleared = parsed.set_username("").and(parsed.set_password(None));
    cleared.map_err(|()| bad())?;
    parsed.set_query(None);
    parsed.set_fragment(None);
    Ok(parsed)
}

fn url(plan: &Plan, host: &str, path: &str) -> Fact<Url> {
    let scheme = if is_plain(plan) { "http" } else { "https" };
    let url = Url::parse(&format!("{scheme}://{host}/{path}")).ok();
    let fine = |url: &Url| {
        let path = format!("/{path}");
        url.path() == path && url.username().is_empty() && url.password().is_none()
    };
    let url = url
        .filter(fine)
        .filter(|url| url.query().is_none() && url.fragment().is_none());
    url.ok_or_else(|| Unavailable::not_asked(format!("`{host}` is no host")))
}

/// Tells whether the server is reached without TLS: where the plan's address says so, and on this machine, unless it says
/// otherwise.
fn is_plain(plan: &Plan) -> bool {
    if plan.url.starts_with("https://") {
        return false;
    }
    plan.url.starts_with("http://") || is_loopback(&plan.host.value)
}

fn is_loopback(host: &str) -> bool {
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let bare = bare.unwrap_or_default();
    let ip: Option<IpAddr> = bare.parse().ok();
    bare == "localhost" || ip.is_some_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::{RemoteFacts, RepositoryFacts, Wishes, resolve};

    fn plan(forge: Forge, remote: &str) -> Plan {
        let wishes = Wishes {
            forge: Some(forge),
            url: Some(remote.to_owned()).filter(|_| forge == Forge::Git),
            branch: Some("main".to_owned()),
            path: Some("clusters/home".to_owned()),
            default_namespace: "flux-system".to_owned(),
            ..Wishes::default()
        };
        let repository = RepositoryFacts {
            remotes: vec![RemoteFacts {
                name: "origin".to_owned(),
                url: remote.to_owned(),
                has_credentials: false,
            }],
            ..RepositoryFacts::default()
        };
        resolve(&wishes, &repository).unwrap()
    }

    #[test]
    fn each_kind_of_server_has_its_api() {
        for (forge, remote, expected) in [
            (
                Forge::GitHub,
                "git@github.com:me/home.git",
                "https://api.github.com/",
            ),
            (
                Forge::GitHub,
                "https://acme.ghe.com/me/home",
                "https://api.acme.ghe.com/",
            ),
            (
                Forge::GitHub,
                "https://git.acme.example/me/home",
                "https://git.acme.example/api/v3",
            ),
            (
                Forge::GitLab,
                "https://gitlab.com/a/b/home.git",
                "https://gitlab.com/api/v4",
            ),
            (
                Forge::Gitea,
                "http://nas:3000/me/home",
                "http://nas:3000/api/v1",
            ),
            (
                Forge::Gitea,
                "https://[::1]:3000/me/home",
                "https://[::1]:3000/api/v1",
            ),
        ] {
            let plan = plan(forge, remote);
            let found = api(&plan).map(|url| url.to_string());
            assert_eq!(found.as_deref(), Ok(expected), "{remote}");
        }
    }

    #[test]
    fn credentials_in_an_address_of_git_are_left_out() {
        let mut plan = plan(Forge::Git, "https://git.example.com/srv/home.git");
        plan.url = "https://me:s3cret@git.example.com/srv/home.git?x#y".to_owned();
        let found = repositories(&plan).map(|url| url.to_string());
        assert_eq!(found.as_deref(), Ok("https://git.example.com/srv/home.git"));
        plan.url = "ssh://git@git.example.com/srv/home.git".to_owned();
        assert!(repositories(&plan).is_err());
    }

    #[test]
    fn a_host_is_nothing_but_a_host() {
        let mut plan = plan(Forge::Gitea, "https://git.example.com/me/home");
        for host in [
            "a b",
            "me@git.example.com",
            "git.example.com/x",
            "git.example.com?x",
            "a#b",
            "x:99999",
        ] {
            plan.host.value = host.to_owned();
            assert!(api(&plan).is_err(), "{host}");
        }
    }
}
