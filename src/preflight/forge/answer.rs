//! An answer of a server over HTTP, and what it means where it is a refusal.

use serde_json::Value;

use super::field::text;
use crate::preflight::fact::{Fact, Unavailable, Why};

/// How much of a server's message is repeated, in characters.
const MESSAGE: usize = 200;

/// What a server answered to a GET.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What was asked, as in `GET /repos/me/home/keys`.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Returns a header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known == name)?;
        Some(value.trim())
    }

    /// Tells whether the server did what it was asked.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Reads the body of a success.
    ///
    /// # Errors
    /// The server refused, or the body is not what `read` looks for.
    pub fn read<T>(&self, read: impl FnOnce(&Value) -> Option<T>) -> Fact<T> {
        if !self.is_success() {
            return Err(self.refusal());
        }
        let value = serde_json::from_slice(&self.body).map_err(|error| {
            let why = if self.is_page() {
                "the answer is a web page and not JSON: is a login page, or another server, in front of the API?"
                    .to_owned()
            } else {
                format!("the answer is not JSON (line {})", error.line())
            };
            self.malformed(&why)
        })?;
        read(&value).ok_or_else(|| self.malformed("the answer lacks what its description promises"))
    }

    /// Reads the body of a success; 404 stands for none.
    ///
    /// # Errors
    /// As [`Answer::read`].
    pub fn read_if_there<T>(&self, read: impl FnOnce(&Value) -> Option<T>) -> Fact<Option<T>> {
        match self.status {
            404 => Ok(None),
            _ => self.read(read).map(Some),
        }
    }

    /// Returns what a refusal means.
    pub fn refusal(&self) -> Unavailable {
        let why = match self.status {
            401 => Why::Unauthorized,
            403 | 429 if self.is_limit() => Why::RateLimited {
                until: self.limited_until(),
            },
            403 => Why::Forbidden {
                needed: self.needed(),
                sso: self.sso(),
            },
            404 => Why::NotFound,
            _ => Why::Refused,
        };
        let (status, said) = (self.status.to_string(), self.said());
        // GitLab says `403 Forbidden` in the body, too.
        let said = said.strip_prefix(&status).unwrap_or(&said);
        let said = said.trim_start().trim_end_matches('.');
        let blank = if said.is_empty() { "" } else { " " };
        Unavailable::new(why, format!("{}: {status}{blank}{said}", self.request))
    }

    /// Returns the message of the body: `message` (GitHub, Gitea), `error_description` or `error` (GitLab).
    pub fn said(&self) -> String {
        let Ok(value) = serde_json::from_slice::<Value>(&self.body) else {
            let page = if self.is_page() { "(a web page)" } else { "" };
            return page.to_owned();
        };
        let names = ["message", "error_description", "error"];
        let said = names.iter().find_map(|name| text(&value, name));
        let said = said.unwrap_or_default().split_whitespace();
        let line = said.collect::<Vec<_>>().join(" ");
        let clean = line.chars().filter(|c| !c.is_control());
        clean.take(MESSAGE).collect()
    }

    fn malformed(&self, why: &str) -> Unavailable {
        Unavailable::new(Why::Malformed, format!("{}: {why}", self.request))
    }

    fn is_page(&self) -> bool {
        let start = self.body.iter().find(|byte| !byte.is_ascii_whitespace());
        start == Some(&b'<')
    }

    /// Tells whether a 403 or 429 is about how much was asked, or about too many wrong passwords.
    fn is_limit(&self) -> bool {
        let said = self.said().to_lowercase();
        self.status == 429
            || self.header("x-ratelimit-remaining") == Some("0")
            || self.header("retry-after").is_some()
            || said.contains("rate limit")
            || said.contains("login attempts exceeded")
    }

    /// GitHub says it with an `x-`, GitLab without.
    fn limited_until(&self) -> Option<i64> {
        let names = ["x-ratelimit-reset", "ratelimit-reset"];
        let reset = names.iter().find_map(|name| self.header(name))?;
        reset.parse().ok()
    }

    /// Returns what the credentials lack, where the server says it.
    fn needed(&self) -> Option<String> {
        let names = ["x-accepted-github-permissions", "x-accepted-oauth-scopes"];
        let named = names.iter().find_map(|name| self.header(name));
        let named = named.filter(|value| !value.is_empty()).map(str::to_owned);
        named
            .or_else(|| {
                // Gitea 1.22 (`tokenRequiresScopes`): `token does not have at least one of required scope(s), required=[read:user]`.
                let said = self.said();
                let (_, list) = said.split_once("scope(s)")?;
                let (_, list) = list.split_once('[')?;
                Some(list.split_once(']')?.0.to_owned())
            })
            .or_else(|| {
                // GitLab: `{"error":"insufficient_scope","scope":"api read_api"}`.
                let value: Value = serde_json::from_slice(&self.body).ok()?;
                text(&value, "scope").map(str::to_owned)
            })
    }

    /// Returns where single sign-on is authorised: `required; url=https://github.com/orgs/...`.
    fn sso(&self) -> Option<String> {
        let header = self.header("x-github-sso")?;
        let (_, url) = header.split_once("url=")?;
        let url = url.split([';', ' ']).next().unwrap_or_default();
        url.starts_with("https://").then(|| url.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers.iter();
        Answer {
            request: "GET /repos/me/home".to_owned(),
            status,
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn forbidden(needed: Option<&str>, sso: Option<&str>) -> Why {
        Why::Forbidden {
            needed: needed.map(str::to_owned),
            sso: sso.map(str::to_owned),
        }
    }

    #[test]
    fn refusals_are_told_apart() {
        let bad = r#"{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}"#;
        let not_yours = r#"{"message":"Resource not accessible by personal access token"}"#;
        let sso = "required; url=https://github.com/orgs/acme/sso?authorization_request=A1";
        let table = [
            (
                answer(401, &[], bad),
                Why::Unauthorized,
                "401 Bad credentials",
            ),
            (
                answer(
                    403,
                    &[("x-accepted-github-permissions", "administration=read")],
                    not_yours,
                ),
                forbidden(Some("administration=read"), None),
                "403 Resource not accessible by personal access token",
            ),
            (
                answer(
                    403,
                    &[("x-github-sso", sso)],
                    r#"{"message":"Resource protected by organization SAML enforcement."}"#,
                ),
                forbidden(
                    None,
                    Some("https://github.com/orgs/acme/sso?authorization_request=A1"),
                ),
                "403 Resource protected by organization SAML enforcement",
            ),
            (
                answer(
                    403,
                    &[
                        ("x-ratelimit-remaining", "0"),
                        ("x-ratelimit-reset", "1790000000"),
                    ],
                    r#"{"message":"API rate limit exceeded"}"#,
                ),
                Why::RateLimited {
                    until: Some(1_790_000_000),
                },
                "403 API rate limit exceeded",
            ),
            (
                answer(
                    403,
                    &[],
                    r#"{"message":"You have exceeded a secondary rate limit."}"#,
                ),
                Why::RateLimited { until: None },
                "403 You have exceeded a secondary rate limit",
            ),
            (
                answer(429, &[], "slow down"),
                Why::RateLimited { until: None },
                "429",
            ),
            (
                answer(404, &[], r#"{"message":"Not Found"}"#),
                Why::NotFound,
                "404 Not Found",
            ),
            (
                answer(422, &[], r#"{"message":["a"]}"#),
                Why::Refused,
                "422",
            ),
            (
                answer(502, &[], "<html><b>Bad gateway</b>"),
                Why::Refused,
                "502 (a web page)",
            ),
            (
                answer(
                    403,
                    &[],
                    r#"{"message":"token does not have at least one of required scope(s), required=[read:user], token scope=write:issue"}"#,
                ),
                forbidden(Some("read:user"), None),
                "403 token does not have at least one of required scope(s), required=[read:user], token scope=write:issue",
            ),
            (
                answer(
                    403,
                    &[],
                    r#"{"error":"insufficient_scope","error_description":"The request requires higher privileges than provided by the access token.","scope":"api read_api"}"#,
                ),
                forbidden(Some("api read_api"), None),
                "403 The request requires higher privileges than provided by the access token",
            ),
            (
                answer(
                    418,
                    &[],
                    &format!("{{\"message\":\"a\\u001b[31m\\n{}\"}}", "b".repeat(300)),
                ),
                Why::Refused,
                &format!("418 a[31m {}", "b".repeat(194)),
            ),
        ];
        for (answer, why, message) in table {
            let found = answer.refusal();
            assert_eq!(found.why, why, "{message}");
            assert_eq!(found.message, format!("GET /repos/me/home: {message}"));
        }
    }

    #[test]
    fn what_is_not_json_is_said_so() {
        let read = |body: &str| {
            let read = |value: &Value| text(value, "login").map(str::to_owned);
            answer(200, &[], body).read(read)
        };
        assert_eq!(read(r#"{"login":"me"}"#), Ok("me".to_owned()));
        for (body, why) in [
            ("<!doctype html><title>Sign in</title>", "a web page"),
            (r#"{"login":"#, "is not JSON (line 1)"),
            (r#"{"login":7}"#, "lacks what its description promises"),
            ("[]", "lacks what its description promises"),
            ("", "is not JSON"),
            (&"[".repeat(100_000), "is not JSON"),
        ] {
            let error = read(body).unwrap_err();
            assert_eq!(error.why, Why::Malformed);
            assert!(error.message.contains(why), "{}", error.message);
        }
    }
}
