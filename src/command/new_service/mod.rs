//! `homelab new-service`: a service, written as the owner of this repository would have written it, and registered.

mod arguments;
mod ask;
mod image;
mod names;
mod resolve;
mod scene;
mod write;

pub use arguments::NewService;

use super::scaffolding::{templates, times};
use super::{Global, Terminal, gather};
use crate::adapter::repo_files::Snapshot;
use crate::error::Error;
use crate::exit::ExitStatus;
use crate::flux::Model;
use crate::scaffold::commit::Deed;
use crate::scaffold::conventions::{Conventions, Siblings};
use crate::scaffold::layout::Layout;
use crate::scaffold::plan::Draft;
use crate::scaffold::register::{Ground, place};

use scene::{Scene, near};

impl NewService {
    /// Plans the service, shows the plan, and writes it.
    ///
    /// # Errors
    /// A flag does not fit this repository, something of that name is there already, or a file cannot be read or written.
    pub fn run(&self, global: &Global, terminal: &mut Terminal<'_>) -> Result<ExitStatus, Error> {
        ask::check(self, global)?;
        let snapshot = gather::repository(global, terminal)?;
        let model = Model::of(&snapshot.tree, snapshot.remote.as_deref());
        let completed = ask::complete(self, &model, &snapshot, global, terminal)?;
        let Some((service, cluster)) = completed else {
            return Ok(ExitStatus::No);
        };
        let status = service.scaffold(&snapshot, &model, cluster, global, terminal);
        // The process ends here: taking the trees apart takes longer than writing the plan.
        std::mem::forget(model);
        std::mem::forget(snapshot);
        status
    }

    /// Plans the service, shows the plan, and writes it: all that is to be known is known.
    fn scaffold(
        &self,
        snapshot: &Snapshot,
        model: &Model<'_>,
        cluster: usize,
        global: &Global,
        terminal: &mut Terminal<'_>,
    ) -> Result<ExitStatus, Error> {
        let templates = templates(snapshot)?;
        let detection = Layout::detect(model, cluster);
        let times = times(snapshot);
        let liked = self.place.like.as_deref();
        let folder = self.place.folder.as_deref().unwrap_or_default();
        let wanted = self.place.layout.layout().or_else(|| detection.clear());
        let siblings = Siblings::of(model, &detection, &near(wanted, folder, liked, &times));
        let conventions = Conventions::learn(&siblings);
        let ground = |conventions| Ground {
            model,
            cluster,
            detection: &detection,
            conventions,
        };
        let site =
            place(&ground(&conventions), &self.wish()).map_err(|e| self.no_place(e, model))?;
        // Now that the place is known, those beside it are asked again: they know best.
        let near = near(Some(site.layout), scene::parent(&site), liked, &times);
        let siblings = Siblings::of(model, &detection, &near);
        let conventions = Conventions::learn(&siblings);
        let scene = Scene {
            ground: ground(&conventions),
            site: &site,
            siblings: &siblings,
            templates: &templates,
            snapshot,
        };
        let mut draft = Draft::new(&snapshot.tree);
        let spec = self.spec(&scene, global, terminal, &mut draft)?;
        self.write(&scene, &spec, &mut draft, terminal.is_verbose())?;
        let what = format!("add {}", spec.name);
        let deed = Deed {
            kind: "feat",
            scope: Some(&spec.name),
            what: &what,
            description: spec.description.as_deref(),
        };
        let status = self
            .plan
            .act(draft.finish(), &snapshot.root, &deed, global, terminal);
        std::mem::forget(siblings);
        status
    }
}
