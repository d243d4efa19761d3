//! Plans everything that makes a service: its files, what registers it, and what goes with it elsewhere.

use super::super::scaffolding::refused;
use super::scene::Scene;
use super::{NewService, image};
use crate::adapter::clock;
use crate::error::Error;
use crate::scaffold::author::Author;
use crate::scaffold::extras::backup::{Backups, claim_names};
use crate::scaffold::extras::monitor::Monitors;
use crate::scaffold::extras::tile::{Homepage, TileGroup};
use crate::scaffold::extras::tunnel::Tunnel;
use crate::scaffold::extras::{self, Extra, Wish, annotations};
use crate::scaffold::layout::Role;
use crate::scaffold::plan::{Draft, PlanError};
use crate::scaffold::spec::ServiceSpec;
use crate::scaffold::{contents, register, sealing};

impl NewService {
    /// Plans all files.
    ///
    /// # Errors
    /// A file is there already, cannot be edited safely, or what was asked for is not here.
    pub(super) fn write(
        &self,
        scene: &Scene<'_>,
        spec: &ServiceSpec,
        draft: &mut Draft<'_>,
        verbose: bool,
    ) -> Result<(), Error> {
        let mut spec = spec.clone();
        self.beside(scene, &mut spec, draft).map_err(refused)?;
        let author = Author {
            templates: scene.templates,
            siblings: scene.siblings,
            conventions: scene.ground.conventions,
            spec: &spec,
        };
        let guess = image::guess(&author);
        let marker = spec
            .policy
            .as_ref()
            .map(|_| format!("{}:{}", guess.namespace, guess.name));
        let site = scene.site;
        let contents = contents::write(draft, site, &author, marker.as_deref()).map_err(refused)?;
        register::register(draft, &scene.ground, site, &author, &contents.files)
            .map_err(refused)?;
        let runs = |f: &&register::Written| {
            f.roles
                .iter()
                .any(|r| matches!(r, Role::Workload | Role::Release))
        };
        let file = contents.files.iter().find(runs);
        if let (Some(choice), Some(file)) = (&spec.policy, file) {
            self.automate(scene, &author, choice, &file.path, &guess, draft)?;
        }
        let sealed = site.file_of(author.conventions, spec.workload, Role::Secret);
        draft
            .next
            .extend(sealing::instruction(&spec, author.conventions, &sealed));
        draft
            .next
            .extend(extras::generated_documents(scene.ground.model.tree));
        if verbose {
            for (path, of) in &contents.mirrors {
                draft.notes.push(format!("{path} mirrors {of}"));
            }
            draft.notes.extend(author.conventions.story());
        }
        Ok(())
    }

    /// Plans what stands outside of the service's folder: tile, monitor, backup, tunnel. Where tiles and monitors are
    /// annotations, the service gets them.
    fn beside(
        &self,
        scene: &Scene<'_>,
        spec: &mut ServiceSpec,
        draft: &mut Draft<'_>,
    ) -> Result<(), PlanError> {
        let (model, cluster) = (scene.ground.model, scene.ground.cluster);
        let now = clock::now();
        let wish = Wish {
            title: self.beside.title.as_deref(),
            icon: self.beside.icon.as_deref(),
            service_port: spec.service_port,
            now: &now,
        };
        if let Some(group) = &self.beside.tile {
            let group = TileGroup::Known(group);
            let notes = match Homepage::find(model, cluster) {
                Some(homepage) => homepage.plan(draft, spec, group, &wish)?,
                None => {
                    let tiles = annotations::AnnotatedTiles::find(scene.siblings);
                    let tiles = tiles.ok_or_else(|| Extra::Tile.not_found())?;
                    spec.annotations.extend(tiles.plan(spec, group, &wish)?);
                    Vec::new()
                }
            };
            draft.notes.extend(notes);
        }
        if self.beside.monitor {
            let notes = match Monitors::find(model, cluster) {
                Some(monitors) => monitors.plan(draft, spec, &wish)?,
                None => {
                    let monitored = annotations::monitored(scene.siblings, spec);
                    if monitored.is_empty() {
                        return Err(Extra::Monitor.not_found());
                    }
                    spec.annotations.extend(monitored);
                    Vec::new()
                }
            };
            draft.notes.extend(notes);
        }
        if self.beside.backup {
            let backups = Backups::find(model, cluster);
            let backups = backups.ok_or_else(|| Extra::Backup.not_found())?;
            let notes = backups.plan(draft, spec, &claim_names(spec), None)?;
            draft.notes.extend(notes);
        }
        if self.beside.tunnel {
            let tunnel = Tunnel::find(model, cluster);
            let tunnel = tunnel.ok_or_else(|| Extra::Tunnel.not_found())?;
            let host = spec.host.as_deref();
            let host =
                host.ok_or_else(|| PlanError::Other("a tunnel needs a `--host`".to_owned()))?;
            let notes = tunnel.plan(draft, spec, host, &wish)?;
            draft.notes.extend(notes);
        }
        Ok(())
    }
}
