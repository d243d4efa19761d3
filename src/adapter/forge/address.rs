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
