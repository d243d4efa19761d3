//! Which of a sibling's files stand where: its workload, its own kustomization, its Namespace.

use crate::scaffold::layout::{Role, Service};
use crate::scaffold::names::{dir, is_within};

/// Tells whether a service's Namespace stands in its overlay.
pub(super) fn namespace_in_overlay(service: &Service) -> bool {
    let mut files = service.files(Role::Namespace);
    files.any(|p| service.folders.iter().skip(1).any(|o| dir(&p.path) == o))
}

/// Returns the folder in which a service's workload stands.
pub(super) fn main_folder(service: &Service) -> &str {
    let runs = |role: &Role| matches!(role, Role::Workload | Role::Release);
    let inside = |path: &str| is_within(path, service.folder());
    let mut parts = service.parts.iter().filter(|p| inside(&p.path));
    let main = parts.find(|p| p.roles.iter().any(runs));
    main.map_or(service.folder(), |p| dir(&p.path))
}

/// Returns the kustomization file that lists what stands in the main folder, if it is the service's own.
pub(super) fn kustomization_of<'s>(service: &'s Service, main: &str) -> Option<&'s str> {
    let inside = |path: &str| is_within(path, service.folder()) && is_within(main, dir(path));
    service
        .parts
        .iter()
        .filter(|p| p.roles.contains(&Role::Kustomization) && inside(&p.path))
        .map(|p| p.path.as_ref())
        .max_by_key(|path: &&str| path.len())
}
