//! How the owner of a repository writes a service: learnt from its nearest and newest siblings, with evidence.

mod files;
mod images;
mod learnt;
mod lists;
mod network;
mod pods;
mod sibling;
mod story;
#[cfg(test)]
mod tests;
mod text;
mod unit;
mod usual;

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::flux::Model;
use crate::scaffold::layout::{Detection, Layout, Service};
use crate::scaffold::names::{base, is_within};

pub(crate) use sibling::Sibling;

pub use files::Files;
pub use images::Images;
pub(crate) use learnt::consensus;
pub use learnt::{Evidence, Learnt, Siblings};
pub use lists::{Lists, Order};
pub use network::Network;
pub use pods::{Pods, SecretStyle, Secrets};
pub use text::{KeyOrder, Text};
pub use unit::{Dependency, Numbered, UnitFields};

/// So many of the nearest siblings that have a value decide on it.
const DECIDING: usize = 5;

/// Whose example counts most.
#[derive(Clone, Copy, Debug)]
pub struct Neighbourhood<'a> {
    /// The layout of the new service.
    pub layout: Option<Layout>,
    /// The folder below which it will stand; empty if that is open.
    pub folder: &'a str,
    /// The name of a service to mirror: where it has a value, that is the value.
    pub like: Option<&'a str>,
    /// When each file was committed last, in seconds since 1970; empty where git does not say.
    pub times: &'a HashMap<String, i64>,
}

/// What was learnt. What no sibling has is not there.
#[derive(Clone, Debug, Default)]
pub struct Conventions {
    /// The siblings asked, the nearest first.
    pub siblings: Vec<String>,
    /// The names of files.
    pub files: Files,
    /// How YAML is written.
    pub text: Text,
    /// How kustomization files list what there is.
    pub lists: Lists,
    /// How a Flux Kustomization is written.
    pub unit: UnitFields,
    /// How a service is reached.
    pub network: Network,
    /// Where secrets come from.
    pub secrets: Secrets,
    /// What pods have in common.
    pub pods: Pods,
    /// Where image policies live and how they are written.
    pub images: Images,
}

impl<'m> Siblings<'m> {
    /// Puts the services of a cluster in order of nearness.
    pub fn of(model: &Model<'m>, detection: &'m Detection, near: &Neighbourhood<'_>) -> Self {
        let tree = model.tree;
        let mut ranked = ranked(&detection.services, near);
        ranked.retain(|s| !is_flux(s) || near.like == Some(s.name.as_str()));
        let applications = ranked.iter().filter(|s| !s.is_foundation()).count();
        if applications >= DECIDING {
            ranked.retain(|s| !s.is_foundation() || near.like == Some(s.name.as_str()));
        }
        let liked = near
            .like
            .is_some_and(|like| ranked.first().is_some_and(|s| s.name == like));
        let window = match (liked, near.times.is_empty()) {
            (true, _) => 1,
            (false, true) => usize::MAX,
            (false, false) => DECIDING,
        };
        let siblings = ranked.iter().map(|s| Sibling::of(tree, s)).collect();
        Siblings {
            tree,
            siblings,
            window,
        }
    }
}

impl Conventions {
    /// Learns from the services of a cluster.
    pub fn learn(siblings: &Siblings<'_>) -> Self {
        let ranked = siblings.siblings.iter();
        Conventions {
            siblings: ranked.map(|s| s.service.name.clone()).collect(),
            files: Files::learn(siblings),
            text: Text::learn(siblings),
            lists: Lists::learn(siblings),
            unit: UnitFields::learn(siblings),
            network: Network::learn(siblings),
            secrets: Secrets::learn(siblings),
            pods: Pods::learn(siblings),
            images: Images::learn(siblings),
        }
    }
}

/// Tells whether a service is Flux itself, which no owner has written.
fn is_flux(service: &Service) -> bool {
    let mut names = service.parts.iter().map(|part| base(&part.path));
    names.any(|name| name.starts_with("gotk-components."))
}

/// Returns the services in order of nearness: the one to mirror, those of the same layout, those of the same folder, the
/// newest.
fn ranked<'m>(services: &'m [Service], near: &Neighbourhood<'_>) -> Vec<&'m Service> {
    let mut ranked: Vec<&Service> = services.iter().collect();
    ranked.sort_by_cached_key(|service| {
        let like = near.like == Some(service.name.as_str());
        let layout = near.layout.is_none_or(|layout| layout == service.layout);
        let inside = !near.folder.is_empty() && is_within(service.folder(), near.folder);
        Reverse((like, layout, inside, age(service, near.times)))
    });
    ranked
}

/// Returns when a service was new, as far as can be told: the oldest last change among its files. Robots change a few
/// files of old services again and again, and never all.
fn age(service: &Service, times: &HashMap<String, i64>) -> i64 {
    let known = service
        .parts
        .iter()
        .filter_map(|p| times.get(p.path.as_ref()));
    known.min().copied().unwrap_or(i64::MIN)
}
