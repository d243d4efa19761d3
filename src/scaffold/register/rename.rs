//! From a sibling's names and paths to those of the new service.

use crate::scaffold::names::{NAME, pattern};

/// Two names and the namespaces that go with them.
#[derive(Clone, Copy)]
pub(super) struct Rename<'a> {
    /// The sibling's name.
    pub from: &'a str,
    /// The new name.
    pub to: &'a str,
    /// The sibling's namespace.
    pub from_namespace: &'a str,
    /// The new namespace.
    pub to_namespace: &'a str,
}

impl Rename<'_> {
    /// Returns a text with the new name, or nothing where the old one does not occur as a whole word.
    pub(super) fn text(&self, text: &str) -> Option<String> {
        Some(pattern(text, self.from)?.replace(NAME, self.to))
    }

    /// Returns a path with the new name in the last part that has the old one, and the new namespace in parts before it
    /// that are the old one; nothing where the name does not occur.
    pub(super) fn path(&self, path: &str) -> Option<String> {
        let parts: Vec<&str> = path.split('/').collect();
        let at = parts
            .iter()
            .rposition(|part| pattern(part, self.from).is_some())?;
        let renamed = parts.iter().enumerate().map(|(i, part)| match i {
            _ if i == at => self.text(part).unwrap_or_default(),
            _ if i < at => self.namespace_part(part).to_owned(),
            _ => (*part).to_owned(),
        });
        Some(renamed.collect::<Vec<_>>().join("/"))
    }

    /// Returns the path of a folder of namespaces, or of something in it, with the new namespace.
    pub(super) fn in_namespace(&self, path: &str) -> String {
        let parts = path.split('/').map(|part| self.namespace_part(part));
        parts.collect::<Vec<_>>().join("/")
    }

    fn namespace_part<'p>(&'p self, part: &'p str) -> &'p str {
        match part == self.from_namespace && !part.is_empty() {
            true => self.to_namespace,
            false => part,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_namespaces_are_replaced_in_paths() {
        let rename = Rename {
            from: "romm",
            to: "pixel",
            from_namespace: "media",
            to_namespace: "games",
        };
        assert_eq!(
            rename.path("apps/media/romm/app").as_deref(),
            Some("apps/games/pixel/app")
        );
        assert_eq!(
            rename.path("./romm-values.yaml").as_deref(),
            Some("./pixel-values.yaml")
        );
        assert_eq!(rename.path("apps/media"), None);
        assert_eq!(rename.in_namespace("apps/media"), "apps/games");
        let own = Rename {
            from_namespace: "romm",
            to_namespace: "pixel",
            ..rename
        };
        assert_eq!(
            own.path("apps/romm/romm/ks.yaml").as_deref(),
            Some("apps/pixel/pixel/ks.yaml")
        );
    }
}
