//! What answers must be like, beside what flags must be like.

use crate::image::Reference;
use crate::image::propose::{TagOrder, Wish, propose_from_tag};

/// Newer versions of any kind.
const ANY_VERSION: &str = ">=0.0.0";

/// One way to keep an image up to date.
pub(super) struct Policy {
    /// What is wished; a range is a proposal.
    pub(super) wish: Wish,
    /// What it does.
    pub(super) label: String,
}

/// Takes an image. Its tag may be left out where a registry can be asked.
pub(super) fn image(text: &str, registry: bool) -> Result<(), String> {
    let reference = Reference::parse(text).map_err(|e| e.to_string())?;
    if reference.digest().is_some() {
        return Err("it names a digest, and digests have no order: name a tag".to_owned());
    }
    match reference.tag().is_some() || registry {
        true => Ok(()),
        false => Err("the tag is missing, and no registry may be asked".to_owned()),
    }
}

/// Takes a port.
pub(super) fn port(text: &str) -> Result<u16, String> {
    let port = text.parse::<u16>().ok().filter(|port| *port > 0);
    port.ok_or_else(|| format!("`{text}` is no port: a number from 1 to 65535"))
}

/// Takes a range of versions.
pub(super) fn range(text: &str) -> Result<(), String> {
    match format!("semver:{text}").parse::<Wish>() {
        Ok(_) => Ok(()),
        Err(error) => Err(error.message),
    }
}

/// Returns the policies that fit an image, the usual one first. Where more tags are known than that of the image, all may.
/// `automated` tells whether images like this one have a policy.
pub(super) fn policies(image: &str, knows_tags: bool, automated: bool) -> Vec<Policy> {
    let reference = Reference::parse(image).ok();
    let tag = reference.as_ref().and_then(|r| r.tag()).unwrap_or_default();
    let auto = propose_from_tag(tag, &Wish::Auto, &[]).ok();
    let order = auto.and_then(|proposals| Some(proposals.into_iter().next()?.choice.order));
    let range = match &order {
        Some(TagOrder::Semver(range)) => range.clone(),
        _ => ANY_VERSION.to_owned(),
    };
    let found = match &order {
        _ if !automated => "auto: none, as images like it have none".to_owned(),
        Some(TagOrder::Semver(range)) => format!("auto: by its tag, versions {range}"),
        Some(_) => "auto: by its tag, the newest number or time".to_owned(),
        None => "auto: what fits its tags".to_owned(),
    };
    let fits = |wish: &Wish| match wish {
        Wish::None => true,
        Wish::Auto if !automated => true,
        wish => knows_tags || propose_from_tag(tag, wish, &[]).is_ok(),
    };
    let all = [
        (Wish::Auto, found.as_str()),
        (Wish::Semver(range), "semver: versions within a range"),
        (Wish::Timestamp, "timestamp: the newest time"),
        (Wish::Numerical, "numerical: the largest number"),
        (Wish::None, "none: the tag stays until you change it"),
    ];
    let fitting = all.into_iter().filter(|(wish, _)| fits(wish));
    let policies = fitting.map(|(wish, label)| Policy {
        wish,
        label: label.to_owned(),
    });
    policies.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(image: &str, knows_tags: bool) -> Vec<String> {
        let word = |p: &Policy| p.label.split(':').next().unwrap_or_default().to_owned();
        policies(image, knows_tags, true).iter().map(word).collect()
    }

    #[test]
    fn policies_fit_the_tag_unless_others_may_be_asked_for() {
        assert_eq!(words("a/b:1.4.2", false), ["auto", "semver", "none"]);
        assert_eq!(words("a/b:latest", false), ["none"]);
        let all = ["auto", "semver", "timestamp", "numerical", "none"];
        assert_eq!(words("a/b", true), all);
        let timestamp = words("a/b:20260709154535", false);
        assert!(timestamp.contains(&"timestamp".to_owned()), "{timestamp:?}");
        assert!(!timestamp.contains(&"semver".to_owned()), "{timestamp:?}");
    }

    #[test]
    fn where_others_have_no_policy_the_default_is_none() {
        let first = &policies("a/b:latest", false, false)[0];
        assert_eq!(first.wish, Wish::Auto);
        assert_eq!(first.label, "auto: none, as images like it have none");
    }

    #[test]
    fn images_may_lack_a_tag_where_a_registry_knows() {
        assert!(image("ghcr.io/me/app:1", false).is_ok());
        assert!(image("ghcr.io/me/app", true).is_ok());
        assert!(image("ghcr.io/me/app", false).is_err());
        assert!(image("Not An Image", true).is_err());
        assert!(image("", true).is_err());
    }

    #[test]
    fn ports_and_ranges_are_checked() {
        assert_eq!(port("80"), Ok(80));
        for wrong in ["0", "65536", "http", "-1", ""] {
            assert!(port(wrong).is_err(), "{wrong}");
        }
        assert!(range(">=1.2.0 <2").is_ok());
        assert!(range("newest").is_err());
    }
}
