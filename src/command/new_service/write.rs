//! Plans everything that makes a service: its files, what registers it, and what goes with it elsewhere.

use super::super::Global;
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
use crate::scaffold::register::Site;
use crate::scaffold::spec::ServiceSpec;
use crate::scaffold::{contents, names_of_path, register, sealing};

impl NewService {
    /// Plans all files.
    ///
    /// # Errors
    /// A file is there already, cannot be edited safely, or what was asked for is not here.
    pub(super) fn write(
        &self,
        scene: &Scene<'_>,
        spec: &ServiceSpec,
        global: &Global,
        draft: &mut Draft<'_>,
        verbose: bool,
    ) -> Result<(), Error> {
        let mut spec = spec.clone();
        self.annotate(scene, &mut spec).map_err(refused)?;
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
        if let Some(file) = file {
            let text = draft.source(&file.path).map_err(refused)?.text.clone();
            if text.contains("runAsNonRoot: true") && !text.contains("runAsUser:") {
                draft.next.push(
                    "an image that runs as root does not start: `--run-as UID` names another user, `--run-as 0` allows root"
                        .to_owned(),
                );
            }
        }
        if let (Some(choice), Some(file)) = (&spec.policy, file) {
            self.automate(scene, &author, choice, &file.path, &guess, draft)?;
        }
        let placed = ServiceSpec {
            service_port: contents.service_port,
            ..spec.clone()
        };
        self.beside(scene, &placed, draft).map_err(refused)?;
        self.publish(scene, &author, global, draft)?;
        let sealed = sealed_file(site, &author, draft);
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

    /// Gives the service the annotations of tile and monitor, where others have those.
    fn annotate(&self, scene: &Scene<'_>, spec: &mut ServiceSpec) -> Result<(), PlanError> {
        let (model, cluster) = (scene.ground.model, scene.ground.cluster);
        if let Some(group) = &self.beside.tile
            && Homepage::find(model, cluster).is_none()
        {
            let tiles = annotations::AnnotatedTiles::find(scene.siblings);
            let tiles = tiles.ok_or_else(|| Extra::Tile.not_found())?;
            let group = TileGroup::Known(group);
            let tile = tiles.plan(spec, group, &self.extra(spec, ""))?;
            spec.annotations.extend(tile);
        }
        if self.beside.monitor && Monitors::find(model, cluster).is_none() {
            let monitored = annotations::monitored(scene.siblings, spec);
            if monitored.is_empty() {
                return Err(Extra::Monitor.not_found());
            }
            spec.annotations.extend(monitored);
        }
        Ok(())
    }

    fn extra<'a>(&'a self, spec: &ServiceSpec, now: &'a str) -> Wish<'a> {
        Wish {
            title: self.beside.title.as_deref(),
            icon: self.beside.icon.as_deref(),
            service_port: spec.service_port,
            now,
        }
    }

    /// Plans what stands outside of the service's folder: tile, monitor, backup, tunnel.
    fn beside(
        &self,
        scene: &Scene<'_>,
        spec: &ServiceSpec,
        draft: &mut Draft<'_>,
    ) -> Result<(), PlanError> {
        let (model, cluster) = (scene.ground.model, scene.ground.cluster);
        let now = clock::now();
        let wish = self.extra(spec, &now);
        if let Some(group) = &self.beside.tile
            && let Some(homepage) = Homepage::find(model, cluster)
        {
            let notes = homepage.plan(draft, spec, TileGroup::Known(group), &wish)?;
            draft.notes.extend(notes);
        }
        if self.beside.monitor
            && let Some(monitors) = Monitors::find(model, cluster)
        {
            let notes = monitors.plan(draft, spec, &wish)?;
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

/// Returns a path for the SealedSecret, which the user makes: none that a file of the service has.
fn sealed_file(site: &Site, author: &Author<'_>, draft: &Draft<'_>) -> String {
    let usual = site.file_of(author.conventions, author.spec.workload, Role::Secret);
    let (folder, file) = names_of_path(&usual);
    if !draft.exists(&usual) && !file.contains("external") {
        return usual;
    }
    let extension = file.rsplit_once('.').map_or("yaml", |(_, e)| e);
    let name = match site.is_one_file() {
        true => format!("{}-sealed-secret.{extension}", site.name),
        false => format!("sealed-secret.{extension}"),
    };
    format!("{folder}/{name}")
}
