//! Which paths of a kustomization name something on another host (kustomize api 0.21 `internal/git/repospec.go`).

/// Tells whether `path` is fetched over HTTP as a file.
pub(super) fn is_remote_file(path: &str) -> bool {
    let Some((scheme, _)) = path.split_once(':') else {
        return false;
    };
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Tells whether `path` names a folder in a git repository on another host, in one of the many ways kustomize allows:
/// `https://host/org/repo//path?ref=v1`, `github.com/org/repo`, `git@host:org/repo.git`, `ssh://...`, `file://...`.
pub(super) fn is_remote_repository(path: &str) -> bool {
    if path.starts_with('/') {
        return false;
    }
    let (url, _query) = path.split_once('?').unwrap_or((path, ""));
    host_and_rest(url).is_some_and(|(scheme, rest)| has_repository(rest, scheme == Scheme::File))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    None,
    Ssh,
    Http,
    File,
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}

fn split_scheme(url: &str) -> (Scheme, &str) {
    const SCHEMES: [(&str, Scheme); 4] = [
        ("ssh://", Scheme::Ssh),
        ("https://", Scheme::Http),
        ("http://", Scheme::Http),
        ("file://", Scheme::File),
    ];
    SCHEMES
        .into_iter()
        .find_map(|(prefix, scheme)| Some((scheme, strip_prefix_ignoring_case(url, prefix)?)))
        .unwrap_or((Scheme::None, url))
}

/// Splits `user@` off, where the user looks like one.
fn split_user(url: &str) -> (bool, &str) {
    let is_user = |user: &str| {
        user.starts_with(|c: char| c.is_ascii_alphabetic())
            && user.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    match url.split_once('@') {
        Some((user, rest)) if is_user(user) => (true, rest),
        _ => (false, url),
    }
}

/// Splits a URL behind its host, if it has one.
fn host_and_rest(url: &str) -> Option<(Scheme, &str)> {
    let url = strip_prefix_ignoring_case(url, "git::").unwrap_or(url);
    let (scheme, url) = split_scheme(url);
    if scheme == Scheme::File {
        return Some((scheme, url));
    }
    let (user, url) = split_user(url);
    let github = ["github.com/", "github.com:"]
        .iter()
        .any(|host| strip_prefix_ignoring_case(url, host).is_some());
    let like_scp = scheme == Scheme::None && (user || github);
    if scheme == Scheme::None && !like_scp {
        return None;
    }
    let rest = match host_end(url, like_scp) {
        Some(end) => url.get(end + 1..)?,
        None if url.is_empty() => return None,
        None => "",
    };
    Some((scheme, rest))
}

fn host_end(url: &str, like_scp: bool) -> Option<usize> {
    let slash = url.find('/');
    if !like_scp {
        return slash;
    }
    match (slash, url.find(':')) {
        (None, colon) => colon,
        (Some(slash), Some(colon)) if colon > 0 && colon < slash => Some(colon),
        (slash, _) => slash,
    }
}

/// Tells whether the path behind the host names a repository and a folder that does not leave it.
fn has_repository(rest: &str, whole: bool) -> bool {
    let (repository, folder) = if let Some(at) = rest.find("_git/") {
        let behind = &rest[at + "_git/".len()..];
        (
            rest,
            behind.split_once('/').map_or("", |(_, folder)| folder),
        )
    } else if let Some((repository, folder)) = rest.split_once("//") {
        (repository, folder)
    } else if let Some(at) = rest.find(".git") {
        rest.split_at(at + ".git".len())
    } else if whole {
        (rest, "")
    } else {
        match rest.match_indices('/').nth(1) {
            Some((at, _)) => (&rest[..at], &rest[at + 1..]),
            None if rest.contains('/') => (rest, ""),
            None => return false,
        }
    };
    !repository.is_empty() && super::files::join("", folder.trim_start_matches('/')).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_repositories() {
        for url in [
            "https://github.com/org/repo//deploy?ref=v1",
            "github.com/org/repo/deploy?ref=v1",
            "github.com/org/repo",
            "git@github.com:org/repo.git",
            "ssh://git@host.xz/org/repo.git//x",
            "git::https://host.xz/org/repo",
            "https://dev.azure.com/org/project/_git/repo/path",
            "HTTPS://host/a/b",
            "file:///srv/repo",
        ] {
            assert!(is_remote_repository(url), "{url}");
        }
    }

    #[test]
    fn local_paths() {
        for path in [
            "../base",
            "./github.com/org/repo",
            "base",
            "/srv/base",
            "a@b",
            "https://host/only",
            "github.com/org/repo//../../x",
            "base/github.com",
            "",
        ] {
            assert!(!is_remote_repository(path), "{path}");
        }
    }

    #[test]
    fn remote_files() {
        assert!(is_remote_file("https://host/x.yaml"));
        assert!(is_remote_file("HTTP://host/x.yaml"));
        assert!(!is_remote_file("x.yaml"));
        assert!(!is_remote_file("ssh://host/x.yaml"));
    }
}
