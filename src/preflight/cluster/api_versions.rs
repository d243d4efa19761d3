//! Which versions of its kinds each Flux has, and for how long.

use super::releases::{Minor, NEWEST};

/// A version of a kind: its name, the Flux 2 that brought it, and the one that removed it.
type Life = (&'static str, u32, Option<u32>);

/// The kinds, each with its versions. Read from the CRDs in the releases of the controllers that the newest patch of each
/// Flux 2.0 to 2.9 installs (flux2 `manifests/crds`); what was there before 2.0 counts from 2.0 on.
const KINDS: [(&[&str], &[Life]); 9] = [
    (
        &["GitRepository", "Kustomization"],
        &[
            ("v1", 0, None),
            ("v1beta2", 0, Some(8)),
            ("v1beta1", 0, Some(7)),
        ],
    ),
    (
        &["Bucket"],
        &[
            ("v1", 4, None),
            ("v1beta2", 0, Some(8)),
            ("v1beta1", 0, Some(7)),
        ],
    ),
    (
        &["HelmChart", "HelmRepository"],
        &[
            ("v1", 3, None),
            ("v1beta2", 0, Some(8)),
            ("v1beta1", 0, Some(7)),
        ],
    ),
    (
        &["OCIRepository"],
        &[("v1", 6, None), ("v1beta2", 0, Some(8))],
    ),
    (
        &["HelmRelease"],
        &[
            ("v2", 3, None),
            ("v2beta2", 2, Some(8)),
            ("v2beta1", 0, Some(7)),
        ],
    ),
    (
        &["Alert", "Provider"],
        &[
            ("v1beta3", 2, None),
            ("v1beta2", 0, Some(9)),
            ("v1beta1", 0, Some(7)),
        ],
    ),
    (
        &["Receiver"],
        &[
            ("v1", 0, None),
            ("v1beta2", 0, Some(9)),
            ("v1beta1", 0, Some(7)),
        ],
    ),
    (
        &["ImagePolicy", "ImageRepository"],
        &[
            ("v1", 7, None),
            ("v1beta2", 0, Some(9)),
            ("v1beta1", 0, Some(7)),
        ],
    ),
    (
        &["ImageUpdateAutomation"],
        &[
            ("v1", 7, None),
            ("v1beta2", 3, Some(9)),
            ("v1beta1", 0, Some(7)),
        ],
    ),
];

fn lives(kind: &str) -> Option<&'static [Life]> {
    let mut known = KINDS.iter();
    let (_, lives) = known.find(|(kinds, _)| kinds.contains(&kind))?;
    Some(lives)
}

/// Returns the versions of a kind that a Flux has, the stored one first; nothing where kind or Flux are not known here.
pub(crate) fn versions_of(kind: &str, flux: Minor) -> Option<Vec<&'static str>> {
    if flux > NEWEST || flux < Minor::new(2, 0) {
        return None;
    }
    let all = lives(kind)?.iter();
    let has = |life: &&Life| {
        let is_gone = life.2.is_some_and(|end| Minor::new(2, end) <= flux);
        Minor::new(2, life.1) <= flux && !is_gone
    };
    Some(all.filter(has).map(|life| life.0).collect())
}

/// Returns the last Flux that has a version which a later one removed.
pub(crate) fn last_with(kind: &str, version: &str) -> Option<Minor> {
    let life = lives(kind)?.iter().find(|life| life.0 == version)?;
    Some(Minor::new(2, life.2?.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flux::live::KINDS as SERVED;

    #[test]
    fn the_newest_flux_has_one_version_of_each_kind() {
        for kind in &SERVED {
            let Some(versions) = versions_of(kind.kind, NEWEST) else {
                assert!(["ArtifactGenerator", "ExternalArtifact"].contains(&kind.kind));
                continue;
            };
            assert_eq!(versions, [kind.version], "{}", kind.kind);
        }
    }

    #[test]
    fn versions_come_and_go() {
        let of = |kind, minor| versions_of(kind, Minor::new(2, minor)).unwrap().join(" ");
        assert_eq!(of("ImagePolicy", 6), "v1beta2 v1beta1");
        assert_eq!(of("ImagePolicy", 8), "v1 v1beta2");
        assert_eq!(of("HelmRelease", 0), "v2beta1");
        assert_eq!(of("HelmRelease", 7), "v2 v2beta2");
        assert_eq!(of("Kustomization", 8), "v1");
        let last = |kind, version| last_with(kind, version).map(|flux| flux.to_string());
        assert_eq!(last("ImagePolicy", "v1beta2").as_deref(), Some("2.8"));
        assert_eq!(last("Bucket", "v1beta1").as_deref(), Some("2.6"));
        assert_eq!(last("Bucket", "v1"), None);
        assert_eq!(versions_of("ImagePolicy", Minor::new(2, 10)), None);
        assert_eq!(versions_of("HelmChartConfig", NEWEST), None);
    }
}
