//! Finds the place of a new service: its folder, its namespace, and what registers it.

use super::checks;
use super::choose::{self, Choice};
use super::parts::{kustomization_of, main_folder, namespace_in_overlay};
use super::rename::Rename;
use super::{Ground, PlaceError, Site, Step, Wish, fresh};
use crate::flux::FILE_NAMES;
use crate::scaffold::layout::{Layout, Registration, Role, Service};
use crate::scaffold::names::{ancestors, dir, is_within, relative};

/// Finds the place of a new service.
///
/// # Errors
/// There is no clear layout, no sibling to mirror, or something of the service's name is there already.
pub fn place(ground: &Ground<'_>, wish: &Wish<'_>) -> Result<Site, PlaceError> {
    checks::known_units(ground, wish)?;
    if let Some(site) = fresh::site(ground, wish)? {
        checks::free(ground, &site)?;
        return Ok(site);
    }
    let layout = choose::layout(ground, wish)?;
    checks::by_hand(ground, layout)?;
    let choice = choose::example(ground, wish, layout)?;
    let site = Surveyor {
        ground,
        wish,
        choice: &choice,
    }
    .site()?;
    checks::free(ground, &site)?;
    Ok(site)
}

/// Works out one site.
struct Surveyor<'a> {
    ground: &'a Ground<'a>,
    wish: &'a Wish<'a>,
    choice: &'a Choice<'a>,
}

impl<'a> Surveyor<'a> {
    fn service(&self) -> &'a Service {
        self.choice.service
    }

    fn rename(&self) -> Rename<'_> {
        let service = self.service();
        // Elsewhere a folder that is called as the namespace may be one of applications of any namespace.
        let has_folders = matches!(
            service.layout,
            Layout::AppFolder | Layout::AppFile | Layout::FoundTree
        );
        let moves = has_folders || service.namespace == service.name;
        Rename {
            from: &service.name,
            to: self.wish.name,
            from_namespace: if moves { &service.namespace } else { "" },
            to_namespace: &self.choice.namespace,
        }
    }

    fn site(&self) -> Result<Site, PlaceError> {
        let service = self.service();
        if choose::is_root(self.ground, service) {
            return Ok(self.in_root());
        }
        let own_file = choose::own_file(service);
        let file = own_file.map(|file| self.path(file)).transpose()?;
        let folder = match &file {
            Some(file) => dir(file).to_owned(),
            None => self.path(service.folder())?,
        };
        let main = match own_file {
            Some(_) => folder.clone(),
            None => self.within(&folder, main_folder(service)),
        };
        let kustomization = kustomization_of(service, main_folder(service))
            .filter(|_| own_file.is_none())
            .map(|path| self.within(&folder, path));
        let steps = self.steps()?;
        let in_folder = |step: &Step| matches!(step, Step::NamespaceFolder { .. });
        let writes_namespace = !self.choice.shares && !steps.iter().any(in_folder);
        Ok(Site {
            layout: service.layout,
            sibling: service.name.clone(),
            name: self.wish.name.to_owned(),
            namespace: self.choice.namespace.clone(),
            shares_namespace: self.choice.shares,
            writes_namespace,
            has_kustomization: kustomization.is_some(),
            unit: self.unit(&steps),
            service: self.choice.index,
            from_namespace: service.namespace.clone(),
            folder,
            main,
            kustomization,
            file,
            namespace_in_overlay: namespace_in_overlay(service),
            extension: self.extension(),
            steps,
            depends_on: self.wish.depends_on.to_vec(),
        })
    }

    /// Describes a folder of its own beside what stands in the folder of the Flux Kustomization.
    fn in_root(&self) -> Site {
        let service = self.service();
        let root = self.wish.parent.unwrap_or(service.folder());
        let folder = crate::kustomize::join(root, self.wish.name).unwrap_or_default();
        let list = kustomization_of(service, service.folder());
        let step = list.map(|list| Step::EachFile {
            file: list.to_owned(),
            list: "resources",
            dot_slash: false,
        });
        Site {
            layout: service.layout,
            sibling: service.name.clone(),
            name: self.wish.name.to_owned(),
            namespace: self.choice.namespace.clone(),
            shares_namespace: self.choice.shares,
            writes_namespace: !self.choice.shares,
            has_kustomization: false,
            unit: None,
            service: self.choice.index,
            from_namespace: service.namespace.clone(),
            main: folder.clone(),
            folder,
            kustomization: None,
            file: None,
            namespace_in_overlay: false,
            extension: self.extension(),
            steps: step.into_iter().collect(),
            depends_on: self.wish.depends_on.to_vec(),
        }
    }

    /// Returns a path of the sibling's with the new names; its folder below the one that the user wants.
    fn path(&self, path: &str) -> Result<String, PlaceError> {
        let service = self.service();
        let unnamed =
            || PlaceError::NoExample(format!("{path} is not named after `{}`", service.name));
        let parent = match self.wish.parent {
            Some(parent) if is_within(path, service.folder()) => parent.trim_end_matches('/'),
            _ => return self.rename().path(path).ok_or_else(unnamed),
        };
        let rest = path.get(self.above().len()..).unwrap_or_default();
        let rest = self.rename().path(rest.trim_start_matches('/'));
        let rest = rest.ok_or_else(unnamed)?;
        crate::kustomize::join(parent, &rest).ok_or_else(unnamed)
    }

    /// Returns the folder in which the sibling's folder, or its only file, stands.
    fn above(&self) -> &'a str {
        let service = self.service();
        match choose::own_file(service) {
            Some(_) => service.folder(),
            None => dir(service.folder()),
        }
    }

    /// Returns a path within the sibling's folder as one within the new folder.
    fn within(&self, folder: &str, path: &str) -> String {
        let inside = path
            .get(self.service().folder().len()..)
            .unwrap_or_default();
        let inside = self
            .rename()
            .text(inside)
            .unwrap_or_else(|| inside.to_owned());
        format!("{folder}{inside}")
    }

    fn extension(&self) -> String {
        let learnt = self.ground.conventions.files.extension.as_ref();
        learnt.map_or_else(|| "yaml".to_owned(), |e| e.value.clone())
    }

    fn steps(&self) -> Result<Vec<Step>, PlaceError> {
        let mut steps: Vec<Step> = Vec::new();
        self.steps_of(self.ground, self.service(), &mut steps)?;
        if self.service().layout != Layout::BaseAndOverlay {
            return Ok(steps);
        }
        let folder = self.service().folder();
        for (index, cluster) in self.ground.model.clusters.iter().enumerate() {
            let mut files = cluster.units.iter().flat_map(|u| &u.files);
            if index == self.ground.cluster || !files.any(|f| is_within(&f.path, folder)) {
                continue;
            }
            let detection = Layout::detect(self.ground.model, index);
            let ground = Ground {
                cluster: index,
                detection: &detection,
                ..*self.ground
            };
            let same = |s: &&Service| s.folder() == folder && s.name == self.service().name;
            for service in detection.services.iter().filter(same) {
                self.steps_of(&ground, service, &mut steps)?;
            }
        }
        Ok(steps)
    }

    /// Adds the steps for the registrations of the sibling in one cluster, each once.
    fn steps_of(
        &self,
        ground: &Ground<'_>,
        service: &Service,
        steps: &mut Vec<Step>,
    ) -> Result<(), PlaceError> {
        for overlay in service.folders.iter().skip(1) {
            let step = self.overlay_step(service, overlay)?;
            steps.extend(step.filter(|step| !steps.contains(step)));
        }
        for registration in choose::replayed(ground, service) {
            let new = match registration {
                Registration::Document {
                    file, document, of, ..
                } => self.unit_step(file, *document, *of)?,
                Registration::Entry { file, list, place } => {
                    let source = self.ground.model.tree.source(file);
                    let text = source.as_ref().map_or("", |s| s.slice(place.span));
                    self.entry_steps(file, list, text.trim_matches(['"', '\'']))?
                }
                Registration::Found { .. } => Vec::new(),
            };
            if let Registration::Found { folder } = registration {
                steps.extend(self.found_step(folder)?);
            }
            for step in new {
                if !steps.contains(&step) && !is_second_unit(&step, steps) {
                    steps.push(step);
                }
            }
        }
        Ok(())
    }

    fn unit_step(
        &self,
        file: &std::sync::Arc<str>,
        document: usize,
        of: usize,
    ) -> Result<Vec<Step>, PlaceError> {
        let appends = choose::is_appended(self.service(), file, of);
        let target = match appends {
            true => file.to_string(),
            false => self.path(file)?,
        };
        Ok(vec![Step::Unit {
            file: target,
            of: file.clone(),
            document,
            appends,
        }])
    }

    fn entry_steps(
        &self,
        file: &str,
        list: &'static str,
        text: &str,
    ) -> Result<Vec<Step>, PlaceError> {
        let service = self.service();
        let target = crate::kustomize::join(dir(file), text).unwrap_or_default();
        let in_namespace = choose::is_of_namespace(service, dir(file));
        let wanted = self.wish.parent.filter(|_| dir(file) == self.above());
        let wanted = wanted.and_then(|parent| self.list_of(parent.trim_end_matches('/')));
        let moved = match (
            wanted,
            in_namespace && service.namespace != self.choice.namespace,
        ) {
            (Some(list), _) => list,
            (None, true) => self.rename().in_namespace(file),
            (None, false) => file.to_owned(),
        };
        let mut steps = Vec::new();
        let is_new = self.ground.model.tree.id(&moved).is_none();
        if moved != file && is_new && self.list_of(dir(&moved)).is_none() {
            steps.push(Step::NamespaceFolder {
                folder: dir(&moved).to_owned(),
                of: dir(file).to_owned(),
            });
        }
        let is_part = service.parts.iter().any(|p| p.path.as_ref() == target);
        let is_unit = service
            .registrations
            .iter()
            .any(|r| matches!(r, Registration::Document { file, .. } if file.as_ref() == target));
        if is_part && !is_unit && choose::own_file(service).is_none() {
            steps.push(Step::EachFile {
                file: moved,
                list,
                dot_slash: text.starts_with("./"),
            });
            return Ok(steps);
        }
        let renamed = self.path(&target)?;
        let mut entry = relative(dir(&moved), &renamed);
        if text.starts_with("./") && !entry.starts_with("..") {
            entry.insert_str(0, "./");
        }
        if text.ends_with('/') {
            entry.push('/');
        }
        steps.push(Step::Entry {
            file: moved,
            list,
            text: entry,
        });
        Ok(steps)
    }

    /// Checks that a folder of the user's choice is applied; a list on the way to it gets an entry.
    fn found_step(&self, applied: &str) -> Result<Option<Step>, PlaceError> {
        let Some(parent) = self.wish.parent.map(|p| p.trim_end_matches('/')) else {
            return Ok(None);
        };
        if !is_within(parent, applied) {
            return Err(PlaceError::ByHand(format!(
                "nothing applies {parent}: Flux takes what stands in {applied}"
            )));
        }
        let own = choose::own_file(self.service()).unwrap_or(self.service().folder());
        let target = self.path(own)?;
        let above = ancestors(&target).take_while(|folder| is_within(folder, applied));
        let listed = above.filter_map(|folder| Some((folder, self.list_of(folder)?)));
        Ok(listed
            .map(|(folder, file)| Step::Entry {
                text: relative(folder, &target),
                file,
                list: "resources",
            })
            .next())
    }

    /// Returns the kustomization file of a folder.
    fn list_of(&self, folder: &str) -> Option<String> {
        let files = FILE_NAMES.iter().map(|name| format!("{folder}/{name}"));
        files
            .into_iter()
            .find(|file| self.ground.model.tree.id(file).is_some())
    }

    fn overlay_step(&self, service: &Service, overlay: &str) -> Result<Option<Step>, PlaceError> {
        let own = |path: &str| dir(path) == overlay;
        let mut files = service
            .parts
            .iter()
            .filter(|p| own(&p.path) && p.roles.contains(&Role::Kustomization));
        let Some(of) = files.next() else {
            return Ok(None);
        };
        Ok(Some(Step::Overlay {
            file: self.path(&of.path)?,
            of: of.path.clone(),
        }))
    }

    /// Returns the file and the name of the new Flux Kustomization.
    fn unit(&self, steps: &[Step]) -> Option<(String, String)> {
        let file = steps.iter().find_map(|step| match step {
            Step::Unit { file, .. } => Some(file.clone()),
            _ => None,
        })?;
        let cluster = self.ground.cluster()?;
        let unit = cluster.units.get(*self.service().units.first()?)?;
        let name = self.rename().text(&unit.id.name);
        Some((file, name.unwrap_or_else(|| self.wish.name.to_owned())))
    }
}

/// A service of several Flux Kustomizations is an example for one.
fn is_second_unit(step: &Step, steps: &[Step]) -> bool {
    let is_unit = |step: &Step| matches!(step, Step::Unit { .. });
    is_unit(step) && steps.iter().any(is_unit)
}
