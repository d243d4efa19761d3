//! Hides credentials in text that others wrote: messages of controllers, lines of logs.

use std::sync::OnceLock;

use regex::{Captures, Regex};

/// What stands for a credential.
const HIDDEN: &str = "***";

/// What a credential looks like: the first group stays, the second is hidden.
const PATTERNS: [&str; 8] = [
    // A name that says so, then the value: `DB_PASSWORD=x`, `token: x`, `"apiKey": "x"`. Names of objects end in `-secret`.
    r#"(?i)((?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)["']?\s*=\s*["']?)([^\s"',;&{}\[\]]+)"#,
    r#"(?im)((?:^|[\s"'{,(\[])(?:[a-z0-9]+[_.])*(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?|client[_-]secret)["']?\s*:\s*["']?)([^\s"',;&{}\[\]]+)"#,
    r#"(?i)(--(?:password|passwd|token|secret|api-key)\s+)([^\s"',;]+)"#,
    r"(?i)((?:authorization|x-api-key|cookie|set-cookie)\s*[:=]\s*(?:bearer|basic|token)?\s*)([^\s,;]+)",
    r"(?i)(\bbearer\s+)([A-Za-z0-9._~+/=-]{8,})",
    // The credentials of an address.
    r"([a-zA-Z][a-zA-Z0-9+.-]*://)([^\s/@:]*:[^\s/@]+)@",
    // Keys that are known by their beginning.
    r"(\b)((?:AKIA|ASIA)[A-Z0-9]{12,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{12,}|xox[abprs]-[A-Za-z0-9-]{8,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*|sk-[A-Za-z0-9_-]{16,}|AGE-SECRET-KEY-[A-Z0-9]+)",
    r"(?s)(-----BEGIN [A-Z ]*PRIVATE KEY-----)(.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z))",
];

/// Values that are no credentials, though they stand where some do: `secret: not found`, `token: <nil>`.
const PLAIN: [&str; 13] = [
    "forbidden",
    "not",
    "no",
    "is",
    "the",
    "in",
    "a",
    "an",
    "<nil>",
    "null",
    "none",
    "failed",
    "invalid",
];

fn patterns() -> &'static [Regex] {
    static PATTERNS_READ: OnceLock<Vec<Regex>> = OnceLock::new();
    PATTERNS_READ.get_or_init(|| PATTERNS.iter().filter_map(|p| Regex::new(p).ok()).collect())
}

/// Returns the text with obvious credentials hidden.
pub(super) fn masked(text: &str) -> String {
    let hide = |captures: &Captures<'_>| {
        let part = |group| captures.get(group).map_or("", |found| found.as_str());
        let whole = part(0);
        if PLAIN.contains(&part(2)) {
            return whole.to_owned();
        }
        let tail = if whole.ends_with('@') { "@" } else { "" };
        format!("{}{HIDDEN}{tail}", part(1))
    };
    patterns().iter().fold(text.to_owned(), |text, pattern| {
        pattern.replace_all(&text, hide).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_read() {
        assert_eq!(patterns().len(), PATTERNS.len());
    }

    #[test]
    fn obvious_credentials_are_hidden() {
        for (text, expected) in [
            ("DB_PASSWORD=hunter2 user=me", "DB_PASSWORD=*** user=me"),
            (
                r#"{"apiKey": "abc", "x": 1}"#,
                r#"{"apiKey": "***", "x": 1}"#,
            ),
            ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
            ("authorization: basic dXNlcg==", "authorization: basic ***"),
            ("sent bearer abcdefgh12", "sent bearer ***"),
            ("postgres://me:pw@db:5432/x", "postgres://***@db:5432/x"),
            ("key AKIAABCDEFGHIJKLMNOP used", "key *** used"),
            ("run --token abc now", "run --token *** now"),
            ("ghp_0123456789abcdefghij", "***"),
            (
                "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\nx",
                "-----BEGIN PRIVATE KEY-----***\nx",
            ),
        ] {
            assert_eq!(masked(text), expected);
        }
    }

    #[test]
    fn plain_sentences_stay() {
        for text in [
            "secret 'media/plex' not found",
            "Secret \"plex\" not found",
            "secret: not found",
            "GET https://ghcr.io/token?scope=repository%3Ame%2Fapp%3Apull: DENIED",
            "ssh://git@github.com/me/repo",
            "couldn't find key token in Secret media/plex",
            "dependency 'apps/my-secret': not ready",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
