//! Which sibling is the example: near, of the same layout, registered as most others are, and nothing special.

use std::collections::HashMap;

use super::rename::Rename;
use super::{Ground, PlaceError, Wish};
use crate::scaffold::layout::{Layout, Part, Registration, Role, Service};
use crate::scaffold::names::{NAME, base, dir, is_within, pattern, stem};

/// Namespaces in which services serve the cluster.
const SPECIAL: [&str; 3] = ["flux-system", "kube-system", "cert-manager"];

/// Names that say nothing, so that nothing can be renamed by them.
const GENERIC: [&str; 4] = ["", "app", "apps", "base"];

/// The example, and the namespace of the new service.
pub(super) struct Choice<'a> {
    /// The index of the service.
    pub index: usize,
    /// The service.
    pub service: &'a Service,
    /// The namespace.
    pub namespace: String,
    /// Whether others are in that namespace.
    pub shares: bool,
}

/// Chooses the layout.
pub(super) fn layout(ground: &Ground<'_>, wish: &Wish<'_>) -> Result<Layout, PlaceError> {
    if let Some(layout) = wish.layout {
        return Ok(layout);
    }
    if let Some(like) = wish.like {
        return Ok(liked(ground, like)?.1.layout);
    }
    if let Some(parent) = wish.parent {
        let inside = ground.detection.services.iter();
        let mut layouts = inside
            .filter(|s| is_within(s.folder(), parent))
            .map(|s| s.layout);
        if let Some(first) = layouts.next()
            && layouts.all(|layout| layout == first)
        {
            return Ok(first);
        }
    }
    match ground.detection.clear() {
        Some(layout) => Ok(layout),
        None if ground.detection.candidates.is_empty() => Err(PlaceError::NoExample(
            "the cluster applies no service of this repository".to_owned(),
        )),
        None => Err(PlaceError::Ambiguous(ground.detection.candidates.clone())),
    }
}

/// Finds the sibling that the user names.
fn liked<'a>(ground: &Ground<'a>, name: &str) -> Result<(usize, &'a Service), PlaceError> {
    let services = &ground.detection.services;
    let found = services.iter().enumerate().find(|(_, s)| s.name == name);
    found.ok_or_else(|| PlaceError::UnknownSibling {
        name: name.to_owned(),
        known: services.iter().map(|s| s.name.clone()).collect(),
    })
}

/// Chooses the example among the services of a layout.
pub(super) fn example<'a>(
    ground: &Ground<'a>,
    wish: &Wish<'_>,
    layout: Layout,
) -> Result<Choice<'a>, PlaceError> {
    if let Some(like) = wish.like {
        let (index, service) = liked(ground, like)?;
        shape(ground, service)
            .ok_or_else(|| PlaceError::NoExample(format!("`{like}` is registered by hand")))?;
        let all = vec![(index, service)];
        let (namespace, shares) = namespace(ground, wish, &all);
        return Ok(Choice {
            index,
            service,
            namespace,
            shares,
        });
    }
    let mut found = candidates(ground, wish, layout);
    if found.is_empty() {
        return Err(PlaceError::NoExample(format!(
            "none is laid out as {} and registered in a way that can be repeated",
            layout.name()
        )));
    }
    prefer(&mut found, |s| !s.is_foundation());
    prefer(&mut found, |s| !SPECIAL.contains(&s.namespace.as_str()));
    prefer(&mut found, |s| s.units.len() == 1);
    prefer(&mut found, |s| !is_root(ground, s));
    let in_folders = matches!(layout, Layout::AppFolder | Layout::AppFile);
    prefer(&mut found, |s| !in_folders || is_listed_by_namespace(s));
    let (namespace, shares) = namespace(ground, wish, &found);
    // A folder for a new namespace is like that of the usual one.
    let (like, shared) = match in_folders && !shares {
        true => {
            let any = Wish {
                namespace: None,
                parent: None,
                ..*wish
            };
            self::namespace(ground, &any, &found)
        }
        false => (namespace.clone(), shares),
    };
    let pattern = |s: &Service| namespace_pattern(ground, s);
    prefer(&mut found, |s| match shared {
        true => s.namespace == like,
        false => pattern(s).is_some_and(|p| p.replace(NAME, wish.name) == like),
    });
    prefer(&mut found, |s| shared || pattern(s).is_some());
    let (index, service) =
        typical(ground, &found).ok_or_else(|| PlaceError::NoExample("there is none".to_owned()))?;
    Ok(Choice {
        index,
        service,
        namespace,
        shares,
    })
}

/// Returns the nearest of those that are registered as most are.
fn typical<'a>(
    ground: &Ground<'_>,
    found: &[(usize, &'a Service)],
) -> Option<(usize, &'a Service)> {
    let shapes = found.iter().map(|(_, s)| shape(ground, s));
    let shapes: Vec<String> = shapes.map(Option::unwrap_or_default).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for shape in &shapes {
        *counts.entry(shape).or_default() += 1;
    }
    let count = |shape: &String| counts.get(shape.as_str()).copied().unwrap_or(0);
    let most = shapes.iter().map(count).max()?;
    let mut pairs = found.iter().zip(&shapes);
    pairs.find(|(_, s)| count(s) == most).map(|(f, _)| *f)
}

/// Returns the services whose registrations can be replayed, the nearest first.
fn candidates<'a>(
    ground: &Ground<'a>,
    wish: &Wish<'_>,
    layout: Layout,
) -> Vec<(usize, &'a Service)> {
    let nearness = &ground.conventions.siblings;
    let rank: HashMap<&str, usize> = nearness
        .iter()
        .enumerate()
        .rev()
        .map(|(i, name)| (name.as_str(), i))
        .collect();
    let services = ground.detection.services.iter().enumerate();
    let mut found: Vec<(usize, &Service)> = services
        .filter(|(_, s)| s.layout == layout && shape(ground, s).is_some())
        .collect();
    found.sort_by_key(|(_, s)| rank.get(s.name.as_str()).copied().unwrap_or(usize::MAX));
    if let Some(parent) = wish.parent {
        prefer(&mut found, |s| is_within(s.folder(), parent));
    }
    found
}

/// Keeps those that are as wanted, unless none is.
fn prefer(found: &mut Vec<(usize, &Service)>, wanted: impl Fn(&Service) -> bool) {
    if found.iter().any(|(_, s)| wanted(s)) {
        found.retain(|(_, s)| wanted(s));
    }
}

/// Returns the namespace of the new service, and whether others are in it.
fn namespace(
    ground: &Ground<'_>,
    wish: &Wish<'_>,
    candidates: &[(usize, &Service)],
) -> (String, bool) {
    let is_used = |namespace: &str| {
        let mut services = ground.detection.services.iter();
        services.any(|s| s.namespace == namespace)
    };
    let of_parent = candidates
        .first()
        .and_then(|(_, s)| folder_namespace(wish, s));
    if let Some(wanted) = wish.namespace.or(of_parent) {
        return (wanted.to_owned(), is_used(wanted));
    }
    let patterns = candidates.iter();
    let own: Vec<String> = patterns
        .filter_map(|(_, s)| namespace_pattern(ground, s))
        .collect();
    if own.len() * 2 >= candidates.len() {
        let pattern = most(own.iter().map(String::as_str)).unwrap_or(NAME);
        return (pattern.replace(NAME, wish.name), false);
    }
    let shared = || {
        let services = candidates.iter().map(|(_, s)| *s);
        let shared = services.filter(|s| namespace_pattern(ground, s).is_none());
        shared.map(|s| s.namespace.as_str())
    };
    let usual = shared().filter(|n| *n == "default").count();
    let namespace = match usual > 1 {
        true => Some("default"),
        false => most(shared()),
    };
    (namespace.unwrap_or("default").to_owned(), true)
}

/// Returns the namespace whose folder the user wants, in a tree of such folders.
fn folder_namespace<'w>(wish: &Wish<'w>, service: &Service) -> Option<&'w str> {
    let parent = wish.parent?.trim_end_matches('/');
    is_of_namespace(service, dir(service.folder())).then(|| base(parent))
}

/// Returns the most frequent text, the first one of several.
fn most<'t>(texts: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for text in texts {
        match counts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => counts.push((text, 1)),
        }
    }
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    best.map(|(text, _)| *text)
}

/// Returns the namespace of a service with `{name}` for its name, if it is the service's alone and no list above gives it
/// to whatever is listed.
fn namespace_pattern(ground: &Ground<'_>, service: &Service) -> Option<String> {
    let pattern = pattern(&service.namespace, &service.name)?;
    let mut others = ground.detection.services.iter();
    let is_shared =
        others.any(|s| s.namespace == service.namespace && s.folder() != service.folder());
    let is_imposed = service.registrations.iter().any(|r| {
        let Registration::Entry { file, .. } = r else {
            return false;
        };
        let source = ground.model.tree.source(file);
        let roots = source.iter().flat_map(|s| &s.documents);
        roots
            .filter_map(|d| d.root.as_ref())
            .any(|root| root.text_at(&["namespace"]) == Some(&service.namespace))
    });
    (!is_shared && !is_imposed).then_some(pattern)
}

/// Tells whether a service is nothing but what stands in the folder of its Flux Kustomization, beside others' folders.
pub(super) fn is_root(ground: &Ground<'_>, service: &Service) -> bool {
    let unit = service.units.first();
    let cluster = ground.cluster();
    let unit = unit.and_then(|index| cluster?.units.get(*index));
    !service.has_own_unit
        && own_file(service).is_none()
        && unit.is_some_and(|unit| is_within(&unit.path, service.folder()))
}

/// Describes how a service is registered, without its name; nothing where that cannot be repeated under another name.
fn shape(ground: &Ground<'_>, service: &Service) -> Option<String> {
    if service.registrations.is_empty() || GENERIC.contains(&service.name.as_str()) {
        return None;
    }
    let rename = Rename {
        from: &service.name,
        to: NAME,
        from_namespace: &service.namespace,
        to_namespace: "{namespace}",
    };
    let mut parts: Vec<String> = Vec::new();
    for registration in replayed(ground, service) {
        let part = match registration {
            Registration::Document { file, of, .. } if is_appended(service, file, *of) => {
                format!("document of {file}")
            }
            Registration::Document { file, .. } => {
                format!("document {}", base(&rename.path(file)?))
            }
            Registration::Entry { file, place, .. } => {
                let source = ground.model.tree.source(file)?;
                let text = rename.path(source.slice(place.span))?;
                let folder = rename.in_namespace(dir(file));
                // A list that is the sibling's own is none for others.
                let nested = pattern(&folder, &service.name).is_some();
                if nested && !is_of_namespace(service, dir(file)) {
                    return None;
                }
                format!("entry {folder} {text}")
            }
            Registration::Found { folder } => format!("found {folder}"),
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    rename.path(service.folder()).or_else(|| {
        let file = own_file(service)?;
        rename.path(file)
    })?;
    Some(parts.join("\n"))
}

/// Returns the registrations of a service without the entries that lead to files it shares with others.
pub(super) fn replayed<'a>(
    ground: &Ground<'a>,
    service: &'a Service,
) -> impl Iterator<Item = &'a Registration> {
    let tree = ground.model.tree;
    let registrations = service.registrations.iter();
    let shared: Vec<&str> = registrations
        .clone()
        .filter_map(|r| match r {
            Registration::Document { file, of, .. } if is_appended(service, file, *of) => {
                Some(file.as_ref())
            }
            _ => None,
        })
        .collect();
    registrations.filter(move |r| match r {
        Registration::Entry { file, place, .. } if !shared.is_empty() => {
            let source = tree.source(file);
            let text = source.as_ref().map_or("", |s| s.slice(place.span));
            let target = crate::kustomize::join(dir(file), text.trim_matches(['"', '\'']));
            !target.is_some_and(|target| shared.contains(&target.as_str()))
        }
        _ => true,
    })
}

/// Tells whether a folder holds what is in the service's namespace.
pub(super) fn is_of_namespace(service: &Service, folder: &str) -> bool {
    base(folder) == service.namespace
        && matches!(service.layout, Layout::AppFolder | Layout::AppFile)
}

/// Tells whether the list of its namespace's folder leads to a service.
fn is_listed_by_namespace(service: &Service) -> bool {
    service.registrations.iter().any(|r| match r {
        Registration::Entry { file, .. } => is_of_namespace(service, dir(file)),
        _ => false,
    })
}

/// Tells whether a Flux Kustomization is one of several documents of a file that is not the service's own.
pub(super) fn is_appended(service: &Service, file: &str, of: usize) -> bool {
    let own = service.folders.iter().any(|f| is_within(file, f));
    let named = pattern(base(file), &service.name).is_some();
    of > 1 && !named && !(own && service.layout == Layout::AppFolder)
}

/// Returns the only file of a service that is one file among others in a folder.
pub(super) fn own_file(service: &Service) -> Option<&str> {
    if service.has_own_unit || base(service.folder()) == service.name {
        return None;
    }
    let runs = |role: &Role| matches!(role, Role::Workload | Role::Release);
    let own = |part: &&Part| {
        dir(&part.path) == service.folder()
            && stem(&part.path) == service.name
            && part.roles.iter().any(runs)
    };
    service
        .parts
        .iter()
        .find(own)
        .map(|part| part.path.as_ref())
}
