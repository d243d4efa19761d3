//! How a repository names its commits, and the message of the next one.

/// What a commit does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deed<'a> {
    /// The type of a conventional commit: `feat`, `chore`, `ci`.
    pub kind: &'a str,
    /// The service or area it is about.
    pub scope: Option<&'a str>,
    /// What it does, in the imperative: `add mealie`.
    pub what: &'a str,
    /// More about it, for the body.
    pub description: Option<&'a str>,
}

/// How commits are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitStyle {
    /// `feat: ...`
    is_conventional: bool,
    /// `feat(mealie): ...`
    has_scope: bool,
    /// `Add ...` and not `add ...`
    is_capital: bool,
    /// What stands in front: an emoji, or its name between colons.
    emoji: Option<String>,
}

impl CommitStyle {
    /// Learns from first lines of commits that people made: what most of them do. Without any, commits are conventional.
    pub fn learn<'a>(subjects: impl IntoIterator<Item = &'a str>) -> Self {
        let subjects: Vec<Subject<'_>> = subjects.into_iter().map(Subject::read).collect();
        if subjects.is_empty() {
            return CommitStyle {
                is_conventional: true,
                has_scope: true,
                ..CommitStyle::default()
            };
        }
        let most = |holds: &dyn Fn(&Subject<'_>) -> bool, of: &dyn Fn(&Subject<'_>) -> bool| {
            let all = subjects.iter().filter(|s| of(s)).count();
            let some = subjects.iter().filter(|s| of(s) && holds(s)).count();
            some * 2 > all
        };
        let is_conventional = most(&|s| s.kind.is_some(), &|_| true);
        let alike = |s: &Subject<'_>| s.kind.is_some() == is_conventional;
        CommitStyle {
            is_conventional,
            has_scope: most(&|s| s.has_scope, &alike),
            is_capital: most(&|s| s.text.starts_with(char::is_uppercase), &alike),
            emoji: most(&|s| s.emoji.is_some(), &|_| true)
                .then(|| added(&subjects))
                .flatten(),
        }
    }

    /// Returns the message of a commit: a first line, and where there is more to say a body.
    pub fn message(&self, deed: &Deed<'_>) -> String {
        let mut line = String::new();
        if let Some(emoji) = &self.emoji {
            line.push_str(emoji);
            line.push(' ');
        }
        if self.is_conventional {
            line.push_str(deed.kind);
            if let Some(scope) = deed.scope.filter(|_| self.has_scope) {
                line.push_str(&format!("({scope})"));
            }
            line.push_str(": ");
        }
        let mut letters = deed.what.chars();
        match letters.next().filter(|_| self.is_capital) {
            Some(first) => {
                line.extend(first.to_uppercase());
                line.push_str(letters.as_str());
            }
            None => line.push_str(deed.what),
        }
        match deed.description.map(str::trim).filter(|d| !d.is_empty()) {
            Some(description) => format!("{line}\n\n{description}\n"),
            None => line,
        }
    }
}

/// Returns the emoji of the newest commit that adds something, else of the newest with one.
fn added(subjects: &[Subject<'_>]) -> Option<String> {
    let adds = |s: &&Subject<'_>| s.text.to_lowercase().starts_with("add");
    let with = || subjects.iter().filter(|s| s.emoji.is_some());
    let chosen = with().find(adds).or_else(|| with().next());
    chosen.and_then(|s| s.emoji).map(str::to_owned)
}

/// The parts of a first line.
struct Subject<'a> {
    emoji: Option<&'a str>,
    kind: Option<&'a str>,
    has_scope: bool,
    text: &'a str,
}

impl<'a> Subject<'a> {
    fn read(line: &'a str) -> Self {
        let (emoji, line) = split_emoji(line.trim());
        let plain = Subject {
            emoji,
            kind: None,
            has_scope: false,
            text: line,
        };
        let Some((head, text)) = line.split_once(": ") else {
            return plain;
        };
        let head = head.trim_end_matches('!');
        let (kind, has_scope) = match head.split_once('(') {
            Some((kind, scope)) => (kind, scope.len() > 1 && scope.ends_with(')')),
            None => (head, false),
        };
        let is_word = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_lowercase());
        if !is_word || (head.contains('(') && !has_scope) {
            return plain;
        }
        Subject {
            kind: Some(kind),
            has_scope,
            text: text.trim_start(),
            ..plain
        }
    }
}

/// Takes `✨ ` or `:sparkles: ` off a line.
fn split_emoji(line: &str) -> (Option<&str>, &str) {
    let Some((first, rest)) = line.split_once(' ') else {
        return (None, line);
    };
    let name = first.strip_prefix(':').and_then(|f| f.strip_suffix(':'));
    let is_name = name.is_some_and(|name| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        !name.is_empty() && name.bytes().all(fits)
    });
    // Emoji begin with the symbols from U+2190 on; letters of any script do not.
    let is_symbol = |c: char| c >= '\u{2190}' && !c.is_alphanumeric();
    if is_name || first.chars().next().is_some_and(is_symbol) {
        return (Some(first), rest.trim_start());
    }
    (None, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEED: Deed<'_> = Deed {
        kind: "feat",
        scope: Some("mealie"),
        what: "add mealie",
        description: None,
    };

    fn message(subjects: &[&str]) -> String {
        CommitStyle::learn(subjects.iter().copied()).message(&DEED)
    }

    #[test]
    fn the_style_of_most_commits_counts() {
        for (subjects, expected) in [
            (&[][..], "feat(mealie): add mealie"),
            (
                &["feat(atuin): add atuin", "fix(plex)!: probes", "Update x"],
                "feat(mealie): add mealie",
            ),
            (
                &["feat: add atuin", "chore: clean up", "docs(x): y"],
                "feat: add mealie",
            ),
            (
                &["feat: Add atuin", "chore: Clean up", "docs: Say so"],
                "feat: Add mealie",
            ),
            (
                &["Add atuin", "Fix plex", "feat(x): y", "wip"],
                "Add mealie",
            ),
            (&["add atuin", "fix plex: probes"], "add mealie"),
            (&["🐛 fix plex", "✨ add atuin", "📝 docs"], "✨ add mealie"),
            (
                &[":bug: fix: plex", ":sparkles: feat: add atuin"],
                ":sparkles: feat: add mealie",
            ),
            (&["Änderung", "Überholt"], "Add mealie"),
            (&["feat(x: y", "(x): y", ": y", ":", ""], "add mealie"),
        ] {
            assert_eq!(message(subjects), expected, "{subjects:?}");
        }
    }

    #[test]
    fn more_is_said_in_the_body() {
        let deed = Deed {
            scope: None,
            description: Some("a recipe manager "),
            ..DEED
        };
        let message = CommitStyle::learn(["feat(x): y"]).message(&deed);
        assert_eq!(message, "feat: add mealie\n\na recipe manager\n");
    }
}
