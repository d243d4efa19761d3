//! Remotes of git, with the credentials of their URLs left out.

use crate::preflight::facts::RemoteFacts;
use crate::preflight::remote::RemoteUrl;

/// User names that say nothing: forges ignore them, or they are no secret.
const PLAIN_USERS: [&str; 2] = ["git", "oauth2"];
/// A name of this length in front of a host is a token.
const TOKEN_LENGTH: usize = 20;

/// Reads a remote: name and URL.
pub(super) fn remote((name, url): &(String, String)) -> RemoteFacts {
    let (url, has_credentials) = stripped(url);
    RemoteFacts {
        name: name.clone(),
        url,
        has_credentials,
    }
}

/// Returns a URL without user and password, and whether there was something secret. The user of ssh stays.
fn stripped(url: &str) -> (String, bool) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (url.to_owned(), false);
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((user, host)) = authority.rsplit_once('@') else {
        return (url.to_owned(), false);
    };
    let (user, password) = match user.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (user, None),
    };
    let is_http = scheme.starts_with("http");
    let is_token = is_http && user.len() >= TOKEN_LENGTH && !PLAIN_USERS.contains(&user);
    let has_credentials = password.is_some_and(|password| !password.is_empty()) || is_token;
    match is_http {
        true => (format!("{scheme}://{host}{path}"), has_credentials),
        false => (format!("{scheme}://{user}@{host}{path}"), has_credentials),
    }
}

/// Returns host and path of a git URL, so that every spelling of one repository gives the same: ssh, https, ports, `.git`.
pub(in crate::preflight) fn address(url: &str) -> String {
    match RemoteUrl::parse(url) {
        Ok(url) => format!("{}/{}", url.web_host(), url.path.to_lowercase()),
        // Whatever this is, it is itself only.
        Err(_) => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_repository_gives_one_address() {
        let same = [
            "git@github.com:Me/home.git",
            "ssh://git@github.com/me/home",
            "ssh://git@ssh.github.com:443/me/home.git",
            "https://github.com/me/home/",
            "https://x:y@GitHub.com/me/home.git",
        ];
        for url in same {
            assert_eq!(address(url), "github.com/me/home", "{url}");
        }
        let gitea = address("ssh://git@git.home:2222/me/home.git");
        assert_eq!(gitea, address("http://git.home:3000/me/home"));
        assert_ne!(
            address("https://github.com/me/home"),
            address("https://github.com/me/home2")
        );
    }

    #[test]
    fn credentials_are_left_out() {
        let same = [
            "git@github.com:me/home.git",
            "ssh://git@github.com:22/me/home",
            "https://github.com/me/home",
            "../bare.git",
            "C:\\home",
        ];
        for url in same {
            assert_eq!(stripped(url), (url.to_owned(), false));
        }
        let token = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
        let cases = [
            (format!("https://{token}@github.com/me/home"), true),
            (format!("https://me:{token}@github.com/me/home"), true),
            ("https://x:y@z@github.com/me/home".to_owned(), true),
            ("https://me@github.com/me/home".to_owned(), false),
        ];
        for (url, has_credentials) in cases {
            let expected = ("https://github.com/me/home".to_owned(), has_credentials);
            assert_eq!(stripped(&url), expected);
        }
        let ssh = stripped("ssh://git:pw@host/x");
        assert_eq!(ssh, ("ssh://git@host/x".to_owned(), true));
    }
}
