//! Words that places outside a service's folder need: titles, addresses, and values in the quotes of their neighbours.

use crate::manifest::{ScalarStyle, emit_scalar};
use crate::scaffold::spec::ServiceSpec;

/// Returns `uptime-kuma` as `Uptime Kuma`.
pub(crate) fn title_of(name: &str) -> String {
    let words = name.split(['-', '_', '.']).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(capitalised).collect();
    words.join(" ")
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// Returns the value most often seen, in a tie the one seen last.
pub(super) fn most<T: PartialEq>(values: impl IntoIterator<Item = T>) -> Option<T> {
    let mut counts: Vec<(T, usize, usize)> = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        match counts.iter_mut().find(|(seen, ..)| *seen == value) {
            Some((_, count, last)) => (*count, *last) = (*count + 1, index),
            None => counts.push((value, 1, index)),
        }
    }
    let best = counts
        .into_iter()
        .max_by_key(|(_, count, last)| (*count, *last));
    best.map(|(value, ..)| value)
}

/// Returns the spelling of a string on one line, in these quotes where they fit. Plain text is quoted where it must be.
pub(super) fn spell(text: &str, style: ScalarStyle) -> String {
    let one_line = !text.chars().any(char::is_control);
    match style {
        ScalarStyle::SingleQuoted if one_line => format!("'{}'", text.replace('\'', "''")),
        ScalarStyle::DoubleQuoted if one_line => double_quoted(text),
        _ => {
            let plain = emit_scalar(text, 0, 0);
            match plain.contains('\n') && one_line {
                true => double_quoted(text),
                false => plain,
            }
        }
    }
}

fn double_quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The parts of a URL that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    pub(super) scheme: &'a str,
    /// Without port.
    pub(super) host: &'a str,
    /// Path and query, with the slash it begins with; empty where there is none.
    pub(super) path: &'a str,
}

impl<'a> Url<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let host = authority
            .split_once(':')
            .map_or(authority, |(host, _)| host);
        Some(Url { scheme, host, path })
    }

    /// Tells whether this is an address inside the cluster.
    pub(super) fn is_in_cluster(&self) -> bool {
        self.host.ends_with(".svc") || self.host.contains(".svc.")
    }
}

/// Returns what follows the first label of a host with at least three labels; a variable counts for several.
pub(super) fn domain_of(host: &str) -> Option<&str> {
    let (_, rest) = host.split_once('.')?;
    (rest.contains('.') || rest.starts_with("${")).then_some(rest)
}

/// Tells whether a URL's host stands beside `host`, in the same domain.
pub(super) fn is_beside(url: &str, host: Option<&str>) -> bool {
    let (Some(url), Some(host)) = (Url::parse(url), host) else {
        return false;
    };
    domain_of(url.host).is_some() && domain_of(url.host) == domain_of(host)
}

/// Returns the address of a service inside the cluster, without scheme.
pub(super) fn in_cluster(spec: &ServiceSpec, port: Option<u16>) -> String {
    let (name, namespace) = (&spec.name, &spec.namespace);
    match port.or(spec.port) {
        Some(port) => format!("{name}.{namespace}.svc.cluster.local:{port}"),
        None => format!("{name}.{namespace}.svc.cluster.local"),
    }
}

/// Returns the path that a probe asks for, unless it is the root.
pub(super) fn probe_path(spec: &ServiceSpec) -> Option<String> {
    let path = spec.probe.as_deref()?.trim_start_matches('/');
    (!path.is_empty()).then(|| format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_titles() {
        assert_eq!(title_of("uptime-kuma"), "Uptime Kuma");
        assert_eq!(title_of("n8n"), "N8n");
        assert_eq!(title_of("-"), "");
    }

    #[test]
    fn the_most_frequent_wins_and_of_equals_the_last() {
        assert_eq!(most(["a", "b", "a", "b"]), Some("b"));
        assert_eq!(most(["a", "a", "b"]), Some("a"));
        assert_eq!(most::<&str>([]), None);
    }

    #[test]
    fn values_are_spelled_on_one_line() {
        assert_eq!(spell("a: b", ScalarStyle::Plain), "'a: b'");
        assert_eq!(spell("it's", ScalarStyle::SingleQuoted), "'it''s'");
        assert_eq!(spell("a\"b", ScalarStyle::DoubleQuoted), "\"a\\\"b\"");
        assert!(!spell(&"word ".repeat(40), ScalarStyle::Plain).contains('\n'));
    }

    #[test]
    fn urls_have_hosts_and_paths() {
        let url = Url::parse("https://a.lab.example.org:8443/health?x=1").unwrap();
        assert_eq!(
            (url.scheme, url.host, url.path),
            ("https", "a.lab.example.org", "/health?x=1")
        );
        assert_eq!(Url::parse("a.b"), None);
        assert!(is_beside(
            "https://b.lab.example.org",
            Some("a.lab.example.org")
        ));
        assert!(is_beside("https://b.${DOMAIN}/", Some("a.${DOMAIN}")));
        assert!(!is_beside("https://example.org", Some("a.example.org")));
    }
}
