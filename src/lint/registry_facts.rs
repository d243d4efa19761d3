//! What registries said, as data: the rules that need it run over this.

use std::collections::{HashMap, HashSet};

use crate::image::{Created, Platform, Reference};

/// What registries said. What is not in here is unknown.
#[derive(Clone, Debug, Default)]
pub struct RegistryFacts {
    /// The tags of repositories, by canonical name.
    pub tags: HashMap<String, Vec<String>>,
    /// Images, by full name, that no list has and that may be there all the same: the registry serves them, or does not
    /// tell.
    pub unlisted: HashSet<String>,
    /// The platforms of images, by full name.
    pub platforms: HashMap<String, Vec<Platform>>,
    /// When images were made, by full name.
    pub created: HashMap<String, Created>,
}

impl RegistryFacts {
    /// Returns the tags of a repository, where they are known.
    pub fn tags_of(&self, image: &Reference) -> Option<&[String]> {
        self.tags.get(&image.canonical_name()).map(Vec::as_slice)
    }

    /// Tells whether an image is named by its tag alone and no list has that tag.
    pub fn is_unlisted(&self, image: &Reference) -> bool {
        let (Some(tag), None) = (image.tag(), image.digest()) else {
            return false;
        };
        let tags = self.tags_of(image);
        tags.is_some_and(|tags| !tags.iter().any(|known| known == tag))
    }

    /// As [`RegistryFacts::is_missing`], by full name.
    pub fn is_missing_name(&self, image: &str) -> bool {
        Reference::parse(image).is_ok_and(|image| self.is_missing(&image))
    }

    /// Tells whether an image is known not to be there.
    pub fn is_missing(&self, image: &Reference) -> bool {
        self.is_unlisted(image) && !self.unlisted.contains(&image.to_string())
    }
}
