//! The Secret with the credentials of the source: the names of its keys and its public halves, and nothing else of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::preflight::facts::{PublicKey, SecretFacts};

/// How long a token is at least; names are shorter.
const LONG: usize = 20;

/// Reads a Secret. Only `identity.pub`, the hosts of `known_hosts`, and `username` are decoded; what else it holds is dropped
/// with the object.
pub fn secret(object: Value) -> SecretFacts {
    let data = object.get("data").and_then(Value::as_object);
    let keys = data.map(|data| data.keys().cloned().collect());
    let decoded = |key: &str| {
        let value = data?.get(key)?.as_str()?;
        String::from_utf8(STANDARD.decode(value).ok()?).ok()
    };
    SecretFacts {
        keys: keys.unwrap_or_default(),
        public_key: decoded("identity.pub").and_then(|text| PublicKey::parse(&text)),
        known_hosts: decoded("known_hosts").map_or_else(Vec::new, |text| hosts(&text)),
        username: decoded("username").filter(|name| is_plain(name)),
    }
}

/// Tells whether a user name is one: GitHub and others take a token there, too.
fn is_plain(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '@' | '+');
    !name.is_empty() && name.len() < LONG && !name.starts_with("glpat-") && name.chars().all(fits)
}

/// Returns the hosts of the lines of `known_hosts` (sshd(8)): names, `[name]:port`, patterns, hashes. Lines of keys that are
/// revoked count for nothing.
fn hosts(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let fields = lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        match words.next()? {
            "@revoked" => None,
            marker if marker.starts_with('@') => words.next(),
            names => Some(names),
        }
    });
    let mut hosts: Vec<String> = Vec::new();
    for host in fields.flat_map(|names| names.split(',')) {
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(data: &[(&str, &str)]) -> Value {
        let data = data
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Value::from(STANDARD.encode(value))));
        json!({"metadata": {"name": "flux-system"}, "data": data.collect::<serde_json::Map<_, _>>()})
    }

    #[test]
    fn only_public_halves_are_read() {
        let known_hosts = "github.com ecdsa-sha2-nistp256 AAAA\n\n# a comment\n[git.lan]:2222,10.0.0.4 ssh-rsa BBBB\n\
                           @revoked old.lan ssh-rsa CCCC\n@cert-authority *.lan ssh-rsa DDDD\ngithub.com ssh-ed25519 EEEE\n";
        let facts = secret(of(&[
            ("identity", "-----BEGIN PRIVATE KEY----- hunter2"),
            ("identity.pub", "ecdsa-sha2-nistp384 AAAAE2VjZHNh flux\n"),
            ("known_hosts", known_hosts),
            ("password", "hunter2"),
        ]));
        assert_eq!(
            facts.keys,
            ["identity", "identity.pub", "known_hosts", "password"]
        );
        assert_eq!(
            facts.public_key,
            Some(PublicKey {
                algorithm: "ecdsa-sha2-nistp384".to_owned(),
                blob: "AAAAE2VjZHNh".to_owned()
            })
        );
        assert_eq!(
            facts.known_hosts,
            ["github.com", "[git.lan]:2222", "10.0.0.4", "*.lan"]
        );
        assert_eq!(facts.username, None);
        assert!(!format!("{facts:?}").contains("hunter2"));
    }

    #[test]
    fn what_does_not_read_is_left_out() {
        let facts = secret(of(&[
            ("identity.pub", "hunter2"),
            ("username", "git"),
            ("password", "hunter2"),
        ]));
        assert_eq!(facts.public_key, None);
        assert_eq!(facts.username.as_deref(), Some("git"));
        assert!(!format!("{facts:?}").contains("hunter2"));
        let facts = secret(of(&[
            ("username", "ghp_0123456789"),
            ("password", "x-oauth-basic"),
        ]));
        assert_eq!(facts.username, None);
        let odd = json!({"data": {"identity.pub": "***", "known_hosts": 7, "username": "/w=="}});
        let facts = secret(odd);
        assert_eq!(facts.keys.len(), 3);
        assert_eq!((facts.public_key, facts.username), (None, None));
        assert_eq!(secret(json!(null)).keys, [""; 0]);
    }
}
