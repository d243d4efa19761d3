//! The place of an image object: beside its service, in a file of its own in a shared folder, in a shared file.

use super::kept::any_pattern;
use super::{Ground, Subject};
use crate::image::ImageObject;
use crate::manifest::DocumentPosition;
use crate::scaffold::layout::Service;
use crate::scaffold::names::{NAME, base, dir, is_within};
use crate::scaffold::plan::{Draft, PlanError};

/// Where objects like this one stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the file that holds the marker.
    Marked,
    /// In a folder of the service.
    Beside {
        /// Which of the service's folders.
        folder: usize,
        /// The path within it, `{name}` for the service's name.
        rest: String,
        /// The example's file.
        of: Option<String>,
    },
    /// In a file of its own elsewhere: a path with `{name}`.
    Shared {
        /// The path, `{name}` for the service's name.
        path: String,
        /// The example's file.
        of: String,
    },
    /// As a document of a file that others have, too.
    Appended(String),
}

/// Where a new object goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The file.
    pub(super) path: String,
    /// The file of the example.
    pub(super) of: Option<String>,
}

impl Place {
    /// Returns the place of an object of a service whose marker stands in `marked`.
    pub(super) fn of(
        ground: &Ground<'_>,
        object: &ImageObject<'_>,
        marked: &str,
        service: Option<&Service>,
        names: &[&str],
    ) -> Place {
        let path = object.applied.origin.path.as_str();
        if path == marked {
            return Place::Marked;
        }
        let folders = service.map(|s| s.folders.as_slice()).unwrap_or_default();
        let is_own = |folder: &str| {
            let others = ground.detection.services.iter();
            let shared = others
                .filter(|s| service.is_none_or(|own| s.name != own.name))
                .any(|s| s.folders.iter().any(|f| f == folder));
            !folder.is_empty() && is_within(path, folder) && !shared
        };
        if let Some(at) = folders.iter().position(|folder| is_own(folder)) {
            let folder = folders.get(at).map_or("", String::as_str);
            let rest = path.get(folder.len() + 1..).unwrap_or_default();
            return Place::Beside {
                folder: at,
                rest: any_pattern(rest, names).unwrap_or_else(|| rest.to_owned()),
                of: Some(path.to_owned()),
            };
        }
        match any_pattern(path, names) {
            Some(pattern) => Place::Shared {
                path: pattern,
                of: path.to_owned(),
            },
            None => Place::Appended(path.to_owned()),
        }
    }

    /// Tells whether two places follow one manner.
    pub(super) fn is_like(&self, other: &Place) -> bool {
        match (self, other) {
            (
                Place::Beside { folder, rest, .. },
                Place::Beside {
                    folder: f, rest: r, ..
                },
            ) => (folder, rest) == (f, r),
            (Place::Shared { path, .. }, Place::Shared { path: p, .. }) => path == p,
            _ => self == other,
        }
    }

    /// Returns where an object of another service goes.
    pub(super) fn target(&self, subject: &Subject<'_>) -> Target {
        let fill = |pattern: &str| pattern.replace(NAME, subject.name);
        match self {
            Place::Marked => Target {
                path: subject.file.to_owned(),
                of: Some(subject.file.to_owned()),
            },
            Place::Appended(path) => Target {
                path: path.clone(),
                of: Some(path.clone()),
            },
            Place::Shared { path, of } => Target {
                path: fill(path),
                of: Some(of.clone()),
            },
            Place::Beside { folder, rest, of } => {
                let own = subject.folders.get(*folder).or(subject.folders.first());
                let folder = own.map_or_else(|| dir(subject.file), String::as_str);
                // A service of one file among others has no folder: its objects are named after it.
                let rest = match own.is_none() && !rest.contains(NAME) {
                    true => format!("{}-{}", subject.name, base(rest)),
                    false => fill(rest),
                };
                let path = if folder.is_empty() {
                    rest
                } else {
                    format!("{folder}/{rest}")
                };
                Target {
                    path,
                    of: of.clone(),
                }
            }
        }
    }
}

/// Writes an object into its file: as a document of one that is there, else as a new file like the example's.
pub(super) fn put(draft: &mut Draft<'_>, target: &Target, text: &str) -> Result<(), PlanError> {
    if draft.exists(&target.path) {
        return draft.edit(&target.path, |editor| {
            editor.insert_document(text, DocumentPosition::End)
        });
    }
    let example = target.of.as_ref().and_then(|of| draft.tree().text(of));
    let starts = example.is_some_and(|text| {
        text.lines()
            .find(|l| !l.starts_with('#'))
            .is_some_and(|l| l.trim_end() == "---")
    });
    let start = if starts { "---\n" } else { "" };
    draft.create(&target.path, format!("{start}{text}"))
}
