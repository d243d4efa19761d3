//! What a user names on the command line: an object of a kind, all objects of a kind, or a service.

use std::fmt;

use super::kinds::{FluxKind, KINDS};

/// Something that a user names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `ks/apps`, `hr/media/plex`, `source/flux-system`.
    Object {
        /// The kinds that the noun may mean; never empty.
        kinds: Vec<&'static FluxKind>,
        /// As it was typed.
        noun: String,
        /// The namespace, where one was typed.
        namespace: Option<String>,
        /// The name.
        name: String,
    },
    /// `ks`: every object of a kind.
    Kind {
        /// The kinds that the noun may mean; never empty.
        kinds: Vec<&'static FluxKind>,
        /// As it was typed.
        noun: String,
    },
    /// A bare name that is no noun.
    Service(String),
}

impl Target {
    /// Reads a target.
    ///
    /// # Errors
    /// A noun that no kind has, or a name that no object can have; a lower-case fragment.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [name] if FluxKind::named(name).is_empty() => Ok(Target::Service(named(text, name)?)),
            [noun] => Ok(Target::Kind {
                kinds: FluxKind::named(noun),
                noun: (*noun).to_owned(),
            }),
            [noun, name] => Self::object(text, noun, None, name),
            [noun, namespace, name] => Self::object(text, noun, Some(namespace), name),
            _ => Err(format!(
                "{text:?} is none of KIND/NAME, KIND/NAMESPACE/NAME and SERVICE"
            )),
        }
    }

    fn object(text: &str, noun: &str, namespace: Option<&str>, name: &str) -> Result<Self, String> {
        let kinds = FluxKind::named(noun);
        if kinds.is_empty() {
            let known = KINDS
                .iter()
                .map(FluxKind::short)
                .collect::<Vec<_>>()
                .join(", ");
            return Err(format!(
                "{text:?}: no kind of Flux is named {noun:?}; there are source, {known}"
            ));
        }
        Ok(Target::Object {
            kinds,
            noun: noun.to_owned(),
            namespace: namespace.map(|part| named(text, part)).transpose()?,
            name: named(text, name)?,
        })
    }
}

/// Returns a part that an object can be named by (RFC 1123 as the API server takes it).
fn named(text: &str, part: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    match !part.is_empty() && part.chars().all(plain) {
        true => Ok(part.to_owned()),
        false if part.is_empty() => Err(format!("{text:?} names nothing")),
        false => Err(format!("{text:?}: {part:?} is no name of an object")),
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Object {
                noun,
                namespace: Some(namespace),
                name,
                ..
            } => {
                write!(f, "{noun}/{namespace}/{name}")
            }
            Target::Object { noun, name, .. } => write!(f, "{noun}/{name}"),
            Target::Kind { noun, .. } => f.write_str(noun),
            Target::Service(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_objects_kinds_and_services() {
        let Ok(Target::Object {
            kinds,
            namespace,
            name,
            ..
        }) = Target::parse("hr/media/plex")
        else {
            panic!("no object");
        };
        assert_eq!(
            (kinds[0].kind, namespace.as_deref(), name.as_str()),
            ("HelmRelease", Some("media"), "plex")
        );
        assert!(matches!(Target::parse("KS"), Ok(Target::Kind { .. })));
        assert_eq!(
            Target::parse("mtgibbs-site"),
            Ok(Target::Service("mtgibbs-site".to_owned()))
        );
        for text in ["ks/apps", "source/a/b", "ks", "immich"] {
            assert_eq!(Target::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for text in [
            "", "ks/", "/apps", "pod/x", "a/b/c/d", "ks/A b", "ks//x", "Immich",
        ] {
            assert!(Target::parse(text).is_err(), "{text}");
        }
        let error = Target::parse("pod/x").unwrap_err();
        assert!(
            error.starts_with(
                "\"pod/x\": no kind of Flux is named \"pod\"; there are source, gitrepo"
            ),
            "{error}"
        );
    }
}
