//! Policies that exist in flags only, and what flags change in others.

use clap::{Args, ValueEnum};

use super::policies::Case;
use crate::command::registry::Lookup;
use crate::error::Error;
use crate::image::{PolicyChoice, Reference, TagFilterSpec};

/// What flags say of a policy.
#[derive(Args, Debug)]
pub(super) struct WhatIf {
    /// Ask for this image instead of that of the ImageRepository
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// As if the policy were: the greatest version within RANGE
    #[arg(long, value_name = "RANGE", group = "choice")]
    semver: Option<String>,
    /// As if the policy were: by number
    #[arg(long, value_name = "ORDER", group = "choice")]
    numerical: Option<Direction>,
    /// As if the policy were: by text
    #[arg(long, value_name = "ORDER", group = "choice")]
    alphabetical: Option<Direction>,
    /// As if `filterTags.pattern` were RE
    #[arg(long, value_name = "RE")]
    pattern: Option<String>,
    /// As if `filterTags.extract` were TPL
    #[arg(long, value_name = "TPL")]
    extract: Option<String>,
}

/// Which end wins.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Direction {
    /// The greatest
    Asc,
    /// The smallest
    Desc,
}

impl Direction {
    fn order(self) -> String {
        match self {
            Direction::Asc => "asc",
            Direction::Desc => "desc",
        }
        .to_owned()
    }
}

impl WhatIf {
    /// Tells whether the flags change anything.
    pub(super) fn is_any(&self) -> bool {
        self.image.is_some()
            || self.has_choice()
            || self.pattern.is_some()
            || self.extract.is_some()
    }

    /// Tells whether the flags alone make a policy.
    pub(super) fn has_choice(&self) -> bool {
        self.choice().is_some()
    }

    /// Tells whether an image is given.
    pub(super) fn has_image(&self) -> bool {
        self.image.is_some()
    }

    fn choice(&self) -> Option<PolicyChoice> {
        let semver = self
            .semver
            .clone()
            .map(|range| PolicyChoice::SemVer { range });
        let order = |direction: Option<Direction>| direction.map(Direction::order);
        semver
            .or_else(|| order(self.alphabetical).map(|order| PolicyChoice::Alphabetical { order }))
            .or_else(|| order(self.numerical).map(|order| PolicyChoice::Numerical { order }))
    }

    /// Changes a policy as the flags say.
    ///
    /// # Errors
    /// The image is none.
    pub(super) fn apply(&self, case: &mut Case) -> Result<(), Error> {
        if let Some(image) = &self.image {
            let reference = Reference::parse_repository(image)
                .map_err(|error| Error::usage(format!("--image: {error}")))?;
            let access = case.lookup.as_ref().map(|lookup| lookup.access.clone());
            case.lookup = Ok(Lookup {
                image: reference,
                access: access.unwrap_or_default(),
            });
            case.image = Some(image.clone());
        }
        if let Some(choice) = self.choice() {
            case.spec.choice = Some(choice);
        }
        if self.pattern.is_some() || self.extract.is_some() {
            let filter = case.spec.filter.get_or_insert_with(TagFilterSpec::default);
            filter.pattern = self
                .pattern
                .clone()
                .unwrap_or_else(|| std::mem::take(&mut filter.pattern));
            filter.extract = self
                .extract
                .clone()
                .unwrap_or_else(|| std::mem::take(&mut filter.extract));
        }
        Ok(())
    }
}
