//! Names and paths: folders, last parts, and whether a name belongs to another.

/// Stands for the name of a service in a pattern.
pub(crate) const NAME: &str = "{name}";

/// Returns the folder of a path; empty at the root.
pub(crate) fn dir(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Returns the last part of a path.
pub(crate) fn base(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, base)| base)
}

/// Returns the last part of a path without what follows its first dot.
pub(crate) fn stem(path: &str) -> &str {
    let base = base(path);
    base.split_once('.').map_or(base, |(stem, _)| stem)
}

/// Tells whether `path` is `folder` or lies below it; everything lies below the root.
pub(crate) fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the folders that hold `path`, the innermost first, without the root.
pub(crate) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(dir(path)), |d| Some(dir(d))).take_while(|d| !d.is_empty())
}

/// Tells whether what is called `name` belongs to `owner`: the same name, or one that continues the other after a dash
/// (`romm` and `romm-db`).
pub(crate) fn owns(owner: &str, name: &str) -> bool {
    let continues = |long: &str, short: &str| {
        !short.is_empty()
            && long
                .strip_prefix(short)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']))
    };
    continues(name, owner) || continues(owner, name)
}

/// Returns `text` with `{name}` for `name` where it stands as a whole word, or nothing where it does not.
pub(crate) fn pattern(text: &str, name: &str) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    let is_word = |c: char| c.is_alphanumeric();
    let found = text.match_indices(name).filter(|(at, _)| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    });
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in found {
        if at < from {
            continue;
        }
        out.push_str(text.get(from..at)?);
        out.push_str(NAME);
        from = at + name.len();
    }
    out.push_str(text.get(from..)?);
    (from > 0).then_some(out)
}

/// Returns `path` as seen from `folder`.
pub(crate) fn relative(folder: &str, path: &str) -> String {
    let parts = |path| str::split(path, '/').filter(|part| !part.is_empty());
    let (from, to): (Vec<&str>, Vec<&str>) = (parts(folder).collect(), parts(path).collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    let all: Vec<&str> = up.chain(to.into_iter().skip(common)).collect();
    all.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_owns_what_continues_it() {
        assert!(owns("romm", "romm-db") && owns("romm-app", "romm") && owns("a", "a"));
        assert!(!owns("media", "sonarr") && !owns("rom", "romm") && !owns("", "romm"));
    }

    #[test]
    fn a_pattern_replaces_whole_words() {
        assert_eq!(pattern("romm-tls", "romm").as_deref(), Some("{name}-tls"));
        assert_eq!(
            pattern("romm.lab.example.dev", "romm").as_deref(),
            Some("{name}.lab.example.dev")
        );
        assert_eq!(pattern("chromm-tls", "romm"), None);
        assert_eq!(pattern("x", ""), None);
    }

    #[test]
    fn paths_are_seen_from_folders() {
        assert_eq!(relative("apps/home", "apps/base/romm"), "../base/romm");
        assert_eq!(relative("apps", "apps/romm"), "romm");
        assert_eq!(relative("", "a/b"), "a/b");
        assert_eq!(relative("a/b", "c"), "../../c");
    }

    #[test]
    fn folders_of_a_path() {
        assert_eq!(ancestors("a/b/c.yaml").collect::<Vec<_>>(), ["a/b", "a"]);
        assert!(is_within("a/b", "a") && is_within("a", "") && !is_within("ab", "a"));
        assert_eq!(stem("a/b.sops.yaml"), "b");
    }
}
