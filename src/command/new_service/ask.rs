//! Asks on a terminal for what the command line leaves open.

mod facts;
mod interview;
mod words;

use std::collections::HashMap;

use super::super::scaffolding::times;
use super::super::{Global, Terminal, act, gather};
use super::arguments::{LayoutChoice, NewService};
use super::{names, scene};
use crate::adapter::prompt::{Input, Prompter, Unanswered};
use crate::adapter::repo_files::Snapshot;
use crate::error::Error;
use crate::flux::Model;
use crate::scaffold::conventions::{Conventions, Siblings};
use crate::scaffold::layout::{Candidate, Detection, Layout};
use crate::scaffold::register::{Ground, PlaceError, Site, place};

use facts::Facts;
use interview::{Interview, Person};

/// Stands for the name as long as there is none.
const UNNAMED: &str = "new-service";

/// Why there are no answers.
enum Stop {
    Unanswered(Unanswered),
    Error(Error),
}

impl From<Unanswered> for Stop {
    fn from(unanswered: Unanswered) -> Self {
        Stop::Unanswered(unanswered)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Error(error)
    }
}

/// Checks the arguments before anything is read. A name that can be asked for may be missing.
///
/// # Errors
/// Those of [`NewService::check`].
pub(super) fn check(service: &NewService, global: &Global) -> Result<(), Error> {
    if service.name.is_some() || !global.asks() {
        return service.check();
    }
    let mut named = service.clone();
    named.name = Some(UNNAMED.to_owned());
    named.check()
}

/// Returns the arguments with the answers of somebody at a terminal, and the cluster; nothing where that person leaves.
/// Without a terminal, and with `--yes`, nothing is asked.
///
/// # Errors
/// There is no cluster, or no place for a service; Ctrl-C.
pub(super) fn complete(
    service: &NewService,
    model: &Model<'_>,
    snapshot: &Snapshot,
    global: &Global,
    terminal: &mut Terminal<'_>,
) -> Result<Option<(NewService, usize)>, Error> {
    let mut service = service.clone();
    if !global.asks() {
        let cluster = scene::cluster(model, snapshot, global)?;
        return Ok(Some((service, cluster)));
    }
    let mut prompter = Prompter::new(terminal.err_color);
    let asked = Desk {
        model,
        snapshot,
        global,
    }
    .ask(&mut service, &mut prompter);
    match asked {
        Ok((cluster, name)) => {
            let words = words::of(&service, global, name.as_deref());
            terminal.note(&format!(
                "the same without questions: {}",
                words::quoted(&words)
            ));
            Ok(Some((service, cluster)))
        }
        Err(Stop::Error(error)) => Err(error),
        Err(Stop::Unanswered(unanswered)) => match act::of_prompt(unanswered) {
            Some(error) => Err(error),
            None => {
                terminal.note("nothing was written");
                Ok(None)
            }
        },
    }
}

/// What is known before the first question.
struct Desk<'a> {
    model: &'a Model<'a>,
    snapshot: &'a Snapshot,
    global: &'a Global,
}

impl<'a> Desk<'a> {
    /// Asks for everything. Returns the cluster, with its name where that was asked for.
    fn ask(
        &self,
        service: &mut NewService,
        person: &mut dyn Person,
    ) -> Result<(usize, Option<String>), Stop> {
        let (cluster, cluster_name) = self.cluster(person)?;
        let detection = Layout::detect(self.model, cluster);
        let survey = Survey {
            model: self.model,
            cluster,
            detection: &detection,
            times: times(self.snapshot),
        };
        let conventions = survey.conventions(service);
        layout(&survey, &conventions, service, person)?;
        // What was chosen tells who the neighbours are.
        let conventions = survey.conventions(service);
        name(&survey, &conventions, service, person)?;
        let site = survey.place(&conventions, service);
        let site = site.map_err(|e| service.no_place(e, self.model))?;
        let siblings = survey.siblings(Some(site.layout), service, scene::parent(&site));
        let conventions = Conventions::learn(&siblings);
        let facts = Facts::gather(
            &survey.ground(&conventions),
            &siblings,
            &site,
            !self.global.offline,
        );
        Interview {
            facts: &facts,
            person,
            service,
        }
        .ask()?;
        Ok((cluster, cluster_name))
    }

    /// Returns the cluster, and its name where it was asked for.
    fn cluster(&self, person: &mut dyn Person) -> Result<(usize, Option<String>), Stop> {
        let found = gather::clusters(self.model, self.global)?;
        if found.len() < 2 {
            let cluster = scene::cluster(self.model, self.snapshot, self.global)?;
            return Ok((cluster, None));
        }
        let names: Vec<String> = found
            .iter()
            .map(|(_, c)| gather::label(self.model, c))
            .collect();
        let chosen = person.select("Cluster", &names, 0)?;
        let cluster = found.get(chosen).map_or(0, |(index, _)| *index);
        Ok((cluster, names.into_iter().nth(chosen)))
    }
}

/// One cluster and its services.
struct Survey<'a> {
    model: &'a Model<'a>,
    cluster: usize,
    detection: &'a Detection,
    times: HashMap<String, i64>,
}

impl<'a> Survey<'a> {
    fn ground<'g>(&'g self, conventions: &'g Conventions) -> Ground<'g> {
        Ground {
            model: self.model,
            cluster: self.cluster,
            detection: self.detection,
            conventions,
        }
    }

    fn siblings(&self, layout: Option<Layout>, service: &NewService, folder: &str) -> Siblings<'a> {
        let liked = service.place.like.as_deref();
        let near = scene::near(layout, folder, liked, &self.times);
        Siblings::of(self.model, self.detection, &near)
    }

    fn conventions(&self, service: &NewService) -> Conventions {
        let chosen = service.place.layout.layout();
        let layout = chosen.or_else(|| self.detection.clear());
        let folder = service.place.folder.as_deref().unwrap_or_default();
        Conventions::learn(&self.siblings(layout, service, folder))
    }

    fn place(&self, conventions: &Conventions, service: &NewService) -> Result<Site, PlaceError> {
        place(&self.ground(conventions), &service.wish())
    }
}

/// Asks for the layout where it is not clear.
fn layout(
    survey: &Survey<'_>,
    conventions: &Conventions,
    service: &mut NewService,
    person: &mut dyn Person,
) -> Result<(), Stop> {
    let mut named = service.clone();
    named.name.get_or_insert_with(|| UNNAMED.to_owned());
    let found: Vec<Candidate> = match survey.place(conventions, &named) {
        Err(PlaceError::Ambiguous(found)) => found,
        Err(error @ PlaceError::Taken { .. }) if service.name.is_some() => {
            return Err(service.no_place(error, survey.model).into());
        }
        Ok(_) | Err(PlaceError::Taken { .. }) => return Ok(()),
        Err(error) => return Err(service.no_place(error, survey.model).into()),
    };
    let choices: Vec<(LayoutChoice, &Candidate)> = found
        .iter()
        .filter_map(|c| Some((LayoutChoice::of(c.layout)?, c)))
        .collect();
    person.tell("Services are laid out in several ways here:");
    let mut items = Vec::new();
    for (_, candidate) in &choices {
        let word = LayoutChoice::word(candidate.layout).unwrap_or_default();
        person.tell(&format!("  {word}: {}", candidate.layout.name()));
        let at = candidate.example.as_ref();
        let at = at.map_or_else(String::new, |l| format!(", {}:{}", l.file, l.line));
        let (services, of) = (candidate.services, candidate.of);
        items.push(format!("{word} ({services} of {of}{at})"));
    }
    let chosen = person.select("Layout", &items, 0)?;
    if let Some((choice, _)) = choices.get(chosen) {
        service.place.layout = *choice;
    }
    Ok(())
}

/// Asks for the name where there is none.
fn name(
    survey: &Survey<'_>,
    conventions: &Conventions,
    service: &mut NewService,
    person: &mut dyn Person,
) -> Result<(), Stop> {
    if service.name.is_some() {
        return Ok(());
    }
    let check = |name: &str| {
        names::label(name)?;
        let mut named = service.clone();
        named.name = Some(name.to_owned());
        match survey.place(conventions, &named) {
            Err(error @ PlaceError::Taken { .. }) => Err(error.to_string()),
            _ => Ok(()),
        }
    };
    let name = person.input(&Input {
        question: "Name of the service",
        text: "",
        empty: None,
        at_once: true,
        check: &check,
    })?;
    service.name = Some(name);
    Ok(())
}
